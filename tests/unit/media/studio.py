"""Uploads in memory, beside the small world of conversations; and files that are what they say."""

import io
from hashlib import sha256

from PIL import Image

from chat import ids
from chat.model import PROFILE, Session
from media import archiving, collecting, showing, telling, uploading, verifying
from media.memory import MemoryImages, MemoryLinks, MemoryObjects, MemoryRegister
from media.model import Form, Media
from media.ports import Images
from tests.unit.chat.world import DM, World

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
DAY = 24 * 3600 * 1000


def image(format: str = "PNG", size: tuple[int, int] = (640, 480), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, format, **options)
    return out.getvalue()


class Studio:
    """Every verb, on one world."""

    def __init__(self, world: World, images: Images | None = None) -> None:
        self.world = world
        self.register = MemoryRegister(world.stored)
        self.objects = MemoryObjects()
        self.telling = telling.Ports(world.directory, world.sockets, world.devices, world.push)
        self.archiving = archiving.Ports(register=self.register, telling=self.telling)
        self.uploading = uploading.Ports(register=self.register, objects=self.objects, directory=world.directory)
        self.showing = showing.Ports(
            register=self.register,
            objects=self.objects,
            links=MemoryLinks(),
            directory=world.directory,
            archiving=self.archiving,
        )
        self.verifying = verifying.Ports(
            register=self.register, objects=self.objects, telling=self.telling, images=images or MemoryImages()
        )
        self.collecting = collecting.Ports(register=self.register, objects=self.objects, directory=world.directory)
        self._noise = 0

    def begin(
        self, by: Session, data: bytes = PDF, type: str = "application/pdf", within: str = DM
    ) -> tuple[Media, Form]:
        self._noise += 1
        wanted = uploading.Wanted(type=type, size=len(data), sha256=sha256(data).hexdigest(), within=within)
        return uploading.begin(wanted, by, self.world.now, self._noise, self.uploading, uploading.Rules())

    def put(self, media: Media, data: bytes) -> Media:
        """Upload these bytes, and let the event come."""
        self.objects.objects[media.key] = data
        self.verify(media)
        return self.known(media)

    def known(self, media: Media) -> Media:
        """What is known of it now."""
        stored = self.register.media(media.id)
        assert stored is not None
        return stored

    def verify(self, media: Media) -> Media | None:
        return verifying.verify(media.key, self.world.now, self.verifying)

    def upload(self, by: Session, data: bytes = PDF, type: str = "application/pdf", within: str = DM) -> Media:
        media, _ = self.begin(by, data, type, within)
        return self.put(media, data)

    def photo(self, by: Session, within: str = PROFILE) -> Media:
        return self.upload(by, image(), "image/png", within)

    def show(self, by: Session, media: Media) -> showing.Shown:
        return showing.show(by, media.id, self.world.now, self.showing)

    def archive(self, media: Media) -> None:
        self.objects.archive.add(media.key)
        archiving.archived(media.key, self.world.now, self.archiving)

    def bring_back(self, media: Media) -> None:
        self.objects.archive.discard(media.key)
        archiving.restored(media.key, self.world.now, self.archiving)

    def collect(self) -> collecting.Collected:
        return collecting.collect(self.world.now, self.collecting)


def unknown() -> str:
    """An id that no upload has."""
    return ids.ulid(1, 1)
