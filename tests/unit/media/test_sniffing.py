"""Files of phones, recorders and browsers are recognized by their beginning; files that a browser would run are not."""

import struct

import pytest

from parley.media import model
from parley.media.sniffing import begins_as
from tests.unit.media.studio import PDF, image

HTML = b"<html><script>alert(1)</script></html>" * 20


def ftyp(major: bytes, *compatible: bytes, size: int = 0) -> bytes:
    box = struct.pack(">I4s4sI", size or 16 + 4 * len(compatible), b"ftyp", major, 0) + b"".join(compatible)
    return box + struct.pack(">I4s", 8, b"mdat") + b"\0" * 64


ANDROID = ftyp(b"mp42", b"isom", b"mp42")
IPHONE_MEMO = ftyp(b"M4A ", b"M4A ", b"mp42", b"isom")
SAFARI = ftyp(b"iso5", b"iso5", b"hlsf")
IPHONE_FILM = ftyp(b"qt  ", b"qt  ")


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [
        ("audio/mp4", ANDROID),
        ("audio/mp4", IPHONE_MEMO),
        ("audio/mp4", ftyp(b"M4A ")),
        ("audio/mp4", SAFARI),
        ("audio/mp4", ftyp(b"zzzz", b"mp42")),
        ("video/mp4", ANDROID),
        ("video/mp4", SAFARI),
        ("video/mp4", ftyp(b"isom", b"isom", b"iso2", b"avc1", b"mp41")),
        ("video/mp4", ftyp(b"M4V ", b"M4V ", b"M4A ")),
        ("video/quicktime", IPHONE_FILM),
        ("video/quicktime", ftyp(b"qt  ", b"qt  ", b"isom")),
        ("audio/aac", b"\xff\xf1" + b"\0" * 300),
        ("audio/mpeg", b"\xff\xfb" + b"\0" * 300),
        ("audio/mpeg", b"\xff\xfa" + b"\0" * 300),
        ("audio/mpeg", b"ID3\4" + b"\0" * 300),
        ("audio/ogg", b"OggS\0\2" + b"\0" * 22 + b"OpusHead"),
        ("application/pdf", PDF),
        ("image/jpeg", image("JPEG")),
        ("image/png", image("PNG")),
        ("image/webp", image("WEBP")),
        ("image/gif", image("GIF")),
    ],
)
def test_what_is_of_a_type_is_known(kind: model.Type, beginning: bytes):
    assert begins_as(kind, beginning[:8192])


HIDING = [
    HTML,
    b"",
    b"\0\0\0\x18ftyp",
    b"<!--ftypmp42" + HTML,
    b"\0\0\0\x18" + HTML,
    ftyp(b"<htm", b"l>  "),
    ftyp(b"mp42", size=1 << 20),
    ftyp(b"mp42", size=8),
    ftyp(b"mp42", size=17),
    ftyp(b"heic", b"mif1", b"heic"),
    b"PK\3\4" + b"\0" * 300,
]


@pytest.mark.parametrize("kind", model.types())
@pytest.mark.parametrize("beginning", HIDING)
def test_what_is_of_none_is_refused_whatever_it_is_called(kind: model.Type, beginning: bytes):
    assert not begins_as(kind, beginning)


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [
        ("video/mp4", IPHONE_FILM),
        ("audio/mp4", IPHONE_FILM),
        ("video/quicktime", ANDROID),
        ("video/mp4", image("PNG")),
        ("audio/ogg", ANDROID),
        ("image/png", image("JPEG")),
    ],
)
def test_one_type_is_not_taken_for_another(kind: model.Type, beginning: bytes):
    assert not begins_as(kind, beginning)
