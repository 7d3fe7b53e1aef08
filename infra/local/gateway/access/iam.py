"""The small part of IAM's policy language that API Gateway evaluates itself.

Sources: "IAM JSON policy elements reference" in the IAM user guide; "Using resource-based policies for Lambda" in the
Lambda developer guide, for what ``AWS::Lambda::Permission`` creates.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_SERVICE = "apigateway.amazonaws.com"
_SOURCE = "aws:sourcearn"


def several(value: Any) -> list[Any]:
    """Return a policy's element as a list, which it may already be."""
    return value if isinstance(value, list) else [value]


def matches(pattern: str, arn: str) -> bool:
    """Match with wildcards: ``*`` for any text, ``?`` for one character."""
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern), arn) is not None


def may_invoke(policy: str, source: str) -> bool:
    """Return whether a function's policy lets API Gateway invoke it for ``source``, a route's or authorizer's ARN."""
    return any(_lets(statement, source) for statement in several(json.loads(policy)["Statement"]))


def _lets(statement: Mapping[str, Any], source: str) -> bool:
    principal = statement.get("Principal")
    services = several(principal.get("Service", [])) if isinstance(principal, dict) else several(principal)
    if statement["Effect"] != "Allow" or not {_SERVICE, "*"} & set(services):
        return False
    if not {"lambda:InvokeFunction", "lambda:*", "*"} & set(several(statement["Action"])):
        return False
    conditions = [(k.lower(), v) for test in statement.get("Condition", {}).values() for k, v in test.items()]
    return all(key == _SOURCE and any(matches(p, source) for p in several(wanted)) for key, wanted in conditions)
