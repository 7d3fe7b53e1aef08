"""The metrics that the templates' alarms and dashboard name, and those that AWS publishes."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.unit.infra.templates.whole import OFF, RESOURCES, evaluated, of_type

ENVIRONMENT = "dev"
ON = OFF | {
    "Environment": ENVIRONMENT,
    "AlarmEmail": "ops@example.com",
    "Dashboard": "true",
    "AnomalyAlarms": "true",
    "QuotaAlarms": "true",
    "Analytics": "true",
    "LegacyHost": "db.example.com",
    "CanaryUsers": "w,r",
}
OURS = f"Parley/{ENVIRONMENT}"

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"

_FUNCTION = frozenset({"FunctionName"})
_STAGE = frozenset({"ApiId", "Stage"})
_HTTP = frozenset({"ApiId"})
_TABLE = frozenset({"TableName"})
_INDEX = frozenset({"TableName", "GlobalSecondaryIndexName"})
PUBLISHED: dict[tuple[str, str], set[frozenset[str]]] = {
    # Lambda developer guide, "Types of metrics for Lambda functions"; ConcurrentExecutions without a dimension is the
    # account's.
    **{("AWS/Lambda", m): {_FUNCTION} for m in ("Invocations", "Errors", "Throttles", "Duration", "IteratorAge")},
    ("AWS/Lambda", "ConcurrentExecutions"): {frozenset(), _FUNCTION},
    # API Gateway developer guide, "Monitor WebSocket API execution with CloudWatch metrics" …
    **{
        ("AWS/ApiGateway", m): {_HTTP, _STAGE}
        for m in ("ConnectCount", "MessageCount", "IntegrationError", "ClientError", "ExecutionError")
    },
    ("AWS/ApiGateway", "IntegrationLatency"): {_HTTP, _STAGE},
    # … and "Monitor CloudWatch metrics for HTTP APIs".
    **{("AWS/ApiGateway", m): {_HTTP, _STAGE} for m in ("4xx", "5xx", "Count", "Latency", "DataProcessed")},
    # DynamoDB developer guide, "DynamoDB metrics and dimensions".
    **{
        ("AWS/DynamoDB", f"{m}{unit}"): {_TABLE, _INDEX}
        for m, unit in [("ConsumedRead", "CapacityUnits"), ("ConsumedWrite", "CapacityUnits")]
    },
    **{("AWS/DynamoDB", m): {_TABLE, _INDEX} for m in ("ReadThrottleEvents", "WriteThrottleEvents")},
    # SQS developer guide, "Available CloudWatch metrics for Amazon SQS".
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {frozenset({"QueueName"})},
    # CloudWatch Logs user guide, "Monitoring with CloudWatch metrics".
    ("AWS/Logs", "IncomingBytes"): {frozenset({"LogGroupName"})},
}
"""AWS's own metrics, and the sets of dimensions under which it publishes them."""


def filters() -> list[tuple[str, dict[str, Any]]]:
    """Return the pattern of each metric filter, with the metric that it makes."""
    found = [evaluated(p, ON) for p in of_type("AWS::Logs::MetricFilter").values()]
    return [(f["FilterPattern"], made) for f in found for made in f["MetricTransformations"]]


class Metric(NamedTuple):
    """A metric, with its dimensions in order."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


def alarms(parameters: dict[str, Any] = ON) -> dict[str, dict[str, Any]]:
    """The properties of the alarms on metrics, by logical id, with these parameters."""
    return {name: evaluated(properties, parameters) for name, properties in of_type(ALARM).items()}


def composites(parameters: dict[str, Any] = ON) -> dict[str, dict[str, Any]]:
    """The same of the composite alarms. Their rules name the others by their logical ids, as a Ref is left here."""
    return {name: evaluated(properties, parameters) for name, properties in of_type(COMPOSITE).items()}


def queries(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """What an alarm asks for, in the long form, in which an alarm on one metric has a query too."""
    if "Metrics" in alarm:
        return list(alarm["Metrics"])
    metric = {n: alarm[n] for n in ("Namespace", "MetricName", "Dimensions") if n in alarm}
    return [{"Id": "m", "MetricStat": {"Stat": alarm["Statistic"], "Period": alarm["Period"], "Metric": metric}}]


def _named(value: Any) -> str:
    """A dimension's value, in which an attribute of a resource is written as in a text."""
    return ".".join(value["Fn::GetAtt"]) if isinstance(value, dict) else str(value)


def metric_of(stat: dict[str, Any]) -> Metric:
    """The metric of a query's MetricStat."""
    metric = stat["Metric"]
    dimensions = tuple((d["Name"], _named(d["Value"])) for d in metric.get("Dimensions", []))
    return Metric(metric["Namespace"], metric["MetricName"], dimensions)


def alarmed() -> Iterator[tuple[str, Metric]]:
    """Each alarm's metrics."""
    for name, alarm in alarms().items():
        for query in queries(alarm):
            if "MetricStat" in query:
                yield name, metric_of(query["MetricStat"])


def dashboard() -> list[dict[str, Any]]:
    """The widgets."""
    body = evaluated(RESOURCES["Dashboard"]["Properties"], ON)["DashboardBody"]
    return list(json.loads(body)["widgets"])


def shown() -> Iterator[tuple[dict[str, Any], Metric, dict[str, Any]]]:
    """Each metric of the dashboard, with its widget and its own settings."""
    for widget in dashboard():
        for row in widget["properties"].get("metrics", []):
            settings = row[-1] if isinstance(row[-1], dict) else {}
            for text in re.findall(r"""\{"([^"]+)",(\w+)\} MetricName="(\w+)""", settings.get("expression", "")):
                yield widget, Metric(text[0], text[2], ((text[1], "*"),)), settings
            if "expression" not in settings:
                namespace, name, *rest = [part for part in row if not isinstance(part, dict)]
                yield widget, Metric(namespace, name, tuple(zip(rest[::2], rest[1::2], strict=True))), settings
