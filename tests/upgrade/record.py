"""Record what an earlier commit of this repository stores, by running that commit's own code: ``recorded/``.

    python -m tests.upgrade.record

It takes a minute, needs the repository's history, and is run again only to move on to a later "previous release": until
there are tags, the last commit before the present series of changes.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

RELEASE = "f9360e4e79a69ae853b952e51c615cdc51c1167f"
"""The previous release: 2026-11-25, with templates by concern and an order of messages that is today's."""
FIRST_CLIENT = "16f2ed9b07c186e82445c91c8bb27b7db89aff2a"
"""The last commit whose client wrote version 1 of its file."""
HERE = Path(__file__).parent
RECORDED = HERE / "recorded"


def main() -> None:
    """Write ``recorded/stored.json`` and ``recorded/templates.json``."""
    RECORDED.mkdir(exist_ok=True)
    for commit, script in ((RELEASE, "release.py"), (FIRST_CLIENT, "first_client.py")):
        with tempfile.TemporaryDirectory() as tree:
            _check_out(commit, Path(tree))
            paths = os.pathsep.join((tree, f"{tree}/clients/python"))
            environment = {**os.environ, "PYTHONPATH": paths}
            command = [sys.executable, str(HERE / script), str(RECORDED)]
            subprocess.run(command, cwd=tree, env=environment, check=True)
            sys.stdout.write(f"recorded with {commit[:7]}: {script}\n")


def _check_out(commit: str, directory: Path) -> None:
    command = ["git", "archive", commit]
    archive = subprocess.run(command, cwd=HERE.parents[1], check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "x", "-C", str(directory)], input=archive, check=True)  # noqa: S607


if __name__ == "__main__":
    main()
