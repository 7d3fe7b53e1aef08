"""What DynamoDB refuses for another reason than a limit is not told as one."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from parley.core.errors import RateLimited, Unavailable
from parley.media.aws.registry import DynamoMediaRegistry
from parley.moderation.aws.reports import DynamoReports
from parley.moderation.model import Report
from tests.unit.media.aws.test_expiry import MEDIA

REPORT = Report("r1", "alice", "bob", "spam", "", at=1)


@pytest.fixture
def client() -> Any:
    return boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))


def cancelled(stub: Stubber, *reasons: str) -> None:
    stub.add_client_error(
        "transact_write_items", "TransactionCanceledException", http_status_code=400,
        modeled_fields={"CancellationReasons": [{"Code": r} for r in reasons]},
    )  # fmt: skip


def write(client: Any, what: str) -> None:
    if what == "upload":
        DynamoMediaRegistry(client, "Directory").open(MEDIA)
    else:
        DynamoReports(client, "Directory").store(REPORT, 5)


@pytest.mark.parametrize("what", ["upload", "report"])
def test_a_missing_permission_is_no_limit(client: Any, what: str):
    with Stubber(client) as stub, pytest.raises(ClientError):
        stub.add_client_error("transact_write_items", "AccessDeniedException", http_status_code=400)
        write(client, what)


@pytest.mark.parametrize("what", ["upload", "report"])
def test_nor_is_a_transaction_that_met_another(client: Any, what: str):
    with Stubber(client) as stub, pytest.raises(Unavailable):
        cancelled(stub, "TransactionConflict", "None")
        write(client, what)


@pytest.mark.parametrize("what", ["upload", "report"])
def test_but_a_condition_that_failed_is(client: Any, what: str):
    with Stubber(client) as stub, pytest.raises(RateLimited):
        cancelled(stub, "ConditionalCheckFailed", "None")
        if what == "report":
            stub.add_response("get_item", {})
        write(client, what)
