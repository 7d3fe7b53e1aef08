"""From the previous release's templates to today's: nothing that holds data is replaced, and no name clashes."""

from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from infra import templates
from infra.templates import Template, Templates, stacks
from tests.upgrade import recorded

HOLDERS = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool")
NAMES = {"AWS::Logs::LogGroup": "LogGroupName"}
"""Types with a name that we give. CloudFormation creates before it deletes, so the same name elsewhere is taken."""
FOR_GOOD = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
"""What Cognito fixes when a pool is made, of which its schema says nothing ("Updating user pool configuration")."""


def by_place(whole: Templates) -> dict[tuple[str, str], dict[str, Any]]:
    """Every resource by the logical ids of its nested stack and its own."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for stack, resource in stacks(whole.root).items():
        inner: Template = whole.nested[resource["Properties"]["TemplateURL"]]
        found |= {(stack, name): r for name, r in inner["Resources"].items()}
    return found


OLD, NEW = by_place(recorded.templates()), by_place(templates.load())
KEPT = [place for place, resource in OLD.items() if resource["Type"] in HOLDERS]


def test_there_is_data_to_lose():
    assert {name for _, name in KEPT} == {"Log", "Directory", "UserFiles", "Media", "Users"}


@pytest.mark.parametrize("place", KEPT, ids=[name for _, name in KEPT])
def test_what_holds_data_is_updated_where_it_is(place: tuple[str, str]):
    old, new = OLD[place]["Properties"], NEW[place]["Properties"]
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", OLD[place]["Type"]).schema
    fixed = [*schema.get("createOnlyProperties", []), *schema.get("conditionalCreateOnlyProperties", [])]
    for name in [*(path.removeprefix("/properties/") for path in fixed), *FOR_GOOD]:
        assert old.get(name) == new.get(name), f"a change of {name} replaces {place}"


def test_a_table_changes_one_index_at_a_time_and_keeps_its_stream():
    """DynamoDB makes or deletes one index in an update ("Managing Global Secondary Indexes")."""
    for place in [p for p in KEPT if OLD[p]["Type"] == "AWS::DynamoDB::Table"]:
        old, new = OLD[place]["Properties"], NEW[place]["Properties"]
        indexes = [
            {i["IndexName"]: (i["KeySchema"], i["Projection"]) for i in t.get("GlobalSecondaryIndexes", [])}
            for t in (old, new)
        ]
        assert all(indexes[1][name] == kept for name, kept in indexes[0].items() if name in indexes[1])
        assert len(indexes[0].keys() ^ indexes[1].keys()) <= 1
        assert "StreamSpecification" not in old or old["StreamSpecification"] == new["StreamSpecification"]


def test_a_pool_keeps_its_attributes():
    old, new = (side["IdentityStack", "Users"]["Properties"]["Schema"] for side in (OLD, NEW))
    assert [a for a in old if a not in new] == []


def test_no_name_is_taken_while_it_moves():
    old, new = (
        {(r["Type"], str(r["Properties"][NAMES[r["Type"]]])): place for place, r in side.items() if r["Type"] in NAMES}
        for side in (OLD, NEW)
    )
    assert len(old) > 8
    assert {name: place for name, place in old.items() if name in new and new[name] != place} == {}
