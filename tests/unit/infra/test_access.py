"""The team's access, as its templates say it: what the IAM simulator is not asked (tests/e2e/test_access.py)."""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra import templates
from infra.access.__main__ import ROOT, main
from infra.flattening import flatten
from tests.unit.infra.templates.test_page import STACK
from tests.unit.infra.templates.whole import OFF, as_list, evaluated, in_any_case
from tests.unit.infra.templates.whole import RESOURCES as RESOURCES_OF_AN_ENVIRONMENT

RESOURCES: dict[str, Any] = flatten(templates.load(ROOT))["Resources"]
GROUPS = {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == "AWS::IAM::Group"}
ROLES = {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == "AWS::IAM::Role"}


def statements(properties: dict[str, Any]) -> list[dict[str, Any]]:
    return [s for p in properties.get("Policies", []) for s in p["PolicyDocument"]["Statement"]]


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_allows_nothing_but_to_assume_its_roles(name):
    assert GROUPS[name]["ManagedPolicyArns"] == [{"Ref": "OwnSignIn"}]
    assert {s["Action"] for s in statements(GROUPS[name])} == {"sts:AssumeRole"}


def test_a_builder_is_handed_to_cloudformation_only_and_by_those_it_is_for():
    passed = {
        (role, json.dumps(statement["Resource"]))
        for role, properties in ROLES.items()
        for statement in statements(properties)
        if "iam:PassRole" in statement["Action"]
        and statement["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
    }
    builder, open_builder = (json.dumps({"Fn::GetAtt": [name, "Arn"]}) for name in ("Builder", "OpenBuilder"))
    assert passed == {("PipelineRole", builder), ("Developer", open_builder)}


@pytest.mark.parametrize(("role", "builder"), [("PipelineRole", "Builder"), ("Developer", "OpenBuilder")])
def test_a_stack_is_changed_in_the_builders_role_and_no_other(role, builder):
    changes = [s for s in statements(ROLES[role]) if "cloudformation:CreateChangeSet" in s["Action"]]
    (condition,) = [s["Condition"] for s in changes]
    assert condition == {"StringEquals": {"cloudformation:RoleArn": {"Fn::GetAtt": [builder, "Arn"]}}}


def test_a_role_is_made_with_the_boundary_only():
    build = RESOURCES["Build"]["Properties"]["PolicyDocument"]["Statement"]
    (made,) = [s for s in build if s["Effect"] == "Allow" and "iam:CreateRole" in s["Action"]]
    assert made["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": {"Ref": "Boundary"}}}
    assert {"iam:PutRolePolicy", "iam:AttachRolePolicy"} <= set(made["Action"])
    taken_off = {"iam:DeleteRolePermissionsBoundary", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:*"}
    allowed = {a for s in build if s["Effect"] == "Allow" for a in s["Action"]}
    assert not taken_off & allowed


def test_every_role_of_an_environment_has_the_boundary_that_it_is_given():
    roles = [r["Properties"] for r in flatten(templates.load())["Resources"].values() if r["Type"] == templates.ROLE]
    assert len(roles) > 10
    for role in roles:
        bounded = {"Fn::If": ["Bounded", {"Ref": "PermissionsBoundaryArn"}, {"Ref": "AWS::NoValue"}]}
        assert role["PermissionsBoundary"] == bounded


def test_no_function_has_a_role_that_sam_makes_for_it():
    functions = [r for r in flatten(templates.load())["Resources"].values() if r["Type"] == templates.FUNCTION]
    assert all("Role" in f["Properties"] for f in functions)


def test_the_pipeline_writes_and_deletes_the_pages_files_and_those_of_no_other_bucket():
    (own,) = [s for s in statements(ROLES["PipelineRole"]) if "s3:DeleteObject" in s["Action"]]
    patterns = [r["Fn::Sub"].partition(":::")[2] for r in own["Resource"]]

    def reached(bucket):
        return any(fnmatchcase(name, pattern) for name in (bucket, f"{bucket}/index.html") for pattern in patterns)

    page = RESOURCES_OF_AN_ENVIRONMENT["PageFiles"]["Properties"]["BucketName"]
    assert reached(evaluated(page, {**OFF, "AWS::StackId": STACK, "Environment": "staging"}))
    others = [
        "parley-media-0a1b2c3d-0000-1111-2222-0123456789ab",
        "parley-a-page-b-datastack-1x2y-userfiles-0a1b2c3d4e5f",
    ]
    assert not [bucket for bucket in others if reached(bucket)]


def test_what_was_done_cannot_be_deleted():
    bucket, trail = RESOURCES["TrailBucket"]["Properties"], RESOURCES["Trail"]["Properties"]
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Mode"] == "COMPLIANCE"
    assert trail["EnableLogFileValidation"]
    assert trail["IsMultiRegionTrail"]


def test_the_boundary_allows_all_that_a_function_needs():
    """What the boundary does not name, no role has, however its policy reads."""
    boundary = RESOURCES["Boundary"]["Properties"]["PolicyDocument"]["Statement"]
    allowed = {a for s in boundary if s["Effect"] == "Allow" for a in s["Action"]}
    denied = {a for s in boundary if s["Effect"] == "Deny" and s["Resource"] == "*" for a in s["Action"]}
    roles = [r["Properties"] for r in flatten(templates.load())["Resources"].values() if r["Type"] == templates.ROLE]
    needed = {action for role in roles for s in in_any_case(statements(role)) for action in as_list(s["Action"])}
    assert "dynamodb:PutItem" in needed
    for action in needed:
        assert any(fnmatchcase(action, pattern) for pattern in allowed), action
        assert not any(fnmatchcase(action, pattern) for pattern in denied), action


def test_an_address_is_needed(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "--email" in capsys.readouterr().err
