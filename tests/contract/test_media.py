"""``parley.media.ports.MediaRegistry``, on every adapter, and what the directory must know about uploads."""

import pytest
from msgspec.structs import replace

from parley.chat.model import Attachment
from parley.chat.ports import ATTACH_MS
from parley.core.errors import RateLimited
from parley.core.writes import STORED, Occupied
from parley.media.model import DAILY_BYTES, Media
from tests.contract.conftest import Storage

DAY = 24 * 3600 * 1000
AT = 20_000 * DAY + 1_000
DM = "dm:alice:bob"


def media(n: int = 1, **differently: object) -> Media:
    told = {"type": "image/png", "size": 100, "sha256": "ab" * 32, "created": AT} | differently
    return Media(id=f"{n:026}", owner="alice", scope=DM, **told)


def attachment(storage: Storage, id: str) -> Attachment:
    return storage.directory.find(media=[id], strong=True).media[id]


def state(storage: Storage, id: str) -> str:
    stored = storage.registry.media(id)
    assert stored is not None
    return stored.state


def test_an_upload_is_known_from_the_moment_it_is_allowed(storage: Storage):
    storage.registry.open(media())
    assert storage.registry.media(media().id) == media()
    assert storage.registry.media(media(2).id) is None
    assert attachment(storage, media().id) == Attachment(media().id, "alice", DM, "pending", AT + ATTACH_MS)
    assert storage.registry.owned("alice", "", 5) == ([media().id], False)


def test_it_is_settled_once(storage: Storage):
    storage.registry.open(media())
    ready = replace(media(), state="ready", width=640, height=480, thumbnail=True)
    assert storage.registry.settle(media(), ready, AT) == STORED
    assert storage.registry.media(media().id) == ready
    assert isinstance(storage.registry.settle(media(), replace(media(), state="refused"), AT), Occupied)
    assert storage.registry.owned("alice", "", 5) == ([media().id], False)
    assert attachment(storage, media().id).state == "ready"
    assert isinstance(storage.registry.settle(media(2), replace(media(2), state="ready"), AT), Occupied)


def test_a_refusal_can_be_read_and_is_not_collected(storage: Storage):
    storage.registry.open(media())
    refused = replace(media(), state="refused", reason="its SHA-256 is another")
    assert storage.registry.settle(media(), refused, AT) == STORED
    assert storage.registry.media(media().id) == refused
    assert storage.registry.unreferred(20_000) == []
    assert storage.registry.owned("alice", "", 5) == ([], False)


def test_what_nothing_refers_to_is_found_by_its_day(storage: Storage):
    storage.registry.open(media())
    storage.registry.open(media(2, created=AT + DAY))
    assert [m.id for m in storage.registry.unreferred(20_000)] == [media().id]
    storage.directory.add_reference(media().id)
    storage.directory.add_reference(media().id)
    storage.directory.add_reference("0" * 26)
    assert storage.registry.unreferred(20_000) == []
    assert attachment(storage, media().id).until == 0
    storage.directory.release_reference(media().id, AT + 3 * DAY)
    storage.directory.release_reference("0" * 26, AT)
    assert [m.id for m in storage.registry.unreferred(20_003)] == [media().id]
    assert attachment(storage, media().id).until == AT + 3 * DAY + ATTACH_MS
    assert storage.directory.find(media=["0" * 26], strong=True).media == {}


def test_only_what_nothing_refers_to_is_claimed(storage: Storage):
    storage.registry.open(media())
    storage.registry.open(media(2))
    storage.directory.add_reference(media(2).id)
    assert storage.registry.claim(media()) == STORED
    assert storage.registry.claim(media()) == STORED  # the next run claims it again
    assert isinstance(storage.registry.claim(media(2)), Occupied)
    assert isinstance(storage.registry.claim(media(3)), Occupied)
    assert attachment(storage, media().id).state == "removed"
    assert [m.state for m in storage.registry.unreferred(20_000)] == ["removed"]


def test_who_waits_is_remembered_until_it_is_back(storage: Storage):
    storage.registry.open(media())
    assert isinstance(storage.registry.wait(media().id, "bob"), Occupied)
    assert isinstance(storage.registry.restored(media().id), Occupied)
    storage.registry.settle(media(), replace(media(), state="archived"), AT)
    for user in ("bob", "alice", "bob"):
        assert storage.registry.wait(media().id, user) == STORED
    assert state(storage, media().id) == "restoring"
    back = storage.registry.restored(media().id)
    assert back is not None
    assert (back.state, back.waiting) == ("ready", ("alice", "bob"))
    assert storage.registry.restored(media().id) == back, "until they have been told"
    assert isinstance(storage.registry.wait(media().id, "carol"), Occupied)
    storage.registry.told(back)
    assert storage.registry.media(media().id) == media(state="ready")
    assert isinstance(storage.registry.restored(media().id), Occupied)


def test_who_asks_anew_is_not_among_those_who_have_been_told(storage: Storage):
    storage.registry.open(media())
    storage.registry.settle(media(), replace(media(), state="archived"), AT)
    storage.registry.wait(media().id, "bob")
    back = storage.registry.restored(media().id)
    assert back is not None
    storage.registry.settle(back, replace(back, state="archived"), AT)
    storage.registry.wait(media().id, "carol")
    storage.registry.told(back)
    again = storage.registry.restored(media().id)
    assert again is not None
    assert again.waiting == ("carol",)
    storage.registry.told(replace(again, id="0" * 26))
    assert storage.registry.media("0" * 26) is None
    storage.registry.told(replace(again, waiting=()))


def test_what_is_withdrawn_is_removed_whatever_refers_to_it_and_settled_no_more(storage: Storage):
    storage.registry.open(media())
    storage.directory.add_reference(media().id)
    for _ in range(2):
        storage.registry.withdraw(media().id)
        storage.registry.withdraw("0" * 26)
    assert attachment(storage, media().id).state == "removed"
    assert isinstance(storage.registry.settle(media(), replace(media(), state="ready"), AT), Occupied)
    assert storage.registry.owned("alice", "", 5) == ([media().id], False)
    assert storage.registry.media("0" * 26) is None


def test_a_users_uploads_come_in_pages(storage: Storage):
    for n in range(5):
        storage.registry.open(media(n))
    first, more = storage.registry.owned("alice", "", 3)
    assert (first, more) == ([media(n).id for n in range(3)], True)
    assert storage.registry.owned("alice", first[-1], 3) == ([media(3).id, media(4).id], False)
    assert storage.registry.owned("bob", "", 3) == ([], False)


def test_what_is_forgotten_is_gone_from_everywhere(storage: Storage):
    storage.registry.open(media())
    for _ in range(2):
        storage.registry.forget(media().id, "alice")
    assert storage.registry.media(media().id) is None
    assert storage.registry.owned("alice", "", 3) == ([], False)
    assert storage.registry.unreferred(20_000) == []


def test_a_day_takes_so_many_bytes_and_no_more(storage: Storage):
    storage.registry.open(media(1, size=DAILY_BYTES - 10))
    with pytest.raises(RateLimited) as refused:
        storage.registry.open(media(2, size=11))
    assert refused.value.retry_after == (DAY - 1_000) / 1000
    assert storage.registry.media(media(2).id) is None, "all of it, or nothing"
    storage.registry.open(media(3, size=10))
    storage.registry.open(media(4, created=AT + DAY, size=11))
