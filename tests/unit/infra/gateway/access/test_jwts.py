"""Which tokens a JWT authorizer accepts."""

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.gateway.access import jwts
from infra.local.gateway.http.deployed import Jwt
from infra.local.gateway.http.events import Asked

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
POOL = Jwt(("$request.header.Authorization",), ISSUER, ("client",))
KEY = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> jwts.Jwts:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    document = {"keys": [{**public, "kid": "k", "use": "sig", "alg": "RS256"}]}
    monkeypatch.setattr("jwt.PyJWKClient.get_jwk_set", lambda *_, **__: jwt.PyJWKSet.from_dict(document))
    return jwts.Jwts("http://127.0.0.1:1")


def token(key: rsa.RSAPrivateKey = KEY, kid: str = "k", **claims: Any) -> str:
    good = {
        "iss": ISSUER,
        "client_id": "client",
        "sub": "u",
        "exp": int(time.time()) + 60,
        "cognito:groups": ["a", "b"],
    }
    told = {name: value for name, value in (good | claims).items() if value is not None}
    return jwt.encode(told, key, algorithm="RS256", headers={"kid": kid})


def judged(judge: jwts.Jwts, header: str, *scopes: str) -> Any:
    request = Asked("GET", "/", "", (("authorization", header),), b"", "")
    return judge.judge(POOL, scopes, request)


def test_a_good_token_is_vouched_for(judge: jwts.Jwts):
    for header in (f"Bearer {token()}", f"bearer {token()}", token()):
        vouched = judged(judge, header)["jwt"]
        assert (vouched["claims"]["sub"], vouched["claims"]["cognito:groups"]) == ("u", "[a b]")
        assert vouched["scopes"] is None


@pytest.mark.parametrize(
    "bad",
    [
        {"exp": 1}, {"exp": None}, {"nbf": int(time.time()) + 3600}, {"iss": "https://other"}, {"client_id": "x"},
        {"client_id": None}, {"aud": "x"}, {"kid": "other"}, {"key": OTHER}, {"aud": [{}]}, {"aud": {"client": 1}},
    ],
)  # fmt: skip
def test_a_bad_one_is_refused_and_told_why(judge: jwts.Jwts, bad: dict[str, Any]):
    refused = judged(judge, f"Bearer {token(**bad)}")
    assert refused.status == 401
    assert 'error="invalid_token"' in refused.challenge


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "x.y.z", "Basic dTpw"])
def test_what_is_no_token_is_refused(judge: jwts.Jwts, header: str):
    assert judged(judge, header).status == 401


def test_an_audience_takes_the_place_of_the_client(judge: jwts.Jwts):
    for audience in ("client", ["other", "client"]):
        assert "jwt" in judged(judge, token(aud=audience, client_id="x"))


def test_one_of_the_routes_scopes_is_needed(judge: jwts.Jwts):
    assert judged(judge, token(scope="openid"), "write").status == 403
    assert judged(judge, token(scope="openid write"), "write", "admin")["jwt"]["scopes"] == ["openid", "write"]
