"""What a change set would do, resource by resource, in the stack and its nested ones."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from infra import templates
from infra.deploy.retained import REBUILT, STATEFUL

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

Effect = Literal["added", "changed", "replaced", "may be replaced", "removed"]
_EFFECTS: dict[str, Effect] = {"Add": "added", "Remove": "removed", "Import": "added"}
_REPLACEMENTS: dict[str, Effect] = {"True": "replaced", "Conditional": "may be replaced"}
_LOSING = frozenset({"replaced", "may be replaced", "removed"})


class Change(NamedTuple):
    """What happens to one resource.

    Attributes:
        stack: the logical id of the nested stack that it is in; empty for the root.
        properties: what of it is different, as far as CloudFormation says.
    """

    stack: str
    resource: str
    kind: str
    effect: Effect
    properties: tuple[str, ...] = ()

    @property
    def leaves_data(self) -> bool:
        """Whether what users have stored would stay behind, in a resource that the stack no longer uses."""
        return self.kind in STATEFUL and self.resource not in REBUILT and self.effect in _LOSING


def of(cloudformation: "CloudFormationClient", stack: str, name: str, inside: str = "") -> Iterator[Change]:
    """Yield the changes of a change set, and those of the nested ones that were made with it.

    A nested stack is listed as modified even if nothing in it is (CloudFormation user guide, "Change sets for nested
    stacks"), so it is left out itself, unless it comes or goes.
    """
    pages = cloudformation.get_paginator("describe_change_set").paginate(StackName=stack, ChangeSetName=name)
    for change in (c["ResourceChange"] for page in pages for c in page["Changes"] if "ResourceChange" in c):
        if change["ResourceType"] == templates.STACK and change["Action"] == "Modify":
            if nested := change.get("ChangeSetId"):
                yield from of(cloudformation, change["PhysicalResourceId"], nested, change["LogicalResourceId"])
        else:
            yield _change(change, inside)


def _change(change: Any, inside: str) -> Change:
    effect = _EFFECTS.get(change["Action"]) or _REPLACEMENTS.get(change.get("Replacement", ""), "changed")
    targets = [detail["Target"] for detail in change.get("Details", [])]
    properties = dict.fromkeys(t.get("Name") or t["Attribute"] for t in targets)  # each once, in CloudFormation's order
    return Change(inside, change["LogicalResourceId"], change["ResourceType"], effect, tuple(properties))
