"""clients/SPEC.md describes the client as it is."""

import re
from pathlib import Path

import pytest
from parley_client.live import sqlite_store
from parley_client.protocol import constants
from parley_client.protocol.events import State

SPEC = (Path(__file__).parents[4] / "clients" / "SPEC.md").read_text(encoding="utf-8")
CONSTANTS = {name: value for name, value in vars(constants).items() if name.isupper()}
STATED = dict(re.findall(r"^\| `([A-Z_]+)` \| ([\d.,]+)", SPEC, flags=re.MULTILINE))


@pytest.mark.parametrize("name", CONSTANTS)
def test_every_number_is_stated_as_it_is(name):
    assert float(STATED[name].replace(",", "")) == CONSTANTS[name]


def test_no_number_is_stated_that_is_none_of_ours():
    assert set(STATED) == set(CONSTANTS)


def test_the_schema_is_the_one_the_store_is_made_with():
    schema = Path(sqlite_store.__file__).with_name("schema.sql").read_text(encoding="utf-8")
    for table in re.findall(r"CREATE TABLE (\w+)", schema):
        assert f"`{table}`" in SPEC


def test_every_state_is_described():
    for state in State:
        assert f"**{state.value}**" in SPEC
