"""``/conversations/{conversation}/entries`` and ``/restore``, where entries have been archived."""

import pytest

from tests.rest.asking import Client
from tests.unit.archive.attic import Attic
from tests.unit.chat.world import DM

ENTRIES, RESTORE = f"GET /conversations/{DM}/entries", f"POST /conversations/{DM}/restore"


@pytest.fixture
def archived(attic: Attic) -> Attic:
    """Twelve entries, of which eleven are in the archive, in a pack that has to be restored."""
    attic.world.now = 10**12
    attic.talk(12)
    attic.later(200)
    attic.run()
    attic.packs.cold.update(attic.packs.stored)
    return attic


def test_history_past_the_log_is_refused_until_it_is_restored_and_then_read_as_any_other(
    client: Client, archived: Attic
):
    newest = client.ask("alice", ENTRIES)
    assert ([e["seq"] for e in newest.body["entries"]], newest.body["more"]) == ([12], True)
    refused = client.ask("alice", ENTRIES, before="12")
    assert (refused.status, refused.body["code"], refused.body["retryable"]) == (409, "archived", False)
    asked = client.ask("alice", RESTORE, {"before": 12})
    assert (asked.status, asked.body) == (202, {"state": "restoring"})
    archived.packs.cold.clear()
    page = client.ask("alice", ENTRIES, before="12", limit="5")
    assert ([e["seq"] for e in page.body["entries"]], page.body["more"]) == ([7, 8, 9, 10, 11], True)
    assert page.body["entries"][0]["body"] == {"text": "text 7", "media": []}
    again = client.ask("alice", RESTORE, {"before": 12})
    assert (again.status, again.body) == (200, {"state": "ready"})


def test_only_members_have_something_restored_and_only_what_there_is(client: Client, archived: Attic):
    assert client.ask("carol", RESTORE, {"before": 12}).status == 403
    assert client.ask("alice", RESTORE, {"before": 1}).status == 404
    assert client.ask("alice", "POST /conversations/dm:alice:zoe/restore", {"before": 9}).status == 404


@pytest.mark.parametrize("body", [{}, {"before": 0}, {"before": "12"}, {"before": 12, "more": 1}, None])
def test_a_request_for_nothing_or_more_than_that_is_bad(client: Client, archived: Attic, body: object):
    assert client.ask("alice", RESTORE, body).status == 400
