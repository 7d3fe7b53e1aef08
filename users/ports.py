"""What the use cases need from the world besides ``chat.ports``; ``users.memory`` and ``users.aws`` implement it, and
``tests/contract`` holds both to the words below.

Every method may raise ``chat.errors.Unavailable``; the caller may then repeat the call.
"""

from collections.abc import Sequence
from typing import Protocol

from users.model import DataIndex, Datum, Profile


class Profiles(Protocol):
    """What users tell of themselves."""

    def profile(self, user: str) -> Profile | None:
        """The user's profile, read strongly, whether or not they ever changed it; None if there is no such user."""
        ...

    def store(self, profile: Profile) -> Profile | None:
        """Store ``profile`` if the stored version is the one before it, and answer None; else the stored one.

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

    def store(self, user: str, index: DataIndex, changed: Datum) -> bool:
        """Store ``index`` and ``changed``, which has its version, if the stored index has the version before it.

        False, and nothing stored, where it has another one. All of it, or nothing.

        Raises:
            NotFound: it would be the first, and there is no such user.
        """
        ...
