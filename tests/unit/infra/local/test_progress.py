"""A step says how it ended, in any encoding."""

import asyncio
import io
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from infra.local.progress import STARTED, Progress, print_anyhow, waited
from infra.package import ROOT


def test_a_step_that_ends_well_or_fails(capsys):
    progress = Progress()
    with progress.step("one"):
        pass
    with pytest.raises(OSError), progress.step("two"):  # noqa: PT011 - any
        raise OSError
    assert capsys.readouterr().out == "  ✓ one (0.0 s)\n  ✗ two\n"


@pytest.mark.parametrize("end", [KeyboardInterrupt, asyncio.CancelledError])
def test_a_step_that_is_interrupted_has_not_failed(capsys, end):
    with pytest.raises(end), Progress().step("one"):
        raise end
    assert capsys.readouterr().out == "  – one (interrupted)\n"


def test_characters_that_the_output_lacks_do_not_end_the_program(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    print_anyhow()
    with Progress().step("“one”"):
        pass
    assert raw.getvalue() == b"  ? ?one? (0.0 s)\n"


@pytest.mark.parametrize("began", ["1000.5", "1000,5"])
def test_the_wait_counts_from_the_beginning_of_make(began):
    assert waited(1042.5, {STARTED: began}) == 42


@pytest.mark.parametrize("environment", [{}, {STARTED: ""}, {STARTED: "now"}])
def test_without_make_it_counts_from_the_beginning_of_the_process(environment):
    began = psutil.Process().create_time()
    assert waited(began + 42, environment) == pytest.approx(42)


@pytest.mark.parametrize("target", ["run", "demo"])
def test_make_says_when_it_began_which_is_before_the_set_up(tmp_path: Path, target: str):
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name, line in (("infra/local/setup.sh", "date +%s > set-up"), (".venv/bin/python", f"echo ${STARTED} > began")):
        program = tmp_path / name
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
    before = time.time()
    subprocess.run(["make", target], cwd=tmp_path, check=True, capture_output=True)  # noqa: S607 - from PATH
    began = float((tmp_path / "began").read_text().replace(",", "."))
    assert int(before) <= began < int((tmp_path / "set-up").read_text()) + 1
