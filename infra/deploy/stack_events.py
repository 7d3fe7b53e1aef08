"""Why an operation on a CloudFormation stack failed, from its events and those of its nested stacks."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from infra import templates

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

CHANGE = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"})
DELETION = frozenset({"DELETE_IN_PROGRESS"})
"""The statuses of the first event when a stack is changed, and when it is deleted."""


class Operation(NamedTuple):
    """One operation on a stack: the token that it was started with, and the statuses that its first event may have."""

    token: str
    beginnings: AbstractSet[str]


class _Failure(NamedTuple):
    at: datetime
    what: str
    """The logical ids from the stack down to the resource, and the reason."""
    consequence: bool
    """Whether CloudFormation only gave up a resource because another one had failed."""


def root_cause(cloudformation: "CloudFormationClient", stack: str, operation: Operation) -> str:
    """Return the first failure of the operation in the stack and its nested stacks, as ``Nested: Resource: reason``.

    CloudFormation works on resources in parallel. When one fails, it cancels the others, and these cancellations count
    as failures of their own in the events. They are reported only if there is nothing else.
    """
    events = list(_of_operation(cloudformation, stack, operation))
    if not events:
        return "CloudFormation does not say why"
    failures = _failures(cloudformation, events, since=events[-1]["Timestamp"])
    first = min(failures, key=lambda f: (f.consequence, f.at), default=None)
    return first.what if first else "CloudFormation does not say why"


def _of_operation(
    cloudformation: "CloudFormationClient", stack: str, operation: Operation
) -> Iterator["StackEventTypeDef"]:
    """Yield the events of the stack's latest operation, newest first, however many pages they take.

    "All events triggered by a given stack operation are assigned the same client request token" (CloudFormation API
    reference, StackEvent).
    """
    for event in _events(cloudformation, stack):
        if event.get("ClientRequestToken", operation.token) != operation.token:
            return
        yield event
        if _is_of_itself(event) and event.get("ResourceStatus") in operation.beginnings:
            return


def _events(cloudformation: "CloudFormationClient", stack: str) -> Iterator["StackEventTypeDef"]:
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
        yield from page["StackEvents"]


def _failures(
    cloudformation: "CloudFormationClient", events: list["StackEventTypeDef"], since: datetime
) -> list[_Failure]:
    """Return the failures among the events, oldest first. A nested stack's own failures take the place of its event."""
    found: list[_Failure] = []
    for event in reversed(events):
        if not event.get("ResourceStatus", "").endswith("_FAILED") or _is_of_itself(event):
            continue
        name, nested = event.get("LogicalResourceId", ""), event.get("PhysicalResourceId", "")
        inner: list[_Failure] = []
        if event.get("ResourceType") == templates.STACK and nested:
            # Whether a nested stack's events carry the token is not documented, so its part is found by the time.
            theirs = list(takewhile(lambda e: e["Timestamp"] >= since, _events(cloudformation, nested)))
            inner = _failures(cloudformation, theirs, since)
        if inner:
            found += [f._replace(what=f"{name}: {f.what}") for f in inner]
            continue
        reason = event.get("ResourceStatusReason", "no reason given")
        consequence = reason.startswith("Resource ") and reason.rstrip(".").endswith("cancelled")
        found.append(_Failure(event["Timestamp"], f"{name}: {reason}", consequence))
    return found


def _is_of_itself(event: "StackEventTypeDef") -> bool:
    return event.get("PhysicalResourceId") == event["StackId"]
