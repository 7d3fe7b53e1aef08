"""Lines that are typed or piped, read without blocking the event loop."""

import asyncio
import codecs
import contextlib
import os
import re
import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from parley_client.cli.terminal import harmful, plain, width

try:
    import termios
    import tty
except ImportError:  # Windows has none, and lines come whole there
    termios = None  # type: ignore[assignment]

_ENTER, _END, _BACKSPACE, _ERASE, _ERASE_WORD = "\r\n", "\x04", "\x08\x7f", "\x15", "\x17"
_FUNCTION_KEY = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|O.|.)?")
_LAST_WORD = re.compile(r"\S+\s*$|\s+$")
_JOINER, _NON_JOINER, _EMOJI_STYLE = "\u200d", "\u200c", "\ufe0f"
_CLEAR_LINE, _CLEAR_BELOW = "\r\x1b[K", "\r\x1b[J"
_WAITING_SHOWN = 5
_COLUMNS, _ROWS = 80, 24


def lines() -> "asyncio.Queue[str | None]":
    """The lines of standard input as they come, then None. Bytes that are not text come as surrogates."""
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    # A separate reader, because at exit the interpreter must not find sys.stdin's lock held by the thread.
    source, encoding = os.fdopen(os.dup(sys.stdin.fileno()), "rb"), sys.stdin.encoding

    def read() -> None:
        with source, contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants the rest
            for line in source:
                loop.call_soon_threadsafe(queue.put_nowait, line.rstrip(b"\r\n").decode(encoding, "surrogateescape"))
            loop.call_soon_threadsafe(queue.put_nowait, None)

    # A daemon, because a thread that waits for input cannot be stopped and must not delay the program's exit.
    threading.Thread(target=read, daemon=True).start()
    return queue


class Editor:
    """One line being typed at the bottom of the terminal, and everything else printed above it.

    Between them stand the lines that have been entered and are not stored yet.
    """

    def __init__(self, on_key: Callable[[], None]) -> None:
        self.lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._on_key = on_key
        self._text = ""
        self._status = ""
        self._waiting: list[str] = []
        self._rows = 0
        """How many lines above the cursor are to be cleared."""
        self._ended = False
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
        self._end()
        with contextlib.suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before or [])
        self._write(_CLEAR_LINE)

    def show(self, text: str) -> None:
        """Print above the line being typed."""
        clear, self._rows = self._clear(), 0
        self._write(f"{clear}{plain(text)}\n")
        self._draw()

    def waiting(self, lines: Sequence[str]) -> None:
        """Show exactly these lines, entered and not stored yet, beneath what is printed."""
        self._waiting = list(lines)
        self._draw()

    def status(self, text: str) -> None:
        """Set what stands before the line being typed."""
        self._status = text
        self._draw()

    def _draw(self) -> None:
        size = os.get_terminal_size(sys.stdout.fileno())
        columns, rows = size.columns or _COLUMNS, size.lines or _ROWS
        shown = self._waiting[max(len(self._waiting) - min(_WAITING_SHOWN, max(rows - 3, 0)), 0) :]
        if left := len(self._waiting) - len(shown):
            shown.insert(0, f"… and {left} before")
        clear, self._rows = self._clear(), len(shown)
        above = clear + "".join(f"{_start_within(plain(w), columns - 1)}\n" for w in shown)
        if self._ended:
            self._write(f"{above}{_CLEAR_LINE}")
            return
        line = _end_within(plain(f"{self._status}> "), columns * 2 // 3)
        # One line only, its last column free: a wrapped line could not be cleared. A longer text shows its end.
        text = _end_within(plain(self._text), columns - 1 - width(line))
        self._write(f"{above}{_CLEAR_LINE}{line}{text}")

    def _clear(self) -> str:
        return f"\x1b[{self._rows}A{_CLEAR_BELOW}" if self._rows else _CLEAR_LINE

    def _end(self) -> None:
        """Stop reading, and remove the prompt."""
        self._ended = True
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())

    def _read(self) -> None:
        try:
            data = os.read(sys.stdin.fileno(), 4_096)
        except OSError:  # the terminal is gone
            data = b""
        if not data:
            self.lines.put_nowait(None)
            self._end()
            return
        for key in _FUNCTION_KEY.sub("", self._decoder.decode(data)):  # arrow keys and the like do nothing
            if not self._ended:
                self._press(key)
        self._draw()

    def _press(self, key: str) -> None:
        if key in _ENTER:
            self.lines.put_nowait(self._text)
            self._text = ""
        elif key == _END:
            if not self._text:
                self.lines.put_nowait(None)
                self._end()
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
    """As much of a text's end as fits."""
    start, room = len(text), max(columns, 0)
    while start > 0 and (room := room - width(text[start - 1])) >= 0:
        start -= 1
    return text[start:]


def _start_within(text: str, columns: int) -> str:
    """As much of a text's beginning as fits."""
    end, room = 0, max(columns, 0)
    while end < len(text) and (room := room - width(text[end])) >= 0:
        end += 1
    return text[:end]


def _without_last(text: str) -> str:
    """Remove the last character as people see it: marks with their letter, joined emoji together."""
    while text:
        last, text = text[-1], text[:-1]
        if text.endswith(_JOINER):
            text = text[:-1]
        elif last == _NON_JOINER or (width(last) > 0 and last != _EMOJI_STYLE):
            break
    return text
