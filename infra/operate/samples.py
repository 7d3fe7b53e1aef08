"""Where figures come from: CloudWatch on AWS, and on a laptop the lines that the functions have written."""

import json
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError
from msgspec import Struct

from infra.operate.figures import OURS, Figure
from infra.operate.place import Place
from parley.runtime.telemetry import METRICS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Sample(Struct):
    """The figures of the time before now, by name; None is what cannot be had here."""

    environment: str
    at: str
    seconds: int
    figures: dict[str, float | None]
    refusals: dict[str, float]
    """By code."""
    dead_letters: dict[str, int]
    """By queue, at this moment."""


class Metrics(Protocol):
    """Reads metrics."""

    def read(self, figures: Sequence[Figure], seconds: int) -> tuple[dict[str, float | None], dict[str, float]]:
        """Return the figures by name, and the refusals by code, of the last so many seconds."""


class AwsMetrics:
    """CloudWatch's metrics, by its client. ``names`` are physical ids by logical ones."""

    def __init__(self, cloudwatch: Any, namespace: str, names: Mapping[str, str]) -> None:
        self._cloudwatch = cloudwatch
        self._namespace = namespace
        self._names = names

    def read(self, figures: Sequence[Figure], seconds: int) -> tuple[dict[str, float | None], dict[str, float]]:
        # A metric may be some minutes late, and a minute that is not over is incomplete.
        end = datetime.now(UTC).replace(second=0, microsecond=0)
        asked = [self._query(f"m{n}", figure, seconds) for n, figure in enumerate(figures)]
        by_code = f"SEARCH('{{\"{self._namespace}\",code}} MetricName=\"Refusals\"', 'Sum', {seconds})"
        # A search takes its period from its own text, and labels what it finds by what differs: the code.
        asked.append({"Id": "refusals", "Expression": by_code, "Label": "${PROP('Dim.code')}"})
        found: dict[str, float] = {}
        refusals: dict[str, float] = {}
        pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=asked, StartTime=end - timedelta(seconds=seconds), EndTime=end
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                if result["Id"] == "refusals":
                    refusals[result["Label"]] = sum(result["Values"])
                elif result["Values"]:
                    found[result["Id"]] = result["Values"][0]
        values = {f.name: found.get(f"m{n}", 0.0 if f.stat == "Sum" else None) for n, f in enumerate(figures)}
        return values, {code: count for code, count in refusals.items() if count}

    def _query(self, key: str, figure: Figure, seconds: int) -> dict[str, Any]:
        dimensions = [{"Name": name, "Value": self._names[logical]} for name, logical in figure.of]
        return {
            "Id": key,
            "MetricStat": {
                "Metric": {
                    "Namespace": figure.namespace or self._namespace,
                    "MetricName": figure.metric,
                    "Dimensions": dimensions,
                },
                "Period": seconds,
                "Stat": figure.stat,
            },
        }


class LocalMetrics:
    """The lines of functions: those that the gateway runs write to files, and the others to the embedded AWS's logs.

    ``logs`` is its client of CloudWatch Logs. A line in a file begins with its time (``infra.local.sandbox``).
    """

    def __init__(self, logs: Any, directory: Path, clock: Callable[[], float] = time.time) -> None:
        self._logs = logs
        self._directory = directory
        self._clock = clock
        self._read: Counter[Path] = Counter()
        """How much of each file has been read, in bytes."""
        self._lines: deque[tuple[float, str]] = deque(maxlen=200_000)

    def read(self, figures: Sequence[Figure], seconds: int) -> tuple[dict[str, float | None], dict[str, float]]:
        since = self._clock() - seconds
        counts: Counter[str] = Counter()
        refusals: Counter[str] = Counter()
        self._lines.extend(self._news())
        for line in (*(text for at, text in self._lines if at > since), *self._logged(since)):
            for name, code, value in _counts(line):
                (refusals if code else counts)[code or name] += value
        values = {f.name: float(counts[f.metric]) if f.namespace == OURS else None for f in figures}
        return values, {code: float(count) for code, count in refusals.items()}

    def _news(self) -> Iterator[tuple[float, str]]:
        """Return the whole lines that have been added to the files, with their times in seconds."""
        for path in sorted(self._directory.glob("*.log")):
            with path.open("rb") as file:
                file.seek(self._read[path])
                added = file.read()
            whole = added[: added.rfind(b"\n") + 1]
            self._read[path] += len(whole)
            for line in whole.decode(errors="replace").split("\n"):
                at, _, text = line.partition(" ")
                if text.startswith("{") and at.isdecimal():
                    yield int(at) / 1000, text

    def _logged(self, since: float) -> Iterator[str]:
        for group in self._logs.describe_log_groups(logGroupNamePrefix="/parley/")["logGroups"]:
            with suppress(ClientError):  # a group without a stream yet
                pages = self._logs.get_paginator("filter_log_events").paginate(
                    logGroupName=group["logGroupName"], startTime=int(since * 1000)
                )
                for page in pages:
                    yield from (event["message"] for event in page["events"])


def _counts(line: str) -> Iterator[tuple[str, str, int]]:
    """Return a line's counts (name, code of a refusal, count), as the metric filters of ``logs.yaml`` find them."""
    try:
        told = json.loads(line)
    except ValueError:
        return
    if isinstance(told, dict):
        for name in METRICS & told.keys():
            yield name, "", told[name]
        if "Refusals" in told:
            yield "Refusals", told["code"], told["Refusals"]


def dead_letters(sqs: "SQSClient", queues: Mapping[str, str]) -> dict[str, int]:
    """Return how many messages each of these queues holds."""
    counts = {}
    for name, url in queues.items():
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        counts[name] = int(told["Attributes"]["ApproximateNumberOfMessages"])
    return counts


def physical_names(place: Place) -> dict[str, str]:
    """Return physical names by logical ones: those of the stack's resources, its outputs, and its nested stacks'."""
    cloudformation = place.client("cloudformation")
    names: dict[str, str] = dict(place.outputs)
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=place.environment.stack):
        for resource in page["StackResourceSummaries"]:
            names[resource["LogicalResourceId"]] = resource["PhysicalResourceId"]
            if resource["ResourceType"] == "AWS::CloudFormation::Stack":
                [stack] = cloudformation.describe_stacks(StackName=resource["PhysicalResourceId"])["Stacks"]
                names |= {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
    return names
