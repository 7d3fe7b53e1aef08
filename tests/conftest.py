"""What every test gets: no real AWS, and no socket unless its folder is about sockets."""

from pathlib import Path

import pytest

SOCKETS_ALLOWED = {"contract", "e2e", "load"}
# contract: the DynamoDB named by PARLEY_TEST_DYNAMODB_URL. Everything else runs in memory or in-process.


@pytest.fixture(autouse=True)
def _offline(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not SOCKETS_ALLOWED.intersection(Path(item.path).parts):
            item.add_marker(pytest.mark.disable_socket)
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    """What one process runs where there are several: a module, or everything on one deployment."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return str(parameters.get("deployment", item.path))
