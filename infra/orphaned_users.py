"""Users who no longer exist in the user pool although they have not left Parley.

There are two ways to get there. A user may delete themselves directly at Cognito, whose call ``DeleteUser`` accepts any
access token and triggers nothing. Or the tables were restored to a point in time before the user left.
"""

from typing import TYPE_CHECKING

from parley.accounts.model import DeletionRequest
from parley.accounts.ports import Accounts
from parley.core import ids
from parley.core.errors import BadRequest, Forbidden

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient


def find(cognito: "CognitoIdentityProviderClient", pool: str, dynamodb: "DynamoDBClient", table: str) -> list[str]:
    """Return the ids of those who are not being erased yet. Reads the whole directory, and then the whole pool."""
    found = _known(dynamodb, table)  # first, since new users are in the pool before they are known
    for page in cognito.get_paginator("list_users").paginate(UserPoolId=pool, AttributesToGet=["sub"]):
        found -= {a.get("Value", "") for user in page["Users"] for a in user["Attributes"]}
    return sorted(found)


def erase(
    user: str, now: int, cognito: "CognitoIdentityProviderClient", pool: str, accounts: Accounts
) -> DeletionRequest:
    """Have such a user erased without a grace period, because nobody can sign in as them to change their mind.

    Raises:
        BadRequest: this is not a user id.
        Forbidden: the user is still in the pool.
        NotFound: there is no data of this user.
    """
    if not ids.is_client_id(user):
        raise BadRequest("not a user id")
    if cognito.list_users(UserPoolId=pool, Filter=f'sub = "{user}"')["Users"]:
        raise Forbidden("Cognito has this user: they leave by the app (DELETE /me)")
    return accounts.leave(DeletionRequest(user, username=user, asked=now, due=now))


def _known(dynamodb: "DynamoDBClient", table: str) -> set[str]:
    """Return the users who can be reached and are not leaving."""
    found: dict[str, set[str]] = {"REACH": set(), "LEAVING": set()}
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="begins_with(pk, :users) AND sk IN (:reach, :leaving)",
        ExpressionAttributeValues={":users": {"S": "U#"}, ":reach": {"S": "REACH"}, ":leaving": {"S": "LEAVING"}},
        ProjectionExpression="pk, sk",
        ConsistentRead=True,
    )
    for page in pages:
        for item in page["Items"]:
            found[item["sk"]["S"]].add(item["pk"]["S"].removeprefix("U#"))
    return found["REACH"] - found["LEAVING"]
