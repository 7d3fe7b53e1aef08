"""Only operators grant roles: whatever users try with password, tokens or AWS keys, their role stays the same."""

import secrets
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from infra.local.stack import User
from tests.e2e.asking import Http
from tests.e2e.deployment import Deployment
from tests.e2e.test_own_files import Hands, refused


@pytest.mark.parametrize("name", ["cognito:groups", "custom:role", "custom:legacy_role", "role", "profile"])
def test_nothing_that_users_write_of_themselves_makes_them_a_provider(deployment: Deployment, alice: User, name: str):
    """AWS refuses most of these, since the app's client may not write them; the emulator accepts them."""
    token = deployment.tokens(alice)["AccessToken"]
    with suppress(ClientError):
        deployment.cognito.update_user_attributes(
            AccessToken=token, UserAttributes=[{"Name": name, "Value": "provider"}]
        )
    with Http(deployment) as http:
        assert http.ask(alice, "GET /me").body["role"] == "consumer"
        assert http.ask(alice, "PATCH /me", {"category": "law"}).status == 403


def test_nor_what_they_sign_up_with(deployment: Deployment):
    email, password = f"eve-{secrets.token_hex(4)}@example.com", f"Aa1-{secrets.token_urlsafe(12)}"
    names = ("cognito:groups", "custom:role", "custom:legacy_role")
    groups = [{"Name": name, "Value": "provider"} for name in names]
    try:
        deployment.cognito.sign_up(
            ClientId=deployment.client,
            Username=email,
            Password=password,
            UserAttributes=[{"Name": "email", "Value": email}, *groups],
        )
    except ClientError:
        return  # AWS refuses
    deployment.cognito.admin_confirm_sign_up(UserPoolId=deployment.pool, Username=email)
    eve = User(id="", email=email, name="Eve", password=password, role="consumer")
    with Http(deployment) as http:
        assert http.ask(eve, "PATCH /me", {"category": "law"}).status in {403, 404}


def test_nor_their_keys_of_aws(local: Deployment, alice: User):
    cognito = Hands(local, alice).client("cognito-idp")
    who = {"UserPoolId": local.pool, "Username": alice.email}
    assert refused(cognito.admin_add_user_to_group, **who, GroupName="provider")
    assert refused(cognito.admin_delete_user, **who)


def test_a_phone_number_signs_up_and_in(local: Deployment):
    phone, password = f"+1555{secrets.randbelow(10**7):07}", f"Aa1-{secrets.token_urlsafe(12)}"
    local.cognito.sign_up(ClientId=local.client, Username=phone, Password=password)
    local.cognito.admin_confirm_sign_up(UserPoolId=local.pool, Username=phone)
    user = User(id="", email=phone, name="", password=password, role="consumer")
    assert local.tokens(user)["AccessToken"]
