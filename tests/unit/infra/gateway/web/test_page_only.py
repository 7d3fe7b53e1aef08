"""The routes that only the page asks for: whom it shows, AWS's prices, and the three folders."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from infra.local import people
from infra.local.gateway.settings import Site
from infra.local.gateway.web.routes import routes
from infra.local.gateway.web.upstream import Upstream
from infra.local.stack import User
from tests.unit.infra.gateway.web.test_dev import SETTINGS

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further
ADA = User("u1", "ada@example.com", "Ada", "secret", "consumer")


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    for name in ("page", "parley", "elements"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.js").write_text(f"// {name}\n")
    page, client, elements = (str(tmp_path / name) for name in ("page", "parley", "elements"))
    site = Site(SETTINGS, page, client, "secret", elements, str(tmp_path / people.FILE))
    made = routes(site, None, Upstream("http://127.0.0.1:1", "secret"))
    return TestClient(Starlette(routes=made), base_url="http://127.0.0.1:4567")


def test_nobody_is_shown_before_somebody_was_created(client: TestClient) -> None:
    assert client.get("/dev/people").json() == {"people": []}


def test_the_page_learns_how_to_sign_in_whom_it_shows(client: TestClient, tmp_path: Path) -> None:
    people.write([ADA], tmp_path)
    answer = client.get("/dev/people")
    assert answer.json() == {"people": [ADA._asdict()]}
    assert answer.headers["cache-control"] == "no-store"


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    people.write([ADA], tmp_path)
    assert (tmp_path / people.FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("path", ["/dev/people", "/dev/prices"])
def test_pages_from_elsewhere_learn_nothing(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.get(path, headers={"host": "evil.example"}).status_code == 403


def test_prices_are_those_of_the_capacity_model(client: TestClient) -> None:
    assert client.get("/dev/prices").json()["prices"]["write_units"]["per"] == 1_000_000


@pytest.mark.parametrize(("path", "folder"), [("/", "page"), ("/parley/", "parley"), ("/elements/", "elements")])
def test_each_folder_has_its_path(client: TestClient, path: str, folder: str) -> None:
    assert client.get(f"{path}index.js").text == f"// {folder}\n"
