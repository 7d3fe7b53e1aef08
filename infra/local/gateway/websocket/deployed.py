"""What is deployed: WebSocket APIs with their routes, and the functions behind them, read from the embedded AWS.

An API is read once, when its first client comes. Later changes are seen after a restart of the gateway. Integrations
that API Gateway has no permission to invoke are left out, and the log says so: they fail here as they would on AWS.
"""

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local import unpacking
from infra.local.gateway.access import iam
from infra.local.gateway.throttle import Rate

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_lambda import LambdaClient

_log = logging.getLogger(__name__)
_FUNCTION_IN_URI = re.compile(r"/functions/(?P<arn>[^/]+)/invocations$")


class NotDeployed(Exception):
    """There is no such WebSocket API, or it has no such stage."""


class Function(NamedTuple):
    """A Lambda function as it was deployed. Times are in seconds."""

    name: str
    arn: str
    handler: str
    role: str
    timeout: float
    memory: int
    log_group: str
    log_format: str
    log_level: str
    """The application log level, which Lambda only has with the JSON format; otherwise empty."""
    variables: Mapping[str, str]
    code: str
    """A name for its code. The same code has the same name."""
    code_url: str


class Response(NamedTuple):
    """An integration response."""

    key: str
    selection: str
    templates: Mapping[str, str]


class Integration(NamedTuple):
    """What a route leads to. ``timeout`` is in seconds."""

    kind: str
    function: str
    """The function's ARN, for AWS_PROXY."""
    timeout: float
    templates: Mapping[str, str]
    responses: tuple[Response, ...]


class Authorizer(NamedTuple):
    """A REQUEST authorizer."""

    function: str
    identity_sources: tuple[str, ...]


class Route(NamedTuple):
    """A route. ``responds`` says whether what its integration answers goes back to the client."""

    key: str
    integration: Integration | None
    authorization: str
    authorizer: Authorizer | None
    responds: bool


class Api(NamedTuple):
    """One stage of a WebSocket API."""

    id: str
    stage: str
    region: str
    account: str
    selection: str
    """The route selection expression."""
    routes: Mapping[str, Route]
    variables: Mapping[str, str]
    rates: Mapping[str, Rate]
    """Throttles by route key. The empty key is for all other routes."""

    @property
    def domain(self) -> str:
        """The domain that it would have on AWS."""
        return f"{self.id}.execute-api.{self.region}.amazonaws.com"

    def arn(self, below: str) -> str:
        """Return the ARN, as used in IAM, of something below the API, such as ``live/$connect``."""
        return f"arn:aws:execute-api:{self.region}:{self.account}:{self.id}/{below}"

    def route_arn(self, route: str) -> str:
        """Return a route's ARN, as used in IAM."""
        return self.arn(f"{self.stage}/{route}")


class Deployed:
    """Reads from the embedded AWS at ``endpoint``, with the root's keys. Its methods block.

    Attributes:
        apis: the client for API Gateway.
        sts: the client for STS.
        region: the embedded AWS's Region.
    """

    def __init__(self, endpoint: str, region: str) -> None:
        session = boto3.Session("test", "test", region_name=region)
        config = Config(proxies={}, retries={"mode": "standard"})
        self.apis: ApiGatewayV2Client = session.client("apigatewayv2", endpoint_url=endpoint, config=config)
        self._functions: LambdaClient = session.client("lambda", endpoint_url=endpoint, config=config)
        self.region = region
        self.sts = session.client("sts", endpoint_url=endpoint, config=config)

    def stages(self) -> list[tuple[str, str]]:
        """Return every WebSocket API's id together with each of its stages."""
        apis = [api["ApiId"] for api in self.apis.get_apis()["Items"] if api["ProtocolType"] == "WEBSOCKET"]
        return [(api, stage["StageName"]) for api in apis for stage in self.apis.get_stages(ApiId=api)["Items"]]

    def api(self, api: str, stage: str) -> Api:
        """Return one stage of an API.

        Raises:
            NotDeployed: there is no such stage.
        """
        try:
            described = self.apis.get_api(ApiId=api)
            staged = self.apis.get_stage(ApiId=api, StageName=stage)
        except ClientError as error:
            raise NotDeployed(f"{api}/{stage}") from error
        if described["ProtocolType"] != "WEBSOCKET":
            raise NotDeployed(f"{api} is not a WebSocket API")
        read = Api(
            id=api,
            stage=stage,
            region=self.region,
            account=self.sts.get_caller_identity()["Account"],
            selection=described["RouteSelectionExpression"],
            routes={},
            variables=staged.get("StageVariables", {}),
            rates=rates(staged),
        )
        return read._replace(routes=self._routes(read))

    def function(self, arn: str) -> Function:
        """Return a function.

        Raises:
            NotDeployed: there is no such function.
        """
        try:
            found = self._functions.get_function(FunctionName=arn)
        except ClientError as error:
            raise NotDeployed(arn) from error
        given = found["Configuration"]
        logging_config = given.get("LoggingConfig", {})
        return Function(
            name=given["FunctionName"],
            arn=given["FunctionArn"],
            handler=given["Handler"],
            role=given["Role"],
            timeout=float(given["Timeout"]),
            memory=given["MemorySize"],
            log_group=logging_config.get("LogGroup", f"/aws/lambda/{given['FunctionName']}"),
            log_format=logging_config.get("LogFormat", "Text"),
            log_level=logging_config.get("ApplicationLogLevel", ""),
            variables=given.get("Environment", {}).get("Variables", {}),
            code=unpacking.name(given["CodeSha256"]),
            code_url=found["Code"]["Location"],
        )

    def _routes(self, api: Api) -> dict[str, Route]:
        integrations = {
            i["IntegrationId"]: self._integration(api.id, i) for i in self._items("get_integrations", api.id)
        }
        authorizers = {a["AuthorizerId"]: self._authorizer(api, a) for a in self._items("get_authorizers", api.id)}
        routes = {}
        for given in self._items("get_routes", api.id):
            key = given["RouteKey"]
            integration = integrations.get(given.get("Target", "").rpartition("/")[2])
            if integration and integration.function and not self._may_invoke(integration.function, api.route_arn(key)):
                integration = None
            responses = self.apis.get_route_responses(ApiId=api.id, RouteId=given["RouteId"])["Items"]
            routes[key] = Route(
                key=key,
                integration=integration,
                authorization=given.get("AuthorizationType", "NONE"),
                authorizer=authorizers.get(given.get("AuthorizerId", "")),
                responds=bool(responses),
            )
        return routes

    def _authorizer(self, api: Api, given: Mapping[str, Any]) -> Authorizer | None:
        function = function_in(given["AuthorizerUri"])
        if not self._may_invoke(function, api.arn(f"authorizers/{given['AuthorizerId']}")):
            return None
        return Authorizer(function, tuple(given.get("IdentitySource", ())))

    def _may_invoke(self, function: str, source: str) -> bool:
        try:
            allowed = iam.may_invoke(self._functions.get_policy(FunctionName=function)["Policy"], source)
        except ClientError:  # it has no policy
            allowed = False
        if not allowed:
            _log.warning("API Gateway has no permission to invoke %s for %s", function, source)
        return allowed

    def _items(self, operation: str, api: str) -> list[Any]:
        answer: list[Any] = getattr(self.apis, operation)(ApiId=api)["Items"]
        return answer

    def _integration(self, api: str, given: Mapping[str, Any]) -> Integration:
        asked = self.apis.get_integration_responses(ApiId=api, IntegrationId=given["IntegrationId"])["Items"]
        responses = tuple(
            Response(r["IntegrationResponseKey"], r.get("TemplateSelectionExpression", ""), r["ResponseTemplates"])
            for r in asked
        )
        return Integration(
            kind=given["IntegrationType"],
            function=function_in(given.get("IntegrationUri", "")),
            timeout=given.get("TimeoutInMillis", 29_000) / 1000,
            templates=given.get("RequestTemplates", {}),
            responses=responses,
        )


def function_in(uri: str) -> str:
    """Return the function's ARN in the URI of an integration or authorizer, or an empty string if there is none."""
    found = _FUNCTION_IN_URI.search(uri)
    return found["arn"] if found else ""


def rates(stage: Mapping[str, Any]) -> dict[str, Rate]:
    """Return a stage's throttles by route key. The empty key is for all other routes."""
    settings = {"": stage.get("DefaultRouteSettings", {}), **stage.get("RouteSettings", {})}
    return {
        route: Rate(float(given["ThrottlingRateLimit"]), int(given["ThrottlingBurstLimit"]))
        for route, given in settings.items()
        if "ThrottlingRateLimit" in given and "ThrottlingBurstLimit" in given
    }
