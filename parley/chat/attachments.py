"""What may be attached: media that the sender owns, that were uploaded for this place, and that are verified."""

from collections.abc import Sequence

from parley.chat.model import Attachment
from parley.chat.ports import Snapshot, Snapshots
from parley.core.errors import NotFound, NotReady, ParleyError

_VERIFIED_WITHIN = 1.0
# In seconds: how long verifying a photo takes. The client is told live when it is done, and may wait for that.


def refusal(
    media: Sequence[str], user: str, scope: str, now: int, found: Snapshot, snapshots: Snapshots
) -> ParleyError | None:
    """Why ``user`` may not refer to these media in a conversation or a profile; None if they may.

    Args:
        media: their ids.
        user: who must own them.
        scope: what they must have been uploaded for.
        now: in ms.
        found: an earlier lookup of them. Whatever it would refuse is looked up again strongly, because it may have been
            verified just now.
        snapshots: where to look them up again.
    """
    doubtful = [m for m in media if _refusal(found.media.get(m), user, scope, now)]
    if not doubtful:
        return None
    again = snapshots.find(media=dict.fromkeys(doubtful), strong=True).media
    return next((r for m in doubtful if (r := _refusal(again.get(m), user, scope, now))), None)


def _refusal(attachment: Attachment | None, user: str, scope: str, now: int) -> ParleyError | None:
    if attachment is None or (attachment.owner, attachment.scope) != (user, scope):
        return NotFound("no such media of yours for this place")
    if attachment.state == "pending" and now < attachment.until:
        return NotReady("the upload is not finished, or is still being verified", retry_after=_VERIFIED_WITHIN)
    return None if attachment.is_whole(now) else NotFound("this upload was refused, or has been collected")
