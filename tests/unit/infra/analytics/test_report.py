"""The report: the page, its numbers, the command, and the month that never was."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from infra.analytics import __main__ as command
from infra.analytics import charts, demo, figures, lake, page
from infra.analytics.figures import Figures
from tests.unit.infra.analytics import made

LAST = date(2026, 11, 8)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    place = tmp_path_factory.mktemp("events")
    lake.write(place, made.recorded().arrived)
    return figures.query(lake.Lake(place), date(2026, 11, 2), LAST)


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "BUILD", tmp_path / "build")
    monkeypatch.setattr(command.package, "ROOT", tmp_path)
    return tmp_path / "build"


def test_the_numbers_at_the_top(found: Figures):
    told = {what: (value, remark) for what, value, remark in page.headlines(found)}
    assert told["Messages"] == ("7", "1.0 a day")
    assert told["Monthly active users"] == ("4", "in the 30 days to 8 November 2026")
    assert told["Daily active users"] == ("1.0", "on average; 25% of the monthly ones")
    assert told["Conversations started"] == ("4", "0.6 a day")
    assert told["Median first response"] == ("30 min", "9 of 10 answers within 10.0 h")
    assert told["Response rate"] == ("67%", "of 3 that consumers began")
    assert told["Read"] == ("43%", "of the messages sent")
    assert told["Peak connections"] == ("2", "on 2 November 2026")


def test_averages_are_of_the_days_since_recording_began(tmp_path: Path):
    lake.write(tmp_path, made.recorded().arrived)
    long = figures.query(lake.Lake(tmp_path), date(2026, 9, 1), date(2026, 11, 8))
    told = {what: (value, remark) for what, value, remark in page.headlines(long)}
    assert told["Messages"] == ("7", "0.6 a day")  # in the twelve days from 28 October on


def test_the_page_needs_nothing_but_itself(found: Figures):
    html = page.html(found, "prod", demo=False)
    assert not re.findall(r"<script|<link|<iframe|\bsrc=|url\((?!#)|@import|{{", html)
    assert set(re.findall(r"https?://[^\"' <]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert html.count('<svg class="chart"') == html.count('role="img"') == html.count("<section>") == 12
    names = re.findall(r' id="([^"]+)"', html)
    assert len(names) == len(set(names)) > 0
    assert 'name="viewport"' in html
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html
    assert "made-up" not in html


def test_a_demonstration_says_that_it_is_one(found: Figures):
    assert "made-up" in page.html(found, "local", demo=True)


def test_a_chart_takes_its_colours_from_the_page(found: Figures):
    svgs = re.findall(r"<svg.*?</svg>", page.html(found, "prod", demo=False), re.DOTALL)
    colours = {c for svg in svgs for c in re.findall(r'(?:fill|stroke)="([^"]+)"', svg)}
    assert {c for c in colours if not c.startswith("var(--")} <= {"none", "transparent"}


def test_without_any_event_the_page_says_so(tmp_path: Path):
    nothing = figures.query(lake.Lake(tmp_path), date(2026, 11, 2), LAST)
    html = page.html(nothing, "dev", demo=False)
    assert html.count("Nothing was recorded.") == 12
    assert {w: v for w, v, _ in page.headlines(nothing)}["Response rate"] == "–"


@pytest.mark.parametrize(
    ("part", "whole", "told"), [(0, 5, "0%"), (5, 5, "100%"), (999, 1000, "99.9%"), (1, 1000, "0.1%"), (1, 3, "33%")]
)
def test_a_share_is_all_or_nothing_only_if_it_is(part: int, whole: int, told: str):
    assert charts.share(part, whole) == told


def test_the_same_month_every_time_and_in_it_what_a_report_is_about():
    one, two = lake.LakeSink(), lake.LakeSink()
    assert demo.seed(one, LAST) == demo.seed(two, LAST) > 20_000
    assert one.arrived == two.arrived
    kinds = {json.loads(line)["kind"] for record in one.arrived["2026-11-04"] for line in record.splitlines()}
    assert kinds == {
        "joined",
        "started",
        "message",
        "delivered",
        "read",
        "pushed",
        "connected",
        "disconnected",
        "media",
    }
    assert max(one.arrived) == "2026-11-08"


def test_the_demonstration_as_a_command(build: Path, capsys: pytest.CaptureFixture[str]):
    assert command.main(["local", "--demo", "--last", "2026-11-08"]) == 0
    assert (build / "report-local-demo.html").read_text().count("<section>") == 12
    out, err = capsys.readouterr()
    assert "report-local-demo.html" in out
    assert "first_response" in err


def test_figures_for_a_machine(build: Path, capsys: pytest.CaptureFixture[str]):
    assert command.main(["local", "--demo", "--days", "7", "--last", "2026-11-08", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["first"], told["last"], len(told["messages_per_day"])) == ("2026-11-02", "2026-11-08", 7)
    assert not list(build.glob("*.html"))


def test_a_report_without_a_parley_is_one_line(
    build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def refused(*_: object) -> None:
        raise command.BotoCoreError

    monkeypatch.setattr(command, "_outputs", refused)
    assert command.main(["local"]) == 1
    assert re.fullmatch(r"report: no Parley is running at \S+; start one with `make run`.*\n", capsys.readouterr().err)


def test_an_unknown_environment_is_one_line(build: Path, capsys: pytest.CaptureFixture[str]):
    assert command.main(["nowhere"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
