"""A conversation's summary, from what has been read of its log."""

from parley.chat.entries import Body, Event, MessageEntry, SystemEntry
from parley.chat.inbox.summaries import newer
from parley.chat.model import ConversationSummary

DM = "dm:alice:bob"
OLD = ConversationSummary(DM, 1, 1, 1_001, "alice", "hello", {"alice": 1})


def said(seq: int, by: str) -> MessageEntry:
    return MessageEntry(DM, seq, seq, f"m{seq}", by, 1_000 + seq, Body(f"text {seq}"))


def happened(seq: int, by: str) -> SystemEntry:
    return SystemEntry(DM, seq, seq - 1, f"s{seq}", by, 1_000 + seq, Event("renamed"))


def test_the_newest_entry_is_shown_with_what_each_has_sent():
    summary = newer(OLD, [said(2, "bob"), said(3, "alice"), said(4, "alice")])
    assert summary == ConversationSummary(DM, 4, 4, 1_004, "alice", "text 4", {"alice": 4, "bob": 2})


def test_an_entry_without_a_line_of_its_own_leaves_that_of_the_one_before_it():
    assert newer(OLD, [happened(2, "bob")]) == ConversationSummary(
        DM, 2, 1, 1_002, "alice", "hello", {"alice": 1, "bob": 1}
    )
    assert newer(OLD, [said(2, "bob"), happened(3, "alice")]).preview == "text 2"


def test_where_nothing_has_a_line_none_is_told():
    assert newer(None, [happened(1, "bob")]) == ConversationSummary(DM, 1, 0, 1_001, "", "", {"bob": 0})


def test_who_is_no_member_is_not_counted():
    assert newer(None, [said(1, "carol")]).sent == {}
