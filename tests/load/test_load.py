"""The load test itself, in short form: with faults it finds nothing wrong, and it finds what is broken on purpose."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import psutil
import pytest
from msgspec import structs

from infra import package
from infra.local.gateway.settings import Faults
from infra.local.progress import Progress
from infra.local.stack import Local, running
from tests import interrupts
from tests.load import options, report
from tests.load.options import Options
from tests.load.run import run

LIMIT = 60


@pytest.fixture(scope="module")
def local() -> Iterator[Local]:
    with running() as parley:
        yield parley


def test_the_short_form_with_faults_loses_doubles_and_disorders_nothing(local: Local):
    outcome = run(local, options.SHORT, Progress())
    assert outcome.good, report.table(outcome)
    assert outcome.messages == outcome.entries == options.SHORT.messages
    assert outcome.copies > 2 * outcome.entries  # some users have a second device
    assert len(outcome.marks) == 8
    assert outcome.reconnects > 0


def test_an_entry_kept_from_an_app_on_purpose_is_reported(local: Local):
    outcome = run(local, Options(sockets=2, messages=20, processes=1, settle=5, keep_one=True), Progress())
    assert not outcome.good
    assert outcome.settled_s is None
    [finding] = outcome.findings
    assert (finding.kind, finding.where[: len("the events of device d0-0")]) == ("lost", "the events of device d0-0")
    assert str(finding) in report.table(outcome)


@pytest.fixture
def forgetful(local: Local) -> Iterator[Local]:
    """Make the server store a message again that it has already stored, and the gateway hand on many frames twice."""
    look = "return next((e for e in self.entries if e.id == command_id and e.sender == sender), None)"
    [module] = [m for m in local.place.temporary.glob("*/parley/chat/send.py") if look in m.read_text()]
    whole = module.read_text()
    module.write_text(whole.replace(look, "return None"))
    [compiled] = (module.parent / "__pycache__").glob("send.*.pyc")  # which Python does not compare with its source
    code = compiled.read_bytes()
    compiled.unlink()
    local.gateway.restart()
    local.gateway.faults(Faults(frame_repeat=0.5))
    yield local
    module.write_text(whole)
    compiled.write_bytes(code)
    local.gateway.faults(Faults())
    local.gateway.restart()


def test_a_server_that_stores_what_it_has_stored_before_is_reported(forgetful: Local):
    outcome = run(forgetful, Options(sockets=2, messages=20, rate=10, processes=1, settle=5), Progress())
    assert outcome.counts["doubled"] > 0
    assert not outcome.good


def test_what_is_written_for_programs_says_what_was_lost(local: Local, tmp_path):
    outcome = run(local, Options(sockets=3, messages=6, rate=20), Progress())
    path = tmp_path / "deep" / "load.json"
    report.write(outcome, path)
    assert '"lost": 0' in path.read_text()
    report.write(structs.replace(outcome, counts={**outcome.counts, "lost": 1}), path)
    assert '"lost": 1' in path.read_text()


class Interrupted(NamedTuple):
    """What was left of a run that was interrupted."""

    status: int
    lines: list[str]
    errors: str
    started: list[psutil.Process]


def interrupt(seen: str, *further: str) -> Interrupted:
    """Start a run, interrupt it once a line of its output has ``seen`` in it, and wait for its end."""
    command = [sys.executable, "-u", "-m", "tests.load", "--sockets", "4", "--seconds", "600", "--rate", "5", *further]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([".", "clients/python"])}
    with interrupts.heeded():
        load = subprocess.Popen(
            command, cwd=package.ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    with load:
        assert load.stdout is not None
        assert any(seen in line for line in load.stdout)
        started = psutil.Process(load.pid).children(recursive=True)
        load.send_signal(signal.SIGINT)
        out, errors = load.communicate(timeout=LIMIT)
    return Interrupted(load.returncode, out.splitlines(), errors, started)


def test_ctrl_c_before_the_first_message_stops_everything_and_leaves_no_process():
    run = interrupt("open 4 sockets")
    assert (run.status, run.lines[-1], run.errors) == (130, "stopped", "")
    assert len(run.started) > 3
    _, alive = psutil.wait_procs(run.started, timeout=LIMIT)
    assert alive == []


def test_an_interrupted_run_reports_what_it_has(tmp_path):
    output = tmp_path / "load.json"
    run = interrupt(" acknowledged (", "--output", str(output))
    assert (run.status, run.lines[-1], run.errors) == (130, "stopped", "")
    told = json.loads(output.read_text())
    assert told["interrupted"]
    assert told["entries"] == told["messages"] > 0
    assert told["good"]
    assert sum(piece["acked"] for piece in told["timeline"]) == told["messages"]
    assert "lost, doubled or out of order" in output.with_suffix(".html").read_text()
