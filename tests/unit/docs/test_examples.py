"""The page on the protocol shows every command and every frame as the server has them."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "handlers" / "golden"


def test_every_golden_frame_is_an_example_and_no_other():
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    section = page.partition("## Examples")[2].partition("## Stability")[0]
    shown = [json.loads(line) for line in section.splitlines() if line.startswith("{")]
    golden = [json.loads(path.read_text(encoding="utf-8")) for path in GOLDEN.glob("*.json")]
    assert [frame for frame in golden if frame not in shown] == []
    assert [frame for frame in shown if frame not in golden] == [{"action": "ping"}]
