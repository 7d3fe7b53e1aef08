"""What an environment costs in a month in which nobody talks, from the templates as its file resolves them.

``make idle ENV=<environment> [JSON=1]``, or ``python -m infra.capacity.idle <environment> [--json]``. ``make deploy``
prints the same. The prices are those of ``prices.json`` and ``standing.json``, in us-east-1, and no free tier is
counted.

A type of resource has its place either in ``_CHARGED`` or in ``_FREE``. One that is in neither is an error, so that
nothing can be added to the templates without a thought about what it costs.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from infra import templates
from infra.capacity import figures, prices
from infra.capacity.usage import Usage
from infra.deploy import command
from infra.environment import Environment, load
from infra.evaluation import there
from infra.flattening import flatten

FILE = Path(__file__).with_name("standing.json")
_MINUTES = 30.4 * 24 * 60
_UNITS = {"minute": 1, "hour": 60, "day": 24 * 60}
_RUN = Usage(lambda_requests=1, read_units=2, log_gb=500e-9)
_RUN_S = 1.0
# A run that finds nothing to do: two queries, at most a line, and less than a second.
_MEMORY_MB = 256
_CANARY, _CANARY_S, _CANARY_METRICS = "CanaryFunction", 3.0, 9
# It signs in twice, which is slow. Its three metrics are kept, and so are Connects, Disconnects, Sends, Deliveries,
# Marks and Notified, which nobody else would keep alive.
_BAND_METRICS = 3
# An alarm on an anomaly reads the metric and both ends of its band.


class Standing(Struct, frozen=True, forbid_unknown_fields=True):
    """The price of having something for a month, whether it is used or not."""

    usd: float
    unit: str
    source: str


class Prices(Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, in one Region, as they were on one day."""

    date: str
    region: str
    prices: dict[str, Standing]


class Charge(NamedTuple):
    """What a resource costs in an idle month, in US dollars."""

    resource: str
    what: str
    usd: float


STANDING = msgspec.json.decode(FILE.read_bytes(), type=Prices).prices
_USED = prices.load()

_ANYWHERE = {
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/parley/0a1b2c3d-0000-1111-2222-0a1b2c3d4e5f"
}
# Part of names, which cost nothing.

_Resources = Mapping[str, Mapping[str, Any]]
_Items = Mapping[str, float]
"""Numbers of what has a price in ``standing.json``."""


class Unpriced(Exception):
    """A resource's type, or its schedule, is not known here. The message is one readable line."""


def _alarm(properties: Mapping[str, Any]) -> _Items:
    read = sum("MetricStat" in query for query in properties.get("Metrics", [])) or 1
    return {"alarm_metric": _BAND_METRICS if "ThresholdMetricId" in properties else read}


def _endpoint(properties: Mapping[str, Any]) -> _Items:
    interface = properties.get("VpcEndpointType", "Gateway") == "Interface"
    return {"interface_endpoint": len(properties["SubnetIds"])} if interface else {}


_CHARGED: Mapping[str, Callable[[Mapping[str, Any]], _Items]] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::CompositeAlarm": lambda _: {"composite_alarm": 1},
    "AWS::CloudWatch::Dashboard": lambda _: {"dashboard": 1},
    "AWS::KMS::Key": lambda _: {"key": 1},
    "AWS::KMS::ReplicaKey": lambda _: {"key": 1},
    "AWS::SecretsManager::Secret": lambda _: {"secret": 1},
    "AWS::Budgets::Budget": lambda _: {"budget": 1},
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::EC2::NatGateway": lambda _: {"nat_gateway": 1},
    "AWS::EC2::EIP": lambda _: {"address": 1},
    "AWS::WAFv2::WebACL": lambda p: {"web_acl": 1, "web_acl_rule": len(p.get("Rules", []))},
}
"""What bills while it is there."""
_SCHEDULED = frozenset({"AWS::Events::Rule", "AWS::Scheduler::Schedule"})
"""What runs by the clock, whoever talks: paid for by the runs."""
_FREE = frozenset({
    # Names, rights, and parts of something else.
    "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::Lambda::Permission", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy", "AWS::KMS::Alias", "AWS::Logs::LogStream",
    "AWS::Logs::MetricFilter",  # the metrics that it makes are charged for, while there are values
    "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup",  # free on Lambda
    # Paid for by call, event or byte. Lambda reads DynamoDB's streams at no charge.
    "AWS::Serverless::Function", "AWS::Lambda::EventSourceMapping", "AWS::KinesisFirehose::DeliveryStream",
    "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Athena::NamedQuery", "AWS::Athena::WorkGroup",
    "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::IntegrationResponse",
    "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::RouteResponse", "AWS::ApiGatewayV2::Stage",
    "AWS::CloudFront::Distribution", "AWS::CloudFront::Function", "AWS::CloudFront::KeyGroup",
    "AWS::CloudFront::OriginAccessControl", "AWS::CloudFront::PublicKey", "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudFront::CachePolicy",
    # Paid for by what is stored: empty ones are free, with their backups. Tables are on demand.
    "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::Glue::Database", "AWS::Glue::Table",
    "AWS::Backup::BackupPlan", "AWS::Backup::BackupSelection", "AWS::Backup::BackupVault",
    # Paid for by active user.
    "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolGroup", "AWS::Cognito::UserPoolIdentityProvider", "AWS::Cognito::IdentityPool",
    "AWS::Cognito::IdentityPoolPrincipalTag", "AWS::Cognito::IdentityPoolRoleAttachment",
    # A network without traffic.
    "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::RouteTable",
    "AWS::EC2::Route", "AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::VPCPeeringConnection",
})  # fmt: skip


def bill(environment: Environment) -> tuple[Charge, ...]:
    """Return what an environment costs while nobody talks, the most expensive first.

    Raises:
        Unpriced: the templates have something that this does not know.
    """
    template = _flat(tuple(sorted(environment.numbers().items())))
    defaults = {name: p.get("Default", "") for name, p in template["Parameters"].items()}
    made = there(template, {**defaults, **_ANYWHERE, **environment.parameters()})
    return charges(made)


@cache
def _flat(numbers: tuple[tuple[str, int], ...]) -> templates.Template:
    """Return the whole template. Reading it takes a second."""
    return flatten(templates.load(numbers=dict(numbers)))


def charges(made: _Resources) -> tuple[Charge, ...]:
    """Return what these resources cost, by their logical ids."""
    found = [charge for name, resource in made.items() for charge in _of(name, resource, made)]
    return tuple(sorted(found, key=lambda charge: -charge.usd))


def total(found: Iterable[Charge]) -> float:
    """Return US dollars a month."""
    return sum(charge.usd for charge in found)


def _of(name: str, resource: Mapping[str, Any], made: _Resources) -> list[Charge]:
    kind, properties = resource["Type"], resource["Properties"]
    if kind in _CHARGED:
        items = _CHARGED[kind](properties)
        return [Charge(name, STANDING[what].unit, STANDING[what].usd * n) for what, n in items.items() if n]
    if kind in _SCHEDULED:
        return [_runs(name, properties, made)]
    if kind not in _FREE:
        raise Unpriced(f"{name}: what a {kind} costs while nobody talks is not in infra/capacity/idle.py")
    return []


def _runs(name: str, properties: Mapping[str, Any], made: _Resources) -> Charge:
    targets = properties["Targets"] if "Targets" in properties else [properties["Target"]]
    often = times_a_month(properties["ScheduleExpression"])
    usd = 0.0
    for target in targets:
        logical = _logical(target["Arn"])
        if logical == _CANARY:
            usd += _USED.marginal(_canary_run() * often + Usage(metrics=_CANARY_METRICS))
            continue
        function = made.get(logical, {}).get("Properties", {})
        memory = function.get("MemorySize", _MEMORY_MB)
        run = _RUN + Usage(lambda_gb_seconds=memory / 1024 * _RUN_S)
        usd += _USED.marginal(run * often)
    return Charge(name, "run by the clock", usd)


def _canary_run() -> Usage:
    """Return what a run of the canary uses: both users' sockets, a message with its marks, and its function."""
    shipped = figures.load(figures.SHIPPED)
    own = Usage(lambda_requests=1, lambda_gb_seconds=_MEMORY_MB / 1024 * _CANARY_S, log_gb=500e-9)
    return shipped.session * 2 + shipped.small_dm + own


def _logical(arn: Any) -> str:
    """Return the logical id of the resource that an ARN in a template is of."""
    name = arn["Fn::GetAtt"][0] if isinstance(arn, dict) else str(arn)
    return name.partition(".")[0]


def times_a_month(schedule: str) -> float:
    """Return how often a schedule of EventBridge is due.

    Raises:
        Unpriced: it is neither a rate nor a time of every day, hour or week.
    """
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule):
        return _MINUTES / (int(rate[1]) * _UNITS[rate[2]])
    if cron := re.fullmatch(r"cron\(\d+ (\*|\d+) (\S+) (\S+) (\S+) \*\)", schedule):
        hour, day, month, weekday = cron.groups()
        if month == "*" and day in "*?" and weekday in "*?":
            return _MINUTES / (60 if hour == "*" else 24 * 60)
        if month == "*" and hour != "*":  # one day of the week or the month
            return _MINUTES / (7 * 24 * 60) if day in "*?" else 1.0
    raise Unpriced(f"how often {schedule} is due is not known to infra/capacity/idle.py")


def text(name: str, found: Sequence[Charge]) -> str:
    """Return the bill for people to read: the total, and a line for each kind of charge."""
    lines = [f"{name} costs {_usd(total(found))} a month while nobody talks (us-east-1, no free tier counted)"]
    numbers, sums = Counter(charge.what for charge in found), Counter[str]()
    for charge in found:
        sums[charge.what] += charge.usd  # type: ignore[assignment]  # a sum of dollars
    lines += [f"  {_usd(usd):>12}  {numbers[what]} × {what}" for what, usd in sums.most_common()]
    return "\n".join(lines)


def _usd(amount: float) -> str:
    return "under $0.01" if 0 < amount < 0.01 else f"${amount:.2f}"


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = command.Parser(prog="make idle ENV=…", description="What an environment costs while nobody talks")
    parser.add_argument("environment", help="a file in infra/environments, without .json")
    parser.add_argument("--json", action="store_true", help="each charge, for other programs")
    options = parser.parse_args(arguments)

    def show() -> None:
        found = bill(load(options.environment))
        if options.json:
            print(json.dumps({"usd": round(total(found), 4), "charges": [c._asdict() for c in found]}, indent=2))
        else:
            print(text(options.environment, found))

    return command.run("idle", show)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
