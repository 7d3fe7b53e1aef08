"""Make the file of a new environment from another's: ``make environment NAME=staging FROM=dev``.

What only one environment can have is left out: applications for pushes, keys, domains and links to the sign-in.
"""

import json
import sys
from pathlib import Path
from typing import Any

from infra.deploy import command
from infra.environment import DIRECTORY, Environment, load

_SHARED = frozenset(
    {"protect", "throttle_rate", "throttle_burst", "connect_rate", "connect_burst", "push_preview",
     "allow_consumer_pairs", "analytics", "log_retention_days", "log_level", "builder_role_arn",
     "permissions_boundary_arn", "monitoring", "uploads_concurrency", "gradual_deployments",
     "exports_concurrency"}
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = command.Parser(prog="make environment NAME=… FROM=…", description="The file of a new environment")
    parser.add_argument("name")
    parser.add_argument("--like", default="dev", help="the environment to take the settings from")
    parser.add_argument("--region", help="by default, the other's")
    options = parser.parse_args(arguments)
    return command.run("environment", lambda: print(create(options.name, options.like, options.region)))


def create(name: str, like: str, region: str | None = None, directory: Path = DIRECTORY) -> str:
    """Write the file, and return what to do next.

    Raises:
        Refused: there is one already, or the name or the Region is not possible.
        UnknownEnvironment: there is none to take the settings from.
    """
    path = directory / f"{name}.json"
    if path.exists():
        raise command.Refused(f"{path.name} is there already")
    other = load(like, directory)
    settings: dict[str, Any] = {"name": name, "region": region or other.region}
    settings |= {key: value for key, value in other.model_dump(mode="json").items() if key in _SHARED and value != ""}
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    try:
        made = load(name, directory)
    except Exception:
        path.unlink()
        raise
    return f"infra/environments/{path.name} is there, with the settings of {like}; {_next(made)}"


def _next(made: Environment) -> str:
    return f"look through it, then: make diff ENV={made.name}, make deploy ENV={made.name}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
