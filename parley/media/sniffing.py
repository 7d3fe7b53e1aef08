"""Sniff: whether a file's beginning is that of the type it is said to be of.

``filetype`` decides by signatures. What it does not know well is looked at here: files of the ISO base media format
(MP4 and its kin) name brands in their first box, and which brand comes first says little of what is inside. An M4A from
an Android recorder and a film both begin with ``mp42``.

Sources: ISO/IEC 14496-12, "File Type Box"; the MP4 Registration Authority's list of brands, https://mp4ra.org; Apple's
QuickTime File Format for ``qt``; ISO/IEC 11172-3, 2.4.1.3, for the header of MP3.
"""

import filetype

from parley.media.model import Type

_OF_ANY_MP4 = frozenset(
    {"isom", *(f"iso{n}" for n in range(2, 10)), "mp41", "mp42", "avc1", "dash", "cmfc", "cmf2", "hlsf", "MSNV"}
)
_BRANDS: dict[Type, frozenset[str]] = {
    "video/mp4": _OF_ANY_MP4 | {"M4V ", "M4VH", "M4VP", "XAVC"},
    "audio/mp4": _OF_ANY_MP4 | {"M4A ", "M4B "},
    "video/quicktime": frozenset({"qt  "}),
}
_MOST = 1024
# Bytes of the first box: a size beyond is none. Its first two bytes are then zero, and no text begins so.


def begins_as(kind: Type, beginning: bytes) -> bool:
    """Whether these first bytes are those of such a file."""
    brands = _BRANDS.get(kind)
    if brands is not None:
        return not brands.isdisjoint(_brands(beginning))
    if kind == "audio/mpeg" and beginning[:2] == b"\xff\xfa":
        return True  # MP3 with checksums, as good as the one without, which filetype knows
    return bool(filetype.guess_mime(beginning) == kind)


def _brands(beginning: bytes) -> list[str]:
    """The brands that the file says it keeps to: the first is its own, the others are compatible. None if it is of
    another format.
    """
    size = int.from_bytes(beginning[:4])
    if beginning[4:8] != b"ftyp" or not 16 <= size <= min(len(beginning), _MOST) or size % 4:
        return []
    at = [8, *range(16, size, 4)]  # between them is the version
    return [beginning[n : n + 4].decode("latin-1") for n in at]
