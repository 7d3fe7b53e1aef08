"""An exchange goes well only if everything does, and otherwise says at which step it did not."""

from collections.abc import Iterator

import pytest

from parley.canary import exchange
from parley.canary.memory import STORED, MemoryService
from parley.core.errors import Unavailable


def ports(service: MemoryService) -> exchange.Ports:
    return exchange.Ports(sign_ins=service, dialer=service)


def seconds() -> Iterator[float]:
    """A clock on which each look is a quarter of a second later."""
    at = 0.0
    while True:
        yield at
        at += 0.25


def test_a_message_that_is_acknowledged_delivered_and_read_is_an_exchange_with_its_times():
    service, clock = MemoryService(), seconds()
    done = exchange.run("m1", ports(service), lambda: next(clock))
    assert (done.ack_ms, done.delivery_ms) == (250, 500)
    assert service.marked == service.tail == 1


def test_both_sockets_are_closed_whether_it_goes_well_or_not():
    for broken in ("", "ack", "receipt"):
        service = MemoryService(broken=broken)
        try:
            exchange.run("m1", ports(service))
        except Unavailable:
            assert broken
        assert sorted(service.closed) == sorted([STORED.writer, STORED.reader])


@pytest.mark.parametrize("tail", [0, 200, 201, 100_000])
def test_a_long_conversation_is_written_to_behind_its_tail(tail):
    service = MemoryService(tail=tail)
    exchange.run("m1", ports(service))
    assert service.tail == tail + 1


@pytest.mark.parametrize(
    ("broken", "step"),
    [
        ("credentials", "the credentials: it is broken"),
        ("sign-in", "the sign-in of the writer: it is broken"),
        ("dial", "the reader's socket: it is broken"),
        ("ack", "the ack: nothing came within 10 s"),
        ("delivery", "the delivery: nothing came within 10 s"),
        ("receipt", "the receipt: nothing came within 10 s"),
    ],
)
def test_the_step_that_failed_is_said(broken, step):
    with pytest.raises(Unavailable, match=f"^{step}$"):
        exchange.run("m1", ports(MemoryService(broken=broken)))


class Refusing(MemoryService):
    """A service that refuses every message."""

    def dial(self, token: str, device: str):
        line = super().dial(token, device)
        line._send = lambda frame: line._heard.append(  # type: ignore[attr-defined]
            {"type": "error", "id": frame["id"], "code": "rate_limited", "retry_after": 1}
        )
        return line


def test_a_refusal_is_said_by_its_code():
    with pytest.raises(Unavailable, match=r"^the ack: an rate_limited error$"):
        exchange.run("m1", ports(Refusing()))


def test_frames_that_never_end_are_no_delivery():
    service = MemoryService()

    class Chatty:
        def say(self, frame):
            pass

        def hear(self, limit):
            return {"type": "typing"}

        def close(self):
            pass

    chatty = Chatty()
    service.dial = lambda token, device: chatty  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match=r"^the ack: other frames came"):
        exchange.run("m1", ports(service))
