"""What the embedded AWS (ministack 1.5.33) cannot do with our templates, and what stands in for it: all in this file.

1. **CloudFormation refuses ``AWS::ApiGatewayV2::RouteResponse`` and ``::IntegrationResponse``** as unknown types. They
   are left out, and created through the API (``complete``). *No longer needed when* `make run` works without these two
   in ``DROPPED``.
2. **Its DynamoDB event source ignores** the batch window, partial failures, bisecting and retries. Mappings are left
   out, and ``infra.local.event_source`` reads the stream according to their properties (``mappings``). *No longer
   needed when* ``services/lambda_svc.py`` reads ``BisectBatchOnFunctionError`` in its DynamoDB poller.
3. **Cognito fires the trigger before a token, and not the one after a confirmation**; its codes are always the same,
   and go nowhere; a confirmed address is not marked as verified. All of this is added in the emulator's process
   (``infra.local.in_emulator.sign_up``). *No longer needed when* ``services/cognito.py`` mentions ``PostConfirmation``.
4. **``https://<api>.execute-api.<region>.amazonaws.com`` leads to the real AWS.** The functions that post to sockets
   are given the address of whatever serves the sockets here (``CONNECTIONS_URL``). *No longer needed when* the emulator
   serves at AWS's own names.
5. **Publishing to an SNS endpoint is not recorded**, so that a push could not be seen; it also succeeds for endpoints
   that are disabled, endpoints have ARNs of applications, and IAM does not know them. This is mended in the emulator's
   process (``infra.local.in_emulator.mobile_push``). *No longer needed when* the emulator reports what was published.
6. **A Cognito token names the real AWS as its issuer, whose keys are different.** The authorizer fetches the keys from
   the address in ``AWS_ENDPOINT_URL_COGNITO_IDP``, as every AWS SDK would. *No longer needed when* 4 is not.
7. **An authorizer without an identity source is given one**, the Authorization header, and so refuses clients that
   present a token in any other way. The emulator is told that there is none. *No longer needed when*
   ``_apigw_v2_authorizer_create`` no longer has that default.
8. **Its WebSocket data plane knows no limits**: frames of one socket are handled one after the other; sub-protocols are
   not echoed; what a function returns is sent even without a route response; a binary frame is handed to the function;
   there are no throttles, sizes, idle times or lifetimes; it refuses with other statuses. ``infra.local.gateway``
   serves the deployed APIs in its place (``docs/decisions``). Tests of what only our gateway can do are marked
   ``gateway_only`` in ``tests/e2e``. *No longer needed when* ``handle_websocket`` in ``services/apigateway.py`` does
   all of this.
9. **Functions called by a WebSocket route leave no lines in CloudWatch Logs**; those invoked in other ways do. The
   gateway writes them to ``build/local/<port>/<function>.log``.
10. **CloudFormation drops a stage's throttles**, and an integration's template selection expression. The throttles are
    set through the API (``complete``). There is only one template, and it is used. *No longer needed when*
    ``get_stages`` returns them after a deployment.
11. **An HTTP API's requests** are neither throttled nor limited in size or time. OPTIONS is refused with 403 if no CORS
    is configured, and never reaches a route. A function that fails results in a 502. A token without scopes has ``[]``
    for them, and events have ``pathParameters: null`` and no ``cookies`` and ``domainPrefix``. Through our gateway all
    of this is as on AWS; nothing stands in for it when the emulator's own data plane is used. *No longer needed when*
    ``tests/e2e`` needs no ``gateway_only`` in ``test_gateway_http.py``.
12. **Policy variables are not replaced**, and a session of the identity pool lacks its condition keys. Both are added
    in the emulator's process (``infra.local.in_emulator.policy_variables``). *No longer needed when*
    ``core/iam_evaluator.py`` reads ``${``.
13. **It serves plain HTTP**, so that a bucket's "TLS only" statement would refuse everything. These statements are left
    out (``bridge``). *No longer needed when* the emulator is reached by https here.
14. **A form's ``x-amz-checksum-sha256`` is not compared** with the bytes that are posted. The function that verifies an
    upload computes the checksum of the bytes itself if S3 reports none, and so refuses the upload a moment later. *No
    longer needed when* ``_post_object`` handles checksums.
15. **CloudFront serves anyone who asks**, whether the link is signed or not. The local environment has no distribution
    (``media_public_key`` is empty), and so uses S3's own links, whose signatures are verified. *No longer needed when*
    ``services/cloudfront.py`` reads ``Key-Pair-Id``.
16. **Intelligent-Tiering archives nothing**, and restoring requires a number of days. The tests put an object into
    ``DEEP_ARCHIVE`` and send the event. The adapter passes a number of days if the class is one of Glacier's, as AWS
    requires too. *No longer needed when* ``_restore_object`` knows ``INTELLIGENT_TIERING``.
17. **CloudFormation refuses ``AWS::Cognito::UserPoolIdentityProvider``**, and users may write attributes that the app's
    client may not; even so, these give no role. Nothing stands in for it: federation is off here, and the template's
    tests check how it is put together. *No longer needed when* a local environment with a ``google`` deploys.
18. **CloudFormation keeps an HTTP API's CORS configuration as it is written**, whereas its API reads names that begin
    with a small letter. They are written that way (``bridge``). *No longer needed when* ``get_api`` returns the
    configuration without that.
19. **CloudFormation provisions a nested stack without its transform**, so that it knows no SAM functions in it. The
    laptop's stack is one flat template of them all (``infra.flattening``), which the same code deploys. *No longer
    needed when* ``_cfn_nested_stack_deploy`` expands ``Transform``.
20. **Deleting a stack deletes what its nested stacks hold**, whatever a ``DeletionPolicy`` in them says. In one flat
    template the policies are respected. *No longer needed when* ``_cfn_nested_stack_delete`` reads ``DeletionPolicy``.
21. **Its functions inherit its variables and its Python's libraries, are not given Lambda's variables for logs, and may
    write anywhere; and it unpacks their code again for each process.** It starts them in our sandbox, in which the
    gateway's workers run too, and with the same code (``infra.local.in_emulator.functions``). *No longer needed when*
    ``Worker._spawn`` in ``core/lambda_runtime.py`` does not start from ``os.environ``.
22. **It saves its state only when it is shut down in order**, without the streams of its tables. A journal and more
    saves are added in its process (``infra.local.in_emulator.state``), for ``make run`` alone. *No longer needed when*
    what was written before a ``kill -9`` is there after it.
23. **A form's fields after its file count**, which S3 ignores. They are ignored in its process too
    (``infra.local.in_emulator.forms``). *No longer needed when* a form with its file first is refused.
24. **CloudFormation refuses alarms on metric math, and composite alarms.** The local environment has no
    ``alarm_email``, and so none of them. ``make watch`` reads the functions' lines, and an evaluator of the alarms'
    definitions tests them (``tests/handlers/cloudwatch.py``). *No longer needed when* a local environment with an
    address deploys.
25. **CloudFormation refuses ``AWS::Athena::NamedQuery``**, and Firehose converts to Parquet only if DuckDB is installed
    with it, one object for each record. The named queries are left out, and so is the conversion: Firehose writes the
    events as they come, as JSON, and ``make report ENV=local`` makes Parquet of them (``infra.analytics.lake``). Event
    sources have a window of five seconds at most, as a developer does not wait for five minutes, and no filter, without
    which the functions do the same. *No longer needed when* ``AWS::Athena::NamedQuery`` is in ``provisioners.py``.
"""

import copy
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from infra.templates import Template

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_apigatewayv2.type_defs import RouteSettingsTypeDef

ROUTE_RESPONSE = "AWS::ApiGatewayV2::RouteResponse"
INTEGRATION_RESPONSE = "AWS::ApiGatewayV2::IntegrationResponse"
STAGE = "AWS::ApiGatewayV2::Stage"
AUTHORIZER = "AWS::ApiGatewayV2::Authorizer"
API = "AWS::ApiGatewayV2::Api"
BUCKET_POLICY = "AWS::S3::BucketPolicy"
EVENT_SOURCE = "AWS::Lambda::EventSourceMapping"
NAMED_QUERY = "AWS::Athena::NamedQuery"
DELIVERY_STREAM = "AWS::KinesisFirehose::DeliveryStream"
DROPPED = frozenset({ROUTE_RESPONSE, INTEGRATION_RESPONSE, EVENT_SOURCE, NAMED_QUERY})
LONGEST_WINDOW_S = 5
ALIAS_SUFFIX = "Aliaslive"
"""How the logical ids end that SAM gives the functions' aliases."""


class Bridged(NamedTuple):
    """A template that the emulator accepts, and the resources that it would not accept, by logical id."""

    template: Template
    dropped: dict[str, dict[str, Any]]


def bridge(template: Template, endpoint: str) -> Bridged:
    """Take out what the emulator refuses, and point the functions at the data plane that serves at ``endpoint``."""
    bridged = copy.deepcopy(template)
    resources: dict[str, dict[str, Any]] = bridged["Resources"]
    dropped = {name: resources.pop(name) for name, r in template["Resources"].items() if r["Type"] in DROPPED}
    for resource in resources.values():
        if "DependsOn" in resource:
            needed = resource["DependsOn"]
            needed = [needed] if isinstance(needed, str) else needed
            resource["DependsOn"] = [n for n in needed if n not in dropped]
        if resource["Type"] == BUCKET_POLICY:
            document = resource["Properties"]["PolicyDocument"]
            document["Statement"] = [s for s in document["Statement"] if "aws:SecureTransport" not in json.dumps(s)]
        if resource["Type"] == DELIVERY_STREAM:
            del resource["Properties"]["ExtendedS3DestinationConfiguration"]["DataFormatConversionConfiguration"]
        if resource["Type"] == API and "CorsConfiguration" in resource["Properties"]:
            resource["Properties"]["CorsConfiguration"] = _small_letters(resource["Properties"]["CorsConfiguration"])
        if resource["Type"] == AUTHORIZER:
            resource["Properties"].setdefault("IdentitySource", [])
        variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        if "CONNECTIONS_URL" in variables:
            variables["CONNECTIONS_URL"] = {"Fn::Sub": f"{endpoint}/_aws/execute-api/${{Api}}/${{StageName}}"}
    return Bridged(bridged, dropped)


def _small_letters(value: Any) -> Any:
    """Return CORS settings under the API's own names. Functions of templates keep theirs."""
    if isinstance(value, dict):
        settings = not value.keys() & {"Ref", "Fn::If"}
        return {n[0].lower() + n[1:] if settings else n: _small_letters(inner) for n, inner in value.items()}
    return [_small_letters(inner) for inner in value] if isinstance(value, list) else value


def functions_environment(cognito: str) -> dict[str, str]:
    """Return what the functions' processes inherit besides the template's variables: the AWS SDKs' setting for the
    endpoint of Cognito.
    """
    return {"AWS_ENDPOINT_URL_COGNITO_IDP": cognito}


def socket_url(endpoint: str, outputs: Mapping[str, str]) -> str:
    """Return where clients connect, in place of the output ``WebSocketUrl``."""
    base = endpoint.replace("http", "ws", 1)
    return f"{base}/_aws/execute-api/{outputs['ApiId']}/{outputs['StageName']}"


def http_url(endpoint: str, outputs: Mapping[str, str]) -> str:
    """Return where the HTTP API's paths begin, in place of the output ``HttpUrl``, without its stage, ``$default``."""
    return f"{endpoint}/_aws/execute-api/{outputs['HttpApiId']}"


def complete(
    template: Template,
    dropped: Mapping[str, Mapping[str, Any]],
    resolved: Mapping[str, str],
    gateway: "ApiGatewayV2Client",
) -> None:
    """Create through the API what CloudFormation did not: the responses, and the stages' throttles.

    Args:
        template: the template before it was bridged.
        dropped: the resources that were left out.
        resolved: what a Ref stands for: physical ids by logical ones, and the parameters' values.
        gateway: the emulator's API.
    """
    makers: dict[str, Callable[..., Any]] = {
        ROUTE_RESPONSE: gateway.create_route_response,
        INTEGRATION_RESPONSE: gateway.create_integration_response,
    }
    for resource in dropped.values():
        if resource["Type"] in makers:
            makers[resource["Type"]](**_resolved(resource["Properties"], resolved))
    for resource in template["Resources"].values():
        if resource["Type"] == STAGE:
            given = _resolved(resource["Properties"], resolved)
            gateway.update_stage(
                ApiId=given["ApiId"],
                StageName=given["StageName"],
                DefaultRouteSettings=_throttles(given.get("DefaultRouteSettings", {})),
                RouteSettings={route: _throttles(own) for route, own in given.get("RouteSettings", {}).items()},
            )


def _resolved(value: Any, names: Mapping[str, str]) -> Any:
    """Return a template's value with every Ref in it replaced."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return names[value["Ref"]].rpartition("/")[2]  # the emulator's id of a route includes its API
        return {name: _resolved(inner, names) for name, inner in value.items() if name != "AccessLogSettings"}
    return value


def _throttles(given: Mapping[str, Any]) -> "RouteSettingsTypeDef":
    rate, burst = given["ThrottlingRateLimit"], given["ThrottlingBurstLimit"]
    return {"ThrottlingRateLimit": float(rate), "ThrottlingBurstLimit": int(burst)}


def mappings(dropped: Mapping[str, Mapping[str, Any]], physical: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the properties of the dropped event source mappings, with a window that a developer would wait for. Those
    of a function that is not among the ``physical`` resources are on a condition that does not hold. An alias has the
    name that SAM gives it.
    """
    found = [r["Properties"] for r in dropped.values() if r["Type"] == EVENT_SOURCE]
    found = [{**p, "FunctionName": {"Ref": p["FunctionName"]["Ref"].replace(".Alias", ALIAS_SUFFIX)}} for p in found]
    found = [p for p in found if p["FunctionName"]["Ref"] in physical]
    window = "MaximumBatchingWindowInSeconds"
    return [
        {**p, "EventSourceArn": _own(p["EventSourceArn"]), window: min(int(p.get(window, 0)), LONGEST_WINDOW_S)}
        for p in found
    ]


def _own(arn: Any) -> Any:
    """Return the ARN of the stack's own stream, if there may be a restored table in its place."""
    match arn:
        case {"Fn::If": [_, _, own]}:
            return own
    return arn
