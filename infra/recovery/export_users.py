"""Export an environment's user pool: ``make export-users ENV=dev`` (TO=file). Passwords are not in it, since Cognito
tells them to nobody.

Each line of the file is a user, as JSON: ``id`` (the ``sub``, by which Parley knows them), ``username``,
``attributes``, ``groups``, ``enabled``, ``status`` and ``created``. It holds names and addresses: keep it as you keep
the pool.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra import package
from infra.deploy import command
from infra.environment import LOCAL
from infra.operate.place import find

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_TOLD_EVERY = 1_000


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = command.Parser(prog="make export-users ENV=…", description="Export an environment's user pool")
    parser.add_argument("environment", help="a file in infra/environments, without .json")
    parser.add_argument("--to", type=Path, help="the file to write; by default, a new one in build/")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    asked = parser.parse_args(arguments)

    def work() -> None:
        if asked.environment != LOCAL:
            command.on_aws(asked.environment)
        place = find(asked.environment)
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        path = asked.to or package.ROOT / "build" / f"users-{asked.environment}-{stamp}.jsonl"
        try:
            count = write(users(place.client("cognito-idp"), place.outputs["UserPoolId"]), path)
        except OSError as error:
            raise command.Refused(f"{path}: {error.strerror}") from None
        told = {"users": count, "file": str(path)}
        print(json.dumps(told) if asked.json else f"{count} users are in {path}; their passwords are not")

    return command.run("export-users", work)


def users(cognito: "CognitoIdentityProviderClient", pool: str) -> Iterator[dict[str, Any]]:
    """Yield all users of a pool. The groups are read first: users who get into one meanwhile may lack it."""
    groups: dict[str, list[str]] = {}
    for page in cognito.get_paginator("list_groups").paginate(UserPoolId=pool):
        for group in (g["GroupName"] for g in page["Groups"]):
            for members in cognito.get_paginator("list_users_in_group").paginate(UserPoolId=pool, GroupName=group):
                for user in members["Users"]:
                    groups.setdefault(user["Username"], []).append(group)
    for found in cognito.get_paginator("list_users").paginate(UserPoolId=pool):
        for user in found["Users"]:
            attributes = {a["Name"]: a.get("Value", "") for a in user.get("Attributes", [])}
            yield {
                "id": attributes.pop("sub", ""),
                "username": user["Username"],
                "attributes": attributes,
                "groups": sorted(groups.get(user["Username"], [])),
                "enabled": user["Enabled"],
                "status": user["UserStatus"],
                "created": user["UserCreateDate"].astimezone(UTC).isoformat(),
            }


def write(found: Iterator[dict[str, Any]], path: Path) -> int:
    """Write users to a new file that only its owner may read, and return how many there were.

    Raises:
        OSError: the file is there already, or cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        for count, user in enumerate(found, 1):
            file.write(json.dumps(user, ensure_ascii=False) + "\n")
            if count % _TOLD_EVERY == 0:
                print(f"{count} users", file=sys.stderr, flush=True)
        file.flush()
        os.fsync(file.fileno())
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
