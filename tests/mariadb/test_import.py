"""From a real MariaDB, by its own client, into the tables and the user pool that moto imitates."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.legacy import __main__ as command
from infra.legacy import moving
from parley.accounts.aws.profiles import DynamoProfiles
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.log import DynamoLog
from parley.chat.entries import Body, MessageEntry
from parley.core.aws import responses
from parley.core.aws.threads import Threads
from parley.migration import history
from tests import tables
from tests.mariadb import server as servers
from tests.mariadb.schema import TABLES, VIEWS
from tests.mariadb.server import DATABASE, Server

PEOPLE = [("ann@example.com", "Ann", 0), ("bob@example.com", "Bob", 1), ("cy@example.com", "Cy", 1)]
TEXTS = ["Hallo & <welt> 😀", "two\nlines", "a 'quote' \\ backslash \x08", "x" * 20_000, None, "  "]
SENT = 30
QUESTIONS = {"profiles": "SELECT * FROM parley_profiles", "messages": "SELECT * FROM parley_messages"}


@pytest.fixture(scope="module")
def dumped(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with what docs/migration.md says to write."""
    server.run(*TABLES, *VIEWS)
    server.fill(
        "INSERT INTO members (mail, pass, full_name, is_pro, about, trade, company, lang)"
        " VALUES (%s, 'x', %s, %s, 'About <me>', 'Plumbing & Heat', 'Ltd.', 'de_DE')",
        PEOPLE,
    )
    sent = [(1 + n % 2, 2 - n % 2, f"2019-03-{1 + n:02} 12:00:00.{n:03}", TEXTS[n % len(TEXTS)]) for n in range(SENT)]
    sent += [(1, 3, "2020-01-01 00:00:00.000", "to Cy"), (1, 1, "2020-01-01 00:00:00.000", "to me")]
    # Not in the order of time, which is not that of the rows in many a database.
    server.fill("INSERT INTO pm (from_id, to_id, sent, body) VALUES (%s, %s, %s, %s)", sent[::-1])
    directory = tmp_path_factory.mktemp("dump")
    for view, question in QUESTIONS.items():
        client = [str(servers.program("mariadb", "mysql")), "--no-defaults", f"--socket={server.socket}", "--user=root"]
        client += ["--default-character-set=utf8mb4", "--xml", "--quick", DATABASE]
        made = subprocess.run([*client, "-e", question], check=True, capture_output=True)
        (directory / f"{view}.xml").write_bytes(made.stdout)
    yield directory
    server.run(f"DROP DATABASE {DATABASE}")


class Cloud:
    """The tables and the pool, and who has moved."""

    def __init__(self) -> None:
        self.dynamodb = boto3.client("dynamodb")
        responses.take_plainly(self.dynamodb)
        tables.create(self.dynamodb, "Log", "Directory")
        self.cognito = boto3.client("cognito-idp")
        custom: Any = {"AttributeDataType": "String", "Mutable": False}
        schema = [{"Name": name, **custom} for name in ("legacy_id", "legacy_role")]
        self.pool = self.cognito.create_user_pool(PoolName="parley", Schema=schema)["UserPool"]["Id"]
        self.directory = DynamoDirectory(self.dynamodb, "Directory")
        self.log = DynamoLog(self.dynamodb, "Log", "Directory")
        self.profiles = DynamoProfiles(self.dynamodb, "Directory", Threads(1))

    @property
    def place(self) -> command.Place:
        ports = history.Ports(
            log=self.log,
            imported=self.log,
            snapshots=self.directory,
            memberships=self.directory,
            summaries=self.directory,
        )
        return command.Place(self.cognito, self.pool, self.profiles, ports)

    def move(self, number: int) -> str:
        """What happens when a user signs in for the first time."""
        mail, name, pro = PEOPLE[number - 1]
        told = {"email": mail, "custom:legacy_id": str(number), "custom:legacy_role": "provider" if pro else "consumer"}
        made = self.cognito.admin_create_user(
            UserPoolId=self.pool, Username=mail, UserAttributes=[{"Name": n, "Value": v} for n, v in told.items()]
        )
        sub = next(a["Value"] for a in made["User"]["Attributes"] if a["Name"] == "sub")
        self.directory.upsert_user(sub, "provider" if pro else "consumer", name)
        return sub

    def bring(self, dump: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
        status = command.run(dump, self.place, command.Output(as_json=True))
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert lines[-1]["step"] == "done"
        return status, lines[-1]

    def entries(self, one: str, other: str) -> list[Any]:
        return self.log.after("dm:" + ":".join(sorted((one, other))), 0, 1_000)[0]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with mock_aws():
        yield Cloud()


WITH_TEXT = SENT - 2 * SENT // len(TEXTS)
ENTRIES = WITH_TEXT + 2 * SENT // len(TEXTS)
"""The text of 20,000 characters makes two entries more."""


def test_conversations_come_over_as_their_members_move(cloud: Cloud, dumped: Path, capsys: pytest.CaptureFixture[str]):
    status, told = cloud.bring(dumped, capsys)
    assert (status, told["profiles"]["waiting"], told["conversations"]["waiting"]) == (0, 3, 2)
    ann = cloud.move(1)
    assert cloud.bring(dumped, capsys)[1]["conversations"]["waiting"] == 2
    bob = cloud.move(2)
    status, told = cloud.bring(dumped, capsys)
    assert status == 0
    assert told["conversations"] == {
        "whole": 1, "begun": 0, "waiting": 1, "entries": ENTRIES, "stored": ENTRIES, "verified": ENTRIES
    }  # fmt: skip
    stored = cloud.entries(ann, bob)
    assert [e.seq for e in stored] == list(range(1, ENTRIES + 1))
    assert [e.at for e in stored] == sorted(e.at for e in stored)
    assert stored[0].at == 1_551_441_600_000, "2019-03-01 12:00 UTC"
    assert {e.sender for e in stored} == {ann, bob}
    texts = "".join(e.body.text for e in stored)
    assert "Hallo & <welt> 😀" in texts
    assert "a 'quote' \\ backslash " in texts
    assert texts.count("x") == 20_000 * SENT // len(TEXTS)
    profile = cloud.profiles.profile(bob)
    assert profile is not None
    assert (profile.about, profile.category, profile.locale) == ("About <me>", "plumbing-heat", "de-DE")
    cy = cloud.move(3)
    assert cloud.bring(dumped, capsys)[1]["conversations"]["whole"] == 2
    assert [e.body.text for e in cloud.entries(ann, cy)] == ["to Cy"]


def test_the_second_time_nothing_is_stored_and_everything_is_verified(
    cloud: Cloud, dumped: Path, capsys: pytest.CaptureFixture[str]
):
    for number in (1, 2, 3):
        cloud.move(number)
    _, first = cloud.bring(dumped, capsys)
    before = cloud.dynamodb.scan(TableName="Log")["Items"], cloud.dynamodb.scan(TableName="Directory")["Items"]
    status, second = cloud.bring(dumped, capsys)
    assert (status, second["conversations"]["stored"], second["profiles"]["stored"]) == (0, 0, 0)
    assert second["conversations"]["verified"] == first["conversations"]["verified"] == ENTRIES + 1
    assert before == (
        cloud.dynamodb.scan(TableName="Log")["Items"],
        cloud.dynamodb.scan(TableName="Directory")["Items"],
    )


def test_a_conversation_that_began_here_is_named_and_the_exit_status_says_so(
    cloud: Cloud, dumped: Path, capsys: pytest.CaptureFixture[str]
):
    ann, cy = cloud.move(1), cloud.move(3)
    conversation = "dm:" + ":".join(sorted((ann, cy)))
    cloud.log.append(MessageEntry(conversation, 1, 1, "m1", ann, 1, Body("new")), (ann, cy))
    status = command.run(dumped, cloud.place, command.Output(as_json=False))
    out = capsys.readouterr().out
    assert status == 3
    assert f"begun: {conversation}" in out
    assert [e.body.text for e in cloud.entries(ann, cy)] == ["new"]


def test_the_pool_is_read_to_its_end(cloud: Cloud):
    for n in range(70):
        cloud.cognito.admin_create_user(UserPoolId=cloud.pool, Username=f"new{n}@example.com")
    ann = cloud.move(1)
    assert moving.moved_users(cloud.cognito, cloud.pool) == {"1": ann}


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["dev"], 2, "arguments are required: dump"),
        (["nowhere", "d"], 1, "there is no environment 'nowhere'"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
):
    try:
        found = command.main(arguments)
    except SystemExit as end:
        found = int(str(end.code))
    error = capsys.readouterr().err
    assert (found, error.count("\n"), said in error) == (status, 1, True)
