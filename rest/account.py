"""``/me``: having the account erased, cancelling that, and exporting everything about the caller as one archive."""

from collections.abc import Callable
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends, Request, Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel, Field

from parley.accounts import deletion_requests, exports
from parley.accounts.model import DeletionRequest
from parley.accounts.resource import Ports
from rest.caller import Caller
from rest.problems import responses

_JSON = "application/json"
_SOON = {"Retry-After": "10"}


class Deletion(BaseModel):
    """An account that is to be erased."""

    asked: int = Field(description="when it was requested, in ms")
    due: int = Field(description="when the erasure begins, in ms; until then, `POST /me/restore` cancels it")
    begun: bool = Field(description="whether the erasure has begun and can no longer be cancelled")


class Making(BaseModel):
    """The archive is being made: ask again after Retry-After."""

    asked: int = Field(description="when it was requested, in ms")


class Export(BaseModel):
    """Everything about the caller, as a zip archive."""

    url: str = Field(description="where it can be downloaded by anyone who has this address, for 5 minutes")
    size: int = Field(description="in bytes")
    made: int = Field(description="when it was made, in ms")


def _username(request: Request) -> str:
    """The identity provider's name for the caller, which differs from the user id if they signed in by federation."""
    claims = request.resolved_event["requestContext"]["authorizer"]["jwt"]["claims"]
    return str(claims.get("username") or claims["sub"])


Username = Annotated[str, Depends(_username)]


def router(ports: Ports, clock: Callable[[], int]) -> APIGatewayHttpRouter:
    """The routes."""
    routes = APIGatewayHttpRouter()

    @routes.delete("/me", tags=["account"], responses=responses(Deletion, "not_found", status=202))
    def delete_me(caller: Caller, username: Username) -> Response[Deletion]:
        """Have the account erased in 7 days. Repeating the request does not postpone the erasure."""
        return _deletion(202, deletion_requests.leave(caller, username, clock(), ports.accounts))

    @routes.get("/me/deletion", tags=["account"], responses=responses(Deletion, "not_found"))
    def read_deletion(caller: Caller) -> Response[Deletion]:
        """Read when the account is to be erased. The status is 404 if it is not."""
        return _deletion(200, deletion_requests.noted(caller, ports.accounts))

    @routes.post("/me/restore", tags=["account"], responses=responses(None, status=204))
    def restore_me(caller: Caller) -> Response[None]:
        """Cancel the erasure of the account. This is no longer possible once the erasure has begun."""
        deletion_requests.stay(caller, ports.accounts)
        return Response(status_code=204)

    answers = responses(Export, "not_found") | responses(Making, status=202)

    @routes.get("/me/export", tags=["account"], responses=answers)
    def export_me(caller: Caller, username: Username) -> Response[Export | Making]:
        """Export everything about the caller as one archive.

        The first request has the archive made; once it is a day old, the next request has a new one made.
        """
        found = exports.ask(caller, username, clock(), ports.exports)
        if not found.made:
            return Response(202, _JSON, Making(asked=found.asked), headers=_SOON)
        url = ports.exports.files.link(found.key, exports.LINK_S)
        return Response(200, _JSON, Export(url=url, size=found.size, made=found.made))

    return routes


def _deletion(status: int, noted: DeletionRequest) -> Response[Deletion]:
    body = Deletion(asked=noted.asked, due=noted.due, begun=noted.stage != "waiting")
    return Response(status_code=status, content_type=_JSON, body=body)
