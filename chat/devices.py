"""Register and unregister: which of a user's devices a push reaches."""

from chat.errors import BadRequest, NotFound
from chat.model import Platform, PushDevice
from chat.ports import Directory, Push

MOST_DEVICES = 25
"""Devices with a push endpoint per user. It bounds the REACH item and what one push fans out to."""


def register(user: str, device: str, platform: Platform, token: str, directory: Directory, push: Push) -> PushDevice:
    """Make pushes to ``user`` reach the device that holds ``token``; repeat at every start of the app.

    Raises:
        NotFound: there is no such user.
        BadRequest: the platform refuses the token, or the user has too many devices.
    """
    reach = directory.find(reach=[user], strong=True).reach.get(user)
    if reach is None:
        raise NotFound("no such user")
    known = next((d for d in reach.devices if d.id == device), None)
    if known is None and len(reach.devices) >= MOST_DEVICES:
        raise BadRequest(f"a user has at most {MOST_DEVICES} devices")
    endpoint = push.register(platform, token, known.endpoint if known and known.platform == platform else None)
    registered = PushDevice(id=device, platform=platform, endpoint=endpoint)
    if registered != known:
        directory.add_device(user, registered)
    return registered
