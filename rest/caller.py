"""Who is asking, as the API's JWT authorizer vouches for it."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Depends, Request

from parley.core.errors import Unauthorized
from parley.core.ids import is_client_id
from parley.core.session import Session, role_of


def session_of(request: Request) -> Session:
    """The caller. A request has no socket, so ``connection`` and ``device`` are empty.

    Source: "Control access to HTTP APIs with JWT authorizers" in the API Gateway developer guide. The authorizer
    verifies signature, issuer, expiry and client, but not that the token is an access token, or what groups it names.

    Raises:
        Unauthorized: the token is of another kind.
    """
    context: dict[str, Any] = request.resolved_event["requestContext"]
    claims: dict[str, Any] = context.get("authorizer", {}).get("jwt", {}).get("claims") or {}
    user = str(claims.get("sub", ""))
    if claims.get("token_use") != "access" or not is_client_id(user):
        raise Unauthorized("this is not an access token")
    expires = int(float(claims.get("exp", 0))) * 1000
    return Session(
        user=user, role=role_of(_groups(claims.get("cognito:groups"))), device="", connection="", expires=expires
    )


Caller = Annotated[Session, Depends(session_of)]
"""The parameter with which a route gets the caller."""


def _groups(claim: Any) -> list[str]:
    """The groups that a claim names. API Gateway passes a list on as text: ``[consumer provider]``."""
    return claim if isinstance(claim, list) else str(claim or "").strip("[]").replace(",", " ").split()
