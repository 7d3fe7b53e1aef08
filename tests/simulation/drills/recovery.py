"""The drill in which the server is restored to an earlier time, while its clients go on."""

from parley_client.protocol.values import direct

from tests.simulation import backup
from tests.simulation.drills import pace
from tests.simulation.scene import Key, Scene

_MOST = 4
"""The number of messages that are written, at most, before the server is restored, and again after it."""


def restored(scene: Scene, one: str, other: str) -> bool:
    """The tables are restored, and the log grows past what clients hold of it, or not. Some of them know of it at once,
    and one was away all the time. What was written since is on every device, as is what was there at that time.

    Without an archive, whose packs a backup of the tables does not have (decision 0036).
    """
    world, conversation = scene.world, direct(one, other)
    if any(world.attic.stored.archived_through(c) for c in world.log.entries):
        return False
    writer, back = scene.first(one), scene.may_write(other, one)
    scene.wait(15)  # so that the stream has dealt with everything
    scene.become_live()
    before = backup.take(world)
    lost = [scene.say(writer, other) for _ in range(scene.random.randint(1, _MOST))]
    scene.wait(pace.OFFERED + 5)
    scene.become_live()
    scene.heard(lost)
    away = scene.random.choice([d for d in scene.of(one, other) if d is not writer])
    away.die()
    backup.put_back(world, before)
    said = _write(scene, one, other, back=back)
    scene.wait(scene.random.random() * 3)
    for device in world.devices:  # as the operator has them do, so that they do not wait for their next sync
        device.lose_socket()
    scene.wait(pace.BACK)
    away.start()
    scene.wait(pace.BACK + pace.OFFERED + pace.REPEATED)
    scene.become_live()
    scene.wait(pace.OFFERED)
    scene.heard(said)
    scene.agree(one, other)
    world.ledger.count(
        "longer than before the restore", len(before.entries[conversation]) + len(lost) < _tail(scene, said)
    )
    return True


def _write(scene: Scene, one: str, other: str, *, back: bool) -> list[Key]:
    """Write on the sockets that are still open, by whoever may."""
    said = []
    for _ in range(scene.random.randint(1, 2 * _MOST)):
        to_and_fro = [(one, other), (other, one)] if back else [(one, other)]
        a, b = scene.random.choice(to_and_fro)
        on = [d for d in scene.of(a) if d.on]
        if on:
            said.append(scene.say(scene.random.choice(on), b))
            scene.wait(scene.random.random() * 2)
    return said


def _tail(scene: Scene, said: list[Key]) -> int:
    return max((scene.world.ledger.placed.get(key, 0) for key in said), default=0)
