"""What is watched of an environment, and who is told: the ``monitoring`` part of its file. All of it is off by default,
because it costs money while nobody talks (docs/operations.md, "Alarms").
"""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _address(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        raise ValueError(f"must be an e-mail address, and is {text!r}")
    return text


_UserId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="a user's id")]


class Monitoring(BaseModel):
    """The parameters of the alarms and the dashboard, which ``infra/templates/parley.yaml`` explains."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    alarm_email: Annotated[str, Field(max_length=320), AfterValidator(_address)] = ""
    """Who gets the alarms, once they have confirmed the mail that SNS sends them; empty for no alarms."""
    canary: Annotated[tuple[_UserId, ...], Field(min_length=2, max_length=2)] | None = None
    """The ids of the two users who write to each other every five minutes, as ``infra.canary`` has made them."""
    budget_usd: Annotated[int, Field(ge=0)] = 0
    """What the environment may cost in a month before a mail says so; 0 for no budget. It needs ``alarm_email``."""
    dashboard: bool = False
    read_units_a_day: Annotated[int, Field(ge=1)] = 10_000_000
    """A million cost $0.125."""
    anomaly_alarms: bool = False
    quota_alarms: bool = False
    tracing: bool = False
    """Whether functions send traces to X-Ray: Lambda takes one in a second and 5 % of others, and a million cost $5."""
    lambda_concurrency: Annotated[int, Field(ge=10)] = 1_000
    """What the account has, as ``infra.capacity --account`` reads it. A new account may have 10."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.budget_usd and not self.alarm_email:
            raise ValueError("budget_usd: without alarm_email there is nobody to write to")
        return self

    def parameters(self) -> dict[str, str]:
        """Return the parameters for CloudFormation."""
        return {
            "AlarmEmail": self.alarm_email,
            "CanaryUsers": ",".join(self.canary or ()),
            "BudgetUsd": str(self.budget_usd),
            "Dashboard": str(self.dashboard).lower(),
            "ReadUnitsADay": str(self.read_units_a_day),
            "AnomalyAlarms": str(self.anomaly_alarms).lower(),
            "QuotaAlarms": str(self.quota_alarms).lower(),
            "Tracing": str(self.tracing).lower(),
            "LambdaConcurrency": str(self.lambda_concurrency),
        }
