"""Node for the tests of the web client. Without it they are skipped, or fail if PARLEY_NODE=required, as in .ci/run."""

import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "clients" / "web"


@cache
def _why_not() -> str:
    """Why Node cannot be used; empty if it can, and then its packages are installed."""
    asked = subprocess.run([ROOT / "infra/local/web.sh", "node"], check=False, capture_output=True, text=True)
    if asked.returncode:
        return asked.stderr.strip()
    subprocess.run([ROOT / "infra/local/web.sh", "setup"], check=True, capture_output=True)
    return ""


def require() -> None:
    """Skip the test if Node cannot be used, or fail it where Node is required."""
    why = _why_not()
    if why and os.environ.get("PARLEY_NODE") == "required":
        pytest.fail(why)
    if why:
        pytest.skip(why)
