"""Drills: exactly one thing goes wrong while everything else is calm, and all must be right again within seconds.

What heals everything in the end, above all the client's half-hourly sync, would hide these failures. Each run has two
drills, chosen by its seed.
"""

from collections.abc import Callable

from tests.simulation.drills import archive, messages, pace, recovery, sockets
from tests.simulation.judges import oracle
from tests.simulation.scene import Scene

Drill = Callable[[Scene, str, str], bool]
"""A drill with two users, the first of whom may write to the other. It returns whether its preconditions were met."""

DRILLS: dict[str, Drill] = {
    "lost": messages.lost,
    "ahead": messages.ahead,
    "slow": messages.slow,
    "jammed": sockets.jammed,
    "missed": sockets.missed,
    "silent": sockets.silent,
    "unposted": messages.unposted,
    "overtaken": messages.overtaken,
    "unconfirmed": messages.unconfirmed,
    "unread": messages.unread,
    "far behind": messages.far_behind,
    "twins": messages.twins,
    "blocked": sockets.blocked,
    "twice": sockets.twice,
    "crowded": sockets.crowded,
    "expired": sockets.expired,
    "departed": sockets.departed,
    "archived": archive.archived,
    "restored": recovery.restored,
}


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
    scene.wait(pace.REST)
    scene.become_live()
    if DRILLS[name](scene, *scene.random.choice(pairs)):
        scene.world.ledger.count(f"drill: {name}")
    scene.become_live()
    oracle.check_sockets(scene.world)
    scene.wait(0)
