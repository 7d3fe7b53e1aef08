"""What the commands of this package, and others that change an account, have in common."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

import boto3
import botocore.session
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from infra import package
from infra.deploy.stacks import DeploymentFailed
from infra.environment import LOCAL, Environment, UnknownEnvironment, load
from infra.page.build import CannotBuild


class Refused(Exception):
    """The command does not do that. The message is one readable line."""


class Parser(argparse.ArgumentParser):
    """A parser of arguments that says in one line what is wrong with them."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def run(command: str, work: Callable[[], None]) -> int:
    """Do the work, and return the exit status: 1 if it failed, 2 if it was refused. Either is said in one line."""
    try:
        work()
    except Refused as refusal:
        print(f"{command}: {refusal}", file=sys.stderr)
        return 2
    except NoCredentialsError:
        print(f"{command}: no AWS credentials; set AWS_PROFILE, or sign in with `aws sso login`", file=sys.stderr)
        return 1
    except (
        UnknownEnvironment, package.CannotPackage, CannotBuild, DeploymentFailed, ClientError, BotoCoreError,
    ) as error:  # fmt: skip
        print(f"{command}: {error}", file=sys.stderr)
        return 1
    return 0


def on_aws(name: str) -> tuple[Environment, boto3.Session]:
    """Return an environment of AWS, and a session in its Region.

    Raises:
        Refused: it is the laptop's.
        UnknownEnvironment: there is none with this name, or its file is invalid.
    """
    if name == LOCAL:
        raise Refused(f"{LOCAL} is the laptop's environment, which is never on AWS; `make run` begins and ends it")
    environment = load(name)
    if environment.region not in _regions():
        raise UnknownEnvironment(f"{name}.json: AWS has no Region {environment.region!r} with Lambda")
    return environment, boto3.Session(region_name=environment.region)


def _regions() -> set[str]:
    """Return the Regions in which the AWS SDK knows of Lambda, in all of AWS's partitions."""
    sdk = botocore.session.get_session()
    partitions = sdk.get_available_partitions()
    return {region for p in partitions for region in sdk.get_available_regions("lambda", partition_name=p)}


def announce(doing: str, stack: str, session: boto3.Session) -> None:
    """Say what is done to which stack, in which account and Region."""
    account = session.client("sts").get_caller_identity()["Account"]
    print(f"{doing} {stack} in account {account}, {session.region_name}", flush=True)


def tell(outputs: dict[str, str]) -> None:
    """Print a stack's outputs."""
    for key, value in sorted(outputs.items()):
        print(f"{key:24} {value}")
