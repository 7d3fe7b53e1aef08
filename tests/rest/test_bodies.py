"""Bodies made to cost time and memory: they are refused before they are parsed, or at the first thing that is wrong."""

import json
import typing

import pytest
from pydantic import TypeAdapter, ValidationError

from docs import openapi
from parley.runtime import dependencies
from rest import app, entries, fields
from tests.rest.asking import Client, http

FEW = 40
"""More errors than this no small body has: no route takes more than 20 fields."""
MANY = 2_000


def bodies() -> list[type[fields.Closed]]:
    found = [fields.Closed]
    for model in found:
        found += model.__subclasses__()
    return [m for m in found[1:] if m.__module__.startswith("rest.")]


def wrong(model: type[fields.Closed], body: object) -> int:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(model).validate_python(body)
    return raised.value.error_count()


def routes() -> list[str]:
    paths = openapi.document()["paths"]
    return [f"{method.upper()} {path}" for path, operations in paths.items() for method, operation in operations.items()
            if "requestBody" in operation]  # fmt: skip


def test_there_are_bodies_to_judge():
    assert entries.Message in bodies()
    assert entries.Content in bodies()


@pytest.mark.parametrize("model", bodies())
def test_unknown_fields_are_refused_without_an_error_for_each(model: type[fields.Closed]):
    assert wrong(model, {f"x{n}": n for n in range(MANY)}) < FEW


@pytest.mark.parametrize("model", bodies())
def test_a_list_is_left_at_its_first_wrong_item(model: type[fields.Closed]):
    lists = [n for n, f in model.model_fields.items() if typing.get_origin(f.annotation) in {list, tuple, set, dict}]
    assert wrong(model, {"wrong": 0, **{name: [1] * MANY for name in lists}}) < FEW


def test_one_unknown_field_is_named(client: Client):
    answer = client.ask("alice", "PATCH /me", {"abuot": "x"})
    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert "abuot" in json.dumps(answer.body["errors"])


def test_unknown_fields_beside_all_known_ones_are_named(client: Client):
    known = dict.fromkeys(("name", "about", "photo", "locale", "category", "business", "availability"), "")
    answer = client.ask("alice", "PATCH /me", {**known, "abuot": "x"})
    assert "abuot" in json.dumps(answer.body["errors"])


@pytest.mark.parametrize("route", routes())
@pytest.mark.parametrize("body", ['{"x":"' + "y" * fields.BODY_LIMIT + '"}', "[" * (fields.BODY_LIMIT + 1),
                                  '"' + "é" * (fields.BODY_LIMIT // 2) + '"'])  # fmt: skip
def test_a_body_over_the_limit_is_refused_unread(
    client: Client, route: str, body: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fields, "json", None)  # whatever would parse the body fails
    path = route.replace("{conversation}", "dm:alice:bob").replace("{", "").replace("}", "")
    answer = client.ask("alice", path, body)
    assert (answer.status, answer.body["code"], answer.body["retryable"]) == (413, "too_large", False)


def test_an_encoded_body_over_the_limit_is_refused(deps: dependencies.Rest):
    event = http("PATCH", "/me", "IiAg" * fields.BODY_LIMIT)
    answer = app.respond({**event, "isBase64Encoded": True}, app.application(deps, lambda: 0), deps, None)
    assert answer["statusCode"] == 413


def test_a_body_at_the_limit_is_read(client: Client):
    body = json.dumps({"about": "x"})
    assert client.ask("alice", "PATCH /me", body + " " * (fields.BODY_LIMIT - len(body))).status == 200


def test_the_longest_message_is_read_even_if_every_character_is_escaped(client: Client):
    text = json.dumps("😀" * 7_900)
    assert client.ask("alice", "POST /conversations/dm:alice:bob/entries",
                      '{"id": "m", "after": 0, "body": {"text": ' + text + "}}").status == 201  # fmt: skip
