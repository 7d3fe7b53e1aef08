"""What has happened in a run: facts for the oracle, the checks that can be made at once, and the story."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from parley.chat.entries import Entry

_MEMBERS = re.compile(r"dm:([\w-]+):([\w-]+)")
_TOLD = 48
"""The number of lines of a story that are kept."""
_WIDTH = 220


@dataclass(frozen=True)
class Said:
    """A message that an app has accepted."""

    user: str
    device: str
    conversation: str
    id: str
    text: str


@dataclass(frozen=True)
class Pushed:
    """A push that an endpoint has accepted."""

    at: float
    invocation: Any
    user: str
    endpoint: str
    conversation: str
    seq: int
    badge: int


@dataclass
class Ledger:
    """The ledger of one run. ``keep_story`` keeps the story, and changes nothing else."""

    now: Callable[[], float]
    keep_story: bool = False
    violations: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """What is wrong, and the users, devices and conversations that it is about."""
    counts: Counter[str] = field(default_factory=Counter)
    said: dict[tuple[str, str], Said] = field(default_factory=dict)
    """Messages by user and message id, in the order in which they were accepted."""
    acked: dict[tuple[str, str], int] = field(default_factory=dict)
    """The seq that an ack has named, by user and message id."""
    read: dict[tuple[str, str], int] = field(default_factory=dict)
    """How far the user has read on any device, by user and conversation."""
    placed: dict[tuple[str, str], int] = field(default_factory=dict)
    """The seq at which a message is stored, by user and message id."""
    mistimed: set[tuple[str, int]] = field(default_factory=set)
    """Entries that were stored by the time of a clock that was wrong, by conversation and seq."""
    pushes: list[Pushed] = field(default_factory=list)
    story: list[tuple[float, tuple[str, ...], tuple[Any, ...]]] = field(default_factory=list)
    on_violation: Callable[[], None] = lambda: None

    def tell(self, about: tuple[str, ...], *what: Any) -> None:
        """Add a line to the story."""
        if self.keep_story:
            text = " ".join(str(w) for w in what)
            self.story.append((self.now(), (*about, *re.findall(r"dm:[\w-]+:[\w-]+", text)), (text,)))

    def count(self, what: str, times: int = 1) -> None:
        """Count something that has come up, to prove that it does."""
        self.counts[what] += times

    def violate(self, what: str, *about: str) -> None:
        """Record a broken promise. The run ends."""
        self.violations.append((what, about))
        self.tell(about, "✗", what)
        self.on_violation()

    # -- checked at once

    def stored(self, entry: Entry, tail: int, wrote: str) -> None:
        """Check an entry now in the log after ``tail`` others. ``wrote`` is the user whose invocation stored it."""
        key = (entry.sender, entry.id)
        said = self.said.get(key)
        if entry.seq != tail + 1:
            self.violate(f"entry {entry.seq} is stored behind {tail}: the order is not dense", entry.conversation)
        elif said is None:
            self.violate(f"{entry.id} is stored, and was never said", entry.conversation)
        elif (said.user, said.conversation, said.text) != (entry.sender, entry.conversation, entry.body.text):
            self.violate(f"{entry.id} is stored as something else than was said: {entry}", entry.conversation)
        elif wrote != entry.sender:
            self.violate(f"{wrote} has written in the name of {entry.sender}", entry.conversation)
        elif self.placed.setdefault(key, entry.seq) != entry.seq:
            self.violate(f"{entry.id} is stored twice, as {self.placed[key]} and {entry.seq}", entry.conversation)

    def answered(self, user: str, message_id: str, conversation: str, seq: int, log: list[Entry]) -> None:
        """Check an ack that leaves the server: the entry is stored, and the ack always names the same one."""
        if not 0 < seq <= len(log) or (log[seq - 1].id, log[seq - 1].sender) != (message_id, user):
            self.violate(f"{message_id} is acked as {seq}, where it is not stored", conversation)
        elif self.acked.setdefault((user, message_id), seq) != seq:
            self.violate(f"{message_id} is acked as {seq}, and was as {self.acked[user, message_id]}", conversation)

    def shown(self, user: str, device: str, frame: str) -> None:
        """Check a frame that goes to a device: none is about a conversation that its user is not in."""
        for one, other in _MEMBERS.findall(frame):
            if user not in {one, other}:
                self.violate(f"{user} is told of dm:{one}:{other}: {frame[:80]}", device)

    # -- the story

    def tale(self, most: int = _TOLD) -> list[str]:
        """Return the last lines about what is broken, each with its time."""
        about = {a for _, names in self.violations for a in names}
        lines = [
            f"{at - 1_000_000:11.3f} {''.join(what)[:_WIDTH]}"
            for at, names, what in self.story
            if not about or about.intersection(names)
        ]
        return lines[-most:]
