"""A burst as the stream brings it, and what has been pushed."""

from msgspec.structs import replace

from parley.chat.entries import Entry
from tests.unit.chat.world import DM, World


def written(world: World) -> list[Entry]:
    return world.entries.entries[DM]


def pushes(world: World, token: str = "fcm/token") -> list[tuple[int, int]]:
    return [(n.seq, n.badge) for n in world.push.sent.get(token, [])]


def mute(world: World, user: str, conversation: str, until: int) -> None:
    stored = world.stored.members[user, conversation]
    world.directory.store_preferences(stored, replace(stored, muted=until))
