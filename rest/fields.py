"""Fields that several resources share: ids, texts, cursors, and versions as entity tags (RFC 9110, 8.8.3)."""

import json
import re
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from parley.chat.conversations import CONVERSATION_PATTERN
from parley.core import pages
from parley.core.errors import BadRequest, TooLarge
from parley.core.ids import CLIENT_ID_PATTERN
from parley.core.lines import is_line

_TAG = re.compile(r'"(\d{1,15})"')
BODY_LIMIT = 128 * 1024
"""The most bytes of a request's body. The largest that a route takes is a message of 8,000 characters: 96 KB if each is
written as two escapes of six bytes."""
ID_PATTERN = CLIENT_ID_PATTERN.removesuffix(r"(?!\n)")
CONVERSATION = CONVERSATION_PATTERN.removesuffix(r"(?!\n)")
# pydantic's regular expressions have no look-around, and their `$` matches only at the very end.


def _one_line(text: str) -> str:
    if not is_line(text):
        raise ValueError("line breaks, control characters and changes of the writing direction are not allowed")
    return text


Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$"), AfterValidator(_one_line)]
"""Text without line breaks or other control characters, by the rule that sign-up goes by."""
Locale = Annotated[str, Field(pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4})?$", description="a BCP 47 tag")]
UserId = Annotated[str, Path(pattern=ID_PATTERN, description="a user id")]
ConversationId = Annotated[str, Path(pattern=CONVERSATION, max_length=160)]
Cursor = Annotated[str, Query(max_length=pages.LONGEST, description="from the page before; none for the first")]
IfMatch = Annotated[str, Header(alias="If-Match", max_length=64, description="the ETag that the change is based on")]


class Shown(BaseModel):
    """What a response contains. Its validator is built when it is first needed, and not at a cold start."""

    model_config = ConfigDict(defer_build=True)


class Closed(BaseModel):
    """A request body. Any other field is refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _few(cls, value: Any) -> Any:
        """Refuse an object with more members than there are fields as a whole, since pydantic would build an error for
        each unknown one: 12,000 of them fit into a body.
        """
        if isinstance(value, dict) and len(value) > len(cls.model_fields):
            unknown = next(name for name in value if name not in cls.model_fields)
            raise ValueError(f"there is no field {unknown[:40]!r}")
        return value


class Page(Shown):
    """A page of a list; if there is a ``cursor``, ask for the next page with it."""

    cursor: str | None = Field(None, description="the cursor of the next page; null if this is the last")


def parse(text: str) -> Any:
    """A request body's JSON.

    Raises:
        TooLarge: it has more than ``BODY_LIMIT`` bytes. This is looked at first, whatever is in it.
        json.JSONDecodeError: it is not JSON, is nested too deeply, or has numbers that are too long to read.
    """
    if len(text) > BODY_LIMIT or len(text.encode(errors="surrogatepass")) > BODY_LIMIT:
        raise TooLarge(f"a body is at most {BODY_LIMIT} bytes")
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
