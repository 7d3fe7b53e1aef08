"""What the gateway is told (the limits of API Gateway and Lambda, and the faults to inject), and what it reports."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """The quotas, which tests make small. Units are seconds and bytes.

    Sources: "Quotas for configuring and running a WebSocket in API Gateway" and "Quotas for configuring and running an
    HTTP API" in the API Gateway developer guide, "Lambda quotas" in the Lambda developer guide. ``buffer``,
    ``workers``, ``queue`` and ``keep`` are this machine's own.
    """

    frame: int = 32 * 1024
    message: int = 128 * 1024
    """The size of a message (several frames if it is larger than a frame may be), of a post, and of an answer."""
    idle: float = 600.0
    """The time without a message in either direction. Protocol pings do not count (``pings_count``)."""
    pings_count: bool = False
    """Whether a client's protocol pings keep its socket alive. AWS does not say, so clients should rely on neither."""
    lifetime: float = 7200.0
    integration: float = 29.0
    """The time for an integration of a WebSocket API to answer."""
    http_integration: float = 30.0
    """The time for an integration of an HTTP API to answer."""
    http_head: int = 10240
    """The size of an HTTP API's request line and header values."""
    http_body: int = 10 * 1024 * 1024
    """The size of an HTTP API's request body."""
    buffer: int = 128 * 1024
    """The bytes that may wait for a slow reader, beyond what the system's own socket buffers take."""
    workers: int = 8
    """The most invocations of a function at once."""
    queue: float = 25.0
    """How long an invocation waits for a free worker before the function is said to be throttled."""
    keep: float = 300.0
    """How long a worker without work is kept."""


class Faults(Struct, frozen=True, kw_only=True):
    """The probability, 0 to 1, of each fault."""

    disconnect_loss: float = 0.0
    """``$disconnect`` is not fired for a socket that has closed."""
    post_throttle: float = 0.0
    """A post is answered with 429, and nothing is sent."""
    frame_loss: float = 0.0
    """A message in either direction vanishes. A post is answered with 200 all the same."""
    frame_repeat: float = 0.0
    """A client's message is passed to its route twice, up to a second apart, and answered twice.

    This is as if the client had not heard the first answer in time.
    """
    worker_death: float = 0.0
    """A worker is killed at some moment within an invocation."""


class Stats(Struct, frozen=True):
    """The gateway's current figures."""

    sockets: int
    ghosts: int
    """Sockets that were cut without a goodbye, and are still believed to be alive."""
    workers: dict[str, int]
    """Workers, by function."""
    invocations: dict[str, int]
    """Invocations since the start, by function."""
    deaths: int
    """Workers that have ended within an invocation, for whatever reason."""
    rss_bytes: int
    """The memory of the gateway's own process, without the workers."""


class Site(Struct, frozen=True):
    """What the local server shows besides the APIs: the settings for apps, and the folders that it serves."""

    settings: dict[str, str]
    """By their names in JSON (``infra.local.client_settings``)."""
    page: str
    client: str
    secret: str
    """What the emulator's process requires of those who ask it for news."""
    elements: str = ""
    people: str = ""
    """The file that says whom the page shows (``infra.local.people``)."""


class Start(Struct, frozen=True):
    """What the starter tells the process, as the first line of its input."""

    endpoint: str
    """The address of the embedded AWS."""
    region: str
    secret: str
    """A random word that the control endpoint requires in the header ``x-gateway-secret``."""
    directory: str
    """The directory for the functions' code."""
    logs: str
    """The directory for the functions' logs."""
    environment: dict[str, str]
    """Variables that every function is given in addition to its own."""
    limits: Limits
    site: Site | None = None
    """None for a gateway that serves the APIs alone."""
