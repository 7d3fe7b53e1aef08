"""The figures come from CloudWatch on AWS and from the functions' lines on a laptop, and are shown as they are."""

import json
import time
from typing import Any

import boto3
import msgspec
import pytest
from botocore.stub import ANY, Stubber
from moto import mock_aws

from infra.local.sandbox import TimedLines
from infra.operate import watch
from infra.operate.figures import FIGURES, OURS
from infra.operate.samples import AwsMetrics, LocalMetrics, Sample
from infra.operate.watch import Screen
from parley.runtime.telemetry import Telemetry
from tests.unit.infra.templates import watched
from tests.unit.infra.templates.whole import RESOURCES

NAMES = {logical: f"physical-{logical}" for figure in FIGURES for _, logical in figure.of}


def test_every_figure_is_on_the_dashboard_too():
    shown = {(m.namespace, m.name, frozenset(m.dimensions)) for _, m, _ in watched.shown()}
    for figure in FIGURES:
        namespace = figure.namespace or watched.OURS
        of = {(name, "live" if logical == "StageName" else logical) for name, logical in figure.of}
        assert (namespace, figure.metric, frozenset(of)) in shown, figure.name
        assert all(logical in RESOURCES or logical == "StageName" for _, logical in figure.of)
    assert len({f.name for f in FIGURES}) == len(FIGURES)


def test_on_aws_each_figure_is_asked_for_as_the_dashboard_does_and_what_is_missing_is_nothing():
    cloudwatch = boto3.client("cloudwatch", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    found = [
        {"Id": "m0", "Label": "", "Values": [7.0]},
        {"Id": "refusals", "Label": "unavailable", "Values": [2.0]},
        {"Id": "refusals", "Label": "conflict", "Values": [0.0]},
    ]
    with Stubber(cloudwatch) as stub:
        asked = {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": ANY}
        stub.add_response("get_metric_data", {"MetricDataResults": found}, asked)
        values, refusals = AwsMetrics(cloudwatch, "Parley/dev", NAMES).read(FIGURES, 60)
    assert (values["Connects"], values["Sends"], values["message p99"]) == (7.0, 0.0, None)
    assert refusals == {"unavailable": 2.0}


def test_on_aws_a_figure_is_the_sum_of_its_metric_with_its_dimensions():
    from datetime import UTC, datetime, timedelta

    with mock_aws():
        cloudwatch = boto3.client("cloudwatch", "us-east-1")
        at = datetime.now(UTC) - timedelta(minutes=2)
        for value, table in ((3, NAMES["Log"]), (4, NAMES["Log"]), (100, "another")):
            data = {"MetricName": "ConsumedReadCapacityUnits", "Value": value, "Timestamp": at}
            data["Dimensions"] = [{"Name": "TableName", "Value": table}]
            cloudwatch.put_metric_data(Namespace="AWS/DynamoDB", MetricData=[data])
        [figure] = [f for f in FIGURES if f.name == "Log read units"]
        query = AwsMetrics(cloudwatch, "Parley/dev", NAMES)._query("m", figure, 600)
        told = cloudwatch.get_metric_data(
            MetricDataQueries=[query], StartTime=at - timedelta(minutes=9), EndTime=at + timedelta(minutes=1)
        )
    assert sum(told["MetricDataResults"][0]["Values"]) == 7


class Logs:
    """The embedded AWS's logs, with one group."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def describe_log_groups(self, **_: str) -> Any:
        return {"logGroups": [{"logGroupName": "/parley/local/functions"}]}

    def get_paginator(self, _: str) -> "Logs":
        return self

    def paginate(self, **_: Any) -> Any:
        return [{"events": [{"message": line} for line in self.lines]}]


def test_on_a_laptop_they_are_counted_from_the_lines_of_both_kinds_of_functions(tmp_path, capsys, monkeypatch):
    now = 1_796_060_000
    monkeypatch.setattr(time, "time_ns", lambda: now * 10**9)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "parley-watch")
    telemetry = Telemetry()
    telemetry.count(Sends=1, Deliveries=2)
    telemetry.refused("conflict")
    lines = capsys.readouterr().out.splitlines()
    telemetry.count(Notified=1, Pushes=1)
    with (tmp_path / "message.log").open("w") as file:
        written = TimedLines(file)
        written.write("\n".join(["no JSON", "[1]", '{"message": "INFO"}', *lines, lines[0]]))
        metrics = LocalMetrics(Logs(capsys.readouterr().out.strip()), tmp_path, lambda: now + 1)
        file.flush()
        values, refusals = metrics.read(FIGURES, 60)
        assert (values["Sends"], values["Deliveries"], values["Pushes"], values["Marks"]) == (1, 2, 1, 0)
        assert refusals == {"conflict": 1}
        assert values["message p50"] is None, "only AWS measures this"
        written.write(f"\n{lines[0]}\n")  # the end of the line that was half written before, and another
    assert metrics.read(FIGURES, 60)[0]["Sends"] == 3
    assert LocalMetrics(Logs(), tmp_path, lambda: now + 120).read(FIGURES, 60)[0]["Sends"] == 0


def sample(**figures: float | None) -> Sample:
    every: dict[str, float | None] = {f.name: 0.0 for f in FIGURES}
    return Sample("dev", "2026-11-30T12:00:00+00:00", 60, every | figures, {"conflict": 2.0}, {"Undelivered": 1})


def test_the_screen_shows_every_figure_with_its_history():
    screen = Screen(colours=False)
    screen.draw(sample(Sends=10))
    text = screen.draw(sample(Sends=1200, **{"message p50": None}))
    rows = {line.strip().partition("  ")[0]: line for line in text.splitlines() if line.startswith("  ")}
    assert rows.keys() >= {f.name for f in FIGURES} | {"conflict", "Undelivered"}
    assert rows["Sends"].split() == ["Sends", "1,200", "▁█"]
    assert rows["message p50"].split() == ["message", "p50", "-"]
    assert "\x1b" not in text


def test_what_should_not_be_is_red():
    lines = Screen(colours=True).draw(sample(Failures=1)).splitlines()
    red = [line for line in lines if line.startswith("\x1b[31m")]
    assert [line.split()[1] for line in red] == ["Failures", "Undelivered"]


def test_one_sample_as_json(monkeypatch, capsys):
    monkeypatch.setattr(watch, "find", lambda _: None)
    monkeypatch.setattr(watch, "sampler", lambda _, seconds: lambda: msgspec.structs.replace(sample(), seconds=seconds))
    assert watch.main(["dev", "--json", "--minutes", "5"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["environment"], told["seconds"], told["dead_letters"]) == ("dev", 300, {"Undelivered": 1})
    assert told["figures"].keys() == {f.name for f in FIGURES}


def test_what_is_wrong_is_one_line(capsys):
    assert watch.main(["nowhere"]) == 1
    assert capsys.readouterr().err.startswith("watch: there is no environment 'nowhere'")
    with pytest.raises(SystemExit):
        watch.main(["dev", "--minutes", "0"])
    assert "a number of minutes, from 1 to 180" in capsys.readouterr().err


def test_only_figures_of_ours_are_read_from_lines():
    assert {f.namespace for f in FIGURES if not f.of} == {OURS}
