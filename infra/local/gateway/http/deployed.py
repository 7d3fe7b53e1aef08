"""What is deployed of HTTP APIs: stages, routes, JWT authorizers and CORS, read from the embedded AWS.

As with WebSocket APIs (``deployed``), an API is read once, when its first request comes.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from infra.local.gateway.throttle import Rate
from infra.local.gateway.websocket.deployed import Deployed, NotDeployed, function_in, rates

DEFAULT_STAGE = "$default"
_LONGEST = 30.0


class Cors(NamedTuple):
    """An API's CORS configuration in API Gateway's form. ``age`` is in seconds."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    credentials: bool
    age: int | None


class Jwt(NamedTuple):
    """A JWT authorizer: where it finds the token, who signs the token, and for whom."""

    sources: tuple[str, ...]
    issuer: str
    audience: tuple[str, ...]


class Route(NamedTuple):
    """A route. ``function`` is an ARN, or empty if the route leads to none. ``timeout`` is in seconds."""

    key: str
    function: str
    timeout: float
    authorization: str
    jwt: Jwt | None
    scopes: tuple[str, ...]


class Stage(NamedTuple):
    """One stage of an HTTP API."""

    api: str
    name: str
    region: str
    account: str
    routes: Mapping[str, Route]
    variables: Mapping[str, str]
    rates: Mapping[str, Rate]
    cors: Cors | None

    @property
    def domain(self) -> str:
        """The domain that it would have on AWS."""
        return f"{self.api}.execute-api.{self.region}.amazonaws.com"


class HttpDeployed:
    """Reads HTTP APIs where ``deployed`` reads WebSocket APIs. Its methods block."""

    def __init__(self, deployed: Deployed) -> None:
        self._apis = deployed.apis
        self._sts = deployed.sts
        self._region = deployed.region

    def apis(self) -> list[str]:
        """Return every HTTP API's id."""
        return [api["ApiId"] for api in self._apis.get_apis()["Items"] if api["ProtocolType"] == "HTTP"]

    def stages(self, api: str) -> dict[str, Stage]:
        """Return an API's stages by name.

        Raises:
            NotDeployed: there is no such HTTP API.
        """
        try:
            described = self._apis.get_api(ApiId=api)
        except ClientError as error:
            raise NotDeployed(api) from error
        if described["ProtocolType"] != "HTTP":
            raise NotDeployed(f"{api} is not an HTTP API")
        routes = self._routes(api)
        account = self._sts.get_caller_identity()["Account"]
        return {
            stage["StageName"]: Stage(
                api=api,
                name=stage["StageName"],
                region=self._region,
                account=account,
                routes=routes,
                variables=stage.get("StageVariables", {}),
                rates=rates(stage),
                cors=_cors(described.get("CorsConfiguration", {})),
            )
            for stage in self._apis.get_stages(ApiId=api)["Items"]
        }

    def _routes(self, api: str) -> dict[str, Route]:
        integrations = {i["IntegrationId"]: i for i in self._apis.get_integrations(ApiId=api)["Items"]}
        authorizers = {a["AuthorizerId"]: _jwt(a) for a in self._apis.get_authorizers(ApiId=api)["Items"]}
        routes = {}
        for given in self._apis.get_routes(ApiId=api)["Items"]:
            integration: Mapping[str, Any] = integrations.get(given.get("Target", "").rpartition("/")[2], {})
            is_proxy = integration.get("IntegrationType") == "AWS_PROXY"
            routes[given["RouteKey"]] = Route(
                key=given["RouteKey"],
                function=function_in(integration.get("IntegrationUri", "")) if is_proxy else "",
                timeout=min(integration.get("TimeoutInMillis", _LONGEST * 1000) / 1000, _LONGEST),
                authorization=given.get("AuthorizationType", "NONE"),
                jwt=authorizers.get(given.get("AuthorizerId", "")),
                scopes=tuple(given.get("AuthorizationScopes", ())),
            )
        return routes


def _jwt(given: Mapping[str, Any]) -> Jwt | None:
    if given["AuthorizerType"] != "JWT":
        return None
    configured = given["JwtConfiguration"]
    return Jwt(tuple(given["IdentitySource"]), configured["Issuer"], tuple(configured.get("Audience", ())))


def _cors(given: Mapping[str, Any]) -> Cors | None:
    if not given:
        return None
    return Cors(
        origins=tuple(given.get("AllowOrigins", ())),
        methods=tuple(given.get("AllowMethods", ())),
        headers=tuple(given.get("AllowHeaders", ())),
        exposed=tuple(given.get("ExposeHeaders", ())),
        credentials=bool(given.get("AllowCredentials")),
        age=given.get("MaxAge"),
    )
