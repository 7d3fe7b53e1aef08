"""Simultaneous changes of one profile, and the photo that is shown in the end."""

from functools import partial
from itertools import combinations
from typing import Any

from parley.accounts import profiles
from parley.accounts.memory import MemoryProfiles
from tests.unit.chat.world import World
from tests.unit.interleaving import Invocation, Stepped
from tests.unit.media.studio import DAY, Studio

STEPS = 4


class Wall:
    """Alice's profile, with one of two photos."""

    def __init__(self) -> None:
        world = World()
        world.now = 1_795_417_200_000
        self.world, self.studio = world, Studio(world)
        self.profiles = MemoryProfiles(world.stored)
        self.one, self.other = self.studio.photo(world.alice), self.studio.photo(world.alice)
        self.change(self.one.id)

    def change(self, photo: str, invocation: Invocation | None = None) -> Any:
        stored, directory = self.profiles, self.world.directory
        if invocation:
            stored = Stepped(stored, invocation, "profile", "store")
            directory = Stepped(directory, invocation, "add_reference", "release_reference")
        ports = profiles.Ports(
            profiles=stored,
            snapshots=directory,
            memberships=directory,
            media_references=directory,
            connections=directory,
            sockets=self.world.sockets,
        )
        return profiles.change(self.world.alice, {"photo": photo}, None, self.world.now, ports)

    def shown(self) -> str:
        profile = self.profiles.profile("alice")
        assert profile is not None
        return profile.photo


def test_whichever_photo_is_shown_in_the_end_stays():
    for first in combinations(range(2 * STEPS), STEPS):
        wall = Wall()
        there, back = (Invocation(partial(wall.change, photo.id)) for photo in (wall.other, wall.one))
        for n in range(2 * STEPS):
            turn = there if n in first else back
            if not turn.done:
                turn.step()
        for invocation in (there, back):
            while not invocation.done:
                invocation.step()
        for _ in range(3):
            wall.world.now += 5 * DAY
            wall.studio.collect()
        photo = wall.studio.registry.media(wall.shown())
        assert photo is not None, first
        assert wall.studio.show(wall.world.alice, photo).url
