"""Drills: exactly one thing goes wrong while everything else is calm, and all must be right again within seconds.

What heals everything in the end, above all the client's half-hourly sync, would hide these failures. Each run has two
drills, chosen by its seed.
"""

from collections.abc import Callable
from unittest.mock import patch

from parley_client.protocol import inputs
from parley_client.protocol.values import direct

from parley.chat import send
from parley.delivery import connections
from tests.simulation.cloud.tokens import make_token
from tests.simulation.device import Device
from tests.simulation.judges import oracle
from tests.simulation.scene import Scene

Drill = Callable[[Scene, str, str], bool]
"""A drill with two users, the first of whom may write to the other. It returns whether its preconditions were met."""

_REST = 31.0
"""Seconds after which sockets are no longer young, and clients have forgotten their failures."""
_OFFERED = 5.5
"""Seconds within which the notifier has offered a message again: the window, the grace period, and a little more."""
_REPEATED = 13.0
"""Seconds within which a client has repeated a command that was not answered."""
_BACK = 3.0
"""Seconds within which a device whose socket was closed is back, and has synced."""
_AHEAD = 50.0
"""Seconds by which a clock is wrong, so that it matters, and no token of a socket has ended by it."""
_WAVE = 13
"""The number of entries that another device gets through flood control while a client waits for an answer."""


def chosen(seed: int) -> tuple[str, str]:
    """Return a run's drills."""
    names = list(DRILLS)
    return names[seed % len(names)], names[seed // len(names) % len(names)]


def run(scene: Scene, name: str) -> None:
    """Run one drill, from calm to calm.

    Raises:
        Broken: a promise was broken.
    """
    pairs = scene.pairs()
    if not pairs:
        return
    scene.wait(_REST)
    scene.become_live()
    if DRILLS[name](scene, *scene.random.choice(pairs)):
        scene.world.ledger.count(f"drill: {name}")
    scene.become_live()
    oracle.check_sockets(scene.world)
    scene.wait(0)


def _lost(scene: Scene, one: str, other: str) -> bool:
    """Every live post of a message to its recipient is lost, and nobody knows. The notifier offers it again."""
    ears = scene.sockets(other)
    scene.exact.lossy |= ears
    said = scene.say(scene.first(one), other)
    scene.wait(1.5)
    scene.exact.lossy.clear()
    scene.wait(_OFFERED - 1.5)
    scene.heard([said], steady=True)
    return True


def _ahead(scene: Scene, one: str, other: str) -> bool:
    """A send's clock is ahead, and its posts are lost. The notifier offers the entry in time all the same, and anyone
    who then writes without hurry is not held up.
    """
    writer = scene.first(one)
    scene.exact.ahead = ("message", _AHEAD)
    ears = scene.sockets(other)
    scene.exact.lossy |= ears
    said = [scene.say(writer, other)]
    scene.wait(1.5)
    scene.exact.lossy.clear()
    scene.exact.ahead = None
    scene.wait(_OFFERED - 1.5)
    scene.heard(said, steady=True)
    for _ in range(scene.world.rules.burst + 1):
        said.append(scene.say(writer, other))
        scene.wait(scene.world.rules.burst_ms / 1000 + 1)
    scene.become_live()
    scene.wait(_BACK)
    scene.heard(said, steady=True)
    return True


def _slow(scene: Scene, one: str, other: str) -> bool:
    """A socket takes no posts. The send or the notifier closes it, and the device syncs over its next one."""
    writer = scene.first(one)
    victim = scene.random.choice([d for d in scene.of(one, other) if d is not writer])
    scene.exact.slow.add(victim.socket.id)
    said = scene.say(writer, other)
    scene.wait(_OFFERED + _BACK)
    scene.heard([said], steady=True)
    return True


def _jammed(scene: Scene, one: str, other: str) -> bool:
    """Sockets take no posts, and cannot be closed for a while. The notifier tries until they can be."""
    ears = scene.sockets(other)
    scene.exact.slow |= ears
    scene.exact.jammed |= ears
    said = scene.say(scene.first(one), other)
    scene.wait(3 + 3 * scene.random.random())
    if scene.random.random() < 0.5:
        scene.random.choice(scene.of(other)).lose_socket()  # it confirms, in the name of those that are still jammed
    scene.wait(3)
    scene.exact.jammed.clear()
    scene.wait(10 + _BACK)
    scene.heard([said], steady=True)
    return True


def _missed(scene: Scene, one: str, other: str) -> bool:
    """A device has just connected, and a send's weak read does not see that. The notifier offers it the entry."""
    writer = scene.first(one)
    crowd = [d for d in scene.of(one, other) if d is not writer and len(scene.of(d.user)) > 1]
    if not crowd:
        return False
    late = scene.random.choice(crowd)
    before = late.socket
    late.lose_socket()
    scene.wait(0.1)
    for _ in range(150):
        if late.live and late.socket is not before:
            break
        scene.wait(0.02)
    else:
        return False
    connection = late.socket.id
    recorded = next(c for c in scene.world.directory.users[late.user].connections if c.id == connection)
    scene.exact.unseen.add(connection)
    said = scene.say(writer, other)
    scene.wait(max(recorded.at / 1000 + 1.0 - scene.world.clock.now, 0))
    scene.exact.unseen.clear()
    scene.wait(_OFFERED)
    scene.heard([said], steady=True)
    late.lose_socket()  # only a sync reveals a mark that missed the device as well
    scene.wait(_BACK)
    return True


def _silent(scene: Scene, one: str, other: str) -> bool:
    """A device comes back over another socket. Its old one looks alive, and perhaps cannot be closed right now."""
    device = scene.random.choice(scene.of(one, other))
    old = device.socket.id
    device.lose_network()
    device.die()
    if scene.random.random() < 0.5:
        scene.exact.jammed.add(old)
    device.start()
    scene.wait(2 * _BACK)
    scene.exact.jammed.clear()
    return True


def _unposted(scene: Scene, one: str, other: str) -> bool:
    """A send dies between storing and posting, with the recipient away. The retry tells the sender's other devices."""
    writer, *others = scene.of(one)
    if not others:
        return False
    _say_and_die(scene, writer, other)
    return True


def _overtaken(scene: Scene, one: str, other: str) -> bool:
    """A send dies between storing and posting, just after its socket has opened. The notifier offers the entry to that
    socket, or its next sync shows it; the sender's other devices are told all the same.
    """
    writer, *others = scene.of(one)
    if not others:
        return False
    writer.lose_socket()
    for _ in range(150):
        scene.wait(0.02)
        if writer.live and writer.socket.state == "open":
            break
    else:
        return False
    _say_and_die(scene, writer, other, pause=0)
    return True


def _say_and_die(scene: Scene, writer: Device, other: str, pause: float = 1.0) -> None:
    away = scene.of(other)
    for device in away:
        device.die()
    scene.wait(pause)
    scene.exact.dies_after = ("message", "log.append")
    said = scene.say(writer, other)
    scene.wait(_REPEATED)
    scene.heard([said], but=other, steady=True)
    for device in away:
        device.start()


def _untold(scene: Scene, one: str, other: str) -> bool:
    """A mark dies between storing and telling. Its retry tells everybody."""
    said = scene.say(scene.first(one), other)
    scene.wait(_BACK)
    scene.heard([said], steady=True)
    scene.become_live()
    scene.exact.dies_after = ("message", "directory.move_marks")
    reader = scene.first(other)
    reader.read(direct(one, other), 0)
    socket = reader.socket
    scene.wait(_REPEATED)
    repeated = reader.live and reader.socket is socket  # otherwise it has synced, and knows
    if not repeated:
        for device in scene.of(one, other):
            device.lose_socket()
        scene.wait(_BACK)
    scene.agree(one, other)
    return repeated


def _far_behind(scene: Scene, one: str, other: str) -> bool:
    """A client hears neither its ack nor what others write.

    Two entries that it has not heard of are ahead of its message, so that a retry does not find that message where it
    looks first. By then, more entries than the span have followed.
    """
    wave = send.SPAN + scene.world.rules.burst + 2
    if wave > _WAVE or not scene.may_write(other, one):
        return False
    writer = scene.first(one)
    unclosed = writer.socket.id
    scene.exact.mute.add(unclosed)
    said = [scene.say(scene.first(other), one) for _ in range(2)]
    scene.wait(1)
    said.append(scene.say(writer, other))
    scene.wait(0.5)
    said += [scene.say(scene.first(other), one) for _ in range(wave)]
    scene.wait(8.8)
    writer.wish(inputs.Nudge())  # it hears the answer to that, and so does not give up its socket
    scene.wait(0.5)
    scene.exact.mute.clear()
    scene.wait(_OFFERED)
    scene.heard(said, steady=True)
    writer.lose_socket()  # only a sync will tell it which other marks it has missed
    scene.wait(_BACK)
    return True


def _twins(scene: Scene, one: str, other: str) -> bool:
    """Two users send at the same moment, with the same id."""
    if not scene.may_write(other, one):
        return False
    for number in range(3):
        name = f"twin-{scene.world.clock.now:.0f}-{number}"
        said = [scene.say(scene.first(a), b, name) for a, b in ((one, other), (other, one))]
        scene.wait(2)
    scene.heard(said, steady=True)
    return True


def _blocked(scene: Scene, one: str, other: str) -> bool:
    """A message comes once more after the recipient has blocked its sender. It is acked, and shown to nobody."""
    writer, blocker = scene.first(one), scene.first(other)
    scene.say(writer, other)
    scene.wait(_OFFERED)
    scene.world.block(blocker, one)
    scene.wait(2)
    scene.become_live()
    scene.world.gateway.run(writer.socket, writer.socket.last_send)
    writer.wish(inputs.KeyPressed(direct(one, other)))
    scene.wait(2)
    scene.world.directory.unblock(other, one)
    return True


class _Visitor:
    """A user's socket that does nothing."""

    def __init__(self, user: str, name: str) -> None:
        self.user, self.name = user, name

    def opened(self, number: int) -> None: ...

    def not_opened(self, number: int, status: int | None) -> None: ...

    def closed(self, number: int, code: int | None) -> None: ...

    def heard(self, number: int, text: str) -> None: ...


def _twice(scene: Scene, one: str, other: str) -> bool:
    """A device opens several sockets at once, which cannot be closed yet. The next post closes all but the last."""
    with patch.object(connections, "MOST_CONNECTIONS", 20):
        _open_at_once(scene, one, other)
    return True


def _open_at_once(scene: Scene, one: str, other: str) -> None:
    world, number = scene.world, int(scene.world.clock.now)
    token = make_token(other, world.roles[other], world.ms() + 3_600_000)
    visitor = _Visitor(other, f"{other}-t")
    scene.exact.rests_after = ("connect", "directory.add_connection")
    guests = [world.gateway.open(visitor, number, token)]
    scene.wait(0.2)
    guests += [world.gateway.open(visitor, number + n, token) for n in range(1, 6)]
    scene.wait(_BACK)
    scene.say(scene.first(one), other)
    scene.wait(_BACK)
    oracle.check_sockets(world)
    left = [g.id for g in guests if g.state == "open"]
    if len(left) > 1:
        world.ledger.violate(f"{visitor.name} connects {len(guests)} times, and stays at {left}", other)
    scene.wait(_REST)
    scene.say(scene.first(one), other)
    scene.wait(_BACK)
    recorded = [c.id for c in world.directory.users[other].connections if c.device == visitor.name]
    if recorded != left:
        world.ledger.violate(f"{visitor.name} is recorded at {recorded}, and is at {left}", other)
    for guest in guests:
        world.gateway.leave(guest)
    scene.wait(_BACK)


def _crowded(scene: Scene, one: str, other: str) -> bool:
    """A user connects more often than allowed. The oldest sockets give way, and are told, but none that is opening."""
    world, number = scene.world, int(scene.world.clock.now)
    with patch.object(connections, "MOST_CONNECTIONS", 4):
        token = make_token(one, world.roles[one], world.ms() + 3_600_000)
        scene.exact.rests_after = ("connect", "directory.add_connection")
        guests = [world.gateway.open(_Visitor(one, f"{one}-w"), number, token)]
        scene.wait(0.2)
        guests += [world.gateway.open(_Visitor(one, f"{one}-x{n}"), number, token) for n in range(4)]
        scene.wait(_REST + _BACK)  # now they are no longer young
        oracle.check_sockets(world)
        guests.append(world.gateway.open(_Visitor(one, f"{one}-y"), number, token))
        scene.wait(2 * _BACK)
        oracle.check_sockets(world)
        for guest in guests:
            world.gateway.leave(guest)
        scene.wait(_BACK)
    return True


def _expired(scene: Scene, one: str, other: str) -> bool:
    """A socket outlives its token. Nothing that comes over it is obeyed."""
    world = scene.world
    token = make_token(one, world.roles[one], world.ms() + 5_000)
    guest = world.gateway.open(_Visitor(one, f"{one}-z"), int(world.clock.now), token)
    scene.wait(6)
    world.gateway.run(guest, '{"action":"sync","id":"z","since":{}}')  # the gateway looks at what is answered
    scene.wait(1)
    world.gateway.leave(guest)
    return True


def _departed(scene: Scene, one: str, other: str) -> bool:
    """A socket is gone, and nobody has said so. The first post finds out, and the socket is forgotten."""
    device: Device = scene.random.choice(scene.of(other))
    old = device.socket
    if old.opened_at > scene.world.clock.now - _REST:
        return False
    scene.world.gateway.forget(old)
    device.die()
    scene.wait(1)
    scene.say(scene.first(one), other)
    scene.wait(2)
    if any(c.id == old.id for c in scene.world.directory.users[other].connections):
        scene.world.ledger.violate(f"{old.id} is gone, has been posted to, and is still recorded", other)
    device.start()
    return True


DRILLS: dict[str, Drill] = {
    "lost": _lost,
    "ahead": _ahead,
    "slow": _slow,
    "jammed": _jammed,
    "missed": _missed,
    "silent": _silent,
    "unposted": _unposted,
    "overtaken": _overtaken,
    "untold": _untold,
    "far behind": _far_behind,
    "twins": _twins,
    "blocked": _blocked,
    "twice": _twice,
    "crowded": _crowded,
    "expired": _expired,
    "departed": _departed,
}
