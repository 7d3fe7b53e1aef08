"""Deploy an environment to AWS: ``make deploy ENV=dev``, with the credentials that the AWS SDK finds."""

import sys

from infra import package, templates
from infra.capacity import idle
from infra.deploy import account, command, gradual, retained, second_region
from infra.deploy.stacks import deploy
from infra.page import build, publish


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = command.Parser(prog="make deploy ENV=…", description="Deploy an environment to AWS")
    parser.add_argument("environment", help="a file in infra/environments, without .json")
    parser.add_argument("--at-once", action="store_true", help="have all calls reach new versions at once, this time")
    options = parser.parse_args(arguments)
    return command.run("deploy", lambda: _deploy(options.environment, at_once=options.at_once))


def _deploy(name: str, *, at_once: bool) -> None:
    environment, session = command.on_aws(name)
    page = build.build() if environment.page else None
    command.announce("deploying", environment.stack, session)
    print(idle.text(name, idle.bill(environment)))
    target, bucket = account.prepared(session, print)
    second_region.prepared(session, environment, print)
    if notice := package.lost():
        print(notice)
    codes = package.whole_codes(package.ROOT / "build" / "lambda", environment.packages())
    ours = templates.load(numbers=environment.numbers())
    target = target._replace(builder=environment.builder_role_arn)
    parameters = environment.parameters()
    if parameters[gradual.GRADUAL] == "true":
        why = "--at-once" if at_once else gradual.at_once_because(target.cloudformation, environment.stack)
        if why:
            print(f"new versions get all calls at once: {why}")
            parameters[gradual.GRADUAL] = "false"
    if page is None and (served := publish.bucket_of(target, environment.stack)):
        retained.empty(session, served)  # CloudFormation deletes no bucket that holds anything
        print(f"the page is taken down: {served} is empty")
    told = deploy(target, environment.stack, ours, parameters, codes, bucket, print)
    if page is not None:
        files = publish.publish(target.s3, told, page)
        print(f"the page is at {told['PageUrl']} ({files} files)")
    command.tell(told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
