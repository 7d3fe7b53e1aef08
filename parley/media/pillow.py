"""A ``parley.media.ports.Images`` built on Pillow. Only this module, which only one function uses, needs Pillow."""

import io
import warnings

from PIL import Image
from PIL.Image import Transpose

from parley.core.errors import BadRequest
from parley.media.model import Picture

MAX_PIXELS = 50_000_000
"""More than any phone's camera takes by default, and 200 MB once the image is unpacked. A file of a few KB may claim
any number of pixels (a decompression bomb), so the number is checked before a single pixel is read."""
SIDE = 320
"""The length of a thumbnail's longer side, in pixels."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 75
_ORIENTATION = 0x0112  # EXIF's tag
_UPRIGHT: dict[object, Transpose] = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
# What turns each orientation upright.
_SIDEWAYS = frozenset({Transpose.TRANSPOSE, Transpose.ROTATE_270, Transpose.TRANSVERSE, Transpose.ROTATE_90})
# The turns that exchange width and height.


class PillowImages:
    """Decodes the formats that may be uploaded, and none of the many others that Pillow knows."""

    def picture(self, data: bytes) -> Picture:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                return _picture(data)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise BadRequest(f"an image has at most {MAX_PIXELS} pixels") from None
        except MemoryError:
            raise  # this is our problem, and not the image's fault
        except Exception:  # noqa: BLE001  (on broken data Pillow's decoders raise all kinds of errors, struct's too)
            raise BadRequest("the image is broken") from None


def _picture(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise Image.DecompressionBombError
        image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is not unpacked any larger than needed
        image.load()
        turn = _turn(image)
        if turn in _SIDEWAYS:
            width, height = height, width
        small = image.convert("RGBA" if image.has_transparency_data else "RGB")
        small.thumbnail((SIDE, SIDE))
        if turn is not None:
            small = small.transpose(turn)
        out = io.BytesIO()
        small.save(out, "WEBP", quality=_QUALITY)  # without EXIF, which may say where it was taken
    return Picture(width=width, height=height, thumbnail=out.getvalue())


def _turn(image: Image.Image) -> Transpose | None:
    """The turn that makes the image upright. EXIF is read only for this, and never written: Pillow reads much that it
    cannot write. If the EXIF cannot be read, the image is shown as it is, as browsers do.
    """
    try:
        return _UPRIGHT.get(image.getexif().get(_ORIENTATION))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  (whatever a camera has written there, the picture itself is fine)
        return None
