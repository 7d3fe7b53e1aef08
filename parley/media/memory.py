"""The ports of media in memory: for tests, and as the shortest statement of what each promises."""

from hashlib import sha256

from msgspec.structs import replace

from parley.chat.memory import MemoryDirectory
from parley.chat.model import Attachment
from parley.chat.ports import ATTACH_MS
from parley.core.errors import NotFound, RateLimited
from parley.core.writes import STORED, Occupied, Stored
from parley.media.model import DAILY_BYTES, DAILY_FILES, Form, Media, Picture, StoredObject

_DAY_MS = 24 * 3600 * 1000


class MemoryMediaRegistry:
    """A ``parley.media.ports.MediaRegistry``. What others must know about media is in ``directory``."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._attachments = directory.attachments
        self._all: dict[str, Media] = {}

    def open(self, media: Media) -> None:
        day = media.created // _DAY_MS
        today = [m for m in self._all.values() if m.owner == media.owner and m.created // _DAY_MS == day]
        if len(today) >= DAILY_FILES or sum(m.size for m in today) + media.size > DAILY_BYTES:
            raise RateLimited("enough uploads for today", retry_after=_until_tomorrow(media.created))
        self._keep(media)
        self._attachments[media.id] = Attachment(
            id=media.id, owner=media.owner, scope=media.scope, state=media.state, until=media.created + ATTACH_MS
        )

    def media(self, media: str) -> Media | None:
        return self._all.get(media)

    def settle(self, old: Media, new: Media, now: int) -> Stored | Occupied[Media | None]:
        stored = self._all.get(old.id)
        if stored is None or stored.state != old.state:
            return Occupied(stored)
        self._keep(replace(new, waiting=stored.waiting))
        return STORED

    def wait(self, media: str, user: str) -> Stored | Occupied[Media | None]:
        stored = self._all.get(media)
        if stored is None or not _is_away(stored):
            return Occupied(stored)
        self._keep(replace(stored, state="restoring", waiting=tuple(sorted({*stored.waiting, user}))))
        return STORED

    def restored(self, media: str) -> Media | Occupied[Media | None]:
        stored = self._all.get(media)
        if stored is None or not (_is_away(stored) or (stored.state == "ready" and stored.waiting)):
            return Occupied(stored)
        self._keep(replace(stored, state="ready"))
        return self._all[media]

    def told(self, media: Media) -> None:
        stored = self._all.get(media.id)
        if stored is not None:
            self._keep(replace(stored, waiting=tuple(u for u in stored.waiting if u not in media.waiting)))

    def unreferred(self, day: int) -> list[Media]:
        since = {m: a.until - ATTACH_MS for m, a in self._attachments.items() if a.until and m in self._all}
        return [self._all[m] for m, at in since.items() if at // _DAY_MS == day and self._all[m].state != "refused"]

    def claim(self, media: Media) -> Stored | Occupied[Media | None]:
        if media.id not in self._all or not self._attachments[media.id].until:
            return Occupied(self._all.get(media.id))
        self._keep(replace(self._all[media.id], state="removed"))
        return STORED

    def withdraw(self, media: str) -> None:
        if media in self._all:
            self._keep(replace(self._all[media], state="removed"))

    def owned(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        every = sorted(m.id for m in self._all.values() if m.owner == user and m.id > after and m.state != "refused")
        return every[:limit], len(every) > limit

    def forget(self, media: str, owner: str) -> None:
        self._all.pop(media, None)
        self._attachments.pop(media, None)

    def _keep(self, media: Media) -> None:
        self._all[media.id] = media
        if media.id in self._attachments:
            self._attachments[media.id] = replace(self._attachments[media.id], state=media.state)


class MemoryObjects:
    """A ``parley.media.ports.Objects`` that keeps what was uploaded by key. The keys in ``archive`` are archived, and
    those in ``asked`` were asked back.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.archive: set[str] = set()
        self.asked: list[str] = []

    def form(self, media: Media, seconds: int) -> Form:
        return Form(url="https://bucket.example", fields={"key": media.key, "Content-Type": media.type})

    def stored(self, key: str) -> StoredObject | None:
        data = self.objects.get(key)
        return None if data is None else StoredObject(len(data), sha256(data).hexdigest())

    def beginning(self, key: str) -> bytes:
        return self.read(key)[:8192]

    def read(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotFound("no such object")
        return self.objects[key]

    def put_thumbnail(self, key: str, webp: bytes) -> None:
        self.objects[key] = webp

    def remove(self, *keys: str) -> None:
        for key in keys:
            self.objects.pop(key, None)

    def restore(self, key: str) -> bool:
        if key not in self.archive:
            return False
        self.asked.append(key)
        return True


class MemoryLinks:
    """A ``parley.media.ports.Links`` whose addresses say what they are for."""

    def link(self, key: str, until: int) -> str:
        return f"https://media.example/{key}?until={until}"


class MemoryImages:
    """A ``parley.media.ports.Images`` that treats everything as an image."""

    def picture(self, data: bytes) -> Picture:
        return Picture(width=len(data), height=1, thumbnail=b"small")


def _is_away(media: Media) -> bool:
    return media.state in {"archived", "restoring"}


def _until_tomorrow(now: int) -> float:
    return (_DAY_MS - now % _DAY_MS) / 1000
