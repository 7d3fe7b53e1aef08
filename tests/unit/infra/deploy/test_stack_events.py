"""What is named is why this operation failed: its first failure, wherever it is, and no consequence of it."""

from datetime import UTC, datetime

import pytest

from infra.deploy import stack_events
from infra.deploy.stack_events import CHANGE, Operation

OURS = Operation("ours", CHANGE)
STACK = "AWS::CloudFormation::Stack"


def event(name, at, reason="", status="CREATE_FAILED", token="ours", stack="arn:root", **more):
    return {
        "StackId": stack,
        "EventId": f"{name}-{at}",
        "StackName": "s",
        "Timestamp": datetime.fromtimestamp(at, UTC),
        "LogicalResourceId": name,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "ClientRequestToken": token,
        **more,
    }


def begun(at, token="ours", stack="arn:root"):
    itself = {"ResourceType": STACK, "PhysicalResourceId": stack}
    return event("s", at, "User Initiated", "CREATE_IN_PROGRESS", token, stack, **itself)


def nested(name, at, reason="Embedded stack was not successfully created"):
    return event(name, at, reason, ResourceType=STACK, PhysicalResourceId=f"arn:{name}")


@pytest.fixture
def cause(stub):
    """Returns the cause, given the pages that CloudFormation returns, in the order in which it is asked for them."""

    def of(*pages):
        for stack, token, events, following in pages:
            asked = {"StackName": stack, **({"NextToken": token} if token else {})}
            more = {"NextToken": following} if following else {}
            stub.answer("describe_stack_events", {"StackEvents": events, **more}, asked)
        told = stack_events.root_cause(stub.target.cloudformation, "s", OURS)
        stub.done()
        return told

    return of


def test_the_first_failure_may_be_on_a_later_page(cause):
    later = [event("Queue", 9, "also bad"), event("Fine", 8, status="CREATE_COMPLETE")]
    first = [event("Topic", 5, "it is not ours"), begun(1)]
    assert cause(("s", None, later, "2"), ("s", "2", first, "3")) == "Topic: it is not ours"


def test_an_earlier_operations_failure_is_not_named(cause):
    events = [event("Queue", 9, "bad"), event("Table", 3, "of before", token="theirs"), begun(2, "theirs")]
    assert cause(("s", None, events, "2")) == "Queue: bad"


@pytest.mark.parametrize("reason", ["Resource creation cancelled", "Resource update cancelled."])
def test_what_was_only_cancelled_is_not_the_cause_even_if_it_comes_first(cause, reason):
    events = [event("Queue", 9, "bad"), event("Topic", 8, reason), begun(1)]
    assert cause(("s", None, events, None)) == "Queue: bad"


def test_a_cancellation_is_named_where_there_is_nothing_else(cause):
    assert cause(("s", None, [event("Topic", 8, "Resource creation cancelled"), begun(1)], None)) == (
        "Topic: Resource creation cancelled"
    )


def test_the_nested_stack_that_failed_first_is_named_though_another_ones_event_comes_first(cause):
    roots = [nested("Slow", 9), nested("Fast", 7), begun(1)]
    fast = [event("Role", 6, "denied", stack="arn:Fast"), begun(2, "x", "arn:Fast")]
    slow = [event("Table", 4, "in the way", stack="arn:Slow"), begun(2, "y", "arn:Slow")]
    pages = (("s", None, roots, None), ("arn:Fast", None, fast, None), ("arn:Slow", None, slow, None))
    assert cause(*pages) == "Slow: Table: in the way"


def test_a_nested_stack_that_was_cancelled_is_looked_into_and_is_not_the_cause(cause):
    roots = [nested("One", 9, "Resource creation cancelled"), nested("Two", 8), begun(1)]
    two = [event("Role", 7, "denied", stack="arn:Two")]
    one = [event("Table", 6, "Resource creation cancelled", stack="arn:One")]
    assert cause(("s", None, roots, None), ("arn:Two", None, two, None), ("arn:One", None, one, None)) == (
        "Two: Role: denied"
    )


def test_a_nested_stacks_earlier_operations_are_not_looked_at_and_its_pages_are(cause):
    roots = [nested("Data", 9), begun(5)]
    newest = [event("Log", 8, "Resource update cancelled", "UPDATE_FAILED", stack="arn:Data")]
    older = [event("Table", 7, "denied", stack="arn:Data"), event("Old", 4, "of before", stack="arn:Data")]
    pages = (("s", None, roots, None), ("arn:Data", None, newest, "2"), ("arn:Data", "2", older, "3"))
    assert cause(*pages) == "Data: Table: denied"


def test_a_nested_stack_that_never_began_is_named_with_its_own_reason(cause):
    roots = [nested("Data", 9, "TemplateURL must be an Amazon S3 URL"), begun(1)]
    assert cause(("s", None, roots, None), ("arn:Data", None, [], None)) == (
        "Data: TemplateURL must be an Amazon S3 URL"
    )


def test_no_failure_at_all_is_said(cause):
    assert cause(("s", None, [begun(1)], None)) == "CloudFormation does not say why"
    assert cause(("s", None, [], None)) == "CloudFormation does not say why"
