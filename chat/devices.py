"""Register and unregister: which of a user's devices a push reaches."""

from msgspec import Struct

from chat.errors import BadRequest, NotFound
from chat.model import Platform, PushDevice, Registration
from chat.ports import Devices, Directory, Push

MOST_DEVICES = 25
"""Devices with a push endpoint per user. It bounds the REACH item and what one push fans out to."""


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
    had = known.endpoint if known and known.platform == told.platform else None
    endpoint = ports.push.register(told.platform, told.token, had)
    registered = Registration(
        device=PushDevice(id=device, platform=told.platform, endpoint=endpoint),
        app_version=told.app_version,
        locale=told.locale,
        at=now,
    )
    ports.devices.register(user, registered)
    return registered


def registered(user: str, ports: Ports) -> list[Registration]:
    """The user's devices, by id.

    Raises:
        NotFound: there is no such user.
    """
    return sorted(ports.devices.registrations(user, _devices(user, ports)), key=lambda r: r.device.id)


def unregister(user: str, device: str, ports: Ports) -> None:
    """Push to this device no longer, as on signing out. One that is not registered is no error."""
    reach = ports.directory.find(reach=[user], strong=True).reach.get(user)
    for known in reach.devices if reach else ():
        if known.id == device and ports.devices.remove(user, known):
            ports.push.forget(known.endpoint)


def _devices(user: str, ports: Ports) -> tuple[PushDevice, ...]:
    reach = ports.directory.find(reach=[user], strong=True).reach.get(user)
    if reach is None:
        raise NotFound("no such user")
    return reach.devices
