"""What both generated descriptions share: written, or only compared."""

import sys
from pathlib import Path


def write_or_check(path: Path, text: str, module: str) -> int:
    """Write the file; with ``--check`` on the command line only say whether it is up to date. 0 when it is (now)."""
    if "--check" not in sys.argv[1:]:
        path.write_text(text)
        return 0
    if path.exists() and path.read_text() == text:
        return 0
    sys.stderr.write(f"docs/{path.name} is stale: run `python -m {module}`\n")
    return 1
