"""A verification and a removal of the same upload at once: in whatever order they run, nothing stays behind."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from msgspec.structs import replace

from parley.media import collection, verification
from parley.media.model import GRACE_DAYS, Media
from tests.unit.chat.world import DM, World
from tests.unit.interleaving import Died, Invocation, Stepped
from tests.unit.media.studio import DAY, Studio, image

PHOTO = image()
STEPS = 5
"""No invocation here takes more steps, except for its end."""


def posted(scope: str = DM) -> tuple[Studio, Media]:
    """A photo that S3 has, and that is still to be verified."""
    world = World()
    world.now = 1_795_417_200_000
    studio = Studio(world)
    media, _ = studio.begin(world.alice, PHOTO, "image/png", scope)
    studio.objects.objects[media.key] = PHOTO
    return studio, media


def verify(studio: Studio, media: Media) -> Invocation:
    def call(invocation: Invocation) -> Any:
        stepped = replace(
            studio.verifying,
            registry=Stepped(studio.registry, invocation, "media", "settle"),
            objects=Stepped(studio.objects, invocation, "put_thumbnail", "remove"),
        )
        return verification.verify(media.key, studio.world.now, stepped)

    return Invocation(call)


def erase(studio: Studio) -> Invocation:
    return Invocation(lambda i: collection.erase("alice", _stepped(studio, i)))


def collect(studio: Studio) -> Invocation:
    later = studio.world.now + (GRACE_DAYS + 1) * DAY
    return Invocation(lambda i: collection.collect(later, _stepped(studio, i)))


def _stepped(studio: Studio, invocation: Invocation) -> collection.Ports:
    return replace(
        studio.collecting,
        registry=Stepped(studio.registry, invocation, "withdraw", "claim", "forget"),
        objects=Stepped(studio.objects, invocation, "remove"),
    )


def finish(*invocations: Invocation) -> None:
    for invocation in invocations:
        while not invocation.done:
            invocation.step()
        if invocation.error is not None and not isinstance(invocation.error, Died):
            raise invocation.error


@pytest.mark.parametrize("remove", [erase, collect])
def test_nothing_stays_of_what_is_removed_while_it_is_verified(remove: Callable[[Studio], Invocation]):
    for first in combinations(range(2 * STEPS), STEPS):
        studio, media = posted()
        one, other = verify(studio, media), remove(studio)
        for n in range(2 * STEPS):
            turn = one if n in first else other
            if not turn.done:
                turn.step()
        finish(one, other)
        assert studio.objects.objects == {}, first
        assert studio.registry.media(media.id) is None


@pytest.mark.parametrize("dies_at", range(1, STEPS))
def test_nothing_stays_where_the_verification_dies_and_its_event_comes_again(dies_at: int):
    studio, media = posted()
    one = verify(studio, media)
    for _ in range(dies_at):
        if not one.done:
            one.step()
    finish(erase(studio))
    if not one.done:
        one.step(die="after")
    finish(one)
    studio.verify(media)
    assert studio.objects.objects == {}


def test_of_two_verifications_at_once_one_decides_and_the_thumbnail_stays():
    for first in combinations(range(2 * STEPS), STEPS):
        studio, media = posted()
        one, other = verify(studio, media), verify(studio, media)
        for n in range(2 * STEPS):
            turn = one if n in first else other
            if not turn.done:
                turn.step()
        finish(one, other)
        assert set(studio.objects.objects) == {media.key, media.thumbnail_key}
        assert [one.result, other.result].count(None) == 1
