"""What a run found: a table for people, and build/load.json for programs. ``tests.load.page`` draws the same."""

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.load.options import Options
from tests.load.timeline import Slice
from tests.load.verify import Finding

CAVEAT = "Delays and rates are this machine's, whose embedded AWS takes calls one by one: nothing like AWS's."
_SHOWN = 20


class Mark(Struct, frozen=True):
    """A fault as it was made."""

    at: float
    """Seconds from the first message."""
    text: str


class Outcome(Struct, frozen=True, kw_only=True):
    """Everything that a run found. Delays are in milliseconds, by percentile."""

    options: Options
    messages: int
    """Messages that were written."""
    entries: int
    """Entries that were stored."""
    copies: int
    """Entries that apps were told of, on all devices together."""
    users: int
    counts: Mapping[str, int]
    """The number of findings by kind."""
    findings: list[Finding]
    opened_s: float
    """The time until all sockets were live."""
    talked_s: float
    """The time from the first message to the last ack."""
    settled_s: float | None
    """The time from then until everything was everywhere, or None if the limit came first."""
    ack_ms: Mapping[str, float]
    received_ms: Mapping[str, float]
    kb_per_socket: float
    """The growth of the client processes per socket, with stores and records, once all are open, over bare
    processes.
    """
    gateway_kb_per_socket: float
    """The growth of the gateway's own process per socket, once all are open."""
    reconnects: int
    refreshes: int
    timeline: list[Slice]
    marks: list[Mark]
    """The faults."""
    deaths: int
    """Workers that died within an invocation."""
    interrupted: bool = False
    """Whether somebody ended it before all messages were written."""

    @property
    def good(self) -> bool:
        """Return whether every promise was kept."""
        return not self.findings and self.settled_s is not None

    @property
    def verdict(self) -> str:
        """Return what came out, in one line."""
        if self.findings:
            wrong = ", ".join(f"{number} {kind}" for kind, number in self.counts.items() if number)
            return f"{wrong} of {self.messages:,} messages"
        if self.settled_s is None:
            reason = "the run was interrupted" if self.interrupted else "time was up"
            return f"Not judged: {reason} while messages were still under way"
        return f"None of {self.messages:,} messages lost, doubled or out of order"

    @property
    def per_second(self) -> float:
        """Return how many messages were acknowledged per second."""
        return self.messages / self.talked_s if self.talked_s else 0.0


def write(outcome: Outcome, path: Path) -> None:
    """Write the outcome as JSON, with all findings."""
    told = msgspec.to_builtins(outcome) | {"per_second": outcome.per_second, "good": outcome.good}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def table(outcome: Outcome) -> str:
    """Return a table for people."""
    lines = [f"  {name:<24}{value}" for name, value in rows(outcome)]
    lines += [f"  {finding}" for finding in outcome.findings[:_SHOWN]]
    if len(outcome.findings) > _SHOWN:
        lines.append(f"  … and {len(outcome.findings) - _SHOWN} more")
    return "\n".join([*lines, "", f"  {outcome.verdict}", f"  {CAVEAT}"])


def rows(outcome: Outcome) -> list[tuple[str, str]]:
    """Return what a table shows, as names and values."""
    o = outcome
    settled = "not within the limit" if o.settled_s is None else f"{o.settled_s:.1f} s"
    found = [
        ("sockets, users", f"{o.options.sockets:,}, {o.users:,}"),
        ("open and live after", f"{o.opened_s:.1f} s"),
        ("messages written", f"{o.messages:,} in {o.talked_s:.1f} s, {o.per_second:.0f} a second"),
        ("copies on devices", f"{o.copies:,}"),
        ("settled after", settled),
        ("until acknowledged", _delays(o.ack_ms)),
        ("until the other has it", _delays(o.received_ms)),
        ("memory a socket", f"{o.kb_per_socket:.0f} KB client, {o.gateway_kb_per_socket:.0f} KB gateway"),
        ("connections made again", f"{o.reconnects:,}"),
    ]
    if o.marks:
        found.append(("faults", f"{len(o.marks)}; {o.deaths} workers died at work"))
    return found + [(kind, f"{number}") for kind, number in o.counts.items()]


def _delays(delays: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {ms:,.0f} ms" for name, ms in delays.items()) or "–"
