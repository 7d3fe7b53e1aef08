"""What breaks a promise in delivery: posts, redelivery, connections."""

from collections.abc import Callable
from typing import Any

import msgspec
from greenlet import getcurrent

from parley.chat import send
from parley.chat.effects import settings as effects
from parley.chat.events import Message, Receipt
from parley.delivery import fanout
from parley.delivery.ports import Delivery


def post_is_delivery(real: Any) -> Any:
    """Whoever was posted to counts as having been told."""

    def serve(task: Any, names: Any, now: int, ports: Any, rules: Any) -> Any:
        posted = fanout.FanoutResult()
        for entry in task.owed:
            event = Message(entry=entry)
            posted += fanout.post(ports.sockets, ports.connections, [task.recipient], event, now)
        return effects.DeliveryResult(posted=posted) if posted.done else real(task, names, now, ports, rules)

    return serve


def only_to_the_other(real: Any) -> Any:
    def deliver(entry: Any, session: Any, now: int, found: Any, ports: Any) -> Any:
        mine = msgspec.structs.replace(
            found, recipients={u: r for u, r in found.recipients.items() if u != session.user}
        )
        return real(entry, session, now, mine, ports)

    return deliver


def silent_notifier(real: Any) -> Any:
    """The notifier pushes, and posts to nobody."""

    def serve(task: Any, names: Any, now: int, ports: Any, rules: Any) -> Any:
        nobody = msgspec.structs.replace(ports, sockets=_Nobody())
        return real(task, names, now, nobody, rules)

    return serve


class _Nobody:
    @staticmethod
    def post(connections: Any, event: Any) -> list[Delivery]:
        return [Delivery.DONE] * len(connections)


def closing(when: Callable[[Any, Any], bool]) -> Any:
    """A send closes sockets that do not take its entry only if ``when`` accepts its sender and the socket's user."""

    def made(real: Any) -> Any:
        def post(sockets: Any, directory: Any, recipients: Any, event: Any, now: int, **how: Any) -> Any:
            fiber = getcurrent()
            if fiber.invocation.name == "message" and "close" in how:
                close, sender = how["close"], fiber.invocation.about[0]
                how["close"] = lambda recipient: when(sender, recipient.user) and close(recipient)
            return real(sockets, directory, recipients, event, now, **how)

        return post

    return made


def notifier_never_closes(real: Any) -> Any:
    return lambda recipient, event, now, ports: fanout.post(ports.sockets, ports.connections, [recipient], event, now)


def waits_again(real: Any) -> Any:
    """The notifier waits as often as an entry's time asks for."""
    return lambda entries, now, ports, rules, waited_ms=0: real(entries, now, ports, rules)


def no_late_offer(_: Any) -> Any:
    return lambda self, entries, live, rules: []


def closes_nothing(real: Any) -> Any:
    def connect(session: Any, now: int, directory: Any, sockets: Any) -> Any:
        return real(session, now, directory, _Unclosed())

    return connect


class _Unclosed:
    @staticmethod
    def close(connections: Any) -> list[Delivery]:
        return [Delivery.GONE] * len(connections)


def forgets_what_is_open(real: Any) -> Any:
    """A connect also forgets the sockets that it could not close."""

    def connect(session: Any, now: int, directory: Any, sockets: Any) -> Any:
        class Ended:
            @staticmethod
            def close(connections: Any) -> list[Delivery]:
                sockets.close(connections)
                return [Delivery.GONE] * len(connections)

        return real(session, now, directory, Ended())

    return connect


def any_number(real: Any) -> Any:
    return lambda recipient, new, now: [
        c for c in real(recipient, new, now) if c.expires <= now or c.device == new.device
    ]


def retry_is_not_delivered(real: Any) -> Any:
    def deliver(entry: Any, session: Any, now: int, found: Any, ports: Any) -> Any:
        return fanout.FanoutResult() if entry.at < now - 1_000 else real(entry, session, now, found, ports)

    return deliver


def retry_reaches_blockers(real: Any) -> Any:
    def send_it(command: Any, session: Any, now: int, ports: Any, rules: Any) -> Any:
        sent = real(command, session, now, ports, rules)
        if sent.repeated:
            log = ports.log.newest(sent.entry.conversation, sent.entry.seq, 200)
            found = ports.snapshots.find(recipients=sent.entry.conversation.split(":")[1:])
            send._deliver(log[0], session, now, found, ports)
        return sent

    return send_it


def only_others_hear(real: Any) -> Any:
    """Receipts go to the other member only."""

    def post(sockets: Any, directory: Any, recipients: Any, event: Any, now: int, **how: Any) -> Any:
        if isinstance(event, Receipt):
            mine = getcurrent().invocation.about[0]
            recipients = [r for r in recipients if r.user != mine]
        return real(sockets, directory, recipients, event, now, **how)

    return post


def types_to_nobody(real: Any) -> Any:
    return lambda command, session, now, ports: fanout.FanoutResult()


def types_to_blockers(real: Any) -> Any:
    def type_it(command: Any, session: Any, now: int, ports: Any) -> Any:
        class Unblocked:
            @staticmethod
            def find(**wanted: Any) -> Any:
                return ports.snapshots.find(**{**wanted, "blocks": []})

        return real(command, session, now, msgspec.structs.replace(ports, snapshots=Unblocked()))

    return type_it
