"""Deploy an environment to AWS: ``make deploy ENV=dev``, with the credentials that the AWS SDK finds."""

import sys

from infra import package, templates
from infra.deploy import account, command, retained, second_region
from infra.deploy.stacks import deploy
from infra.page import build, publish


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = command.Parser(prog="make deploy ENV=…", description="Deploy an environment to AWS")
    parser.add_argument("environment", help="a file in infra/environments, without .json")
    return command.run("deploy", lambda: _deploy(parser.parse_args(arguments).environment))


def _deploy(name: str) -> None:
    environment, session = command.on_aws(name)
    page = build.build() if environment.page else None
    command.announce("deploying", environment.stack, session)
    target, bucket = account.prepared(session, print)
    second_region.prepared(session, environment, print)
    if notice := package.lost():
        print(notice)
    codes = package.whole_codes(package.ROOT / "build" / "lambda", environment.packages())
    ours = templates.load(numbers=environment.numbers())
    target = target._replace(builder=environment.builder_role_arn)
    if page is None and (served := publish.bucket_of(target, environment.stack)):
        retained.empty(session, served)  # CloudFormation deletes no bucket that holds anything
        print(f"the page is taken down: {served} is empty")
    told = deploy(target, environment.stack, ours, environment.parameters(), codes, bucket, print)
    if page is not None:
        files = publish.publish(target.s3, told, page)
        print(f"the page is at {told['PageUrl']} ({files} files)")
    command.tell(told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
