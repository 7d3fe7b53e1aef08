"""The background functions of the archive."""

import io
import json
from typing import Any

import pytest

from parley.archive import restoring
from parley.archive.ports import Broken
from parley.core.errors import Unavailable
from parley.runtime import bootstrap, dependencies
from parley.runtime.telemetry import METRICS, Telemetry
from tests.unit.archive.attic import Attic
from tests.unit.chat.world import DM
from workers import archive_restores, archiving

ENVIRONMENT = {
    "LOG_TABLE": "Log",
    "DIRECTORY_TABLE": "Directory",
    "CONNECTIONS_URL": "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/live",
    "ARCHIVE_BUCKET": "parley-archive",
    "ARCHIVE_AFTER_DAYS": "180",
}


@pytest.fixture
def attic() -> Attic:
    made = Attic()
    made.talk(12)
    made.later(200)
    return made


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {name: line[name] for line in lines for name in METRICS & line.keys()}


def archiver(attic: Attic, telemetry: Telemetry) -> dependencies.Archiver:
    return dependencies.Archiver(ports=attic.ports, rules=attic.rules, telemetry=telemetry)


def run(attic: Attic, telemetry: Telemetry) -> None:
    archiving.run(archiver(attic, telemetry), attic.world.now, lambda: 900_000)


def test_a_run_archives_what_is_due_and_counts_it(attic: Attic, telemetry: Telemetry, capsys: Any):
    run(attic, telemetry)
    assert attic.left() == [12]
    assert metrics(capsys) == {"ArchiveLooks": 1, "EntriesArchived": 11, "PacksStored": 1}
    assert len(attic.packs.stored) == 1


def test_where_nothing_is_to_be_archived_nothing_is_looked_at(attic: Attic, telemetry: Telemetry, capsys: Any):
    attic.rules = attic.rules.__class__(after_ms=0)
    run(attic, telemetry)
    assert attic.left() == list(range(1, 13))
    assert metrics(capsys) == {}


def test_what_could_not_be_archived_is_an_error_that_an_operator_sees(
    attic: Attic, telemetry: Telemetry, capsys: Any, logged: io.StringIO
):
    def read(_: str) -> bytes:
        raise Broken("not what was packed")

    attic.packs.read = read
    with pytest.raises(Unavailable):
        run(attic, telemetry)
    assert metrics(capsys)["ArchiveFailures"] == 1
    assert "Broken" in logged.getvalue()
    assert "text 1" not in logged.getvalue()
    assert attic.left() == list(range(1, 13))


def record(name: str = "ObjectRestore:Completed", key: str = "packs/one", bucket: str = "archive") -> dict[str, Any]:
    return {"eventName": name, "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}


def restored(attic: Attic, telemetry: Telemetry) -> dependencies.Restored:
    return dependencies.Restored(
        ports=attic.telling, bucket="archive", pack=lambda key: key.removeprefix("packs/"), telemetry=telemetry
    )


def asked(attic: Attic) -> str:
    """Alice waits for a pack. Returns its key."""
    attic.run()
    attic.packs.cold.update(attic.packs.stored)
    assert restoring.restore(attic.world.alice, DM, 12, attic.world.now, attic.asking)
    [pack] = attic.packs.stored
    return f"packs/{pack}"


def test_whoever_waits_is_told_once_their_pack_is_back(attic: Attic, telemetry: Telemetry, capsys: Any):
    key, w = asked(attic), attic.world
    w.connect(w.alice)
    deps = restored(attic, telemetry)
    for _ in range(2):
        archive_restores.consume({"Records": [record(key=key)]}, deps, w.now)
    assert w.heard(w.alice, "restored") == [{"type": "restored", "conversation": DM}]
    assert metrics(capsys)["PacksRestored"] == 1


@pytest.mark.parametrize(
    "event",
    [
        {"Event": "s3:TestEvent"},
        {"Records": [record("ObjectRestore:Delete")]},
        {"Records": [record("ObjectRestore:Post")]},
        {"Records": [record(bucket="another")]},
    ],
)
def test_other_events_tell_nobody(attic: Attic, telemetry: Telemetry, event: dict[str, Any]):
    key, w = asked(attic), attic.world
    w.connect(w.alice)
    for each in event.get("Records", []):
        each["s3"]["object"]["key"] = key
    archive_restores.consume(event, restored(attic, telemetry), w.now)
    assert w.heard(w.alice, "restored") == []
    assert len(attic.waiters.all) == 1


def test_a_pack_whose_waiters_cannot_be_told_does_not_hold_up_the_others(
    attic: Attic, telemetry: Telemetry, capsys: Any
):
    key, w = asked(attic), attic.world
    w.connect(w.alice)
    real = attic.waiters.waiting

    def waiting(pack: str) -> Any:
        if pack == "bad":
            raise Unavailable("throttled", retry_after=1)
        return real(pack)

    attic.waiters.waiting = waiting
    with pytest.raises(Unavailable):
        archive_restores.consume(
            {"Records": [record(key="packs/bad"), record(key=key)]}, restored(attic, telemetry), w.now
        )
    assert len(w.heard(w.alice, "restored")) == 1


def test_the_bootstrap_makes_both(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    made = bootstrap.archiver(ENVIRONMENT)
    assert made.rules.after_ms == 180 * 24 * 3600 * 1000
    told = bootstrap.restored(ENVIRONMENT)
    assert (told.bucket, told.pack("packs/one"), told.pack("other")) == ("parley-archive", "one", "")
    assert bootstrap.stream(ENVIRONMENT).ports.archiving.after_ms == made.rules.after_ms
    assert bootstrap.stream(ENVIRONMENT | {"ARCHIVE_AFTER_DAYS": "0"}).ports.archiving is None
