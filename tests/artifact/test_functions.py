"""Every function of the templates starts from its package alone, takes a genuine event and answers it.

Whatever a function imports is in its package, in Lambda's image, or in Python itself: nothing else is on its path.
"""

import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from infra import package
from parley.chat.entries import Body, MessageEntry
from tests.artifact import backend as backends
from tests.artifact.backend import Backend
from tests.artifact.runtime_api import Outcome, invoke
from tests.handlers import events
from tests.rest import asking
from tests.unit.media.aws.test_links import pem

TEXT = "a-text-that-nobody-else-may-read"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every package unpacked, as Lambda does it."""
    unpacked = {}
    for name, code in package.local_codes(package.REQUIREMENTS).items():
        unpacked[name] = tmp_path_factory.mktemp(name)
        zipfile.ZipFile(io.BytesIO(code)).extractall(unpacked[name])
    return unpacked


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    with backends.running() as running:
        yield running


def event(handler: str, backend: Backend) -> Any:
    """A genuine event for the handler. A new function of the templates needs one too."""
    alice, bob = backend.alice, backend.bob
    conversation = "dm:" + ":".join(sorted((alice.id, bob.id)))
    confirmed = events.confirmation()
    confirmed |= {"userPoolId": backend.names["Users"], "userName": alice.username}
    confirmed["request"]["userAttributes"] |= {"sub": alice.id}
    now = time.time_ns() // 1_000_000
    entry = MessageEntry(
        conversation=conversation, seq=1, count=1, id="m1", sender=alice.id, at=now, body=Body(text=TEXT)
    )
    upload = events.bucket("ObjectCreated:Post", "images/2026/none")
    upload["Records"][0]["s3"]["bucket"]["name"] = backend.names["Media"]
    restored = events.restored("packs/none")
    restored["Records"][0]["s3"]["bucket"]["name"] = backend.names["Archive"]
    return {
        "realtime.authorizer.handler": events.upgrade(f"parley.v1, {alice.token}"),
        "realtime.connect.handler": events.connected(user=alice.id),
        "realtime.disconnect.handler": events.disconnected(user=alice.id),
        "realtime.message.handler": events.frame(
            {"action": "send", "id": "m1", "to": bob.id, "after": 0, "body": {"text": TEXT}}, user=alice.id
        ),
        "rest.app.handler": asking.http("PATCH", "/me", {"name": TEXT}, user=alice.id),
        "workers.user_pool.handler": confirmed,
        # A phone number: the legacy database, which is not there, has addresses.
        "workers.user_migration.handler": events.migration(email="+4915112345678", password=TEXT),
        "workers.uploads.handler": upload,
        "workers.image_uploads.handler": upload,
        "workers.stream.handler": events.stream(entry),
        "workers.canary.handler": {},  # it has no credentials here, and says so
        "workers.record.handler": events.stream(entry),
        "workers.media_collection.handler": {},
        "workers.archiving.handler": {},
        "workers.archive_restores.handler": restored,
        "workers.account_deletion.handler": {},
        "workers.account_export.handler": {
            "export": {"user": alice.id, "id": "x1", "asked": now},
            "username": alice.username,
        },
    }[handler]


def start(
    function: str,
    backend: Backend,
    packages: dict[str, Path],
    log: Path,
    level: str = "INFO",
    *options: str,
    asked: Any = None,
    **differently: str,
) -> Outcome:
    """Start the function, with some of its variables ``differently``, and give it what is ``asked``.

    ``options`` are more of the interpreter's.
    """
    handler = backends.functions()[function]
    variables = backend.variables(function, level=level) | differently
    code = packages[backends.package_of(function)]
    return invoke(code, package.runtime(), handler, variables, asked or event(handler, backend), log, *options)


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
@pytest.mark.parametrize("function", backends.functions())
def test_every_function_answers_from_its_package_alone_and_logs_no_secret(
    function: str, level: str, backend: Backend, packages: dict[str, Path], tmp_path: Path
):
    log = tmp_path / "log"
    outcome = start(function, backend, packages, log, level)
    logged = log.read_text()
    assert outcome.kind == "response", (outcome, logged)
    assert not re.findall('"message":"(?:refused|failed)".*', logged), (outcome, logged)
    known = (TEXT, backend.alice.token, backends.SECRET_KEY, backends.SESSION_TOKEN, "Bearer token")
    assert [secret for secret in known if secret in logged] == []


def test_at_debug_the_key_that_signs_links_is_not_logged(backend: Backend, packages: dict[str, Path], tmp_path: Path):
    key = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    media = backend.signed_media(key)
    outcome = start(
        "RestFunction",
        backend,
        packages,
        tmp_path / "log",
        "DEBUG",
        asked=asking.http("GET", f"/media/{media}", user=backend.alice.id),
        MEDIA_DOMAIN="d111.cloudfront.net",
        MEDIA_KEY_ID="K2JCJMDEHXQW5F",
        MEDIA_KEY=backends.MEDIA_KEY,
    )
    link = json.loads(outcome.body["body"])["url"]
    assert link.startswith(f"https://d111.cloudfront.net/files/{media}?Expires=")
    [signature] = parse_qs(urlsplit(link).query)["Signature"]
    logged = (tmp_path / "log").read_text()
    assert [line for line in [*key.splitlines(), signature] if line in logged] == []


@pytest.mark.parametrize("function", ["MessageFunction", "RestFunction", "ImagesFunction"])
def test_a_function_compiles_nothing_when_it_starts_and_answers(
    function: str, backend: Backend, packages: dict[str, Path], tmp_path: Path
):
    """With ``-v``, Python says of every module where its code comes from: a quoted path is byte code's."""
    start(function, backend, packages, tmp_path / "log", "INFO", "-v")
    logged = (tmp_path / "log").read_text()
    code = packages[backends.package_of(function)]
    of_package = re.findall(rf"^# code object from '{code}/.*\.pyc'$", logged, re.MULTILINE)
    assert len(of_package) > 50
    assert re.findall(r"^# code object from /.*\.py$", logged, re.MULTILINE) == []


def test_at_debug_a_function_logs_its_own_details(backend: Backend, packages: dict[str, Path], tmp_path: Path):
    start("ConnectFunction", backend, packages, tmp_path / "log", "DEBUG")
    assert '"message":"connected"' in (tmp_path / "log").read_text()


def test_a_function_whose_package_lacks_a_dependency_does_not_start(
    backend: Backend, packages: dict[str, Path], tmp_path: Path
):
    pydantic = packages["CodeKey"] / "pydantic"
    away = pydantic.with_name("away")
    pydantic.rename(away)
    try:
        outcome = start("RestFunction", backend, packages, tmp_path / "log")
    finally:
        away.rename(pydantic)
    assert outcome.kind == "init/error"
    assert "pydantic" in outcome.body["errorMessage"]
