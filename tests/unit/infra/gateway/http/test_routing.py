"""Which route a request takes, and what CORS makes of it."""

import pytest

from infra.local.gateway.access import jwts
from infra.local.gateway.http import cors
from infra.local.gateway.http import routing as http_routing
from infra.local.gateway.http.deployed import Cors
from infra.local.gateway.http.events import Answer, Asked

KEYS = ["$default", "GET /pets", "ANY /pets/{id}", "GET /pets/{id}", "GET /pets/mine", "ANY /pets/{proxy+}"]


@pytest.mark.parametrize(
    ("method", "path", "key", "variables"),
    [
        ("GET", "/pets", "GET /pets", {}),
        ("GET", "//pets", "GET /pets", {}),
        ("POST", "/pets", "$default", {}),
        ("GET", "/pets/7", "GET /pets/{id}", {"id": "7"}),
        ("POST", "/pets/7", "ANY /pets/{id}", {"id": "7"}),
        ("GET", "/pets/mine", "GET /pets/mine", {}),
        ("GET", "/pets/7/toys", "ANY /pets/{proxy+}", {"proxy": "7/toys"}),
        ("GET", "/", "$default", {}),
    ],
)
def test_the_closest_route_is_taken(method: str, path: str, key: str, variables: dict[str, str]):
    assert http_routing.select(KEYS, method, path) == (key, variables)


def test_there_may_be_none():
    assert http_routing.select(["GET /pets"], "POST", "/pets") is None
    assert http_routing.select(["GET /pets.json"], "GET", "/petsxjson") is None


ALLOWED = Cors(("https://app.example",), ("GET", "PATCH"), ("authorization",), ("etag",), True, 300)
ANYONE = ALLOWED._replace(origins=("*",), credentials=False)


def asked(method: str, **headers: str) -> Asked:
    return Asked(method, "/", "", tuple((k.replace("_", "-"), v) for k, v in headers.items()), b"", "")


PREFLIGHT = asked("OPTIONS", Origin="https://app.example", Access_Control_Request_Method="PATCH")


def test_a_preflight_is_answered_for_an_allowed_origin():
    answer = cors.preflight(ALLOWED, PREFLIGHT)
    assert answer is not None
    told = dict(answer.headers)
    assert (answer.status, told["access-control-allow-origin"]) == (204, "https://app.example")
    assert told["access-control-allow-methods"] == "GET,PATCH"
    assert (told["access-control-max-age"], told["access-control-allow-credentials"]) == ("300", "true")


def test_another_origin_is_told_nothing():
    other = PREFLIGHT._replace(headers=(("Origin", "https://evil.example"), *PREFLIGHT.headers[1:]))
    assert cors.preflight(ALLOWED, other) == (204, (), b"")
    assert cors.decorate(ALLOWED, asked("GET", Origin="https://evil.example"), Answer(200, (), b"x")).headers == ()


LOCAL = ALLOWED._replace(origins=("http://localhost:*", "http://127.0.0.1:*"))


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:5173", True),
        ("http://localhost", True),
        ("http://127.0.0.1:3000", True),
        ("https://localhost:5173", False),
        ("http://localhost.evil.example:80", False),
        ("http://localhost:80.evil.example", False),
        ("http://localhostevil:80", False),
    ],
)
def test_a_laptop_allows_every_port_of_its_own(origin: str, allowed: bool):
    headers = dict(cors.decorate(LOCAL, asked("GET", Origin=origin), Answer(200, (), b"x")).headers)
    assert headers.get("access-control-allow-origin") == (origin if allowed else None)


def test_what_is_no_preflight_or_not_configured_goes_on():
    assert cors.preflight(None, PREFLIGHT) is None
    assert cors.preflight(ALLOWED, asked("OPTIONS", Origin="https://app.example")) is None
    assert cors.preflight(ALLOWED, asked("GET", Origin="https://app.example")) is None


def test_the_functions_own_headers_are_replaced():
    own = Answer(200, (("Access-Control-Allow-Origin", "https://function"), ("etag", '"1"')), b"")
    headers = dict(cors.decorate(ANYONE, asked("GET", Origin="https://any"), own).headers)
    assert headers == {"etag": '"1"', "access-control-allow-origin": "*", "access-control-expose-headers": "etag"}
    assert cors.decorate(None, asked("GET", Origin="https://any"), own) == own


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("a", "a"),
        (1795417200, "1795417200"),
        (True, "true"),
        (["consumer", "provider"], "[consumer provider]"),
        ([], "[]"),
    ],
)
def test_a_claim_is_a_string(claim: object, text: str):
    assert jwts.text(claim) == text
