"""The check detects what it is meant to: each test breaks one thing in a conversation where all is well."""

from msgspec import structs

from tests.load.clients.protocol import Line, Record
from tests.load.verify import counts, verify

DM = "dm:alice:bob"
LOG = [Line(1, "a1", "alice", 11), Line(2, "b1", "bob", 12), Line(3, "a2", "alice", 13)]


def record(device: str, user: str, **fields) -> Record:
    """Return a device that was told everything. Alice's phone wrote a1 and a2, and Bob's wrote b1."""
    written = {"a": [("a1", 11), ("a2", 13)], "b": [("b1", 12)], "t": []}[device]
    return structs.replace(
        Record(
            device=device,
            user=user,
            state="live",
            written={DM: written} if written else {},
            acked={m: line.seq for m, _ in written for line in LOG if line.id == m},
            refused={},
            told={DM: LOG},
            stored={DM: LOG},
            rewound=[],
            refreshes=0,
        ),
        **fields,
    )


def found(log=LOG, **fields) -> list[tuple[str, str]]:
    """Return kind and message of what is wrong if Bob's phone differs in these fields. Alice has a tablet, too."""
    devices = [record("a", "alice"), record("t", "alice"), record("b", "bob", **fields)]
    return [(f.kind, f.id) for f in verify({DM: log}, devices)]


def test_nothing_is_wrong_where_all_is_well():
    assert found() == []


def test_an_entry_that_an_app_was_not_told_of_is_lost():
    assert found(told={DM: [LOG[0], LOG[2]]}) == [("lost", "b1")]


def test_an_entry_missing_in_a_store_is_lost():
    assert found(stored={DM: LOG[:2]}) == [("lost", "a2")]


def test_a_conversation_that_never_reached_a_device_is_lost_whole():
    assert found(told={}, stored={DM: LOG}) == [("lost", line.id) for line in LOG]


def test_a_message_acknowledged_and_not_stored_is_lost():
    log = [*LOG[:2]]
    assert ("lost", "a2") in found(log=log, told={DM: log}, stored={DM: log})


def test_a_message_refused_for_good_is_lost():
    log = [LOG[0], Line(2, "a2", "alice", 13)]
    assert ("lost", "b1") in found(log=log, acked={}, refused={"b1": "forbidden"})


def test_an_entry_told_twice_is_doubled():
    assert found(told={DM: [*LOG, LOG[1]]}) == [("doubled", "b1")]


def test_a_message_stored_twice_is_doubled():
    log = [*LOG, Line(4, "a1", "alice", 11)]
    kinds = found(log=log, told={DM: log}, stored={DM: log})
    assert kinds.count(("doubled", "a1")) == 3  # in the log, the events and the store


def test_entries_told_in_another_order_are_disordered():
    assert found(told={DM: [LOG[0], LOG[2], LOG[1]]}) == [("disordered", "b1")]


def test_an_entry_with_another_seq_is_disordered():
    assert ("disordered", "a2") in found(told={DM: [*LOG[:2], Line(4, "a2", "alice", 13)]})


def test_a_hole_in_the_log_is_disorder():
    log = [*LOG[:2], Line(4, "a2", "alice", 13)]
    assert ("disordered", "a2") in found(log=log, told={DM: log}, stored={DM: log})


def test_a_log_against_the_order_in_which_one_device_wrote_is_disordered():
    log = [Line(1, "a2", "alice", 13), Line(2, "b1", "bob", 12), Line(3, "a1", "alice", 11)]
    assert ("disordered", "a1") in found(log=log, told={DM: log}, stored={DM: log})


def test_an_ack_with_another_seq_than_the_logs_is_disordered():
    assert found(acked={"b1": 3}) == [("disordered", "b1")]


def test_a_server_taken_back_is_disordered():
    assert found(rewound=[DM]) == [("disordered", "(all)")]


def test_an_entry_that_nobody_wrote_is_strange():
    log = [*LOG, Line(4, "x1", "bob", 14)]
    assert ("strange", "x1") in found(log=log, told={DM: log}, stored={DM: log})


def test_an_entry_whose_text_or_sender_was_altered_is_strange():
    for line in (Line(2, "b1", "bob", 99), Line(2, "b1", "alice", 12)):
        assert found(told={DM: [LOG[0], line, LOG[2]]}) == [("strange", "b1")]


def test_a_device_that_learns_of_somebody_elses_conversation_is_strange():
    assert found(told={DM: LOG, "dm:alice:carol": []}) == [("strange", "(all)")]


def test_a_message_without_its_ack_is_unsettled_and_it_is_said_whether_it_is_stored():
    assert found(acked={}) == [("unsettled", "b1")]
    [finding] = verify({DM: LOG}, [record("a", "alice"), record("t", "alice"), record("b", "bob", acked={})])
    assert str(finding) == f"unsettled: message b1 in {DM}: no ack at device b; at seq 2 of the log"


def test_a_finding_names_the_message_the_place_and_what_the_device_was_doing():
    away = record("b", "bob", told={DM: LOG[:2]}, state="waiting")
    [finding] = verify({DM: LOG}, [record("a", "alice"), record("t", "alice"), away])
    assert str(finding) == f"lost: message a2 in {DM}: the events of device b (waiting) (seq 3)"


def test_a_senders_other_device_is_held_to_the_whole_conversation_too():
    tablet = record("t", "alice", told={DM: LOG[1:]})
    findings = verify({DM: LOG}, [record("a", "alice"), tablet, record("b", "bob")])
    assert counts(findings) == {"lost": 1, "doubled": 0, "disordered": 0, "strange": 0, "unsettled": 0}
