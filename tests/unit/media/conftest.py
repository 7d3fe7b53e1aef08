import pytest

from tests.unit.chat.world import World
from tests.unit.media.studio import Studio


@pytest.fixture
def world() -> World:
    made = World()
    made.now = 1_795_417_200_000
    return made


@pytest.fixture
def studio(world: World) -> Studio:
    return Studio(world)
