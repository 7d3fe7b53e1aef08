"""Direct AWS access: the identity pool's keys reach a user's own files, and nothing else. IAM is enforced."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.stack import User
from tests.e2e.deployment import Deployment

REFUSED = {"AccessDenied", "AccessDeniedException", "NotAuthorizedException", "403", "UnauthorizedOperation"}


class Hands:
    """What a signed-in user can do with AWS directly."""

    def __init__(self, deployment: Deployment, user: User) -> None:
        assert deployment.local is not None
        self._endpoint = deployment.local.endpoint
        self.bucket = deployment.local.outputs["UserFilesBucket"]
        identities = self.anonymous("cognito-identity", self._endpoint)
        pool = deployment.local.outputs["IdentityPoolId"]
        logins = {f"cognito-idp.us-east-1.amazonaws.com/{deployment.pool}": deployment.tokens(user)["IdToken"]}
        identity = identities.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
        keys = identities.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
        self._session = boto3.Session(
            keys["AccessKeyId"], keys["SecretKey"], keys["SessionToken"], region_name="us-east-1"
        )
        self.s3 = self.client("s3")

    @staticmethod
    def anonymous(service: str, endpoint: str) -> Any:
        config = Config(proxies={}, signature_version=UNSIGNED)
        return boto3.client(service, region_name="us-east-1", endpoint_url=endpoint, config=config)

    def client(self, service: str) -> Any:
        config = Config(proxies={}, s3={"addressing_style": "path"})
        return self._session.client(service, endpoint_url=self._endpoint, config=config)


@pytest.fixture
def hands(local: Deployment) -> Callable[[User], Hands]:
    return lambda user: Hands(local, user)


def refused(call: Callable[..., Any], **arguments: Any) -> bool:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"] in REFUSED


def test_a_user_writes_reads_lists_and_deletes_under_their_own_prefix(hands: Callable[[User], Hands], alice: User):
    mine = hands(alice)
    key = f"files/{alice.id}/notes/a.txt"
    mine.s3.put_object(Bucket=mine.bucket, Key=key, Body=b"hello")
    assert mine.s3.get_object(Bucket=mine.bucket, Key=key)["Body"].read() == b"hello"
    listed = mine.s3.list_objects_v2(Bucket=mine.bucket, Prefix=f"files/{alice.id}/")
    assert [o["Key"] for o in listed["Contents"]] == [key]
    mine.s3.delete_object(Bucket=mine.bucket, Key=key)
    assert mine.s3.list_objects_v2(Bucket=mine.bucket, Prefix=f"files/{alice.id}/")["KeyCount"] == 0


def test_a_user_reaches_nobody_elses_files(hands: Callable[[User], Hands], alice: User, bob: User):
    mine, theirs = hands(alice), hands(bob)
    key = f"files/{bob.id}/secret.txt"
    theirs.s3.put_object(Bucket=mine.bucket, Key=key, Body=b"secret")
    assert refused(mine.s3.get_object, Bucket=mine.bucket, Key=key)
    assert refused(mine.s3.put_object, Bucket=mine.bucket, Key=key, Body=b"x")
    assert refused(mine.s3.delete_object, Bucket=mine.bucket, Key=key)
    assert refused(mine.s3.list_objects_v2, Bucket=mine.bucket, Prefix=f"files/{bob.id}/")
    assert refused(mine.s3.list_objects_v2, Bucket=mine.bucket, Prefix="files/")
    assert refused(mine.s3.list_objects_v2, Bucket=mine.bucket)
    assert theirs.s3.get_object(Bucket=mine.bucket, Key=key)["Body"].read() == b"secret"


@pytest.mark.parametrize("key", ["a.txt", "files/a.txt", "files/{user}x/a.txt", "exports/{user}/a.zip", "{user}/a"])
def test_a_user_writes_nowhere_else(hands: Callable[[User], Hands], alice: User, key: str):
    mine = hands(alice)
    assert refused(mine.s3.put_object, Bucket=mine.bucket, Key=key.format(user=alice.id), Body=b"x")


def test_the_keys_are_good_for_no_other_service(hands: Callable[[User], Hands], local: Deployment, alice: User):
    assert local.local is not None
    mine, outputs = hands(alice), local.local.outputs
    key = {"pk": {"S": f"U#{alice.id}"}, "sk": {"S": "REACH"}}
    assert refused(mine.client("dynamodb").get_item, TableName=outputs["DirectoryTable"], Key=key)
    assert refused(mine.client("cognito-idp").list_users, UserPoolId=outputs["UserPoolId"])
    assert refused(mine.client("sqs").receive_message, QueueUrl=outputs["UndeliveredQueueUrl"])
    assert refused(mine.s3.list_buckets)


def test_who_is_not_signed_in_reaches_nothing(local: Deployment, alice: User):
    """AWS gives no keys. The emulator gives the keys of a role that may do nothing."""
    assert local.local is not None
    identities = Hands.anonymous("cognito-identity", local.local.endpoint)
    with pytest.raises(ClientError) as raised:
        identity = identities.get_id(IdentityPoolId=local.local.outputs["IdentityPoolId"])["IdentityId"]
        keys = identities.get_credentials_for_identity(IdentityId=identity)["Credentials"]
        s3 = boto3.client(
            "s3", region_name="us-east-1", endpoint_url=local.local.endpoint, aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretKey"], aws_session_token=keys["SessionToken"],
        )  # fmt: skip
        s3.put_object(Bucket=local.local.outputs["UserFilesBucket"], Key=f"files/{alice.id}/a.txt", Body=b"x")
    assert raised.value.response["Error"]["Code"] in REFUSED


def test_a_forged_token_gets_no_keys(local: Deployment, alice: User):
    assert local.local is not None
    identities = Hands.anonymous("cognito-identity", local.local.endpoint)
    head, body, signature = local.tokens(alice)["IdToken"].split(".")
    forged = ".".join((head, body, signature[::-1]))
    logins = {f"cognito-idp.us-east-1.amazonaws.com/{local.pool}": forged}
    assert refused(identities.get_id, IdentityPoolId=local.local.outputs["IdentityPoolId"], Logins=logins)
