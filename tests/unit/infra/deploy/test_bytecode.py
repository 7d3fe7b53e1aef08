"""Byte code for a version of Python: only its own compiler makes it, and nothing in it changes without its source."""

import importlib.util
import marshal
import os
import shutil
import sys
from pathlib import Path

import pytest

from infra import bytecode, package

SOURCE = "NAMES = {'alice', 'bob', 'carol', 'dora', 'eve'}\n\n\ndef known(name):\n    return name in {'x', 'y', 'z'}\n"


@pytest.fixture(autouse=True)
def asked_anew():
    bytecode.compiler.cache_clear()
    yield
    bytecode.compiler.cache_clear()


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    (tmp_path / "parley").mkdir()
    for number in range(3):
        (tmp_path / f"parley/m{number}.py").write_text(SOURCE)
    return tmp_path


def compiled(directory: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in directory.rglob("*.pyc")}


def test_this_process_compiles_for_its_own_version():
    assert bytecode.compiler(package.HERE.python) == sys.executable


def python_of(path: Path, magic: int) -> str:
    """A program that says that it is a Python with this magic number."""
    path.write_text(f"#!/bin/sh\nprintf {magic.to_bytes(2, 'little').hex()}0d0a\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(sys.version_info[:2] == (3, 13), reason="this process is a compiler for 3.13")
@pytest.mark.parametrize(("number", "taken"), [(3571, True), (3570, False), (3531, False)])
def test_a_python_whose_byte_code_is_of_another_version_is_refused(
    number: int, taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    found = python_of(tmp_path / "python3.13", number)
    monkeypatch.setattr(bytecode, "_found", lambda python: found)
    assert bytecode.compiler("3.13") == (found if taken else None)


@pytest.mark.skipif(sys.version_info[:2] == (3, 13), reason="this process is a compiler for 3.13")
def test_a_python_that_does_not_start_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "python3.13").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "python3.13").chmod(0o755)
    monkeypatch.setattr(bytecode, "_found", lambda python: str(tmp_path / "python3.13"))
    assert bytecode.compiler("3.13") is None


def test_byte_code_is_read_without_a_look_at_the_sources_time_or_hash(modules: Path):
    bytecode.compile_all(modules, sys.executable)
    made = compiled(modules)
    assert len(made) == 3
    for content in made.values():
        assert content[:4] == importlib.util.MAGIC_NUMBER
        assert content[4:8] == bytecode.UNCHECKED
        assert content[8 : bytecode.HEADER] == importlib.util.source_hash(SOURCE.encode())


def test_byte_code_names_its_source_as_lambda_unpacks_it(modules: Path):
    bytecode.compile_all(modules, sys.executable)
    made = compiled(modules)[f"m0.{sys.implementation.cache_tag}.pyc"]
    code = marshal.loads(made[bytecode.HEADER :])  # noqa: S302 - made here
    assert code.co_filename == "/var/task/parley/m0.py"


def test_the_same_sources_give_the_same_byte_code_wherever_and_whenever_they_lie(
    modules: Path, tmp_path_factory: pytest.TempPathFactory
):
    bytecode.compile_all(modules, sys.executable)
    for _ in range(3):  # an order by chance would be the same once
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        shutil.copytree(modules / "parley", elsewhere / "parley", ignore=shutil.ignore_patterns("__pycache__"))
        for path in elsewhere.rglob("*.py"):
            os.utime(path, (1, 1))
        bytecode.compile_all(elsewhere, sys.executable)
        assert compiled(elsewhere) == compiled(modules)
