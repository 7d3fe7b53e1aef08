"""Who may connect: verifies the access token at the upgrade, and vouches for its bearer on every later frame."""

import os
import time
from collections.abc import Callable
from typing import Any

from parley.core.errors import ParleyError, Unauthorized
from parley.core.ids import is_client_id
from parley.runtime.settings import Settings
from parley.runtime.telemetry import Telemetry
from realtime.events import PROTOCOL, AuthorizerContext, Event, header, offered_protocols
from realtime.tokens import KeySet, Verifier, fetch_json


def authorize(event: Event, verifier: Verifier, telemetry: Telemetry, now: int) -> dict[str, Any]:
    """The policy that API Gateway asks for: Allow, with who the client is, or Deny, which the client sees as a 403.

    Raises:
        Unavailable: the pool's keys could not be fetched. The client sees a 500, and may try again.
    """
    connection = event["requestContext"]["connectionId"]
    telemetry.correlate(connection=connection)
    try:
        session = verifier.verify(_token(event), _device(event, connection), connection, now)
    except ParleyError as error:
        telemetry.refused(error.code, reason=error.message)
        if error.code == "unavailable":
            raise
        return _policy(event, "Deny", "nobody")
    context = AuthorizerContext(
        user=session.user, role=session.role, device=session.device, expires=str(session.expires)
    )
    return _policy(event, "Allow", session.user) | {"context": context}


def _token(event: Event) -> str:
    """The token. It is looked for beside the sub-protocol, then in Authorization, and last in the query string."""
    beside = [p for p in offered_protocols(event) if p != PROTOCOL]
    if beside:
        return beside[0]
    scheme, _, bearer = header(event, "authorization").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return bearer.strip()
    in_query: str | None = (event.get("queryStringParameters") or {}).get("token")
    if not in_query:
        raise Unauthorized("there is no token")
    return in_query


def _device(event: Event, connection: str) -> str:
    """The device that the client names. Without a name, each of its sockets counts as a device of its own."""
    named: str | None = (event.get("queryStringParameters") or {}).get("device")
    if not named:
        return connection
    if not is_client_id(named):
        raise Unauthorized("the device id is not valid")
    return named


def _policy(event: Event, effect: str, principal: str) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": principal, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def __getattr__(name: str) -> Callable[[Event, object], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    telemetry = Telemetry.start()
    settings = Settings(os.environ)
    keys = KeySet(lambda: fetch_json(settings.keys_url))
    verifier = Verifier(keys, settings.issuer, settings.user_pool_client)
    return lambda event, _: authorize(event, verifier, telemetry, time.time_ns() // 1_000_000)
