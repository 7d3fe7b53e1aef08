"""Fields that several resources share: ids, texts, cursors, and versions as entity tags (RFC 9110, 8.8.3)."""

import json
import re
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from parley.chat.conversations import CONVERSATION_PATTERN
from parley.core import pages
from parley.core.errors import BadRequest
from parley.core.ids import CLIENT_ID_PATTERN

_TAG = re.compile(r'"(\d{1,15})"')
ID_PATTERN = CLIENT_ID_PATTERN.removesuffix(r"(?!\n)")
CONVERSATION = CONVERSATION_PATTERN.removesuffix(r"(?!\n)")
# pydantic's regular expressions have no look-around, and their `$` matches only at the very end.

Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
"""Text without line breaks or other control characters."""
Locale = Annotated[str, Field(pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4})?$", description="a BCP 47 tag")]
UserId = Annotated[str, Path(pattern=ID_PATTERN, description="a user id")]
ConversationId = Annotated[str, Path(pattern=CONVERSATION, max_length=160)]
Cursor = Annotated[str, Query(max_length=pages.LONGEST, description="from the previous page; none for the first one")]
IfMatch = Annotated[str, Header(alias="If-Match", max_length=64, description="the ETag that the change is based on")]


class Shown(BaseModel):
    """A response body. Its validator is built when it is first needed, not at a cold start."""

    model_config = ConfigDict(defer_build=True)


class Closed(BaseModel):
    """A request body. Unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Page(Shown):
    """A page of a list; ask for the next one with ``cursor``, if there is one."""

    cursor: str | None = Field(None, description="the cursor of the next page; null if this is the last one")


def parse(text: str) -> Any:
    """Parse a request body's JSON.

    Raises:
        json.JSONDecodeError: it is not JSON, is nested too deeply, or has numbers that are too long to read.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError(str(error), "", 0) from None


def tag(version: int) -> dict[str, str]:
    """The header that names a version."""
    return {"ETag": f'"{version}"'}


def expected(if_match: str) -> int | None:
    """The version named by an If-Match header; None if there is no header, or if any version will do.

    Raises:
        BadRequest: it is not one of our entity tags.
    """
    if if_match in {"", "*"}:
        return None
    named = _TAG.fullmatch(if_match.strip())
    if named is None:
        raise BadRequest("If-Match must be an ETag that was answered here")
    return int(named[1])
