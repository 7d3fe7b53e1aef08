"""Who is let in, with tokens that Cognito itself has issued."""

import base64
import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from infra.local.stack import User
from tests.e2e.deployment import Deployment, open_socket


def test_a_token_is_taken_beside_the_protocol_in_the_header_and_in_the_query(deployment: Deployment, alice: User):
    token = deployment.tokens(alice)["AccessToken"]
    bearer = {"Authorization": f"Bearer {token}"}
    ways: list[tuple[str, dict[str, Any]]] = [
        ("phone", {}),
        ("phone", {"subprotocols": None, "additional_headers": bearer}),
        (f"phone&token={token}", {"subprotocols": None}),
    ]
    for device, options in ways:
        with open_socket(deployment, token, device, **options) as socket:
            socket.send('{"action":"ping"}')
            assert json.loads(socket.recv(timeout=10)) == {"type": "pong"}


def unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "x"}).encode()).decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


def tampered(token: str) -> str:
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["cognito:groups"] = ["provider"]
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{head}.{forged}.{signature}"


@pytest.mark.parametrize("kind", ["none", "garbage", "ID token", "alg none", "tampered"])
def test_anything_else_is_refused_at_the_upgrade(deployment: Deployment, alice: User, kind: str):
    tokens = deployment.tokens(alice)
    bad = {
        "none": "",
        "garbage": "garbage",
        "ID token": tokens["IdToken"],
        "alg none": unsigned(tokens["AccessToken"]),
        "tampered": tampered(tokens["AccessToken"]),
    }[kind]
    with pytest.raises(InvalidStatus) as refused:
        open_socket(deployment, bad).__enter__()
    assert refused.value.response.status_code in {401, 403}


def test_another_client_of_the_same_pool_is_refused(local: Deployment, alice: User):
    other = local.cognito.create_user_pool_client(
        UserPoolId=local.pool,
        ClientName="other",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    with pytest.raises(InvalidStatus) as refused:
        open_socket(local, local.tokens(alice, client=other)["AccessToken"]).__enter__()
    assert refused.value.response.status_code == 403


def test_another_pool_is_refused(local: Deployment, alice: User):
    pool = local.cognito.create_user_pool(PoolName="foreign")["UserPool"]["Id"]
    client = local.cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    local.cognito.admin_create_user(UserPoolId=pool, Username=alice.email, MessageAction="SUPPRESS")
    local.cognito.admin_set_user_password(
        UserPoolId=pool, Username=alice.email, Password=alice.password, Permanent=True
    )
    with pytest.raises(InvalidStatus) as refused:
        open_socket(local, local.tokens(alice, client=client)["AccessToken"]).__enter__()
    assert refused.value.response.status_code == 403
