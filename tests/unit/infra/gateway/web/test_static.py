"""The files of the page and the client: what is found, what never is, and what goes with them."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from infra.local.gateway.web.guard import Guarded
from infra.local.gateway.web.static import Files, find, security_headers

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further
HEADERS = security_headers("http://127.0.0.1:4566", ("ws://127.0.0.1:4567",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    page = tmp_path / "page"
    (page / "widget").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html>home")
    (page / "about.html").write_text("about")
    (page / "widget" / "index.html").write_text("widget")
    (page / "app.js").write_text("export {};")
    (page / ".secret").write_text("hidden")
    (tmp_path / "outside.txt").write_text("outside")
    (page / "way-out").symlink_to(tmp_path / "outside.txt")
    return page


def serving(folder: Path) -> TestClient:
    app = Starlette(routes=[Route("/{path:path}", Guarded(Files(folder, HEADERS), shared=True))])
    return TestClient(app, base_url="http://127.0.0.1:4567")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", "index.html"),
        ("about", "about.html"),
        ("widget", "widget/index.html"),
        ("widget/", "widget/index.html"),
        ("app.js", "app.js"),
    ],
)
def test_a_path_means_a_file(folder: Path, path: str, found: str):
    assert find(folder, path) == (folder / found).resolve()


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "widget/../../outside.txt",
        ".secret",
        "way-out",
        "..%2foutside.txt",
        "\\..\\outside.txt",
        "nothing",
        "a\x00b",
    ],
)
def test_nothing_outside_the_folder_and_nothing_hidden_is_found(folder: Path, path: str):
    assert find(folder, path) is None


@pytest.mark.parametrize("path", ["/%2e%2e/outside.txt", "/..%2foutside.txt", "/way-out", "/.secret"])
def test_nor_is_it_served(folder: Path, path: str):
    assert serving(folder).get(path).status_code == 404


def test_files_come_with_their_type_and_a_strict_policy(folder: Path):
    script = serving(folder).get("/app.js")

    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["x-content-type-options"] == "nosniff"
    policy = dict(part.split(" ", 1) for part in script.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert "ws://127.0.0.1:4567" in policy["connect-src"]
    assert "unsafe" not in script.headers["content-security-policy"]


def test_an_unchanged_file_is_not_sent_again(folder: Path):
    client = serving(folder)
    etag = client.get("/app.js").headers["etag"]

    assert client.get("/app.js", headers={"If-None-Match": etag}).status_code == 304


def test_without_a_page_there_is_a_hint(tmp_path: Path):
    answer = serving(tmp_path / "missing").get("/")

    assert answer.status_code == 404
    assert "clients/web/page/" in answer.text


def test_files_are_only_read(folder: Path):
    assert serving(folder).post("/app.js").status_code == 405
