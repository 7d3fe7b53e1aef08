"""What each Lambda function is given: one struct per function, which ``bootstrap`` fills with adapters.

The types are imported only for the type checker, so that no function loads what only another one needs.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from parley.chat.effects import settings as effects
from parley.core.budget import Budget

if TYPE_CHECKING:
    from parley.accounts import deletion, exports, profiles, user_data
    from parley.accounts import resource as accounts
    from parley.accounts.ports import Roles
    from parley.analytics import recording
    from parley.analytics.model import Happening
    from parley.archive import archiving, restoring
    from parley.archive import resource as archive
    from parley.canary import exchange
    from parley.chat import receipts, send, sync, typing
    from parley.chat.entries import Entry
    from parley.chat.inbox import preferences
    from parley.chat.people import blocks
    from parley.core.parallel import Parallel
    from parley.delivery import devices
    from parley.delivery.ports import Connections, Sockets, Users
    from parley.media import collection, verification
    from parley.media import resource as media
    from parley.migration.ports import LegacyUsers
    from parley.moderation import reports
    from parley.runtime.telemetry import Telemetry


class Message(Struct, frozen=True):
    """What the message function is given: each use case's ports, and the deployment's rules. ``generation`` names the
    tables, so that clients notice that they were restored.
    """

    sending: "send.Ports"
    rules: "send.Rules"
    syncing: "sync.Ports"
    marking: "receipts.Ports"
    typing: "typing.Ports"
    generation: str
    telemetry: "Telemetry"
    budget: Budget = field(default_factory=Budget)


class Connect(Struct, frozen=True):
    """What the connect function is given."""

    connections: "Connections"
    sockets: "Sockets"
    telemetry: "Telemetry"


class Disconnect(Struct, frozen=True):
    """What the disconnect function is given. It closes nothing, so it gets no sockets."""

    connections: "Connections"
    telemetry: "Telemetry"


class Rest(Struct, frozen=True):
    """What the HTTP function is given: each resource's ports."""

    profiles: "profiles.Ports"
    sending: "send.Ports"
    rules: "send.Rules"
    marking: "receipts.Ports"
    keeping: "preferences.Ports"
    blocks: "blocks.Ports"
    devices: "devices.Ports"
    reports: "reports.Ports"
    data: "user_data.Ports"
    account: "accounts.Ports"
    media: "media.Ports"
    history: "archive.Ports"
    telemetry: "Telemetry"
    budget: Budget = field(default_factory=Budget)
    origin_secret: str = ""
    """What the firewall in front of the API shows; empty if there is none."""


class StreamWorker(Struct, frozen=True):
    """What the stream's function is given. ``entry`` reads an entry from a stream record's image."""

    ports: "effects.Ports"
    rules: "effects.Rules"
    parallel: "Parallel"
    entry: "Callable[[Mapping[str, Any]], Entry]"
    telemetry: "Telemetry"


class Recorder(Struct, frozen=True):
    """What the function that records for analytics is given. ``happenings`` reads what a stream record says."""

    ports: "recording.Ports"
    happenings: "Callable[[Mapping[str, Any]], Iterable[Happening]]"
    telemetry: "Telemetry"
    canary: frozenset[str] = frozenset()
    """The ids of the canary's users, of whom nothing is recorded."""


class Canary(Struct, frozen=True):
    """What the canary is given."""

    ports: "exchange.Ports"
    telemetry: "Telemetry"


class Archiver(Struct, frozen=True):
    """What the function that archives old entries is given."""

    ports: "archiving.Ports"
    rules: "archiving.Rules"
    telemetry: "Telemetry"


class Restored(Struct, frozen=True):
    """What the function that tells of restored packs is given. ``pack`` returns the pack that an object's key names."""

    ports: "restoring.Telling"
    bucket: str
    pack: "Callable[[str], str]"
    telemetry: "Telemetry"


class UserPool(Struct, frozen=True):
    """What the function for the user pool's triggers is given. ``roles`` returns the roles of a pool."""

    users: "Users"
    roles: "Callable[[str], Roles]"
    telemetry: "Telemetry"


class UserMigration(Struct, frozen=True):
    """What the function that lets legacy users in is given."""

    legacy_users: "LegacyUsers"
    telemetry: "Telemetry"


class Uploads(Struct, frozen=True):
    """What the functions for the media bucket's events are given."""

    bucket: str
    ports: "verification.Ports"
    telemetry: "Telemetry"


class Collector(Struct, frozen=True):
    """What the collector is given."""

    ports: "collection.Ports"
    telemetry: "Telemetry"


class Erasure(Struct, frozen=True):
    """What the erasure is given."""

    ports: "deletion.Ports"
    telemetry: "Telemetry"


class Exporting(Struct, frozen=True):
    """What the function that makes archives is given."""

    ports: "exports.Making"
    telemetry: "Telemetry"
