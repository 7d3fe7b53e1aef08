"""Delete an environment's stack: ``python -m infra.destroy <environment>``.

Tables, buckets and the user pool are kept, as the templates say. Anyone who wants to be rid of them deletes them by
hand. The stack of a protected environment is deleted only if its creation failed before it was protected.
"""

import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from infra.deploy import DeploymentFailed, Target, destroy, may_be_removed
from infra.environment import LOCAL, UnknownEnvironment, load


def main(arguments: list[str]) -> int:
    """Run the command line."""
    if len(arguments) != 1:
        print("usage: python -m infra.destroy <environment>", file=sys.stderr)
        return 2
    if arguments[0] == LOCAL:
        print(f"destroy: {LOCAL} is the laptop's environment, which ends with `make run`", file=sys.stderr)
        return 2
    try:
        environment = load(arguments[0])
        session = boto3.Session(region_name=environment.region)
        target = Target(session.client("cloudformation"), session.client("s3"))
        if environment.protect and not may_be_removed(target, environment.stack):
            print(f"destroy: {environment.name} is protected; deploy it with protect false first", file=sys.stderr)
            return 2
        destroy(target, environment.stack, print)
    except NoCredentialsError:
        print("destroy: no AWS credentials; set AWS_PROFILE, or sign in with `aws sso login`", file=sys.stderr)
        return 1
    except (UnknownEnvironment, DeploymentFailed, ClientError, BotoCoreError) as error:
        print(f"destroy: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
