"""A direct message between two users who are online: AWS calls, phases, and the units that DynamoDB reports.

This is measured on the embedded AWS with ``ReturnConsumedCapacity``, which has the same protocol and follows the
published rules for units. A phase is a group of calls that overlap in time. The next phase begins when all calls of the
one before have ended.
"""

from pathlib import Path

from infra.local.emulator import Emulator, free_port
from parley.delivery.model import Connection
from tests import tables
from tests.bench.scene import Call, Scene, scene
from tests.bench.wire import DM, USERS, answer, connection_of, entry_item

_WARM = 3
_COUNTED = 20
_HISTORY = 50


def measure() -> dict[str, float]:
    """Return the worst of ``_COUNTED`` sends, each into a conversation that has begun."""
    port = free_port()
    with (
        Emulator(port, Path("build") / "bench", "us-east-1", {}),
        scene(AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{port}") as s,
    ):
        _stage(s)
        s.observe()
        sends: list[list[Call]] = []
        for n in range(_WARM + _COUNTED):
            s.calls.clear()
            s.send(_HISTORY + n)
            sends.append(list(s.calls))
    counted = sends[_WARM:]
    return {
        "send.calls": max(len(calls) for calls in counted),
        "send.phases": max(_phases(calls) for calls in counted),
        "send.wru": max(sum(c.write_units for c in calls) for calls in counted),
        "send.rru": max(sum(c.read_units for c in calls) for calls in counted),
    }


def _stage(s: Scene) -> None:
    """Put both online, in a conversation that has gone on for a while. This emulator's scene has no gateway."""
    s.gateway.meta.events.register("before-send.apigatewaymanagementapi", lambda **_: answer(b""))
    tables.create(s.dynamodb, "Log", "Directory")
    for user, role in USERS.items():
        socket: Connection = connection_of(user)
        s.deps.sending.connections.add_connection(user, role, socket)  # type: ignore[arg-type]
    for seq in range(1, _HISTORY + 1):
        s.dynamodb.put_item(TableName="Log", Item=entry_item(DM, seq))


def _phases(calls: list[Call]) -> int:
    phases, ends = 0, 0.0
    for call in sorted(calls, key=lambda c: c.began):
        if call.began >= ends:
            phases += 1
        ends = max(ends, call.ended)
    return phases
