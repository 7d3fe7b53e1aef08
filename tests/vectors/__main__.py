"""Write clients/vectors/, or say what is out of date there.

python -m tests.vectors [--check]
"""

import argparse
import contextlib
import io
import sys

from tests.vectors.generate import DIRECTORY, generate


def main() -> int:
    """Return 0 if the files are as they should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.vectors", description="Write clients/vectors/.")
    parser.add_argument("--check", action="store_true", help="write nothing, and fail if a file is out of date")
    check = parser.parse_args().check
    with contextlib.redirect_stdout(io.StringIO()):
        files = generate()
    DIRECTORY.mkdir(exist_ok=True)
    present = {path.name: path.read_text(encoding="utf-8") for path in DIRECTORY.glob("*.json")}
    stale = sorted(name for name in {*files, *present} if files.get(name) != present.get(name))
    if check:
        sys.stderr.writelines(f"clients/vectors/{name} is out of date: make vectors\n" for name in stale)
        return int(bool(stale))
    for name in stale:
        if name in files:
            (DIRECTORY / name).write_text(files[name], encoding="utf-8")
        else:
            (DIRECTORY / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
