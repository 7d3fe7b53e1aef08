"""What the routes do not say of themselves, for it holds for all of them: API Gateway's own answers, and tags."""

import re
from collections.abc import Iterator
from typing import Any

TAGS = {
    "profiles": "What users tell of themselves.",
    "devices": "What a user is reached by with pushes.",
    "conversations": "The inbox, history, and sending without a socket.",
    "blocks": "Whom the caller takes nothing from.",
    "reports": "Telling the operators of what somebody does.",
    "media": "Files: uploaded to S3 and fetched from CloudFront, by addresses that are had here.",
    "data": "What an app keeps for its user, the same on all their devices.",
    "account": "All that is kept about the caller, and the end of it.",
}
_TOLD = {"application/json": {"schema": {"$ref": "#/components/schemas/Told"}}}
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_RETRY = {"Retry-After": {"description": "seconds", "schema": {"type": "integer", "minimum": 1}}}
_BY_THE_GATEWAY = {"401": "no valid token", "429": "too many requests at once", "503": "no answer in time"}
_UNUSED = {"422"}  # Powertools' own; here every wrong request is a 400


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The document with all of it, and without what nothing refers to."""
    for path, operations in document["paths"].items():
        if "patch" in operations:
            _drop_defaults(document, operations["patch"])
        for operation in operations.values():
            responses = operation["responses"]
            for status in _UNUSED & responses.keys():
                del responses[status]
            if "204" in responses:
                responses["204"].pop("content", None)
            if "{" in path:
                _add(responses, "404", "not_found")
            if "requestBody" in operation:
                _add(responses, "413", "too_large")
                _add(responses, "415", "unsupported")
                responses["413"]["content"] = {**responses["413"]["content"], **_TOLD}
            for status, why in _BY_THE_GATEWAY.items():
                known = responses.setdefault(status, {"description": "", "content": {}})
                known["content"] = {**known["content"], **_TOLD}
                known["description"] = ", ".join(d for d in (known["description"], f"or by API Gateway: {why}") if d)
            for status in {"429", "503"} & responses.keys():
                responses[status]["headers"] = _RETRY
            operation["responses"] = dict(sorted(responses.items()))
    used = {tag for operations in document["paths"].values() for o in operations.values() for tag in o["tags"]}
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items() if name in used]
    _drop_unused(document)
    return document


def _drop_defaults(document: dict[str, Any], patch: dict[str, Any]) -> None:
    """What is not there stays as it is, whatever a field's default is in the code."""
    for name in _references(patch["requestBody"]):
        for field in document["components"]["schemas"][name]["properties"].values():
            field.pop("default", None)


def _add(responses: dict[str, Any], status: str, code: str) -> None:
    responses.setdefault(status, {"description": code, "content": dict(_PROBLEM)})


def _drop_unused(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    needed, found = set[str](), set(_references(document["paths"]))
    while found - needed:
        needed |= found
        found = {name for known in needed for name in _references(schemas[known])}
    for name in schemas.keys() - needed:
        del schemas[name]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield re.sub("^#/components/schemas/", "", inner)
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
