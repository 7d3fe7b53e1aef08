"""The line being typed, on a terminal of the test's own."""

import asyncio
import fcntl
import os
import pty
import struct
import sys
import termios

import pytest
from parley_client.cli.editor import Editor
from parley_client.cli.terminal import width

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further

FAMILY, PERSIAN = "👩\u200d👧", "می\u200cخواهم"
COLUMNS = 30


@pytest.fixture
def typed(monkeypatch):
    """Types chunk by chunk. Returns the lines entered, and what the terminal got after each chunk."""

    def run(*chunks, status=""):
        keyboard, screen = pty.openpty()
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        written: list[str] = []
        monkeypatch.setattr(Editor, "_write", staticmethod(written.append))
        with os.fdopen(screen, encoding="utf-8") as stdin, os.fdopen(os.dup(screen), "w", encoding="utf-8") as stdout:
            monkeypatch.setattr(sys, "stdin", stdin)
            monkeypatch.setattr(sys, "stdout", stdout)
            return asyncio.run(edit(keyboard, chunks, status, written))

    async def edit(keyboard, chunks, status, written):
        drawn, entered = [], []
        try:
            with Editor(lambda: None) as editor:
                editor.status(status)
                for chunk in chunks:
                    del written[:]
                    os.write(keyboard, chunk if isinstance(chunk, bytes) else chunk.encode())
                    async with asyncio.timeout(10):
                        while not written:
                            await asyncio.sleep(0.001)
                    drawn.append(written[-1])
                while not editor.lines.empty():
                    entered.append(editor.lines.get_nowait())
        finally:
            os.close(keyboard)
        return entered, [text.rpartition("\x1b[K")[2] for text in drawn]

    return run


@pytest.mark.parametrize("text", ["hello", FAMILY, PERSIAN, "日本　語", "é", "e\u0301", "❤️"])
def test_what_is_typed_is_what_is_sent(typed, text):
    assert typed(text, "\r")[0] == [text]


def test_a_character_that_comes_in_pieces_is_one(typed):
    first, *rest = (bytes([b]) for b in "👧".encode())
    assert typed(b"a" + first, b"".join(rest), "\n")[0] == ["a👧"]


def test_controls_and_function_keys_are_not_text(typed):
    assert typed("a\x1b[Db\x1b[1;5Cc\x1bOPd\te\u202ef\n")[0] == ["abcdef"]


@pytest.mark.parametrize(
    ("text", "left"),
    [("ab", "a"), ("a" + FAMILY, "a"), ("ae\u0301", "a"), ("a❤️", "a"), ("a日", "a"), ("", ""), ("می\u200c", "می")],
)
def test_backspace_takes_a_character_as_people_see_it(typed, text, left):
    assert typed(f"{text}\x7f|\n")[0] == [f"{left}|"]


@pytest.mark.parametrize(
    ("text", "left"), [("one two", "one "), ("one two  ", "one "), ("one", ""), ("  ", ""), ("", "")]
)
def test_control_w_takes_a_word(typed, text, left):
    assert typed(f"{text}\x17|\n")[0] == [f"{left}|"]


def test_control_u_takes_the_line_and_control_d_ends_an_empty_one_only(typed):
    assert typed("no\x15yes\x04\n\x04")[0] == ["yes", None]


def test_after_the_end_nothing_is_typed_any_more(typed):
    lines, shown = typed("one\n\x04two\n")
    assert lines == ["one", None]
    assert shown == [""]


@pytest.fixture
def drawn(monkeypatch):
    """Calls methods of an editor. Returns what the terminal gets."""

    def run(*deeds, rows=24):
        async def edit():
            with Editor(lambda: None) as editor:
                for deed in deeds:
                    del written[:]
                    deed(editor)
                return "".join(written)

        keyboard, screen = pty.openpty()
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", rows, COLUMNS, 0, 0))
        written: list[str] = []
        monkeypatch.setattr(Editor, "_write", staticmethod(written.append))
        with os.fdopen(screen, encoding="utf-8") as stdin, os.fdopen(os.dup(screen), "w", encoding="utf-8") as stdout:
            monkeypatch.setattr(sys, "stdin", stdin)
            monkeypatch.setattr(sys, "stdout", stdout)
            try:
                return asyncio.run(edit())
            finally:
                os.close(keyboard)

    return run


def waiting(*lines):
    return lambda editor: editor.waiting(lines)


def test_what_waits_stands_above_the_prompt_and_makes_room_for_what_is_shown(drawn):
    assert drawn(waiting("… one", "… two")) == "\r\x1b[K… one\n… two\n\r\x1b[K> "
    shown = drawn(waiting("… one", "… two"), lambda editor: editor.show("said"))
    assert shown == "\x1b[2A\r\x1b[Jsaid\n\r\x1b[K… one\n… two\n\r\x1b[K> "
    assert drawn(waiting("… one", "… two"), waiting("… two")) == "\x1b[2A\r\x1b[J… two\n\r\x1b[K> "
    assert drawn(waiting("… one"), waiting()) == "\x1b[1A\r\x1b[J\r\x1b[K> "


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        (24, ["… and 3 before", "m3", "m4", "m5", "m6", "m7"]),
        (5, ["… and 6 before", "m6", "m7"]),
        (3, ["… and 8 before"]),
    ],
)
def test_of_much_that_waits_the_newest_is_seen_and_the_prompt_too(drawn, rows, shown):
    lines = drawn(waiting(*[f"m{n}" for n in range(8)]), rows=rows).removeprefix("\r\x1b[K").split("\n")
    assert lines == [*shown, "\r\x1b[K> "]


def test_what_waits_never_wraps_and_cannot_drive_the_terminal(drawn):
    [line, _] = drawn(waiting("日" * 40 + "\x1b[2J")).removeprefix("\r\x1b[K").split("\n")
    assert line == "日" * 14
    assert "\x1b[2J" not in drawn(waiting("\x1b[2J"))


@pytest.mark.parametrize("text", ["x" * 100, "日本語" * 20, FAMILY * 20, "e\u0301" * 60])
@pytest.mark.parametrize("status", ["", "ben (offline) ", "日" * 40])
def test_the_line_never_wraps_and_shows_the_end(typed, text, status):
    _, [shown] = typed(text, status=status)
    assert width(shown) < COLUMNS
    assert shown.endswith(text[-1])


def test_wide_text_takes_two_columns_and_marks_none():
    assert [width(t) for t in ("ab", "日本", "e\u0301", "می\u200cخ", "👧")] == [2, 4, 1, 3, 2]
