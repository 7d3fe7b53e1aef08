"""Two users register the same endpoint at the same moment: in the end, exactly one of them has it."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from parley.chat.aws.directory import DynamoDirectory
from parley.core.aws.threads import Threads
from parley.core.errors import BadRequest, Unavailable
from parley.delivery.aws.devices import DynamoDevices
from parley.delivery.model import PushDevice, Registration
from parley.delivery.ports import IN_USE, InUse, RegistrationResult, ReleasedEndpoint
from tests import tables

PHONE = Registration(PushDevice("phone", "fcm", "arn:1"), "", "", at=1)
OTHER_DEVICE = PushDevice("tablet", "fcm", "arn:2")
OTHER = Registration(PushDevice("phone", "fcm", "arn:2"), "", "", at=1)


class Racing:
    """Two views of one table; in the first, something happens between looking and writing."""

    def __init__(self, client: Any) -> None:
        tables.create(client, "Log", "Directory")
        self.directory = DynamoDirectory(client, "Directory")
        self.mine = DynamoDevices(client, "Directory", Threads(1))
        self.theirs = DynamoDevices(client, "Directory", Threads(1))
        for user in ("alice", "bob"):
            self.directory.upsert_user(user, "consumer", user)

    def meanwhile(self, happens: Callable[[], None], times: int = 1) -> None:
        look, left = self.mine._look, [times]

        def interrupted(user: str, endpoint: str) -> Any:
            seen = look(user, endpoint)
            if left[0]:
                left[0] -= 1
                happens()
            return seen

        self.mine._look = interrupted

    def deleted(self, taken: RegistrationResult) -> None:
        """Delete the endpoint that somebody has left."""
        assert taken.left is not None
        self.theirs.deleted(taken.left)

    def holders(self, endpoint: str) -> list[str]:
        recipients = self.directory.find(recipients=["alice", "bob"], strong=True).recipients
        return [u for u, r in recipients.items() if endpoint in {d.endpoint for d in r.devices}]


@pytest.fixture
def racing() -> Iterator[Racing]:
    with mock_aws():
        yield Racing(boto3.client("dynamodb"))


@pytest.fixture
def registered(racing: Racing) -> Racing:
    racing.theirs.register("bob", PHONE, 9, 9)
    return racing


def cancelled(reason: str) -> ClientError:
    answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": reason}]}
    return ClientError(answer, "TransactWriteItems")


def test_the_first_registration_of_an_endpoint_meets_anothers(racing: Racing):
    racing.meanwhile(lambda: racing.theirs.register("bob", PHONE, 9, 9))
    racing.mine.register("alice", PHONE, 9, 9)
    assert racing.holders("arn:1") == ["alice"]


def test_who_had_it_registers_again_while_it_is_taken_over(registered: Racing):
    registered.meanwhile(lambda: registered.theirs.register("bob", PHONE, 9, 9))
    registered.mine.register("alice", PHONE, 9, 9)
    assert registered.holders("arn:1") == ["alice"]


def test_who_had_it_gets_another_while_it_is_taken_over(registered: Racing):
    registered.meanwhile(lambda: registered.deleted(registered.theirs.register("bob", OTHER, 9, 9)))
    registered.mine.register("alice", PHONE, 9, 9)
    assert (registered.holders("arn:1"), registered.holders("arn:2")) == (["alice"], ["bob"])


def test_who_had_lost_it_gets_it_back_while_it_is_taken_over(registered: Racing):
    left = registered.theirs.leave("bob", PHONE, until=9)
    assert isinstance(left, ReleasedEndpoint)
    registered.deleted(RegistrationResult(renewed=False, left=left))
    registered.meanwhile(lambda: registered.theirs.register("bob", PHONE, 9, 9))
    registered.mine.register("alice", PHONE, 9, 9)
    assert registered.holders("arn:1") == ["alice"]


def test_who_has_it_renews_it_while_another_takes_it_over(registered: Racing):
    registered.meanwhile(lambda: registered.theirs.register("alice", PHONE, 9, 9))
    registered.mine.register("bob", PHONE, 9, 9)
    assert registered.holders("arn:1") == ["bob"]


def test_a_device_that_gets_two_endpoints_at_once_keeps_one_and_owns_no_other(registered: Racing):
    third = Registration(PushDevice("phone", "fcm", "arn:3"), "", "", at=1)
    registered.meanwhile(lambda: registered.theirs.register("bob", third, 9, 9))
    registered.mine.register("bob", OTHER, 9, 9)
    assert [registered.holders(e) for e in ("arn:1", "arn:2", "arn:3")] == [[], ["bob"], []]
    assert registered.mine.registrations("bob", [PHONE.device, third.device]) == []


def test_an_endpoint_that_is_left_while_it_is_taken_over_is_waited_for(registered: Racing):
    registered.meanwhile(lambda: waiting.append(registered.theirs.leave("bob", PHONE, until=9)))
    waiting: list[ReleasedEndpoint | InUse] = []
    pauses: list[float] = []

    def pause(_: float) -> None:
        pauses.append(0)
        if len(pauses) == 3:
            assert isinstance(waiting[0], ReleasedEndpoint)
            registered.theirs.deleted(waiting[0])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("parley.delivery.aws.devices.time.sleep", pause)
        registered.mine.register("alice", PHONE, 9, 9)
    assert (registered.holders("arn:1"), len(pauses)) == (["alice"], 3)


def test_however_many_are_registered_at_once_there_are_no_more_than_so_many(racing: Racing):
    def another(name: str) -> None:
        racing.theirs.register("alice", Registration(PushDevice(name, "fcm", f"arn:{name}"), "", "", at=1), 3, 9)

    another("a")
    another("b")
    racing.meanwhile(lambda: another("c"))
    with pytest.raises(BadRequest):
        racing.mine.register("alice", PHONE, 3, 9)
    assert racing.holders("arn:1") == []


def test_the_first_two_of_a_user_at_once_are_counted(racing: Racing):
    racing.meanwhile(lambda: racing.theirs.register("alice", Registration(OTHER_DEVICE, "", "", at=1), 1, 9))
    with pytest.raises(BadRequest):
        racing.mine.register("alice", PHONE, 1, 9)


def test_who_meets_another_transaction_tries_again(registered: Racing):
    write, conflicts = registered.mine._client.transact_write_items, iter(range(3))

    def conflicting(**request: Any) -> Any:
        if next(conflicts, None) is None:
            return write(**request)
        answer = {
            "Error": {"Code": "TransactionCanceledException"},
            "CancellationReasons": [{"Code": "TransactionConflict"}],
        }
        raise ClientError(answer, "TransactWriteItems")

    registered.mine._client.transact_write_items = conflicting
    assert registered.mine.leave("bob", PHONE, until=9) != IN_USE
    assert registered.holders("arn:1") == []


def test_it_is_given_up_after_some_attempts(racing: Racing):
    users = iter(["bob", "alice"] * 20)
    racing.meanwhile(lambda: racing.theirs.register(next(users), PHONE, 9, 9), times=20)
    with pytest.raises(Unavailable):
        racing.mine.register("alice", PHONE, 9, 9)
    assert len(racing.holders("arn:1")) == 1


@pytest.mark.parametrize(("reason", "raised"), [("ThrottlingError", Unavailable), ("ValidationError", ClientError)])
def test_what_else_cancels_a_transaction_is_told(registered: Racing, reason: str, raised: type[Exception]):
    def refuse(**_: Any) -> None:
        raise cancelled(reason)

    registered.mine._client.transact_write_items = refuse
    with pytest.raises(raised):
        registered.mine.register("alice", PHONE, 9, 9)
    assert registered.holders("arn:1") == ["bob"]
