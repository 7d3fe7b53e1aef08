"""Events of the archive."""

from parley.delivery.events import Event


class Restored(Event, frozen=True, tag="restored"):
    """Entries of a conversation that this user asked for are back from the archive: history has them for some days."""

    conversation: str
