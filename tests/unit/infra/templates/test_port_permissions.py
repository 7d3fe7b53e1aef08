"""Each function's role allows what its code asks of AWS: every method of a port that the code can reach from the
function's entrance, through the adapter that the bootstrap gives it. Nothing here lists ports, methods or functions, so
whatever is added is checked, and an operation that is not known yet fails.
"""

import ast
import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from types import FunctionType
from typing import Any

import pytest
from msgspec import Struct

from parley.migration.mysql import MySqlLegacyUsers
from parley.runtime import bootstrap
from parley.runtime.user_uploads import Uploaded
from tests.unit.infra.templates import actions, code
from tests.unit.infra.templates.actions import Need
from tests.unit.infra.templates.code import MODULES, PORTS, Place, Port
from tests.unit.infra.templates.whole import FUNCTIONS, OFF, ROLES, as_list, evaluated, of_type

SNS = "arn:aws:sns:eu-central-1:123456789012:app"
ON = OFF | {
    "Environment": "dev",
    "ApnsApplication": f"{SNS}/APNS/app",
    "ApnsSandboxApplication": f"{SNS}/APNS_SANDBOX/app",
    "FcmApplication": f"{SNS}/GCM/app",
    "LegacyHost": "legacy.example.com",
    "LegacyDatabase": "shop",
    "LegacySecretArn": actions.SECRET,
    "ArchiveAfterDays": "180",
}
DISTRIBUTED = ON | {"MediaPublicKey": "PEM"}
KINDS = {"UploadsFunction": ["files"], "ImagesFunction": ["images"]}
"""Which uploads a function deals with, if not with all."""

OPERATORS = {Port("ImportedLog", "begin_imported")}
"""What no function calls: the operator's own commands do, with the operator's rights (`make import-legacy`)."""

LAMBDAS_OWN = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"} | {
    *(f"dynamodb:{a}" for a in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")),
    *(f"ec2:{a}NetworkInterface" for a in ("Create", "Delete")),
    *(f"ec2:{a}PrivateIpAddresses" for a in ("Assign", "Unassign")),
    *(f"ec2:Describe{what}" for what in ("NetworkInterfaces", "Subnets")),
}
LAMBDAS_OWN |= {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
"""What Lambda itself does in a function's name."""

UNREACHED = {
    ("UploadsFunction", Need("s3:PutObject", actions.THUMBNAIL)): "it has no Pillow, and is sent no images",
    ("ExportFunction", Need("dynamodb:ConditionCheckItem", actions.DIRECTORY)): "the first note is made over HTTP",
}
"""What the code of a function could ask for and never does, and why."""
NEVER = {"ImagesFunction": "parley.media.archive"}
"""A module that a function's code refers to and never calls. The bucket tells this one of new images only."""


def bootstrapped(function: str) -> tuple[str, str | None]:
    """The module of a function's entrance, and the function of the bootstrap that it calls."""
    module = FUNCTIONS[function]["Handler"].rpartition(".")[0]
    handler = MODULES[module].functions["__getattr__"]
    called = [
        n.attr
        for n in ast.walk(handler)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "bootstrap"
    ]
    return module, called[0] if called else None


def adapters(given: object, found: dict[str, set[type]]) -> dict[str, set[type]]:
    """The classes of the adapters in what the bootstrap gives, by port."""
    fields = {n: getattr(given, n) for n in given.__struct_fields__} if isinstance(given, Struct) else vars(given)
    for name, value in fields.items():
        if isinstance(value, Struct):
            adapters(value, found)
        elif isinstance(value, Uploaded):
            found.setdefault("Uploads", set()).add(Uploaded)
            adapters(value, found)
        elif name in code.FIELDS:
            adapter = value("eu-central-1_pool") if isinstance(value, FunctionType) else value
            if ".aws." in type(adapter).__module__ or isinstance(adapter, MySqlLegacyUsers):
                for port in code.FIELDS[name]:
                    if all(hasattr(adapter, m) for m in PORTS[port]):
                        found.setdefault(port, set()).add(type(adapter))
    return found


def calls(function: str) -> set[Port]:
    """The methods of ports that the function's code can reach."""
    module, _ = bootstrapped(function)
    entrance = [m for m in MODULES if m == module or (m.startswith("rest.") and module.startswith("rest."))]
    never = {"parley.runtime.bootstrap", "parley.runtime.adapters", NEVER.get(function)}

    def called(places: Iterable[Place]) -> set[Port]:
        reached = code.reached(places, but=lambda name: ".aws." in name or name in never)
        return {call for place in reached for call in code.port_calls(place)}

    found = called(Place(m, f) for m in entrance for f in MODULES[m].functions)
    # One port is made of use cases.
    return found | called(Place(Uploaded.__module__, f"Uploaded.{c.method}") for c in found if c.port == "Uploads")


def asked(function: str, environ: dict[str, str]) -> dict[Need, Port]:
    """What the function's code may ask of AWS, each with a method that does."""
    _, maker = bootstrapped(function)
    given = adapters(getattr(bootstrap, maker)(environ), {}) if maker else {}
    return {
        need: call
        for call in calls(function)
        for adapter in given.get(call.port, set()) - {Uploaded}
        for need in actions.needs(adapter, call.method)
    }


def allowed(function: str, parameters: dict[str, Any]) -> set[tuple[str, str]]:
    """The actions and the patterns of resources of the function's role."""
    role = FUNCTIONS[function]["Role"]["Fn::GetAtt"][0]
    documents = [p["PolicyDocument"] for p in ROLES[role]["Policies"]]
    documents += [p["PolicyDocument"] for p in of_type("AWS::IAM::Policy").values() if {"Ref": role} in p["Roles"]]
    # An attribute of a resource stands for itself.
    text = re.sub(r'\{"Fn::GetAtt": \["(\w+)", "(\w+)"\]\}', r'"\1.\2"', json.dumps(documents))
    statements = [s for document in evaluated(json.loads(text), parameters) for s in document["Statement"]]
    assert all(s.keys() == {"Effect", "Action", "Resource"} and s["Effect"] == "Allow" for s in statements)
    return {
        (action, pattern)
        for statement in statements
        for action in as_list(statement["Action"])
        for pattern in as_list(statement["Resource"])
    }


def variables(function: str, parameters: dict[str, Any]) -> dict[str, str]:
    told = evaluated(FUNCTIONS[function].get("Environment", {}).get("Variables", {}), parameters)
    environ = {name: value if isinstance(value, str) else "x" for name, value in told.items()}
    if "MEDIA_DOMAIN" in environ:
        environ["MEDIA_DOMAIN"] = "media.example" if parameters["MediaPublicKey"] else ""
    return environ


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
    ours = {(a, p) for a, p in may if a not in LAMBDAS_OWN and ":sns:" not in p}
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
