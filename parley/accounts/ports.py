"""What the use cases of accounts need from the world besides ``parley.chat.ports``.

``parley.accounts.memory`` and ``parley.accounts.aws`` implement it, and ``tests/contract`` holds both to the words
below.

Every method may raise ``parley.core.errors.Unavailable``; the caller may then repeat the call.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from parley.accounts.model import DataIndex, Datum, DeletionRequest, Export, Profile
from parley.core.session import Role
from parley.core.writes import Occupied, Stored


class Profiles(Protocol):
    """What users tell others about themselves."""

    def profile(self, user: str) -> Profile | None:
        """The user's profile, from a strong read, whether or not they ever changed it; None if no such user exists."""
        ...

    def store(self, profile: Profile) -> Stored | Occupied[Profile]:
        """Store ``profile`` if the stored version is the one before it.

        From then on the directory's ``Recipient`` has the same name and photo. Either all of this happens, or nothing.

        Raises:
            NotFound: there is no such user.
        """
        ...

    def listed(self, category: str, after: tuple[str, str], limit: int) -> tuple[list[Profile], bool]:
        """The providers listed under a category, and whether more may follow.

        They are ordered by (business name in lower case, user), begin after ``after`` (``("", "")`` for all), and are
        at most ``limit``. It may take a moment until a change is seen.
        """
        ...


class Data(Protocol):
    """What an app keeps for a user. Every read is strong."""

    def index(self, user: str) -> DataIndex:
        """The user's index; an empty one if nothing is kept."""
        ...

    def values(self, user: str, keys: Sequence[str]) -> dict[str, Datum]:
        """The values of those of the keys that exist. Each may be newer than an index that was read before."""
        ...

    def store(self, user: str, index: DataIndex, changed: Datum) -> Stored | Occupied[DataIndex]:
        """Store ``index`` and ``changed``, which has its version, if the stored index has the version before it.

        Either all of it is stored, or nothing.

        Raises:
            NotFound: it would be the first index, and there is no such user.
        """
        ...


class Accounts(Protocol):
    """Deletion requests, and what is stored under a user."""

    def leaving(self, user: str) -> DeletionRequest | None:
        """The user's deletion request, from a strong read; None if there is none."""
        ...

    def leave(self, leaving: DeletionRequest) -> DeletionRequest:
        """Store a deletion request, unless the user already has one. Returns the one that is stored.

        Raises:
            NotFound: there is no such user.
        """
        ...

    def move(self, old: DeletionRequest, new: DeletionRequest | None) -> Stored | Occupied[DeletionRequest | None]:
        """Replace ``old`` with ``new`` (None removes it) if ``old`` is what is stored."""
        ...

    def due(self, now: int, after: DeletionRequest | None, limit: int) -> list[DeletionRequest]:
        """The requests due by ``now``, after ``after`` (None for all), at most ``limit``. They are ordered by when they
        are due, and then by user. The list is empty only at the end.
        """
        ...

    def erase(self, user: str) -> bool:
        """Erase some of what is stored under the user, except their deletion request; False if nothing was left."""
        ...


class Exports(Protocol):
    """Which archive of each user there is."""

    def export(self, user: str) -> Export | None:
        """The user's archive, ready or being made, from a strong read; None if there is none."""
        ...

    def replace(self, old: Export | None, new: Export) -> Stored | Occupied[Export | None]:
        """Note ``new`` if ``old`` (None: no archive) is what is noted.

        Raises:
            NotFound: it would be the first archive, and there is no such user.
        """
        ...

    def forget(self, export: Export) -> None:
        """Remove the note of ``export``, if that is what is stored."""
        ...


class Identities(Protocol):
    """What the identity provider knows about a user."""

    def told(self, username: str) -> dict[str, str]:
        """The user's attributes there, such as their address; empty if there is no such user."""
        ...

    def delete(self, username: str) -> None:
        """Delete the user, so that nobody can sign in as them from now on. An unknown user is not an error."""
        ...


class Jobs(Protocol):
    """Work for which nobody waits."""

    def export(self, export: Export, username: str) -> None:
        """Have the archive made in a while, at least once."""
        ...


class Files(Protocol):
    """A user's own files, and archives."""

    def erase(self, user: str) -> bool:
        """Remove some of the user's files and archives; False if none was left."""
        ...

    def listed(self, user: str) -> Iterable[tuple[str, int]]:
        """The user's own files, each with its name and its size in bytes."""
        ...

    def archive(self, key: str, parts: Iterable[tuple[str, Iterable[bytes]]]) -> int:
        """Store a zip archive of these files, whatever their size. Returns the archive's size in bytes."""
        ...

    def remove(self, key: str) -> None:
        """Remove an archive. One that does not exist is not an error."""
        ...

    def link(self, key: str, seconds: int) -> str:
        """An address at which anyone who has it can read the archive, for the given number of seconds."""
        ...


class Uploads(Protocol):
    """What a user has uploaded for others to see."""

    def erase(self, user: str) -> bool:
        """Remove some of it; False if nothing was left."""
        ...

    def listed(self, user: str) -> Iterable[dict[str, str | int]]:
        """A description of each upload, as a JSON object."""
        ...


class Conversations(Protocol):
    """What was said in conversations."""

    def erase(self, conversation: str) -> bool:
        """Erase some of a conversation; False if nothing was left.

        Its entries are erased first, and then all else that lies under it: its summary, and what leads to its archived
        entries. With these goes the key that they are encrypted with, which is the conversation's own.
        """
        ...


class Roles(Protocol):
    """The roles that users' tokens name."""

    def grant(self, username: str, role: Role) -> None:
        """Put the role into the tokens issued to this user from now on. Repeating it changes nothing.

        Raises:
            NotFound: there is no such user.
        """
        ...
