"""The page's files: named by their content where they may be, complete, small, and free of what a laptop alone has."""

import gzip
import re
import subprocess

import pytest

from infra.page import build
from infra.page.build import CannotBuild, Page
from tests.web import node


@pytest.fixture(scope="module")
def page() -> Page:
    node.require()
    return build.build()


def test_every_file_that_a_document_loads_is_there_and_hashed_unless_others_name_it(page):
    stable = {"elements/widget.js", "parley/index.js"}
    assert set(page.modules) == stable
    assert all(re.search(r"[-/][A-Z0-9]{8}\.\w+$", name) for name in page.hashed)
    assert set(page.documents) == {"index.html", "widget", "missing"}
    for key, document in page.documents.items():
        loaded = re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="/([^"]*)"', document)
        assert loaded, key
        for name in loaded:
            assert name in page.hashed or name in stable or name == "settings.json", (key, name)


def test_a_script_loads_no_file_that_is_not_there(page):
    for name, body in {**page.hashed, **page.modules}.items():
        for imported in re.findall(r'(?:from|import)\(?"([^"]+)"', body.decode()):
            assert imported.startswith("."), (name, imported)
            folder = name.split("/")[:-1]
            for part in imported.split("/"):
                folder = folder[:-1] if part == ".." else folder if part == "." else [*folder, part]
            assert "/".join(folder) in {**page.hashed, **page.modules}, (name, imported)


def test_the_app_asks_for_nothing_that_a_laptop_alone_has(page):
    (app,) = [body for name, body in page.hashed.items() if re.fullmatch(r"assets/app-\w+\.js", name)]
    assert b"/settings.json" in app
    assert b"/dev/" not in app


def test_the_widget_is_at_most_50_kb_and_its_bubble_a_twentieth_of_that(page):
    sizes = {name: len(gzip.compress(body, 9)) for name, body in build.widget().items()}
    assert sum(sizes.values()) <= 50_000
    assert sizes["elements/widget.js"] <= 2_500


def test_a_document_has_a_place_for_its_policy_and_no_script_or_style_of_its_own(page):
    for document in page.documents.values():
        assert document.count('<meta charset="utf-8">') == 1, "after which the policy is written"
        assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", document)


def test_a_document_that_refers_to_what_is_not_served_is_refused(page, monkeypatch):
    monkeypatch.setattr(build, "_DOCUMENTS", {"index.html": "index.html"})  # the laptop's own page
    with pytest.raises(CannotBuild, match=r"^index.html refers to /page.css, which is not among the page's files$"):
        build.build()


@pytest.mark.parametrize("said", ["Node 20 or newer is not installed", "npm is not installed"])
def test_where_node_is_missing_one_line_says_so(monkeypatch, said):
    def run(command, **_):
        return subprocess.CompletedProcess(command, 1, "", f"The web client is not checked: {said}\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(CannotBuild, match=f"^the page cannot be built: {said}$"):
        build.build()


def test_what_esbuild_refuses_is_said_in_one_line(monkeypatch, page):
    monkeypatch.setattr(build, "_MODULES", ("elements/nothing.js",))
    with pytest.raises(CannotBuild, match=r"^the page cannot be built: esbuild: .*elements/nothing.js.*$") as refused:
        build.widget()
    assert "\n" not in str(refused.value)
