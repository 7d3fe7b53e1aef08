"""There is one golden file per frame, so that the wire does not change unnoticed."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from docs import asyncapi
from realtime import frames, wire

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
COMMANDS = {t.__name__.lower(): t for t in wire.members(frames.AnyCommand)}


def test_every_frame_has_its_golden_file():
    names = {p.stem for p in GOLDEN}
    wanted = {f"command-{n}" for n in COMMANDS} | {f"frame-{t.__name__.lower()}" for t in wire.members(wire.AnyFrame)}
    assert {n.split(".")[0] for n in names} == wanted


@pytest.mark.parametrize("path", [p for p in GOLDEN if p.stem.startswith("command-")], ids=lambda p: p.stem)
def test_a_golden_command_is_parsed_and_written_as_it_is(path: Path):
    text = path.read_text()
    assert json.loads(msgspec.json.encode(frames.parse(text))) == json.loads(text)


@pytest.mark.parametrize("path", [p for p in GOLDEN if p.stem.startswith("frame-")], ids=lambda p: p.stem)
def test_a_golden_frame_is_written_as_it_is(path: Path):
    text = path.read_text()
    frame = msgspec.json.decode(text, type=wire.AnyFrame)
    assert json.loads(frames.encode(frame)) == json.loads(text)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_a_golden_frame_is_valid_by_the_published_schema(path: Path):
    document = asyncapi.document()
    kind = path.stem.split(".")[0].split("-")[1]
    name = next(n for n in document["components"]["messages"] if n.lower() == kind)
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema.validate(json.loads(path.read_text()), schema, cls=jsonschema.Draft202012Validator)


def test_the_published_schema_refuses_what_the_parser_refuses():
    document = asyncapi.document()
    schema = {"$ref": "#/components/schemas/Send", "components": document["components"]}
    golden = json.loads((Path(__file__).parent / "golden" / "command-send.json").read_text())
    for bad in ({**golden, "extra": 1}, {**golden, "id": "a\n"}, {k: v for k, v in golden.items() if k != "after"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema, cls=jsonschema.Draft202012Validator)


def test_the_generated_document_is_up_to_date():
    assert asyncapi.PATH.read_text() == json.dumps(asyncapi.document(), indent=2, ensure_ascii=False) + "\n"
