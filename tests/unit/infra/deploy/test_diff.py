"""A diff says what is added, changed, replaced and removed, in nested stacks too, and leaves nothing behind."""

import pytest
from botocore.stub import ANY

from infra.deploy.changes import Change
from infra.deploy.diff import main, preview, report
from infra.deploy.stacks import Uploaded
from tests.unit.infra.stub import status

UPLOADED = Uploaded({"Resources": {"DataStack": {"Type": "AWS::CloudFormation::Stack"}}}, {"TemplateURL": "u"}, {})


def resource(name, kind, action, **more):
    change = {"LogicalResourceId": name, "ResourceType": kind, "Action": action, **more}
    return {"Type": "Resource", "ResourceChange": change}


def detail(name, attribute="Properties"):
    return {"Target": {"Attribute": attribute, **({"Name": name} if name else {})}}


def proposed(stub, changes, *nested):
    stub.state("UPDATE_COMPLETE")  # it can be changed
    stub.state("UPDATE_COMPLETE")  # it is not deployed as it is
    stub.answer("get_template", {"TemplateBody": "{}"})
    stub.state("UPDATE_COMPLETE")
    stub.state("UPDATE_COMPLETE")
    asked = dict.fromkeys(("StackName", "ChangeSetName", "ChangeSetType", "Capabilities", "Parameters"), ANY)
    stub.answer("create_change_set", {}, {**asked, "TemplateURL": "u", "IncludeNestedStacks": True})
    stub.answer("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": changes})
    for page in (changes, *nested):
        stub.answer("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": page})
    stub.answer("delete_change_set", {})


def test_what_would_happen_to_each_resource_is_told_and_the_change_set_is_deleted(stub):
    nested = resource(
        "DataStack",
        "AWS::CloudFormation::Stack",
        "Modify",
        PhysicalResourceId="arn:aws:cloudformation:us-east-1:123456789012:stack/s-DataStack/1",
        ChangeSetId="arn:aws:cloudformation:us-east-1:123456789012:changeSet/d/1",
    )
    inner = [
        resource("Log", "AWS::DynamoDB::Table", "Modify", Replacement="True", Details=[detail("KeySchema")] * 2),
        resource("Topic", "AWS::SNS::Topic", "Modify", Replacement="False", Details=[detail(None, "Tags")]),
    ]
    proposed(
        stub, [nested, resource("Old", "AWS::SQS::Queue", "Remove"), resource("New", "AWS::SQS::Queue", "Add")], inner
    )
    assert preview(stub.target, "s", UPLOADED) == [
        Change("DataStack", "Log", "AWS::DynamoDB::Table", "replaced", ("KeySchema",)),
        Change("DataStack", "Topic", "AWS::SNS::Topic", "changed", ("Tags",)),
        Change("", "Old", "AWS::SQS::Queue", "removed"),
        Change("", "New", "AWS::SQS::Queue", "added"),
    ]
    stub.done()


def test_a_nested_stack_in_which_nothing_changes_is_not_mentioned(stub):
    proposed(stub, [resource("DataStack", "AWS::CloudFormation::Stack", "Modify")])
    assert preview(stub.target, "s", UPLOADED) == []
    stub.done()


def test_cloudformation_is_not_asked_about_a_stack_that_is_not_there(stub):
    stub.state(None)
    assert preview(stub.target, "s", UPLOADED) == [Change("", "DataStack", "AWS::CloudFormation::Stack", "added")]
    stub.done()


def test_the_report_warns_of_data_that_would_stay_behind():
    found = [
        Change("DataStack", "Log", "AWS::DynamoDB::Table", "replaced", ("KeySchema",)),
        Change("DataStack", "Index", "AWS::DynamoDB::Table", "changed"),
        Change("", "Old", "AWS::SQS::Queue", "removed"),
    ]
    assert report(found).splitlines() == [
        "  - Old         AWS::SQS::Queue, removed",
        "  ~ data/Index  AWS::DynamoDB::Table, changed",
        "  ! data/Log    AWS::DynamoDB::Table, replaced: KeySchema",
        "1 replaced, 1 changed, 1 removed",
        "CAREFUL: data/Log holds what users have stored, and it would stay in the old one",
    ]
    assert report([]) == "nothing would change"


def test_it_warns_of_no_bucket_that_a_deployment_fills_again():
    assert report([Change("PageStack", "PageFiles", "AWS::S3::Bucket", "removed")]).splitlines() == [
        "  - page/PageFiles  AWS::S3::Bucket, removed",
        "1 removed",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"), [([], "environment"), (["local"], "is the laptop's environment"), (["nowhere"], "nowhere")]
)
def test_what_cannot_be_compared_is_refused_in_one_line(capsys, arguments, says):
    assert status(main, arguments) != 0
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
