"""The two APIs: who is let in, in what order their parts are made, and logs without secrets."""

import re

import pytest

from tests.unit.infra.templates import watched
from tests.unit.infra.templates.whole import OFF, RESOURCES, evaluated, of_type, there


def test_web_pages_may_use_the_http_api_only_from_where_it_is_said():
    assert "CorsConfiguration" not in evaluated(RESOURCES["HttpApi"]["Properties"], OFF)
    assert "PreflightRoute" not in there(OFF)
    listed = {**OFF, "WebOrigins": ["https://app.example"]}
    assert evaluated(RESOURCES["HttpApi"]["Properties"], listed)["CorsConfiguration"]["AllowOrigins"] == [
        "https://app.example"
    ]
    assert "PreflightRoute" in there(listed)


def test_access_logs_hold_nothing_a_client_wrote():
    for stage in of_type("AWS::ApiGatewayV2::Stage").values():
        logged = re.findall(r"\$[\w.]+", stage["AccessLogSettings"]["Format"])
        assert "$context.requestId" in logged, "API Gateway asks for it"
        for value in logged:
            assert not re.search(r"querystring|header|path|body|token|input|params", value, re.IGNORECASE)


@pytest.mark.parametrize("stage", ["Stage", "HttpStage"])
def test_access_logs_say_why_a_function_or_the_authorizer_failed(stage):
    logged = re.findall(r"\$[\w.]+", RESOURCES[stage]["Properties"]["AccessLogSettings"]["Format"])
    assert {"$context.integration.error", "$context.authorizer.error", "$context.error.responseType"} <= set(logged)


@pytest.mark.parametrize(("stage", "api"), [("Stage", "Api"), ("HttpStage", "HttpApi")])
def test_a_stage_comes_after_every_route_and_response(stage, api):
    needed = {
        name
        for name, r in RESOURCES.items()
        if re.fullmatch(r"AWS::ApiGatewayV2::(Route|RouteResponse|IntegrationResponse)", r["Type"])
        and r["Properties"]["ApiId"] == {"Ref": api}
        and "Condition" not in r  # nothing may depend on what may be absent; the stage deploys itself
    }
    assert set(RESOURCES[stage]["DependsOn"]) == needed


def test_every_http_route_asks_for_a_token_of_this_pool_and_app():
    routes = [p for p in of_type("AWS::ApiGatewayV2::Route").values() if p["ApiId"] == {"Ref": "HttpApi"}]
    authorizers = {r["RouteKey"]: r["AuthorizerId"] for r in routes if r["AuthorizationType"] == "JWT"}
    assert authorizers == {"$default": {"Ref": "HttpAuthorizer"}}
    assert {r["RouteKey"] for r in routes} - authorizers.keys() == {
        "OPTIONS /{proxy+}"
    }  # preflights, which carry no token
    configured = RESOURCES["HttpAuthorizer"]["Properties"]["JwtConfiguration"]
    assert configured["Audience"] == [{"Ref": "App"}]
    assert "${Users}" in configured["Issuer"]["Fn::Sub"]


def test_every_answering_route_has_a_route_response():
    answering = {n for n, p in of_type("AWS::ApiGatewayV2::Route").items() if "RouteResponseSelectionExpression" in p}
    answered = {p["RouteId"]["Ref"] for p in of_type("AWS::ApiGatewayV2::RouteResponse").values()}
    assert answering == answered == {"MessageRoute", "PingRoute"}


def test_a_token_may_come_by_any_of_its_ways():
    assert "IdentitySource" not in RESOURCES["Authorizer"]["Properties"], "all of the sources named would be needed"


def test_the_metrics_of_two_environments_do_not_add_up():
    assert {made["MetricNamespace"] for _, made in watched.filters()} == {"Parley/dev"} == {watched.OURS}
