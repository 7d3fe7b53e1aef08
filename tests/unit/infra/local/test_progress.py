"""A step says how it ended, in any encoding."""

import asyncio
import io
import sys

import pytest

from infra.local.progress import Progress, print_anyhow


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
