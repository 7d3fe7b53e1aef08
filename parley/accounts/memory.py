"""The ports of accounts in memory: for tests, and as the shortest statement of what each promises."""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from parley.accounts.model import DataIndex, Datum, DeletionRequest, Export, Profile, unwritten
from parley.chat.memory import MemoryDirectory, MemoryLog
from parley.core.errors import NotFound
from parley.core.session import Role
from parley.core.writes import STORED, Occupied, Stored


class MemoryProfiles:
    """A ``parley.accounts.ports.Profiles``. It stores names and photos in ``directory``, too."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory
        self._told: dict[str, Profile] = {}

    def erase(self, user: str) -> None:
        """Erase the user's profile, for ``MemoryAccounts``."""
        self._told.pop(user, None)

    def profile(self, user: str) -> Profile | None:
        recipient = self._directory.users.get(user)
        if recipient is None:
            return None
        told = self._told.get(user)
        return replace(told, role=recipient.role) if told else unwritten(recipient)

    def store(self, profile: Profile) -> Stored | Occupied[Profile]:
        stored = self.profile(profile.user)
        if stored is None:
            raise NotFound("no such user")
        if stored.version != profile.version - 1:
            return Occupied(stored)
        self._told[profile.user] = profile
        recipients = self._directory.users
        recipients[profile.user] = replace(recipients[profile.user], name=profile.name, photo=profile.photo)
        return STORED

    def listed(self, category: str, after: tuple[str, str], limit: int) -> tuple[list[Profile], bool]:
        every = [p for p in self._told.values() if category and p.category == category and p.place > after]
        every.sort(key=lambda p: p.place)
        return every[:limit], len(every) > limit


class MemoryData:
    """A ``parley.accounts.ports.Data``."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory
        self._indexes: dict[str, DataIndex] = {}
        self._values: dict[tuple[str, str], Datum] = {}

    def erase(self, user: str) -> None:
        """Erase the user's data, for ``MemoryAccounts``."""
        self._indexes.pop(user, None)
        self._values = {k: v for k, v in self._values.items() if k[0] != user}

    def index(self, user: str) -> DataIndex:
        return self._indexes.get(user, DataIndex())

    def values(self, user: str, keys: Sequence[str]) -> dict[str, Datum]:
        return {k: self._values[user, k] for k in keys if (user, k) in self._values}

    def store(self, user: str, index: DataIndex, changed: Datum) -> Stored | Occupied[DataIndex]:
        if self.index(user).version != index.version - 1:
            return Occupied(self.index(user))
        if index.version == 1 and user not in self._directory.users:
            raise NotFound("no such user")
        self._indexes[user] = index
        if changed.value is None:
            self._values.pop((user, changed.key), None)
        else:
            self._values[user, changed.key] = changed
        return STORED


class MemoryAccounts:
    """A ``parley.accounts.ports.Accounts``. The functions in ``erasing`` erase what else is stored under a user."""

    def __init__(self, directory: MemoryDirectory, erasing: Sequence[Callable[[str], None]] = ()) -> None:
        self._directory = directory
        self._erasing = erasing
        self._noted: dict[str, DeletionRequest] = {}

    def leaving(self, user: str) -> DeletionRequest | None:
        return self._noted.get(user)

    def leave(self, leaving: DeletionRequest) -> DeletionRequest:
        if leaving.user not in self._directory.users:
            raise NotFound("no such user")
        return self._noted.setdefault(leaving.user, leaving)

    def move(self, old: DeletionRequest, new: DeletionRequest | None) -> Stored | Occupied[DeletionRequest | None]:
        if self._noted.get(old.user) != old:
            return Occupied(self._noted.get(old.user))
        if new is None:
            del self._noted[old.user]
        else:
            self._noted[old.user] = new
        return STORED

    def due(self, now: int, after: DeletionRequest | None, limit: int) -> list[DeletionRequest]:
        found = sorted((n.due, n.user) for n in self._noted.values() if n.due <= now)
        behind = [user for due, user in found if after is None or (due, user) > (after.due, after.user)]
        return [self._noted[user] for user in behind[:limit]]

    def erase(self, user: str) -> bool:
        stored = self._directory
        rows = [k for k in stored.members if k[0] == user]
        for key in rows:
            del stored.members[key]
        stored.blocks = {b for b in stored.blocks if b[0] != user}
        stored.digests.pop(user, None)
        stored.written.pop(user, None)
        for erase in self._erasing:
            erase(user)
        return stored.users.pop(user, None) is not None or bool(rows)


class MemoryExports:
    """A ``parley.accounts.ports.Exports``."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory
        self._exports: dict[str, Export] = {}

    def erase(self, user: str) -> None:
        """Erase the user's export, for ``MemoryAccounts``."""
        self._exports.pop(user, None)

    def export(self, user: str) -> Export | None:
        return self._exports.get(user)

    def replace(self, old: Export | None, new: Export) -> Stored | Occupied[Export | None]:
        if self._exports.get(new.user) != old:
            return Occupied(self._exports.get(new.user))
        if old is None and new.user not in self._directory.users:
            raise NotFound("no such user")
        self._exports[new.user] = new
        return STORED

    def forget(self, export: Export) -> None:
        if self._exports.get(export.user) == export:
            del self._exports[export.user]


class MemoryIdentities:
    """A ``parley.accounts.ports.Identities``."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, str]] = {}

    def told(self, username: str) -> dict[str, str]:
        return self.users.get(username, {})

    def delete(self, username: str) -> None:
        self.users.pop(username, None)


class MemoryJobs:
    """A ``parley.accounts.ports.Jobs`` that keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Export, str]] = []

    def export(self, export: Export, username: str) -> None:
        self.asked.append((export, username))


class MemoryFiles:
    """A ``parley.accounts.ports.Files`` that keeps the files by key."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, bytes]] = {}
        """The parts of each archive. A file has one part, without a name."""
        self.most = 1000
        """How many are removed at once."""

    def erase(self, user: str) -> bool:
        mine = (f"files/{user}/", f"exports/{user}/")
        some = [k for k in self.stored if k.startswith(mine)][: self.most]
        for key in some:
            del self.stored[key]
        return bool(some)

    def listed(self, user: str) -> Iterable[tuple[str, int]]:
        prefix = f"files/{user}/"
        return [(k[len(prefix) :], len(v[""])) for k, v in sorted(self.stored.items()) if k.startswith(prefix)]

    def archive(self, key: str, parts: Iterable[tuple[str, Iterable[bytes]]]) -> int:
        self.stored[key] = {name: b"".join(data) for name, data in parts}
        return sum(len(data) for data in self.stored[key].values())

    def remove(self, key: str) -> None:
        self.stored.pop(key, None)

    def link(self, key: str, seconds: int) -> str:
        return f"https://files.example/{key}?for={seconds}"


class MemoryUploads:
    """A ``parley.accounts.ports.Uploads``."""

    def __init__(self) -> None:
        self.uploaded: dict[str, list[dict[str, str | int]]] = {}

    def erase(self, user: str) -> bool:
        return bool(self.uploaded.pop(user, None))

    def listed(self, user: str) -> Iterable[dict[str, str | int]]:
        return self.uploaded.get(user, [])


class MemoryConversations:
    """A ``parley.accounts.ports.Conversations``."""

    def __init__(self, log: MemoryLog, directory: MemoryDirectory) -> None:
        self._log = log
        self._directory = directory

    def erase(self, conversation: str) -> bool:
        if self._log.entries.pop(conversation, None):
            return True
        self._directory.summaries.pop(conversation, None)
        return False


class MemoryRoles:
    """A ``parley.accounts.ports.Roles`` that keeps who was granted what."""

    def __init__(self) -> None:
        self.granted: dict[str, list[Role]] = {}

    def grant(self, username: str, role: Role) -> None:
        self.granted.setdefault(username, []).append(role)
