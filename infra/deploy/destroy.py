"""Delete an environment's stack: ``make destroy ENV=dev``.

Tables, buckets of users' data and the user pool are kept, as the templates say, unless ``--data <environment>`` repeats
the environment's name: then they are deleted as well, with everything that users have stored. The stack of a protected
environment is deleted only if its creation failed before it was protected.
"""

import sys
from collections.abc import Iterator

from infra.deploy import command, retained, second_region
from infra.deploy.stacks import Target, destroy, may_be_removed
from infra.environment import Environment


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = command.Parser(prog="make destroy ENV=…", description="Delete an environment's stack")
    parser.add_argument("environment", help="a file in infra/environments, without .json")
    parser.add_argument("--data", metavar="ENVIRONMENT", help="its name again: what users have stored is deleted, too")
    options = parser.parse_args(arguments)
    return command.run("destroy", lambda: _destroy(options.environment, options.data))


def _destroy(name: str, data: str | None) -> None:
    environment, session = command.on_aws(name)
    if data not in (None, name):
        raise command.Refused(f"the data of {data} are not those of {name}: nothing is deleted")
    target = Target(session.client("cloudformation"), session.client("s3"))
    if environment.protect and not may_be_removed(target, environment.stack):
        raise command.Refused(f"{name} is protected; deploy it with protect false first")
    held = retained.of(target.cloudformation, environment.stack)
    for resource in held:
        if resource.rebuilt:
            retained.empty(session, resource.id)
    destroy(target, environment.stack, print)
    for resource in (r for r in held if not r.rebuilt):
        if data:
            retained.delete(session, resource)
            print(f"{resource.id} is deleted, with all that was in it")
        else:
            print(f"{resource.id} is kept ({resource.kind}); a new {name} would not use it")
    for line in _elsewhere(environment):
        print(line)


def _elsewhere(environment: Environment) -> Iterator[str]:
    """Yield what of an environment is outside of its stack, and stays in any case."""
    if environment.recovery:
        stack, region = second_region.stack_of(environment), environment.recovery.region
        yield f"its copies are kept, in the stack {stack} in {region}"
    if environment.tables:
        yield f"{environment.tables.log} and {environment.tables.directory}, which were restored, are kept"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
