"""What the use cases of media need from the world besides ``parley.chat.ports``.

``parley.media.memory`` and ``parley.media.aws`` implement it, and ``tests/contract`` holds both to the words below.

Every method may raise ``parley.core.errors.Unavailable``; the caller may then repeat the call.
"""

from typing import Protocol

from parley.core.writes import Occupied, Stored
from parley.media.model import Form, Media, Picture, StoredObject


class MediaRegistry(Protocol):
    """What is known of every upload. ``parley.chat.ports.Snapshots.find`` sees the same as ``Attachment``."""

    def open(self, media: Media) -> None:
        """Note an upload that is about to begin, and that nothing refers to yet. Either all of it is noted, or nothing.

        Raises:
            RateLimited: the owner has begun too many uploads, or too many bytes, today.
        """
        ...

    def media(self, media: str) -> Media | None:
        """An upload, from a strong read; None if it is not known."""
        ...

    def settle(self, old: Media, new: Media, now: int) -> Stored | Occupied[Media | None]:
        """Store ``new``'s state, reason, dimensions and thumbnail if the stored state is ``old``'s.

        A refused upload is forgotten after some days.
        """
        ...

    def wait(self, media: str, user: str) -> Stored | Occupied[Media | None]:
        """Note that ``user`` waits for media, which are ``restoring`` from now on, if they are archived."""
        ...

    def restored(self, media: str) -> Media | Occupied[Media | None]:
        """Note that media are back from the archive, and therefore ``ready``. Returns them with those ``waiting``, who
        wait until they have been ``told``; Occupied if the media were not in the archive and nobody waits.
        """
        ...

    def told(self, media: Media) -> None:
        """Note that those who are ``waiting`` in ``media`` no longer are."""
        ...

    def unreferred(self, day: int) -> list[Media]:
        """The media uploaded (or released) on a day that nothing refers to. Days are counted from the epoch, in UTC."""
        ...

    def claim(self, media: Media) -> Stored | Occupied[Media | None]:
        """Make it ``removed`` if still nothing refers to it, so that nothing can refer to it from now on."""
        ...

    def withdraw(self, media: str) -> None:
        """Make it ``removed``, whatever refers to it, so that nothing is settled about it any more. An unknown upload
        is not an error.
        """
        ...

    def owned(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        """At most ``limit`` ids of the user's uploads after ``after``, ascending, and whether more may follow."""
        ...

    def forget(self, media: str, owner: str) -> None:
        """Forget an upload. An unknown upload is not an error."""
        ...


class Objects(Protocol):
    """The bytes of uploads, by key (``Media.key``)."""

    def form(self, media: Media, seconds: int) -> Form:
        """What lets a client upload exactly these media, for the given number of seconds."""
        ...

    def stored(self, key: str) -> StoredObject | None:
        """What has been uploaded, with the checksum of the bytes as they are stored; None if nothing is stored.

        The bytes are read only if the store does not know their checksum.
        """
        ...

    def beginning(self, key: str) -> bytes:
        """An object's first bytes, enough to recognise its type.

        Raises:
            NotFound: there is no such object.
        """
        ...

    def read(self, key: str) -> bytes:
        """All bytes of an object.

        Raises:
            NotFound: there is no such object.
        """
        ...

    def put_thumbnail(self, key: str, webp: bytes) -> None:
        """Store a thumbnail."""
        ...

    def remove(self, *keys: str) -> None:
        """Remove those of these objects that exist."""
        ...

    def restore(self, key: str) -> bool:
        """Begin to restore an object from the archive, and return True; False if it is not in the archive (any more).

        Repeating this while the object is being restored changes nothing.
        """
        ...


class Links(Protocol):
    """Addresses that work for a while, for anyone who has them."""

    def link(self, key: str, until: int) -> str:
        """An address that works until a time (ms)."""
        ...


class Images(Protocol):
    """Reads images."""

    def picture(self, data: bytes) -> Picture:
        """An image's dimensions and a thumbnail.

        Raises:
            BadRequest: it is broken, has too many pixels, or is not an image.
        """
        ...
