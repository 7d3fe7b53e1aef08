"""What the embedded AWS (ministack 1.5.33) cannot do of our templates, and what stands in for it: all in this file.

1. **CloudFormation refuses ``AWS::ApiGatewayV2::RouteResponse`` and ``::IntegrationResponse``** as unknown types. They
   are left out, and made through the API (``complete``).
   *Gone when* `make run` works without these two in ``DROPPED``.
2. **Its DynamoDB event source ignores** the batch window, partial failures, bisecting and retries. Mappings are left
   out, and ``infra.local.source`` reads the stream by their own properties (``mappings``).
   *Gone when* ``services/lambda_svc.py`` reads ``BisectBatchOnFunctionError`` in its DynamoDB poller.
3. **Cognito's post-confirmation trigger is not fired.** What ``trigger`` returns invokes the function with
   Cognito's event.
   *Gone when* ``services/cognito.py`` mentions ``PostConfirmation``.
4. **``https://<api>.execute-api.<region>.amazonaws.com`` leads to the real AWS.** The functions that post to sockets
   are given the address of whoever serves the sockets here (``CONNECTIONS_URL``). *Gone when* it answers at AWS's own
   names.
5. **Publishing to an SNS endpoint is not recorded**, so that a push could not be seen. The functions publish to
   ``infra.local.pushes`` (``functions_environment``). *Gone when* the emulator tells what was published.
6. **A Cognito token names the real AWS as its issuer, whose keys are others.** The authorizer fetches the keys
   where ``AWS_ENDPOINT_URL_COGNITO_IDP`` says, as every AWS SDK would. *Gone with* 4.
7. **An authorizer without identity source is given one**, the Authorization header, and so refuses who brings a token
   otherwise. It is told that there is none. *Gone when* ``_apigw_v2_authorizer_create`` no longer has that default.
8. **Its WebSocket data plane knows no limits**: frames of one socket are handled one after the other; sub-protocols are
   not echoed; what a function returns is sent without a route response too; a binary frame is handed to the function;
   there are no throttles, sizes, idle or life times; it refuses with other statuses. ``infra.local.gateway`` serves the
   deployed APIs in its place (``docs/decisions``). What only that can do is marked ``gateway_only`` in ``tests/e2e``.
   *Gone when* ``handle_websocket`` in ``services/apigateway.py`` does all of this.
9. **Functions called by a WebSocket route leave no lines in CloudWatch Logs**; those invoked otherwise do. The gateway
   writes them to ``build/local/<port>/<function>.log``.
10. **CloudFormation drops a stage's throttles**, and an integration's template selection expression. The throttles are
    set through the API (``complete``); of templates there is only one, which is taken. *Gone when* ``get_stages`` tells
    of them after a deployment.
11. **An HTTP API's requests** are neither throttled nor limited in size or time; OPTIONS is refused with 403 where no
    CORS is configured, and never reaches a route; a function that fails is a 502; a token without scopes has ``[]`` for
    them, and events have ``pathParameters: null`` and no ``cookies`` and ``domainPrefix``. All of it is as on AWS by
    way of our gateway; with the emulator's own data plane nothing stands in for it. *Gone when* ``tests/e2e`` needs no
    ``gateway_only`` in ``test_gateway_http.py``.
12. **Policy variables are not replaced**, nor has a session of the identity pool its condition keys. Both are added in
    the emulator's process (``infra.local.policy_variables``). *Gone when* ``core/iam_evaluator.py`` reads ``${``.
13. **It serves plain HTTP**, so that a bucket's "TLS only" would refuse everything. These statements are left out
    (``bridge``). *Gone when* the emulator is reached by https here.
14. **A form's ``x-amz-checksum-sha256`` is not compared** with what is posted. The function that verifies an upload
    makes the checksum of the bytes where S3 tells none, and refuses it a moment later. *Gone when* ``_post_object``
    takes checksums.
15. **CloudFront serves whoever asks**, signed or not. The local environment has no distribution (``media_public_key``
    is empty), and so S3's own links, whose signatures are verified. *Gone when* ``services/cloudfront.py`` reads
    ``Key-Pair-Id``.
16. **Intelligent-Tiering puts nothing away**, and restoring wants a number of days. The tests put an object into
    ``DEEP_ARCHIVE`` and send the event; the adapter asks for days where the class is Glacier's, as AWS wants it too.
    *Gone when* ``_restore_object`` knows ``INTELLIGENT_TIERING``.
17. **CloudFormation refuses ``AWS::Cognito::UserPoolIdentityProvider``**, and users may write attributes that the app's
    client may not, which all the same give no role. Nothing stands in for it: federation is off here, and how it is
    put together is held by the template's tests. *Gone when* a local environment with a ``google`` deploys.
18. **CloudFormation keeps an HTTP API's CORS configuration as it is written**, where its API reads names that begin
    with a small letter. They are written so (``bridge``). *Gone when* ``get_api`` tells of it without that.
19. **CloudFormation provisions a nested stack without its transform**, so that it knows no SAM function in one. The
    laptop's stack is one flat template of them all (``infra.flattening``), which the same code deploys. *Gone when*
    ``_cfn_nested_stack_deploy`` expands ``Transform``.
20. **Deleting a stack deletes what its nested stacks hold**, whatever a ``DeletionPolicy`` in them says. In one flat
    template the policies count. *Gone when* ``_cfn_nested_stack_delete`` reads ``DeletionPolicy``.
"""

import copy
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from infra.templates import Template

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_apigatewayv2.type_defs import RouteSettingsTypeDef
    from mypy_boto3_lambda import LambdaClient

ROUTE_RESPONSE = "AWS::ApiGatewayV2::RouteResponse"
INTEGRATION_RESPONSE = "AWS::ApiGatewayV2::IntegrationResponse"
STAGE = "AWS::ApiGatewayV2::Stage"
AUTHORIZER = "AWS::ApiGatewayV2::Authorizer"
API = "AWS::ApiGatewayV2::Api"
BUCKET_POLICY = "AWS::S3::BucketPolicy"
EVENT_SOURCE = "AWS::Lambda::EventSourceMapping"
DROPPED = frozenset({ROUTE_RESPONSE, INTEGRATION_RESPONSE, EVENT_SOURCE})


class Bridged(NamedTuple):
    """A template the emulator takes, and the resources it would not, by logical id."""

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
        if resource["Type"] == API and "CorsConfiguration" in resource["Properties"]:
            resource["Properties"]["CorsConfiguration"] = _small_letters(resource["Properties"]["CorsConfiguration"])
        if resource["Type"] == AUTHORIZER:
            resource["Properties"].setdefault("IdentitySource", [])
        variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        if "CONNECTIONS_URL" in variables:
            variables["CONNECTIONS_URL"] = {"Fn::Sub": f"{endpoint}/_aws/execute-api/${{Api}}/${{StageName}}"}
    return Bridged(bridged, dropped)


def _small_letters(value: Any) -> Any:
    """CORS settings by the names of the API; functions of templates keep theirs."""
    if isinstance(value, dict):
        settings = not value.keys() & {"Ref", "Fn::If"}
        return {n[0].lower() + n[1:] if settings else n: _small_letters(inner) for n, inner in value.items()}
    return [_small_letters(inner) for inner in value] if isinstance(value, list) else value


def functions_environment(cognito: str, sns: str) -> dict[str, str]:
    """What the functions' processes inherit besides the template's variables: the AWS SDKs' own way to elsewhere."""
    return {"AWS_ENDPOINT_URL_COGNITO_IDP": cognito, "AWS_ENDPOINT_URL_SNS": sns}


def socket_url(endpoint: str, outputs: Mapping[str, str]) -> str:
    """Where clients connect, in place of the output ``WebSocketUrl``."""
    base = endpoint.replace("http", "ws", 1)
    return f"{base}/_aws/execute-api/{outputs['ApiId']}/{outputs['StageName']}"


def http_url(endpoint: str, outputs: Mapping[str, str]) -> str:
    """Where the HTTP API's paths begin, in place of the output ``HttpUrl``: its stage, ``$default``, is not in it."""
    return f"{endpoint}/_aws/execute-api/{outputs['HttpApiId']}"


def complete(
    template: Template,
    dropped: Mapping[str, Mapping[str, Any]],
    resolved: Mapping[str, str],
    gateway: "ApiGatewayV2Client",
) -> None:
    """Make by API what CloudFormation did not: the responses, and the stages' throttles.

    Args:
        template: as it was before it was bridged.
        dropped: what was left out.
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
    """A template's value with every Ref in it replaced."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return names[value["Ref"]].rpartition("/")[2]  # the emulator names a route after its API too
        return {name: _resolved(inner, names) for name, inner in value.items() if name != "AccessLogSettings"}
    return value


def _throttles(given: Mapping[str, Any]) -> "RouteSettingsTypeDef":
    rate, burst = given["ThrottlingRateLimit"], given["ThrottlingBurstLimit"]
    return {"ThrottlingRateLimit": float(rate), "ThrottlingBurstLimit": int(burst)}


def mappings(dropped: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The properties of the dropped event source mappings."""
    return [r["Properties"] for r in dropped.values() if r["Type"] == EVENT_SOURCE]


def trigger(functions: "LambdaClient", outputs: Mapping[str, str]) -> Callable[[Mapping[str, str]], None]:
    """What fires the post-confirmation trigger for a user, given by their attributes, with the event Cognito sends.

    Source: "Post confirmation Lambda trigger" in the Amazon Cognito developer guide. It raises RuntimeError if the
    function failed, which Cognito would show to the user.
    """
    pool = outputs["UserPoolId"]

    def fire(attributes: Mapping[str, str]) -> None:
        event = {
            "version": "1",
            "region": pool.split("_", maxsplit=1)[0],
            "userPoolId": pool,
            "userName": attributes["sub"],
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": outputs["UserPoolClientId"]},
            "triggerSource": "PostConfirmation_ConfirmSignUp",
            "request": {"userAttributes": {**attributes, "cognito:user_status": "CONFIRMED"}},
            "response": {},
        }
        answer = functions.invoke(FunctionName=outputs["ConfirmedFunction"], Payload=json.dumps(event).encode())
        if "FunctionError" in answer:
            raise RuntimeError(f"the post-confirmation function failed: {answer['Payload'].read().decode()}")

    return fire
