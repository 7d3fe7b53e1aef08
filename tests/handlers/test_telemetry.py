"""The lines are CloudWatch's embedded metric format, and short."""

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


def named(line: dict[str, Any]) -> list[str]:
    return [m["Name"] for m in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]


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


def test_the_line_of_a_mark_is_short(telemetry: Telemetry, capsys: pytest.CaptureFixture[str]):
    telemetry.correlate(connection="L0SM9cOFvHcCIhw=", id="_17")
    telemetry.count(Marks=1, Deliveries=1)
    assert len(capsys.readouterr().out) < 230
