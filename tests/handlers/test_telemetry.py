"""The lines are CloudWatch's embedded metric format, and short."""

import io
import json
from typing import Any

import jsonschema
import pytest

from parley.runtime.telemetry import Telemetry

_DIRECTIVE = {
    "type": "object",
    "required": ["Namespace", "Dimensions", "Metrics"],
    "properties": {
        "Namespace": {"type": "string", "minLength": 1, "maxLength": 255},
        "Dimensions": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "array", "minItems": 0, "maxItems": 9, "items": {"type": "string", "minLength": 1}},
        },
        "Metrics": {
            "type": "array",
            "items": {"type": "object", "required": ["Name"], "properties": {"Name": {"type": "string"}}},
        },
    },
}
FORMAT = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {"type": "array", "items": _DIRECTIVE},
            },
        }
    },
}
"""From the schema in the CloudWatch user guide, "Specification: Embedded metric format"."""


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines, each of which must be in the format, with a number or a text for whatever it names."""
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for line in found:
        jsonschema.validate(line, FORMAT)
        [directive] = line["_aws"]["CloudWatchMetrics"]
        assert all(type(line[m["Name"]]) is int for m in directive["Metrics"])
        assert all(type(line[name]) is str for names in directive["Dimensions"] for name in names)
    return found


def named_in(directive: dict[str, Any]) -> list[str]:
    return [m["Name"] for m in directive["Metrics"]]


def named(line: dict[str, Any]) -> list[str]:
    return named_in(line["_aws"]["CloudWatchMetrics"][0])


def test_counts_are_metrics_without_dimensions_and_zeros_are_none(
    telemetry: Telemetry, capsys: pytest.CaptureFixture[str]
):
    telemetry.correlate(connection="c=", id="1")
    telemetry.count(Sends=1, Deliveries=2, Repeats=0)
    telemetry.count(Conflicts=0)
    [line] = lines(capsys)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]
    assert named(line) == ["Sends", "Deliveries"]
    assert (line["Sends"], line["Deliveries"], line["connection"], line["id"]) == (1, 2, "c=", "1")


def test_refusals_are_counted_by_code_and_the_next_line_is_not(
    telemetry: Telemetry, capsys: pytest.CaptureFixture[str]
):
    telemetry.correlate(connection="c=")
    telemetry.tally(Requests=1)
    telemetry.refused("not_found")
    telemetry.count(Marks=1)
    refused, marked = lines(capsys)
    assert (refused["_aws"]["CloudWatchMetrics"][0]["Dimensions"], refused["code"]) == ([["code"]], "not_found")
    assert named(refused) == ["Requests", "Refusals"]
    assert (named(marked), "code" in marked) == (["Marks"], False)


def test_a_failure_is_one_line_that_says_where_and_counts_as_what_the_client_was_told(
    telemetry: Telemetry, logged: io.StringIO, capsys: pytest.CaptureFixture[str]
):
    telemetry.correlate(connection="c=")
    telemetry.failed(ValueError("a text of a user"))
    telemetry.failed(ValueError("a text of a user"), code="unavailable")
    assert capsys.readouterr().out == "", "no line beside the log's"
    inner, told = [json.loads(line) for line in logged.getvalue().splitlines()]
    for line in (inner, told):
        jsonschema.validate(line, FORMAT)
        assert (line["message"], line["error"], line["connection"]) == ("failed", "ValueError", "c=")
        assert "a text" not in json.dumps(line)
    assert [(d["Dimensions"], named_in(d)) for d in inner["_aws"]["CloudWatchMetrics"]] == [([[]], ["Failures"])]
    assert [(d["Dimensions"], named_in(d)) for d in told["_aws"]["CloudWatchMetrics"]] == [
        ([[]], ["Failures"]),
        ([["code"]], ["Refusals"]),
    ]
    assert (told["Failures"], told["Refusals"], told["code"]) == (1, 1, "unavailable")


def test_the_line_of_a_mark_is_short(telemetry: Telemetry, capsys: pytest.CaptureFixture[str]):
    telemetry.correlate(connection="L0SM9cOFvHcCIhw=", id="_17")
    telemetry.count(Marks=1, Deliveries=1)
    assert len(capsys.readouterr().out) < 230
