"""Upload: the client says what it wants to upload, and gets a form that allows exactly that."""

from msgspec import Struct

from parley.chat import conversations
from parley.chat.model import PROFILE
from parley.chat.people import blocking
from parley.chat.ports import Snapshot, Snapshots
from parley.core import ids
from parley.core.errors import BadRequest, NotFound, TooLarge
from parley.core.session import Session
from parley.media import model
from parley.media.model import Form, Media, Type
from parley.media.ports import MediaRegistry, Objects


class Ports(Struct, frozen=True):
    """What uploading needs from the world."""

    registry: MediaRegistry
    objects: Objects
    snapshots: Snapshots


class Rules(Struct, frozen=True):
    """What a deployment allows. The rules are those for messages."""

    allow_consumer_pairs: bool = False


class Wanted(Struct, frozen=True):
    """What the client says about the file."""

    type: Type
    size: int
    sha256: str
    scope: str


def begin(wanted: Wanted, session: Session, now: int, noise: int, ports: Ports, rules: Rules) -> tuple[Media, Form]:
    """Allow an upload.

    Args:
        wanted: what is to be uploaded.
        session: who asks.
        now: in ms.
        noise: 80 random bits.
        ports: what it needs.
        rules: the deployment's rules.

    Raises:
        BadRequest: the file is for a profile's photo, and is not an image.
        TooLarge: it has more bytes than a file of its type may have.
        Forbidden, NotFound, Blocked: the asker may not write in that conversation.
        NotFound: the asker is not known (yet, or any more).
        RateLimited: the asker has begun enough uploads for today.
    """
    if wanted.size > model.largest(wanted.type):
        raise TooLarge(f"a file of type {wanted.type} is at most {model.largest(wanted.type)} bytes")
    if wanted.scope != PROFILE:
        _may_write(wanted.scope, session, ports.snapshots, rules)
    elif not model.is_image(wanted.type):
        raise BadRequest("a profile's photo must be an image")
    else:
        _must_be_known(session, ports.snapshots.find(recipients=[session.user], strong=True))
    media = Media(
        id=ids.ulid(now, noise),
        owner=session.user,
        scope=wanted.scope,
        type=wanted.type,
        size=wanted.size,
        sha256=wanted.sha256,
        created=now,
    )
    ports.registry.open(media)
    return media, ports.objects.form(media, model.FORM_S)


def _may_write(conversation_id: str, session: Session, snapshots: Snapshots, rules: Rules) -> None:
    conversation = conversations.enter(session, conversation_id)
    found = snapshots.find(
        recipients=[conversation.other, conversation.me], blocks=blocking.either_way(conversation), strong=True
    )
    _must_be_known(session, found)
    conversations.may_talk(
        session, found.recipients.get(conversation.other), allow_consumer_pairs=rules.allow_consumer_pairs
    )
    refusal = blocking.refusal(conversation, found.blocks)
    if refusal:
        raise refusal


def _must_be_known(session: Session, found: Snapshot) -> None:
    # A token may stay valid for up to an hour after its user has been erased.
    if session.user not in found.recipients:
        raise NotFound("no such user")
