"""Nested templates are uploaded under their hashes, and the root gets their addresses; unchanged ones stay."""

import pytest
from botocore.stub import ANY

from infra import templates
from infra.deploy import stacks
from infra.templates import Templates

PARAMETERS = {"Name": "one"}
CODES = {"CodeKey": b"code"}
NEEDED = {name: {"Type": "String"} for name in ("CodeBucket", "CodeKey", "Name")} | {
    "Stage": {"Type": "String", "Default": "live"}
}


def topic(name):
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}


def ours(nested_name="nested"):
    """A root with a nested stack beside a topic of its own."""
    nested = {
        "Type": templates.STACK,
        "Properties": {"TemplateURL": "nested.yaml", "Parameters": {"Name": {"Ref": "Name"}}},
    }
    root = {"Parameters": NEEDED, "Resources": {"Own": topic({"Ref": "Name"}), "NestedStack": nested}}
    inner = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Topic": topic({"Fn::Sub": f"{nested_name}-${{Name}}"})},
    }
    return Templates(root, {"nested.yaml": inner})


@pytest.fixture
def bucket(aws):
    aws.s3.create_bucket(Bucket="bucket")
    return "bucket"


@pytest.fixture
def made(aws, bucket, said):
    """Deploy to moto. Returns the calls that CloudFormation got."""
    calls: list[str] = []
    aws.cloudformation.meta.events.register("before-call.cloudformation", lambda model, **_: calls.append(model.name))

    def run(what=None, parameters=PARAMETERS, codes=CODES):
        calls.clear()
        stacks.deploy(aws, "s", what or ours(), parameters, codes, bucket, said.append)
        return list(calls)

    return run


def uploaded(aws, prefix):
    listed = aws.s3.list_objects_v2(Bucket="bucket", Prefix=prefix).get("Contents", [])
    return {o["Key"]: aws.s3.get_object(Bucket="bucket", Key=o["Key"])["Body"].read() for o in listed}


def deployed_root(aws):
    body = aws.cloudformation.get_template(StackName="s")["TemplateBody"]
    return templates.parse(body) if isinstance(body, str) else body


def test_code_goes_to_the_bucket_and_the_stack_is_told_where(aws, made):
    made()
    parameters = aws.cloudformation.describe_stacks(StackName="s")["Stacks"][0]["Parameters"]
    given = {p["ParameterKey"]: p["ParameterValue"] for p in parameters}
    assert aws.s3.get_object(Bucket=given["CodeBucket"], Key=given["CodeKey"])["Body"].read() == b"code"


def test_every_template_is_uploaded_and_the_root_has_the_nested_ones_address(aws, made):
    made()
    url = deployed_root(aws)["Resources"]["NestedStack"]["Properties"]["TemplateURL"]
    key = url.partition("/bucket/")[2]
    assert url == f"{aws.s3.meta.endpoint_url}/bucket/{key}"
    there = uploaded(aws, "templates/")
    assert len(there) == 2
    assert templates.parse(there.pop(key).decode()) == ours().nested["nested.yaml"]
    (root,) = there.values()
    assert templates.parse(root.decode()) == deployed_root(aws)


def test_keys_are_by_content(aws, made):
    made()
    first = uploaded(aws, "")
    made()
    assert uploaded(aws, "") == first
    made(ours("other"))
    new = uploaded(aws, "").keys() - first.keys()
    assert len(new) == 2, "the nested template, and the root that names it"


def test_a_deployment_without_changes_makes_no_change_set(made, said):
    assert "CreateChangeSet" in made()
    assert not {"CreateChangeSet", "ExecuteChangeSet", "UpdateStack"} & set(made())
    assert said[-1] == "s is up to date"


@pytest.mark.parametrize(
    "changed",
    [
        {"what": ours("other")},
        {"parameters": {"Name": "two"}},
        {"parameters": {"Name": "one", "Stage": "other"}},
        {"codes": {"CodeKey": b"other code"}},
    ],
    ids=["nested template", "parameter", "default", "code"],
)
def test_whatever_changes_makes_a_change_set(made, changed):
    made()
    assert {"CreateChangeSet", "ExecuteChangeSet"} <= set(made(**changed))


def test_a_stack_that_was_rolled_back_is_deployed_again_though_its_template_is_ours(stub, aws, bucket, said):
    for _ in range(3):
        stub.state("UPDATE_ROLLBACK_COMPLETE")
    asked = ("StackName", "ChangeSetName", "ChangeSetType", "Capabilities", "Parameters", "TemplateURL")
    stub.answer("create_change_set", {}, dict.fromkeys(asked, ANY))
    stub.answer("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": [{}]})
    stub.answer("execute_change_set", {})
    for _ in range(3):
        stub.state("UPDATE_COMPLETE")
    target = stub.target._replace(s3=aws.s3)
    stacks.deploy(target, "s", ours(), PARAMETERS, CODES, bucket, said.append)
    stub.done()
