"""The connection: when to open a socket, when to give one up, and how long to wait before the next."""

from parley_client.protocol import effects, inputs, wire
from parley_client.protocol.constants import (
    BACKOFF_RESET,
    OPEN_TIMEOUT,
    PING_AFTER,
    PONG_TIMEOUT,
    QUIET_WAIT,
    REFUSALS,
    RENEW_AFTER_MAX,
    RENEW_AFTER_MIN,
    RENEW_GAP,
    SIGNED_OUT_RETRY,
    THROTTLED_FLOOR,
    TOKEN_LEAD_MAX,
    TOKEN_LEAD_MIN,
    backoff,
)
from parley_client.protocol.events import SignedOut, State, StateChanged

_REFUSED = {
    401: "the server answers 401",
    403: "the server answers 403, as it does to a wrong address, too",  # API Gateway does so for an unknown path
}
_TOO_MANY_REQUESTS = 429
_POLICY_VIOLATION = 1008  # API Gateway's close code for a throttled client


class Connection:
    """The connection's state. Every attempt has a number, and inputs from earlier attempts are ignored."""

    def __init__(self, user: str) -> None:
        self._user = user
        self.state = State.STOPPED
        self.attempt = 0
        self._failures = 0
        self._refusals = 0
        self._refused = False
        self._expires: float | None = None
        self._live_since: float | None = None
        self._sent_at = 0.0
        self._heard_at = 0.0
        self._pong_by: float | None = None
        self._renew_at: float | None = None
        self._until: float | None = None
        """When connecting times out, or when waiting is over."""

    @property
    def up(self) -> bool:
        """Whether there is an open socket."""
        return self.state in (State.SYNCING, State.LIVE)

    def take(self, given: inputs.ConnectionInput, now: float, chance: float, out: effects.Output) -> None:
        """Take an input about the connection."""
        attempt = getattr(given, "attempt", self.attempt)
        if attempt != self.attempt or (self.state is State.STOPPED and not isinstance(given, inputs.Start)):
            return
        match given:
            case inputs.Start() if self.state is State.STOPPED:
                self._connect(now, out)
            case inputs.Stop():
                self._leave(State.STOPPED, out)
            case inputs.Nudge():
                self._nudge(now, out)
            case inputs.TokenFetched() if self.state is State.CONNECTING:
                self._got_token(given, now, chance, out)
            case inputs.TokenFailed() if self.state is State.CONNECTING:
                self._note_refusal(given.reason, out, refused=given.refused)
                self._wait(now, chance, out, f"no token: {given.reason}")
            case inputs.SocketOpened() if self.state is State.CONNECTING:
                self._opened(now, chance, out)
            case inputs.SocketFailed() if self.state is State.CONNECTING:
                self._not_opened(given, now, chance, out)
            case inputs.SocketClosed():
                floor = THROTTLED_FLOOR if given.code == _POLICY_VIOLATION else 0.0
                reason = "closed" if given.code is None else f"closed with code {given.code}"
                self._wait(now, chance, out, reason, floor=floor)
            case _:
                pass  # a tick, or an input that comes too late to matter

    def heard(self, now: float) -> None:
        """A frame has arrived, so the server is alive."""
        self._heard_at = now
        self._pong_by = None

    def heard_since(self, moment: float) -> bool:
        """Whether anything has been heard from the server after ``moment``."""
        return self._heard_at > moment

    def transmit(self, text: str, now: float, out: effects.Output) -> None:
        """Send a frame through the current socket."""
        self._sent_at = now
        out.effects.append(effects.SendFrame(self.attempt, text))

    def synced(self, now: float, out: effects.Output) -> None:
        """The first sync of this socket is complete."""
        if self.state is State.SYNCING:
            self._refusals = 0
            self._live_since = now
            self._enter(State.LIVE, out)

    def drop(
        self, now: float, chance: float, out: effects.Output, reason: str = "the server has fallen silent"
    ) -> None:
        """Give up a socket that appears open, because it is dead or for another reason."""
        self._wait(now, chance, out, reason)

    def token_expired(self, reason: str, now: float, chance: float, out: effects.Output) -> None:
        """The server accepts no more commands with this token. The first time, reconnect at once; after that, wait."""
        self._forgive(now)
        first = self._failures == 0
        self._note_refusal(reason, out, refused=True)
        if first:
            self._connect(now, out)
            self._failures = 1
        else:
            self._wait(now, chance, out, reason)

    def tick(self, now: float, chance: float, out: effects.Output, *, busy: bool) -> None:
        """Do what is due. If ``busy``, commands are unanswered, and a renewal waits a little for them."""
        if self._until is not None and self._until <= now:
            if self.state is State.WAITING:
                self._connect(now, out)
            elif self.state is State.CONNECTING:
                self._wait(now, chance, out, "timed out")
        if not self.up:
            return
        if self._pong_by is not None and self._pong_by <= now:
            self.drop(now, chance, out)
        elif self._renew_at is not None and self._renewal(busy=busy) <= now:
            self._connect(now, out)
        elif self._pong_by is None and self._silent_from + PING_AFTER <= now:
            self._ping(now, out)

    def deadline(self, *, busy: bool) -> float | None:
        """When the next thing is due."""
        if not self.up:
            return self._until
        check = self._silent_from + PING_AFTER if self._pong_by is None else self._pong_by
        return check if self._renew_at is None else min(check, self._renewal(busy=busy))

    @property
    def _silent_from(self) -> float:
        """When the last frame was sent, which keeps the socket open, or heard, which shows that it is alive."""
        return min(self._sent_at, self._heard_at)

    def _renewal(self, *, busy: bool) -> float:
        assert self._renew_at is not None  # called only while there is a socket, and opening one sets the time
        return self._renew_at + QUIET_WAIT if busy else self._renew_at

    def _connect(self, now: float, out: effects.Output) -> None:
        self._forgive(now)
        self._leave(State.CONNECTING, out)
        self.attempt += 1
        self._until = now + OPEN_TIMEOUT
        out.effects.append(effects.FetchToken(self.attempt, self._refused))

    def _leave(self, state: State, out: effects.Output, pause: float | None = None, reason: str = "") -> None:
        if self.up or self.state is State.CONNECTING:
            out.effects.append(effects.CloseSocket(self.attempt))
        self._until = self._pong_by = self._renew_at = self._live_since = None
        self._enter(state, out, pause, reason)

    def _enter(self, state: State, out: effects.Output, pause: float | None = None, reason: str = "") -> None:
        if state is not self.state or pause is not None:
            self.state = state
            out.events.append(StateChanged(state, pause, reason))

    def _nudge(self, now: float, out: effects.Output) -> None:
        if self.state is State.WAITING:
            self._connect(now, out)
        elif self.up and self._pong_by is None:
            self._ping(now, out)

    def _ping(self, now: float, out: effects.Output) -> None:
        self.transmit(wire.ping(), now, out)
        self._pong_by = now + PONG_TIMEOUT

    def _got_token(self, given: inputs.TokenFetched, now: float, chance: float, out: effects.Output) -> None:
        if given.subject is not None and given.subject != self._user:
            # This user's outbox must never be sent in another user's name.
            self._refusals = REFUSALS - 1
            reason = "the token is another user's"
            self._note_refusal(reason, out, refused=True)
            self._wait(now, chance, out, reason)
            return
        self._expires = given.expires
        self._until = now + OPEN_TIMEOUT
        out.effects.append(effects.OpenSocket(self.attempt, given.token))

    def _opened(self, now: float, chance: float, out: effects.Output) -> None:
        self._refused = False
        self._until = None
        self._sent_at = self._heard_at = now
        self._renew_at = now + RENEW_AFTER_MIN + chance * (RENEW_AFTER_MAX - RENEW_AFTER_MIN)
        if self._expires is not None:
            lead = TOKEN_LEAD_MAX - chance * (TOKEN_LEAD_MAX - TOKEN_LEAD_MIN)
            self._renew_at = max(min(self._renew_at, self._expires - lead), now + RENEW_GAP)
        self._enter(State.SYNCING, out)

    def _not_opened(self, given: inputs.SocketFailed, now: float, chance: float, out: effects.Output) -> None:
        status = given.status
        if status in _REFUSED:
            self._note_refusal(_REFUSED[status], out, refused=True)
        reason = given.reason if status is None else f"HTTP {status}"
        self._wait(now, chance, out, reason, floor=THROTTLED_FLOOR if status == _TOO_MANY_REQUESTS else 0.0)

    def _note_refusal(self, reason: str, out: effects.Output, *, refused: bool) -> None:
        if not refused:
            return
        self._refused = True
        self._refusals += 1
        if self._refusals == REFUSALS:
            out.events.append(SignedOut(reason))

    def _forgive(self, now: float) -> None:
        if self._live_since is not None and now - self._live_since >= BACKOFF_RESET:
            self._failures = 0

    def _wait(self, now: float, chance: float, out: effects.Output, reason: str, floor: float = 0.0) -> None:
        if self.state is State.WAITING:
            return
        self._forgive(now)
        if self._refusals >= REFUSALS:
            pause = SIGNED_OUT_RETRY * (1 + chance) / 2
        else:
            pause = floor + backoff(self._failures, chance)
        self._failures += 1
        self._leave(State.WAITING, out, pause, reason)
        self._until = now + pause
