"""The lines are what the metric filters of the templates read, and short."""

import io
import json
from typing import Any

import pytest

from parley.runtime.telemetry import Telemetry
from tests.handlers.cloudwatch import metrics_in


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def metrics(*found: dict[str, Any]) -> list[tuple[str, tuple[tuple[str, str], ...], float]]:
    """The metrics of lines: name, dimensions, value."""
    made = metrics_in(json.dumps(line) for line in found)
    return sorted((metric.name, metric.dimensions, value) for metric, value in made)


def test_counts_are_metrics_without_dimensions_and_zeros_are_none(
    telemetry: Telemetry, capsys: pytest.CaptureFixture[str]
):
    telemetry.correlate(connection="c=", id="1")
    telemetry.count(Sends=1, Deliveries=2, Repeats=0)
    telemetry.count(Conflicts=0)
    [line] = lines(capsys)
    assert metrics(line) == [("Deliveries", (), 2), ("Sends", (), 1)]
    assert line == {"connection": "c=", "id": "1", "Sends": 1, "Deliveries": 2}


def test_refusals_are_counted_by_code_and_the_next_line_is_not(
    telemetry: Telemetry, capsys: pytest.CaptureFixture[str]
):
    telemetry.correlate(connection="c=")
    telemetry.tally(Requests=1)
    telemetry.refused("not_found")
    telemetry.count(Marks=1)
    refused, marked = lines(capsys)
    assert metrics(refused) == [("Refusals", (("code", "not_found"),), 1), ("Requests", (), 1)]
    assert (metrics(marked), "code" in marked) == ([("Marks", (), 1)], False)


def test_a_failure_is_one_line_that_says_where_and_counts_as_what_the_client_was_told(
    telemetry: Telemetry, logged: io.StringIO, capsys: pytest.CaptureFixture[str]
):
    telemetry.correlate(connection="c=")
    telemetry.failed(ValueError("a text of a user"))
    telemetry.failed(ValueError("a text of a user"), code="unavailable")
    assert capsys.readouterr().out == "", "no line beside the log's"
    inner, told = [json.loads(line) for line in logged.getvalue().splitlines()]
    for line in (inner, told):
        assert (line["message"], line["error"], line["connection"]) == ("failed", "ValueError", "c=")
        assert "a text" not in json.dumps(line)
    assert metrics(inner) == [("Failures", (), 1)]
    assert metrics(told) == [("Failures", (), 1), ("Refusals", (("code", "unavailable"),), 1)]


def test_the_line_of_a_mark_is_short(telemetry: Telemetry, capsys: pytest.CaptureFixture[str]):
    telemetry.correlate(connection="L0SM9cOFvHcCIhw=", id="_17")
    telemetry.count(Marks=1, Deliveries=1)
    assert len(capsys.readouterr().out) < 80
