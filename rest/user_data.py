"""``/me/data``: what an app keeps for its user, the same on all their devices."""

from collections.abc import Callable
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from parley.accounts import user_data
from parley.chat.fields import MAX_SEQ
from parley.core.errors import BadRequest
from rest.caller import Caller
from rest.fields import ID_PATTERN, Closed, Cursor, IfMatch, Page, Shown, expected, tag
from rest.problems import responses

Key = Annotated[str, Path(pattern=ID_PATTERN, description="1–64 of A–Z a–z 0–9 _ -")]
Since = Annotated[int, Query(ge=0, le=MAX_SEQ, description="the version that is known; 0 for everything")]
IfNoneMatch = Annotated[str, Header(alias="If-None-Match", pattern=r"^\*?$", description="`*`: only if there is none")]


class Datum(Shown):
    """One key and its value."""

    key: str
    version: int = Field(description="the user's count of changes when it was written")
    deleted: bool
    value: Any = Field(None, description="any JSON; null if it is deleted")


class Changes(Page):
    """What has changed, by ascending version."""

    changes: list[Datum]
    version: int = Field(description="what to send as `since` next time, once there are no more pages")
    reset: bool = Field(description="whether the listing starts over with this page: forget what you hold")


class Kept(Closed):
    """What to keep."""

    value: Any = Field(..., description="any JSON: at most 16 KB and 32 levels")


def router(ports: user_data.Ports, clock: Callable[[], int]) -> APIGatewayHttpRouter:
    """The routes."""
    routes = APIGatewayHttpRouter()

    @routes.get("/me/data", tags=["data"], responses=responses(Changes))
    def list_data(caller: Caller, since: Since = 0, cursor: Cursor = "") -> Changes:
        """What has changed after a version, including deletions. On further pages the cursor replaces `since`."""
        page = user_data.since(caller, since, cursor, ports)
        return Changes(
            changes=[Datum(**user_data.shown(d)) for d in page.changes],
            version=page.version,
            reset=page.reset,
            cursor=page.cursor or None,
        )

    @routes.put("/me/data/<key>", tags=["data"], responses=responses(Datum, "conflict", "too_large", tagged=True))
    def put_data(
        caller: Caller, key: Key, body: Kept, if_match: IfMatch = "", if_none_match: IfNoneMatch = ""
    ) -> Response[Datum]:
        """Keep a value. It replaces the version in If-Match (`*`: any); with If-None-Match `*` it must be the first."""
        datum = user_data.put(caller, key, body.value, _based_on(if_match, if_none_match), clock(), ports)
        shown = Datum(**user_data.shown(datum))
        return Response(status_code=200, content_type="application/json", body=shown, headers=tag(datum.version))

    @routes.delete("/me/data/<key>", tags=["data"], responses=responses(None, "conflict", status=204))
    def delete_data(caller: Caller, key: Key, if_match: IfMatch = "") -> Response[None]:
        """Delete a value. Without If-Match any version is deleted. Repeating it changes nothing."""
        user_data.remove(caller, key, expected(if_match), clock(), ports)
        return Response(status_code=204)

    return routes


def _based_on(if_match: str, if_none_match: str) -> int | None:
    """The version that a value replaces: 0 for none, None for any.

    Raises:
        BadRequest: not exactly one of the two headers is given, so the change might hide another device's.
    """
    if bool(if_match) == bool(if_none_match):
        raise BadRequest("send either If-Match, with an ETag or *, or If-None-Match: *")
    return 0 if if_none_match else expected(if_match)
