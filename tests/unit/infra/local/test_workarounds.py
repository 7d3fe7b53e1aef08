"""Exactly what the embedded AWS cannot handle is removed from the templates."""

from collections.abc import Callable
from typing import Any

from infra import templates
from infra.flattening import flatten
from infra.local import workarounds

TEMPLATE_NOW = flatten(templates.load())
BRIDGED = workarounds.bridge(TEMPLATE_NOW, "http://127.0.0.1:4566")


def test_what_is_refused_is_out_and_nothing_waits_for_it():
    left = BRIDGED.template["Resources"]
    assert not [r for r in left.values() if r["Type"] in workarounds.DROPPED]
    assert set(left) | set(BRIDGED.dropped) == set(TEMPLATE_NOW["Resources"])
    for resource in left.values():
        assert set(resource.get("DependsOn", [])) <= set(left)


def test_functions_post_to_whoever_serves_the_sockets():
    for name, resource in BRIDGED.template["Resources"].items():
        variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        if "CONNECTIONS_URL" in variables:
            expected = "http://127.0.0.1:4566/_aws/execute-api/${Api}/${StageName}"
            assert variables["CONNECTIONS_URL"] == {"Fn::Sub": expected}, name


class Recorder:
    """Replaces the emulator's API, and keeps the requests."""

    def __init__(self) -> None:
        self.asked: dict[str, list[dict[str, Any]]] = {}

    def __getattr__(self, operation: str) -> Callable[..., None]:
        return lambda **arguments: self.asked.setdefault(operation, []).append(arguments)


def test_what_cloudformation_leaves_out_is_made_by_api():
    names = {n: f"api/{n}" if r["Type"].endswith("::Route") else n for n, r in TEMPLATE_NOW["Resources"].items()}
    parameters = {n: str(p.get("Default", 7)) for n, p in TEMPLATE_NOW["Parameters"].items()}
    api = Recorder()
    workarounds.complete(TEMPLATE_NOW, BRIDGED.dropped, {**names, **parameters}, api)
    routes = [given["RouteId"] for given in api.asked["create_route_response"]]
    assert sorted(routes) == ["MessageRoute", "PingRoute"]
    assert [given["IntegrationId"] for given in api.asked["create_integration_response"]] == ["PingIntegration"]
    assert api.asked["update_stage"] == [
        {
            "ApiId": "Api",
            "StageName": "live",
            "DefaultRouteSettings": {"ThrottlingRateLimit": 1000.0, "ThrottlingBurstLimit": 500},
            "RouteSettings": {"$connect": {"ThrottlingRateLimit": 200.0, "ThrottlingBurstLimit": 200}},
        },
        {
            "ApiId": "HttpApi",
            "StageName": "$default",
            "DefaultRouteSettings": {"ThrottlingRateLimit": 1000.0, "ThrottlingBurstLimit": 500},
            "RouteSettings": {},
        },
    ]


def test_the_template_itself_is_left_alone():
    assert flatten(templates.load()) == TEMPLATE_NOW


def test_every_type_in_the_list_is_still_in_the_template():
    assert {r["Type"] for r in TEMPLATE_NOW["Resources"].values()} >= workarounds.DROPPED


def test_clients_connect_to_whoever_serves_the_sockets():
    told = {"ApiId": "abc", "StageName": "live", "HttpApiId": "def"}
    assert workarounds.http_url("http://127.0.0.1:4566", told) == "http://127.0.0.1:4566/_aws/execute-api/def"
    assert workarounds.socket_url("http://127.0.0.1:4566", told) == "ws://127.0.0.1:4566/_aws/execute-api/abc/live"


def test_buckets_can_be_reached_without_tls():
    def policies(template):
        return [r["Properties"] for r in template["Resources"].values() if r["Type"] == workarounds.BUCKET_POLICY]

    assert all("SecureTransport" in str(p) for p in policies(TEMPLATE_NOW))
    assert not [p for p in policies(BRIDGED.template) if "SecureTransport" in str(p)]
