"""What an account really has of the quotas that ``infra.capacity.quotas`` assumes, and what else it may not do yet.

Where a service has a call of its own for a limit, that is used. Otherwise it is Service Quotas, in which a quota is
found by its name, because a name can be read and checked in the console and a code cannot.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

if TYPE_CHECKING:
    import boto3

_COGNITO_A_DAY = 50
"""Source: "Email settings for Amazon Cognito user pools" in the Cognito developer guide."""
_NAMED: Mapping[str, tuple[str, str]] = {
    "connects": ("apigateway", "websocket new connections rate"),
    "pushes": ("sns", "messages published per second"),
    "sign_ins": ("cognito-idp", "userauthentication"),
}
"""By figure: the service, and a part of the quota's name in Service Quotas, in lower case. The names are those that
``ListServiceQuotas`` returns, as the developer guides link to them (L-9ED1E49A, L-F8E2BA85, L-026ADBA3).
"""


class Account(Struct, frozen=True):
    """What was found. ``figures`` are by the names in ``Quota.in_account``."""

    figures: dict[str, float]
    notes: list[str]
    """One line for each thing that would stop users before any rate does, and for each limit that could not be read."""


def read(session: "boto3.Session", *, own_sender: bool, phone: bool) -> Account:
    """Read an account's limits. A call that is refused costs its own figure only, and is noted.

    Args:
        session: of the account and Region.
        own_sender: whether SES sends Cognito's e-mails.
        phone: whether users may sign up by phone.
    """
    figures: dict[str, float] = {}
    notes: list[str] = []

    def ask(what: str, call: Callable[[], Mapping[str, float]]) -> None:
        try:
            figures.update(call())
        except ClientError as error:
            notes.append(f"{what}: not readable ({error.response.get('Error', {}).get('Code', 'refused')})")
        except BotoCoreError as error:
            notes.append(f"{what}: not readable ({type(error).__name__})")

    ask("Lambda's concurrency", lambda: _lambda(session.client("lambda").get_account_settings()))
    ask("API Gateway's requests", lambda: _gateway(session.client("apigateway").get_account()))
    ask("DynamoDB's limits", lambda: _dynamodb(session.client("dynamodb").describe_limits()))
    for figure, (service, name) in _NAMED.items():
        ask(f"{service}: {name}", lambda figure=figure, service=service, name=name: {  # type: ignore[misc]
            figure: _named(session, service, name)
        })  # fmt: skip
    if own_sender:
        ask("SES", lambda: _ses(session.client("sesv2").get_account(), notes))
    else:
        notes.append(f"Cognito's own sender: {_COGNITO_A_DAY} e-mails a day, and so as many sign-ups (sign_in.email)")
    if phone:
        ask("SMS", lambda: _sms(session.client("sns"), notes))
    return Account(figures, notes)


def _lambda(told: Any) -> Mapping[str, float]:
    return {"concurrency": told["AccountLimit"]["ConcurrentExecutions"]}


def _gateway(told: Any) -> Mapping[str, float]:
    return {"requests": told["throttleSettings"]["rateLimit"]}


def _dynamodb(told: Any) -> Mapping[str, float]:
    return {"table_reads": told["TableMaxReadCapacityUnits"], "table_writes": told["TableMaxWriteCapacityUnits"]}


def _ses(told: Any, notes: list[str]) -> Mapping[str, float]:
    quota = told["SendQuota"]
    sandbox = "" if told["ProductionAccessEnabled"] else ", to verified addresses only (ask for production access)"
    notes.append(f"SES: {quota['Max24HourSend']:,.0f} e-mails a day, {quota['MaxSendRate']:g} a second{sandbox}")
    return {}


def _sms(sns: Any, notes: list[str]) -> Mapping[str, float]:
    limit = sns.get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"].get("MonthlySpendLimit", "1")
    sandbox = sns.get_sms_sandbox_account_status()["IsInSandbox"]
    only = ", to verified numbers only (sandbox: ask to leave it)" if sandbox else ""
    notes.append(f"SMS: ${limit} a month{only}")
    return {}


def _named(session: "boto3.Session", service: str, name: str) -> float:
    """The account's value of a quota, or AWS's default if the account has none of its own.

    Raises:
        BotoCoreError: there is no quota with that name.
    """
    client = session.client("service-quotas")
    for call in ("list_service_quotas", "list_aws_default_service_quotas"):
        for page in client.get_paginator(call).paginate(ServiceCode=service):
            for quota in page["Quotas"]:
                if name in quota["QuotaName"].lower():
                    return float(quota["Value"])
    raise NoSuchQuota


class NoSuchQuota(BotoCoreError):
    """Service Quotas lists no quota with that name."""

    fmt = "there is no such quota"
