"""From what people do to what is asked of AWS: a month's usage, and the rates at the busiest time."""

from msgspec import Struct
from msgspec.structs import replace

from infra.capacity.figures import Figures
from infra.capacity.usage import Usage

DAYS = 30.4
_DAY_S = 86_400
_HOUR_S = 3_600
_PING_S = 240
_RENEWAL_S = 3_510
_RESYNC_S = 1_800
# From clients/SPEC.md: PING_AFTER; TOKEN_LEAD before the end of a one-hour token, which is sooner than a socket's own
# two hours; RESYNC_EVERY.
_METRICS = 51
# The names in parley.runtime.telemetry, with Refusals counted by code.
_ACCESS_LINE_GB = 350e-9
_FUNCTION_GB = 0.5
_BENCH_DEVICES = 1.5
# The measured life has a sender with two sockets and a recipient with one.


class Assumptions(Struct, frozen=True, kw_only=True):
    """The assumptions. Shares are between 0 and 1."""

    users: float
    """Users in the month."""
    online: float
    """The share of users with an open socket, on average over the day."""
    messages: float
    """Messages that a user sends per day."""
    offline: float
    """The share of messages whose recipient has no socket, so that they become a push."""
    peak: float
    """The ratio of the busiest minutes to the average."""
    devices: float
    """Sockets of a user who is online."""
    sessions: float
    """How often a user opens the app per day. Each costs a socket, not counting renewals, and the list over HTTP."""
    typing: float
    """``typing`` frames per message."""
    media: float
    """Files that a user uploads per day."""
    media_mb: float
    """The size of a file."""
    views: float
    """Downloads of a file."""
    keep_months: float
    """How long messages and files have been accumulating."""
    storm_s: float
    """Seconds within which everyone is to be back after everyone was cut off."""


class Rates(Struct, frozen=True, kw_only=True):
    """Rates per second at the busiest time. Each has a quota of the same name (``infra.capacity.quotas``)."""

    connects: float
    """New sockets in a normal peak."""
    storm_connects: float
    """New sockets while everyone reconnects."""
    frames_in: float
    """Frames from clients."""
    requests: float
    """Incoming frames, handshakes and posts to connections, which API Gateway throttles."""
    concurrency: float
    """Functions at work at once, which is not a rate."""
    log_writes: float
    directory_writes: float
    """Write units of each table."""
    reads: float
    """Read units of both tables together, which is more than for either."""
    pushes: float
    sign_ins: float
    """Tokens issued or renewed."""


def month(a: Assumptions, f: Figures) -> Usage:
    """Return a month's usage."""
    sent = a.users * a.messages * DAYS
    live, pushed = sent * (1 - a.offline), sent * a.offline
    socket_s = _sockets(a) * _DAY_S * DAYS
    pings = socket_s / _PING_S  # as if nothing else were sent, which is the maximum
    files = a.users * a.media * DAYS
    file_gb = a.media_mb / 1000
    return (
        _kept(_live(f, a.devices), a.keep_months) * live
        + _kept(_pushed(f, a.devices), a.keep_months) * pushed
        + f.typing * (sent * a.typing)
        + f.session * (_sessions(a) * DAYS)
        + f.sync * (socket_s / _RESYNC_S)
        + f.opening * (a.users * a.sessions * DAYS)
        + Usage(websocket_messages=2 * pings, log_gb=_ACCESS_LINE_GB * pings)
        + Usage(connection_minutes=socket_s / 60, users=a.users, metrics=_METRICS)
        + Usage(
            media_uploads=files,
            media_gb_months=files * file_gb * a.keep_months,
            media_transfer_gb=files * file_gb * a.views,
            http_requests=files * (2 + a.views),
        )
    )


def rates(a: Assumptions, f: Figures) -> Rates:
    """Return what is asked of AWS at the busiest time."""
    seconds = DAYS * _DAY_S
    usage = month(a, f)
    sockets = min(_sockets(a) * a.peak, a.users * a.devices)
    connects = _sessions(a) / _DAY_S * a.peak
    sent = a.users * a.messages / _DAY_S * a.peak
    invocations = usage.lambda_requests / seconds * a.peak
    busy = usage.lambda_gb_seconds / _FUNCTION_GB / seconds * a.peak
    # An answer is the route response of its frame, and not a request of its own. Every frame but ``mark`` and
    # ``typing`` is answered.
    answered = sent + connects + _sockets(a) * a.peak * (1 / _PING_S + 1 / _RESYNC_S)
    return Rates(
        connects=connects,
        storm_connects=sockets / a.storm_s,
        frames_in=answered + sent * (_marks(a) + a.typing),
        requests=usage.websocket_messages / seconds * a.peak - answered + connects,
        # An execution environment takes at most ten requests per second, however short they are.
        concurrency=max(busy, invocations / 10),
        log_writes=sent,
        directory_writes=usage.write_units / seconds * a.peak - sent,
        reads=usage.read_units / seconds * a.peak,
        pushes=usage.pushes / seconds * a.peak,
        sign_ins=connects + sockets / _HOUR_S,
    )


def _sockets(a: Assumptions) -> float:
    """Return the average number of open sockets."""
    return a.users * a.online * a.devices


def _sessions(a: Assumptions) -> float:
    """Return the sockets opened per day, both by people and because the last socket's token ends."""
    return a.users * a.sessions + _sockets(a) * _DAY_S / _RENEWAL_S


def _marks(a: Assumptions) -> float:
    """Return the marks per message: one for delivered and one for read, or one later mark if the user was offline."""
    return 2 - a.offline


def _live(f: Figures, devices: float) -> Usage:
    """Return the usage per live message if both sides have so many devices: 4 frames for sender and markers, and posts.

    Posts go to all devices except the one that caused them, three times.
    """
    posts = 3 * (2 * devices - 1)
    measured = 3 * (2 * _BENCH_DEVICES - 1)
    return replace(
        f.dm,
        websocket_messages=f.dm.websocket_messages - measured + posts,
        egress_gb=f.dm.egress_gb * (posts + 1) / (measured + 1),  # and the ack
    )


def _pushed(f: Figures, devices: float) -> Usage:
    """Return the same for a message that waits: posts to the sender's other devices, later a receipt to all of them."""
    posts, measured = 2 * devices - 1, 3
    return replace(
        f.pushed,
        websocket_messages=f.pushed.websocket_messages - measured + posts,
        egress_gb=f.pushed.egress_gb * (posts + 1) / (measured + 1),
    )


def _kept(message: Usage, months: float) -> Usage:
    return replace(
        message,
        table_gb_months=message.table_gb_months * months,
        backup_gb_months=message.backup_gb_months * months,
    )
