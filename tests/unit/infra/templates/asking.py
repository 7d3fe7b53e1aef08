"""What a function's code asks of AWS, and what its role allows."""

import ast
import json
import re
from collections.abc import Iterable
from types import FunctionType
from typing import Any

from msgspec import Struct

from infra import encryption
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
POLICIES = [p for name, p in of_type("AWS::IAM::Policy").items() if not name.endswith(encryption.USE)]
"""Those beside the roles, without the use of keys of one's own (test_keys)."""
DISTRIBUTED = ON | {"MediaPublicKey": "PEM"}
KINDS = {"UploadsFunction": ["files"], "ImagesFunction": ["images"]}
"""Which uploads a function deals with, if not with all."""

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
    documents += [p["PolicyDocument"] for p in POLICIES if {"Ref": role} in p["Roles"]]
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
