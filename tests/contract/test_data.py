"""``parley.accounts.ports.Data``, on every adapter."""

import pytest

from parley.accounts.model import DataIndex, Datum
from parley.core.errors import NotFound
from parley.core.writes import STORED, Occupied
from tests.contract.conftest import Storage

FIRST = DataIndex(version=1, kept={"theme": 1})
THEME = Datum("theme", 1, '{"dark":true}')


@pytest.fixture
def known(storage: Storage) -> Storage:
    storage.directory.upsert_user("ben", "provider", "Ben")
    return storage


def test_who_keeps_nothing_has_an_empty_index(known: Storage):
    assert known.data.index("ben") == DataIndex()
    assert known.data.values("ben", ["theme"]) == known.data.values("ben", []) == {}


def test_a_change_is_stored_on_top_of_the_index_before_it_and_of_no_other(known: Storage):
    assert known.data.store("ben", FIRST, THEME) == STORED
    assert known.data.store("ben", FIRST, Datum("theme", 1, "2")) == Occupied(FIRST)
    late = DataIndex(version=3, kept={"theme": 3})
    assert known.data.store("ben", late, Datum("theme", 3, "3")) == Occupied(FIRST)
    assert known.data.index("ben") == FIRST
    assert known.data.values("ben", ["theme", "other"]) == {"theme": THEME}


def test_a_deletion_leaves_no_value(known: Storage):
    known.data.store("ben", FIRST, THEME)
    gone = DataIndex(version=2, deleted={"theme": 2}, forgotten=1)
    assert known.data.store("ben", gone, Datum("theme", 2, None)) == STORED
    assert known.data.index("ben") == gone
    assert known.data.values("ben", ["theme"]) == {}


def test_nobody_keeps_nothing(storage: Storage):
    with pytest.raises(NotFound):
        storage.data.store("ben", FIRST, THEME)
    assert storage.data.index("ben") == DataIndex()
    assert storage.data.values("ben", ["theme"]) == {}


def test_a_user_keeps_their_own(known: Storage):
    known.directory.upsert_user("bea", "consumer", "Bea")
    known.data.store("ben", FIRST, THEME)
    assert known.data.index("bea") == DataIndex()
    assert known.data.values("bea", ["theme"]) == {}
