"""A function's code lies on this machine once, whoever unpacks it and however often."""

import base64
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.local import unpacking
from infra.local.in_emulator import functions


@pytest.fixture
def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("realtime/message.py", "handler = None\n")
    return buffer.getvalue()


def test_code_is_named_alike_by_what_lambda_says_of_it_and_by_its_bytes(archive: bytes):
    told = base64.b64encode(hashlib.sha256(archive).digest()).decode()
    assert unpacking.name(told) == unpacking.name_of(archive)
    assert unpacking.name("a/b+c=") == "a_b+c"


def test_it_is_unpacked_once(archive: bytes, tmp_path: Path):
    there = unpacking.unpack(archive, tmp_path / "code")
    (there / "realtime/message.py").write_text("kept\n")
    assert unpacking.unpack(b"no zip", tmp_path / "code") == there
    assert (there / "realtime/message.py").read_text() == "kept\n"


def test_whoever_is_slower_finds_it_there_and_leaves_nothing(
    archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    extract = zipfile.ZipFile.extractall

    def overtaken(self: zipfile.ZipFile, path: Path) -> None:
        monkeypatch.setattr(zipfile.ZipFile, "extractall", extract)
        unpacking.unpack(archive, tmp_path / "code")
        extract(self, path)

    monkeypatch.setattr(zipfile.ZipFile, "extractall", overtaken)
    assert (unpacking.unpack(archive, tmp_path / "code") / "realtime/message.py").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["code"]


def test_what_is_no_zip_leaves_nothing(tmp_path: Path):
    with pytest.raises(zipfile.BadZipFile):
        unpacking.unpack(b"no zip", tmp_path / "code")
    assert list(tmp_path.iterdir()) == []


def test_the_processes_of_the_embedded_aws_share_it(archive: bytes, tmp_path: Path):
    code = tmp_path / "code"
    code.mkdir()
    places = []
    for process in ("one", "two"):
        place = tmp_path / process / "code"
        place.mkdir(parents=True)
        (tmp_path / process / "code.zip").write_bytes(archive)
        shared: Any = functions._Shared(code, str(tmp_path / process / "code.zip"))
        with shared:
            shared.extractall(str(place))
        assert (place / "realtime/message.py").read_text() == "handler = None\n"
        places.append(place.resolve())
    assert places == [code / unpacking.name_of(archive)] * 2
