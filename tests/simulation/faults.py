"""What goes wrong in a run.

Random faults are drawn by seed, and each kind occurs in some runs only, so that every mixture comes up. ``Exact``
faults befall chosen targets.
"""

from dataclasses import dataclass, field, fields, replace
from random import Random


@dataclass(frozen=True)
class Faults:
    """Probabilities in [0, 1) for each occasion on which a fault could happen. By default nothing goes wrong."""

    dies: float = 0.0
    """An invocation dies before or after a port call."""
    throttled: float = 0.0
    """A port call is refused, or carried out with its answer lost."""
    slow: float = 0.0
    """A port call takes up to 3 s."""
    stalls: float = 0.0
    """A port call takes up to 18 s, which is longer than clients wait."""
    stale: float = 0.0
    """A weak read misses something written within the last ``stale.LAG`` seconds."""
    lost: float = 0.0
    """A frame is lost, in either direction."""
    doubled: float = 0.0
    late: float = 0.0
    """A frame takes up to 4 s, so that later ones overtake it."""
    stuck: float = 0.0
    """A frame takes up to 20 s."""
    slow_reader: float = 0.0
    """A post is refused with 429."""
    turned_away: float = 0.0
    """API Gateway throttles a frame or an upgrade, or fails by itself."""
    no_goodbye: float = 0.0
    """A ``$disconnect`` never comes."""
    late_goodbye: float = 0.0
    """A ``$disconnect`` comes up to 60 s late."""
    cut: float = 0.0
    """A socket is cut at a frame."""
    vanishes: float = 0.0
    """The gateway is not told that a socket has ended, and goes on taking posts."""
    stream_late: float = 0.0
    """A batch comes up to 60 s late."""
    stream_doubled: float = 0.0
    """A batch comes again, at once or later."""
    stream_unanswered: float = 0.0
    """A batch is done, but Lambda does not get the answer."""
    crashes: float = 0.0
    """An app crashes around the moment at which it stores something."""
    push_later: float = 0.0
    """SNS throttles a push."""
    no_token: float = 0.0
    """The token source has no network."""
    old_token: float = 0.0
    """The token source hands out a token that is about to end."""
    skew: float = 0.0
    """Not a probability: seconds between the slowest and the fastest Lambda's clock."""


CALM = Faults()

_RATES: dict[str, tuple[float, ...]] = {
    "dies": (0.004, 0.02, 0.06),
    "throttled": (0.01, 0.05, 0.15),
    "slow": (0.02, 0.1),
    "stalls": (0.003, 0.02),
    "stale": (0.3, 0.9),
    "lost": (0.02, 0.1, 0.3),
    "doubled": (0.05, 0.3),
    "late": (0.05, 0.3),
    "stuck": (0.01, 0.05),
    "slow_reader": (0.05, 0.3),
    "turned_away": (0.02, 0.1),
    "no_goodbye": (0.3, 1.0),
    "late_goodbye": (0.3, 0.8),
    "cut": (0.005, 0.03),
    "vanishes": (0.3, 1.0),
    "stream_late": (0.1, 0.5),
    "stream_doubled": (0.1, 0.5),
    "stream_unanswered": (0.05, 0.2),
    "crashes": (0.002, 0.01),
    "push_later": (0.05, 0.3),
    "no_token": (0.05, 0.3),
    "old_token": (0.3, 1.0),
    "skew": (0.05, 0.1),
}


def draw(random: Random) -> Faults:
    """Draw the faults of one run: none in one run of twenty, otherwise about half of all kinds."""
    if random.random() < 0.05:
        return CALM
    share = random.choice((0.25, 0.5, 0.75))
    chosen = {f.name: random.choice(_RATES[f.name]) for f in fields(Faults) if random.random() < share}
    return replace(CALM, **chosen)


@dataclass
class Exact:
    """Faults of these exact targets, while nothing else goes wrong. Sockets and connections are given by id."""

    slow: set[str] = field(default_factory=set)
    """Sockets that take no posts: 429."""
    jammed: set[str] = field(default_factory=set)
    """Sockets that cannot be closed."""
    mute: set[str] = field(default_factory=set)
    """Sockets that carry nothing to the device except pongs, which nobody notices."""
    lossy: set[str] = field(default_factory=set)
    """Sockets that carry no entries to the device."""
    unseen: set[str] = field(default_factory=set)
    """Connections that weak reads miss."""
    dies_after: tuple[str, str] | None = None
    """The next invocation with this name that makes this port call dies after it."""
    loses: str = ""
    """Frames from devices that begin so are lost; none if it is empty."""
    ahead: tuple[str, float] | None = None
    """The clock of the next invocation with this name is this many seconds ahead."""
    rests_after: tuple[str, str] | None = None
    """The next invocation with this name that makes this port call takes two seconds longer for it."""
