"""The operator's tool for users: who they are, and who is a provider. A role is granted here; users never choose it.

``python -m infra.users <environment> …`` works on a deployed environment, with the credentials that the AWS SDK finds.
On ``local`` it uses that environment's own credentials, as long as ``make run`` is serving (``PARLEY_PORT=4600 …`` if
it serves at another port):

    sign-up  <email> <name>       a new, confirmed user; asks for the password, or takes PARLEY_PASSWORD, unless
                                  PARLEY_USERNAME says that it is another user's
    crowd    <number> <word>      that many, <word>-1@example.com and so on, with one password, to try things with
    grant    <email> <role>       consumer or provider; also mends a user whose confirmation failed
    gone                          ids of users whom Cognito no longer has, and who are not being erased
    erase    <user id>            has such a user erased, by the function that checks once an hour
"""

import argparse
import getpass
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from infra import orphaned_users
from infra.deploy import stacks
from infra.environment import LOCAL, UnknownEnvironment, load
from infra.local.emulator import address, wanted_port
from infra.local.workspace import CannotStart
from parley.accounts import roles
from parley.accounts.aws.accounts import DynamoAccounts
from parley.accounts.aws.roles import CognitoRoles
from parley.chat.aws.directory import DynamoDirectory
from parley.core.errors import ParleyError
from parley.core.session import Role
from parley.delivery.ports import Users

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient


_AT_ONCE = 4


class Pool(NamedTuple):
    """An environment's users: the pool they sign in to, and the directory in which they find each other."""

    cognito: "CognitoIdentityProviderClient"
    directory: Users
    pool: str
    client: str


def sign_up(users: Pool, email: str, password: str, name: str) -> None:
    """Register a user, as an app does. The user can do nothing before ``confirm``."""
    users.cognito.sign_up(
        ClientId=users.client,
        Username=email,
        Password=password,
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "name", "Value": name}],
    )


def confirm(users: Pool, email: str) -> str:
    """Confirm a user's address on their behalf, without the code sent to it, and return the user id.

    The post-confirmation trigger then creates the user, as a consumer.
    """
    users.cognito.admin_confirm_sign_up(UserPoolId=users.pool, Username=email)
    users.cognito.admin_update_user_attributes(
        UserPoolId=users.pool, Username=email, UserAttributes=[{"Name": "email_verified", "Value": "true"}]
    )
    return _attributes(users, email)["sub"]


def gather(users: Pool, emails: Sequence[str], password: str) -> list[tuple[str, str]]:
    """Sign up and confirm many users, some at a time, and return their addresses and ids.

    A user's name is the first part of the address.
    """

    def one(email: str) -> tuple[str, str]:
        sign_up(users, email, password, email.partition("@")[0])
        return email, confirm(users, email)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(one, emails))


def create(users: Pool, email: str, password: str, name: str) -> str:
    """Create a confirmed user as an administrator, without an e-mail to them, and return the user id.

    Cognito fires no trigger for this, so the role is granted here.
    """
    users.cognito.admin_create_user(
        UserPoolId=users.pool,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
            {"Name": "name", "Value": name},
        ],
    )
    users.cognito.admin_set_user_password(UserPoolId=users.pool, Username=email, Password=password, Permanent=True)
    return grant(users, email, "consumer")


def grant(users: Pool, email: str, role: Role) -> str:
    """Give a user a role, and return the user id. It is in their tokens from the next one on, and others see it."""
    attributes = _attributes(users, email)
    if role == "consumer":  # an existing provider token would go on saying provider
        users.cognito.admin_remove_user_from_group(UserPoolId=users.pool, Username=email, GroupName="provider")
    granter = CognitoRoles(users.cognito, users.pool)
    roles.grant(attributes["sub"], email, attributes.get("name", ""), role, users.directory, granter)
    return attributes["sub"]


def _attributes(users: Pool, email: str) -> dict[str, str]:
    user = users.cognito.admin_get_user(UserPoolId=users.pool, Username=email)
    return {a["Name"]: a.get("Value", "") for a in user["UserAttributes"]}


class _Place(NamedTuple):
    """An environment, as far as users are concerned."""

    users: Pool
    dynamodb: "DynamoDBClient"
    table: str


def _place_of(name: str) -> _Place:
    environment = load(name)
    if environment.name == LOCAL:
        session = boto3.Session("test", "test", region_name=environment.region)
        where: dict[str, Any] = {"endpoint_url": address(wanted_port()), "config": Config(proxies={})}
    else:
        session, where = boto3.Session(region_name=environment.region), {}
    told = stacks.outputs(session.client("cloudformation", **where), environment.stack)
    dynamodb, table = session.client("dynamodb", **where), told["DirectoryTable"]
    cognito = session.client("cognito-idp", **where)
    users = Pool(cognito, DynamoDirectory(dynamodb, table), told["UserPoolId"], told["UserPoolClientId"])
    return _Place(users, dynamodb, table)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.users", description="An environment's users and roles")
    parser.add_argument("environment")
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("sign-up", help="a new, confirmed user")
    new.add_argument("email")
    new.add_argument("name")
    crowd = verbs.add_parser("crowd", help="many confirmed users with one password")
    crowd.add_argument("number", type=int)
    crowd.add_argument("word")
    given = verbs.add_parser("grant", help="give a role")
    given.add_argument("email")
    given.add_argument("role", choices=get_args(Role))
    verbs.add_parser("gone", help="users whom Cognito has no more")
    erased = verbs.add_parser("erase", help="have such a user erased")
    erased.add_argument("user")
    return parser


def _done(asked: argparse.Namespace, place: _Place) -> list[str]:
    """Carry out the command, and return the lines to print."""
    users = place.users
    if asked.verb == "sign-up":
        sign_up(users, asked.email, _password(asked.email), asked.name)
        return [confirm(users, asked.email)]
    if asked.verb == "crowd":
        emails = [f"{asked.word}-{n}@example.com" for n in range(1, asked.number + 1)]
        return [f"{email} {user}" for email, user in gather(users, emails, _password(""))]
    if asked.verb == "grant":
        return [f"{grant(users, asked.email, asked.role)}: {asked.role}, in the tokens issued from now on"]
    if asked.verb == "gone":
        return orphaned_users.find(users.cognito, users.pool, place.dynamodb, place.table)
    accounts = DynamoAccounts(place.dynamodb, place.table)
    noted = orphaned_users.erase(asked.user, time.time_ns() // 1_000_000, users.cognito, users.pool, accounts)
    return [f"{noted.user}: to be erased, within some two hours"]


def main(arguments: list[str]) -> int:
    """Run the command line."""
    asked = _arguments().parse_args(arguments)
    try:
        for line in _done(asked, _place_of(asked.environment)):
            print(line)
    except (EOFError, KeyboardInterrupt):
        print("\nusers: no password; PARLEY_PASSWORD is taken where there is no terminal", file=sys.stderr)
        return 1
    except EndpointConnectionError as error:
        hint = "; `make run` starts what is there (PARLEY_PORT says where)" if asked.environment == LOCAL else ""
        print(f"users: {error}{hint}", file=sys.stderr)
        return 1
    except (UnknownEnvironment, CannotStart, ParleyError, ClientError, BotoCoreError) as error:
        print(f"users: {error}", file=sys.stderr)
        return 1
    return 0


def _password(email: str) -> str:
    """Return the password. The rule comes from the user pool's policy in infra/templates/identity.yaml."""
    asked = "password (at least 12 characters, with a capital, a small letter and a digit): "
    whose = os.environ.get("PARLEY_USERNAME", "")
    given = os.environ.get("PARLEY_PASSWORD") if whose in {"", email} else None
    return given or getpass.getpass(asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
