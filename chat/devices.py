"""Register and give up: which of a user's devices a push reaches.

An endpoint at the push service stands for one token, and so for one phone, as long as it exists. Whoever gives one up
*leaves* it first, deletes it, and says so; whoever registers looks, once they have it, whether it is still there. So
nobody's endpoint is deleted under them, wherever the others are stopped, and what is left undone is done by ``sweep``.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from msgspec import Struct

from chat.errors import BadRequest, NotFound, ParleyError, Unavailable
from chat.model import Platform, PushDevice, Registration
from chat.ports import Devices, Directory, Left, Push

MOST_DEVICES = 25
"""Devices with a push endpoint per user. It bounds the REACH item and what one push fans out to."""
REQUEST_MS = 60 * 1000
"""Longer than a request is worked on: whoever has left an endpoint for longer will not delete it any more."""
RUN_MS = 20 * 60 * 1000
"""Longer than any function runs."""

_ATTEMPTS = 5
_SWEEP = 100


class Ports(Struct, frozen=True):
    """What registering needs from the world."""

    directory: Directory
    devices: Devices
    push: Push


class Told(Struct, frozen=True):
    """What an app says of the device it runs on."""

    platform: Platform
    token: str
    app_version: str = ""
    locale: str = ""


def register(user: str, device: str, told: Told, now: int, ports: Ports) -> Registration:
    """Make pushes to ``user`` reach the device that holds the token; repeat at every start of the app.

    A token stands for one app on one phone. Who signs in there takes it over from whoever was signed in before, so
    that nobody's messages are pushed to another's phone.

    Raises:
        NotFound: there is no such user.
        BadRequest: the platform is not set up, or refuses the token, or the user has too many devices.
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
    """Whether the endpoint is the device's, and there: it may have been deleted before it was the device's."""
    endpoint, until = registered.device.endpoint, registered.at + REQUEST_MS
    try:
        taken = ports.devices.register(user, registered, MOST_DEVICES, until)
    except ParleyError:
        with suppress(ParleyError):  # what it was refused for is what counts
            _delete(ports.devices.abandon(endpoint, registered.at, until), ports.devices, ports.push)
        raise
    _delete(taken.left, ports.devices, ports.push)
    return taken.renewed or not ports.push.dead(endpoint)


def registered(user: str, ports: Ports) -> list[Registration]:
    """The user's devices, by id.

    Raises:
        NotFound: there is no such user.
    """
    return sorted(ports.devices.registrations(user, _devices(user, ports)), key=lambda r: r.device.id)


def unregister(user: str, device: str, now: int, ports: Ports) -> None:
    """Push to this device no longer, as on signing out. One that is not registered is no error."""
    _give_up_known(user, [device], now + REQUEST_MS, ports)


def give_up_all(user: str, now: int, ports: Ports) -> None:
    """Push to none of the user's devices any more. For functions that run for minutes."""
    _give_up_known(user, None, now + RUN_MS, ports)


def gone(user: str, device: PushDevice, now: int, devices: Devices, push: Push) -> None:
    """Forget a device that a push did not reach for good; not if its app has registered since.

    What cannot be done now is no error: the next push finds it again.
    """
    with suppress(Unavailable):
        for registration in devices.registrations(user, [device]):
            # After what is known of the device has been read: whoever makes the endpoint work now registers later.
            if push.dead(device.endpoint):
                _delete(devices.leave(user, registration, now + RUN_MS), devices, push)


def sweep(now: int, devices: Devices, push: Push) -> bool:
    """Delete endpoints whose deletion has failed, or was not reached. Whether all could be.

    The first that cannot be deleted ends it, and is the last to be tried the next time.
    """
    overdue = devices.overdue(now, _SWEEP)
    return all(
        _delete(devices.abandon(left.endpoint, now, now + RUN_MS), devices, push) is not False for left in overdue
    )


def _give_up_known(user: str, names: Iterable[str] | None, until: int, ports: Ports) -> None:
    for _ in range(_ATTEMPTS):
        reach = ports.directory.find(reach=[user], strong=True).reach.get(user)
        known = [d for d in reach.devices if names is None or d.id in names] if reach else []
        if not known or _give_up(user, known, until, ports):
            return
    raise Unavailable("the device is registered and given up at once", retry_after=1)


def _give_up(user: str, known: Sequence[PushDevice], until: int, ports: Ports) -> bool:
    """Whether none of them has been registered again meanwhile."""
    left = [ports.devices.leave(user, r, until) for r in ports.devices.registrations(user, known)]
    for one in left:
        _delete(one, ports.devices, ports.push)
    return len(left) == len(known) and None not in left


def _delete(left: Left | None, devices: Devices, push: Push) -> bool | None:
    """Whether what was left is deleted; None where nothing was."""
    if left is None:
        return None
    if gone := push.forget(left.endpoint):
        devices.deleted(left)
    return gone


def _devices(user: str, ports: Ports) -> tuple[PushDevice, ...]:
    reach = ports.directory.find(reach=[user], strong=True).reach.get(user)
    if reach is None:
        raise NotFound("no such user")
    return reach.devices
