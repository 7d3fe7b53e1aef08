"""The chat widget's size: all that a page loads once its bubble is opened, minified and gzipped."""

import gzip
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
_WEB = ROOT / "clients" / "web"
_FILES = ("elements/widget.js", "parley/index.js")
"""What the page's tag names, and the client, which the widget imports by its address. The rest follows from these."""
_OPTIONS = ("--bundle", "--splitting", "--minify", "--format=esm", "--target=es2022")
_CHUNKS = "--chunk-names=elements/widget/[hash]"


def measure() -> dict[str, float]:
    """``web.widget_gzip_bytes``, and ``web.widget_bubble_gzip_bytes``: what is loaded before the bubble is opened.

    Where Node is missing they are not there, and it says so.
    """
    if subprocess.run([ROOT / "infra/local/web.sh", "node"], check=False).returncode:
        return {}
    subprocess.run([ROOT / "infra/local/web.sh", "setup"], check=True)
    with tempfile.TemporaryDirectory() as directory:
        esbuild = _WEB / "node_modules/.bin/esbuild"
        command = [esbuild, *_FILES, *_OPTIONS, _CHUNKS, f"--outdir={directory}", "--log-level=warning"]
        subprocess.run(command, cwd=_WEB, check=True)
        sizes = {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in Path(directory).rglob("*.js")}
    return {"web.widget_gzip_bytes": sum(sizes.values()), "web.widget_bubble_gzip_bytes": sizes["widget.js"]}
