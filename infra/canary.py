"""The canary's two users, and where their password is: ``make canary ENV=<environment>``, or ``python -m infra.canary
<environment> [--json]``.

They are made as any other users, by an administrator and without e-mails. Their password is random, nobody sees it, and
it is kept in the Parameter Store as a SecureString, which the canary's function alone may read. Making them again gives
them another password.
"""

import argparse
import json
import secrets
import sys
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from infra import users
from infra.environment import UnknownEnvironment
from infra.local.workspace import CannotStart
from infra.operate import place
from parley.canary.model import Credentials
from parley.chat.aws.directory import DynamoDirectory
from parley.core.errors import ParleyError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_WRITER, _READER = "canary-writer", "canary-reader"


def parameter(environment: str) -> str:
    """Return the name of the parameter, as ``infra/templates/canary.yaml`` has it."""
    return f"/parley/{environment}/canary"


def make(pool: users.Pool, parameters: "SSMClient", environment: str) -> tuple[str, str]:
    """Make the users, or give them another password, and return their ids: the writer's, and the reader's."""
    password = f"Aa1-{secrets.token_urlsafe(24)}"
    writer, reader = (_user(pool, name, password) for name in (_WRITER, _READER))
    users.grant(pool, _address(_READER), "provider")
    stored = Credentials(writer=_address(_WRITER), reader=_address(_READER), reader_id=reader, password=password)
    parameters.put_parameter(
        Name=parameter(environment),
        Value=msgspec.json.encode(stored).decode(),
        Type="SecureString",
        Overwrite=True,
        Description="How Parley's canary signs in",
    )
    return writer, reader


def _user(pool: users.Pool, name: str, password: str) -> str:
    address = _address(name)
    try:
        return users.create(pool, address, password, name)
    except pool.cognito.exceptions.UsernameExistsException:
        pool.cognito.admin_set_user_password(UserPoolId=pool.pool, Username=address, Password=password, Permanent=True)
        return users.grant(pool, address, "consumer")


def _address(name: str) -> str:
    """Return an address to which nothing can ever be sent (RFC 2606)."""
    return f"{name}@parley.invalid"


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make canary ENV=…", description="Make the two users of the canary")
    parser.add_argument("environment", help="a file in infra/environments, without .json")
    parser.add_argument("--json", action="store_true", help="their ids, for other programs")
    asked = parser.parse_args(arguments)
    try:
        found = place.find(asked.environment)
        directory = DynamoDirectory(found.client("dynamodb"), found.outputs["DirectoryTable"])
        cognito, told = found.client("cognito-idp"), found.outputs
        pool = users.Pool(cognito, directory, told["UserPoolId"], told["UserPoolClientId"])
        ids = make(pool, found.client("ssm"), asked.environment)
    except (UnknownEnvironment, CannotStart, ParleyError, ClientError, BotoCoreError) as error:
        print(f"canary: {error}", file=sys.stderr)
        return 1
    where = f"into infra/environments/{asked.environment}.json, then: make deploy ENV={asked.environment}"
    print(json.dumps(ids) if asked.json else f'put "monitoring": {{"canary": {json.dumps(ids)}}} {where}')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
