"""Codes and pushes, printed in the terminal of ``make run`` as they come."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from infra.local.progress import Progress
from infra.local.stack import Local

_PURPOSES = {"sign-up": "to confirm the sign-up", "password": "for a new password"}


@contextmanager
def shown(local: Local, progress: Progress) -> Iterator[None]:
    """Print what comes within the block."""
    began = int(time.time() * 1000)
    reading = threading.Thread(target=_read, args=(local, progress, began), daemon=True)
    reading.start()
    yield


def line(kind: str, item: Mapping[str, Any]) -> str:
    """Return a code or a push as one line, with nothing in it that moves a terminal's cursor."""
    at = time.strftime("%H:%M:%S", time.localtime(item["at"] / 1000))
    if kind == "code":
        text = f"{at}  code {item['code']} for {item['email']}, {_PURPOSES[item['purpose']]}"
    else:
        said = ": ".join(part for part in (item.get("title"), item.get("text")) if part)
        badge = "" if item.get("badge") is None else f" · badge {item['badge']}"
        text = f"{at}  push to {item['platform']} {item['token'][:24]}  “{said}”{badge}"
    return "".join(c if c.isprintable() else " " for c in text)


def _read(local: Local, progress: Progress, began: int) -> None:
    with contextlib.suppress(OSError, ValueError), local.news("code", "push") as answer:  # the embedded AWS ends
        for told in answer:
            news = json.loads(told)
            if news["item"]["at"] >= began:
                progress.line(f"  {line(news['kind'], news['item'])}")
