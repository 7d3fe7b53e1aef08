"""Lines from whoever types or pipes them, without keeping the event loop waiting."""

import asyncio
import codecs
import contextlib
import os
import re
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from parley_client.terminal import harmful, plain, width

try:
    import termios
    import tty
except ImportError:  # not on Windows: there, lines come whole
    termios = None  # type: ignore[assignment]

_ENTER, _END, _BACKSPACE, _ERASE, _ERASE_WORD = "\r\n", "\x04", "\x08\x7f", "\x15", "\x17"
_FUNCTION_KEY = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|O.|.)?")
_LAST_WORD = re.compile(r"\S+\s*$|\s+$")
_JOINER, _NON_JOINER, _EMOJI_STYLE = "\u200d", "\u200c", "\ufe0f"
_CLEAR_LINE = "\r\x1b[K"


def lines() -> "asyncio.Queue[str | None]":
    """The lines of standard input as they come, and None at its end. Bytes that are no text come as surrogates."""
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    # A reader of its own: the interpreter, on its way out, must not find sys.stdin's lock held by the thread.
    source, encoding = os.fdopen(os.dup(sys.stdin.fileno()), "rb"), sys.stdin.encoding

    def read() -> None:
        with source, contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants the rest
            for line in source:
                loop.call_soon_threadsafe(queue.put_nowait, line.rstrip(b"\r\n").decode(encoding, "surrogateescape"))
            loop.call_soon_threadsafe(queue.put_nowait, None)

    # A daemon, since a thread that waits for input cannot be stopped, and must not hold up the end of the program.
    threading.Thread(target=read, daemon=True).start()
    return queue


class Editor:
    """One line being typed at the bottom of the terminal, and everything else printed above it."""

    def __init__(self, on_key: Callable[[], None]) -> None:
        self.lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._on_key = on_key
        self._text = ""
        self._status = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._before: list[Any] | None = None

    @staticmethod
    def possible() -> bool:
        """Whether there is a terminal to edit on, at both ends."""
        return termios is not None and sys.stdin.isatty() and sys.stdout.isatty()

    def __enter__(self) -> Self:
        self._before = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read)
        self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before or [])
        self._write(_CLEAR_LINE)

    def show(self, text: str) -> None:
        """Print above the line being typed."""
        self._write(f"{_CLEAR_LINE}{plain(text)}\n")
        self._draw()

    def status(self, text: str) -> None:
        """What stands before the line being typed."""
        self._status = text
        self._draw()

    def _draw(self) -> None:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
        line = _end_within(plain(f"{self._status}> "), columns * 2 // 3)
        # One line only, and its last column free: what wraps could not be cleared. A longer text shows its end.
        text = _end_within(plain(self._text), columns - 1 - width(line))
        self._write(f"{_CLEAR_LINE}{line}{text}")

    def _read(self) -> None:
        data = os.read(sys.stdin.fileno(), 4_096)
        if not data:
            self.lines.put_nowait(None)
            return
        for key in _FUNCTION_KEY.sub("", self._decoder.decode(data)):  # arrows and the like: nothing here moves
            self._press(key)
        self._draw()

    def _press(self, key: str) -> None:
        if key in _ENTER:
            self.lines.put_nowait(self._text)
            self._text = ""
        elif key == _END:
            if not self._text:
                self.lines.put_nowait(None)
        elif key in _BACKSPACE:
            self._text = _without_last(self._text)
        elif key == _ERASE:
            self._text = ""
        elif key == _ERASE_WORD:
            self._text = _LAST_WORD.sub("", self._text)
        elif not harmful(key):
            self._text += key
            self._on_key()

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _end_within(text: str, columns: int) -> str:
    """As much of a text's end as has room."""
    start, room = len(text), max(columns, 0)
    while start > 0 and (room := room - width(text[start - 1])) >= 0:
        start -= 1
    return text[start:]


def _without_last(text: str) -> str:
    """Without the last character as people see it: marks go with their letter, joined emoji together."""
    while text:
        last, text = text[-1], text[:-1]
        if text.endswith(_JOINER):
            text = text[:-1]
        elif last == _NON_JOINER or (width(last) > 0 and last != _EMOJI_STYLE):
            break
    return text
