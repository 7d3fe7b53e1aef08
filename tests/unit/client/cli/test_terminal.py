"""What is shown on a terminal."""

import io
import json
import sys

import pytest
from parley_client.cli.terminal import Terminal, line_of, plain
from parley_client.protocol import wire
from parley_client.protocol.events import State, StateChanged

from tests.unit.client.driver import ME, entry


def test_a_terminal_that_knows_few_letters_gets_the_others_by_number(monkeypatch):
    latin = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", latin)
    Terminal(as_json=True).show({"text": "é 👋"}, "")
    assert json.loads(latin.buffer.getvalue()) == {"text": "é 👋"}


def test_what_others_write_cannot_drive_the_terminal():
    assert plain("\x1b[2J\u202eevil\r\x07 ok 👩‍👧 é") == "�[2J�evil�� ok 👩‍👧 é"
    written = wire.entry(entry(1) | {"body": {"text": "one\n12:00:00 me: two"}})
    assert "\n          12:00:00" in line_of(written, ME)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"text": "the plan", "media": ["01JDA0000000000000000000AA"]}, "the plan [media 01JDA0000000000000000000AA]"),
        (
            {"text": "", "media": ["01JDA0000000000000000000AA", "01JDA0000000000000000000BB"]},
            "[media 01JDA0000000000000000000AA] [media 01JDA0000000000000000000BB]",
        ),
        ({"text": "odd", "media": "no list"}, "odd"),
    ],
)
def test_what_is_attached_is_shown(body: dict[str, object], shown: str):
    came = wire.entry({**entry(1, "bob"), "body": body})
    assert line_of(came, ME).endswith(f": {shown}")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_attempts_to_connect_are_one_line_that_changes(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    terminal = Terminal(as_json=False)
    for pause in (1.0, 2.0, 4.0):
        terminal.event(StateChanged(State.WAITING, pause, "no network"))
    assert screen.getvalue().split("\r\x1b[K") == [
        "",
        *(f"-- not connected (no network); next attempt in {pause} s" for pause in (1, 2, 4)),
    ]
    terminal.event(StateChanged(State.LIVE))
    assert screen.getvalue().endswith("in 4 s\n-- connected\n")


def test_elsewhere_they_are_a_line_for_each_new_reason(monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    terminal = Terminal(as_json=False)
    for reason in ("no network", "no network", "refused", "no network"):
        terminal.event(StateChanged(State.WAITING, 1.0, reason))
    assert [line.partition("(")[2].partition(")")[0] for line in log.getvalue().splitlines()] == [
        "no network",
        "refused",
        "no network",
    ]


def test_a_line_of_the_conversation_does_not_overwrite_the_attempt(monkeypatch, capsys):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    terminal = Terminal(as_json=False)
    terminal.event(StateChanged(State.WAITING, 1.0, "no network"))
    terminal.entry(wire.entry(entry(1)), ME)
    assert screen.getvalue().endswith("in 1 s\n")
    assert capsys.readouterr().out.endswith(": text 1\n")
