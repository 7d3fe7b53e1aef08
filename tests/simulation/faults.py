"""What goes wrong in a run: drawn by seed, each kind in some runs only, so that every mixture comes up; and exactly."""

from dataclasses import dataclass, field, fields, replace
from random import Random


@dataclass(frozen=True)
class Faults:
    """Chances in [0, 1), of each time that it could happen. As it is made, nothing goes wrong."""

    dies: float = 0.0
    """An invocation, before or after a port call."""
    throttled: float = 0.0
    """A port call: refused, or done with its answer lost."""
    slow: float = 0.0
    """A port call: up to 3 s."""
    stalls: float = 0.0
    """A port call: up to 18 s, longer than clients wait."""
    stale: float = 0.0
    """A weak read of something written within the last ``stale.LAG`` seconds."""
    lost: float = 0.0
    """A frame, either way."""
    doubled: float = 0.0
    late: float = 0.0
    """A frame: up to 4 s, so that later ones pass it."""
    stuck: float = 0.0
    """A frame: up to 20 s."""
    slow_reader: float = 0.0
    """A post: 429."""
    turned_away: float = 0.0
    """A frame or an upgrade that API Gateway throttles, or fails by itself."""
    no_goodbye: float = 0.0
    """A ``$disconnect`` that never comes."""
    late_goodbye: float = 0.0
    """… or up to 60 s late."""
    cut: float = 0.0
    """A socket, at a frame."""
    vanishes: float = 0.0
    """Of sockets that end: the gateway is not told, and goes on to take posts."""
    stream_late: float = 0.0
    """A batch: up to 60 s."""
    stream_doubled: float = 0.0
    """A batch, once or later again."""
    stream_unanswered: float = 0.0
    """A batch that is done, and whose answer Lambda does not get."""
    crashes: float = 0.0
    """An app, around what it stores."""
    push_later: float = 0.0
    """A push: SNS throttles it."""
    no_token: float = 0.0
    """The token source has no network."""
    old_token: float = 0.0
    """The token source hands out a token that is about to end."""
    skew: float = 0.0
    """Not a chance: seconds between the slowest and the fastest Lambda's clock."""


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
    """The faults of one run: none in one of twenty, else about half of all kinds."""
    if random.random() < 0.05:
        return CALM
    share = random.choice((0.25, 0.5, 0.75))
    chosen = {f.name: random.choice(_RATES[f.name]) for f in fields(Faults) if random.random() < share}
    return replace(CALM, **chosen)


@dataclass
class Exact:
    """What befalls just these, where nothing else goes wrong; sockets and connections by their ids."""

    slow: set[str] = field(default_factory=set)
    """Sockets that take no post: 429."""
    jammed: set[str] = field(default_factory=set)
    """Sockets that cannot be closed."""
    mute: set[str] = field(default_factory=set)
    """Sockets that carry nothing down but pongs, and nobody notices."""
    lossy: set[str] = field(default_factory=set)
    """… no entries."""
    unseen: set[str] = field(default_factory=set)
    """Connections that weak reads miss."""
    dies_after: tuple[str, str] | None = None
    """The next invocation with this name to make this port call dies after it."""
    rests_after: tuple[str, str] | None = None
    """… and this one takes two seconds more for it."""
