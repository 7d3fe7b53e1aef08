"""Mobile push as at SNS: what is published to an endpoint is told, a dead endpoint is refused, endpoints have ARNs of
their own, and IAM knows them.

This is number 5 in ``infra.local.workarounds``. Sources: ``Publish`` in the SNS API reference; "Amazon SNS mobile push
notification API errors" in the developer guide.
"""

import importlib
import json
from collections.abc import Mapping
from typing import Any

from infra.local.in_emulator.news import News

_PLATFORMS = {"APNS": "apns", "APNS_SANDBOX": "apns_sandbox", "GCM": "fcm"}


def teach(news: News) -> None:
    """Add the pushes to the emulator in this process."""
    sns: Any = importlib.import_module("ministack.services.sns")
    publish, create = sns._publish, sns._create_platform_endpoint

    def creating(params: Any) -> Any:
        status, headers, body = create(params)
        for arn in [arn for arn in sns._platform_endpoints if ":app/" in arn]:
            named = arn.replace(":app/", ":endpoint/", 1)
            sns._platform_endpoints[named] = {**sns._platform_endpoints.pop(arn), "arn": named}
            body = body.replace(arn.encode(), named.encode())
        return status, headers, body

    def publishing(params: Any) -> Any:
        arn = sns._normalize_arn(sns._p(params, "TargetArn") or sns._p(params, "TopicArn"))
        if ":endpoint/" not in arn:
            return publish(params)
        endpoint = sns._platform_endpoints.get(arn)
        if endpoint is None:
            reason = "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"
            return sns._error("InvalidParameter", reason, 400)
        if endpoint["attributes"].get("Enabled", "true").lower() != "true":
            return sns._error("EndpointDisabled", "Endpoint is disabled", 400)
        key = endpoint["application_arn"].split(":app/")[-1].split("/")[0]
        answer = publish(params)
        if answer[0] == 200:
            news.add("push", _push(key, arn, endpoint["attributes"].get("Token", ""), sns._p(params, "Message")))
        return answer

    sns._publish, sns._create_platform_endpoint = publishing, creating
    _teach_resources()


def _teach_resources() -> None:
    """Have IAM's evaluator know which endpoint or application a call concerns, for which it has only ``*``."""
    actions: Any = importlib.import_module("ministack.core.iam_actions")
    extract = actions.extract_resource_arn

    def extracting(service: str, method: str, path: str, headers: Any, body: Any, params: Any, *where: str) -> str:
        if service == "sns":
            for name in ("EndpointArn", "PlatformApplicationArn"):
                if arn := actions._query_param(params, name):
                    return str(arn)
        return str(extract(service, method, path, headers, body, params, *where))

    actions.extract_resource_arn = extracting


def _push(key: str, endpoint: str, token: str, message: str) -> dict[str, Any]:
    """Return a push as its platform would show it. ``raw`` is what the platform would get."""
    raw = _payload(key, message)
    shown = _fcm(raw) if key == "GCM" else _apns(raw)
    return {
        "platform": _PLATFORMS.get(key, key.lower()),
        "token": token,
        "endpoint": endpoint,
        **{name: value for name, value in shown.items() if value is not None},
        "raw": raw,
    }


def _payload(key: str, message: str) -> Any:
    try:
        return json.loads(json.loads(message)[key])
    except (ValueError, KeyError, TypeError):
        return {"text": message}


def _fcm(raw: Mapping[str, Any]) -> dict[str, Any]:
    message = raw.get("fcmV1Message", {}).get("message", {})
    android, data = message.get("android", {}), message.get("data", {})
    return {
        "title": message.get("notification", {}).get("title"),
        "text": message.get("notification", {}).get("body"),
        "badge": _number(android.get("notification", {}).get("notification_count")),
        "collapse": android.get("collapse_key"),
        **_subject(data),
    }


def _apns(raw: Mapping[str, Any]) -> dict[str, Any]:
    aps = raw.get("aps", {})
    alert = aps.get("alert", {})
    return {
        "title": alert.get("title"),
        "text": alert.get("body"),
        "badge": aps.get("badge"),
        "collapse": aps.get("thread-id"),
        **_subject(raw),
    }


def _subject(data: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: data.get(name) for name in ("conversation", "sender", "media")}
    return {**told, "seq": _number(data.get("seq"))}


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdigit()) else None
