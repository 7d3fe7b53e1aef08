"""``parley.moderation.ports.Reports``, on every adapter."""

import pytest
from msgspec.structs import replace

from parley.chat.entries import Body, MessageEntry
from parley.core.errors import RateLimited
from parley.core.writes import STORED, Occupied
from parley.moderation.model import Report
from tests.contract.conftest import Storage

DAY = 24 * 60 * 60 * 1000
ENTRY = MessageEntry("dm:alice:bob", 3, 3, "m3", "bob", 5, Body("nonsense"))
REPORT = Report("r1", "alice", "bob", "spam", "Look at this", at=20 * DAY, entry=ENTRY)


def test_a_report_is_stored_once_under_its_id_with_the_entry_it_is_about(storage: Storage):
    assert storage.reports.store(REPORT, 5) == STORED
    assert storage.reports.store(replace(REPORT, text="other", at=21 * DAY), 5) == Occupied(REPORT)
    assert storage.reports.store(replace(REPORT, reporter="carol", entry=None), 5) == STORED


def test_there_are_so_many_on_one_day_and_what_is_stored_stays_so(storage: Storage):
    for n in range(3):
        assert storage.reports.store(replace(REPORT, id=f"r{n}"), 3) == STORED
    late = replace(REPORT, id="r9", at=21 * DAY - 5_000)
    with pytest.raises(RateLimited) as refused:
        storage.reports.store(late, 3)
    assert refused.value.retry_after == 5
    assert storage.reports.store(replace(REPORT, id="r1"), 3) == Occupied(replace(REPORT, id="r1"))
    assert storage.reports.store(replace(late, at=21 * DAY), 3) == STORED
    assert storage.reports.store(replace(late, reporter="carol"), 3) == STORED


def test_reports_are_in_no_list_of_providers(storage: Storage):
    storage.reports.store(REPORT, 3)
    assert storage.profiles.listed("reports", ("", ""), 5) == ([], False)
