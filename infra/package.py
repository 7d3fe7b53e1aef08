"""Package the functions' code as a zip.

The same sources give the same bytes. The hash in the code's key therefore changes only if the code does, and a
deployment without changes really is one.

``python -m infra.package`` writes each of them into ``build`` (``build/codekey.zip``), as it is deployed to AWS.
"""

import contextlib
import fcntl
import hashlib
import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from infra import bytecode, uv

ROOT = Path(__file__).parent.parent
PACKAGES = ("parley", "realtime", "rest", "workers")
"""The packages that run inside Lambda."""
REQUIREMENTS = {
    "CodeKey": "locks/lambda.txt",
    "ImagesCodeKey": "locks/lambda-images.txt",
    "MigrationCodeKey": "locks/lambda-migration.txt",
    "CanaryCodeKey": "locks/lambda-canary.txt",
}
"""The lock file for the dependencies of each package, by the template's parameter for the package's key."""
EVERYWHERE = ("CodeKey", "ImagesCodeKey")
"""The packages that every environment has."""
RUNTIME = "locks/lambda-runtime.txt"
"""The lock file for what Lambda's own image has: no package contains it, and every function may import it."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can store
_COMPACT, _QUICK = 6, 1
"""How hard a zip is compressed (zlib's levels): for AWS, which limits its size, and where somebody waits for it."""
_BUILT = ROOT / "build" / "packages"


class Target(NamedTuple):
    """What the dependencies are built for: a platform by uv's name (None is this machine), and a version of Python."""

    platform: str | None
    python: str


AWS = Target("aarch64-manylinux_2_34", "3.13")
"""The runtime in ``infra/templates/globals.yaml``: the C library of Amazon Linux 2023, or an older one."""
HERE = Target(None, f"{sys.version_info.major}.{sys.version_info.minor}")


class CannotPackage(Exception):
    """The dependencies could not be fetched, or a module not be compiled. The message is one readable line."""


def own_code(root: Path = ROOT) -> bytes:
    """Return our own modules only, for use where the dependencies are already installed."""
    return _zip(_own_files(root))


def local_codes(names: Iterable[str] = EVERYWHERE) -> dict[str, bytes]:
    """Return what is deployed to this machine: the same packages as for AWS, with dependencies that are built for here.

    They are kept under ``build/packages``, and built again, side by side, only when our modules or a lock have changed.

    Raises:
        CannotPackage: uv could not fetch a dependency.
    """
    wanted = list(names)
    with ThreadPoolExecutor() as pool:
        return dict(zip(wanted, pool.map(_kept, (REQUIREMENTS[name] for name in wanted)), strict=True))


def runtime() -> Path:
    """Return a directory with what Lambda's image has beside Python, built for this machine, and once for each lock.

    Raises:
        CannotPackage: uv could not fetch a dependency.
    """
    directory = _BUILT / f"runtime-{_name(RUNTIME)}"
    with _alone(RUNTIME):
        if not directory.exists():
            made = directory.with_suffix(".new")
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir()
            _fetch_dependencies(made, RUNTIME, ROOT, HERE)
            _compile(made, HERE)  # as what is in Lambda's image is
            made.replace(directory)
    return directory


def whole_codes(work: Path, names: Iterable[str] = EVERYWHERE) -> dict[str, bytes]:
    """Return what is deployed to AWS, by the template's parameter for its key.

    Raises:
        CannotPackage: uv could not fetch a dependency.
    """
    return {name: whole_code(work / name.lower(), REQUIREMENTS[name]) for name in names}


def whole_code(work: Path, requirements: str, root: Path = ROOT, target: Target = AWS) -> bytes:
    """Return our own modules and their dependencies, with their byte code if there is a compiler for the target.

    Args:
        work: a directory to build in. It is emptied first.
        requirements: the lock file of the dependencies.
        root: the root of the project.
        target: what the dependencies are built for.

    Raises:
        CannotPackage: uv could not fetch a dependency, or a module could not be compiled.
    """
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    _fetch_dependencies(work, requirements, root, target)
    for name, path in _own_files(root):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, work / name)
    _compile(work, target)
    level = _COMPACT if target.platform else _QUICK
    return _zip(((p.relative_to(work).as_posix(), p) for p in work.rglob("*") if p.is_file()), level)


def lost(target: Target = AWS) -> str:
    """Return a line that says what is lost because nothing here can compile for the target, or an empty string."""
    if bytecode.compiler(target.python):
        return ""
    return (
        f"There is no Python {target.python} here, so the packages have no byte code and each cold start takes a third "
        f"longer; `.venv/bin/uv python install {target.python}` mends it (docs/operations.md)"
    )


def digest(code: bytes) -> str:
    """Return a name for these bytes."""
    return hashlib.sha256(code).hexdigest()[:32]


def _kept(requirements: str) -> bytes:
    path = _BUILT / f"{_name(requirements, own_code())}.zip"
    with _alone(requirements):
        if not path.exists():
            made, work = path.with_suffix(".new"), _BUILT / f"work-{Path(requirements).stem}"
            made.write_bytes(whole_code(work, requirements, target=HERE))
            made.replace(path)
            shutil.rmtree(work)
    return path.read_bytes()


def _name(requirements: str, own: bytes = b"") -> str:
    of_builder = Path(__file__).read_bytes() + Path(bytecode.__file__).read_bytes()
    return digest(b"\0".join((of_builder, sys.version.encode(), (ROOT / requirements).read_bytes(), own)))


@contextlib.contextmanager
def _alone(requirements: str) -> Iterator[None]:
    """Keep others from building the same at the same time: what one has built, the next one finds."""
    _BUILT.mkdir(parents=True, exist_ok=True)
    with (_BUILT / f"{Path(requirements).stem}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch_dependencies(directory: Path, requirements: str, root: Path, target: Target) -> None:
    command = [str(uv.executable()), "pip", "install", "--quiet", "--target", str(directory), "--only-binary", ":all:"]
    command += ["--python", sys.executable, "--python-version", target.python]
    command += ["--python-platform", target.platform] if target.platform else []
    command += ["--link-mode", "copy", "--no-deps", "--require-hashes", "-r", str(root / requirements)]
    done = subprocess.run(  # noqa: S603 - our own words only
        command, capture_output=True, text=True, check=False, env=uv.environment()
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["uv failed"])[-1]
        raise CannotPackage(f"could not fetch the functions' dependencies: {last.strip()}")
    (directory / ".lock").unlink(missing_ok=True)  # uv's own lock for a folder that it installs into
    shutil.rmtree(directory / "bin", ignore_errors=True)  # scripts that name this machine's Python
    for record in directory.glob("*.dist-info/RECORD"):  # RECORD also has hashes, which would differ by machine
        lines = record.read_text().splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith(("bin/", "../../bin/"))))


def _compile(directory: Path, target: Target) -> None:
    for stale in [*directory.rglob("__pycache__")]:  # what uv has compiled, if the environment tells it to
        shutil.rmtree(stale)
    compiler = bytecode.compiler(target.python)
    if compiler is None:
        return
    try:
        bytecode.compile_all(directory, compiler)
    except bytecode.CannotCompile as error:
        raise CannotPackage(str(error)) from None


def _own_files(root: Path) -> Iterable[tuple[str, Path]]:
    return [file for package in PACKAGES for file in _files(root / package, root)]


def _files(directory: Path, root: Path) -> Iterable[tuple[str, Path]]:
    paths = (p for p in directory.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return [(p.relative_to(root).as_posix(), p) for p in paths]


def _zip(files: Iterable[tuple[str, Path]], level: int = _COMPACT) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16  # readable by Lambda's user, whatever the umask was on this machine
            archive.writestr(info, path.read_bytes(), compresslevel=level)
    return buffer.getvalue()


def main() -> int:
    """Run the command line."""
    try:
        codes = whole_codes(ROOT / "build" / "lambda", REQUIREMENTS)
    except CannotPackage as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    if notice := lost():
        print(notice, file=sys.stderr)
    for name, code in codes.items():
        path = ROOT / "build" / f"{name.lower()}.zip"
        path.write_bytes(code)
        print(f"{path.relative_to(ROOT)}: {len(code) / 1e6:.1f} MB, {digest(code)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
