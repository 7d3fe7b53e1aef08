"""Who is asking, as vouched for by the API's JWT authorizer."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Depends, Request

from parley.core.errors import Forbidden, Unauthorized
from parley.core.ids import is_client_id
from parley.core.session import Role, Session


def session_of(request: Request) -> Session:
    """The caller's session. A request has no socket, so ``connection`` and ``device`` are empty.

    Source: "Control access to HTTP APIs with JWT authorizers" in the API Gateway developer guide. The
    authorizer verifies signature, issuer, expiry and client, but not that the token is an access token, nor which
    groups it names.

    Raises:
        Unauthorized: the token is not an access token.
        Forbidden: the user has no role.
    """
    context: dict[str, Any] = request.resolved_event["requestContext"]
    claims: dict[str, Any] = context.get("authorizer", {}).get("jwt", {}).get("claims") or {}
    user = str(claims.get("sub", ""))
    if claims.get("token_use") != "access" or not is_client_id(user):
        raise Unauthorized("this is not an access token")
    expires = int(float(claims.get("exp", 0))) * 1000
    return Session(user=user, role=_role(claims.get("cognito:groups")), device="", connection="", expires=expires)


Caller = Annotated[Session, Depends(session_of)]
"""The type of a route's parameter that receives the caller."""


def _role(groups: Any) -> Role:
    """The role that the groups give. API Gateway passes a list on as text: ``[consumer provider]``."""
    names = groups if isinstance(groups, list) else str(groups or "").strip("[]").replace(",", " ").split()
    if "provider" in names:
        return "provider"
    if "consumer" in names:
        return "consumer"
    raise Forbidden("the user has no role")
