"""The root gives its nested stacks what they ask for, in a possible order. The flat template is the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra import templates
from infra.deploy import retained
from infra.flattening import flatten
from infra.templates import Templates

FILES = {path.name: path.read_text() for path in templates.ROOT.parent.glob("*.yaml")}
READ = templates.load()
STACKS = templates.stacks(READ.root)
NESTED = {name: READ.nested[stack["Properties"]["TemplateURL"]] for name, stack in STACKS.items()}
USED = set(re.findall(r"(\w+Stack)(?:\.|\", \")Outputs\.(\w+)", json.dumps(READ.root)))

STATEFUL = {
    *("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool", "AWS::KMS::Key"),
    "AWS::Backup::BackupVault",
}


def test_every_file_is_a_nested_stack_of_the_root():
    assert {"parley.yaml", "globals.yaml", *READ.nested} == set(FILES)


@pytest.mark.parametrize("stack", STACKS)
def test_the_root_gives_a_nested_stack_every_parameter_and_no_other(stack):
    assert set(STACKS[stack]["Properties"]["Parameters"]) == set(NESTED[stack]["Parameters"])


@pytest.mark.parametrize("stack", STACKS)
def test_a_nested_stack_uses_every_parameter(stack):
    body = json.dumps({part: value for part, value in NESTED[stack].items() if part != "Parameters"})
    for name in NESTED[stack]["Parameters"]:
        assert re.search(rf'"Ref": "{name}"|\$\{{{name}\}}', body), name


def test_every_output_that_the_root_uses_is_there_and_none_is_for_nothing():
    told = {(stack, output) for stack, template in NESTED.items() for output in template.get("Outputs", {})}
    assert told == USED


def test_no_nested_stack_needs_one_that_comes_after_it():
    before: set[str] = set()
    for name, stack in STACKS.items():
        assert set(re.findall(r"\b\w+Stack\b", json.dumps(stack))) <= before, name
        before.add(name)


def test_the_globals_are_in_one_file_and_reach_every_template_that_has_functions():
    assert [name for name, text in FILES.items() if re.search("^Globals:", text, re.MULTILINE)] == ["globals.yaml"]
    shared = templates.parse(FILES["globals.yaml"])["Globals"]
    for name, template in READ.nested.items():
        functions = [r for r in template["Resources"].values() if r["Type"] == templates.FUNCTION]
        assert template.get("Globals") == (shared if functions else None), name
        assert template.get("Transform") == ("AWS::Serverless-2016-10-31" if functions else None), name


def test_what_holds_state_is_apart_from_what_does_not_and_is_kept():
    kept = set()
    for file, template in READ.nested.items():
        for name, resource in template["Resources"].items():
            policies = resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")
            if resource["Type"] in STATEFUL and name not in retained.REBUILT:
                kept.add((file, name))
                assert policies == ("RetainExceptOnCreate", "Retain"), name
            else:
                assert policies in ((None, None), ("Delete", "Delete")), name
    assert kept == {
        ("data.yaml", "Log"),
        ("data.yaml", "Directory"),
        ("data.yaml", "UserFiles"),
        ("identity.yaml", "Users"),
        ("media.yaml", "Media"),
        ("archive.yaml", "Archive"),
        ("analytics.yaml", "Events"),
        ("keys.yaml", "KeyOfMessages"),
        ("keys.yaml", "KeyOfMedia"),
        ("keys.yaml", "KeyOfArchive"),
        ("keys.yaml", "KeyOfLogs"),
        ("recovery.yaml", "Vault"),
    }


def test_the_root_itself_holds_nothing_but_nested_stacks():
    assert {r["Type"] for r in READ.root["Resources"].values()} == {templates.STACK}


def test_flat_they_have_every_resource_once_and_the_roots_parameters_and_outputs():
    flat = flatten(READ)
    names = [name for template in NESTED.values() for name in template["Resources"]]
    assert sorted(names) == sorted(flat["Resources"])
    assert flat["Parameters"] == READ.root["Parameters"]
    assert set(flat["Outputs"]) == set(READ.root["Outputs"])
    refers = set(re.findall(r'"Ref": "([A-Za-z]+)"', json.dumps(flat)))
    assert refers <= flat["Resources"].keys() | flat["Parameters"].keys()
    assert "Stack.Outputs" not in json.dumps(flat)
    assert "Outputs." not in json.dumps(flat)


def test_what_is_written_for_the_linter_is_what_is_deployed_but_for_the_addresses(tmp_path):
    templates.main([str(tmp_path)])
    written = {f"{path.stem}.yaml": templates.parse(path.read_text()) for path in tmp_path.iterdir()}
    root = written.pop("parley.yaml")
    assert written == READ.nested
    given = {stack["Properties"]["TemplateURL"]: "here" for stack in templates.stacks(root).values()}
    assert templates.addressed(root, given) == templates.addressed(READ.root, dict.fromkeys(READ.nested, "here"))


def stack(url: str, **parameters: Any) -> dict[str, Any]:
    return {"Type": templates.STACK, "Properties": {"TemplateURL": url, "Parameters": parameters}}


TOPIC: dict[str, Any] = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}


def composed(directory: Path, **stacks: str) -> Templates:
    """A root with a parameter ``Shared`` and these nested stacks, each with this content."""
    resources = "".join(
        f"  {name}Stack: {{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: {name}.yaml}}}}\n"
        for name in stacks
    )
    (directory / "root.yaml").write_text(
        f"Parameters: {{Shared: {{Type: CommaDelimitedList}}}}\nResources:\n{resources}"
    )
    for name, content in stacks.items():
        (directory / f"{name}.yaml").write_text(f"Resources: {{}}\n{content}")
    return templates.load(directory / "root.yaml")


def test_a_nested_stacks_parameter_is_the_roots_or_the_one_output_of_that_name(tmp_path):
    source, user = "Outputs: {Made: {Value: x}}", "Parameters: {Made: {Type: String}, Shared: {Type: String}}"
    given = composed(tmp_path, A=source, B=user).root["Resources"]["BStack"]["Properties"]["Parameters"]
    assert given == {
        "Made": {"Fn::GetAtt": ["AStack", "Outputs.Made"]},
        "Shared": {"Fn::Join": [",", {"Ref": "Shared"}]},
    }
    with pytest.raises(ValueError, match="CStack: what Made is must be said"):
        composed(tmp_path, A=source, B=source, C="Parameters: {Made: {Type: String}}")
    with pytest.raises(ValueError, match="output of no stack"):
        composed(tmp_path, C="Parameters: {Made: {Type: String}}")


def test_a_loop_is_written_out_with_one_copy_of_its_body_for_each_value(tmp_path):
    loop = 'Resources: {"Fn::ForEach::All": [Name, [A, B], {"${Name}Topic": {Type: T, Properties: {Is: "${Name}"}}}]}'
    (tmp_path / "root.yaml").write_text(f"Parameters: {{}}\n{loop}\n")
    assert templates.load(tmp_path / "root.yaml").root["Resources"] == {
        f"{name}Topic": {"Type": "T", "Properties": {"Is": name}} for name in "AB"
    }


def test_a_parameter_becomes_what_is_given_and_an_output_what_it_stands_for():
    one: dict[str, Any] = {"Parameters": {"Name": {"Type": "String"}}, "Resources": {"Topic": TOPIC}}
    one["Outputs"] = {"Arn": {"Value": {"Ref": "Topic"}}}
    two: dict[str, Any] = {"Parameters": {"Arns": {"Type": "CommaDelimitedList"}}}
    two["Resources"] = {
        "Two": {"Type": "x", "Properties": {"All": {"Ref": "Arns"}, "Say": {"Fn::Sub": "it is ${!this}"}}}
    }
    arn = {"Fn::GetAtt": ["OneStack", "Outputs.Arn"]}
    root = {
        "Resources": {
            "OneStack": stack("one", Name="n"),
            "TwoStack": stack("two", Arns={"Fn::Join": [",", [arn, "b"]]}),
        },
        "Outputs": {"Address": {"Value": {"Fn::Sub": "to ${OneStack.Outputs.Arn}"}}},
    }
    assert flatten(Templates(root, {"one": one, "two": two})) == {
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "n"}},
            "Two": {"Type": "x", "Properties": {"All": [{"Ref": "Topic"}, "b"], "Say": {"Fn::Sub": "it is ${!this}"}}},
        },
        "Outputs": {"Address": {"Value": {"Fn::Sub": "to ${Topic}"}}},
    }


def test_a_list_may_depend_on_a_condition_and_be_made_of_another_list():
    two: dict[str, Any] = {"Parameters": {"All": {"Type": "CommaDelimitedList"}}}
    two["Resources"] = {"Two": {"Type": "x", "Properties": {"All": {"Ref": "All"}}}}
    several = {"Fn::Join": [",", {"Ref": "Several"}]}
    more = {"Fn::Join": [",", [several, "c"]]}
    root = {"Resources": {"TwoStack": stack("two", All={"Fn::If": ["More", more, several]})}}
    flat = flatten(Templates(root, {"two": two}))["Resources"]["Two"]["Properties"]["All"]
    assert flat == {"Fn::If": ["More", {"Fn::Split": [",", more]}, {"Ref": "Several"}]}


def test_two_different_things_of_one_name_cannot_be_flattened():
    nested = {"Parameters": {"Name": {"Type": "String"}}, "Resources": {"Topic": TOPIC}}
    root = {"Resources": {"OneStack": stack("t", Name="one"), "TwoStack": stack("t", Name="two")}}
    with pytest.raises(ValueError, match="Topic is not the same"):
        flatten(Templates(root, {"t": nested}))


def test_two_stacks_that_need_each_other_cannot_be_flattened():
    def needing(other):
        return stack("t", Name={"Fn::GetAtt": [other, "Outputs.Name"]})

    root = {"Resources": {"OneStack": needing("TwoStack"), "TwoStack": needing("OneStack")}}
    with pytest.raises(ValueError, match="need each other: OneStack, TwoStack"):
        flatten(Templates(root, {}))


NAMES = {"BucketName", "FunctionName", "LogGroupName", "Name", "QueueName", "RoleName", "TableName", "TopicName"}
OF_ITS_PARENT = {
    "AWS::Athena::NamedQuery",
    "AWS::Glue::Table",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
}
"""What is named after something else, which has a name of its own."""


def _names(value: Any, key: str = "") -> list[Any]:
    """Every name that a resource or a part of it gives itself."""
    if isinstance(value, dict) and not any(k.startswith(("Fn::", "Ref")) for k in value):
        return [name for k, inner in value.items() for name in _names(inner, k)]
    return [value] if key in NAMES else []


def _refers(name: Any, resources: dict[str, Any]) -> bool:
    """Whether it is no name that is given, but that of another resource."""
    return isinstance(name, dict) and name.get("Ref") in resources


def test_what_two_environments_in_one_account_have_cannot_clash():
    """A name of ours has the environment or the stack in it. All others are CloudFormation's, from the stack's."""
    resources = flatten(READ)["Resources"]
    own = [r for r in resources.values() if r["Type"] not in OF_ITS_PARENT]
    named = [n for r in own for n in _names(r.get("Properties", {})) if not _refers(n, resources)]
    assert len(named) > 10
    for name in named:
        assert re.search(r"\$\{Environment\}|\"Ref\": \"Environment\"|AWS::StackId", json.dumps(name)), name
    assert not [o for t in READ.nested.values() for o in t.get("Outputs", {}).values() if "Export" in o]


def test_the_condition_of_a_nested_stack_is_one_of_each_of_its_resources():
    thing: dict[str, Any] = {"Type": "x"}
    nested: dict[str, Any] = {
        "Parameters": {"Name": {"Type": "String"}},
        "Conditions": {"Named": {"Fn::Equals": [{"Ref": "Name"}, "n"]}},
        "Resources": {"Plain": thing, "Picky": {**thing, "Condition": "Named"}},
    }
    root = {"Resources": {"OneStack": {**stack("t", Name="n"), "Condition": "On"}}, "Conditions": {"On": "maybe"}}
    assert flatten(Templates(root, {"t": nested})) == {
        "Resources": {"Plain": {**thing, "Condition": "On"}, "Picky": {**thing, "Condition": "OnAndNamed"}},
        "Conditions": {
            "On": "maybe",
            "Named": {"Fn::Equals": ["n", "n"]},
            "OnAndNamed": {"Fn::And": [{"Condition": "On"}, {"Condition": "Named"}]},
        },
    }
