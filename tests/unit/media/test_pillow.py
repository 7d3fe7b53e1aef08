"""What Pillow makes of images, broken and hostile ones too."""

import io
import struct
import zlib

import pytest
from PIL import Image

from chat.errors import BadRequest
from media.pillow import MAX_PIXELS, SIDE, PillowImages
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
