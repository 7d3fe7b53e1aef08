"""``make drill``: the exit status is 0 only if every conversation is whole on every device after the recovery."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infra import package
from infra.deploy import command
from infra.deploy.stacks import DeploymentFailed
from infra.local.progress import Progress, print_anyhow
from infra.local.stack import running
from infra.local.workspace import CannotStart
from infra.recovery.drill.run import Asked, Outcome, drill

REPORT = package.ROOT / "build" / "drill.json"
STANDS_IN = (
    "a backup on demand for point-in-time recovery, which the embedded AWS has only of the present",
    "a restart of the gateway for the new configuration of the functions, and for make reconnect",
)
"""What the drill does otherwise than on AWS."""


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = command.Parser(prog="make drill", description="Lose a local environment's tables, and get them back")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long clients talk before and after (5)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON, and nothing else")
    asked = parser.parse_args(arguments)
    print_anyhow()
    progress = _Quiet() if asked.json else Progress()
    try:
        with running(progress=progress) as local, tempfile.TemporaryDirectory(dir=local.place.temporary) as home:
            size = Asked(before=asked.seconds, after=asked.seconds)
            outcome = asyncio.run(drill(local, size, progress, Path(home)))
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except (CannotStart, DeploymentFailed, ClientError, BotoCoreError, OSError) as error:
        print(f"drill: {error}", file=sys.stderr)
        return 1
    text = report(outcome)
    write(outcome, text)
    print(json.dumps(as_json(outcome)) if asked.json else f"\n{text}\n  {REPORT}")
    return 1 if outcome.findings else 0


def as_json(outcome: Outcome) -> dict[str, object]:
    """Return the report for programs."""
    return {"whole": not outcome.findings, **outcome._asdict(), "standsIn": STANDS_IN}


def report(outcome: Outcome) -> str:
    """Return the report for people."""
    said = {
        "backup": "to back both tables up",
        "restored": "from the loss until both tables are there again",
        "deployed": "… until the functions use them",
        "live": "… until every client is connected and has synced",
        "whole": "… until every conversation is whole on every device",
    }
    lines = ["Whole on every device." if not outcome.findings else "NOT whole:"]
    lines += [f"  {finding}" for finding in outcome.findings]
    lines += [f"{outcome.seconds[name]:8.1f} s  {text}" for name, text in said.items() if name in outcome.seconds]
    lines += [f"{count:8}    {name}" for name, count in outcome.counts.items()]
    lines += ["Otherwise than on AWS:", *(f"  {what}" for what in STANDS_IN)]
    return "\n".join(lines)


def write(outcome: Outcome, text: str, path: Path = REPORT) -> None:
    """Keep both reports, as JSON and as text beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(as_json(outcome), indent=2) + "\n", encoding="utf-8")
    path.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")


class _Quiet(Progress):
    """Reports to standard error."""

    def line(self, text: str = "") -> None:
        print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
