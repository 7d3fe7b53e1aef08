"""Sniff: whether a file begins as files of its declared type do.

``filetype`` decides by signatures. What it does not know well is checked here: files of the ISO base media format (MP4
and its relatives) name brands in their first box, and the first brand says little about what is inside. An M4A from an
Android recorder and a film both begin with ``mp42``.

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
# The most bytes that the first box may have; a larger number is not a size. So the first two bytes are zero, and no
# text begins like that.


def begins_as(kind: Type, beginning: bytes) -> bool:
    """Whether these first bytes are those of such a file."""
    brands = _BRANDS.get(kind)
    if brands is not None:
        return not brands.isdisjoint(_brands(beginning))
    if kind == "audio/mpeg" and beginning[:2] == b"\xff\xfa":
        return True  # MP3 with checksums, which filetype does not know; it is as good as MP3 without
    return bool(filetype.guess_mime(beginning) == kind)


def _brands(beginning: bytes) -> list[str]:
    """The brands that the file claims: the first is its own, and the others are compatible. The list is empty if the
    file is of another format.
    """
    size = int.from_bytes(beginning[:4])
    if beginning[4:8] != b"ftyp" or not 16 <= size <= min(len(beginning), _MOST) or size % 4:
        return []
    at = [8, *range(16, size, 4)]  # the version is between them
    return [beginning[n : n + 4].decode("latin-1") for n in at]
