"""Nothing of what a function's role allows is superfluous: whatever is taken away, one action on one resource after the
other, is missed by the function's code, or by what Lambda does in the function's name.

That code and role agree is tested in ``test_port_permissions``, and this is the proof that those tests bite for each
statement. Which of them the embedded AWS enforces, too, is in ``tests/e2e/test_permission_mutations.py``.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

import pytest

from tests.unit.infra.templates import actions, lambdas
from tests.unit.infra.templates.actions import Need
from tests.unit.infra.templates.asking import DISTRIBUTED, KINDS, ON, allowed, asked, variables
from tests.unit.infra.templates.whole import FUNCTIONS

PLATFORMS = ("APNS", "APNS_SANDBOX", "GCM")


class Grant(NamedTuple):
    """An action that a role allows, and the pattern of its resources."""

    action: str
    pattern: str


def wanted(function: str, parameters: dict[str, str]) -> set[Need]:
    """All that is done in a function's name, by its code and by Lambda."""
    kinds = KINDS.get(function, ["files", "images"])
    by_code = {
        Need(need.action, need.resource.format(kind=kind))
        for need in asked(function, variables(function, parameters))
        for kind in kinds
    }
    return {each for need in by_code | lambdas.needs(function) for each in at_every_platform(need)}


def at_every_platform(need: Need) -> Iterator[Need]:
    """A call about an endpoint is about one of any platform. SNS checks most of them against the endpoint's application
    (docs/operations.md, "Not yet seen on AWS"), and says of none that it never checks it against the endpoint.
    """
    if need.resource not in (actions.ENDPOINT, actions.APPLICATION):
        yield need
        return
    for platform in PLATFORMS:
        yield Need(need.action, need.resource.replace("GCM", platform))
        yield Need(need.action, actions.APPLICATION.replace("GCM", platform))


def missed(needs: set[Need], grants: set[Grant]) -> set[Need]:
    return {n for n in needs if not any(n.action == g.action and fnmatchcase(n.resource, g.pattern) for g in grants)}


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


@pytest.mark.parametrize("parameters", [ON, DISTRIBUTED], ids=["plain", "distributed"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_whatever_is_taken_from_a_role_is_missed(function: str, parameters: dict[str, str]):
    grants = {Grant(*each) for each in allowed(function, parameters)}
    needs = wanted(function, parameters)
    without = missed(needs, grants)
    assert grants
    assert {grant for grant in grants if missed(needs, grants - {grant}) == without} == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_what_lambda_does_in_its_functions_name(function: str):
    assert missed(lambdas.needs(function), {Grant(*each) for each in allowed(function, ON)}) == set()
