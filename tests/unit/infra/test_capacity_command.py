"""``python -m infra.capacity``: what it prints and writes, and how it refuses."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from infra.capacity import charts, figures
from infra.capacity.__main__ import main
from infra.capacity.charts import Bar

LIVES = ("dm", "small_dm", "pushed", "typing", "session", "sync", "opening")
MEASURED = {f"cost.{life}.websocket_messages": 12.0 for life in LIVES} | {"cost.dm_ratio": 1.5, "send.calls": 4}


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(MEASURED))
    return path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command with arguments that it refuses. Returns the one line that it prints."""
    try:
        status: Any = main(arguments)
    except SystemExit as stop:
        status = stop.code
    assert status == 2
    out = capsys.readouterr()
    assert not out.out
    (line,) = out.err.splitlines()
    return line


def test_it_says_what_it_costs_and_where_the_first_limit_is(measured: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["--figures", str(measured), "--users", "50000"]) == 0
    out = capsys.readouterr().out
    assert "50,000 users" in out
    assert "5.0 M users" in out
    assert str(measured) in out
    assert "First limit: " in out
    assert "Before launch at × 100:\n" in out
    assert "a rival's published figure: $52.50" in out


def test_each_option_changes_the_bill(measured: Path, capsys: pytest.CaptureFixture[str]):
    def printed(*more: str) -> str:
        assert main(["--figures", str(measured), *more]) == 0
        return capsys.readouterr().out

    usual = printed()
    for option in ("users", "messages", "devices", "sessions", "typing", "media", "media-mb", "views", "keep-months",
                   "storm-s", "peak"):  # fmt: skip
        assert printed(f"--{option}", "7") != usual, option
    for option in ("online", "offline"):
        assert printed(f"--{option}", "0.7") != usual, option
    assert printed("--env", "dev") != usual


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--users", "many"], "--users: 'many' is not a number"),
        (["--users", "0"], "--users: 0 is not above 0"),
        (["--users", "1e13"], "--users: 1e13 is not above 0 and at most 1e+12"),
        (["--users", "nan"], "--users: nan is not above 0"),
        (["--online", "1.1"], "--online: 1.1 is not at least 0 and at most 1"),
        (["--messages", "-1"], "--messages: -1 is not at least 0"),
        (["--devices", "21"], "--devices: 21 is not at least 1 and at most 20"),
        (["--peak", "0.5"], "--peak: 0.5 is not at least 1"),
        (["--messages", "inf"], "--messages: inf is not at least 0"),
        (["--env", "nowhere"], "there is no environment 'nowhere'"),
        (["--figures", "/nowhere/bench.json"], "/nowhere/bench.json is missing: run `make bench`"),
        (["--html", "/nowhere/page.html"], "/nowhere/page.html cannot be written"),
        (["--colour", "red"], "unrecognized arguments"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]):
    assert why in refused(capsys, *arguments)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        '{"cost.dm.websocket_messages": "12"}',
        '{"cost.dm_ratio": 1}',
        '{"cost.dm.websocket_messages": -1}',
        '{"cost.dm.pushes": Infinity}',
    ],
)
def test_a_file_without_figures_is_refused_in_one_line(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "bench.json").write_text(text)
    assert "run `make bench`" in refused(capsys, "--figures", str(tmp_path / "bench.json"))


def test_where_nothing_is_used_no_limit_is_met(measured: Path, capsys: pytest.CaptureFixture[str]):
    none = [f"--{name}=0" for name in ("online", "messages", "sessions", "media")]
    assert main(["--figures", str(measured), *none]) == 0
    assert "First limit: none, since nothing is used." in capsys.readouterr().out


def test_without_a_measurement_the_shipped_one_is_used_and_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(figures, "BENCH", tmp_path / "bench.json")
    found = figures.load(None)
    assert found.dm == figures.load(figures.SHIPPED).dm
    assert "measured on 20" in found.origin
    assert "bench.json is missing: run `make bench`" in found.origin


def test_a_measurement_of_ones_own_comes_before_the_shipped_one(monkeypatch: pytest.MonkeyPatch, measured: Path):
    monkeypatch.setattr(figures, "BENCH", measured)
    assert figures.load(None).dm.websocket_messages == 12.0
    assert figures.load(None).origin == str(measured)


class _Page(HTMLParser):
    """The resources that a page fetches, and whether its tags balance."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def test_the_page_is_whole_and_fetches_nothing(measured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "page.html"
    assert main(["--figures", str(measured), "--html", str(file)]) == 0
    text = file.read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert page.fetched == []
    assert page.seen.count("svg") == 3
    assert "script" not in page.seen
    assert "url(" not in text
    assert "$52.50" in text
    assert "API Gateway: new connections a second" in text


def test_bars_are_as_long_as_their_shares():
    drawn = ElementTree.fromstring(charts.stacked([("all", {"A & B": 1.0, "C": 3.0})]))  # noqa: S314  (our own)
    bars = [r for r in drawn.iter("rect") if r.find("title") is not None]
    widths = [float(r.attrib["width"]) for r in bars]
    assert widths[1] == pytest.approx(3 * widths[0], rel=0.01)
    assert [r.findtext("title") for r in bars] == ["A & B: 25%", "C: 75%"]


def test_a_tenfold_value_is_longer_by_the_same_length_each_time():
    bars = [Bar("one", 1, ""), Bar("ten", 10, ""), Bar("hundred", 100, ""), Bar("never", float("inf"), "")]
    drawn = ElementTree.fromstring(charts.logarithmic(bars, mark=5))  # noqa: S314  (our own)
    one, ten, hundred, never = (float(r.attrib["width"]) for r in drawn.iter("rect"))
    assert hundred - ten == pytest.approx(ten - one, abs=0.2)
    assert never > hundred
    (line,) = drawn.iter("line")
    assert one < float(line.attrib["x1"]) - 330 < ten
