"""The background functions for accounts."""

import io
import json
from typing import Any

import msgspec
import pytest

from parley.accounts import deletion, deletion_requests, exports
from parley.accounts.model import DAY_MS, Export
from parley.core.errors import Unavailable
from parley.delivery.ports import IN_USE
from parley.runtime import bootstrap, dependencies, user_uploads
from parley.runtime.telemetry import METRICS, Telemetry
from tests.unit.accounts.account import Account
from tests.unit.chat.world import World
from tests.unit.media.studio import PDF, Studio
from workers import account_deletion, account_export

NOW = 1_795_417_200_000
ENVIRONMENT = {
    "LOG_TABLE": "Log",
    "DIRECTORY_TABLE": "Directory",
    "CONNECTIONS_URL": "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/live",
    "USER_POOL_ID": "us-east-1_abcdef123",
    "MEDIA_BUCKET": "parley-media",
    "USER_FILES_BUCKET": "parley-files",
}


@pytest.fixture
def account() -> Account:
    return Account()


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {name: line[name] for line in lines for name in METRICS & line.keys()}


def asked(account: Account) -> dict[str, Any]:
    made = exports.ask(account.world.alice, "alice", NOW, account.asking)
    event: dict[str, Any] = json.loads(msgspec.json.encode({"export": made, "username": "alice"}))
    return event


def test_each_run_takes_what_is_due_a_step_on(account: Account, telemetry: Telemetry, capsys: Any):
    deps = dependencies.Erasure(ports=account.erasing(), telemetry=telemetry)
    deletion_requests.leave(account.world.alice, "alice", NOW, account.accounts)
    account_deletion.run(deps, NOW + deletion_requests.GRACE_MS, lambda: 900_000)
    assert metrics(capsys)["AccountsCut"] == 1
    account_deletion.run(deps, NOW + deletion_requests.GRACE_MS + deletion.TOKENS_MS, lambda: 900_000)
    assert metrics(capsys)["AccountsErased"] == 1
    assert account.left() == {}


def test_what_could_not_be_erased_is_an_error_that_an_operator_sees(
    account: Account, telemetry: Telemetry, capsys: Any, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(account.identities, "delete", {}.__getitem__)
    deletion_requests.leave(account.world.alice, "alice", NOW, account.accounts)
    deps = dependencies.Erasure(ports=account.erasing(), telemetry=telemetry)
    with pytest.raises(Unavailable):
        account_deletion.run(deps, NOW + deletion_requests.GRACE_MS, lambda: 900_000)
    assert metrics(capsys)["ErasureFailures"] == 1
    assert '"error":"KeyError"' in logged.getvalue().replace(" ", "")


def test_endpoints_that_could_not_be_deleted_are_deleted_later_and_meanwhile_counted(
    account: Account, telemetry: Telemetry, capsys: Any
):
    deps = dependencies.Erasure(ports=account.erasing(), telemetry=telemetry)
    assert account.devices.abandon("arn:1", 1, NOW) != IN_USE
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(account.world.push, "forget", lambda _: False)
        account_deletion.run(deps, NOW, lambda: 900_000)
    assert metrics(capsys)["EndpointsLeft"] == 1
    account_deletion.run(deps, NOW + DAY_MS, lambda: 900_000)
    assert account.world.push.forgotten == ["arn:1"]


def test_the_functions_clock_is_the_erasures(account: Account, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch):
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 900_000

    deps = dependencies.Erasure(ports=account.erasing(), telemetry=telemetry)
    monkeypatch.setattr(bootstrap, "erasure", lambda _: deps)
    deletion_requests.leave(account.world.alice, "alice", 0, account.accounts)
    account_deletion.handler({}, Context())
    assert "identity" not in account.left()


def test_an_archive_is_made_of_the_event_that_asks_for_it(account: Account, telemetry: Telemetry, capsys: Any):
    event = asked(account)
    account_export.run(event, dependencies.Exporting(ports=account.making, telemetry=telemetry), NOW + 1)
    ready = account.exports.export("alice")
    assert ready is not None
    assert (ready.made, metrics(capsys)["Exports"]) == (NOW + 1, 1)


def test_for_who_is_gone_there_is_nothing_to_try_again(account: Account, telemetry: Telemetry, logged: io.StringIO):
    event = asked(account)
    del account.world.stored.users["alice"]
    account_export.run(event, dependencies.Exporting(ports=account.making, telemetry=telemetry), NOW)
    assert '"not_found"' in logged.getvalue()


def test_what_a_user_has_uploaded_is_listed_and_erased(world: World):
    world.now = NOW
    studio = Studio(world)
    media, _ = studio.begin(world.alice, PDF)
    other, _ = studio.begin(world.bob, PDF)
    for m in (media, other):
        studio.objects.objects[m.key] = PDF
    mine = user_uploads.Uploaded(studio.collecting)
    assert [m["id"] for m in mine.listed("alice")] == [media.id]
    assert mine.erase("alice")
    assert not mine.erase("alice")
    assert list(mine.listed("alice")) == []
    assert set(studio.objects.objects) == {other.key}


@pytest.mark.parametrize("made", [bootstrap.erasure, bootstrap.exporting])
def test_the_template_tells_the_functions_all_they_need(made: Any):
    assert made(ENVIRONMENT).ports


def test_an_export_is_read_from_json_as_it_was_written():
    given = Export("ben", "e1", NOW)
    assert msgspec.convert(json.loads(msgspec.json.encode(given)), Export) == given
