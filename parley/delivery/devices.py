"""Register and unregister devices: which of a user's devices a push reaches."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from msgspec import Struct

from parley.core.errors import BadRequest, NotFound, ParleyError, Unavailable
from parley.delivery import endpoints
from parley.delivery.model import Platform, PushDevice, Registration
from parley.delivery.ports import IN_USE, Connections, Devices, Push

MOST_DEVICES = 25
"""The most devices with a push endpoint per user. It bounds the REACH item and a push's fan-out."""

_ATTEMPTS = 5


class Ports(Struct, frozen=True):
    """What registering needs from the world."""

    connections: Connections
    devices: Devices
    push: Push


class Told(Struct, frozen=True):
    """What an app says about the device it runs on."""

    platform: Platform
    token: str
    app_version: str = ""
    locale: str = ""


def register(user: str, device: str, told: Told, now: int, ports: Ports) -> Registration:
    """Make pushes to ``user`` reach the device that holds the token. Apps repeat this at every start.

    A token stands for one app on one phone. Whoever signs in there takes it over from the user who was signed in
    before, so that nobody's messages are pushed to somebody else's phone.

    Raises:
        NotFound: there is no such user.
        BadRequest: the platform is not set up or refuses the token, or the user has too many devices.
    """
    devices = _devices(user, ports)
    known = next((d for d in devices if d.id == device), None)
    if known is None and len(devices) >= MOST_DEVICES:
        raise BadRequest(f"a user has at most {MOST_DEVICES} devices")
    endpoint = known.endpoint if known and known.platform == told.platform else None
    for _ in range(_ATTEMPTS):
        endpoint = ports.push.register(told.platform, told.token, endpoint)
        registered = Registration(
            device=PushDevice(id=device, platform=told.platform, endpoint=endpoint),
            app_version=told.app_version,
            locale=told.locale,
            at=now,
        )
        if _take(user, registered, ports):
            return registered
    raise Unavailable("the device is registered and given up at once", retry_after=1)


def _take(user: str, registered: Registration, ports: Ports) -> bool:
    """Whether the endpoint belongs to the device and still exists: it may have been deleted before it was taken."""
    endpoint, until = registered.device.endpoint, registered.at + endpoints.LEAVING_MS
    try:
        taken = ports.devices.register(user, registered, MOST_DEVICES, until)
    except ParleyError:
        with suppress(ParleyError):  # the original error is the one to report
            endpoints.delete(ports.devices.abandon(endpoint, registered.at, until), ports.devices, ports.push)
        raise
    if taken.left is not None:
        endpoints.delete(taken.left, ports.devices, ports.push)
    return taken.renewed or not ports.push.dead(endpoint)


def registered(user: str, ports: Ports) -> list[Registration]:
    """The user's devices, by id.

    Raises:
        NotFound: there is no such user.
    """
    return sorted(ports.devices.registrations(user, _devices(user, ports)), key=lambda r: r.device.id)


def unregister(user: str, device: str, now: int, ports: Ports) -> None:
    """Stop pushing to this device, as after signing out. A device that is not registered is not an error."""
    _give_up_known(user, [device], now + endpoints.LEAVING_MS, ports)


def give_up_all(user: str, now: int, ports: Ports) -> None:
    """Stop pushing to all of the user's devices. This is for functions that run for minutes."""
    _give_up_known(user, None, now + endpoints.LEAVING_IN_A_RUN_MS, ports)


def _give_up_known(user: str, names: Iterable[str] | None, until: int, ports: Ports) -> None:
    for _ in range(_ATTEMPTS):
        recipient = ports.connections.recipients([user], strong=True).get(user)
        known = [d for d in recipient.devices if names is None or d.id in names] if recipient else []
        if not known or _give_up(user, known, until, ports):
            return
    raise Unavailable("the device is registered and given up at once", retry_after=1)


def _give_up(user: str, known: Sequence[PushDevice], until: int, ports: Ports) -> bool:
    """Give up these devices; return whether none of them has been registered again in the meantime."""
    left = [ports.devices.leave(user, r, until) for r in ports.devices.registrations(user, known)]
    for one in left:
        endpoints.delete(one, ports.devices, ports.push)
    return len(left) == len(known) and IN_USE not in left


def _devices(user: str, ports: Ports) -> tuple[PushDevice, ...]:
    recipient = ports.connections.recipients([user], strong=True).get(user)
    if recipient is None:
        raise NotFound("no such user")
    return recipient.devices
