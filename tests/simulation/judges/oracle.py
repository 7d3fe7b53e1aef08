"""What must be true when the faults are over and the system has settled: for every user, every device, every table.

docs/decisions/0012-simulation.md says what is allowed, and why.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
from parley_client.protocol import events
from parley_client.protocol.values import direct

from parley.chat.effects import inbox_order
from parley.chat.inbox import badge, summaries
from parley.delivery import connections
from parley.delivery.fanout import HANDSHAKE_MS
from tests.simulation.device import Device
from tests.simulation.judges.watch import members_of, unread
from tests.simulation.world import World


def check(world: World) -> None:
    """Record whatever is not as promised. The first finding ends the check."""
    for look in (_logs, _messages, _directory, _badges):
        look(world)
        if world.ledger.violations:
            return
    for device in world.devices:
        _device(world, device)
        if world.ledger.violations:
            return


def _logs(world: World) -> None:
    """Check that there is one dense order, each message is in it once, and each sender's are in the order written.

    A message that was refused no longer holds up those behind it. If an earlier attempt of it was still under way, it
    is stored behind them.
    """
    violate = world.ledger.violate
    for conversation, log in world.log.entries.items():
        if [(e.seq, e.count) for e in log] != [(n, n) for n in range(1, len(log) + 1)]:
            violate("the log's numbers are not 1, 2, 3 …", conversation)
        times = [e.at for e in log if (conversation, e.seq) not in world.ledger.mistimed]
        if times != sorted(times):
            violate("times go back in the log", conversation)
        for device in world.devices:
            mine = {key: n for n, (key, s) in enumerate(world.ledger.said.items()) if s.device == device.name}
            refused = {e.id for e in (*device.told, *device.missed) if isinstance(e, events.Failed)}
            order = [mine[e.sender, e.id] for e in log if (e.sender, e.id) in mine and e.id not in refused]
            if order != sorted(order):
                violate(f"{device.name}'s messages are not in the order written", conversation)


def _messages(world: World) -> None:
    """Check that what was said is stored, or failed for a real reason. (``_told`` checks what failed and is stored.)"""
    failed = {(d.user, e.id): e for d in world.devices for e in (*d.told, *d.missed) if isinstance(e, events.Failed)}
    for key, said in world.ledger.said.items():
        stored = key in world.ledger.placed
        failure = failed.get(key)
        if failure is None:
            if not stored:
                world.ledger.violate(f"{said.id} is lost", said.conversation, said.device)
        elif not _justified(world, failure, said.user):
            world.ledger.violate(f"{said.id} failed for no reason: {failure}", said.conversation, said.device)


def _justified(world: World, failure: events.Failed, sender: str) -> bool:
    [other] = [u for u in members_of(failure.conversation) if u != sender]
    if failure.code == "blocked":
        return bool({(other, sender), (sender, other)} & (world.directory.blocks | world.directory.unblocked_at.keys()))
    neither = "provider" not in {world.roles[sender], world.roles[other]}
    return failure.code == "forbidden" and neither and not world.rules.allow_consumer_pairs


def _directory(world: World) -> None:
    """Check that memberships, marks and summaries are as the logs and the users make them, with nothing else."""
    directory, violate = world.directory, world.ledger.violate
    wanted = {(u, c) for c in world.log.entries for u in members_of(c)}
    if set(directory.members) != wanted or set(directory.summaries) != set(world.log.entries):
        violate(f"memberships {sorted(directory.members)}, summaries {sorted(directory.summaries)}", *world.roles)
        return
    for conversation, log in world.log.entries.items():
        sent = {e.sender: e.count for e in log}
        summary = summaries.newer(None, log[-1:])
        if directory.summaries[conversation] != msgspec.structs.replace(summary, sent=sent):
            violate(f"the summary is {directory.summaries[conversation]}, and the tail {log[-1]}", conversation)
        for user in members_of(conversation):
            marks = directory.members[user, conversation]
            read = world.ledger.read.get((user, conversation), 0)
            delivered = max(read, max((e.seq for e in log if e.sender != user), default=0))
            if (marks.delivered, marks.read, marks.read_count) != (delivered, read, read):
                violate(f"{user}'s marks are {marks}, and should be {delivered}, {read}", conversation)
            if not log[-1].at - inbox_order.ACTIVITY_STEP_MS < marks.last_activity <= log[-1].at:
                violate(f"{user}'s place in the inbox is {marks.last_activity}, of {log[-1].at}", conversation)
            if marks.pushed > len(log):
                violate(f"{user} is remembered to have got a push of {marks.pushed}", conversation)


def _badges(world: World) -> None:
    for user in world.roles:
        shown = badge.badge(user, world.ms(), world.directory, world.directory)
        truth = sum(_unread(world, user, c) for c in world.log.entries if user in members_of(c))
        if shown != truth:
            world.ledger.violate(f"{user}'s badge is {shown}, and {truth} are unread", user)


def _unread(world: World, user: str, conversation: str) -> int:
    log = world.log.entries[conversation]
    return unread(log, user, world.ledger.read.get((user, conversation), 0), len(log))


def _device(world: World, device: Device) -> None:
    """Check that the device holds what the server holds, and has told its app of it once."""
    user, store = device.user, device.store

    def violate(what: str, conversation: str = "") -> None:
        world.ledger.violate(f"{device.name}: {what}", *([conversation] if conversation else [device.name]))

    mine = {c: log for c, log in world.log.entries.items() if user in members_of(c)}
    held = {c.id: c for c in store.conversations()}
    if set(held) != set(mine):
        violate(f"holds {sorted(held)}, and is in {sorted(mine)}")
        return
    for conversation, log in mine.items():
        has = [_entry(e, e.body) for e in store.entries(conversation)]
        if has != [_entry(e, {"text": e.body.text}) for e in log]:
            violate(f"holds {[e.id for e in store.entries(conversation)]} of {[e.id for e in log]}", conversation)
        if held[conversation].unread != _unread(world, user, conversation):
            violate(f"shows {held[conversation].unread} unread of {_unread(world, user, conversation)}", conversation)
        check_marks(world, device, conversation)
    if store.outbox():
        violate(f"has still to send {store.outbox()}")
    _told(world, device, mine, violate)


def check_marks(world: World, device: Device, conversation: str) -> None:
    """Check that the device shows both members' marks as they are stored; of two who block, only the user's own."""
    one, other = members_of(conversation)
    apart = {(one, other), (other, one)} & world.directory.blocks
    shown = [u for u in (one, other) if u == device.user or not apart]
    kept = [m for m in device.store.marks(conversation) if m.user in shown]
    marks = {m.user: (m.delivered, m.read) for m in kept if m.delivered or m.read}
    rows = {u: world.directory.members[u, conversation] for u in shown}
    truth = {u: (m.delivered, m.read) for u, m in rows.items() if m.delivered or m.read}
    if marks != truth:
        world.ledger.violate(f"{device.name}: shows the marks {marks}, which are {truth}", conversation)


def _entry(entry: Any, body: Mapping[str, Any]) -> tuple[Any, ...]:
    return (entry.conversation, entry.seq, entry.count, entry.id, entry.kind, entry.sender, entry.at, body)


def _told(world: World, device: Device, mine: dict[str, Any], violate: Any) -> None:
    """Check that each entry was received once, in order, and each own message sent once or failed once.

    A crash may have kept some of this from us.
    """
    for conversation, log in mine.items():
        seqs = [
            e.entry.seq for e in device.told if isinstance(e, events.Received) if e.entry.conversation == conversation
        ]
        missed = [
            e.entry.seq for e in device.missed if isinstance(e, events.Received) if e.entry.conversation == conversation
        ]
        if seqs != sorted(seqs) or sorted([*seqs, *missed]) != list(range(1, len(log) + 1)):
            violate(f"was told of {seqs}, and kept from it {missed}, of {len(log)}", conversation)
    every = [*device.told, *device.missed]
    said = {key for key, s in world.ledger.said.items() if s.device == device.name}
    own = [e.id for log in mine.values() for e in log if (e.sender, e.id) in said]
    sent = Counter(e.id for e in every if isinstance(e, events.Sent))
    if sent != Counter(own):
        violate(f"was told that {sorted(sent.elements())} are sent, and {sorted(own)} are")
    failed = Counter(e.id for e in every if isinstance(e, events.Failed))
    kept = {u.message.id for u in device.store.undelivered()}
    if failed != Counter({*kept, *(failed.keys() & set(own))}) or not kept.isdisjoint(own):
        violate(f"was told that {sorted(failed.elements())} failed, and keeps {device.store.undelivered()}")


def check_presence(world: World) -> None:
    """Check, while everybody is there and has asked, that exactly those who may know see who is online."""
    for device in world.devices:
        asked = [e.users or {} for e in device.told if isinstance(e, events.PresenceResult) and e.question == "who"]
        for user in {d.user: "" for d in world.devices if d.user != device.user}:
            shared = direct(device.user, user) in world.log.entries
            visible = (world.roles[user] == "provider" or shared) and (user, device.user) not in world.directory.blocks
            told = [answer[user] for answer in asked if user in answer]
            seen = any(o.online for o in told) if visible else any(o.online or o.seen for o in told)
            if not told or seen != visible:
                world.ledger.violate(f"{device.name} asks after {user}, and is told {told}", device.name, user)


def check_sockets(world: World) -> None:
    """Check, while all is calm, that open sockets with a good token are recorded, and no more than are allowed."""
    now, gateway = world.clock.now, world.gateway
    recorded = {c.id for r in world.directory.users.values() for c in r.connections}
    for socket in gateway.sockets.values():
        settled = socket.state in {"open", "dead"} and socket.opened_at < now - 3
        if settled and socket.expires > world.ms() and socket.id not in recorded:
            user = socket.device.user
            world.ledger.violate(f"{socket.id} is open, and nobody knows where {user} is", user, socket.device.name)
    for user, recipient in world.directory.users.items():
        live = {c.device: c.at for c in recipient.live(world.ms())}  # it may be more if they could not be closed
        grown = [at for at in live.values() if max(live.values()) - at >= HANDSHAKE_MS]
        most = connections.MOST_CONNECTIONS
        if len(live) > (most if grown else 2 * most):
            world.ledger.violate(f"{user} is recorded at too many: {sorted(live)}", user)


def check_reaches(world: World) -> None:
    """Check, after every device has connected once more, that nothing else is recorded, and every endpoint is there."""
    for user in sorted({d.user for d in world.devices}):
        recipient = world.directory.users[user]
        open_now = sorted(s.id for s in world.gateway.sockets.values() if s.device.user == user and s.state == "open")
        recorded = sorted(c.id for c in recipient.connections)
        if recorded != open_now:
            world.ledger.violate(f"{user} is recorded at {recorded}, and is at {open_now}", user)
        wanted = {(d.name, f"apns/{d.push_token}") for d in world.devices if d.user == user and d.push_token}
        endpoints = {(d.id, d.endpoint) for d in recipient.devices}
        if endpoints != wanted:
            world.ledger.violate(f"{user}'s endpoints are {sorted(endpoints)}, of {sorted(wanted)}", user)
