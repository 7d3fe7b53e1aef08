"""``/reports``: telling the operators about what another user does."""

from collections.abc import Callable
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from parley.chat import fields
from parley.moderation import reports
from parley.runtime.telemetry import Telemetry
from rest.caller import Caller
from rest.fields import CONVERSATION, ID_PATTERN, Closed, Shown
from rest.problems import responses

TEXT_LIMIT = 2_000
"""The most characters that a reporter may write."""


def _or_none(pattern: str) -> str:
    """The pattern, or an empty text: a default must match its field's description, too."""
    return f"^({pattern.removeprefix('^').removesuffix('$')})?$"


class NewReport(Closed):
    """What to report: a `user`, or an entry by `conversation` and `seq`. The same `id` is never stored twice."""

    id: Annotated[str, Field(pattern=ID_PATTERN)]
    reason: reports.Reason
    text: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""
    user: Annotated[str, Field(pattern=_or_none(ID_PATTERN))] = ""
    conversation: Annotated[str, Field(pattern=_or_none(CONVERSATION), max_length=160)] = ""
    seq: Annotated[int, Field(ge=0, le=fields.MAX_SEQ, strict=True)] = 0


class Reported(Shown):
    """A report as it is stored."""

    id: str
    user: str = Field(description="the user whom it is about")
    reason: reports.Reason
    at: int


def router(ports: reports.Ports, telemetry: Telemetry, clock: Callable[[], int]) -> APIGatewayHttpRouter:
    """The routes."""
    routes = APIGatewayHttpRouter()
    refusals = ("not_found", "rate_limited")
    answers = {**responses(Reported, *refusals), **responses(Reported, *refusals, status=201)}

    @routes.post("/reports", tags=["reports"], responses=answers)
    def report(caller: Caller, new: NewReport) -> Response[Reported]:
        """Report a user, or what they wrote. The status is 201 for a new report, 200 for a repeated one."""
        about = reports.About(user=new.user, conversation=new.conversation, seq=new.seq)
        stored, repeated = reports.report(caller, new.id, about, new.reason, new.text, clock(), ports)
        telemetry.tally(Reports=int(not repeated))
        body = Reported(**{name: getattr(stored, name) for name in Reported.model_fields})
        return Response(status_code=200 if repeated else 201, content_type="application/json", body=body)

    return routes
