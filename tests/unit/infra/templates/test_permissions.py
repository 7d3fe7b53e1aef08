"""Least privilege: each function may do what it needs, on our own resources, and its callers are named."""

import json
import re

import pytest

from infra import templates
from tests.unit.infra.templates.whole import (
    FUNCTIONS,
    OFF,
    ROLES,
    STATEMENTS,
    WHOLE,
    as_list,
    evaluated,
    of_type,
    there,
)

MEDIA = ("UploadsRole", "ImagesRole", "CollectorRole")
"""The roles of the functions that verify and collect uploads."""


COPIERS = ("BackupRole", "ReplicationRole")
"""The roles of AWS Backup and of S3, which copy to another Region (test_recovery)."""

APPLICATIONS = {
    "ApnsApplication": "APNS/shop",
    "ApnsSandboxApplication": "APNS_SANDBOX/shop-dev",
    "FcmApplication": "GCM/app",
}


def test_every_function_has_a_role_of_its_own():
    roles = [f["Role"]["Fn::GetAtt"][0] for f in FUNCTIONS.values()]
    assert len(set(roles)) == len(FUNCTIONS)
    assert set(roles) == set(ROLES) - {"SignedInRole", "SmsRole", "EventsRole", "ShiftRole", *COPIERS}


def test_no_role_takes_a_ready_made_policy():
    assert not [name for name, role in ROLES.items() if "ManagedPolicyArns" in role]


def test_a_trace_may_be_sent_by_every_function_where_traces_are_on_and_by_none_otherwise():
    policies = {n: p for n, p in of_type("AWS::IAM::Policy").items() if n.endswith(templates.TRACES)}
    assert set(policies) <= there(
        {**OFF, "Tracing": "true", "LegacyHost": "db.example.com", "Analytics": "true", "CanaryUsers": "w,r"}
    )
    assert not set(policies) & there({**OFF, "Tracing": "false"})
    roles = [role["Ref"] for p in policies.values() for role in p["Roles"]]
    assert sorted(roles) == sorted(f["Role"]["Fn::GetAtt"][0] for f in FUNCTIONS.values())
    for policy in policies.values():
        [statement] = policy["PolicyDocument"]["Statement"]
        assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    mode = WHOLE["Globals"]["Function"]["Tracing"]
    assert evaluated(mode, {**OFF, "Tracing": "true"}) == "Active"
    assert evaluated(mode, OFF) == "PassThrough"


def test_every_action_is_named_whole():
    actions = [a for _, s in STATEMENTS for a in as_list(s["Action"])]
    assert not [a for a in actions if "*" in a]


def resource_of(statement):
    [resource] = as_list(statement["Resource"])
    return resource["Fn::Sub"] if isinstance(resource, dict) else resource


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_every_resource_is_one_of_ours(name, statement):
    if name == "SmsRole" or name in COPIERS:  # a phone number has no ARN
        return
    if all(action.startswith("ec2:") for action in as_list(statement["Action"])):
        assert (name, statement["Resource"]) == ("MigrationRole", "*")  # Lambda's interfaces have no name before
        return
    if name == "ShiftRole":  # CodeDeploy's: the functions of this environment, and alarms, which cannot be named
        assert re.search(r":function:parley-\$\{Environment\}-\*$|^\*$", str(resource_of(statement)))
        return
    for resource in as_list(statement["Resource"]):
        if "Fn::GetAtt" in resource or resource == {"Ref": "LegacySecretArn"}:
            continue
        arn = as_list(resource["Fn::Sub"])[0]
        if ":sns:" in arn:
            continue  # see below
        if arn == "${Directory.Arn}/index/*" or arn.startswith("${UserFiles.Arn}/"):
            continue
        if arn.startswith("${Media.Arn}/") or re.search(
            r":parameter/parley/\$\{Environment\}/(media-key|canary)$", arn
        ):
            continue
        if arn.startswith(("${Events.Arn}/", "${Archive.Arn}/packs/")) or (
            ":glue:" in arn and re.search(r":catalog$|/\$\{Database\}(/events)?$", arn)
        ):
            continue
        # Connections of our stage have no name before they exist.
        assert re.search(r"\$\{Api\}/\$\{StageName\}/(POST|DELETE)/@connections/\*$", arn)


def test_only_the_functions_that_need_a_table_may_touch_it():
    by_table: dict[str, set[str]] = {}
    for name, statement in STATEMENTS:
        for resource in as_list(statement["Resource"]):
            if "Fn::GetAtt" in resource and resource["Fn::GetAtt"] in (["Log", "Arn"], ["Directory", "Arn"]):
                by_table.setdefault(resource["Fn::GetAtt"][0], set()).add(name)
    assert all("BackupRole" in names for names in by_table.values())
    by_table = {table: names - {"BackupRole"} for table, names in by_table.items()}
    assert by_table == {
        "Log": {"MessageRole", "RestRole", "ExportRole", "ErasureRole", "ArchiverRole"},
        "Directory": {
            "ConnectRole",
            "DisconnectRole",
            "MessageRole",
            "NotifierRole",
            "ConfirmedRole",
            "RestRole",
            "ErasureRole",
            "ExportRole",
            "RecorderRole",
            "ArchiverRole",
            "RestoresRole",
            *MEDIA,
        },
    }


def test_nobody_may_scan_and_few_may_take_an_item_from_the_directory():
    actions = {a for _, s in STATEMENTS for a in as_list(s["Action"])}
    assert not actions & {"dynamodb:Scan", "dynamodb:DeleteTable"}
    deleting = [(name, s["Resource"]) for name, s in STATEMENTS if "dynamodb:DeleteItem" in as_list(s["Action"])]
    archive = {"ArchiverRole", "RestoresRole"}
    assert {name for name, _ in deleting} == {"RestRole", "NotifierRole", "ErasureRole", *archive, *MEDIA}
    assert all(resource == {"Fn::GetAtt": ["Directory", "Arn"]} for _, resource in deleting)


def test_every_invocation_is_allowed_to_one_caller():
    permissions = of_type("AWS::Lambda::Permission")
    called = [p["FunctionName"] for p in permissions.values()]
    names = {(n["Fn::If"][1] if "Fn::If" in n else n)["Ref"] for n in called}
    assert {name.removesuffix(".Alias") for name in names} == set(FUNCTIONS) - {
        "NotifierFunction",  # by its mapping
        "RecorderFunction",  # by its two
        "ExportFunction",  # by the HTTP function, whose role says so
    }
    assert all("SourceArn" in p for p in permissions.values())
    ofs3 = [p for p in permissions.values() if p["Principal"] == "s3.amazonaws.com"]
    assert [p["SourceAccount"] for p in ofs3] == [{"Ref": "AWS::AccountId"}] * 3


def test_who_may_do_what_with_media():
    may: dict[str, set[tuple[str, str]]] = {}
    for name, statement in STATEMENTS:
        for resource in as_list(statement["Resource"]):
            if isinstance(resource, dict) and "${Media.Arn}" in resource.get("Fn::Sub", ""):
                where = resource["Fn::Sub"].removeprefix("${Media.Arn}/")
                may.setdefault(name, set()).update((a.removeprefix("s3:"), where) for a in as_list(statement["Action"]))
    kinds = ("files/*", "images/*")
    assert may | {"ErasureRole": {("DeleteObject", "*")}} == {
        "ErasureRole": {("DeleteObject", "*")},
        "RestRole": {(a, k) for a in ("PutObject", "GetObject", "RestoreObject") for k in kinds}
        | {("GetObject", "thumbnails/*")},
        "UploadsObjects": {("GetObject", "files/*"), ("DeleteObject", "files/*"), ("DeleteObject", "thumbnails/*")},
        "ImagesObjects": {("GetObject", "images/*"), ("DeleteObject", "images/*")}
        | {("PutObject", "thumbnails/*"), ("DeleteObject", "thumbnails/*")},
        "CollectorRole": {("DeleteObject", "*")},
    }


def test_behind_cloudfront_thumbnails_are_not_the_http_functions_to_read():
    statements = ROLES["RestRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    (thumbnails,) = [s for s in statements if "thumbnails" in json.dumps(s)]
    assert evaluated(thumbnails, OFF)["Action"] == ["s3:GetObject"]
    assert evaluated(thumbnails, {**OFF, "MediaPublicKey": "PEM"}) is None


def test_who_may_do_what_with_users_own_files():
    may = {
        (name, action, resource["Fn::Sub"].removeprefix("${UserFiles.Arn}/"))
        for name, statement in STATEMENTS
        for resource in as_list(statement["Resource"])
        if isinstance(resource, dict) and "${UserFiles.Arn}" in resource.get("Fn::Sub", "")
        for action in as_list(statement["Action"])
    }
    own = "files/${!aws:PrincipalTag/user}/*"
    assert may == {
        *(("SignedInRole", f"s3:{verb}Object", own) for verb in ("Get", "Put", "Delete")),
        ("RestRole", "s3:GetObject", "exports/*"),  # for the links that it signs
        ("ExportRole", "s3:PutObject", "exports/*"),
        ("ExportRole", "s3:DeleteObject", "exports/*"),
        ("ErasureRole", "s3:DeleteObject", "*"),
    }


def test_who_may_do_what_with_the_archive():
    may = {
        (name, action, resource["Fn::Sub"].removeprefix("${Archive.Arn}/"))
        for name, statement in STATEMENTS
        for resource in as_list(statement["Resource"])
        if isinstance(resource, dict) and "${Archive.Arn}" in resource.get("Fn::Sub", "")
        for action in as_list(statement["Action"])
    }
    assert may == {
        ("ArchiverRole", "s3:PutObject", "packs/*"),
        ("ArchiverRole", "s3:GetObject", "packs/*"),
        ("RestRole", "s3:GetObject", "packs/*"),
        ("RestRole", "s3:RestoreObject", "packs/*"),
    }


def test_users_are_deleted_by_the_erasure_alone_and_archives_made_at_http_requests():
    by_action: dict[str, set[str]] = {}
    for name, statement in STATEMENTS:
        for action in as_list(statement["Action"]):
            by_action.setdefault(action, set()).add(name)
    assert by_action["cognito-idp:AdminDeleteUser"] == {"ErasureRole"}
    assert by_action["cognito-idp:AdminGetUser"] == {"ExportRole"}
    assert by_action["lambda:InvokeFunction"] == {"RestRole"}


@pytest.mark.parametrize("missing", [None, *APPLICATIONS])
def test_pushes_and_registrations_reach_the_endpoints_of_the_parameters_applications_alone(missing):
    prefix = "arn:aws:sns:eu-central-1:123456789012"
    given = {p: "" if p == missing else f"{prefix}:app/{name}" for p, name in APPLICATIONS.items()}
    names = ["none" if p == missing else name for p, name in APPLICATIONS.items()]
    applications = {f"{prefix}:app/{name}" for name in names}
    ours = applications | {f"{prefix}:endpoint/{name}/*" for name in names}
    about = [(n, s) for n, s in STATEMENTS if any("Endpoint" in a for a in as_list(s["Action"]))]
    assert {n for n, _ in about} == {"RestRole", "NotifierRole", "UploadsRole", "RestoresRole", "ErasureRole"}
    for _, statement in about:
        creates = statement["Action"] == ["sns:CreatePlatformEndpoint"]  # no endpoint has a name before it is there
        assert set(evaluated(statement["Resource"], OFF | given)) == (applications if creates else ours)
