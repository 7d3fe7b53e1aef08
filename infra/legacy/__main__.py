"""Bring profiles and old conversations of a legacy database over: ``make import-legacy ENV=dev DUMP=dump``.

The directory holds ``profiles.xml`` and ``messages.xml``, as docs/migration.md says. Only what belongs to users who
have moved is brought over; the rest waits for the next time. It may be stopped and repeated as often as one likes.

With ``--follow`` it goes on, and looks every so many seconds who has moved meanwhile. With ``--json`` each line of
output is a JSON object with a ``step`` and counts; the step ``done`` ends each round.

The exit status is 0 if everything of those who have moved is there, 3 if some conversations had begun before, 2 if the
arguments make no sense, and 1 if something failed, with one line that says what.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from infra.deploy import stacks
from infra.environment import LOCAL, UnknownEnvironment, load
from infra.legacy import dump, moving
from infra.legacy.staging import Staging
from infra.local.emulator import address, wanted_port
from infra.local.workspace import CannotStart
from parley.accounts.aws.profiles import DynamoProfiles
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.log import DynamoLog
from parley.core.aws.threads import Threads
from parley.core.errors import ParleyError
from parley.migration import history

_EVERY_S = 1.0
"""How often progress is shown."""
_BEGUN = 3


class Place(NamedTuple):
    """A deployed environment, as far as an import is concerned."""

    cognito: Any
    pool: str
    profiles: DynamoProfiles
    ports: history.Ports


class Output:
    """What is printed: lines for people, or JSON objects for programs."""

    def __init__(self, *, as_json: bool) -> None:
        self._json = as_json
        self._last = 0.0

    def say(self, step: str, **fields: object) -> None:
        """Print a line."""
        if self._json:
            print(json.dumps({"step": step, **fields}), flush=True)
        else:
            print(f"{step}: {_text(fields)}", flush=True)

    def progress(self, step: str, **fields: object) -> None:
        """Print a line, unless there was one a moment ago."""
        if time.monotonic() - self._last >= _EVERY_S:
            self._last = time.monotonic()
            self.say(step, **fields)


def _text(fields: Mapping[str, object]) -> str:
    def one(name: str, value: object) -> str:
        if isinstance(value, Mapping):
            return f"{name} ({_text(value)})"
        return f"{value:,} {name}" if isinstance(value, int) else str(value)

    return ", ".join(one(name, value) for name, value in fields.items())


def run(directory: Path, place: Place, output: Output, follow: float | None = None) -> int:
    """Bring over what can be, and return the exit status.

    Raises:
        BadDump: the dump cannot be read; nothing is brought over.
        ParleyError, ClientError, BotoCoreError: the environment does not do what it should.
    """
    done = 0

    def read(size: int) -> None:
        nonlocal done
        done += size
        output.progress("reading", megabytes=done // 1_000_000)

    with tempfile.TemporaryDirectory() as work, Staging(Path(work) / "messages.sqlite") as staging:
        counted = staging.load(directory, read)
        output.say("dump", **counted._asdict())
        moved: dict[str, str] | None = None
        while True:
            users = moving.moved_users(place.cognito, place.pool)
            if users != moved:
                moved = users
                status = _bring(directory, staging, users, place, output)
            if follow is None:
                return status
            time.sleep(follow)


def _bring(directory: Path, staging: Staging, users: dict[str, str], place: Place, output: Output) -> int:
    output.say("users", moved=len(users))
    profiles = moving.bring_profiles(
        dump.rows(directory, "profiles"), users, place.profiles, lambda c: output.progress("profiles", **c._asdict())
    )
    output.say("profiles", **profiles._asdict())
    now = time.time_ns() // 1_000_000
    conversations = moving.bring_conversations(
        staging,
        users,
        now,
        place.ports,
        done=lambda c: output.progress("conversations", **c._asdict()),
        begun=lambda c: output.say("begun", conversation=c),
    )
    output.say("done", profiles=profiles._asdict(), conversations=conversations._asdict())
    return _BEGUN if conversations.begun else 0


def place_of(name: str) -> Place:
    """Return the deployed environment with that name.

    Raises:
        UnknownEnvironment: there is none.
        ClientError, BotoCoreError: it cannot be reached.
    """
    environment = load(name)
    where: dict[str, Any] = {"config": Config(retries={"mode": "standard", "total_max_attempts": 8})}
    if environment.name == LOCAL:
        session = boto3.Session("test", "test", region_name=environment.region)
        where = {"endpoint_url": address(wanted_port()), "config": Config(proxies={})}
    else:
        session = boto3.Session(region_name=environment.region)
    told = stacks.outputs(session.client("cloudformation", **where), environment.stack)
    dynamodb = session.client("dynamodb", **where)
    directory = DynamoDirectory(dynamodb, told["DirectoryTable"])
    log = DynamoLog(dynamodb, told["LogTable"], told["DirectoryTable"])
    return Place(
        session.client("cognito-idp", **where),
        told["UserPoolId"],
        DynamoProfiles(dynamodb, told["DirectoryTable"], Threads(1)),
        history.Ports(log=log, imported=log, snapshots=directory, memberships=directory, summaries=directory),
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="import-legacy", description="Profiles and old conversations of a legacy database")
    parser.add_argument("environment")
    parser.add_argument("dump", type=Path, help="directory with profiles.xml and messages.xml (docs/migration.md)")
    parser.add_argument("--follow", type=float, metavar="SECONDS", help="go on, and look this often who has moved")
    parser.add_argument("--json", action="store_true", help="print JSON objects, one a line")
    return parser


def main(arguments: list[str]) -> int:
    """Run the command line."""
    asked = _parser().parse_args(arguments)
    try:
        return run(asked.dump, place_of(asked.environment), Output(as_json=asked.json), asked.follow)
    except KeyboardInterrupt:
        print("import-legacy: stopped; what was brought over stays, and the next run goes on", file=sys.stderr)
    except NoCredentialsError:
        print("import-legacy: no AWS credentials; set AWS_PROFILE, or sign in with `aws sso login`", file=sys.stderr)
    except (UnknownEnvironment, CannotStart, dump.BadDump, ParleyError, ClientError, BotoCoreError) as error:
        print(f"import-legacy: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
