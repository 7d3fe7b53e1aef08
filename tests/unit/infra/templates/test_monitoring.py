"""Alarms and dashboard: they name metrics that exist, leave none out, and cost what is said."""

import ast
import json
import re
from itertools import combinations
from pathlib import Path

import pytest

from infra.environment import DIRECTORY
from parley.runtime.telemetry import METRICS
from tests.unit.infra.templates import watched
from tests.unit.infra.templates.whole import FUNCTIONS, OFF, RESOURCES, WHOLE, as_list, evaluated, of_type, there

ROOT = Path(__file__).parents[4]
ALARMS = watched.alarms()
COMPOSITES = watched.composites()
HALVES = {name for c in COMPOSITES.values() for name in re.findall(r'ALARM\("(\w+)"\)', c["AlarmRule"])}
"""The alarms that no one hears of by themselves."""

NAMED = [*watched.alarmed(), *((w["properties"]["title"], metric) for w, metric, _ in watched.shown())]


def exists(metric: watched.Metric) -> bool:
    names = frozenset(name for name, _ in metric.dimensions)
    if metric.namespace == watched.OURS:
        return metric.name in METRICS if not names else (names == {"code"} and metric.name == "Refusals")
    return names in watched.PUBLISHED.get((metric.namespace, metric.name), set())


@pytest.mark.parametrize(("where", "metric"), NAMED)
def test_every_metric_that_is_named_is_one_that_we_emit_or_that_aws_publishes(where, metric):
    assert exists(metric), where
    for name, value in metric.dimensions:
        of = {"FunctionName": FUNCTIONS, "TableName": {"Log", "Directory"}}.get(name, {value})
        assert value in of, where


def test_every_metric_that_we_emit_is_on_the_dashboard():
    ours = {metric.name for _, metric, _ in watched.shown() if metric.namespace == watched.OURS}
    assert ours == METRICS | {"Refusals"}


def test_the_list_of_our_metrics_is_what_the_code_emits():
    emitted, mentioned = set(), set()
    for path in (p for package in ("parley", "realtime", "rest", "workers") for p in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("count", "tally"):
                emitted |= {k.arg for k in node.keywords if k.arg}
        if path.name == "telemetry.py":
            mentioned |= set(re.findall(r'"(\w+)"', path.read_text().partition("class Telemetry")[2]))
        elif path.name == "uploads.py":
            mentioned |= {"MediaReady", "MediaRefused", "MediaArchived", *re.findall(r'"(Media\w+)"', path.read_text())}
    assert emitted <= METRICS
    assert METRICS - emitted == {
        *("Deliveries", "Redeliveries", "GoneConnections", "Undelivered", "Failures"),
        *("MediaReady", "MediaRefused", "MediaArchived", "MediaRepeats"),
    }
    assert METRICS - emitted <= mentioned


def test_every_metric_of_ours_is_made_by_a_filter_of_the_one_group_that_every_function_writes_to():
    made = {metric["MetricName"]: (pattern, metric["MetricValue"]) for pattern, metric in watched.filters()}
    assert made == {name: (f"{{ $.{name} = * }}", f"$.{name}") for name in METRICS | {"Refusals"}}
    assert len(made) <= 100, "CloudWatch Logs quotas, metric filters of a log group"
    group = evaluated(WHOLE["Globals"]["Function"]["LoggingConfig"]["LogGroup"], watched.ON)
    assert group == evaluated(RESOURCES["FunctionLogs"]["Properties"]["LogGroupName"], watched.ON)
    assert not [name for name, f in FUNCTIONS.items() if "LogGroup" in f.get("LoggingConfig", {})]
    assert {p["LogGroupName"]["Ref"] for p in of_type("AWS::Logs::MetricFilter").values()} == {"FunctionLogs"}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_functions_errors_are_an_alarm_and_its_percentiles_are_shown(function):
    named = (("FunctionName", function),)
    assert [a for a, metric in watched.alarmed() if metric[1:] == ("Errors", named) and a not in HALVES]
    stats = {w["properties"]["stat"] for w, m, _ in watched.shown() if m[1:] == ("Duration", named)}
    assert stats >= {"p50", "p95", "p99"}
    assert {m.name for _, m, _ in watched.shown() if m.dimensions == named} >= {"Errors", "Throttles"}


@pytest.mark.parametrize("queue", sorted(of_type("AWS::SQS::Queue")))
def test_a_message_in_a_dead_letter_queue_is_an_alarm_and_is_shown(queue):
    metric = watched.Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", (("QueueName", f"{queue}.QueueName"),))
    assert metric in [m for _, m in watched.alarmed()]
    assert metric in [m for _, m, _ in watched.shown()]


def test_without_an_address_there_is_no_alarm_and_nothing_to_pay_for():
    kinds = {"AWS::SNS::Topic", "AWS::SNS::TopicPolicy", watched.ALARM, watched.COMPOSITE, "AWS::CloudWatch::Dashboard"}
    ours = {name for name, r in RESOURCES.items() if r["Type"] in kinds}
    assert not ours & there(OFF)
    assert ours <= {name for name, r in RESOURCES.items() if "Condition" in r}
    mailed = there(OFF | {"AlarmEmail": "ops@example.com"})
    assert {"Alarms", "FailuresAlarm", "AnswersFast"} <= mailed
    assert not {"Dashboard", "SendsAnomalyAlarm", "ConnectsAnomalyAlarm", "ConnectQuotaAlarm"} & mailed
    assert ours <= there(watched.ON)


def test_alarms_mail_when_they_go_off_and_when_they_are_over():
    for name, alarm in {**ALARMS, **COMPOSITES}.items():
        told = ([], []) if name in HALVES else (["Alarms"], ["Alarms"])
        assert (alarm.get("AlarmActions", []), alarm.get("OKActions", [])) == told, name
    assert RESOURCES["Alarms"]["Properties"]["Subscription"] == [
        {"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}
    ]


def test_the_topic_takes_messages_of_this_environments_alarms_only():
    policy = evaluated(RESOURCES["AlarmsPolicy"]["Properties"], watched.ON)["PolicyDocument"]
    [statement] = policy["Statement"]
    [pattern] = as_list(statement["Condition"]["ArnLike"]["aws:SourceArn"])
    prefix = pattern.rpartition(":")[2].removesuffix("*")
    assert prefix == "parley-dev-"
    assert all(a["AlarmName"].startswith(prefix) for a in (*ALARMS.values(), *COMPOSITES.values()))
    names = [a["AlarmName"] for a in (*ALARMS.values(), *COMPOSITES.values())]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ALARMS)
def test_cloudwatch_takes_the_alarms_as_they_are(name):
    """The limits are in "PutMetricAlarm" and "Metric math alarm limits" of CloudWatch's reference and guide."""
    alarm = ALARMS[name]
    asked = watched.queries(alarm)
    stats = [q["MetricStat"] for q in asked if "MetricStat" in q]
    assert len(stats) <= 10
    if "ThresholdMetricId" not in alarm:
        assert len([q for q in asked if q.get("ReturnData", True)]) == 1
        assert float(alarm["Threshold"]) > 0
    [period] = {s["Period"] for s in stats}
    assert period * alarm["EvaluationPeriods"] <= 7 * 86400 if period >= 3600 else 86400
    assert all(re.fullmatch("[a-z][a-zA-Z0-9_]*", q["Id"]) for q in asked)
    assert alarm["TreatMissingData"] in {"notBreaching", "breaching", "ignore"}


WORKBOOK = {"Fast": (14.4, 3600, 300), "Slow": (6, 6 * 3600, 1800), "Steady": (1, 3 * 86400, 6 * 3600)}
"""Burn rate, long and short window in seconds: the SRE workbook, chapter 5, table 5-8."""


@pytest.mark.parametrize(("objective", "budget"), [("Answers", 0.001), ("Deliveries", 0.01)])
@pytest.mark.parametrize("kind", WORKBOOK)
def test_an_objectives_alarms_have_the_workbooks_windows_and_burn_rates(objective, budget, kind):
    burn, long, short = WORKBOOK[kind]
    name = f"{objective}{kind}"
    assert COMPOSITES[name]["AlarmRule"] == f'ALARM("{name}Long") AND ALARM("{name}Short")'
    for half, window in ((f"{name}Long", long), (f"{name}Short", short)):
        alarm = ALARMS[half]
        assert float(alarm["Threshold"]) == pytest.approx(burn * budget)
        assert {q["MetricStat"]["Period"] for q in alarm["Metrics"] if "MetricStat" in q} == {window}
        assert alarm["EvaluationPeriods"] == 1
    assert {json.dumps(q.get("Expression")) for q in ALARMS[f"{name}Long"]["Metrics"]} == {
        json.dumps(q.get("Expression")) for q in ALARMS[f"{name}Short"]["Metrics"]
    }


def monthly(names) -> float:
    """What alarms cost: $0.10 for each metric, three of them for an anomaly's band, and $0.50 for a composite alarm
    ("Amazon CloudWatch pricing").
    """
    dollars = 0.0
    for name in names:
        if name in COMPOSITES:
            dollars += 0.50
        else:
            metrics = sum("MetricStat" in q for q in watched.queries(ALARMS[name]))
            dollars += 0.10 * (3 if "ThresholdMetricId" in ALARMS[name] else metrics)
    return dollars


def test_what_alarms_cost_is_what_the_operators_are_told():
    said = (ROOT / "docs" / "operations.md").read_text()
    extra: dict[str, list[str]] = {
        "anomaly": [],
        "quota": [],
        "recorder": [],
        "unrecorded": [],
        "migration": [],
        "canary": [],
        "": [],
    }
    for name, alarm in {**ALARMS, **COMPOSITES}.items():
        kind = alarm["AlarmName"].removeprefix("parley-dev-").partition("-")[0]
        extra[kind if kind in extra else ""].append(name)
    assert f"the alarms cost ${monthly(extra['']):.2f} a month" in said
    assert f"`anomaly_alarms` ${monthly(extra['anomaly']):.2f}" in said
    assert f"`quota_alarms` ${monthly(extra['quota']):.2f}" in said
    assert f"analytics ${monthly(extra['recorder'] + extra['unrecorded']):.2f}" in said
    assert f"the canary ${monthly(extra['canary']):.2f}" in said
    assert f"a legacy database ${monthly(extra['migration']):.2f}" in said
    table = said.partition("### Alarms")[2].partition("\n## ")[0]
    for name, alarm in {**ALARMS, **COMPOSITES}.items():
        if name not in HALVES:
            assert f"`{alarm['AlarmName'].removeprefix('parley-dev-')}`" in table, name


def test_widgets_do_not_overlap():
    cells = [
        {(x, y) for x in range(w["x"], w["x"] + w["width"]) for y in range(w["y"], w["y"] + w["height"])}
        for w in watched.dashboard()
    ]
    assert all(x < 24 for cell in cells for x, _ in cell)
    assert not any(one & other for one, other in combinations(cells, 2))


def test_a_widgets_expressions_name_what_it_has():
    for widget in watched.dashboard():
        rows = [row[-1] for row in widget["properties"].get("metrics", []) if isinstance(row[-1], dict)]
        ids = {row["id"] for row in rows if "id" in row}
        for row in rows:
            if "expression" in row and "SEARCH" not in row["expression"]:
                assert set(re.findall(r"\b[a-z]\w*\b", row["expression"])) <= ids, row["expression"]


def test_dollars_on_the_dashboard_are_at_todays_prices_and_the_functions_own_memory():
    [widget] = [w for w in watched.dashboard() if "dollars" in w["properties"]["title"]]
    expressions = {r[-1]["label"]: r[-1]["expression"] for r in widget["properties"]["metrics"] if len(r) == 1}
    listed = json.loads((DIRECTORY.parent / "capacity" / "prices.json").read_text())["prices"]
    of = {"frames": "websocket_messages", "HTTP requests": "http_requests", "write units": "write_units"}
    of |= {"read units": "read_units", "log lines": "log_gb", "pushes": "pushes"}
    for label, price in of.items():
        assert f" {listed[price]['tiers'][0]['usd']}" in expressions[label].replace("1.00", "1.0").replace(
            "0.50", "0.5"
        )
    rates = {listed["lambda_gb_seconds"]["tiers"][0]["usd"], listed["lambda_requests"]["tiers"][0]["usd"]}
    assert rates <= {float(n) for n in re.findall(r"\d+\.\d+", expressions["Lambda"])}
    memory = re.findall(r"FILL\(d\d, 0\) \* ([\d.]+)", expressions["Lambda"])
    names = [m.dimensions[0][1] for w, m, _ in watched.shown() if w == widget and m.name == "Duration"]
    assert [float(m) * 1024 for m in memory] == [FUNCTIONS[n].get("MemorySize", 256) for n in names]
