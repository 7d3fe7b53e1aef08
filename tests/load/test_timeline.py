"""The slices of a run, and the page that is drawn from them."""

from html.parser import HTMLParser

import pytest
from msgspec import structs

from tests.load import page
from tests.load.options import Options
from tests.load.report import Mark, Outcome
from tests.load.timeline import Sample, Slice, slices
from tests.load.verify import Finding, counts


def test_delays_are_counted_where_they_end_and_messages_where_they_are_written():
    samples = [Sample(0.2, 0, 4), Sample(0.9, 6, 4), Sample(1.5, 8, 1), Sample(1.9, 9, 3)]
    first, second = slices(samples, [(0.5, 10), (0.6, 30), (1.1, 5)], [(1.2, 7)])
    assert (first.written, first.acked, first.live, first.ack_ms["p50"], first.received_ms) == (6, 2, 4, 10, {})
    assert (second.written, second.acked, second.live, second.received_ms["max"]) == (3, 1, 1, 7)
    assert (first.at, second.at, second.seconds) == (0, 1, 1)


def test_a_slice_in_which_nothing_was_sampled_repeats_the_sockets_and_counts_nothing():
    found = slices([Sample(0.1, 3, 2), Sample(2.5, 5, 1)], [], [])
    assert [(s.written, s.live) for s in found] == [(3, 2), (0, 2), (2, 1)]


def test_a_long_run_has_slices_of_several_seconds():
    found = slices([Sample(0, 0, 1), Sample(1_000, 50, 1)], [(999.9, 1.0)], [])
    assert len(found) <= 121
    assert sum(s.written for s in found) == 50
    assert sum(s.acked for s in found) == 1


def test_what_was_not_sampled_has_no_slices():
    assert slices([], [(1, 1)], []) == []


class _Reader(HTMLParser):
    """Collects the tags of a page, and fails on one that does not close what it opens."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {"meta", "line", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def outcome() -> Outcome:
    return Outcome(
        options=Options(), messages=3, entries=3, copies=6, users=2, counts=counts([]), findings=[], opened_s=1,
        talked_s=2, settled_s=1, ack_ms={"p50": 5}, received_ms={"p50": 7}, kb_per_socket=1, gateway_kb_per_socket=1,
        reconnects=0, refreshes=0, deaths=0, marks=[Mark(1, "gateway <restarted>")],
        timeline=[Slice(0, 1, 2, 2, 4, {"p50": 5, "p95": 9}, {"p50": 7, "p95": 7}), Slice(1, 1, 1, 1, 3, {}, {})],
    )  # fmt: skip


def test_a_page_shows_each_chart_and_escapes_what_it_shows(outcome: Outcome):
    text = page.page(outcome)
    read = _Reader(text)
    assert read.open == []
    assert read.tags.count("svg") == 3
    assert read.tags.count("polyline") == 4 + 2 + 1
    assert "gateway &lt;restarted&gt;" in text
    assert "None of 3 messages lost" in text


def test_a_page_without_a_measurement_says_so(outcome: Outcome):
    text = page.page(structs.replace(outcome, timeline=[], marks=[]))
    assert text.count("Nothing was measured.") == 3
    assert _Reader(text).open == []


def test_a_page_names_what_is_wrong(outcome: Outcome):
    finding = Finding("lost", "dm:a:b", "m1", "the log")
    text = page.page(structs.replace(outcome, findings=[finding], counts=counts([finding])))
    assert "1 lost of 3 messages" in text
    assert str(finding) in text


def test_an_interrupted_run_whose_messages_were_under_way_is_not_judged(outcome: Outcome):
    unfinished = structs.replace(outcome, settled_s=None, interrupted=True)
    assert "Not judged: the run was interrupted" in page.page(unfinished)
    assert not unfinished.good
