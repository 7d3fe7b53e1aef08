"""What is shown on a terminal."""

import io
import json
import sys

import pytest
from parley_client.cli.terminal import Terminal, line_of, plain
from parley_client.protocol import wire

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
