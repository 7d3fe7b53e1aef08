"""What a run found: a table for people, and build/load.json for programs."""

import json
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, structs

from tests.load.options import Options
from tests.load.verify import Finding

_SHOWN = 20


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
    steps: list[str]
    """Faults, as they were made."""
    deaths: int
    """Workers that died within an invocation."""

    @property
    def good(self) -> bool:
        """Return whether every promise was kept."""
        return not self.findings and self.settled_s is not None

    @property
    def per_second(self) -> float:
        """Return how many messages were acknowledged per second."""
        return self.messages / self.talked_s if self.talked_s else 0.0


def write(outcome: Outcome, path: Path) -> None:
    """Write the outcome as JSON, with all findings."""
    told = structs.asdict(outcome)
    told["options"] = structs.asdict(outcome.options)
    told["findings"] = [structs.asdict(f) for f in outcome.findings]
    told |= {"per_second": outcome.per_second, "good": outcome.good}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def table(outcome: Outcome) -> str:
    """Return a table for people."""
    o = outcome
    settled = "not within the limit" if o.settled_s is None else f"{o.settled_s:.1f} s"
    rows = [
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
    if o.steps:
        rows.append(("faults", f"{len(o.steps)}; {o.deaths} workers died at work"))
    rows += [(kind, f"{number}") for kind, number in o.counts.items()]
    lines = [f"  {name:<24}{value}" for name, value in rows]
    lines += [f"  {finding}" for finding in o.findings[:_SHOWN]]
    if len(o.findings) > _SHOWN:
        lines.append(f"  … and {len(o.findings) - _SHOWN} more")
    lines += [
        "",
        "  Delays and rates are this machine's, whose embedded AWS takes calls one by one: nothing like AWS's.",
    ]
    return "\n".join(lines)


def _delays(delays: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {ms:,.0f} ms" for name, ms in delays.items()) or "–"
