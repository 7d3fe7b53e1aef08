"""Messages with media: the sender's own, uploaded for this conversation, and verified."""

from typing import Any

import msgspec
import pytest

from parley.chat import send
from parley.chat.memory import MemoryDirectory
from parley.chat.model import PROFILE, Attachment
from parley.chat.ports import ATTACH_MS
from parley.core import errors
from realtime import frames
from tests.unit.chat.world import DM, World

PHOTO = "01JDA0000000000000000000AA"
PLAN = "01JDA0000000000000000000BB"


def upload(world: World, id: str = PHOTO, **differently: Any) -> Attachment:
    told = {"owner": "alice", "scope": DM, "state": "ready", "until": world.now + ATTACH_MS} | differently
    world.stored.attachments[id] = Attachment(id=id, **told)
    return world.stored.attachments[id]


def test_media_are_stored_with_the_entry_and_reach_the_other(world: World):
    world.connect(world.bob)
    upload(world)
    upload(world, PLAN)
    world.send(world.alice, "m1", 0, text="", media=(PHOTO, PLAN))
    assert world.entries.entries[DM][0].body.media == (PHOTO, PLAN)
    assert world.heard(world.bob)[0]["entry"]["body"] == {"text": "", "media": [PHOTO, PLAN]}


def test_a_text_alone_is_on_the_wire_as_it_always_was(world: World):
    world.connect(world.bob)
    world.send(world.alice, "m1", 0)
    assert world.heard(world.bob)[0]["entry"]["body"] == {"text": "hi"}


@pytest.mark.parametrize(
    ("differently", "refusal"),
    [
        ({"owner": "bob"}, errors.NotFound),
        ({"scope": "dm:alice:carol"}, errors.NotFound),
        ({"scope": PROFILE}, errors.NotFound),
        ({"state": "pending"}, errors.NotReady),
        ({"state": "refused"}, errors.NotFound),
        ({"state": "removed"}, errors.NotFound),
        ({"until": 1}, errors.NotFound),
        ({"state": "pending", "until": 1}, errors.NotFound),
    ],
)
def test_what_may_not_be_attached_stores_nothing(world: World, differently: dict[str, Any], refusal: type[Exception]):
    upload(world)
    upload(world, PLAN, **differently)
    with pytest.raises(refusal):
        world.send(world.alice, "m1", 0, media=(PHOTO, PLAN))
    assert DM not in world.entries.entries


def test_media_that_do_not_exist_are_not_found(world: World):
    with pytest.raises(errors.NotFound):
        world.send(world.alice, "m1", 0, media=(PHOTO,))


@pytest.mark.parametrize("state", ["ready", "archived", "restoring"])
def test_what_was_attached_before_may_be_again_however_old_it_is(world: World, state: str):
    upload(world, until=0, state=state)
    assert world.send(world.alice, "m1", 0, media=(PHOTO,)).entry.seq == 1


def test_a_retry_is_acked_whatever_has_become_of_the_media(world: World):
    upload(world)
    world.send(world.alice, "m1", 0, media=(PHOTO,))
    del world.stored.attachments[PHOTO]
    assert world.send(world.alice, "m1", 0, media=(PHOTO,)).repeated


def test_what_a_weak_read_has_not_seen_verified_is_looked_up_again(world: World):
    upload(world)
    stored, asked_strongly = world.stored, []

    class Weak(MemoryDirectory):
        def find(self, **asked: Any) -> Any:
            found = stored.find(**asked)
            asked_strongly.append(asked.get("strong", False))
            return found if asked.get("strong") else msgspec.structs.replace(found, media={})

    world.directory = Weak()
    assert world.send(world.alice, "m1", 0, media=(PHOTO,)).entry.seq == 1
    assert asked_strongly == [False, True]


def test_the_notifier_sees_that_what_an_entry_refers_to_is_kept(world: World):
    upload(world)
    upload(world, PLAN)
    world.send(world.alice, "m1", 0, media=(PHOTO,))
    world.now += 5_000
    for _ in range(2):  # a replay changes nothing
        world.notify(world.entries.entries[DM])
    assert (world.stored.attachments[PHOTO].until, world.stored.attachments[PLAN].until > 0) == (0, True)


def test_media_without_a_text_have_a_preview(world: World):
    upload(world)
    world.send(world.alice, "m1", 0, text="", media=(PHOTO,))
    world.now += 5_000
    world.notify(world.entries.entries[DM])
    assert world.stored.summaries[DM].preview == "\N{PAPERCLIP}"


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"text":""}',
        '{"text":"","media":[]}',
        '{"text":"x","media":["../etc/passwd"]}',
        '{"text":"x","media":"01JDA0000000000000000000AA"}',
        '{"text":"x","media":[' + ",".join(['"01JDA0000000000000000000AA"'] * 11) + "]}",
    ],
)
def test_a_message_of_nothing_or_of_odd_ids_is_refused(world: World, body: str):
    ports = send.Ports(
        log=world.log,
        log_snapshots=world.log_snapshots,
        snapshots=world.directory,
        block_counts=world.directory,
        connections=world.directory,
        sockets=world.sockets,
    )
    with pytest.raises(errors.BadRequest):
        command = frames.parse('{"action":"send","id":"m1","after":0,"to":"bob","body":' + body + "}")
        send.send(frames.to_send(command), world.alice, world.now, ports, world.rules)
