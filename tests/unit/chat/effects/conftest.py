import pytest

from tests.unit.chat.world import World


@pytest.fixture
def offline(world: World) -> World:
    """Bob has a phone that a push reaches, and no socket."""
    world.register("bob", "phone-b", "fcm", "token")
    return world
