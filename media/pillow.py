"""Images by Pillow: a ``media.ports.Images``. The one module that needs it, and the one function's that has it."""

import io
import warnings

from PIL import Image, ImageOps

from chat.errors import BadRequest
from media.model import Picture

MAX_PIXELS = 50_000_000
"""More than any phone's camera takes by default, and 200 MB once it is unpacked: a file of a few KB may claim any
number (a decompression bomb), so it is looked at before a single pixel is."""
SIDE = 320
"""Pixels of a thumbnail's longer side."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 75
_ORIENTATION = 0x0112  # EXIF's tag
_TURNED = frozenset({5, 6, 7, 8})
# The orientations in which width and height are exchanged.


class PillowImages:
    """Decodes the formats that may be uploaded, and no other of the many that Pillow knows."""

    def picture(self, data: bytes) -> Picture:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                return _picture(data)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise BadRequest(f"an image has at most {MAX_PIXELS} pixels") from None
        except (OSError, ValueError, SyntaxError, EOFError, IndexError, ZeroDivisionError, TypeError, KeyError):
            # What Pillow's decoders raise on broken data, by its own documentation and its fuzzers' findings.
            raise BadRequest("the image is broken") from None


def _picture(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise Image.DecompressionBombError
        if image.getexif().get(_ORIENTATION) in _TURNED:
            width, height = height, width
        image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is unpacked no larger than needed
        image.load()
        small = ImageOps.exif_transpose(image)
        small = small.convert("RGBA" if small.has_transparency_data else "RGB")
        small.thumbnail((SIDE, SIDE))
        out = io.BytesIO()
        small.save(out, "WEBP", quality=_QUALITY)  # without EXIF: no place where it was taken
    return Picture(width=width, height=height, thumbnail=out.getvalue())
