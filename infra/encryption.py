"""Inserts the keys of one's own into the templates: every log group is encrypted with the key for logs, and every role
may use the key of what it reads or writes, through the service that keeps it and in no other way.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Template = dict[str, Any]

USE = "KeyUse"
"""How the names of the policies end that allow a role to use a key."""
_KEYS = "keys.yaml"
_LOGS = "Logs"
_ROLE, _POLICY, _GROUP = "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::Logs::LogGroup"


class _Class(NamedTuple):
    """A class of data with a key, the service that keeps it, and how an ARN of it is recognised in a statement."""

    name: str
    service: str
    marks: tuple[str, ...]
    uses: Mapping[str, tuple[str, ...]]
    """What a role needs of KMS, by the beginning of the action that it may do with the data."""


_OBJECTS = {"s3:GetObject": ("kms:Decrypt",), "s3:PutObject": ("kms:Decrypt", "kms:GenerateDataKey")}
"""An upload in parts has to read, too ("Using server-side encryption with AWS KMS keys" in the S3 user guide)."""
_CLASSES = (
    # DynamoDB decrypts a table's key in the caller's name, whatever the call is ("DynamoDB encryption at rest").
    _Class("Messages", "dynamodb", ("Log", "Directory"), {"dynamodb:": ("kms:Decrypt",)}),
    _Class("Media", "s3", ("Media", "UserFiles"), _OBJECTS),
    _Class("Archive", "s3", ("Archive",), _OBJECTS),
)


def keyed(template: Template) -> Template:
    """Return a nested template with what its log groups and roles need where there is a key."""
    resources = dict(template["Resources"])
    used = set[str]()
    for name, resource in template["Resources"].items():
        if resource["Type"] == _GROUP:
            key = {"Fn::If": [f"{_LOGS}Keyed", {"Ref": f"{_LOGS}KeyArn"}, {"Ref": "AWS::NoValue"}]}
            resources[name] = {**resource, "Properties": {**resource["Properties"], "KmsKeyId": key}}
            used.add(_LOGS)
    for of in _CLASSES:
        for role, actions in _users(of, template).items():
            resources[f"{role.removesuffix('Role')}{of.name}{USE}"] = _policy(of, role, actions)
            used.add(of.name)
    parameters = {f"{name}{part}": {"Type": "String"} for name in sorted(used) for part in ("Key", "KeyArn")}
    conditions = {f"{name}Keyed": {"Fn::Not": [{"Fn::Equals": [{"Ref": f"{name}Key"}, ""]}]} for name in sorted(used)}
    if not used:
        return template
    return {
        **template,
        "Parameters": {**template.get("Parameters", {}), **parameters},
        "Conditions": {**template.get("Conditions", {}), **conditions},
        "Resources": resources,
    }


def told(root: Template, nested: Mapping[str, Template], stacks: Mapping[str, Any]) -> Template:
    """Return the root with the keys passed on to each of its stacks that asks for them."""
    resources = dict(root["Resources"])
    names = [name for name in (*(of.name for of in _CLASSES), _LOGS) if f"{name}Key" in root["Parameters"]]
    for stack, resource in stacks.items():
        properties = resource["Properties"]
        if properties["TemplateURL"] == _KEYS:
            continue
        asked = nested[properties["TemplateURL"]].get("Parameters", {})
        given = dict(properties["Parameters"])
        for name in names:
            if f"{name}Key" in asked:
                made = {"Fn::GetAtt": ["KeysStack", f"Outputs.{name}KeyArn"]}
                given[f"{name}Key"] = {"Ref": f"{name}Key"}
                given[f"{name}KeyArn"] = {"Fn::If": [f"{name}KeyMade", made, {"Ref": f"{name}Key"}]}
        resources[stack] = {**resource, "Properties": {**properties, "Parameters": given}}
    return {**root, "Resources": resources}


def _users(of: _Class, template: Template) -> dict[str, set[str]]:
    """Return what each role needs of KMS for a class of data."""
    found: dict[str, set[str]] = {}
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == _ROLE:
            roles, documents = [name], [p["PolicyDocument"] for p in properties.get("Policies", [])]
        elif resource["Type"] == _POLICY:
            roles, documents = [r["Ref"] for r in properties["Roles"]], [properties["PolicyDocument"]]
        else:
            continue
        needed = {use for statement in _statements(documents) for use in _needed(of, statement)}
        for role in roles if needed else []:
            found.setdefault(role, set()).update(needed)
    return found


def _statements(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the statements, including those that are there only on a condition."""
    if isinstance(value, list):
        for inner in value:
            yield from _statements(inner)
    elif isinstance(value, dict) and "Action" in value:
        yield value
    elif isinstance(value, dict):
        yield from _statements(list(value.values()))


def _needed(of: _Class, statement: Mapping[str, Any]) -> Iterator[str]:
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    text = json.dumps(statement["Resource"])
    if any(f'"{mark}' in text or f"${{{mark}" in text for mark in of.marks):
        for beginning, uses in of.uses.items():
            if any(action.startswith(beginning) for action in actions):
                yield from uses


def _policy(of: _Class, role: str, actions: set[str]) -> dict[str, Any]:
    via = {"Fn::Sub": f"{of.service}.${{AWS::Region}}.${{AWS::URLSuffix}}"}
    statement = {
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": {"Ref": f"{of.name}KeyArn"},
        "Condition": {"StringEquals": {"kms:ViaService": via}},
    }
    return {
        "Type": _POLICY,
        "Condition": f"{of.name}Keyed",
        "Properties": {
            "PolicyName": f"{of.name.lower()}-key",
            "Roles": [{"Ref": role}],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        },
    }
