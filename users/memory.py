"""Every port of the users' in memory: for tests, and as the shortest statement of what each promises."""

from collections.abc import Sequence

from msgspec.structs import replace

from chat.errors import NotFound
from chat.memory import MemoryDirectory
from users.model import DataIndex, Datum, Profile, unwritten


class MemoryProfiles:
    """A ``users.ports.Profiles``; names and photos go into ``directory`` too."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory
        self._told: dict[str, Profile] = {}

    def profile(self, user: str) -> Profile | None:
        reach = self._directory.reaches.get(user)
        if reach is None:
            return None
        told = self._told.get(user)
        return replace(told, role=reach.role) if told else unwritten(reach)

    def store(self, profile: Profile) -> Profile | None:
        stored = self.profile(profile.user)
        if stored is None:
            raise NotFound("no such user")
        if stored.version != profile.version - 1:
            return stored
        self._told[profile.user] = profile
        reaches = self._directory.reaches
        reaches[profile.user] = replace(reaches[profile.user], name=profile.name, photo=profile.photo)
        return None

    def listed(self, category: str, after: tuple[str, str], limit: int) -> tuple[list[Profile], bool]:
        every = [p for p in self._told.values() if category and p.category == category and p.place > after]
        every.sort(key=lambda p: p.place)
        return every[:limit], len(every) > limit


class MemoryData:
    """A ``users.ports.Data``."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory
        self._indexes: dict[str, DataIndex] = {}
        self._values: dict[tuple[str, str], Datum] = {}

    def index(self, user: str) -> DataIndex:
        return self._indexes.get(user, DataIndex())

    def values(self, user: str, keys: Sequence[str]) -> dict[str, Datum]:
        return {k: self._values[user, k] for k in keys if (user, k) in self._values}

    def store(self, user: str, index: DataIndex, changed: Datum) -> bool:
        if self.index(user).version != index.version - 1:
            return False
        if index.version == 1 and user not in self._directory.reaches:
            raise NotFound("no such user")
        self._indexes[user] = index
        if changed.value is None:
            self._values.pop((user, changed.key), None)
        else:
            self._values[user, changed.key] = changed
        return True
