"""Drills in which a message, a mark or what follows it is lost, late, repeated or raced."""

from parley_client.protocol import inputs
from parley_client.protocol.constants import RESYNC_EVERY
from parley_client.protocol.values import direct

from parley.chat import send
from tests.simulation.device import Device
from tests.simulation.drills import pace
from tests.simulation.scene import Scene

_MARK = '{"action":"mark"'


def lost(scene: Scene, one: str, other: str) -> bool:
    """Every live post of a message to its recipient is lost, and nobody knows. The notifier offers it again."""
    ears = scene.sockets(other)
    scene.exact.lossy |= ears
    said = scene.say(scene.first(one), other)
    scene.wait(1.5)
    scene.exact.lossy.clear()
    scene.wait(pace.OFFERED - 1.5)
    scene.heard([said], steady=True)
    return True


def ahead(scene: Scene, one: str, other: str) -> bool:
    """A send's clock is ahead, and its posts are lost. The notifier offers the entry in time all the same, and anyone
    who then writes without hurry is not held up.
    """
    writer = scene.first(one)
    scene.exact.ahead = ("message", pace.AHEAD)
    ears = scene.sockets(other)
    scene.exact.lossy |= ears
    said = [scene.say(writer, other)]
    scene.wait(1.5)
    scene.exact.lossy.clear()
    scene.exact.ahead = None
    scene.wait(pace.OFFERED - 1.5)
    scene.heard(said, steady=True)
    for _ in range(scene.world.rules.burst + 1):
        said.append(scene.say(writer, other))
        scene.wait(scene.world.rules.burst_ms / 1000 + 1)
    scene.become_live()
    scene.wait(pace.BACK)
    scene.heard(said, steady=True)
    return True


def slow(scene: Scene, one: str, other: str) -> bool:
    """A socket takes no posts. The send or the notifier closes it, and the device syncs over its next one."""
    writer = scene.first(one)
    victim = scene.random.choice([d for d in scene.of(one, other) if d is not writer])
    scene.exact.slow.add(victim.socket.id)
    said = scene.say(writer, other)
    scene.wait(pace.OFFERED + pace.BACK)
    scene.heard([said], steady=True)
    return True


def unposted(scene: Scene, one: str, other: str) -> bool:
    """A send dies between storing and posting, with the recipient away. The retry tells the sender's other devices."""
    writer, *others = scene.of(one)
    if not others:
        return False
    _say_and_die(scene, writer, other)
    return True


def overtaken(scene: Scene, one: str, other: str) -> bool:
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
    scene.wait(pace.REPEATED)
    scene.heard([said], but=other, steady=True)
    for device in away:
        device.start()


def unconfirmed(scene: Scene, one: str, other: str) -> bool:
    """All confirmations of a message are lost, and nobody knows. It is offered again, and confirmed again."""
    readers = scene.of(other)
    sockets = {d.name: d.socket for d in readers}
    scene.exact.loses = _MARK
    said = scene.say(scene.first(one), other)
    scene.wait(1.5)
    scene.exact.loses = ""
    scene.wait(pace.OFFERED)
    scene.heard([said], steady=True)
    scene.agree(one, other)
    return all(d.live and d.socket is sockets[d.name] for d in readers)  # otherwise a sync has had a part in it


def unread(scene: Scene, one: str, other: str) -> bool:
    """A read mark is lost, and nobody knows. The next sync of the device shows it, if its socket lives that long."""
    reader = scene.first(other)
    reader.tokens.forget()
    reader.lose_socket()
    scene.wait(pace.BACK)
    scene.become_live()
    socket = reader.socket
    said = scene.say(scene.first(one), other)
    scene.wait(pace.BACK)
    scene.heard([said], steady=True)
    scene.exact.loses = _MARK
    reader.read(direct(one, other), 0)
    scene.wait(1.5)
    scene.exact.loses = ""
    scene.wait(RESYNC_EVERY + pace.BACK)
    scene.become_live()
    scene.agree(one, other)
    return reader.socket is socket


def far_behind(scene: Scene, one: str, other: str) -> bool:
    """A client hears neither its ack nor what others write.

    Two entries that it has not heard of are ahead of its message, so that a retry does not find that message where it
    looks first. By then, more entries than the span have followed.
    """
    wave = send.SPAN + scene.world.rules.burst + 2
    if wave > pace.WAVE or not scene.may_write(other, one):
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
    scene.wait(pace.OFFERED)
    scene.heard(said, steady=True)
    writer.lose_socket()  # only a sync will tell it which other marks it has missed
    scene.wait(pace.BACK)
    return True


def twins(scene: Scene, one: str, other: str) -> bool:
    """Two users send at the same moment, with the same id."""
    if not scene.may_write(other, one):
        return False
    for number in range(3):
        name = f"twin-{scene.world.clock.now:.0f}-{number}"
        said = [scene.say(scene.first(a), b, name) for a, b in ((one, other), (other, one))]
        scene.wait(2)
    scene.heard(said, steady=True)
    return True
