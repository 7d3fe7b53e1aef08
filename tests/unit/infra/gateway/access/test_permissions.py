"""Which of the emulator's decisions are remembered, and which are not."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from infra.local.gateway.access.permissions import Denied, Permissions

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further
FORGED = Denied(403, b"", "InvalidSignatureException")
DOWN = Denied(503, b"", "ServiceUnavailableException")


class Emulator(Permissions):
    """Decides by itself: a body of ``good`` is approved, ``down`` gets no answer, and all else is denied."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1")
        self.asked: list[bytes] = []
        self.answers = threading.Event()
        self.answers.set()

    def _ask(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Denied | None:
        self.asked.append(body)
        assert self.answers.wait(10)
        if body == b"down":
            raise ConnectionRefusedError
        return None if body == b"good" else FORGED

    def ask(self, body: bytes, key: str = "KEY", method: str = "POST", stage: str = "a/live") -> Awaitable[Any]:
        headers = [("authorization", f"AWS4-HMAC-SHA256 Credential={key}/20261123/us-east-1/execute-api/aws4_request")]
        return self.check(method, stage, f"/{stage}/@connections/x", headers, body)


def run(test: Callable[[Emulator], Awaitable[None]]) -> None:
    async def running() -> None:
        await test(Emulator())

    asyncio.run(running())


def test_an_approval_is_remembered_for_its_key_method_and_stage():
    async def test(emulator: Emulator) -> None:
        for _ in range(2):
            assert await emulator.ask(b"good") is None
        assert emulator.asked == [b"good"]
        for other in ({"key": "OTHER"}, {"method": "GET"}, {"stage": "b/live"}):
            assert await emulator.ask(b"bad", **other) == FORGED

    run(test)


def test_an_approval_is_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch):
    now = [1000.0]
    monkeypatch.setattr("infra.local.gateway.access.permissions.time.monotonic", lambda: now[0])

    async def test(emulator: Emulator) -> None:
        await emulator.ask(b"good")
        now[0] += 61
        assert await emulator.ask(b"bad") == FORGED

    run(test)


@pytest.mark.parametrize(("bad", "told"), [(b"forged", FORGED), (b"down", DOWN)])
def test_a_refusal_is_of_its_own_request_alone(bad: bytes, told: Denied):
    async def test(emulator: Emulator) -> None:
        for _ in range(2):
            assert await emulator.ask(bad) == told
        assert await emulator.ask(b"good") is None

    run(test)


def test_so_it_is_for_those_who_ask_at_the_same_time():
    async def test(emulator: Emulator) -> None:
        emulator.answers.clear()
        asked = [asyncio.ensure_future(emulator.ask(body)) for body in (b"forged", b"good", b"good")]
        await asyncio.sleep(0.05)
        assert emulator.asked == [b"forged"]
        emulator.answers.set()
        assert await asyncio.gather(*asked) == [FORGED, None, None]

    run(test)


def test_who_comes_while_it_is_asked_waits_for_the_approval():
    async def test(emulator: Emulator) -> None:
        emulator.answers.clear()
        asked = [asyncio.ensure_future(emulator.ask(b"good")) for _ in range(5)]
        await asyncio.sleep(0.05)
        emulator.answers.set()
        assert await asyncio.gather(*asked) == [None] * 5
        assert emulator.asked == [b"good"]

    run(test)
