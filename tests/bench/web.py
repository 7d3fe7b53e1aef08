"""The web client: bytes of each bundle, minified and gzipped, and of the heap after 10,000 messages."""

import gzip
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_WEB = ROOT / "clients" / "web"
_BUNDLES = {"core": "core.js", "all": "index.js"}
"""The session, its socket and its stores; and with HTTP and sign-in."""


def measure() -> dict[str, float]:
    """``web.*_gzip_bytes`` and ``web.heap_bytes``. Where Node is missing they are not there, and it says so."""
    if subprocess.run([ROOT / "infra/local/web.sh", "node"], check=False).returncode:
        return {}
    subprocess.run([ROOT / "infra/local/web.sh", "setup"], check=True)
    sizes = {f"web.{name}_gzip_bytes": float(_size(entry)) for name, entry in _BUNDLES.items()}
    return {**sizes, "web.heap_bytes": _heap()}


def _size(entry: str) -> int:
    esbuild = _WEB / "node_modules/.bin/esbuild"
    options = ("--bundle", "--minify", "--format=esm", "--target=es2022")
    bundle = subprocess.run([esbuild, f"parley/{entry}", *options], cwd=_WEB, check=True, capture_output=True)
    return len(gzip.compress(bundle.stdout, 9))


def _heap() -> float:
    node = ("node", "--expose-gc", "tests/heap.mjs")
    return float(subprocess.run(node, cwd=_WEB, check=True, capture_output=True, text=True).stdout)
