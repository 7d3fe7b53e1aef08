"""Deploy the team's access to an account: ``make access EMAIL=… [REPOSITORY=owner/name BRANCH=main OPEN=dev]``.

An administrator does it once for an account, with the credentials that the AWS SDK finds. It is in us-east-1, because
rules see only the calls of their own Region, and IAM's arrive there. ``docs/access.md`` says who may then do what.
"""

import sys
from pathlib import Path

import boto3

from infra import templates
from infra.deploy import account, command
from infra.deploy.stacks import deploy

ROOT = Path(__file__).parent / "access.yaml"
STACK = "parley-access"
REGION = "us-east-1"


def _arguments() -> command.Parser:
    parser = command.Parser(prog="make access EMAIL=…", description="The team's access to an account")
    parser.add_argument("--email", required=True, help="where alarms about access go")
    parser.add_argument("--repository", default="", help="owner/name: the repository whose pipeline may deploy")
    parser.add_argument("--branch", default="main", help="the one branch from which it may")
    parser.add_argument("--open", default="dev", help="the environment in which developers may do anything")
    parser.add_argument("--trail-days", default="365", help="how long nobody can delete the record of what was done")
    parser.add_argument("--provider", default="", help="ARN of the identity provider, if the account has one already")
    return parser


def main(arguments: list[str]) -> int:
    """Run the command line."""
    options = _arguments().parse_args(arguments)
    parameters = {
        "AlarmEmail": options.email,
        "Repository": options.repository,
        "Branch": options.branch,
        "OpenEnvironment": options.open,
        "TrailDays": options.trail_days,
        "PipelineProviderArn": options.provider,
    }
    return command.run("access", lambda: _deploy(parameters))


def _deploy(parameters: dict[str, str]) -> None:
    session = boto3.Session(region_name=REGION)
    command.announce("deploying", STACK, session)
    target, bucket = account.prepared(session, print)
    command.tell(deploy(target, STACK, templates.load(ROOT), parameters, {}, bucket, print))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
