"""Who takes part, what is done to them, and what may be asked for."""

import pytest

from tests.load import faults, latency, plan
from tests.load.options import Options, parse


@pytest.mark.parametrize("sockets", [2, 3, 4, 5, 9, 10, 11, 100, 1_000])
def test_there_are_exactly_so_many_devices_and_everybody_talks_with_the_other_role(sockets: int):
    people = plan.people(sockets)
    assert sum(p.devices for p in people) == sockets
    by_number = {p.number: p for p in people}
    assert [p.number for p in people] == list(range(len(people)))
    for person in people:
        assert person.others
        assert all(by_number[o].role != person.role for o in person.others)
        assert all(person.number in by_number[o].others for o in person.others)


def test_some_have_several_devices_and_everybody_several_conversations():
    people = plan.people(100)
    assert {p.devices for p in people} == {1, 2}
    assert {len(p.others) for p in people} == {2}


def test_shares_add_up_to_the_whole():
    assert plan.shares(10, [1, 1, 1]) == [3, 3, 4]
    assert plan.shares(2_000, [50, 50]) == [1_000, 1_000]
    assert sum(plan.shares(7, [3, 1, 2])) == 7


@pytest.mark.parametrize("seed", range(20))
def test_a_seed_names_one_schedule_with_every_kind_of_fault_and_one_restart(seed: int):
    steps = faults.schedule(seed, 10)
    assert steps == faults.schedule(seed, 10)
    assert [s.at for s in steps] == sorted(s.at for s in steps)
    assert 0 < steps[0].at < steps[-1].at < 1
    kinds = [s.kind for s in steps]
    assert set(kinds) == {"kill", "cut", "throttle", "restart"}
    assert kinds.count("restart") == 1


@pytest.mark.parametrize(("messages", "steps"), [(1, 6), (2_000, 8), (10_000, 40), (1_000_000, 40)])
def test_a_longer_run_has_more_faults(messages: int, steps: int):
    assert len(faults.schedule(1, messages)) == steps


def test_percentiles_are_values_that_occurred():
    assert latency.percentiles([]) == {}
    assert latency.percentiles([3.0]) == {"p50": 3.0, "p95": 3.0, "p99": 3.0, "max": 3.0}
    assert latency.percentiles([float(n) for n in range(100, 0, -1)]) == {"p50": 50, "p95": 95, "p99": 99, "max": 100}


def test_options_have_defaults_and_are_read():
    assert parse([]) == Options()
    assert Options().wanted == 5_000
    asked = parse(["--sockets", "20", "--messages", "30", "--rate", "4.5", "--faults", "--seed", "7"])
    assert (asked.sockets, asked.wanted, asked.rate, asked.faults, asked.seed) == (20, 30, 4.5, True, 7)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--sockets", "1"],
        ["--sockets", "many"],
        ["--sockets", "1000000"],
        ["--messages", "0"],
        ["--rate", "-1"],
        ["--rate", "nan"],
        ["--seconds", "inf"],
        ["--processes", "0"],
        ["--sockets", "2", "--processes", "3"],
        ["--nonsense"],
        ["more"],
    ],
)
def test_a_wrong_option_is_one_line_and_status_2(wrong: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        parse(wrong)
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert told.out == ""
    assert told.err.startswith("load: ")
    assert told.err.count("\n") == 1
