"""The chat widget's size: all that a page loads once its bubble is opened, gzipped."""

import gzip
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_WEB = ROOT / "clients" / "web"
_LOADED = 'import "./elements/widget.js"; export * from "./parley/index.js";'
"""The widget imports its panel when it is opened, and the client by an address, which a bundler cannot follow."""


def measure() -> dict[str, float]:
    """``web.widget_gzip_bytes``, minified as the client's bundles are, and ``web.widget_bubble_gzip_bytes``: what a page loads
    before that, as it is served. Where Node is missing they are not there, and it says so.
    """
    if subprocess.run([ROOT / "infra/local/web.sh", "node"], check=False).returncode:
        return {}
    subprocess.run([ROOT / "infra/local/web.sh", "setup"], check=True)
    options = ("--bundle", "--minify", "--format=esm", "--target=es2022")
    esbuild = _WEB / "node_modules/.bin/esbuild"
    bundle = subprocess.run([esbuild, *options], cwd=_WEB, check=True, capture_output=True, input=_LOADED.encode())
    return {
        "web.widget_gzip_bytes": len(gzip.compress(bundle.stdout, 9)),
        "web.widget_bubble_gzip_bytes": len(gzip.compress((_WEB / "elements/widget.js").read_bytes(), 9)),
    }
