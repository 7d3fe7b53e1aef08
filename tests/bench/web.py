"""The web client's size: bytes of each bundle, minified and gzipped, as a page would load it."""

import gzip
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_WEB = ROOT / "clients" / "web"
_BUNDLES = {"core": "core.js", "all": "index.js"}
"""The session, its socket and its stores; and with HTTP and sign-in."""


def measure() -> dict[str, float]:
    """``web.*_gzip_bytes``. Where Node is missing they are not there, and it says so."""
    if subprocess.run([ROOT / "infra/local/web.sh", "node"], check=False).returncode:
        return {}
    subprocess.run([ROOT / "infra/local/web.sh", "setup"], check=True)
    return {f"web.{name}_gzip_bytes": _size(entry) for name, entry in _BUNDLES.items()}


def _size(entry: str) -> int:
    esbuild = _WEB / "node_modules/.bin/esbuild"
    options = ("--bundle", "--minify", "--format=esm", "--target=es2022")
    bundle = subprocess.run([esbuild, f"parley/{entry}", *options], cwd=_WEB, check=True, capture_output=True)
    return len(gzip.compress(bundle.stdout, 9))
