"""Endpoints at the push service, and how they are given up.

Each stands for one token, and so for one phone, as long as it exists. Whoever gives one up *leaves* it first, deletes
it, and says so; whoever registers looks, once they have it, whether it is still there. So nobody's endpoint is deleted
under them, wherever the others are stopped, and what is left undone is done by ``sweep``.
"""

from parley.core.errors import Unavailable
from parley.delivery.model import PushDevice
from parley.delivery.ports import Devices, Push, ReleasedEndpoint

LEAVING_MS = 2 * 60 * 1000
"""Longer than a request, or an event, is worked on: who left an endpoint earlier than that deletes it no more.
Where they died before they did, its phone is refused for so long."""
LEAVING_IN_A_RUN_MS = 20 * 60 * 1000
"""The same of functions that run for up to 15 minutes."""

_SWEEP = 100
_FAILURES = 5
# Each may take as long as SNS does not answer.


def delete(left: ReleasedEndpoint | None, devices: Devices, push: Push) -> bool | None:
    """Whether what was left is deleted; None where nothing was."""
    if left is None:
        return None
    if gone := push.forget(left.endpoint):
        devices.deleted(left)
    return gone


def gone(user: str, device: PushDevice, now: int, devices: Devices, push: Push) -> bool:
    """Forget a device that a push did not reach for good. Whether it is not among the user's any more.

    Else its app has registered since, or it cannot be told now: the same push may reach it.
    """
    try:
        for registration in devices.registrations(user, [device]):
            # After what is known of the device has been read: whoever makes the endpoint work now registers later.
            left = devices.leave(user, registration, now + LEAVING_MS) if push.dead(device.endpoint) else None
            if left is None:
                return False
            delete(left, devices, push)
    except Unavailable:
        return False
    return True


def sweep(now: int, devices: Devices, push: Push) -> bool:
    """Delete endpoints whose deletion has failed, or was not reached. Whether all could be.

    A few that cannot be deleted end it, and are the last to be tried the next time.
    """
    failed = 0
    for left in devices.overdue(now, _SWEEP):
        again = devices.abandon(left.endpoint, now, now + LEAVING_IN_A_RUN_MS)
        failed += delete(again, devices, push) is False
        if failed == _FAILURES:
            break
    return not failed
