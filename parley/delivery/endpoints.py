"""Endpoints at the push service, and how they are given up.

An endpoint stands for one token, and therefore for one phone, as long as it exists. Whoever gives one up first *leaves*
it, then deletes it, and then notes that it is deleted. Whoever registers checks, after taking the endpoint, that it
still exists. This way nobody loses the endpoint they use, wherever another process stops; ``sweep`` finishes what was
left undone.
"""

from parley.core.errors import Unavailable
from parley.delivery.model import PushDevice
from parley.delivery.ports import IN_USE, Devices, InUse, Push, ReleasedEndpoint

LEAVING_MS = 2 * 60 * 1000
"""Longer than a request or an event is worked on: whoever left an endpoint earlier than that will not delete it any
more. If they died before deleting it, its phone cannot register for this long."""
LEAVING_IN_A_RUN_MS = 20 * 60 * 1000
"""The same for functions that run for up to 15 minutes."""

_SWEEP = 100
_FAILURES = 5
# Each failure may take as long as the time-out for SNS.


def delete(left: ReleasedEndpoint | InUse, devices: Devices, push: Push) -> bool:
    """Delete an endpoint that was left, and return whether nothing is left to delete."""
    if isinstance(left, InUse):
        return True
    gone = push.forget(left.endpoint)
    if gone:
        devices.deleted(left)
    return gone


def gone(user: str, device: PushDevice, now: int, devices: Devices, push: Push) -> bool:
    """Forget a device whose endpoint was found dead by a push. Returns whether the user no longer has that device.

    If the user still has it, its app has registered since, or we cannot tell now: the same push may reach it.
    """
    try:
        for registration in devices.registrations(user, [device]):
            # Check after the registration has been read: whoever enables the endpoint from now on registers later.
            left = devices.leave(user, registration, now + LEAVING_MS) if push.dead(device.endpoint) else IN_USE
            if isinstance(left, InUse):
                return False
            delete(left, devices, push)
    except Unavailable:
        return False
    return True


def sweep(now: int, devices: Devices, push: Push) -> bool:
    """Delete endpoints whose deletion failed or was never tried. Returns whether all could be deleted.

    After a few failures it stops; the endpoints that failed are the last to be tried the next time.
    """
    failed = 0
    for left in devices.overdue(now, _SWEEP):
        again = devices.abandon(left.endpoint, now, now + LEAVING_IN_A_RUN_MS)
        failed += not delete(again, devices, push)
        if failed == _FAILURES:
            break
    return not failed
