"""Drills about sockets: deaf, missed, too many, refused, at their end, or of users who may not hear each other."""

from unittest.mock import patch

from parley_client.protocol import inputs
from parley_client.protocol.values import direct

from parley.delivery import connections
from tests.simulation.cloud.tokens import make_token
from tests.simulation.device import Device
from tests.simulation.drills import pace
from tests.simulation.judges import oracle
from tests.simulation.scene import Scene


def jammed(scene: Scene, one: str, other: str) -> bool:
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
    scene.wait(10 + pace.BACK)
    scene.heard([said], steady=True)
    return True


def missed(scene: Scene, one: str, other: str) -> bool:
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
    scene.wait(pace.OFFERED)
    scene.heard([said], steady=True)
    late.lose_socket()  # only a sync reveals a mark that missed the device as well
    scene.wait(pace.BACK)
    return True


def silent(scene: Scene, one: str, other: str) -> bool:
    """A device comes back over another socket. Its old one looks alive, and perhaps cannot be closed right now."""
    device = scene.random.choice(scene.of(one, other))
    old = device.socket.id
    device.lose_network()
    device.die()
    if scene.random.random() < 0.5:
        scene.exact.jammed.add(old)
    device.start()
    scene.wait(2 * pace.BACK)
    scene.exact.jammed.clear()
    return True


def blocked(scene: Scene, one: str, other: str) -> bool:
    """A message comes once more after the recipient has blocked its sender. It is acked, and shown to nobody."""
    writer, blocker = scene.first(one), scene.first(other)
    scene.say(writer, other)
    scene.wait(pace.OFFERED)
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


def twice(scene: Scene, one: str, other: str) -> bool:
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
    scene.wait(pace.BACK)
    scene.say(scene.first(one), other)
    scene.wait(pace.BACK)
    oracle.check_sockets(world)
    left = [g.id for g in guests if g.state == "open"]
    if len(left) > 1:
        world.ledger.violate(f"{visitor.name} connects {len(guests)} times, and stays at {left}", other)
    scene.wait(pace.REST)
    scene.say(scene.first(one), other)
    scene.wait(pace.BACK)
    recorded = [c.id for c in world.directory.users[other].connections if c.device == visitor.name]
    if recorded != left:
        world.ledger.violate(f"{visitor.name} is recorded at {recorded}, and is at {left}", other)
    for guest in guests:
        world.gateway.leave(guest)
    scene.wait(pace.BACK)


def crowded(scene: Scene, one: str, other: str) -> bool:
    """A user connects more often than allowed. The oldest sockets give way, and are told, but none that is opening."""
    world, number = scene.world, int(scene.world.clock.now)
    with patch.object(connections, "MOST_CONNECTIONS", 4):
        token = make_token(one, world.roles[one], world.ms() + 3_600_000)
        scene.exact.rests_after = ("connect", "directory.add_connection")
        guests = [world.gateway.open(_Visitor(one, f"{one}-w"), number, token)]
        scene.wait(0.2)
        guests += [world.gateway.open(_Visitor(one, f"{one}-x{n}"), number, token) for n in range(4)]
        scene.wait(pace.REST + pace.BACK)  # now they are no longer young
        oracle.check_sockets(world)
        guests.append(world.gateway.open(_Visitor(one, f"{one}-y"), number, token))
        scene.wait(2 * pace.BACK)
        oracle.check_sockets(world)
        for guest in guests:
            world.gateway.leave(guest)
        scene.wait(pace.BACK)
    return True


def expired(scene: Scene, one: str, other: str) -> bool:
    """A socket outlives its token. Nothing that comes over it is obeyed."""
    world = scene.world
    token = make_token(one, world.roles[one], world.ms() + 5_000)
    guest = world.gateway.open(_Visitor(one, f"{one}-z"), int(world.clock.now), token)
    scene.wait(6)
    world.gateway.run(guest, '{"action":"sync","id":"z","since":{}}')  # the gateway looks at what is answered
    scene.wait(1)
    world.gateway.leave(guest)
    return True


def departed(scene: Scene, one: str, other: str) -> bool:
    """A socket is gone, and nobody has said so. The first post finds out, and the socket is forgotten."""
    device: Device = scene.random.choice(scene.of(other))
    old = device.socket
    if old.opened_at > scene.world.clock.now - pace.REST:
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
