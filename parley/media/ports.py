"""What the use cases need from the world besides ``parley.chat.ports``; ``parley.media.memory`` and
``parley.media.aws`` implement it, and ``tests/contract`` holds both to the words below.

Every method may raise ``parley.core.errors.Unavailable``; the caller may then repeat the call.
"""

from typing import Protocol

from parley.media.model import Form, Media, Picture, Stored


class MediaRegistry(Protocol):
    """What is known of every upload. ``parley.chat.ports.Snapshots.find`` sees the same as ``Attachment``."""

    def open(self, media: Media) -> None:
        """Note an upload that is about to begin; nothing refers to it yet. All of it, or nothing.

        Raises:
            RateLimited: the owner has begun too many, or too much, today.
        """
        ...

    def media(self, media: str) -> Media | None:
        """An upload, read strongly."""
        ...

    def settle(self, old: Media, new: Media, now: int) -> bool:
        """Store ``new``'s state, reason, dimensions and thumbnail if ``old``'s state is what is stored, else False.

        What is refused is forgotten after some days.
        """
        ...

    def wait(self, media: str, user: str) -> bool:
        """Note that ``user`` waits for archived media, which are ``restoring`` from now on; False if they are not."""
        ...

    def restored(self, media: str) -> Media | None:
        """Media are back from the archive: ``ready``. Answers them with those ``waiting``, who are until they have been
        ``told``; None if they were not in the archive, and nobody waits.
        """
        ...

    def told(self, media: Media) -> None:
        """Those who wait in ``media`` no longer do."""
        ...

    def unreferred(self, day: int) -> list[Media]:
        """What nothing refers to, of those uploaded (or let go) on a day, counted from the epoch, in UTC."""
        ...

    def claim(self, media: Media) -> bool:
        """Make it ``removed`` if still nothing refers to it, so that nothing can from now on."""
        ...

    def withdraw(self, media: str) -> None:
        """Make it ``removed``, whatever refers to it, so that nothing is settled about it any more. One that is not
        there is no error.
        """
        ...

    def owned(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        """Ids of the user's uploads, ascending, behind ``after``, at most ``limit``; and whether more may follow."""
        ...

    def forget(self, media: str, owner: str) -> None:
        """Forget an upload. One that is not there is no error."""
        ...


class Objects(Protocol):
    """The bytes, by key (``Media.key``)."""

    def form(self, media: Media, seconds: int) -> Form:
        """What lets a client upload exactly these media, for so many seconds."""
        ...

    def stored(self, key: str) -> Stored | None:
        """What has been uploaded, with the checksum of the bytes as they are stored; None if nothing is.

        The bytes are read only where the store does not know their checksum.
        """
        ...

    def beginning(self, key: str) -> bytes:
        """Its first bytes, enough to know its type by.

        Raises:
            NotFound: it is not there.
        """
        ...

    def read(self, key: str) -> bytes:
        """All of it.

        Raises:
            NotFound: it is not there.
        """
        ...

    def put_thumbnail(self, key: str, webp: bytes) -> None:
        """Store a thumbnail."""
        ...

    def remove(self, *keys: str) -> None:
        """Remove what is there of these."""
        ...

    def restore(self, key: str) -> bool:
        """Begin to bring it back from the archive, and answer True; False where it is not in the archive (any more).

        Repeating it while it is under way changes nothing.
        """
        ...


class Links(Protocol):
    """Addresses that work for whoever has them, for a while."""

    def link(self, key: str, until: int) -> str:
        """One that works until a time (ms)."""
        ...


class Images(Protocol):
    """Reads images."""

    def picture(self, data: bytes) -> Picture:
        """An image's dimensions and a thumbnail.

        Raises:
            BadRequest: it is broken, too many pixels, or no image.
        """
        ...
