"""Users who have moved from a legacy database, on the deployed templates: their role, and their old conversations."""

import json
import secrets
from pathlib import Path

import pytest

from infra.legacy import __main__ as command
from infra.local.stack import User
from parley.accounts.aws.profiles import DynamoProfiles
from parley.core.aws.threads import Threads
from parley.core.session import Role
from parley.migration import history
from tests.e2e.asking import Http
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment

MESSAGES = 30
DUMP = '<?xml version="1.0"?><resultset xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{}</resultset>'


def moved(local: Deployment, number: str, role: Role) -> User:
    """A user as Cognito makes them of what the migration's function returns. The embedded AWS does not ask it."""
    email, password = f"{number}@example.com", f"Aa1-{secrets.token_urlsafe(12)}"
    told = {"email": email, "email_verified": "true", "name": role, "custom:legacy_id": number}
    told["custom:legacy_role"] = role
    made = local.cognito.admin_create_user(
        UserPoolId=local.pool,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": name, "Value": value} for name, value in told.items()],
    )
    local.cognito.admin_set_user_password(UserPoolId=local.pool, Username=email, Password=password, Permanent=True)
    sub = next(a["Value"] for a in made["User"]["Attributes"] if a["Name"] == "sub")
    user = User(id=sub, email=email, name=role, password=password, role=role)
    local.tokens(user)  # the first ones
    return user


def row(**fields: object) -> str:
    return "<row>" + "".join(f'<field name="{name}">{value}</field>' for name, value in fields.items()) + "</row>"


@pytest.mark.gateway_only
def test_who_has_moved_has_their_role_and_their_conversations_and_nobody_is_disturbed(
    local: Deployment, dial: Dial, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert local.local is not None
    one, other = f"7{secrets.token_hex(4)}", f"8{secrets.token_hex(4)}"
    ann, bob = moved(local, one, "consumer"), moved(local, other, "provider")
    with Http(local) as http:
        assert [http.ask(user, "GET /me").body["role"] for user in (ann, bob)] == ["consumer", "provider"]
    said = [
        row(id=n, sender=(one, other)[n % 2], recipient=(other, one)[n % 2], at=1_500_000_000_000 + n, text=f"old {n}")
        for n in range(MESSAGES)
    ]
    (tmp_path / "messages.xml").write_text(DUMP.format("".join(said)))
    (tmp_path / "profiles.xml").write_text(
        DUMP.format(row(id=other, about="An old hand", locale="de", category="Law", business="Bob Ltd"))
    )
    table = local.local.outputs["DirectoryTable"]
    ports = history.Ports(
        log=local.log,
        imported=local.log,
        snapshots=local.directory,
        memberships=local.directory,
        summaries=local.directory,
    )
    profiles = DynamoProfiles(local.local.dynamodb, table, Threads(1))
    place = command.Place(local.cognito, local.pool, profiles, ports)
    with dial(bob) as phone:
        assert command.run(tmp_path, place, command.Output(as_json=True)) == 0
        told = json.loads(capsys.readouterr().out.splitlines()[-1])["conversations"]
        assert (told["stored"], told["verified"]) == (MESSAGES, MESSAGES)
        assert local.local.settled(30)
        synced = phone.ask("sync", since={})
        assert [f for f in phone._heard if f["type"] == "message"] == []
    (conversation,) = [c for c in synced["conversations"] if c["conversation"].count(ann.id)]
    assert (conversation["seq"], conversation["unread"]) == (MESSAGES, 0)
    with Http(local) as http:
        assert http.ask(ann, f"GET /users/{bob.id}").body["about"] == "An old hand"
