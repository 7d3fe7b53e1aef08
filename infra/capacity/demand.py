"""From what people do to what AWS is asked for: a month's usage, and the rates at the busiest time."""

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
# clients/SPEC.md: PING_AFTER; TOKEN_LEAD before the end of a token of an hour, which is sooner than a socket's own two
# hours; RESYNC_EVERY.
_METRICS = 37
# parley.runtime.telemetry's names, with Refusals by code.
_ACCESS_LINE_GB = 350e-9
_FUNCTION_GB = 0.5
_BENCH_DEVICES = 1.5
# In the measured life, a sender with two sockets and a recipient with one.


class Assumptions(Struct, frozen=True, kw_only=True):
    """What is expected. Shares are between 0 and 1."""

    users: float
    """Users of the month."""
    online: float
    """Share of users with a socket open, on average over the day."""
    messages: float
    """That a user sends a day."""
    offline: float
    """Share of messages that find their recipient without a socket, and become a push."""
    peak: float
    """The busiest minutes over the average."""
    devices: float
    """Sockets of a user who is online."""
    sessions: float
    """Times a user opens the app a day: a socket each, renewals apart, and the list over HTTP."""
    typing: float
    """``typing`` frames a message."""
    media: float
    """Files a user uploads a day."""
    media_mb: float
    """Size of a file."""
    views: float
    """Downloads of a file."""
    keep_months: float
    """How long messages and files have been piling up."""
    storm_s: float
    """Seconds in which all are to be back after all were cut off."""


class Rates(Struct, frozen=True, kw_only=True):
    """A second at the busiest time; each has a quota of the same name (``infra.capacity.quotas``)."""

    connects: float
    """New sockets in a normal peak."""
    storm_connects: float
    """New sockets while all come back."""
    frames_in: float
    """Frames from clients."""
    requests: float
    """Frames in, handshakes and posts to connections: what API Gateway throttles."""
    concurrency: float
    """Functions at work at once; not a rate."""
    log_writes: float
    directory_writes: float
    """Write units of each table."""
    reads: float
    """Read units of both tables together, which is more than either's."""
    pushes: float
    sign_ins: float
    """Tokens issued or renewed."""


def month(a: Assumptions, f: Figures) -> Usage:
    """A month's usage."""
    sent = a.users * a.messages * DAYS
    live, pushed = sent * (1 - a.offline), sent * a.offline
    socket_s = _sockets(a) * _DAY_S * DAYS
    pings = socket_s / _PING_S  # as if nothing else were sent: the most there can be
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
    """What is asked for at the busiest time."""
    seconds = DAYS * _DAY_S
    usage = month(a, f)
    sockets = min(_sockets(a) * a.peak, a.users * a.devices)
    connects = _sessions(a) / _DAY_S * a.peak
    sent = a.users * a.messages / _DAY_S * a.peak
    invocations = usage.lambda_requests / seconds * a.peak
    busy = usage.lambda_gb_seconds / _FUNCTION_GB / seconds * a.peak
    # An answer is its frame's route response, and no request of its own. All are answered but ``typing``.
    answered = sent * (1 + _marks(a)) + connects + _sockets(a) * a.peak * (1 / _PING_S + 1 / _RESYNC_S)
    return Rates(
        connects=connects,
        storm_connects=sockets / a.storm_s,
        frames_in=answered + sent * a.typing,
        requests=usage.websocket_messages / seconds * a.peak - answered + connects,
        # An environment takes ten requests a second at most, however short they are.
        concurrency=max(busy, invocations / 10),
        log_writes=sent,
        directory_writes=usage.write_units / seconds * a.peak - sent,
        reads=usage.read_units / seconds * a.peak,
        pushes=usage.pushes / seconds * a.peak,
        sign_ins=connects + sockets / _HOUR_S,
    )


def _sockets(a: Assumptions) -> float:
    """Open on average."""
    return a.users * a.online * a.devices


def _sessions(a: Assumptions) -> float:
    """Sockets opened a day: by people, and because the last one's token ends."""
    return a.users * a.sessions + _sockets(a) * _DAY_S / _RENEWAL_S


def _marks(a: Assumptions) -> float:
    """A message's own: delivered and read; or one later, of who was offline."""
    return 2 - a.offline


def _live(f: Figures, devices: float) -> Usage:
    """Per live message, where both sides have so many devices: 6 frames for the sender and for who marks, and posts.

    Posts are to all devices but the one that caused them, three times.
    """
    posts = 3 * (2 * devices - 1)
    measured = 3 * (2 * _BENCH_DEVICES - 1)
    return replace(
        f.dm,
        websocket_messages=f.dm.websocket_messages - measured + posts,
        egress_gb=f.dm.egress_gb * (posts + 3) / (measured + 3),
    )


def _pushed(f: Figures, devices: float) -> Usage:
    """The same for one that waits: posts to the sender's other devices, and later a receipt to all of them."""
    posts, measured = 2 * devices - 1, 3
    return replace(
        f.pushed,
        websocket_messages=f.pushed.websocket_messages - measured + posts,
        egress_gb=f.pushed.egress_gb * (posts + 2) / (measured + 2),
    )


def _kept(message: Usage, months: float) -> Usage:
    return replace(
        message,
        table_gb_months=message.table_gb_months * months,
        backup_gb_months=message.backup_gb_months * months,
    )
