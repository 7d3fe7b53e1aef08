"""The deployed functions on a real DynamoDB protocol, with everything that AWS would charge for each invocation.

DynamoDB is the embedded AWS, whose units are those that it reports. Calls to API Gateway and SNS are answered within
the process and counted. The functions' memory and the format of the access log are the template's.

Local wall time says nothing about AWS. So the billed time of an invocation is composed of the measured CPU, at the
share of a core that the function's memory buys, plus an assumed wait for each phase of calls (below).
"""

import io
import json
import math
import re
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from typing import Any

from botocore.awsrequest import AWSResponse

from infra.capacity.usage import Usage
from parley.chat.aws import items
from parley.chat.entries import Entry
from parley.delivery.model import Connection
from parley.runtime import bootstrap
from parley.runtime.telemetry import Telemetry
from realtime.connect import connect
from realtime.disconnect import disconnect
from realtime.message import message
from tests import tables
from tests.bench.scene import SETTINGS, Call, Scene
from tests.bench.wire import answer
from tests.directory import Directory
from tests.handlers import events
from tests.rest.asking import Answer
from workers.stream import consume

DYNAMODB_S, POST_S, PUSH_S = 0.004, 0.008, 0.015
"""Assumed waits for a call to AWS in the same Region. DynamoDB takes "single-digit milliseconds" (its product page),
about half of that in practice. A post to a connection is an HTTPS request through API Gateway, and a push is another.
"""
_MB_PER_CORE = 1769
# "At 1,769 MB, a function has the equivalent of one vCPU" (Lambda developer guide, "Configure function memory"). The
# core is assumed to be as fast as this machine's.
_LOG_EVENT_BYTES = 26
# Added to each line's own bytes (CloudWatch Logs API reference, PutLogEvents).
_FRAME_BYTES = 66
# Around an outgoing frame: WebSocket 4, TLS 22, TCP and IP 40.
_HEADER_BYTES = 400
# In an answer over HTTP, the headers and what surrounds them. This is somewhat more than there really is.
_ITEM_BYTES = 100
# What DynamoDB adds to each item for its storage (developer guide, "DynamoDB item sizes and formats").
_SUB, _HTTP_ROUTE = "a0000001-0000-4000-8000-000000000000", "GET /conversations/{conversation}/entries"
# In the access log's line of a request over HTTP.
_LANES = 8
# Conversations of a batch that the notifier processes concurrently (parley.runtime.bootstrap).
_WAITS = {"PostToConnection": POST_S, "DeleteConnection": POST_S, "Publish": PUSH_S}
_PUBLISHED = (
    b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult>"
    b"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PublishResponse>"
)


class Life:
    """Invocations, and what they have used since the last ``take``."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._message = scene.deps
        self._notifier = bootstrap.stream(SETTINGS)
        self._telemetry = Telemetry()
        self._used: list[Usage] = []
        self._posted: list[int] = []
        self._pushed = 0
        resources = tables.template()
        self._memory = _memories(resources)
        self._access_format = resources["Resources"]["Stage"]["Properties"]["AccessLogSettings"]["Format"]
        self._http_access_format = resources["Resources"]["HttpStage"]["Properties"]["AccessLogSettings"]["Format"]
        notifier = self._notifier.ports
        for client in (scene.gateway, notifier.sockets._client):  # type: ignore[attr-defined]
            client.meta.events.register("before-send.apigatewaymanagementapi", self._post)
        sns = notifier.push._client  # type: ignore[attr-defined]
        sns.meta.events.register("before-send.sns", self._publish)
        scene.observe()
        scene.observe(self.notifier_dynamodb, notifier.sockets._client, sns)  # type: ignore[attr-defined]

    @property
    def directory(self) -> Directory:
        """Where users are."""
        return self._message.sending.snapshots  # type: ignore[return-value]

    @property
    def notifier_dynamodb(self) -> Any:
        """The client of the notifier, which is another function with clients of its own."""
        return self._notifier.ports.snapshots._client  # type: ignore[attr-defined]

    def entry(self, conversation: str, seq: int) -> Entry:
        """Return a stored entry. Reading it is not part of any life."""
        entry = self._message.sending.log.entry(conversation, seq, strong=True)
        assert entry is not None
        return entry

    def take(self) -> Usage:
        """Return everything that was used since the last time."""
        used = sum(self._used, Usage())
        self._used.clear()
        return used

    def command(self, socket: Connection, user: str, role: str, **command: Any) -> dict[str, Any]:
        """Pass in a frame, which is answered on the same socket."""
        event = events.frame(command, connection=socket.id, user=user, role=role, device=socket.device)
        answered: dict[str, Any] = {}

        def run() -> None:
            answered.update(message(event, self._message, time.time_ns() // 1_000_000))

        self._invoke("MessageFunction", run)
        back = answered.get("body", "")
        assert '"type":"error"' not in back, back
        self._used.append(Usage(websocket_messages=1))
        self._answered(event, back)
        return json.loads(back) if back else {}

    def notify(self, entries: Sequence[Entry], now: int) -> None:
        """Pass in a batch from the stream. It is charged as an invocation; reading the stream is free for Lambda."""
        event = events.stream(*entries)

        def run() -> None:
            failures = consume(event, self._notifier, lambda: now, _never)
            assert failures == {"batchItemFailures": []}

        self._invoke("NotifierFunction", run, lanes=_LANES if len(entries) > 1 else 1)

    def connected(self, socket: Connection, user: str, role: str) -> None:
        """Run the connect function, as in a handshake. The caller adds what the authorizer takes."""
        event = events.connected(user=user, role=role, device=socket.device)
        event["requestContext"]["connectionId"] = socket.id
        deps, now = self._message, time.time_ns() // 1_000_000
        self._invoke(
            "ConnectFunction",
            lambda: connect(event, deps.sending.connections, deps.sending.sockets, self._telemetry, now),
        )
        self._logged(event)

    def disconnected(self, socket: Connection, user: str, role: str) -> None:
        """Note that the socket has closed."""
        event = events.disconnected(connection=socket.id, user=user, role=role, device=socket.device)
        now = time.time_ns() // 1_000_000
        self._invoke(
            "DisconnectFunction", lambda: disconnect(event, self._message.sending.connections, self._telemetry, now)
        )
        self._logged(event)

    def ran(self, function: str, run: Callable[[], object]) -> None:
        """Run any other function, with its memory."""
        self._invoke(function, run)

    def asked(self, ask: Callable[[], Answer]) -> None:
        """Make a request over HTTP, with its line in the access log."""
        answers: list[Answer] = []
        self._invoke("RestFunction", lambda: answers.append(ask()))
        [answered] = answers
        assert answered.status == 200, answered
        out = len(json.dumps(answered.body, ensure_ascii=False).encode()) + _HEADER_BYTES
        self._used.append(Usage(http_requests=1, egress_gb=out / 1e9))
        self._accessed(self._http_access_format, {"authorizer.claims.sub": _SUB, "routeKey": _HTTP_ROUTE})

    def stored(self, entry: Entry) -> None:
        """Add a month of an entry's storage, and of its continuous backup."""
        item = items.entry_item(entry)
        gb = (sum(len(name) + _size(value) for name, value in item.items()) + _ITEM_BYTES) / 1e9
        self._used.append(Usage(table_gb_months=gb, backup_gb_months=gb))

    def _invoke(self, function: str, run: Callable[[], object], lanes: int = 1) -> None:
        self._scene.calls.clear()
        self._posted.clear()
        self._pushed = 0
        out = io.StringIO()
        with redirect_stdout(out):
            began = time.process_time()
            run()
            cpu = time.process_time() - began
        calls = self._scene.calls
        memory = self._memory[function]
        seconds = cpu * _MB_PER_CORE / memory + _waiting(calls, lanes)
        self._used.append(
            Usage(
                websocket_messages=len(self._posted),
                egress_gb=sum(size + _FRAME_BYTES for size in self._posted) / 1e9,
                lambda_requests=1,
                lambda_gb_seconds=math.ceil(seconds * 1000) / 1000 * memory / 1024,
                write_units=sum(c.write_units for c in calls),
                read_units=sum(c.read_units for c in calls),
                log_gb=sum(len(line.encode()) + _LOG_EVENT_BYTES for line in out.getvalue().splitlines()) / 1e9,
                pushes=self._pushed,
            )
        )

    def _answered(self, event: dict[str, Any], back: str) -> None:
        self._logged(event)
        if back:
            self._used.append(Usage(websocket_messages=1, egress_gb=(len(back.encode()) + _FRAME_BYTES) / 1e9))

    def _logged(self, event: dict[str, Any]) -> None:
        """Add the access log's line."""
        context = event["requestContext"]
        self._accessed(self._access_format, context)

    def _accessed(self, format_: str, context: dict[str, Any]) -> None:
        values = {"requestId": "joe9zFNzvHcFwmA=", "status": 200, "integrationLatency": 23, **context}
        line = re.sub(r"\$context\.([A-Za-z.]+)", lambda m: str(values.get(m[1], "-")), format_)
        self._used.append(Usage(log_gb=(len(line.encode()) + _LOG_EVENT_BYTES) / 1e9))

    def _post(self, request: Any, **_: Any) -> AWSResponse:
        self._posted.append(len(request.body or b""))
        return answer(b"")

    def _publish(self, **_: Any) -> AWSResponse:
        self._pushed += 1
        return answer(_PUBLISHED)


def _waiting(calls: Sequence[Call], lanes: int) -> float:
    """Return seconds: the longest wait of each phase or, for many bursts on several lanes, an even share of all."""
    waits = [_WAITS.get(c.name, DYNAMODB_S) for c in calls]
    if lanes > 1:
        return sum(waits) / lanes
    total, ends, phase = 0.0, 0.0, 0.0
    for call, wait in sorted(zip(calls, waits, strict=True), key=lambda pair: pair[0].began):
        if call.began >= ends:
            total, phase = total + phase, 0.0
        phase = max(phase, wait)
        ends = max(ends, call.ended)
    return total + phase


def _size(value: dict[str, Any]) -> int:
    """Return the approximate bytes of an attribute's value: text as UTF-8, and one byte for two digits of a number."""
    if "S" in value:
        return len(value["S"].encode())
    if "N" in value:
        return len(value["N"]) // 2 + 1
    return 3 + sum(1 + len(name) + _size(v) for name, v in value["M"].items())


def _memories(template: dict[str, Any]) -> dict[str, int]:
    default = template["Globals"]["Function"]["MemorySize"]
    return {
        name: resource["Properties"].get("MemorySize", default)
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def _never(seconds: float) -> None:
    raise AssertionError(f"the notifier waited {seconds} s for devices that have confirmed")
