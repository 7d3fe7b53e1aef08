"""AWS's default limits on an account in one Region, before any increase is requested, and our own throttles.

They were compared with their sources in November 2026, except for SNS's, whose table was not available. A new account
may have lower ones (Lambda says so of its concurrency): ``infra.capacity.account`` reads what an account really has.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from infra.capacity.demand import Rates
from infra.environment import Environment


class Quota(Struct, frozen=True):
    """A limit on one of ``Rates``."""

    rate: str
    name: str
    limit: float
    remedy: str
    source: str
    in_account: str = ""
    """The figure of ``infra.capacity.account`` that says what an account has; empty where AWS has no call for it."""


_GATEWAY = "API Gateway developer guide, "
_DYNAMODB = "DynamoDB developer guide, "

AWS = (
    Quota("connects", "API Gateway: new connections a second", 500, "raise the quota",
          _GATEWAY + "Quotas for configuring and running a WebSocket API", "connects"),
    Quota("storm_connects", "API Gateway: while all reconnect", 500, "raise the quota, or wait longer",
          _GATEWAY + "Quotas for configuring and running a WebSocket API", "connects"),
    Quota("requests", "API Gateway: requests and posts a second", 10_000, "raise the quota",
          _GATEWAY + "Amazon API Gateway quotas", "requests"),
    Quota("concurrency", "Lambda: concurrent executions", 1_000, "raise the quota",
          "Lambda developer guide, Lambda quotas; Understanding Lambda function scaling (10 requests a second each)",
          "concurrency"),
    Quota("log_writes", "DynamoDB: Log, writes a second, new table", 4_000, "pre-warm the table before launch",
          _DYNAMODB + "Understanding DynamoDB warm throughput"),
    Quota("log_writes", "DynamoDB: Log, writes a second, any table", 40_000, "raise the quota",
          _DYNAMODB + "Quotas in Amazon DynamoDB", "table_writes"),
    Quota("directory_writes", "DynamoDB: Directory, writes a second, new table", 4_000,
          "pre-warm the table before launch", _DYNAMODB + "Understanding DynamoDB warm throughput"),
    Quota("directory_writes", "DynamoDB: Directory, writes a second, any table", 40_000, "raise the quota",
          _DYNAMODB + "Quotas in Amazon DynamoDB", "table_writes"),
    Quota("reads", "DynamoDB: reads a second, a new table", 12_000,
          "pre-warm the table before launch", _DYNAMODB + "Understanding DynamoDB warm throughput"),
    Quota("reads", "DynamoDB: reads a second, any table", 40_000, "raise the quota",
          _DYNAMODB + "Quotas in Amazon DynamoDB", "table_reads"),
    Quota("pushes", "SNS: publishes a second (us-east-1)", 30_000, "raise the quota",
          "AWS General Reference, Amazon SNS endpoints and quotas", "pushes"),
    Quota("sign_ins", "Cognito: sign-ins and renewed tokens a second", 120, "buy more, or longer-lived tokens",
          "Cognito developer guide, Quotas in Amazon Cognito (UserAuthentication)", "sign_ins"),
)  # fmt: skip


def of(environment: Environment) -> tuple[Quota, ...]:
    """Return AWS's limits, and the throttles that this environment sets itself."""
    file = f"infra/environments/{environment.name}.json"
    return (
        *AWS,
        Quota("frames_in", "our throttle on frames a second", environment.throttle_rate, "throttle_rate", file),
        Quota("connects", "our throttle on new sockets a second", environment.connect_rate, "connect_rate", file),
        Quota("storm_connects", "our throttle, while all reconnect", environment.connect_rate, "connect_rate", file),
    )


def in_account(limits: Sequence[Quota], figures: Mapping[str, float]) -> tuple[Quota, ...]:
    """Return these quotas with the limits that an account has, where they are known."""
    return tuple(structs.replace(q, limit=figures.get(q.in_account, q.limit)) for q in limits)


class Met(Struct, frozen=True):
    """A quota, beside the rate that is asked of it."""

    quota: Quota
    asked: float
    users: float
    """The number of users at which it is reached, all else being equal."""

    @property
    def share(self) -> float:
        """The share of the limit that is used. Above 1, the limit has to be raised."""
        return self.asked / self.quota.limit


def met(rates: Rates, users: float, quotas: Sequence[Quota]) -> list[Met]:
    """Return every quota, those that are reached first at the top. Rates grow in proportion to users."""
    found = []
    for quota in quotas:
        asked = getattr(rates, quota.rate)
        found.append(Met(quota, asked, users * quota.limit / asked if asked else float("inf")))
    return sorted(found, key=lambda m: m.users)
