"""The figures of ``make watch``: the most important ones of the dashboard (``infra/templates/dashboard.yaml``)."""

from msgspec import Struct

OURS = ""
"""Stands for the namespace of the environment's own metrics, ``Parley/<environment>``."""


class Figure(Struct, frozen=True):
    """One line of the watch.

    ``of`` are the dimensions, each with the logical id of a resource that gives its value; ``stat`` is CloudWatch's.
    Only figures of the namespace ``OURS`` can be read from what functions write, and so be had on a laptop.
    """

    group: str
    name: str
    metric: str
    namespace: str = OURS
    of: tuple[tuple[str, str], ...] = ()
    stat: str = "Sum"
    unit: str = ""


def _ours(group: str, *metrics: str) -> tuple[Figure, ...]:
    return tuple(Figure(group, metric, metric) for metric in metrics)


def _function(name: str, logical: str) -> tuple[Figure, ...]:
    of = (("FunctionName", logical),)
    percentiles = tuple(
        Figure("Functions", f"{name} {stat}", "Duration", "AWS/Lambda", of, stat, "ms")
        for stat in ("p50", "p95", "p99")
    )
    counts = tuple(Figure("Functions", f"{name} {m.lower()}", m, "AWS/Lambda", of) for m in ("Errors", "Throttles"))
    return percentiles + counts


def _table(logical: str) -> tuple[Figure, ...]:
    of = (("TableName", logical),)
    return tuple(
        Figure("Tables", f"{logical} {kind.lower()} units", f"Consumed{kind}CapacityUnits", "AWS/DynamoDB", of)
        for kind in ("Read", "Write")
    ) + tuple(
        Figure("Tables", f"{logical} {kind.lower()} throttles", f"{kind}ThrottleEvents", "AWS/DynamoDB", of)
        for kind in ("Read", "Write")
    )


FIGURES: tuple[Figure, ...] = (
    *_ours("Connections", "Connects", "Disconnects"),
    *_ours("Messages", "Sends", "Repeats", "Conflicts", "Marks", "Syncs", "Typing", "Requests"),
    *_ours("Deliveries", "Deliveries", "Redeliveries", "Pushes", "Notified", "Late", "Undelivered", "GoneConnections"),
    *_ours("Trouble", "Failures", "NotifyFailures", "PushesRefused", "ForgottenEndpoints"),
    *_function("message", "MessageFunction"),
    *_function("rest", "RestFunction"),
    *_function("notifier", "NotifierFunction"),
    Figure("Functions", "notifier iterator age", "IteratorAge", "AWS/Lambda", (("FunctionName", "NotifierFunction"),),
           "Maximum", "ms"),
    *_table("Log"),
    *_table("Directory"),
    Figure("Cost", "frames in and out", "MessageCount", "AWS/ApiGateway", (("ApiId", "Api"), ("Stage", "StageName"))),
)  # fmt: skip
