"""A statement taken from a role is missed where it counts: the embedded AWS enforces IAM, and what worked stops.

``tests/unit/infra/templates/test_permission_mutations.py`` has the proof for every action of every role. This is a
sample of it, with real calls. What the embedded AWS cannot exercise is in docs/decisions/0041.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import boto3
import httpx
import pytest
from websockets import InvalidStatus

from infra.local.stack import User
from tests.e2e.asking import Http
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment
from tests.unit.media.studio import PDF

pytestmark = pytest.mark.gateway_only  # the roles are the same, whichever serves the sockets


class Role:
    """The role of a function, from which statements can be taken for a while."""

    def __init__(self, deployment: Deployment, handler: str) -> None:
        assert deployment.local is not None
        session = boto3.Session("test", "test", region_name="us-east-1")
        self._iam: Any = session.client("iam", endpoint_url=deployment.local.endpoint)
        functions = deployment.local.functions.list_functions()["Functions"]
        self.name = next(f["Role"] for f in functions if f["Handler"].startswith(handler)).rpartition("/")[2]

    @contextmanager
    def without(self, word: str) -> Iterator[None]:
        """Take away the statements that mention a word, while the block lasts."""
        whole = {n: self._policy(n) for n in self._iam.list_role_policies(RoleName=self.name)["PolicyNames"]}
        taken = {n: [s for s in p["Statement"] if word in json.dumps(s)] for n, p in whole.items()}
        assert sum(map(len, taken.values())) == 1, f"{word} is in {taken}"
        name = next(n for n, statements in taken.items() if statements)
        kept = [s for s in whole[name]["Statement"] if s not in taken[name]]
        self._put(name, {**whole[name], "Statement": kept})
        try:
            yield
        finally:
            self._put(name, whole[name])

    def _policy(self, name: str) -> dict[str, Any]:
        document = self._iam.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"]
        return json.loads(document) if isinstance(document, str) else document

    def _put(self, name: str, document: dict[str, Any]) -> None:
        if not document["Statement"]:
            self._iam.delete_role_policy(RoleName=self.name, PolicyName=name)
            return
        self._iam.put_role_policy(RoleName=self.name, PolicyName=name, PolicyDocument=json.dumps(document))


class World:
    """Two users, and what they do all the time."""

    def __init__(self, deployment: Deployment, dial: Dial, http: Http, alice: User, bob: User, dm: str) -> None:
        self.deployment, self.dial, self.http, self.alice, self.bob, self.dm = deployment, dial, http, alice, bob, dm
        self.phone = dial(alice)
        self._sent = 0

    def send(self) -> dict[str, Any]:
        newest = self.deployment.log.newest(self.dm, since=0, limit=1)
        tail = newest[-1].seq if newest else 0
        self._sent += 1
        return self.phone.ask(
            "send", f"m{self._sent}", to=self.bob.id, after=tail, body={"text": f"hello {self._sent}"}
        )


def sends(world: World) -> bool:
    return world.send()["type"] == "ack"


def connects(world: World) -> bool:
    try:
        return bool(world.dial(world.alice, "another"))
    except InvalidStatus:
        return False


def reads(request: str) -> Callable[[World], bool]:
    return lambda world: world.http.ask(world.alice, request.format(dm=world.dm)).status < 300


def uploads(world: World) -> bool:
    """A form has the rights of whoever signed it."""
    asked = {"type": "application/pdf", "size": len(PDF), "sha256": sha256(PDF).hexdigest(), "within": world.dm}
    form = world.http.ask(world.alice, "POST /media", asked).body
    files = {"file": ("x", PDF)}
    answer = httpx.post(form["url"], data=form["fields"], files=files, timeout=30, trust_env=False)
    return answer.status_code == 204


def enrols(world: World) -> bool:
    """What Cognito asks for when somebody has confirmed their address."""
    local = world.deployment.local
    assert local is not None
    name = next(f["FunctionName"] for f in local.functions.list_functions()["Functions"] if "user_pool" in f["Handler"])
    attributes = {"sub": world.alice.id, "email": world.alice.email, "name": "Alice"}
    event = {
        "version": "1",
        "triggerSource": "PostConfirmation_ConfirmSignUp",
        "region": "us-east-1",
        "userPoolId": world.deployment.pool,
        "userName": world.alice.email,
        "callerContext": {"awsSdkVersion": "1", "clientId": world.deployment.client},
        "request": {"userAttributes": attributes},
        "response": {},
    }
    return "FunctionError" not in local.functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())


DRILLS: list[tuple[str, str, Callable[[World], bool]]] = [
    ("realtime.message", "{LogTable}", sends),
    ("realtime.message", "{DirectoryTable}", sends),
    ("realtime.connect", "{DirectoryTable}", connects),
    ("rest.app", "{LogTable}", reads("GET /conversations/{dm}/entries")),
    ("rest.app", '{DirectoryTable}"', reads("GET /me")),
    ("rest.app", "{DirectoryTable}/index", reads("GET /conversations")),
    ("rest.app", "{MediaBucket}/files", uploads),
    ("rest.app", "lambda:InvokeFunction", reads("GET /me/export")),
    ("workers.user_pool", "{DirectoryTable}", enrols),
    ("workers.user_pool", "cognito-idp", enrols),
]
"""A function, a word of one of its role's statements, and what stops without it."""
IDS = [f"{function}-{word}" for function, word, _ in DRILLS]


@pytest.mark.parametrize(("function", "word", "works"), DRILLS, ids=IDS)
def test_what_a_statement_is_for_stops_without_it(
    local: Deployment,
    dial: Dial,
    http: Http,
    alice: User,
    bob: User,
    dm: str,
    function: str,
    word: str,
    works: Callable[[World], bool],
):
    assert local.local is not None
    world = World(local, dial, http, alice, bob, dm)
    assert sends(world)
    with Role(local, function).without(word.format(**local.local.outputs)):
        assert not works(world)
    assert works(world)
