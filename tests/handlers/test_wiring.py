"""How the template's variables configure the functions."""

import importlib
import logging
import re
from collections.abc import Iterator

import pytest

from infra import templates
from parley.runtime import bootstrap
from parley.runtime.settings import MissingSetting, Settings
from tests import tables

ENVIRONMENT = {
    "LOG_TABLE": "Log",
    "DIRECTORY_TABLE": "Directory",
    "CONNECTIONS_URL": "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/live",
    "USER_POOL_ID": "eu-west-1_pool",
    "USER_POOL_CLIENT_ID": "4clientid",
    "MEDIA_BUCKET": "media",
    "ARCHIVE_BUCKET": "archive",
    "USER_FILES_BUCKET": "files",
    "EXPORT_FUNCTION": "export",
    "EVENTS_STREAM": "events",
    "CANARY_PARAMETER": "/parley/dev/canary",
    "SOCKETS_URL": "wss://example.com/live",
    "LEGACY_HOST": "legacy.example.com",
    "LEGACY_DATABASE": "shop",
    "LEGACY_SECRET": "arn:aws:secretsmanager:us-east-1:123456789012:secret:legacy-AbCdEf",
}
HANDLERS = sorted(
    r["Properties"]["Handler"].removesuffix(".handler")
    for r in tables.template()["Resources"].values()
    if r["Type"] == templates.FUNCTION
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, False), ({"ALLOW_CONSUMER_PAIRS": "false"}, False), ({"ALLOW_CONSUMER_PAIRS": "true"}, True)],
)
def test_whether_any_two_may_talk_is_the_deployments_choice(given: dict[str, str], expected: bool):
    assert bootstrap.message(ENVIRONMENT | given).rules.allow_consumer_pairs is expected


@pytest.mark.parametrize(("given", "expected"), [({}, "sender"), ({"PUSH_PREVIEW": "none"}, "none")])
def test_what_a_push_shows_is_the_deployments_choice(given: dict[str, str], expected: str):
    assert bootstrap.stream(ENVIRONMENT | given).rules.preview == expected


def test_a_preview_that_is_none_of_them_ends_the_start_rather_than_showing_too_much():
    with pytest.raises(MissingSetting, match="PUSH_PREVIEW is 'all'"):
        bootstrap.stream(ENVIRONMENT | {"PUSH_PREVIEW": "all"})


@pytest.mark.parametrize("missing", ["LOG_TABLE", "DIRECTORY_TABLE", "CONNECTIONS_URL"])
def test_a_missing_variable_is_named(missing: str):
    with pytest.raises(MissingSetting, match=missing):
        bootstrap.message({k: v for k, v in ENVIRONMENT.items() if k != missing})


def test_the_pools_keys_are_its_own_unless_the_sdks_variable_says_where():
    issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool"
    settings = Settings(ENVIRONMENT)
    assert (settings.issuer, settings.keys_url) == (issuer, f"{issuer}/.well-known/jwks.json")
    local = Settings(ENVIRONMENT | {"AWS_ENDPOINT_URL_COGNITO_IDP": "http://127.0.0.1:4566"})
    assert (local.issuer, local.keys_url) == (issuer, "http://127.0.0.1:4566/eu-west-1_pool/.well-known/jwks.json")


@pytest.fixture
def verbose(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The variables of every function, and the root logger as Lambda's runtime client leaves it at a level of DEBUG."""
    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    yield
    root.setLevel(before)


@pytest.mark.usefixtures("verbose")
@pytest.mark.parametrize("name", HANDLERS)
def test_every_function_has_its_handler_and_quietens_the_libraries(name: str):
    module = importlib.import_module(name)
    assert callable(module.handler)
    assert logging.getLogger().level == logging.WARNING
    with pytest.raises(AttributeError):
        _ = module.something_else


def test_the_generation_is_that_of_this_pair_of_tables():
    """A restored table has another name. Whoever goes back to the old one goes back to its generation."""
    pairs = [("log", "directory"), ("log-2", "directory"), ("log", "directory-2"), ("log-2", "directory-2")]
    told = [Settings({"LOG_TABLE": log, "DIRECTORY_TABLE": directory}).generation for log, directory in pairs]
    assert len(set(told)) == 4
    assert told[0] == Settings({"LOG_TABLE": "log", "DIRECTORY_TABLE": "directory"}).generation
    assert all(re.fullmatch("[0-9a-f]{8}", generation) for generation in told)
