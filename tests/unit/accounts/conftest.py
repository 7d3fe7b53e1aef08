import pytest

from tests.unit.chat.world import World


@pytest.fixture
def world() -> World:
    return World()
