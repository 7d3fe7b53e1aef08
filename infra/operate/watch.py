"""The figures of an environment, live in the terminal, or one sample of them as JSON.

``make watch ENV=<environment> [MINUTES=1] [JSON=1]``, or ``python -m infra.operate.watch <environment> [--minutes …]
[--json]``. Ctrl-C ends it.
"""

import argparse
import os
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from infra.environment import LOCAL, UnknownEnvironment
from infra.local import workspace
from infra.local.emulator import wanted_port
from infra.local.workspace import CannotStart
from infra.operate.figures import FIGURES
from infra.operate.place import Place, find
from infra.operate.redrive import queues
from infra.operate.samples import AwsMetrics, LocalMetrics, Metrics, Sample, dead_letters, physical_names

_CLEAR = "\x1b[H\x1b[2J\x1b[3J"
_BOLD, _RED, _DIM, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[2m", "\x1b[0m"
_BARS = "▁▂▃▄▅▆▇█"
_HISTORY = 30
_BAD = frozenset({"Failures", "NotifyFailures", "PushesRefused", "Late", "Undelivered"})


def sampler(place: Place, seconds: int) -> Callable[[], Sample]:
    """Return what takes a sample of this environment."""
    metrics: Metrics
    if place.environment.name == LOCAL:
        metrics = LocalMetrics(place.client("logs"), workspace.at(wanted_port()).path)
    else:
        namespace = f"Parley/{place.environment.name}"
        metrics = AwsMetrics(place.client("cloudwatch"), namespace, physical_names(place))
    sqs, ours = place.client("sqs"), queues(place.outputs)

    def take() -> Sample:
        values, refusals = metrics.read(FIGURES, seconds)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return Sample(place.environment.name, at, seconds, values, refusals, dead_letters(sqs, ours))

    return take


class Screen:
    """Draws samples, each figure with how it went in the samples before."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours
        self._history: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_HISTORY))

    def draw(self, sample: Sample) -> str:
        """Return the sample as text."""
        title = f"parley-{sample.environment}  {sample.at}  the last {sample.seconds} s"
        lines = [self._in(_BOLD, title)]
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for figure in FIGURES:
            value = sample.figures[figure.name]
            groups[figure.group].append(self._row(figure.name, value, figure.unit, bad=figure.metric in _BAD))
        groups["Refusals"] = [self._row(code, n, bad=code == "unavailable") for code, n in sample.refusals.items()]
        groups["Dead letters"] = [self._row(queue, n, bad=True) for queue, n in sample.dead_letters.items()]
        for group, rows in groups.items():
            lines += ["", self._in(_BOLD, group), *(rows or [self._in(_DIM, "  none")])]
        return "\n".join(lines)

    def _row(self, name: str, value: float | None, unit: str = "", *, bad: bool = False) -> str:
        if value is None:
            return self._in(_DIM, f"  {name:28}{'-':>12}")
        history = self._history[name]
        history.append(value)
        top = max(history) or 1
        curve = "".join(_BARS[int(v / top * (len(_BARS) - 1))] for v in history)
        row = f"  {name:28}{value:12,.0f} {unit:3}{curve}"
        return self._in(_RED, row) if bad and value else row

    def _in(self, style: str, text: str) -> str:
        return f"{style}{text}{_PLAIN}" if self._colours else text


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 180:  # CloudWatch has periods of 3 hours at most 15 days back
        raise argparse.ArgumentTypeError("a number of minutes, from 1 to 180")
    return int(text)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.operate.watch", description="An environment's figures, live")
    parser.add_argument("environment")
    parser.add_argument("--minutes", type=_positive, default=1, help="how much time a sample covers; 1 by default")
    parser.add_argument("--json", action="store_true", help="print one sample as JSON, and end")
    return parser


def main(arguments: list[str]) -> int:
    """Run the command line."""
    asked = _arguments().parse_args(arguments)
    try:
        place = find(asked.environment)
        take = sampler(place, asked.minutes * 60)
        if asked.json:
            print(msgspec.json.encode(take()).decode())
            return 0
        terminal = sys.stdout.isatty()
        screen = Screen(colours=terminal and "NO_COLOR" not in os.environ)
        pause = 2 if place.environment.name == LOCAL else 60  # CloudWatch has nothing new before a minute is over
        while True:
            print((_CLEAR if terminal else "") + screen.draw(take()), flush=True)
            time.sleep(pause)
    except KeyboardInterrupt:
        return 0
    except EndpointConnectionError as error:
        print(f"watch: {error}; `make run` starts what is there (PARLEY_PORT says where)", file=sys.stderr)
    except (UnknownEnvironment, CannotStart, ClientError, BotoCoreError) as error:
        print(f"watch: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
