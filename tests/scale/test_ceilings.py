"""The ceilings of one key: what DynamoDB serves of a partition, divided by what one message takes of it."""

from pathlib import Path

import pytest

from tests.scale.bounds import BEGINNING, LOG_WRITES, READ_UNITS, UPLOAD_WRITES, USER_READS, USER_WRITES, WRITE_UNITS

USERS, MESSAGES_A_DAY, PEAK, UPLOADS_A_DAY = 1_000_000, 20, 4, 1
"""As docs/scale.md assumes, but for twice as many uploads."""
PROVIDERS = USERS // 100
PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
CEILINGS = {
    "messages in one conversation": WRITE_UNITS / LOG_WRITES,
    "messages to and from one user": min(READ_UNITS / USER_READS, WRITE_UNITS / USER_WRITES),
    "conversations that begin with one user": WRITE_UNITS / BEGINNING,
    "uploads in an environment": WRITE_UNITS / UPLOAD_WRITES,
}


def at_the_peak(a_day: float) -> float:
    return USERS * a_day / 86_400 * PEAK


def test_the_busiest_provider_of_a_million_users_is_far_below_them():
    """By Zipf's law: the provider at rank *r* gets 1/*r* of what the first gets."""
    busiest = at_the_peak(MESSAGES_A_DAY) / sum(1 / rank for rank in range(1, PROVIDERS + 1))
    assert busiest > 90, "a tenth of all messages"
    assert busiest * USER_READS < READ_UNITS / 8
    assert busiest * USER_WRITES < WRITE_UNITS / 8


def test_the_uploads_of_a_million_users_are_far_below_theirs():
    assert at_the_peak(UPLOADS_A_DAY) * UPLOAD_WRITES < WRITE_UNITS / 6


@pytest.mark.parametrize(("what", "ceiling"), CEILINGS.items())
def test_the_page_has_them(what: str, ceiling: float):
    assert f"| {what} | {int(ceiling):,} a second |" in PAGE.read_text(encoding="utf-8")
