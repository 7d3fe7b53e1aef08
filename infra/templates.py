"""Read the CloudFormation templates as data, with their short forms (``!Ref``) written out in full.

``infra/templates/parley.yaml`` is the root, and each of its nested stacks is in a file beside it. ``load`` is the one
place that inserts ``globals.yaml`` into the templates that have functions, and the permissions boundary into all roles,
that writes out loops, and that gives nested stacks their parameters by name. ``infra.flattening`` makes one template of
all of them.

``python -m infra.templates <directory> [root]`` writes the templates there as they are deployed, for cfn-lint.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from infra import encryption

Template = dict[str, Any]

ROOT = Path(__file__).parent / "templates" / "parley.yaml"
STACK = "AWS::CloudFormation::Stack"
FUNCTION = "AWS::Serverless::Function"
ROLE = "AWS::IAM::Role"
BOUNDARY = "PermissionsBoundaryArn"
"""The root's parameter with the policy that bounds every role (docs/access.md). Where it is empty, nothing does."""
_LOOP = "Fn::ForEach::"
KEYS = {"MessagesKey", "MediaKey", "ArchiveKey", "LogsKey"}
"""The root's parameters with keys of one's own (``infra.encryption``)."""
TRACES = "Traces"
"""How the names of the policies end that allow a stack's functions to send traces."""
ALIAS = "AutoPublishAlias"
"""The property of the functions that are called through an alias."""
ALIASED: Mapping[str, Any] = {
    "Release": {"Ref": "Release"},
    "Gradual": {"Ref": "Gradual"},
    "ShiftRoleArn": {"Fn::If": ["Gradually", {"Fn::GetAtt": ["DeploymentsStack", "Outputs.ShiftRoleArn"]}, ""]},
}
"""What the root gives the stacks of these functions."""
_GLOBALS = "globals.yaml"
_QUERIES = Path(__file__).parent / "analytics" / "queries"
NUMBERS: Mapping[str, int] = {"ConnectRate": 200, "ConnectBurst": 200, "ManyConnects": 9_600}
"""The numbers of ``!Number`` where no environment gives its own. A parameter will not do where CloudFormation passes a
property on as it is: its value is always text ("Parameters" in the CloudFormation user guide).
"""


class Templates(NamedTuple):
    """A root template, and the templates of its nested stacks by the ``TemplateURL`` that the root gives for each."""

    root: Template
    nested: Mapping[str, Template]


class _Loader(yaml.SafeLoader):
    """A loader for YAML with CloudFormation's tags."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


yaml.add_multi_constructor("!", _short_form, Loader=_Loader)


def parse(text: str) -> Template:
    """Return the content of the template."""
    template: Template = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader, with CloudFormation's tags besides
    return template


def dump(template: Template) -> str:
    """Return the template as text again. The text is JSON, which is also valid YAML."""
    return json.dumps(template)


def load(root: Path = ROOT, numbers: Mapping[str, int] = NUMBERS) -> Templates:
    """Return the root template and its nested ones, with the globals inserted wherever there are functions, the
    boundary wherever there are roles and the root has one, each ``!Number`` replaced by the number of that name, each
    ``!Query`` by the text of that query, each ``Fn::ForEach`` by what it repeats, and every parameter given to the
    nested stack that has it.

    Raises:
        KeyError: a template needs a number that is not given.
        ValueError: what a nested stack's parameter is follows from no name, or from several.
    """

    def read(file: str) -> Template:
        template: Template = _numbered(parse((root.parent / file).read_text(encoding="utf-8")), numbers)
        return {**template, "Resources": _written_out(template["Resources"])}

    common = _numbered(parse((ROOT.parent / _GLOBALS).read_text(encoding="utf-8")), numbers)
    whole = read(root.name)
    files = [r["Properties"]["TemplateURL"] for r in stacks(whole).values()]
    read_all = Templates(whole, {f: _with_aliases(common, _with(common, read(f))) for f in files})
    read_all = _passed_on(read_all, ALIASED)
    if KEYS & whole["Parameters"].keys():
        nested = {f: encryption.keyed(template) for f, template in read_all.nested.items()}
        read_all = Templates(encryption.told(read_all.root, nested, stacks(read_all.root)), nested)
    return _wired(_bounded(read_all) if BOUNDARY in whole["Parameters"] else read_all)


def stacks(root: Template) -> dict[str, dict[str, Any]]:
    """Return a template's nested stacks by logical id."""
    return {name: r for name, r in root["Resources"].items() if r["Type"] == STACK}


def addressed(root: Template, addresses: Mapping[str, str]) -> Template:
    """Return the root template with each nested file name replaced by the nested template's address."""
    resources = dict(root["Resources"])
    for name, stack in stacks(root).items():
        properties = stack["Properties"]
        resources[name] = {**stack, "Properties": {**properties, "TemplateURL": addresses[properties["TemplateURL"]]}}
    return {**root, "Resources": resources}


def _numbered(value: Any, numbers: Mapping[str, int]) -> Any:
    match value:
        case {"Fn::Number": name}:
            return numbers[name]
        case {"Fn::Query": name}:
            return (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")
        case dict():
            return {name: _numbered(inner, numbers) for name, inner in value.items()}
        case list():
            return [_numbered(inner, numbers) for inner in value]
    return value


def _written_out(resources: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resources with each loop replaced by one copy of its body for each value ("Fn::ForEach" in the
    CloudFormation user guide, of which this knows what we use: no loop within a loop, and ``${Name}`` alone).
    """
    found: dict[str, Any] = {}
    for name, resource in resources.items():
        if not name.startswith(_LOOP):
            found[name] = resource
            continue
        variable, values, body = resource
        for value in values:
            found |= json.loads(json.dumps(body).replace(f"${{{variable}}}", value))
    return found


def _with(common: Template, template: Template) -> Template:
    if not any(r["Type"] == FUNCTION for r in template["Resources"].values()):
        return template
    shared = {part: {**common[part], **template.get(part, {})} for part in ("Parameters", "Conditions")}
    return {**_with_tracing(template), **shared, "Globals": common["Globals"]}


def _with_tracing(template: Template) -> Template:
    """Return the template with what the roles of its functions need in order to send traces, where there are any.

    A trace has no ARN ("Actions, resources, and condition keys for AWS X-Ray" in the Service Authorization Reference).
    SAM would add a ready-made policy, but not to roles that it has not made.
    """
    functions = {n: r["Properties"] for n, r in template["Resources"].items() if r["Type"] == FUNCTION}
    # Named after one of the functions, since the flat template has a policy of each stack.
    name = f"{min(functions).removesuffix('Function')}{TRACES}"
    policy = {
        "Type": "AWS::IAM::Policy",
        "Metadata": {"checkov": {"skip": [{"id": "CKV_AWS_111", "comment": "A trace has no ARN"}]}},
        "Condition": "Traced",
        "Properties": {
            "PolicyName": "traces",
            "Roles": [{"Ref": role} for role in sorted(f["Role"]["Fn::GetAtt"][0] for f in functions.values())],
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                        "Resource": "*",
                    }
                ],
            },
        },
    }
    return {**template, "Resources": {**template["Resources"], name: policy}}


def _with_aliases(common: Template, template: Template) -> Template:
    """Return the template with what its functions with an alias have in common, if there are any."""
    resources = template["Resources"]
    aliased = {n: r for n, r in resources.items() if r["Type"] == FUNCTION and ALIAS in r["Properties"]}
    if not aliased:
        return template
    shared = common["Aliased"]
    more = {n: {**r, "Properties": {**r["Properties"], **shared["Properties"]}} for n, r in aliased.items()}
    parameters = {**template["Parameters"], **shared["Parameters"]}
    return {**template, "Parameters": parameters, "Resources": {**resources, **more}}


def _passed_on(ours: Templates, values: Mapping[str, Any]) -> Templates:
    """Return the templates with these values given by the root to every nested stack that has such a parameter."""
    resources = dict(ours.root["Resources"])
    for name, stack in stacks(ours.root).items():
        properties = stack["Properties"]
        wanted = ours.nested[properties["TemplateURL"]].get("Parameters", {})
        given = {n: value for n, value in values.items() if n in wanted}
        parameters = {**properties.get("Parameters", {}), **given}
        resources[name] = {**stack, "Properties": {**properties, "Parameters": parameters}}
    return Templates({**ours.root, "Resources": resources}, ours.nested)


def _wired(ours: Templates) -> Templates:
    """Return the templates with every parameter given to a nested stack that the root does not give itself: the root's
    parameter of that name, or another stack's output of that name.

    Raises:
        ValueError: there is neither, or there are several.
    """
    root, resources = ours.root, dict(ours.root["Resources"])
    files = {name: stack["Properties"]["TemplateURL"] for name, stack in stacks(root).items()}

    def value(stack: str, name: str) -> Any:
        if name in root["Parameters"]:
            several = root["Parameters"][name]["Type"] == "CommaDelimitedList"
            return {"Fn::Join": [",", {"Ref": name}]} if several else {"Ref": name}
        sources = [n for n, file in files.items() if n != stack and name in ours.nested[file].get("Outputs", {})]
        if len(sources) != 1:
            raise ValueError(f"{stack}: what {name} is must be said, since it is an output of {sources or 'no stack'}")
        return {"Fn::GetAtt": [sources[0], f"Outputs.{name}"]}

    for name, file in files.items():
        properties = resources[name]["Properties"]
        given = properties.get("Parameters", {})
        missing = ours.nested[file].get("Parameters", {}).keys() - given.keys()
        parameters = {**given, **{wanted: value(name, wanted) for wanted in sorted(missing)}}
        resources[name] = {**resources[name], "Properties": {**properties, "Parameters": parameters}}
    return Templates({**root, "Resources": resources}, ours.nested)


def _bounded(ours: Templates) -> Templates:
    """Return the templates with the boundary on every role."""
    return Templates(ours.root, {file: _with_boundary(template) for file, template in ours.nested.items()})


def _with_boundary(template: Template) -> Template:
    roles = {name: r for name, r in template["Resources"].items() if r["Type"] == ROLE}
    if not roles:
        return template
    boundary = {"Fn::If": ["Bounded", {"Ref": BOUNDARY}, {"Ref": "AWS::NoValue"}]}
    bounded = {n: {**r, "Properties": {**r["Properties"], "PermissionsBoundary": boundary}} for n, r in roles.items()}
    return {
        **template,
        "Parameters": {**template.get("Parameters", {}), BOUNDARY: {"Type": "String"}},
        "Conditions": {
            **template.get("Conditions", {}),
            "Bounded": {"Fn::Not": [{"Fn::Equals": [{"Ref": BOUNDARY}, ""]}]},
        },
        "Resources": {**template["Resources"], **bounded},
    }


def main(arguments: list[str]) -> int:
    """Run the command line."""
    directory = Path(arguments[0])
    directory.mkdir(parents=True, exist_ok=True)
    file = Path(arguments[1]) if len(arguments) > 1 else ROOT
    read = load(file)
    # The real addresses are known only at deployment.
    root = addressed(read.root, dict.fromkeys(read.nested, "https://s3.amazonaws.com/bucket/key"))
    for name, template in {file.name: root, **read.nested}.items():
        (directory / name).with_suffix(".json").write_text(json.dumps(template, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
