"""The archive's world."""

import pytest

from tests.unit.archive.attic import Attic


@pytest.fixture
def attic() -> Attic:
    return Attic()
