"""Uploads in memory, beside the small world of conversations, and genuine files of each type."""

import io
from hashlib import sha256

from PIL import Image

from parley.chat.model import PROFILE
from parley.core import ids
from parley.core.session import Session
from parley.media import archive, collection, links, media_events, uploads, verification
from parley.media.memory import MemoryImages, MemoryLinks, MemoryMediaRegistry, MemoryObjects
from parley.media.model import Form, Media
from parley.media.ports import Images
from tests.unit.chat.world import DM, World

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
DAY = 24 * 3600 * 1000


def image(format: str = "PNG", size: tuple[int, int] = (640, 480), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, format, **options)
    return out.getvalue()


class Studio:
    """Every operation on media, in one world."""

    def __init__(self, world: World, images: Images | None = None) -> None:
        self.world = world
        self.registry = MemoryMediaRegistry(world.stored)
        self.objects = MemoryObjects()
        self.media_news = media_events.Ports(
            snapshots=world.directory,
            memberships=world.directory,
            connections=world.directory,
            sockets=world.sockets,
            devices=world.devices,
            push=world.push,
        )
        self.archiving = archive.Ports(registry=self.registry, media_news=self.media_news)
        self.uploading = uploads.Ports(registry=self.registry, objects=self.objects, snapshots=world.directory)
        self.showing = links.Ports(
            registry=self.registry,
            objects=self.objects,
            links=MemoryLinks(),
            snapshots=world.directory,
            archiving=self.archiving,
        )
        self.verifying = verification.Ports(
            registry=self.registry, objects=self.objects, media_news=self.media_news, images=images or MemoryImages()
        )
        self.collecting = collection.Ports(
            registry=self.registry, objects=self.objects, connections=world.directory, media_references=world.directory
        )
        self._noise = 0

    def begin(
        self, by: Session, data: bytes = PDF, type: str = "application/pdf", scope: str = DM
    ) -> tuple[Media, Form]:
        self._noise += 1
        wanted = uploads.Wanted(type=type, size=len(data), sha256=sha256(data).hexdigest(), scope=scope)
        return uploads.begin(wanted, by, self.world.now, self._noise, self.uploading, uploads.Rules())

    def put(self, media: Media, data: bytes) -> Media:
        """Upload these bytes, and let the event come."""
        self.objects.objects[media.key] = data
        self.verify(media)
        return self.known(media)

    def known(self, media: Media) -> Media:
        """What is known about it now."""
        stored = self.registry.media(media.id)
        assert stored is not None
        return stored

    def verify(self, media: Media) -> Media | None:
        return verification.verify(media.key, self.world.now, self.verifying)

    def upload(self, by: Session, data: bytes = PDF, type: str = "application/pdf", scope: str = DM) -> Media:
        media, _ = self.begin(by, data, type, scope)
        return self.put(media, data)

    def photo(self, by: Session, scope: str = PROFILE) -> Media:
        return self.upload(by, image(), "image/png", scope)

    def show(self, by: Session, media: Media) -> links.Shown:
        return links.show(by, media.id, self.world.now, self.showing)

    def archive(self, media: Media) -> None:
        self.objects.archive.add(media.key)
        archive.archived(media.key, self.world.now, self.archiving)

    def bring_back(self, media: Media) -> None:
        self.objects.archive.discard(media.key)
        archive.restored(media.key, self.world.now, self.archiving)

    def collect(self) -> collection.Collected:
        return collection.collect(self.world.now, self.collecting)


def unknown() -> str:
    """An id that no upload has."""
    return ids.ulid(1, 1)
