"""What is added to the embedded AWS in its process, on the emulator's own modules."""

import asyncio
import importlib
import json
from typing import Any

import pytest

from infra.local.in_emulator import calls, forms, mobile_push
from infra.local.in_emulator.control import PATH, SECRET, beside
from infra.local.in_emulator.news import News
from infra.local.tracing import trace_id

REQUEST = "4f0c1a52-0001-4000-8000-0000000000ab"


def form(*names: str) -> tuple[str, bytes]:
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{name}-value\r\n' for name in names]
    return "multipart/form-data; boundary=b", ("".join(parts) + "--b--\r\n").encode()


@pytest.mark.parametrize(
    ("sent", "counted"),
    [
        (["key", "policy", "file"], ["key", "policy", "file"]),
        (["file", "key"], ["file"]),
        (["key", "file", "policy"], ["key", "file"]),
    ],
)
def test_a_forms_fields_after_its_file_do_not_count(monkeypatch, sent, counted):
    s3: Any = importlib.import_module("ministack.services.s3")
    monkeypatch.setattr(s3, "_parse_multipart_form", s3._parse_multipart_form)  # put back afterwards
    forms.teach()
    assert [part[0] for part in s3._parse_multipart_form(*form(*sent))] == counted


FCM = {
    "fcmV1Message": {
        "message": {
            "notification": {"title": "Ben", "body": "Friday?"},
            "android": {"collapse_key": "k", "notification": {"notification_count": 2}},
            "data": {"conversation": "dm:a:b", "seq": "4", "sender": "b"},
        }
    }
}
APNS = {
    "aps": {"alert": {"title": "Ben"}, "badge": 2, "thread-id": "k"},
    "conversation": "dm:a:b",
    "seq": 4,
    "sender": "b",
}


@pytest.mark.parametrize(
    ("key", "payload", "text"), [("GCM", FCM, {"text": "Friday?"}), ("APNS", APNS, {}), ("APNS_SANDBOX", APNS, {})]
)
def test_a_push_is_told_as_its_platform_shows_it(key, payload, text):
    push = mobile_push._push(key, "arn", "token", json.dumps({"default": "Ben", key: json.dumps(payload)}))
    shown = {name: value for name, value in push.items() if name not in {"raw", "platform", "endpoint"}}
    assert shown == {
        "token": "token", "title": "Ben", "badge": 2, "collapse": "k",
        "conversation": "dm:a:b", "seq": 4, "sender": "b", **text,
    }  # fmt: skip
    assert push["platform"] == {"GCM": "fcm"}.get(key, key.lower())


def test_what_is_no_payload_for_the_platform_is_told_all_the_same():
    assert mobile_push._push("GCM", "arn", "token", "plain")["raw"] == {"text": "plain"}


async def ask(app: Any, path: str, **headers: str) -> tuple[int, bytes]:
    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": b"kinds=code",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"Action=Publish&x=1"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


async def aws(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"aws"})


@pytest.mark.enable_socket
@pytest.mark.parametrize(("secret", "status"), [("right", 200), ("wrong", 403), ("", 403)])
def test_only_the_starter_is_told_the_news(secret, status):
    news = News()
    news.add("code", {"email": "a@example.com", "code": "1"})
    app = beside(aws, "right", {"list": news.list})
    answer = asyncio.run(ask(app, f"{PATH}/list", **{SECRET: secret} if secret else {}))
    assert answer[0] == status
    assert (b"a@example.com" in answer[1]) is (status == 200)
    assert asyncio.run(ask(app, "/other")) == (200, b"aws")


def test_news_have_ids_that_go_on_from_start_to_start():
    first, second = News(), News()
    first.add("push", {"title": "one"})
    second.restore(json.loads(json.dumps(first.state())))
    second.add("push", {"title": "two"})
    assert [(item["id"], item["title"]) for item in second.items("push")] == [(1, "one"), (2, "two")]


class Listener(News):
    def __init__(self, *, wanted: bool) -> None:
        super().__init__()
        self._is_wanted = wanted
        self.told: list[Any] = []

    def wanted(self, kind: str) -> bool:
        return self._is_wanted

    def add(self, kind: str, item: Any) -> None:
        self.told.append((kind, item))


@pytest.mark.enable_socket
def test_a_call_is_recorded_with_its_invocation_only_while_somebody_listens():
    signed = "AWS4-HMAC-SHA256 Credential=key/20261130/us-east-1/sns/aws4_request, …".replace("…", "x")
    for wanted in (True, False):
        news = Listener(wanted=wanted)
        app = calls.recording(aws, news)
        asyncio.run(ask(app, "/", authorization=signed, x_amzn_trace_id=trace_id(REQUEST)))
        asyncio.run(ask(app, "/", authorization=signed))
        told = [(call["request"], call["service"], call["operation"], call["status"]) for _, call in news.told]
        assert told == ([(REQUEST, "sns", "Publish", 200)] if wanted else [])


@pytest.mark.parametrize(
    ("path", "method", "headers", "named"),
    [
        (
            "/",
            "POST",
            {"x-amz-target": "DynamoDB_20120810.PutItem", "authorization": "Credential=k/1/r/dynamodb/"},
            ("dynamodb", "PutItem"),
        ),
        ("/bucket/key", "PUT", {"authorization": "Credential=k/1/r/s3/"}, ("s3", "PutObject")),
        (
            "/2015-03-31/functions/f/invocations",
            "POST",
            {"authorization": "Credential=k/1/r/lambda/"},
            ("lambda", "Invoke"),
        ),
    ],
)
def test_a_call_is_named_as_its_service_names_it(path, method, headers, named):
    given = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert calls.named({"path": path, "method": method, "headers": given}, b"") == named
