"""How Pillow handles images, including broken and hostile ones."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from parley.core.errors import BadRequest
from parley.media.pillow import MAX_PIXELS, SIDE, PillowImages
from tests.unit.media.studio import PDF, image

IMAGES = PillowImages()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_format_has_its_dimensions_and_a_small_webp(format: str):
    picture = IMAGES.picture(image(format, (1200, 600)))
    assert (picture.width, picture.height) == (1200, 600)
    small = Image.open(io.BytesIO(picture.thumbnail))
    assert (small.format, small.size) == ("WEBP", (SIDE, SIDE // 2))


def test_a_small_image_is_not_blown_up():
    assert Image.open(io.BytesIO(IMAGES.picture(image("PNG", (8, 6))).thumbnail)).size == (8, 6)


def test_a_turned_photo_is_shown_upright_and_its_thumbnail_tells_nothing_of_where_it_was_taken():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    picture = IMAGES.picture(image("JPEG", (400, 200), exif=exif))
    assert (picture.width, picture.height) == (200, 400)
    small = Image.open(io.BytesIO(picture.thumbnail))
    assert small.size == (160, 320)
    assert not small.getexif()


WIDTH, RATIONAL, LONG = 0x0100, 5, 4


def exif(*entries: tuple[int, int, int, bytes]) -> bytes:
    """EXIF of exactly these entries (tag, type, count, value or offset), as a camera might write it."""
    body = b"".join(struct.pack("<HHI4s", *e) for e in entries)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<III", 0, 640, 1)


def sideways(type: int, count: int = 1, at: int = 0) -> bytes:
    width = (WIDTH, type, count, struct.pack("<I", at or 8 + 2 + 24 + 4))
    return exif(width, (0x0112, 3, 1, struct.pack("<HH", 6, 0)))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("odd", [sideways(RATIONAL), sideways(2, 6)], ids=["a rational width", "a width in words"])
def test_a_turned_photo_whose_exif_cannot_be_written_again_is_still_upright(format: str, odd: bytes):
    picture = IMAGES.picture(image(format, (400, 200), exif=odd))
    assert (picture.width, picture.height) == (200, 400)
    assert Image.open(io.BytesIO(picture.thumbnail)).size == (160, 320)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_exif_that_cannot_be_read_leaves_the_image_as_it_lies(format: str):
    assert IMAGES.picture(image(format, (400, 200), exif=b"Exif\0\0no EXIF at all")).width == 400


UPRIGHT = [[(250, 10, 10), (10, 250, 10)], [(10, 10, 250), (250, 250, 10)], [(10, 10, 10), (250, 250, 250)]]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_is_undone(orientation: int):
    shown = Image.new("RGB", (40, 60))
    for y, row in enumerate(UPRIGHT):
        for x, colour in enumerate(row):
            shown.paste(colour, (20 * x, 20 * y, 20 * x + 20, 20 * y + 20))
    turns = Image.Transpose
    lie = {2: turns.FLIP_LEFT_RIGHT, 3: turns.ROTATE_180, 4: turns.FLIP_TOP_BOTTOM, 5: turns.TRANSPOSE,
           6: turns.ROTATE_90, 7: turns.TRANSVERSE, 8: turns.ROTATE_270}  # fmt: skip
    lying = shown.transpose(lie[orientation]) if orientation in lie else shown
    tags = Image.Exif()
    tags[0x0112] = orientation
    out = io.BytesIO()
    lying.save(out, "PNG", exif=tags)
    picture = IMAGES.picture(out.getvalue())
    assert (picture.width, picture.height) == (40, 60)
    small = Image.open(io.BytesIO(picture.thumbnail)).convert("RGB")
    for y, row in enumerate(UPRIGHT):
        for x, colour in enumerate(row):
            found = small.getpixel((20 * x + 10, 20 * y + 10))
            assert max(abs(a - b) for a, b in zip(found, colour, strict=True)) < 60


@pytest.mark.parametrize(
    "error", [struct.error("unpack"), AttributeError("encode"), RuntimeError("?"), AssertionError()]
)
def test_whatever_a_decoder_raises_means_broken(error: Exception, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Image.Image, "convert", raising(error))
    with pytest.raises(BadRequest, match="broken"):
        IMAGES.picture(image())


def test_want_of_memory_is_not_the_images_fault(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Image.Image, "convert", raising(MemoryError()))
    with pytest.raises(MemoryError):
        IMAGES.picture(image())


def raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_transparency_stays():
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    assert Image.open(io.BytesIO(IMAGES.picture(out.getvalue()).thumbnail)).mode == "RGBA"


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(MAX_PIXELS, 2), (100_000, 100_000), (8_000, 6_251)])
def test_a_decompression_bomb_is_not_unpacked(size: tuple[int, int]):
    with pytest.raises(BadRequest, match="pixels"):
        IMAGES.picture(bomb(*size))


@pytest.mark.parametrize(
    "data",
    [b"", b"\x89PNG\r\n\x1a\n", image("JPEG")[:200], image("PNG")[:-30], image("WEBP")[:50], PDF, bomb(10, 10)],
    ids=["empty", "png's beginning", "cut jpeg", "cut png", "cut webp", "a pdf", "no pixels"],
)
def test_what_is_broken_is_refused(data: bytes):
    with pytest.raises(BadRequest):
        IMAGES.picture(data)


def test_formats_that_may_not_be_uploaded_are_not_even_tried():
    with pytest.raises(BadRequest):
        IMAGES.picture(image("TIFF"))
