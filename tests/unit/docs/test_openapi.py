"""The HTTP API's description is valid and complete, and says what a client needs about every operation."""

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from docs import gateway_responses
from docs.openapi import document

DOCUMENT = document()
OPERATIONS = {f"{m.upper()} {p}": o for p, ops in DOCUMENT["paths"].items() for m, o in ops.items()}


def test_it_is_openapi_3_1():
    assert DOCUMENT["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_operations_have_short_names_of_their_own():
    names = [o["operationId"] for o in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+){0,3}", name) for name in names)


@pytest.mark.parametrize("request_", OPERATIONS)
def test_an_operation_is_described(request_: str):
    operation = OPERATIONS[request_]
    assert set(operation["tags"]) <= set(gateway_responses.TAGS)
    assert 4 <= len(operation["summary"]) <= 80
    assert operation["description"].startswith(operation["summary"])
    assert all(answer["description"] for answer in operation["responses"].values())


@pytest.mark.parametrize("request_", OPERATIONS)
def test_every_refusal_is_a_problem_or_api_gateways_own(request_: str):
    answers: dict[str, Any] = OPERATIONS[request_]["responses"]
    assert {"400", "401", "403", "429", "503"} <= set(answers)
    assert "422" not in answers
    kinds = {"application/problem+json": "Problem", "application/json": "Told"}
    for status in [s for s in answers if s >= "400"]:
        told = {kind: content["schema"]["$ref"] for kind, content in answers[status]["content"].items()}
        assert told.items() <= {kind: f"#/components/schemas/{name}" for kind, name in kinds.items()}.items()
    assert set(answers["401"]["content"]) == set(kinds)


@pytest.mark.parametrize("request_", OPERATIONS)
def test_a_body_is_a_closed_type(request_: str):
    body = OPERATIONS[request_].get("requestBody")
    if body is None:
        return
    name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert DOCUMENT["components"]["schemas"][name]["additionalProperties"] is False


@pytest.mark.parametrize("request_", OPERATIONS)
def test_who_is_asked_for_a_version_is_told_one(request_: str):
    operation = OPERATIONS[request_]
    if any(p["name"] == "if-match" for p in operation.get("parameters", [])) and "200" in operation["responses"]:
        assert "ETag" in operation["responses"]["200"]["headers"]


def test_every_operation_wants_a_token():
    assert DOCUMENT["security"] == [{"token": []}]
    assert not [o for o in OPERATIONS.values() if "security" in o]


def test_nothing_is_described_that_nothing_refers_to():
    text = str(DOCUMENT)
    assert not [s for s in DOCUMENT["components"]["schemas"] if f"#/components/schemas/{s}'" not in text]
