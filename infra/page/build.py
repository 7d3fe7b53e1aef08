"""The page's files, made of ``clients/web/`` by esbuild, as pinned in its package-lock.json.

Scripts, styles and pictures are named by what is in them, so that browsers keep them for good. What others refer to
keeps its name: the HTML files, the widget's script, which is a tag on other sites, and the client, which the widget
imports.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).parents[2]
_WEB = _ROOT / "clients" / "web"
_TOOLS = _ROOT / "infra" / "local" / "web.sh"

_DOCUMENTS = {"index.html": "app/index.html", "widget": "widget/index.html", "missing": "app/missing.html"}
"""The HTML files in ``clients/web/page/`` by their keys. CloudFront adds no suffix: ``/widget`` has the key ``widget``.
"""
_HASHED = ("app/app.js", "app/app.css", "widget/site.js", "widget/site.css", "icon.svg")
"""What they load, in the same folder."""
_MODULES = ("elements/widget.js", "parley/index.js")
"""What the widget's tag names, and the client, which the widget imports by its address. The rest follows from these."""
_SETTINGS = "settings.json"

_OPTIONS = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning")
_REFERENCE = re.compile(r'( (?:href|src)="/)(?!/)([^"#?]*)')


class CannotBuild(Exception):
    """The page's files cannot be made here. The message is one readable line."""


class Page(NamedTuple):
    """The files by their keys.

    Attributes:
        hashed: those with a hash of their content in their names.
        modules: the scripts that keep their names.
        documents: the HTML files, with references to the hashed ones.
    """

    hashed: Mapping[str, bytes]
    modules: Mapping[str, bytes]
    documents: Mapping[str, str]


def need_tools() -> None:
    """Install esbuild, if it is not there.

    Raises:
        CannotBuild: there is no Node, or npm could not install it.
    """
    node = _run(_TOOLS, "node")
    if node.returncode:
        raise CannotBuild(f"the page cannot be built: {node.stderr.strip().rpartition(': ')[2]}")
    setup = _run(_TOOLS, "setup")
    if setup.returncode:
        raise CannotBuild(f"the page cannot be built: {setup.stderr.strip() or 'npm failed'}")


def build() -> Page:
    """Return the page's files.

    Raises:
        CannotBuild: as in ``need_tools``; or esbuild refused a file, or an HTML file refers to one that is not served.
    """
    need_tools()
    with tempfile.TemporaryDirectory() as directory:
        names, hashed = _hashed(Path(directory))
    modules = widget()
    chunks = {name: body for name, body in modules.items() if name not in _MODULES}
    stable = {name: body for name, body in modules.items() if name in _MODULES}
    served = {"", _SETTINGS, *_DOCUMENTS, *stable}
    documents = {
        key: _referring((_WEB / "page" / source).read_text(encoding="utf-8"), source, names, served)
        for key, source in _DOCUMENTS.items()
    }
    return Page({**hashed, **chunks}, stable, documents)


def widget() -> dict[str, bytes]:
    """Return the widget's scripts, minified: all that a page loads once its bubble is opened. esbuild is there."""
    with tempfile.TemporaryDirectory() as directory:
        _esbuild(*_MODULES, "--splitting", "--chunk-names=elements/widget/[hash]", f"--outdir={directory}")
        return _read(Path(directory))


def _hashed(directory: Path) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the names of the hashed files by those that the HTML files know, and the files."""
    told = directory / "told.json"
    files = [f"page/{name}" for name in _HASHED]
    out = directory / "out"
    _esbuild(
        *files, "--entry-names=assets/[name]-[hash]", "--loader:.svg=copy", f"--metafile={told}", f"--outdir={out}"
    )
    outputs = json.loads(told.read_text(encoding="utf-8"))["outputs"]
    names = {
        output["entryPoint"].removeprefix("page/"): (_WEB / path).resolve().relative_to(out.resolve()).as_posix()
        for path, output in outputs.items()
        if "entryPoint" in output
    }
    return names, _read(out)


def _esbuild(*arguments: str) -> None:
    done = _run(_WEB / "node_modules/.bin/esbuild", *arguments, *_OPTIONS)
    if done.returncode:
        first, *_ = (done.stderr.strip() or "it failed").splitlines()
        raise CannotBuild(f"the page cannot be built: esbuild: {first}")


def _run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *arguments], cwd=_WEB, check=False, capture_output=True, text=True)  # noqa: S603


def _read(directory: Path) -> dict[str, bytes]:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def _referring(html: str, source: str, names: Mapping[str, str], served: set[str]) -> str:
    """Return an HTML file that refers to the hashed files."""

    def renamed(found: re.Match[str]) -> str:
        before, name = found.groups()
        if name not in names and name not in served:
            raise CannotBuild(f"{source} refers to /{name}, which is not among the page's files")
        return f"{before}{names.get(name, name)}"

    return _REFERENCE.sub(renamed, html)
