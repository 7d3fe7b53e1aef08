"""The packages that go to AWS: built for arm64 and Python 3.13, complete, and small enough to start quickly."""

import ast
import importlib.util
import io
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import bytecode, package

LIMITS = {
    "CodeKey": 37_000_000,
    "ImagesCodeKey": 62_000_000,
    "MigrationCodeKey": 41_000_000,
    "CanaryCodeKey": 39_000_000,
}
"""In bytes, unpacked, with byte code: what there is, and a tenth more. Lambda allows 250 MB ("Lambda quotas" in the
Lambda developer guide), but a first start unpacks all of it, so whatever comes in unnoticed (a second SDK has 25 MB)
fails here.
"""


OWN = {
    "ImagesCodeKey": {"parley.media.pillow"},
    "MigrationCodeKey": {"parley.migration.mysql", "parley.migration.passwords"},
    "CanaryCodeKey": {"parley.canary.sockets"},
}
"""The modules that only one function uses, which has a package with what they import."""


@pytest.fixture(scope="module", params=package.REQUIREMENTS)
def unpacked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("work")
    directory = tmp_path_factory.mktemp("unpacked")
    code = package.whole_code(work / "built", package.REQUIREMENTS[request.param])
    zipfile.ZipFile(io.BytesIO(code)).extractall(directory / request.param)
    return directory / request.param


def test_every_wheel_is_for_arm64_and_the_runtimes_python(unpacked: Path):
    wheels = list(unpacked.glob("*.dist-info/WHEEL"))
    assert len(wheels) > 5
    for wheel in wheels:
        tags = re.findall(r"^Tag: (\S+)-(\S+)-(\S+)$", wheel.read_text(), re.MULTILINE)
        assert tags, wheel
        for python, abi, platform in tags:
            pure = (abi, platform) == ("none", "any")
            native = platform.startswith("manylinux") and platform.endswith("_aarch64")
            assert pure or (native and (python == "cp313" or abi == "abi3")), wheel
    machines = {p.name: p.read_bytes()[18:20] for p in unpacked.rglob("*.so*")}
    assert set(machines.values()) == {b"\xb7\x00"}, machines  # ELF's number for AArch64


def test_the_unpacked_package_is_small(unpacked: Path, capsys: pytest.CaptureFixture[str]):
    size = sum(p.stat().st_size for p in unpacked.rglob("*") if p.is_file())
    with capsys.disabled():
        print(f"\n{unpacked.name}: {size / 1e6:.1f} MB unpacked")  # noqa: T201
    assert size < LIMITS[unpacked.name]


def test_every_module_has_byte_code_of_the_runtimes_python_if_there_is_a_compiler(unpacked: Path):
    sources = list(unpacked.rglob("*.py"))
    compiled = [path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc" for path in sources]
    if bytecode.compiler(package.AWS.python) is None:
        compiled = []
    assert len(sources) > 700
    assert {*unpacked.rglob("*.pyc")} == {*compiled}
    assert {path.read_bytes()[:8] for path in compiled} <= {bytecode.magic(package.AWS.python) + bytecode.UNCHECKED}


def test_nothing_that_the_code_imports_is_missing(unpacked: Path):
    """Walk from each of our own modules over what it imports, in whatever function or branch."""
    runtime = package.runtime()
    missing: dict[str, str] = {}
    waiting = [m for name in package.PACKAGES for m in _modules(unpacked, name)]
    seen = set(waiting)
    while waiting:
        module = waiting.pop()
        path = _file(unpacked, module)
        if path is None or path.suffix != ".py":
            continue
        for imported, guarded in _imports(path, module):
            top = imported.partition(".")[0]
            if top in sys.stdlib_module_names or _file(runtime, top):
                continue
            if _file(unpacked, imported) is None:
                if not guarded:
                    missing[imported] = module
            elif imported not in seen:
                seen.add(imported)
                waiting.append(imported)
    others = {module for name, modules in OWN.items() if name != unpacked.name for module in modules}
    assert {name: by for name, by in missing.items() if by not in others} == {}


def _modules(root: Path, name: str) -> Iterator[str]:
    for path in (root / name).rglob("*.py"):
        yield ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _file(root: Path, module: str) -> Path | None:
    base = root.joinpath(*module.split("."))
    for path in (base / "__init__.py", base.with_suffix(".py"), *base.parent.glob(f"{base.name}.*.so")):
        if path.exists():
            return path
    return base if base.is_dir() else None


def _imports(path: Path, module: str) -> Iterator[tuple[str, bool]]:
    """Yield what the file imports at its top level or, if it is ours, anywhere, and whether that may fail."""
    tree = ast.parse(path.read_bytes())
    own = module.partition(".")[0] in package.PACKAGES
    within = module if path.name == "__init__.py" else module.rpartition(".")[0]
    yield from _walk(tree.body, within, own=own, guarded=False)


def _walk(body: list[ast.stmt], within: str, *, own: bool, guarded: bool) -> Iterator[tuple[str, bool]]:
    for node in body:
        match node:
            case ast.Import(names=names):
                yield from ((n.name, guarded) for n in names)
            case ast.ImportFrom(module=name, level=level):
                yield importlib.util.resolve_name("." * level + (name or ""), within), guarded
            case ast.Try(body=tried, handlers=handlers, orelse=after, finalbody=last):
                yield from _walk(tried, within, own=own, guarded=True)
                for handler in handlers:
                    yield from _walk(handler.body, within, own=own, guarded=True)
                yield from _walk([*after, *last], within, own=own, guarded=guarded)
            case ast.If(test=test, body=then, orelse=otherwise):
                checking = "TYPE_CHECKING" in ast.dump(test)
                branch = guarded or "version_info" in ast.dump(test)
                yield from _walk([] if checking else then, within, own=own, guarded=branch)
                yield from _walk(otherwise, within, own=own, guarded=branch)
            case ast.FunctionDef(body=inner) | ast.AsyncFunctionDef(body=inner):
                if own:
                    yield from _walk(inner, within, own=own, guarded=guarded)
            case ast.ClassDef(body=inner) | ast.With(body=inner):
                yield from _walk(inner, within, own=own, guarded=guarded)
