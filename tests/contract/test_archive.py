"""``parley.archive.ports``, on every adapter."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import boto3
import pytest
from moto import mock_aws

from parley.archive.aesgcm import AesGcm
from parley.archive.aws.packs import S3Packs, pack_of
from parley.archive.memory import MemoryCipher, MemoryPacks
from parley.archive.model import SHARDS, Due, Segment, State, Waiting
from parley.archive.ports import Broken, Cipher, Packs
from parley.chat.entries import Body, MessageEntry
from parley.core.writes import STORED, Occupied
from tests.contract.conftest import Storage

DM, OTHER = "dm:alice:bob", "dm:alice:carol"
KEY = b"k" * 32


def due(storage: Storage, now: int, limit: int = 50) -> list[Due]:
    """What is due in all shards, page by page, as a run reads it."""
    found: list[Due] = []
    for shard in range(SHARDS):
        last = None
        while page := storage.schedule.due(shard, now, last, limit):
            found += page
            last = page[-1]
    return sorted(found, key=lambda d: (d.at, d.conversation))


def opened(storage: Storage, conversation: str = DM) -> State:
    storage.schedule.begin(conversation, 1_000)
    state = storage.index.open(conversation, KEY)
    assert state is not None
    return state


def test_a_conversation_is_due_from_the_moment_it_is_scheduled_for_and_is_scheduled_once(storage: Storage):
    storage.schedule.begin(DM, 1_000)
    storage.schedule.begin(DM, 2_000)
    assert due(storage, 999) == []
    assert due(storage, 1_000) == [Due(DM, 1_000)]


def test_pages_of_the_schedule_have_everything_once(storage: Storage):
    names = [f"dm:alice:user{n:02}" for n in range(30)]
    for n, name in enumerate(names):
        storage.schedule.begin(name, 1_000 + n)
    assert [d.conversation for d in due(storage, 5_000, limit=1)] == names


def test_only_whoever_knows_when_it_was_due_moves_or_drops_it(storage: Storage):
    storage.schedule.begin(DM, 1_000)
    for stale in (Due(DM, 999), Due(OTHER, 1_000)):
        storage.schedule.move(stale, 5_000)
        storage.schedule.drop(stale)
    assert due(storage, 9_000) == [Due(DM, 1_000)]
    storage.schedule.move(Due(DM, 1_000), 3_000)
    assert due(storage, 2_999) == []
    assert due(storage, 9_000) == [Due(DM, 3_000)]
    storage.schedule.drop(Due(DM, 3_000))
    assert due(storage, 9_000) == []


def test_a_state_is_opened_once_and_only_for_what_is_scheduled(storage: Storage):
    assert storage.index.open(DM, KEY) is None
    assert opened(storage) == State(DM, KEY, 0)
    assert storage.index.open(DM, b"x" * 32) == State(DM, KEY, 0)
    assert storage.index.state(DM) == State(DM, KEY, 0)
    assert storage.index.state(OTHER) is None
    assert storage.index.archived_through(DM) == storage.index.archived_through(OTHER) == 0


def test_segments_are_added_in_a_row_by_whoever_has_seen_the_state(storage: Storage):
    state = opened(storage)
    first = Segment(DM, 1, 10, "one", 0, 100)
    assert storage.index.add(state, first) == STORED
    moved = State(DM, KEY, 10)
    assert storage.index.add(state, Segment(DM, 1, 12, "two", 0, 100)) == Occupied(moved)
    assert storage.index.add(State(DM, b"x" * 32, 10), Segment(DM, 11, 12, "two", 0, 1)) == Occupied(moved)
    second = Segment(DM, 11, 25, "two", 7, 50)
    assert storage.index.add(moved, second) == STORED
    assert storage.index.archived_through(DM) == 25
    assert [storage.index.segment(DM, seq) for seq in (1, 10, 11, 25)] == [first, first, second, second]
    assert [storage.index.segment(DM, seq) for seq in (0, 26)] == [None, None]
    assert storage.index.segment(OTHER, 1) is None


def test_segments_before_a_seq_come_newest_first(storage: Storage):
    state = opened(storage)
    for n in range(5):
        storage.index.add(state, Segment(DM, n * 10 + 1, n * 10 + 10, f"p{n}", 0, 1))
        state = State(DM, KEY, n * 10 + 10)
    assert [s.first for s in storage.index.segments(DM, 10**9, 3)] == [41, 31, 21]
    assert [s.first for s in storage.index.segments(DM, 22, 9)] == [21, 11, 1]
    assert storage.index.segments(DM, 1, 9) == []


def test_erasing_a_conversation_takes_its_key_its_segments_and_its_place_in_the_schedule(storage: Storage):
    storage.log.append(MessageEntry(DM, 1, 1, "m1", "alice", 1, Body("hi")), ("alice", "bob"))
    state, other = opened(storage), opened(storage, OTHER)
    storage.index.add(state, Segment(DM, 1, 10, "one", 0, 100))
    while storage.conversations.erase(DM):
        pass
    assert storage.index.state(DM) is None
    assert storage.index.segments(DM, 99, 9) == []
    assert storage.index.open(DM, KEY) is None
    assert storage.index.add(state, Segment(DM, 1, 10, "late", 0, 100)) == Occupied(None)
    assert storage.index.state(OTHER) == other
    assert due(storage, 9_000) == [Due(OTHER, 1_000)]


def test_those_who_wait_for_a_pack_are_on_its_list_until_they_are_served(storage: Storage):
    alice, bob = Waiting("one", "alice", DM), Waiting("one", "bob", DM)
    for waiting in (alice, bob, alice, Waiting("two", "alice", DM)):
        storage.waiters.wait(waiting, 1)
    assert sorted(w.user for w in storage.waiters.waiting("one")) == ["alice", "bob"]
    for _ in range(2):
        storage.waiters.served(bob)
    assert storage.waiters.waiting("one") == [alice]


@pytest.mark.parametrize("last", [3, 60])
def test_old_entries_leave_the_log_and_what_is_gone_may_go_again(storage: Storage, last: int):
    for seq in range(1, last + 4):
        storage.log.append(MessageEntry(DM, seq, seq, f"m{seq}", "alice", seq, Body("hi")), ("alice", "bob"))
    for _ in range(2):
        storage.log.remove(DM, 2, last)
    left = [1, last + 1, last + 2, last + 3]
    assert [e.seq for e in storage.log.after(DM, 0, 99)[0]] == left
    assert [e.seq for e in storage.log.newest(DM, 0, 99)] == left
    assert [e.seq for e in storage.log.before(DM, last + 3, 99)] == left[:-1]
    assert storage.log.entry(DM, last, strong=True) is None
    assert storage.log.entry(DM, last + 1, strong=True) is not None


@pytest.mark.parametrize("cipher", [MemoryCipher(), AesGcm()])
def test_what_is_sealed_opens_with_its_key_and_what_it_is_about_and_unchanged(cipher: Cipher):
    key = cipher.new_key()
    sealed = cipher.seal(key, b"said", b"dm:1:9")
    assert cipher.open(key, sealed, b"dm:1:9") == b"said"
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for wrong in (
        (cipher.new_key(), sealed, b"dm:1:9"),
        (key, sealed, b"dm:1:8"),
        (key, changed, b"dm:1:9"),
        (key, b"", b""),
    ):
        with pytest.raises(Broken):
            cipher.open(*wrong)


class Place(NamedTuple):
    packs: Packs
    freeze: Callable[[str], object]


@pytest.fixture(params=["memory", "s3"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "memory":
        made = MemoryPacks()
        yield Place(made, made.cold.add)
        return
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="archive")

        def freeze(pack: str) -> None:
            """As the life cycle does it."""
            source: Any = {"Bucket": "archive", "Key": f"packs/{pack}"}
            client.copy_object(CopySource=source, StorageClass="GLACIER", **source)

        yield Place(S3Packs(lambda: client, "archive"), freeze)


def test_a_pack_is_read_whole_and_in_parts(place: Place):
    place.packs.put_pack("one", b"0123456789")
    assert place.packs.read("one") == b"0123456789"
    assert place.packs.part(Segment(DM, 1, 2, "one", 3, 4)) == b"3456"
    assert place.packs.restore("one") is False


def test_a_pack_in_glacier_is_not_read_until_it_is_restored(place: Place):
    place.packs.put_pack("one", b"0123456789")
    place.freeze("one")
    assert place.packs.part(Segment(DM, 1, 2, "one", 3, 4)) is None
    assert place.packs.restore("one") is True


class Glacier:
    """S3 with one archived object, as its documentation describes it."""

    def __init__(self, restore: str) -> None:
        self.restore = restore
        self.requests: list[Any] = []

    def __call__(self) -> Any:
        return self

    def head_object(self, **_: Any) -> dict[str, Any]:
        return {"Restore": self.restore} if self.restore else {}

    def restore_object(self, **asked: Any) -> None:
        self.requests.append((asked["Key"], asked["RestoreRequest"]))


def test_a_restore_is_asked_for_once_and_for_a_week():
    glacier = Glacier("")
    assert S3Packs(glacier, "archive").restore("one") is True
    assert glacier.requests == [("packs/one", {"Days": 7, "GlacierJobParameters": {"Tier": "Standard"}})]
    for header, away in (('ongoing-request="true"', True), ('ongoing-request="false", expiry-date="…"', False)):
        asked = Glacier(header)
        assert S3Packs(asked, "archive").restore("one") is away
        assert asked.requests == []


def test_an_objects_key_names_its_pack():
    assert pack_of("packs/one") == "one"
    assert pack_of("other/one") == ""
