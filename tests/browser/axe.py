"""axe-core, which finds what keeps people out of a page."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

_SOURCE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


def serious(page: Page) -> list[tuple[str, list[str]]]:
    """Return the rules broken seriously, each with what breaks it. Shadow roots are looked into.

    Without axe-core the test is skipped; where ``PARLEY_BROWSER`` is ``required``, it fails.
    """
    if not _SOURCE.is_file():
        reason = "axe-core is not installed: `make browser`"
        if os.environ.get("PARLEY_BROWSER") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SOURCE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        (broken["id"], [f"{node['target']}: {node['failureSummary']}" for node in broken["nodes"]])
        for broken in found
        if broken["impact"] in {"serious", "critical"}
    ]
