"""Tokens: which are let in and which are not, and that the pool's keys may change."""

import io
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from parley.core.errors import Unavailable
from parley.runtime.telemetry import Telemetry
from realtime.authorizer import authorize
from realtime.events import session_of
from realtime.tokens import KeySet, Verifier
from tests.handlers import events

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
CLIENT = "4clientid"
NOW = int(time.time() * 1000)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwks(**keys: rsa.RSAPrivateKey) -> dict[str, Any]:
    to_jwk = jwt.algorithms.RSAAlgorithm.to_jwk
    return {
        "keys": [
            {**json.loads(to_jwk(k.public_key())), "kid": kid, "alg": "RS256", "use": "sig"} for kid, k in keys.items()
        ]
    }


def token(key: Any = KEY, kid: str = "k1", algorithm: str = "RS256", without: str = "", **changes: Any) -> str:
    claims = {
        "sub": "alice",
        "iss": ISSUER,
        "client_id": CLIENT,
        "token_use": "access",
        "cognito:groups": ["consumer"],
        "exp": NOW // 1000 + 3600,
        "iat": NOW // 1000,
        "scope": "aws.cognito.signin.user.admin",
        "username": "alice",
    } | changes
    claims.pop(without, None)
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})


class Pool:
    """The pool's keys, and how often they were fetched."""

    def __init__(self) -> None:
        self.document = jwks(k1=KEY)
        self.fetched = 0
        self.verifier = Verifier(KeySet(self.fetch), ISSUER, CLIENT)

    def fetch(self) -> dict[str, Any]:
        self.fetched += 1
        return self.document


@pytest.fixture
def pool() -> Pool:
    return Pool()


Decide = Callable[..., dict[str, Any]]


@pytest.fixture
def decide(pool: Pool, telemetry: Telemetry) -> Decide:
    return lambda event, now=NOW: authorize(event, pool.verifier, telemetry, now)


def effect(policy: dict[str, Any]) -> str:
    return policy["policyDocument"]["Statement"][0]["Effect"]


def offered(text: str) -> dict[str, Any]:
    return events.upgrade(f"parley.v1, {text}")


def test_a_good_token_is_let_in_and_vouched_for_in_strings(decide: Decide):
    policy = decide(events.upgrade(f"parley.v1, {token()}", query={"device": "phone-1"}))
    assert effect(policy) == "Allow"
    assert policy["policyDocument"]["Statement"][0]["Resource"].endswith("/live/$connect")
    assert policy["context"] == {
        "user": "alice", "role": "consumer", "device": "phone-1", "expires": str((NOW // 1000 + 3600) * 1000),
    }  # fmt: skip
    later = events.frame({}) | {}
    later["requestContext"]["authorizer"] = policy["context"]
    assert session_of(later).device == "phone-1"


@pytest.mark.parametrize(
    "event",
    [
        events.upgrade(authorization=f"Bearer {token()}"),
        events.upgrade(authorization=f"bearer {token()}"),
        events.upgrade(query={"token": token()}),
        events.upgrade(f"{token()}, parley.v1"),
    ],
    ids=["header", "lower-case scheme", "query string", "protocols in another order"],
)
def test_the_token_may_come_in_each_of_the_three_ways(decide: Decide, event: dict[str, Any]):
    assert effect(decide(event)) == "Allow"


def test_without_a_device_each_socket_is_a_device_of_its_own(decide: Decide):
    assert decide(offered(token()))["context"]["device"] == events.CONNECTION


def test_a_provider_is_one_whatever_else_they_are(decide: Decide):
    assert decide(offered(token(**{"cognito:groups": ["consumer", "provider"]})))["context"]["role"] == "provider"


@pytest.mark.parametrize("groups", [None, [], ["admins"]])
def test_a_token_without_a_role_is_a_consumers(decide: Decide, groups: list[str] | None):
    given = token(**{"cognito:groups": groups}) if groups is not None else token(without="cognito:groups")
    assert decide(offered(given))["context"]["role"] == "consumer"


REFUSED = {
    "none": events.upgrade("parley.v1"),
    "no headers at all": events.upgrade() | {"headers": None},
    "garbage": offered("garbage"),
    "three dots": offered("a.b.c"),
    "empty bearer": events.upgrade(authorization="Bearer "),
    "basic": events.upgrade(authorization="Basic YTpi"),
    "expired": offered(token(exp=NOW // 1000 - 1)),
    "another pool": offered(token(iss="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other")),
    "another client": offered(token(client_id="5other")),
    "an ID token": offered(token(token_use="id")),
    "alg none": offered(token(key=None, algorithm="none")),
    "signed with the public key as an HMAC secret": offered(token(key="x" * 64, algorithm="HS256")),
    "another key under our key's id": offered(token(key=OTHER)),
    "an unknown key": offered(token(key=OTHER, kid="k9")),
    "no expiry": offered(token(without="exp")),
    "no subject": offered(token(without="sub")),
    "no use": offered(token(without="token_use")),
    "no client": offered(token(without="client_id")),
    "a subject that cannot be an id": offered(token(sub="a:b")),
    "not yet valid": offered(token(nbf=NOW // 1000 + 86_400)),
    "very long": offered("x" * 9_000),
    "a bad device id": events.upgrade(f"parley.v1, {token()}", query={"device": "a b"}),
    "a device id too long": events.upgrade(f"parley.v1, {token()}", query={"device": "x" * 65}),
}


@pytest.mark.parametrize("event", REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused(decide: Decide, event: dict[str, Any]):
    policy = decide(event)
    assert effect(policy) == "Deny"
    assert "context" not in policy


def test_a_tampered_payload_is_refused(decide: Decide):
    head, _, signature = token().split(".")
    other = token(sub="bob").split(".")[1]
    assert effect(decide(offered(f"{head}.{other}.{signature}"))) == "Deny"


def test_a_rotated_key_is_fetched_once(decide: Decide, pool: Pool):
    decide(offered(token()))
    pool.document = jwks(k2=OTHER)
    rotated = offered(token(key=OTHER, kid="k2"))
    assert effect(decide(rotated, NOW + 60_000)) == "Allow"
    assert effect(decide(rotated, NOW + 60_001)) == "Allow"
    assert pool.fetched == 2


def test_strangers_cannot_make_us_fetch_keys_again_and_again(decide: Decide, pool: Pool):
    for n in range(50):
        decide(offered(token(key=OTHER, kid=f"made-up-{n}")), NOW + n)
    assert pool.fetched == 1


def test_while_the_keys_cannot_be_had_it_is_an_error_and_not_a_refusal(decide: Decide, pool: Pool):
    def fail() -> dict[str, Any]:
        raise Unavailable("no route")

    pool.verifier = Verifier(KeySet(fail), ISSUER, CLIENT)
    with pytest.raises(Unavailable):
        decide(offered(token()))


def test_while_the_keys_cannot_be_had_strangers_do_not_make_us_ask_without_end(decide: Decide, pool: Pool):
    asked = 0

    def fail() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        raise Unavailable("no route")

    pool.verifier = Verifier(KeySet(fail), ISSUER, CLIENT)
    for n in range(50):
        with pytest.raises(Unavailable):
            decide(offered(token(key=OTHER, kid=f"made-up-{n}")), NOW + n)
    assert asked == 1
    pool.verifier._keys._fetch = pool.fetch
    assert effect(decide(offered(token()), NOW + 2_000)) == "Allow"


def test_no_token_is_logged(decide: Decide, logged: io.StringIO):
    good, bad = token(), token(key=OTHER)
    decide(offered(good))
    decide(offered(bad))
    assert "refused" in logged.getvalue()
    assert good not in logged.getvalue()
    assert bad not in logged.getvalue()
    assert bad.split(".")[2] not in logged.getvalue()
