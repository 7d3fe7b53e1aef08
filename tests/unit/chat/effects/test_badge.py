"""How many unread messages a push shows."""

from unittest.mock import patch

from parley.chat.conversations import direct
from parley.chat.inbox import badge
from tests.unit.chat.effects.bursts import mute, pushes, written
from tests.unit.chat.world import World


def test_the_badge_counts_all_conversations(offline: World):
    offline.stored.upsert_user("carol", "consumer", "")
    carol = offline.session("carol", "consumer", "phone")
    offline.send(carol, "c1", 0, to="bob")
    offline.send(carol, "c2", 1, to="bob")
    offline.notify(offline.entries.entries["dm:bob:carol"])
    offline.send(offline.alice, "m1", 0)
    offline.notify(written(offline))
    assert pushes(offline)[-1] == (1, 3)


def test_the_badge_counts_every_page_of_a_long_inbox(offline: World):
    for user in ("carol", "dave", "erin", "frank", "gina"):
        offline.stored.upsert_user(user, "consumer", "")
        by = offline.session(user, "consumer", "phone")
        offline.send(by, "m1", 0, to="bob")
        offline.notify(offline.entries.entries[direct("bob", user)])
    with patch("parley.chat.inbox.badge._INBOX_PAGE", 3), patch("parley.chat.inbox.badge._SUMMARIES_PAGE", 2):
        assert badge.badge("bob", offline.now, offline.directory, offline.directory) == 5


def test_the_badge_does_not_count_what_is_read_or_ones_own(offline: World):
    offline.fill(4)  # alice, bob, alice, bob
    offline.now += 10_000
    offline.send(offline.alice, "m5", 4)
    offline.notify(written(offline))
    assert pushes(offline) == [(5, 1)]


def test_what_is_unread_in_a_muted_conversation_is_not_in_the_badge(offline: World):
    offline.stored.upsert_user("carol", "consumer", "Carol")
    carol = offline.session("carol", "consumer", "phone-c")
    offline.send(carol, "c1", 0, to="bob")
    offline.notify(offline.entries.entries["dm:bob:carol"])
    mute(offline, "bob", "dm:bob:carol", offline.now + 60_000)
    offline.send(offline.alice, "m1", 0)
    offline.notify(written(offline))
    assert pushes(offline) == [(1, 1), (1, 1)]


def test_the_badge_is_none_where_one_has_written_since_on_another_device(offline: World):
    offline.send(offline.alice, "m1", 0)
    offline.send(offline.bob, "m2", 1)
    offline.notify(written(offline))
    assert pushes(offline) == [(1, 0)]
