"""Restore an environment's tables to new ones, and have its file name them: ``make restore ENV=dev AT=…``.

Nothing that runs is changed: the next deployment has the functions use the new tables, and the old ones stay.
"""

import json
import sys
import time
from pathlib import Path

from infra.deploy import command
from infra.environment import DIRECTORY, load
from infra.keys import CREATE
from infra.operate.place import Place, find
from infra.operate.samples import physical_names
from infra.recovery import tables
from infra.recovery.settings import Tables
from infra.recovery.tables import CannotRestore, Clients, Wanted


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = command.Parser(prog="make restore ENV=…", description="Restore an environment's tables, to new ones")
    parser.add_argument("environment", help="a file in infra/environments, without .json")
    parser.add_argument("--at", help="a time like 2026-11-30T12:00:00Z, or `latest`; without it, the last backups")
    parser.add_argument("--log", help="the ARN of a backup of the Log, or of a recovery point of AWS Backup")
    parser.add_argument("--directory", help="the same of the Directory")
    parser.add_argument("--role", default="", help="the ARN of the role with which AWS Backup restores")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    asked = parser.parse_args(arguments)
    if bool(asked.log) != bool(asked.directory) or (asked.log and asked.at):
        parser.error("give either a time, or a backup of each of the two tables")
    say = (lambda line: print(line, file=sys.stderr)) if asked.json else print

    def work() -> None:
        environment, _ = command.on_aws(asked.environment)
        place, begun = find(environment.name), time.monotonic()
        try:
            made = restored(place, asked.at, (asked.log, asked.directory) if asked.log else None, asked.role, say)
        except CannotRestore as error:
            raise command.Refused(str(error)) from None
        path = name_in_file(environment.name, made)
        seconds = round(time.monotonic() - begun, 1)
        if asked.json:
            print(json.dumps({**made.model_dump(), "seconds": seconds, "file": path.name}))
        else:
            print(_next(environment.name, made, path, place.outputs["DirectoryTable"], seconds))

    return command.run("restore", work)


def restored(place: Place, at: str | None, backups: tuple[str, str] | None, role: str, say: tables.Say) -> Tables:
    """Restore an environment's tables, and return the new ones.

    Raises:
        CannotRestore: there is nothing to restore from.
    """
    environment = place.environment
    sources = (place.outputs["LogTable"], place.outputs["DirectoryTable"])
    key = environment.keys.messages
    if key == CREATE:
        key = physical_names(place)["MessagesKeyArn"]
    wanted = Wanted(environment.name, sources, environment.analytics, protect=environment.protect, key=key)
    clients = Clients(place.client("dynamodb"), place.client("backup"))
    if at:
        return tables.to_moment(wanted, tables.moment(at, clients, sources), clients, say)
    return tables.from_backups(wanted, backups or tables.last_backups(clients.dynamodb, sources), role, clients, say)


def name_in_file(name: str, made: Tables, directory: Path = DIRECTORY) -> Path:
    """Have the environment's file name these tables, and return its path."""
    path = directory / f"{name}.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["tables"] = {key: value for key, value in made.model_dump().items() if value}
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    load(name, directory)
    return path


def _next(name: str, made: Tables, path: Path, old: str, seconds: float) -> str:
    return (
        f"{made.log} and {made.directory} are there after {seconds} s, and {path.name} names them. Then:\n"
        f"  make diff ENV={name}\n  make deploy ENV={name} AT_ONCE=1\n  make reconnect ENV={name} TABLE={old}\n"
        f"and commit {path.name}."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
