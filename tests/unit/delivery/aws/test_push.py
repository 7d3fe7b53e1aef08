"""Endpoints by the published algorithm, and payloads in each platform's shape."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber
from moto import mock_aws

from parley.core.aws.threads import Threads
from parley.core.errors import BadRequest, Unavailable
from parley.delivery.aws import payload
from parley.delivery.aws.push import SnsPush
from parley.delivery.model import Platform, PushDevice
from parley.delivery.ports import Delivery, Notification

NOTE = Notification(conversation="dm:alice:bob", seq=7, badge=3, title="Alice", text="hello ü", sender="alice")


@pytest.fixture
def sns() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("sns")


@pytest.fixture
def push(sns: Any) -> SnsPush:
    arns: dict[Platform, str] = {
        platform: sns.create_platform_application(Name=f"app-{platform}", Platform=name, Attributes={})[
            "PlatformApplicationArn"
        ]
        for platform, name in payload.SNS_KEY.items()
    }
    return SnsPush(sns, Threads(2), arns)


def attributes(sns: Any, endpoint: str) -> dict[str, str]:
    return sns.get_endpoint_attributes(EndpointArn=endpoint)["Attributes"]


def test_registering_creates_an_endpoint_once(push: SnsPush):
    first = push.register("fcm", "token-1", None)
    assert push.register("fcm", "token-1", first) == first
    assert push.register("fcm", "token-1", None) == first


def test_a_new_token_of_the_same_install_has_an_endpoint_of_its_own(push: SnsPush, sns: Any):
    first = push.register("apns", "token-1", None)
    second = push.register("apns", "token-2", first)
    assert attributes(sns, second)["Token"] == "token-2"
    assert attributes(sns, first)["Token"] == "token-1"  # it still reaches whoever has that token by now


def test_a_disabled_endpoint_is_enabled_again(push: SnsPush, sns: Any):
    first = push.register("fcm", "token-1", None)
    sns.set_endpoint_attributes(EndpointArn=first, Attributes={"Enabled": "false"})
    assert push.register("fcm", "token-1", first) == first
    assert attributes(sns, first)["Enabled"].lower() == "true"


def test_an_endpoint_that_was_deleted_is_created_again(push: SnsPush, sns: Any):
    first = push.register("fcm", "token-1", None)
    sns.delete_endpoint(EndpointArn=first)
    second = push.register("fcm", "token-1", first)
    assert attributes(sns, second)["Token"] == "token-1"


def test_a_token_that_has_an_endpoint_with_other_attributes_finds_it(push: SnsPush, sns: Any):
    first = push.register("fcm", "token-1", None)
    sns.set_endpoint_attributes(EndpointArn=first, Attributes={"Enabled": "false"})
    assert push.register("fcm", "token-1", None) == first  # SNS refuses, and its refusal names the endpoint
    assert attributes(sns, first)["Enabled"].lower() == "true"


def test_a_platform_that_is_not_set_up_is_refused(sns: Any):
    with pytest.raises(BadRequest):
        SnsPush(sns, Threads(1), {}).register("fcm", "token", None)


def test_a_token_the_platform_refuses_is_a_bad_request(sns: Any):
    client = boto3.client("sns")
    with Stubber(client) as stub, pytest.raises(BadRequest):
        stub.add_client_error("create_platform_endpoint", "InvalidParameter", "Invalid parameter: Token", 400)
        SnsPush(client, Threads(1), {"apns": "arn:app"}).register("apns", "not-hex", None)


def test_throttled_registration_may_be_retried(sns: Any):
    client = boto3.client("sns")
    with Stubber(client) as stub, pytest.raises(Unavailable):
        stub.add_client_error("create_platform_endpoint", "Throttled", "slow down", 429)
        SnsPush(client, Threads(1), {"apns": "arn:app"}).register("apns", "token", None)


def test_a_push_is_published_to_each_device(push: SnsPush):
    devices = [PushDevice(p, p, push.register(p, f"token-{p}", None)) for p in payload.SNS_KEY]
    assert push.send(devices, NOTE) == [Delivery.DONE] * 3


def test_a_disabled_or_deleted_endpoint_is_gone_and_the_others_are_reached(push: SnsPush, sns: Any):
    good, disabled, deleted = (PushDevice(t, "fcm", push.register("fcm", t, None)) for t in ("a", "b", "c"))
    sns.set_endpoint_attributes(EndpointArn=disabled.endpoint, Attributes={"Enabled": "false"})
    sns.delete_endpoint(EndpointArn=deleted.endpoint)
    assert push.send([good, disabled, deleted], NOTE) == [Delivery.DONE, Delivery.GONE, Delivery.GONE]


@pytest.mark.parametrize(("code", "status"), [("Throttled", 429), ("InternalError", 500)])
def test_what_fails_for_now_is_for_later(sns: Any, code: str, status: int):
    assert publish(code, status) is Delivery.LATER


@pytest.mark.parametrize("code", ["AuthorizationError", "PlatformApplicationDisabled", "InvalidParameter"])
def test_what_only_an_operator_can_mend_is_not_tried_again(sns: Any, code: str):
    assert publish(code, 403) is Delivery.REFUSED


@pytest.mark.parametrize("code", ["InvalidParameter", "InvalidParameterException"])
def test_a_deleted_endpoint_that_sns_calls_an_invalid_parameter_is_gone(sns: Any, code: str):
    said = "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"
    assert publish(code, 400, said) is Delivery.GONE
    assert publish("AuthorizationError", 403, said) is Delivery.REFUSED
    assert publish(code, 400, "Invalid parameter: Message too long") is Delivery.REFUSED


def publish(code: str, status: int, message: str = "") -> Delivery:
    client = boto3.client("sns", config=Config(retries={"total_max_attempts": 1}))
    with Stubber(client) as stub:
        stub.add_client_error("publish", code, message, status)
        push = SnsPush(client, Threads(1), {})
        [end] = push.send([PushDevice("d", "fcm", "arn:e")], NOTE)
    return end


def test_an_endpoint_is_dead_when_it_is_disabled_or_gone(push: SnsPush, sns: Any):
    endpoint = push.register("fcm", "token-1", None)
    assert not push.dead(endpoint)
    sns.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "false"})
    assert push.dead(endpoint)
    push.register("fcm", "token-1", endpoint)
    assert not push.dead(endpoint)
    assert push.forget(endpoint)
    assert push.dead(endpoint)


def test_forgetting_is_harmless_where_there_is_nothing(push: SnsPush):
    assert push.forget("arn:aws:sns:us-east-1:123456789012:endpoint/GCM/app-fcm/none")


@pytest.mark.parametrize(("code", "gone"), [("NotFound", True), ("Throttled", False), ("AuthorizationError", False)])
def test_whether_it_is_forgotten_is_told(sns: Any, code: str, gone: bool):
    client = boto3.client("sns", config=Config(retries={"total_max_attempts": 1}))
    with Stubber(client) as stub:
        stub.add_client_error("delete_endpoint", code, http_status_code=400)
        assert SnsPush(client, Threads(1), {}).forget("arn:e") is gone


@pytest.mark.parametrize("call", ["get_endpoint_attributes", "set_endpoint_attributes"])
def test_an_endpoint_that_goes_while_it_is_registered_is_made_again(sns: Any, call: str):
    client = boto3.client("sns")
    with Stubber(client) as stub:
        for endpoint in ("arn:1", "arn:2"):
            stub.add_response("create_platform_endpoint", {"EndpointArn": endpoint})
            if endpoint == "arn:1" and call == "set_endpoint_attributes":
                stub.add_response("get_endpoint_attributes", {"Attributes": {"Token": "t", "Enabled": "false"}})
            if endpoint == "arn:1":
                stub.add_client_error(call, "NotFound", http_status_code=404)
        stub.add_response("get_endpoint_attributes", {"Attributes": {"Token": "t", "Enabled": "true"}})
        assert SnsPush(client, Threads(1), {"apns": "arn:app"}).register("apns", "t", None) == "arn:2"


def test_an_endpoint_that_goes_again_and_again_is_unavailable(sns: Any):
    client = boto3.client("sns")
    with Stubber(client) as stub, pytest.raises(Unavailable):
        for _ in range(3):
            stub.add_response("create_platform_endpoint", {"EndpointArn": "arn:1"})
            stub.add_client_error("get_endpoint_attributes", "NotFound", http_status_code=404)
        SnsPush(client, Threads(1), {"apns": "arn:app"}).register("apns", "t", None)


def test_what_goes_to_sns(sns: Any):
    client = boto3.client("sns")
    expected = {
        "TargetArn": "arn:e", "MessageStructure": "json", "Message": ANY,
        "MessageAttributes": {
            "AWS.SNS.MOBILE.APNS.PUSH_TYPE": {"DataType": "String", "StringValue": "alert"},
            "AWS.SNS.MOBILE.APNS.PRIORITY": {"DataType": "String", "StringValue": "10"},
            "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": {"DataType": "String", "StringValue": ANY},
            "AWS.SNS.MOBILE.APNS_SANDBOX.TTL": {"DataType": "String", "StringValue": "86400"},
        },
    }  # fmt: skip
    with Stubber(client) as stub:
        stub.add_response("publish", {"MessageId": "1"}, expected)
        SnsPush(client, Threads(1), {}).send([PushDevice("d", "apns_sandbox", "arn:e")], NOTE)


@pytest.mark.parametrize("platform", ["apns", "apns_sandbox"])
def test_the_apple_payload(platform: Platform):
    outer = json.loads(payload.message(platform, NOTE))
    assert set(outer) == {"default", payload.SNS_KEY[platform]}
    inner = json.loads(outer[payload.SNS_KEY[platform]])
    assert inner["aps"]["alert"] == {"title": "Alice", "body": "hello ü"}
    assert inner["aps"]["badge"] == 3
    assert (inner["conversation"], inner["seq"], inner["sender"]) == ("dm:alice:bob", 7, "alice")


def test_the_google_payload_is_fcm_v1_with_string_data():
    inner = json.loads(json.loads(payload.message("fcm", NOTE))["GCM"])
    message = inner["fcmV1Message"]["message"]
    assert message["notification"] == {"title": "Alice", "body": "hello ü"}
    assert message["data"] == {"conversation": "dm:alice:bob", "seq": "7", "sender": "alice", "badge": "3"}
    assert message["android"]["collapse_key"] == payload.collapse_id("dm:alice:bob")
    assert (message["android"]["ttl"], message["android"]["notification"]["notification_count"]) == ("86400s", 3)


def test_no_payload_exceeds_what_apns_takes():
    longest = Notification("dm:" + "a" * 64 + ":" + "b" * 64, 2**53, 10**6, "😀" * 2_048, "😀" * 120, "a" * 64)
    assert len(json.loads(payload.message("apns", longest))["APNS"].encode()) <= 4_096


def test_collapse_ids_fit_and_differ_by_conversation():
    one, other = payload.collapse_id("dm:" + "a" * 64 + ":" + "b" * 64), payload.collapse_id("dm:a:b")
    assert one != other
    assert len(one.encode()) <= 64


def test_a_push_about_media_names_them_and_replaces_no_message():
    note = Notification("dm:alice:bob", 0, 3, "A file is available again", "", "", media="01JDA0000000000000000000AA")
    data = json.loads(json.loads(payload.message("fcm", note))["GCM"])["fcmV1Message"]["message"]
    assert data["data"] == {"conversation": "dm:alice:bob", "media": note.media, "badge": "3"}
    assert data["android"]["collapse_key"] == payload.collapse_id(note.media) != payload.collapse_id(note.conversation)
    collapse = payload.attributes("apns", note)["AWS.SNS.MOBILE.APNS.COLLAPSE_ID"]["StringValue"]
    assert collapse == payload.collapse_id(note.media)
