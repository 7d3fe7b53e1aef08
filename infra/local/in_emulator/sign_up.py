"""Signing up as at Cognito: each code is a new one and is told, and confirming fires the post-confirmation trigger.

This is number 3 in ``infra.local.workarounds``. The emulator's codes are always the same and go nowhere, and only the
trigger before a token is fired. Sources: "Post confirmation Lambda trigger" and "Verifying contact information at
sign-up" in the Cognito developer guide; ``ConfirmSignUp`` in the API reference for the error of a trigger that fails.
"""

import importlib
import json
import secrets
from typing import Any

from infra.local.in_emulator.news import News

_SOURCES = {
    "_confirm_sign_up": "PostConfirmation_ConfirmSignUp",
    "_admin_confirm_sign_up": "PostConfirmation_ConfirmSignUp",
    "_confirm_forgot_password": "PostConfirmation_ConfirmForgotPassword",
}


def teach(news: News) -> None:
    """Add the codes and the trigger to the emulator in this process."""
    cognito: Any = importlib.import_module("ministack.services.cognito")
    _teach_codes(cognito, news)
    for name, source in _SOURCES.items():
        setattr(cognito, name, _confirming(cognito, getattr(cognito, name), source))


def _teach_codes(cognito: Any, news: News) -> None:
    send = cognito._send_verification_email

    def sending(pool: Any, username: str, attributes: Any, code: str, attribute_name: str = "email") -> Any:
        user, _ = cognito._resolve_user(pool, username)
        recovery = attribute_name == "password"
        held = "_reset_code" if recovery else "_confirmation_code"
        if user is not None and user.get(held) == code:
            code = user[held] = f"{secrets.randbelow(1_000_000):06}"
        news.add(
            "code",
            {
                "email": (attributes or {}).get("email", ""),
                "code": code,
                "purpose": "password" if recovery else "sign-up",
            },
        )
        return send(pool, username, attributes, code, attribute_name)

    cognito._send_verification_email = sending


def _confirming(cognito: Any, confirm: Any, source: str) -> Any:
    def confirming(data: dict[str, Any]) -> Any:
        answer = confirm(data)
        if answer[0] != 200:
            return answer
        if "UserPoolId" in data:
            pool = cognito._user_pools.get(data["UserPoolId"])
        else:
            pool, _ = cognito._pool_for_client(data.get("ClientId"))
        user, _ = cognito._resolve_user(pool, data.get("Username"))
        if "ConfirmationCode" in data:
            _verify(cognito, pool, user)
        event = _event(cognito, pool, user, data, source)
        failure = _fired(pool, event)
        if failure is None:
            return answer
        said = f"PostConfirmation failed with error {failure}."
        return cognito.error_response_json("UserLambdaValidationException", said, 400)

    return confirming


def _verify(cognito: Any, pool: Any, user: Any) -> None:
    """Note that the address is the user's, since they had the code that was sent to it."""
    attributes = cognito._attr_list_to_dict(user["Attributes"])
    if "email" in attributes and "email" in (pool.get("AutoVerifiedAttributes") or []):
        user["Attributes"] = cognito._dict_to_attr_list({**attributes, "email_verified": "true"})


def _event(cognito: Any, pool: Any, user: Any, data: dict[str, Any], source: str) -> dict[str, Any]:
    attributes = cognito._attr_list_to_dict(user["Attributes"])
    metadata = data.get("ClientMetadata")
    return {
        "version": "1",
        "region": pool["Id"].partition("_")[0],
        "userPoolId": pool["Id"],
        "userName": user["Username"],
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": data.get("ClientId")},
        "triggerSource": source,
        "request": {
            "userAttributes": {**attributes, "cognito:user_status": user["UserStatus"]},
            **({"clientMetadata": metadata} if metadata else {}),
        },
        "response": {},
    }


def _fired(pool: Any, event: dict[str, Any]) -> str | None:
    """Invoke the pool's trigger, if it has one. Returns what went wrong, if anything did."""
    arn = (pool.get("LambdaConfig") or {}).get("PostConfirmation")
    if not arn:
        return None
    functions: Any = importlib.import_module("ministack.services.lambda_svc")
    record, config, _ = functions._get_func_record_for_ref(arn)
    if record is None or config is None:
        return "the function does not exist"
    result = functions._execute_function_with_config_scope(
        functions._execution_record_for_config(record, config), event
    )
    if not result.get("error"):
        return None
    body = result.get("body")
    said = body if isinstance(body, dict) else json.loads(body or "{}")
    return str(said.get("errorMessage", "the function failed"))
