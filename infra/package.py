"""Package the functions' code as a zip.

The same sources give the same bytes. The hash in the code's key therefore changes only if the code does, and a
deployment without changes really is one.

``python -m infra.package`` writes ``build/codekey.zip`` and ``build/imagescodekey.zip`` as they are deployed to AWS.
"""

import hashlib
import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

from infra import uv

ROOT = Path(__file__).parent.parent
PACKAGES = ("parley", "realtime", "rest", "workers")
"""The packages that run inside Lambda."""
REQUIREMENTS = {"CodeKey": "locks/lambda.txt", "ImagesCodeKey": "locks/lambda-images.txt"}
"""The lock file for the dependencies of each package, by the template's parameter for the package's key."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can store
_PYTHON = "3.13"
_PLATFORM = "aarch64-manylinux_2_34"  # wheels built for the C library of Amazon Linux 2023, or for an older one


class CannotPackage(Exception):
    """The dependencies could not be fetched. The message is one readable line."""


def own_code(root: Path = ROOT) -> bytes:
    """Return our own modules only, for use where the dependencies are already installed."""
    return _zip(_own_files(root))


def local_codes(root: Path = ROOT) -> dict[str, bytes]:
    """Return our own modules alone for every parameter, for use where the dependencies are already installed."""
    code = own_code(root)
    return dict.fromkeys(REQUIREMENTS, code)


def whole_codes(work: Path) -> dict[str, bytes]:
    """Return what is deployed to AWS, by the template's parameter for its key.

    Raises:
        CannotPackage: uv could not fetch a dependency.
    """
    return {name: whole_code(work / name.lower(), needed) for name, needed in REQUIREMENTS.items()}


def whole_code(work: Path, requirements: str, root: Path = ROOT) -> bytes:
    """Return our own modules and their dependencies, built for the runtime in ``infra/templates/globals.yaml``.

    Args:
        work: a directory to build in. It is emptied first.
        requirements: the lock file of the dependencies.
        root: the root of the project.

    Raises:
        CannotPackage: uv could not fetch a dependency.
    """
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    _fetch_dependencies(work, requirements, root)
    return _zip([*_files(work, work), *_own_files(root)])


def digest(code: bytes) -> str:
    """Return a name for these bytes."""
    return hashlib.sha256(code).hexdigest()[:32]


def _fetch_dependencies(target: Path, requirements: str, root: Path) -> None:
    command = [str(uv.executable()), "pip", "install", "--quiet", "--target", str(target), "--only-binary", ":all:"]
    command += ["--python", sys.executable, "--python-platform", _PLATFORM, "--python-version", _PYTHON]
    command += ["--link-mode", "copy", "--no-deps", "--require-hashes", "-r", str(root / requirements)]
    done = subprocess.run(  # noqa: S603 - our own words only
        command, capture_output=True, text=True, check=False, env=uv.environment()
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["uv failed"])[-1]
        raise CannotPackage(f"could not fetch the functions' dependencies: {last.strip()}")
    (target / ".lock").unlink(missing_ok=True)  # uv's own lock for a folder that it installs into
    shutil.rmtree(target / "bin", ignore_errors=True)  # scripts that name this machine's Python
    for record in target.glob("*.dist-info/RECORD"):  # RECORD also has hashes, which would differ by machine
        lines = record.read_text().splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith(("bin/", "../../bin/"))))


def _own_files(root: Path) -> Iterable[tuple[str, Path]]:
    return [file for package in PACKAGES for file in _files(root / package, root)]


def _files(directory: Path, root: Path) -> Iterable[tuple[str, Path]]:
    paths = (p for p in directory.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return [(p.relative_to(root).as_posix(), p) for p in paths]


def _zip(files: Iterable[tuple[str, Path]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, path in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16  # readable by Lambda's user, whatever the umask was on this machine
            archive.writestr(info, path.read_bytes())
    return buffer.getvalue()


def main() -> int:
    """Run the command line."""
    try:
        codes = whole_codes(ROOT / "build" / "lambda")
    except CannotPackage as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    for name, code in codes.items():
        path = ROOT / "build" / f"{name.lower()}.zip"
        path.write_bytes(code)
        print(f"{path.relative_to(ROOT)}: {len(code) / 1e6:.1f} MB, {digest(code)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
