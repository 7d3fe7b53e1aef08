"""Drills in which old entries go to the archive while everybody talks."""

from parley_client.protocol.values import direct

from parley.archive import archiving, history
from parley.core.session import Session
from tests.simulation.device import FIRST_GENERATION
from tests.simulation.scene import Scene

_DIES_AFTER = ("packs.put_pack", "packs.read", "index.open", "index.add", "index.add", "log.remove", "schedule.move")
_RUN = 8.0
"""Seconds within which the archiver has been through all that is due."""


def archived(scene: Scene, one: str, other: str) -> bool:
    """A run of the archiver dies somewhere, while its conversation goes on, and the next two at once complete it.

    Nothing is lost and nothing comes twice: what has left the log is in the archive, and what somebody has yet to
    confirm or to read is in the log. Not after a restore (``recovery.restored``).
    """
    world, conversation = scene.world, direct(one, other)
    if world.generation != FIRST_GENERATION:
        return False
    for _ in range(4):
        scene.say(scene.first(one), other)
        scene.wait(world.rules.burst_ms / 1000 + 1)
    for user in (one, other):
        scene.first(user).read(conversation, 0)
    scene.say(scene.first(one), other)
    scene.wait(3)
    rules = archiving.Rules(after_ms=1, pause_ms=1, segment_entries=scene.random.choice((1, 200, 200)), pack_bytes=1)
    scene.exact.dies_after = ("archiver", scene.random.choice(_DIES_AFTER))
    _run(scene, conversation, rules)
    scene.exact.dies_after = None
    meanwhile = scene.say(scene.first(one), other)
    scene.exact.rests_after = ("archiver", scene.random.choice(_DIES_AFTER))
    _run(scene, conversation, rules, rules)
    scene.exact.rests_after = None
    _is_complete(scene, conversation)
    scene.first(other).read(conversation, 0)
    scene.wait(3)
    _run(scene, conversation, rules)
    _is_complete(scene, conversation)
    said = scene.say(scene.first(one), other)
    scene.wait(3)
    scene.heard([meanwhile, said], steady=True)
    _begin_anew(scene, one, conversation)
    world.attic.schedule.at.clear()
    return True


def _run(scene: Scene, conversation: str, *rules: archiving.Rules) -> None:
    scene.world.attic.schedule.at[conversation] = 0
    for each in rules:
        scene.world.attic.run(each)
    scene.wait(_RUN)
    check(scene, conversation)


def _is_complete(scene: Scene, conversation: str) -> None:
    """Check that something is archived, and all of it has left the log."""
    world = scene.world
    through = world.attic.stored.archived_through(conversation)
    if not through or world.log.removed.get(conversation, set()) != set(range(1, through + 1)):
        world.ledger.violate(f"{through} are archived, and not all of them have left the log", conversation)


def check(scene: Scene, conversation: str) -> None:
    """Check that the log and the archive together have everything, and the log what is not done with."""
    world = scene.world
    truth, removed = world.log.entries[conversation], world.log.removed.get(conversation, set())
    asker = Session(conversation.split(":")[1], "consumer", "x", "", 0)
    read: list[object] = []
    while len(read) < len(truth):
        page = history.history(asker, conversation, None, len(read), 100, world.attic.reading)
        if not page.entries:
            break
        read += page.entries
    if read != truth:
        world.ledger.violate(f"of {len(truth)} entries, {len(read)} can be read", conversation)
    if len(truth) in removed:
        world.ledger.violate("the newest entry has left the log", conversation)
    for user in conversation.split(":")[1:]:
        marks = world.directory.members[user, conversation]
        own = max((e.count for e in truth if e.sender == user), default=0)
        for entry in (truth[seq - 1] for seq in removed):
            got = entry.seq <= marks.delivered or entry.sender == user
            if not got or entry.count > max(marks.read_count, own):
                world.ledger.violate(f"{entry.seq} has left the log, and {user} is not done with it", conversation)


def _begin_anew(scene: Scene, user: str, conversation: str) -> None:
    """Check that a new device of a user gets what is left of the log, once and in order, and waits for nothing more."""
    world = scene.world
    device = world.add_device(user, f"{user}-new", None)
    device.start()
    scene.wait(5)
    truth, through = world.log.entries[conversation], world.attic.stored.archived_through(conversation)
    held = [e.seq for e in device.store.entries(conversation)]
    if held != list(range(through + 1, len(truth) + 1)) and held != list(range(1, len(truth) + 1)):
        world.ledger.violate(f"a new device holds {held} of {len(truth)}, {through} are archived", conversation)
    device.die()
    world.devices.remove(device)
    scene.wait(0)
