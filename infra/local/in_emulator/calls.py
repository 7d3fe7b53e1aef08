"""Which AWS calls belong to which invocation of a function, and what they cost.

A call says by its trace header whose it is (``infra.local.tracing``). Nothing is recorded while nobody listens.
"""

import importlib
import json
import re
import threading
import time
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs

from infra.local.in_emulator.control import App, Receive, Scope, Send
from infra.local.in_emulator.news import News
from infra.local.tracing import request_of, trace_id

CALL, INVOCATION = "call", "invocation"
_SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/")
_FUNCTION = re.compile(r"^/\d{4}-\d\d-\d\d/functions/")
_S3 = {"GET": "GetObject", "PUT": "PutObject", "POST": "PostObject", "DELETE": "DeleteObject", "HEAD": "HeadObject"}
_READS = ("Get", "BatchGet", "Query", "Scan", "TransactGet")
_units: ContextVar[dict[str, float]] = ContextVar("units")


def teach(news: News) -> None:
    """Record the invocations and the units of the emulator in this process."""
    _teach_invocations(importlib.import_module("ministack.services.lambda_svc"), news)
    dynamodb: Any = importlib.import_module("ministack.services.dynamodb")
    handle = dynamodb.handle_request

    async def handling(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        counted = _units.get(None)
        if counted is None:
            return await handle(method, path, headers, body, query)
        answer = await handle(method, path, headers, _with_capacity(body), query)
        counted.update(units(headers.get("x-amz-target", "").rpartition(".")[2], body, answer[2]))
        return answer

    dynamodb.handle_request = handling


def recording(app: App, news: News) -> App:
    """Return the application with its calls recorded."""

    async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
        request = _whose(scope) if scope["type"] == "http" and news.wanted(CALL) else None
        if request is None:
            await app(scope, receive, send)
            return
        units: dict[str, float] = {}
        _units.set(units)
        form, status, began = bytearray(), 0, time.monotonic()
        at = int(time.time() * 1000)

        async def reading() -> dict[str, Any]:
            message = await receive()
            if len(form) < 512:
                form.extend(message.get("body", b"")[:512])
            return message

        async def sending(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await app(scope, reading, sending)
        finally:
            service, operation = named(scope, bytes(form))
            ms = round((time.monotonic() - began) * 1000, 2)
            call = {"service": service, "operation": operation, "at": at, "ms": ms, "status": status, **units}
            news.add(CALL, {"request": request, **call})

    return recorded


def named(scope: Scope, form: bytes) -> tuple[str, str]:
    """Return a request's service, as its signature names it, and its operation."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    signed = _SERVICE.search(headers.get("authorization", ""))
    service: str = signed[1] if signed else ""
    if target := headers.get("x-amz-target"):
        return service, target.rpartition(".")[2]
    if _FUNCTION.match(scope["path"]):
        return service, "Invoke"
    if service == "s3":
        return service, _S3.get(scope["method"], str(scope["method"]))
    return service, parse_qs(form.decode("latin-1")).get("Action", [str(scope["method"])])[0]


def _whose(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name.lower() == b"x-amzn-trace-id":
            return request_of(value.decode("latin-1"))
    return None


def _with_capacity(body: bytes) -> bytes:
    """Return a DynamoDB request that also asks what it consumes."""
    try:
        asked = json.loads(body)
    except ValueError:
        return body
    return json.dumps({"ReturnConsumedCapacity": "TOTAL", **asked}).encode()


def units(operation: str, asked: bytes, told: bytes | str) -> dict[str, float]:
    """Return the read or write units of a call to DynamoDB, by the request's body and the answer's.

    The emulator does not count a batch get. Each of its keys costs half a unit, or one if it is read strongly, as long
    as the item has at most 4 KB, as all of Parley's hot ones do.
    """
    try:
        answer = json.loads(told)
        if operation == "BatchGetItem" and "Responses" in answer and "ConsumedCapacity" not in answer:
            tables = json.loads(asked)["RequestItems"].values()
            return {"readUnits": sum(len(t["Keys"]) * (1.0 if t.get("ConsistentRead") else 0.5) for t in tables)}
        counted = answer.get("ConsumedCapacity", [])
    except (ValueError, AttributeError):
        return {}
    total = sum(float(one["CapacityUnits"]) for one in (counted if isinstance(counted, list) else [counted]))
    return {"readUnits" if operation.startswith(_READS) else "writeUnits": total}


def _teach_invocations(functions: Any, news: News) -> None:
    """Trace the functions that the emulator itself runs, and tell of each invocation at its end."""
    current = threading.local()
    trace, execute = functions._xray_trace_id_for_invocation, functions._execute_function_warm

    def tracing(config: Any, inbound: str | None = None) -> Any:
        request = getattr(current, "request", None)
        return trace_id(request) if request else trace(config, inbound)

    def executing(func: Any, event: Any, request: str) -> Any:
        if not news.wanted(INVOCATION):
            return execute(func, event, request)
        current.request, began, at = request, time.monotonic(), int(time.time() * 1000)
        result: Any = {"error": True}
        try:
            result = execute(func, event, request)
        finally:
            current.request = None
            name = (func.get("config") or func).get("FunctionName", "")
            told = {"function": name, "route": _source(event), "request": request, "at": at}
            error = "the function failed" if result.get("error") else None
            news.add(INVOCATION, {**told, "ms": round((time.monotonic() - began) * 1000, 2), "error": error})
        return result

    functions._xray_trace_id_for_invocation, functions._execute_function_warm = tracing, executing


def _source(event: Any) -> str:
    """Return what triggered a function that is no route's."""
    if not isinstance(event, dict):
        return "invoke"
    if "triggerSource" in event:
        return "cognito"
    records = event.get("Records") or [{}]
    source = str(records[0].get("eventSource", event.get("source", "")))
    return {"aws:dynamodb": "stream", "aws:s3": "s3", "aws:sqs": "queue", "aws.events": "schedule"}.get(
        source, "invoke"
    )
