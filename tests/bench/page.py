"""The page: its size, and what a long conversation takes of a browser's memory.

``web.page_gzip_bytes`` is what the page's own files weigh together, each compressed as a server would. The client and
the web components that it uses are counted on their own. ``web.heap_mb_10000`` is the JavaScript heap in a real
Chromium, after a collection, with a client that has received 10,000 messages of one conversation in pages of 200, as
from a server, and with the conversation on the screen. It is absent where there is no Chromium.
"""

import gzip
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.browser.elements.server import ROOT, serving

_PAGE = ROOT / "clients" / "web" / "page"
_SUFFIXES = {".html", ".css", ".js", ".svg"}
_LIMIT = 120_000
_HEAP = (Path(__file__).parent / "page_heap.js").read_text(encoding="utf-8")
MESSAGES = 10_000


def measure() -> dict[str, float]:
    """Return both figures, or only the first one where there is no browser."""
    files = [path for path in _PAGE.iterdir() if path.suffix in _SUFFIXES]
    figures = {"web.page_gzip_bytes": float(sum(len(gzip.compress(path.read_bytes(), 9)) for path in files))}
    path = chromium.find()
    if path is None:
        print("web.heap_mb_10000 is absent: there is no Chromium (`make browser` installs it)", file=sys.stderr)
        return figures
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.arguments())
        page = browser.new_page()
        page.set_default_timeout(_LIMIT)
        page.goto(f"{address}/elements/dom.js")  # any document of this origin
        held = page.evaluate(_HEAP, MESSAGES)
        if held != MESSAGES:
            raise RuntimeError(f"the client holds {held} messages, not {MESSAGES}")
        devtools = page.context.new_cdp_session(page)
        devtools.send("HeapProfiler.enable")
        devtools.send("HeapProfiler.collectGarbage")
        used = devtools.send("Runtime.getHeapUsage")["usedSize"]
        browser.close()
    return figures | {"web.heap_mb_10000": round(used / 1e6, 2)}
