"""Uploaded images. They are verified as all uploads are, and also by Pillow, which only this function's package has."""

import os
import time
from collections.abc import Callable
from typing import Any

from parley.runtime import bootstrap
from workers.uploads import Event, consume


def __getattr__(name: str) -> Callable[[Event, object], Any]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.image_uploads(os.environ)
    return lambda event, _: consume(event, deps, time.time_ns() // 1_000_000)
