"""What the gateway is told: API Gateway's and Lambda's limits, the faults to make, and what it says of itself."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """The quotas, which tests make small. Seconds and bytes.

    Sources: "Quotas for configuring and running a WebSocket in API Gateway" and "Quotas for configuring and running an
    HTTP API" in the API Gateway developer guide, "Lambda quotas" in the Lambda developer guide. ``buffer``,
    ``workers``, ``queue`` and ``keep`` are this machine's own.
    """

    frame: int = 32 * 1024
    message: int = 128 * 1024
    """Of a message, in several frames if it is longer than one may be; of a post, and of an answer to a message."""
    idle: float = 600.0
    """Without a message either way. Protocol pings do not count (``pings_count``)."""
    pings_count: bool = False
    """Whether a client's protocol pings keep its socket alive. AWS does not say; who counts on neither is safe."""
    lifetime: float = 7200.0
    integration: float = 29.0
    """For an integration of a WebSocket API to answer."""
    http_integration: float = 30.0
    """For one of an HTTP API."""
    http_head: int = 10240
    """Of a request of an HTTP API: its request line and its headers' values."""
    http_body: int = 10 * 1024 * 1024
    """Of its body."""
    buffer: int = 128 * 1024
    """Waiting for a slow reader, beyond what the system's own socket buffers take."""
    workers: int = 8
    """A function's invocations at once, at most."""
    queue: float = 25.0
    """For an invocation to wait for a free worker, before the function is said to be throttled."""
    keep: float = 300.0
    """A worker without work is ended after it."""


class Faults(Struct, frozen=True, kw_only=True):
    """Chances, 0 to 1, of each thing that goes wrong."""

    disconnect_loss: float = 0.0
    """``$disconnect`` is not fired for a socket that has closed."""
    post_throttle: float = 0.0
    """A post is answered with 429, and nothing is sent."""
    frame_loss: float = 0.0
    """A message, either way, vanishes; a post is answered with 200 all the same."""
    frame_repeat: float = 0.0
    """A client's message is handed to its route twice, up to a second apart, and answered twice: as if the client had
    not heard the first answer in time."""
    worker_death: float = 0.0
    """A worker is killed within an invocation, at any moment of it."""


class Stats(Struct, frozen=True):
    """The gateway as it is."""

    sockets: int
    ghosts: int
    """Cut without goodbye, and still believed to live."""
    workers: dict[str, int]
    """By function."""
    invocations: dict[str, int]
    """By function, since the start."""
    deaths: int
    """Workers that have ended within an invocation, for whatever reason."""
    rss_bytes: int
    """Of the gateway's own process, without the workers."""


class Start(Struct, frozen=True):
    """What its starter tells the process, as the first line of its input."""

    endpoint: str
    """The embedded AWS."""
    region: str
    secret: str
    """For the control endpoint: a random word in the header ``x-gateway-secret``."""
    directory: str
    """For the functions' code."""
    logs: str
    """For the functions' logs."""
    environment: dict[str, str]
    """Variables that every function is given besides its own."""
    limits: Limits
