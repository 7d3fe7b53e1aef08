"""A small CloudWatch for tests: it takes the lines that functions write, makes metrics of them by the templates'
filters, and tells in which state an alarm of the templates is, by the alarm's own definition. Sources: "Evaluating an
alarm", "Configuring how CloudWatch alarms treat missing data", "Using math expressions with CloudWatch metrics" and
"Creating a composite alarm" in its user guide, and "Filter pattern syntax for metric filters" in that of its logs.

The embedded AWS and moto evaluate neither math expressions nor composite alarms on them.
"""

import ast
import json
import operator
import re
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.unit.infra.templates import watched
from tests.unit.infra.templates.watched import Metric

_STATS: dict[str, Callable[[list[float]], float]] = {"Sum": sum, "Maximum": max}
_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
}


class CloudWatch:
    """Metrics, and the alarms on them. Times are in seconds."""

    def __init__(self, *, canary: bool = False) -> None:
        """``canary`` is whether there is one: its alarm goes off when nothing is heard of it."""
        self._points: dict[Metric, list[tuple[float, float]]] = defaultdict(list)
        self._held: dict[str, str] = {}
        everything = watched.alarms()
        self._alarms = {n: a for n, a in everything.items() if "ThresholdMetricId" not in a}  # a band has to be learnt
        if not canary:
            del self._alarms["CanaryAlarm"]
        self._composites = watched.composites()

    def put(self, metric: Metric, at: float, value: float = 1) -> None:
        """Take a data point."""
        insort(self._points[metric], (at, value))

    def take(self, lines: Iterable[str], at: float) -> None:
        """Take what functions have written, as of this time."""
        for metric, value in metrics_in(lines):
            self.put(metric, at, value)

    def alarmed(self, now: float) -> set[str]:
        """The alarms that mail and are in the state ALARM, by their names without the environment's prefix."""
        states = {name: self._state(name, alarm, now) for name, alarm in self._alarms.items()}
        self._held = states
        parts = {part for c in self._composites.values() for part in re.findall(r'ALARM\("(\w+)"\)', c["AlarmRule"])}
        on = {n: s == "ALARM" for n, s in states.items() if n not in parts}
        for name, composite in self._composites.items():
            rule = re.sub(r'ALARM\("(\w+)"\)', lambda m: str(states[m[1]] == "ALARM"), composite["AlarmRule"])
            terms = rule.split(" AND ")
            assert set(terms) <= {"True", "False"}, rule
            on[name] = all(term == "True" for term in terms)
        everything = {**self._alarms, **self._composites}
        return {everything[n]["AlarmName"].removeprefix("parley-dev-") for n, off in on.items() if off}

    def _state(self, name: str, alarm: Mapping[str, Any], now: float) -> str:
        values = [self._value(alarm, now, n) for n in range(alarm["EvaluationPeriods"])]
        missing = alarm["TreatMissingData"]
        if missing == "ignore" and all(v is None for v in values):
            return self._held.get(name, "INSUFFICIENT_DATA")
        breaks, threshold = _COMPARISONS[alarm["ComparisonOperator"]], float(alarm["Threshold"])
        breaching = [missing == "breaching" if v is None else breaks(v, threshold) for v in values]
        needed = alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"])
        return "ALARM" if sum(breaching) >= needed else "OK"

    def _value(self, alarm: Mapping[str, Any], now: float, ago: int) -> float | None:
        """The value that an alarm compares, so many periods ago; None if it is missing."""
        queries = {q["Id"]: q for q in watched.queries(dict(alarm))}
        [wanted] = [q["Id"] for q in queries.values() if q.get("ReturnData", True)]
        known: dict[str, float | None] = {}

        def value(id: str) -> float | None:
            if id not in known:
                query = queries[id]
                known[id] = (
                    _computed(query["Expression"], value) if "Expression" in query else self._stat(query, now, ago)
                )
            return known[id]

        return value(wanted)

    def _stat(self, query: Mapping[str, Any], now: float, ago: int) -> float | None:
        stat = query["MetricStat"]
        end = now - ago * stat["Period"]
        points = self._points.get(watched.metric_of(stat), [])
        first, last = (bisect_right(points, (at, float("inf"))) for at in (end - stat["Period"], end))
        inside = [value for _, value in points[first:last]]
        return _STATS[stat["Stat"]](inside) if inside else None


def metrics_in(lines: Iterable[str]) -> list[tuple[Metric, float]]:
    """What the templates' filters make of lines."""
    found: list[tuple[Metric, float]] = []
    for line in map(json.loads, lines):
        for pattern, made in watched.filters():
            [key] = re.findall(r"^\{ \$\.(\w+) = \* \}$", pattern)
            if key in line:
                value = line[made["MetricValue"].removeprefix("$.")]
                assert type(value) is int, "CloudWatch takes only numbers"
                of = {d["Key"]: line[d["Value"].removeprefix("$.")] for d in made.get("Dimensions", [])}
                found.append((Metric(made["MetricNamespace"], made["MetricName"], tuple(of.items())), value))
    return found


def _computed(expression: str, value: Callable[[str], float | None]) -> float | None:
    """The value of a math expression. What is computed from a missing value is missing, as is a division by zero."""

    def of(node: ast.expr) -> float | None:
        match node:
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.Name(id=name):
                return value(name)
            case ast.Call(func=ast.Name(id="FILL"), args=[series, instead]):
                found = of(series)
                return of(instead) if found is None else found
            case ast.Call(func=ast.Name(id="IF"), args=[condition, yes, no]):
                asked = of(condition)
                return None if asked is None else of(yes if asked else no)
            case ast.BinOp(left=one, op=sign, right=other) | ast.Compare(left=one, ops=[sign], comparators=[other]):
                left, right = of(one), of(other)
                if left is None or right is None or (isinstance(sign, ast.Div) and right == 0):
                    return None
                return _OPERATORS[type(sign)](left, right)
        raise ValueError(f"this is not an expression of the alarms: {ast.unparse(node)}")

    return of(ast.parse(expression, mode="eval").body)
