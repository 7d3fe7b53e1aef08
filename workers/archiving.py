"""Invoked by the clock: moves entries that are old and confirmed from the log to the archive."""

import os
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from parley.archive import archiving
from parley.archive.model import SHARDS
from parley.core.errors import Unavailable
from parley.core.ids import ulid
from parley.runtime import bootstrap, dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(deps: dependencies.Archiver, now: int, left: Callable[[], int]) -> None:
    """Archive what is due, while there is time. ``left`` returns the time left, in ms. Without a rule, nothing is due.

    Raises:
        Unavailable: some conversations could not be archived now. All the others have been; Lambda tries again.
    """
    if not deps.rules.after_ms:
        return
    shard = secrets.randbelow(SHARDS)
    done = archiving.run(now, shard, lambda: ulid(now, secrets.randbits(80)), deps.ports, deps.rules, left)
    for error in done.errors:
        deps.telemetry.failed(error)
    deps.telemetry.count(
        ArchiveLooks=done.conversations,
        EntriesArchived=done.entries,
        PacksStored=done.packs,
        ArchiveFailures=len(done.errors),
    )
    if done.errors:
        raise Unavailable(f"{len(done.errors)} conversations or packs failed", retry_after=1)


def __getattr__(name: str) -> Callable[[object, "LambdaContext"], None]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.archiver(os.environ)
    return lambda _event, context: run(deps, time.time_ns() // 1_000_000, context.get_remaining_time_in_millis)
