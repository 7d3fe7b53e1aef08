"""What the use cases need from the world besides ``parley.chat.ports``; ``parley.accounts.memory`` and
``parley.accounts.aws`` implement it, and ``tests/contract`` holds both to the words below.

Every method may raise ``parley.core.errors.Unavailable``; the caller may then repeat the call.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from parley.accounts.model import DataIndex, Datum, DeletionRequest, Export, Profile
from parley.core.session import Role
from parley.core.writes import Occupied, Stored


class Profiles(Protocol):
    """What users tell of themselves."""

    def profile(self, user: str) -> Profile | None:
        """The user's profile, read strongly, whether or not they ever changed it; None if there is no such user."""
        ...

    def store(self, profile: Profile) -> Stored | Occupied[Profile]:
        """Store ``profile`` if the stored version is the one before it.

        From then on the directory's ``reach`` has the same name and photo. All of it, or nothing.

        Raises:
            NotFound: there is no such user.
        """
        ...

    def listed(self, category: str, after: tuple[str, str], limit: int) -> tuple[list[Profile], bool]:
        """Providers listed under a category by (business name in lower case, user), behind ``after`` (``("", "")`` for
        all), at most ``limit``; and whether more may follow. A change may take a moment to be seen.
        """
        ...


class Data(Protocol):
    """What an app keeps for a user. Every read is strong."""

    def index(self, user: str) -> DataIndex:
        """What there is; an empty index where there is nothing."""
        ...

    def values(self, user: str, keys: Sequence[str]) -> dict[str, Datum]:
        """Those of the keys that are there; each perhaps newer than an index read before."""
        ...

    def store(self, user: str, index: DataIndex, changed: Datum) -> Stored | Occupied[DataIndex]:
        """Store ``index`` and ``changed``, which has its version, if the stored index has the version before it.

        All of it, or nothing.

        Raises:
            NotFound: it would be the first, and there is no such user.
        """
        ...


class Accounts(Protocol):
    """Who is leaving, and what is stored under a user."""

    def leaving(self, user: str) -> DeletionRequest | None:
        """What is noted of a user's leaving, read strongly; None if nothing is."""
        ...

    def leave(self, leaving: DeletionRequest) -> DeletionRequest:
        """Note it, unless something is noted already; answer what is noted.

        Raises:
            NotFound: there is no such user.
        """
        ...

    def move(self, old: DeletionRequest, new: DeletionRequest | None) -> Stored | Occupied[DeletionRequest | None]:
        """Note ``new`` (None: nothing any more) in place of ``old``, if that is what is noted."""
        ...

    def due(self, now: int, after: DeletionRequest | None, limit: int) -> list[DeletionRequest]:
        """Those due by ``now``, by when they are due and then by user, behind ``after`` (None for all), at most
        ``limit``; empty only at the end.
        """
        ...

    def erase(self, user: str) -> bool:
        """Erase some of what is stored under the user but what is noted of their leaving; False if nothing was left."""
        ...


class Exports(Protocol):
    """Which archive of a user there is."""

    def export(self, user: str) -> Export | None:
        """The user's archive, ready or in the making, read strongly."""
        ...

    def replace(self, old: Export | None, new: Export) -> Stored | Occupied[Export | None]:
        """Note ``new`` if ``old`` (None: no archive) is what is noted.

        Raises:
            NotFound: it would be the first, and there is no such user.
        """
        ...

    def forget(self, export: Export) -> None:
        """Note no archive any more, if ``export`` is what is noted."""
        ...


class Identities(Protocol):
    """The identity provider's own of a user."""

    def told(self, username: str) -> dict[str, str]:
        """The user's attributes there, such as their address; empty if there is no such user."""
        ...

    def delete(self, username: str) -> None:
        """Let there be no such user; nobody signs in as them from now on. One that is not there is no error."""
        ...


class Jobs(Protocol):
    """Work that nobody waits for."""

    def export(self, export: Export, username: str) -> None:
        """Have the archive made, in a while, at least once."""
        ...


class Files(Protocol):
    """A user's own files, and archives."""

    def erase(self, user: str) -> bool:
        """Remove some of the user's files and archives; False if none was left."""
        ...

    def listed(self, user: str) -> Iterable[tuple[str, int]]:
        """The user's own files: name and size in bytes."""
        ...

    def archive(self, key: str, parts: Iterable[tuple[str, Iterable[bytes]]]) -> int:
        """Store a zip archive of these files, whatever their size; answer its size in bytes."""
        ...

    def remove(self, key: str) -> None:
        """Remove an archive. One that is not there is no error."""
        ...

    def link(self, key: str, seconds: int) -> str:
        """An address under which whoever has it can read the archive for so many seconds."""
        ...


class Uploads(Protocol):
    """What a user has uploaded for others to see."""

    def erase(self, user: str) -> bool:
        """Remove some of it; False if nothing was left."""
        ...

    def listed(self, user: str) -> Iterable[dict[str, str | int]]:
        """What there is, in JSON's words."""
        ...


class Conversations(Protocol):
    """What was said in conversations."""

    def erase(self, conversation: str) -> bool:
        """Erase some of a conversation's entries, and then what is known of it; False if no entry was left."""
        ...


class Roles(Protocol):
    """What a user's tokens say they are."""

    def grant(self, username: str, role: Role) -> None:
        """Put the role into the tokens issued to this user from now on. Repeating it changes nothing.

        Raises:
            NotFound: there is no such user.
        """
        ...
