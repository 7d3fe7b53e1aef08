"""Errors as problem documents (RFC 9457) with the domain's codes, and the only table from a code to an HTTP status."""

from math import ceil
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from msgspec.json import encode
from pydantic import BaseModel, Field

from parley.core.errors import BadRequest, NotFound, ParleyError, Unavailable
from parley.runtime.telemetry import Telemetry

_TOLD = 20
# How many things wrong with one request are reported. All of them could be more than a function may return.
CONTENT_TYPE = "application/problem+json"
STATUS = {
    "bad_request": 400,
    "unauthorized": 401,
    "token_expired": 401,
    "forbidden": 403,
    "blocked": 403,
    "not_found": 404,
    "conflict": 409,
    "not_ready": 409,
    "archived": 409,
    "stale": 412,
    "too_large": 413,
    "unsupported": 415,
    "rate_limited": 429,
    "unavailable": 503,
}


_ALWAYS = ("unauthorized", "forbidden", "bad_request", "rate_limited", "unavailable")
# What every route may refuse with.


class Invalid(BaseModel):
    """One thing that is wrong with a request."""

    at: str = Field(description="where: body, query, path or header, and the field")
    why: str


class Problem(BaseModel):
    """What went wrong. `code` does not change; `detail` is for developers and may change."""

    type: str = Field("about:blank", description="RFC 9457: the HTTP status says it all")
    title: str
    status: int
    code: str
    detail: str
    retryable: bool = Field(description="whether the same request may succeed if it is repeated")
    errors: list[Invalid] = Field(default=[], description="with bad_request, what is wrong and where")
    current: dict[str, Any] | None = Field(None, description="with conflict, what is stored instead")
    tail: int | None = Field(None, description="with conflict in a conversation, the newest seq")


class Told(BaseModel):
    """What API Gateway itself says if there is no valid token, or if its limits are exceeded."""

    message: str


def responses(
    model: type[BaseModel] | None, *codes: str, status: int = 200, tagged: bool = False
) -> dict[int, OpenAPIResponse]:
    """A route's possible responses, for the OpenAPI document. ``docs.openapi`` adds those that every route has.

    Args:
        model: the model of the body on success; None for no body.
        codes: the error codes of this route, besides those that every route has.
        status: the status on success.
        tagged: whether an ETag comes with the response.
    """
    done: OpenAPIResponse = {"description": (model.__doc__ or "").split("\n")[0] if model else "Done."}
    if model:
        done["content"] = {"application/json": {"model": model}}
    if tagged:
        done["headers"] = {"ETag": {"description": "the version, for If-Match", "schema": {"type": "string"}}}
    refused = sorted({STATUS[c] for c in (*_ALWAYS, *codes)})
    problem: OpenAPIResponse = {"description": "", "content": {CONTENT_TYPE: {"model": Problem}}}
    return {status: done} | {
        s: {**problem, "description": ", ".join(c for c, known in STATUS.items() if known == s)} for s in refused
    }


def handle(app: APIGatewayHttpResolver, telemetry: Telemetry) -> None:
    """Answer every possible error in one form."""

    @app.exception_handler(ParleyError)
    def refused(error: ParleyError) -> Response[Any]:
        telemetry.refused(error.code)
        return answer(error)

    @app.exception_handler(RequestValidationError)
    def invalid(error: RequestValidationError) -> Response[Any]:
        telemetry.refused(BadRequest.code)
        wrong = error.errors()[:_TOLD]
        errors = [Invalid(at=".".join(str(p) for p in e["loc"])[:200], why=str(e["msg"])[:200]) for e in wrong]
        return answer(BadRequest("the request is not as it is described"), errors=errors)

    @app.exception_handler(RequestUnsupportedContentType)
    def unsupported(_: RequestUnsupportedContentType) -> Response[Any]:
        telemetry.refused("unsupported")
        return _response(415, "unsupported", "send application/json", retryable=False)

    @app.not_found
    def unknown(_: NotFoundError) -> Response[Any]:
        telemetry.refused(NotFound.code)
        return answer(NotFound("no such resource, or not with this method"))

    @app.exception_handler(Exception)
    def failed(error: Exception) -> Response[Any]:
        telemetry.failed(error, code=Unavailable.code)
        return answer(Unavailable("something went wrong on our side", retry_after=1))


def bare(error: ParleyError) -> dict[str, Any]:
    """The problem document of an error as the function's own answer, for a request that the resolver never gets."""
    made = answer(error)
    headers = {"Content-Type": CONTENT_TYPE, **made.headers}
    return {"statusCode": made.status_code, "headers": headers, "body": made.body, "isBase64Encoded": False}


def answer(error: ParleyError, errors: list[Invalid] | None = None) -> Response[Any]:
    """The problem document of an error."""
    more: dict[str, Any] = {}
    if errors:
        more["errors"] = [e.model_dump() for e in errors]
    if error.tail is not None:
        more["tail"] = error.tail
    if error.current is not None:
        more["current"] = error.current
    headers = {} if error.retry_after is None else {"Retry-After": str(max(ceil(error.retry_after), 1))}
    return _response(STATUS[error.code], error.code, error.message, retryable=error.retryable, headers=headers, **more)


def _response(
    status: int, code: str, detail: str, *, retryable: bool, headers: dict[str, str] | None = None, **more: Any
) -> Response[Any]:
    body = {
        "type": "about:blank",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        "retryable": retryable,
        **more,
    }
    return Response(status_code=status, content_type=CONTENT_TYPE, body=encode(body).decode(), headers=headers or {})
