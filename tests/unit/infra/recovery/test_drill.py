"""What the drill notices, and what its report says."""

import json
from pathlib import Path

import pytest

from infra.recovery.drill import judge
from infra.recovery.drill.__main__ import as_json, report, write
from infra.recovery.drill.judge import Ack, Notes
from infra.recovery.drill.run import Outcome

DM = "dm:ana:ben"
LOG = [(1, "a"), (2, "b"), (3, "d")]
ACKS = [Ack("a", DM, 1, 1.0), Ack("b", DM, 2, 9.0), Ack("c", DM, 3, 15.0), Ack("d", DM, 3, 25.0)]
WHOLE = Notes(
    accepted=frozenset("abcd"),
    acks=ACKS,
    failed=[],
    waiting={"phone": 0},
    log={DM: LOG},
    devices={"phone": {DM: LOG}},
    members={"phone": frozenset({DM})},
    point=10.0,
    back=20.0,
)


def test_what_was_written_in_the_lost_time_is_lost_and_nothing_is_wrong_with_that():
    assert judge.findings(WHOLE) == []
    assert judge.lost(WHOLE) == ["c"]


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"log": {DM: [(1, "a"), (3, "d")]}, "devices": {"phone": {DM: [(1, "a"), (3, "d")]}}}, "is not 1, 2, 3"),
        ({"log": {DM: [*LOG, (4, "a")]}}, "holds a message twice"),
        ({"log": {DM: [(1, "a"), (2, "d")]}}, "b was acknowledged as 2 before the recovery point, and is None"),
        ({"log": {DM: LOG[:2]}}, "d was acknowledged as 3 after the recovery, and is None"),
        ({"log": {DM: [(1, "b"), (2, "a"), (3, "d")]}}, "a was acknowledged as 1 before the recovery point, and is 2"),
        ({"accepted": frozenset("abcde")}, "e was accepted, and is nowhere"),
        ({"failed": ["e"]}, "e was refused for good"),
        ({"waiting": {"phone": 2}}, "phone still has 2 to send"),
        ({"devices": {"phone": {DM: LOG[:2]}}}, f"phone holds 2 of 3 in {DM}"),
        ({"devices": {"phone": {DM: [(1, "a"), (2, "x"), (3, "d")]}}}, f"3 of 3 in {DM}, and differs from 2 on"),
        ({"devices": {"phone": {}}}, f"phone holds 0 of 3 in {DM}"),
    ],
)
def test_what_is_wrong_is_found(changes, finding):
    assert any(finding in found for found in judge.findings(WHOLE._replace(**changes)))


def test_the_report_is_kept_for_people_and_for_programs(tmp_path: Path):
    outcome = Outcome(["phone holds 0 of 3"], {"backup": 0.1, "restored": 2.0}, {"messages": 4})
    path = tmp_path / "build" / "drill.json"
    write(outcome, report(outcome), path)
    told = json.loads(path.read_text())
    assert (told["whole"], told["findings"], told["seconds"]["restored"]) == (False, ["phone holds 0 of 3"], 2.0)
    text = path.with_suffix(".txt").read_text()
    assert text.startswith("NOT whole:\n  phone holds 0 of 3\n")
    assert "stands" not in text
    assert "backup on demand" in text
    assert as_json(outcome._replace(findings=[]))["whole"] is True
