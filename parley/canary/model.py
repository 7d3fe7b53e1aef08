"""The values of the canary."""

from msgspec import Struct


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """How the canary's two users sign in, as the operator's command has stored it (``infra.canary``)."""

    writer: str
    """An e-mail address, as the reader's."""
    reader: str
    reader_id: str
    """Whom the writer writes to."""
    password: str


class Exchange(Struct, frozen=True):
    """An exchange that went well: milliseconds from sending to the ack, and to the other's receipt."""

    ack_ms: int
    delivery_ms: int
