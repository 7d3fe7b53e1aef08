"""Each function's role allows what its code asks of AWS: every method of a port that the code can reach from the
function's entrance, through the adapter that the bootstrap gives it. Nothing here lists ports, methods or functions, so
whatever is added is checked, and an operation that is not known yet fails.
"""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.unit.infra.templates import actions, lambdas
from tests.unit.infra.templates.actions import Need
from tests.unit.infra.templates.asking import DISTRIBUTED, KINDS, ON, allowed, asked, calls, variables
from tests.unit.infra.templates.code import PORTS, Port
from tests.unit.infra.templates.whole import FUNCTIONS, ROLES

OPERATORS = {Port("ImportedLog", "begin_imported")}
"""What no function calls: the operator's own commands do, with the operator's rights (`make import-legacy`)."""

UNREACHED = {
    ("UploadsFunction", Need("s3:PutObject", actions.THUMBNAIL)): "it has no Pillow, and is sent no images",
    ("ExportFunction", Need("dynamodb:ConditionCheckItem", actions.DIRECTORY)): "the first note is made over HTTP",
}
"""What the code of a function could ask for and never does, and why."""


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


def missing(function: str, parameters: dict[str, Any]) -> dict[Need, Port]:
    may = allowed(function, parameters)
    kinds = KINDS.get(function, ["files", "images"])
    return {
        need: port
        for need, port in asked(function, variables(function, parameters)).items()
        for kind in kinds
        if not any(need.action == a and fnmatchcase(need.resource.format(kind=kind), p) for a, p in may)
    }


@pytest.mark.parametrize("parameters", [ON, DISTRIBUTED], ids=["plain", "distributed"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_every_method_of_a_port_that_its_function_can_call(function: str, parameters: dict[str, Any]):
    lacking = missing(function, parameters)
    excused = {need for name, need in UNREACHED if name == function}
    assert {need: port for need, port in lacking.items() if need not in excused} == {}
    assert excused <= lacking.keys(), "an excuse that is not needed"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_nothing_else(function: str):
    asks = {need for on in (ON, DISTRIBUTED) for need in asked(function, variables(function, on))}
    arns = [(n.action, n.resource.format(kind=kind)) for n in asks for kind in KINDS.get(function, ["files", "images"])]
    may = allowed(function, ON) | allowed(function, DISTRIBUTED)
    lambdas_own = {n.action for n in lambdas.needs(function)}
    ours = {(a, p) for a, p in may if a not in lambdas_own and ":sns:" not in p}
    assert {(a, p) for a, p in ours if not any(a == action and fnmatchcase(r, p) for action, r in arns)} == set()
    assert {a for a, p in may if ":sns:" in p} <= {n.action for n in asks}


def test_the_walk_reaches_what_every_function_is_for():
    """If the walk lost its way, it would find nothing missing."""
    assert {f for f in FUNCTIONS if not asked(f, variables(f, ON))} == {"AuthorizerFunction"}, "it asks nothing of AWS"
    assert Port("Log", "append") in calls("MessageFunction")
    assert Port("Sockets", "close") in calls("RestFunction")
    assert Port("Roles", "grant") in calls("ConfirmedFunction")
    assert Port("MediaRegistry", "withdraw") in calls("ErasureFunction"), "behind Uploads"
    assert Port("Push", "send") not in calls("MessageFunction")


def test_no_method_of_a_port_is_beyond_the_walk():
    every = {Port(port, method) for port, methods in PORTS.items() for method in methods}
    assert every - {call for function in FUNCTIONS for call in calls(function)} == OPERATORS


def test_a_permission_that_is_taken_away_is_missed(monkeypatch: pytest.MonkeyPatch):
    document = ROLES["RestRole"]["Policies"][0]["PolicyDocument"]
    kept = [s for s in document["Statement"] if "execute-api" not in json.dumps(s)]
    monkeypatch.setitem(document, "Statement", kept)
    assert {n.resource for n in missing("RestFunction", ON)} == {actions.POST, actions.CLOSE}
