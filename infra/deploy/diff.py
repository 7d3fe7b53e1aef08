"""Say what a deployment would change, and change nothing: ``make diff ENV=dev``.

Code and templates are uploaded, since CloudFormation reads them from there, and a change set is made and deleted again.
"""

import json
import sys
import uuid
from collections import Counter
from collections.abc import Sequence

from infra import package, templates
from infra.deploy import account, changes, command, stacks
from infra.deploy.changes import Change
from infra.deploy.stacks import Target, Uploaded

_SIGNS = {"added": "+", "changed": "~", "replaced": "!", "may be replaced": "!", "removed": "-"}


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = command.Parser(prog="make diff ENV=…", description="Say what a deployment would change")
    parser.add_argument("environment", help="a file in infra/environments, without .json")
    parser.add_argument("--json", action="store_true", help="a list of changes, for other programs")
    options = parser.parse_args(arguments)
    return command.run("diff", lambda: _diff(options.environment, machine=options.json))


def _diff(name: str, *, machine: bool) -> None:
    environment, session = command.on_aws(name)
    if not machine:
        command.announce("comparing", environment.stack, session)
    target, bucket = account.prepared(session, lambda _: None)
    codes = package.whole_codes(package.ROOT / "build" / "lambda", environment.packages())
    ours = templates.load(numbers=environment.numbers())
    target = target._replace(builder=environment.builder_role_arn)
    uploaded = stacks.upload(target, ours, environment.parameters(), codes, bucket)
    found = preview(target, environment.stack, uploaded)
    if machine:
        print(json.dumps([{**change._asdict(), "leavesData": change.leaves_data} for change in found], indent=2))
    else:
        print(report(found))


def preview(target: Target, stack: str, uploaded: Uploaded) -> list[Change]:
    """Return what deploying this would change.

    A stack that does not exist would get all of the root's resources. CloudFormation is not asked, because a change set
    for a new stack leaves an empty one behind.

    Raises:
        DeploymentFailed: the stack cannot be changed now, or not in this way.
    """
    if stacks.change_type(target, stack) == "CREATE":
        return [Change("", name, r["Type"], "added") for name, r in uploaded.root["Resources"].items()]
    if stacks.is_deployed(target, stack, uploaded):
        return []
    name = f"diff-{uuid.uuid4()}"
    try:
        if stacks.propose(target, stack, name, uploaded.template, uploaded.parameters, nested=True) is None:
            return []
        return list(changes.of(target.cloudformation, stack, name))
    finally:
        target.cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)


def report(found: Sequence[Change]) -> str:
    """Return the changes as lines to read: by stack, with what is lost at the end."""
    if not found:
        return "nothing would change"
    width = max(len(_name(change)) for change in found)
    lines = [f"  {_SIGNS[c.effect]} {_name(c):{width}}  {_what(c)}" for c in sorted(found, key=_name)]
    counted = Counter(change.effect for change in found)
    lines.append(", ".join(f"{number} {effect}" for effect, number in counted.items()))
    lines += [
        f"CAREFUL: {_name(c)} holds what users have stored, and it would stay in the old one"
        for c in found
        if c.leaves_data
    ]
    return "\n".join(lines)


def _what(change: Change) -> str:
    return f"{change.kind}, {change.effect}" + (f": {', '.join(change.properties)}" if change.properties else "")


def _name(change: Change) -> str:
    return f"{change.stack.removesuffix('Stack').lower()}/{change.resource}" if change.stack else change.resource


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
