"""An HTTP API as API Gateway serves it, by functions that do what they are asked to do (``probe_http``)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.gateway.handle import Gateway
from infra.local.stack import User
from tests.baseline_api import Maker
from tests.e2e.asking import Http
from tests.e2e.deployment import Deployment
from tests.e2e.gateway.probing import gateway

pytestmark = pytest.mark.gateway_only
SOURCE = Path(__file__).with_name("probe_http.py")
ORIGIN = "https://app.example"


@pytest.fixture(scope="package")
def api(deployment: Deployment) -> str:
    """Create an API that is open, except ``/mine`` (needs our token) and ``/scoped`` (also a scope). Returns its id."""
    if deployment.local is None:
        pytest.skip("needs the embedded AWS")
    maker = Maker(deployment.local.endpoint)
    function = maker.function("probe-http", SOURCE, "probe_http.handler", [])
    hasty = maker.function("probe-http-hasty", SOURCE, "probe_http.handler", [], timeout=1)
    made = maker.apis.create_api(
        Name="probe-http", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": [ORIGIN], "AllowMethods": ["GET"]}
    )["ApiId"]
    maker.apis.create_stage(ApiId=made, StageName="$default", AutoDeploy=True)
    maker.apis.create_stage(ApiId=made, StageName="test", AutoDeploy=True)
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{deployment.pool}"
    authorizer = maker.apis.create_authorizer(
        ApiId=made,
        Name="token",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer, "Audience": [deployment.client]},
    )["AuthorizerId"]

    def route(key: str, arn: str = function, **more: Any) -> None:
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
        integration = maker.apis.create_integration(
            ApiId=made, IntegrationType="AWS_PROXY", IntegrationUri=uri, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        maker.apis.create_route(ApiId=made, RouteKey=key, Target=f"integrations/{integration}", **more)

    authorized = {"AuthorizationType": "JWT", "AuthorizerId": authorizer}
    for key in ("ANY /event/{proxy+}", "GET /binary", "GET /cookies", "GET /status/{code}", "GET /raise", "GET /once"):
        route(key)
    route("GET /sleep/{seconds}")
    route("GET /hasty", hasty)
    route("GET /sleep/{seconds}/hasty", hasty)
    route("GET /mine", **authorized)
    route("GET /scoped", **authorized, AuthorizationScopes=["nobody/has-it"])
    maker.apis.update_stage(
        ApiId=made,
        StageName="$default",
        RouteSettings={"GET /once": {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}},
    )
    return made


def asking(running: Gateway, api: str) -> httpx.Client:
    base = f"{running.endpoint}/_aws/execute-api/{api}"
    return httpx.Client(base_url=base, timeout=40, trust_env=False)


@pytest.fixture
def ask(deployment: Deployment, api: str) -> Iterator[httpx.Client]:
    assert deployment.local is not None
    with asking(deployment.local.gateway, api) as client:
        yield client


def test_a_function_gets_the_request_and_its_answer_is_the_response(ask: httpx.Client):
    event = ask.post("event/a%20b?q=1&q=2", content=b"\xff", headers={"content-type": "image/png"}).json()
    assert (event["routeKey"], event["pathParameters"]) == ("ANY /event/{proxy+}", {"proxy": "a b"})
    assert (event["queryStringParameters"], event["body"], event["isBase64Encoded"]) == ({"q": "1,2"}, "/w==", True)
    said = ask.get("status/418")
    assert (said.status_code, said.headers["etag"], said.text) == (418, '"1"', "said")
    assert ask.get("binary").content == b"\xff\x00"
    assert ask.get("cookies").headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "apigw-requestid" in said.headers


def test_another_stage_has_its_name_in_the_path(ask: httpx.Client):
    event = ask.get("test/event/x").json()
    assert (event["requestContext"]["stage"], event["rawPath"]) == ("test", "/test/event/x")


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def test_what_goes_wrong_is_said_as_api_gateway_says_it(ask: httpx.Client):
    assert said(ask.get("nothing")) == (404, "Not Found")
    assert said(ask.get("raise")) == (500, "Internal Server Error")
    assert said(ask.get("sleep/3/hasty")) == (500, "Internal Server Error")
    assert [ask.get("once").status_code for _ in range(2)] == [200, 429]
    assert said(ask.get("../none/x")) == (404, "Not Found")


def test_ten_megabytes_are_too_large(ask: httpx.Client):
    assert said(ask.post("event/x", content=bytes(10 * 1024 * 1024 + 1))) == (413, "Request Entity Too Large")
    parts = (bytes(1024 * 1024) for _ in range(11))
    assert said(ask.post("event/x", content=parts)) == (413, "Request Entity Too Large")


def test_who_does_not_answer_in_time_is_unavailable(deployment: Deployment, api: str):
    assert deployment.local is not None
    with gateway(deployment.local, http_integration=0.2) as running, asking(running, api) as client:
        assert said(client.get("sleep/5")) == (503, "Service Unavailable")


def test_a_token_and_a_scope_are_asked_for_where_the_route_does(ask: httpx.Client, http: Http, alice: User):
    token = http.token(alice)
    refused = ask.get("mine")
    assert (said(refused), refused.headers["www-authenticate"]) == ((401, "Unauthorized"), "Bearer")
    assert ask.get("mine", headers={"Authorization": f"Bearer {token}"}).text == "hello"
    assert said(ask.get("scoped", headers={"Authorization": f"Bearer {token}"})) == (403, "Forbidden")


def test_a_browser_is_told_what_it_may(ask: httpx.Client):
    preflight = ask.options("mine", headers={"Origin": ORIGIN, "Access-Control-Request-Method": "GET"})
    assert (preflight.status_code, preflight.headers["access-control-allow-methods"]) == (204, "GET")
    assert ask.get("status/200", headers={"Origin": ORIGIN}).headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in ask.get("status/200", headers={"Origin": "https://evil"}).headers
