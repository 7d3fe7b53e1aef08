"""An environment that nobody uses costs next to nothing. What bills is off by default, computed, and written down."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra import templates
from infra.capacity import idle
from infra.domains import Domain, Domains
from infra.environment import DIRECTORY, Environment, load
from infra.firewall import Firewall
from infra.flattening import flatten
from infra.keys import Keys
from infra.legacy_database import LegacyDatabase
from infra.monitoring import Monitoring
from infra.recovery.settings import Recovery, Tables
from infra.sign_in import SignIn
from tests.unit.infra.stub import status

ROOT = Path(__file__).parents[3]
ENVIRONMENTS = sorted(path.stem for path in DIRECTORY.glob("*.json"))
DEV = load("dev")
ALARMED = Monitoring(alarm_email="ops@example.com")
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1"
KEY = "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n"
LEGACY = LegacyDatabase(
    host="db.example.com", database="shop",
    secret_arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:old-AbCdEf",
    vpc_id="vpc-12345678", vpc_cidr="10.0.0.0/16", network_cidr="10.250.0.0/24",
)  # fmt: skip

PARTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Alarms": ({}, {"monitoring": ALARMED}),
    "Anomaly alarms": (
        {"monitoring": ALARMED},
        {"monitoring": ALARMED.model_copy(update={"anomaly_alarms": True})},
    ),
    "Quota alarms": ({"monitoring": ALARMED}, {"monitoring": ALARMED.model_copy(update={"quota_alarms": True})}),
    "Budget": ({"monitoring": ALARMED}, {"monitoring": ALARMED.model_copy(update={"budget_usd": 100})}),
    "Canary": ({"monitoring": ALARMED}, {"monitoring": ALARMED.model_copy(update={"canary": ("w", "r")})}),
    "Dashboard": ({}, {"monitoring": Monitoring(dashboard=True)}),
    "Keys": ({}, {"keys": Keys(messages="create", media="create", archive="create", logs="create")}),
    "Firewall": ({}, {"firewall": Firewall()}),
    "Legacy database": ({}, {"legacy": LEGACY}),
}
"""The parts that bill while nobody talks: what an environment has without and with each of them."""
FREE: dict[str, dict[str, Any]] = {
    "archive_after_days": {"archive_after_days": 180},
    "permissions_boundary_arn": {"permissions_boundary_arn": "arn:aws:iam::123456789012:policy/boundary"},
    "builder_role_arn": {"builder_role_arn": "arn:aws:iam::123456789012:role/team/builder"},
    "apns_application": {"apns_application": "arn:aws:sns:us-east-1:123456789012:app/APNS/shop"},
    "apns_sandbox_application": {
        "apns_sandbox_application": "arn:aws:sns:us-east-1:123456789012:app/APNS_SANDBOX/shop"
    },
    "fcm_application": {"fcm_application": "arn:aws:sns:us-east-1:123456789012:app/GCM/shop"},
    "sign_in": {"sign_in": SignIn(phone=True, google="g", domain="d", callback_urls=("https://x.example",))},
    "domains": {"domains": Domains(http=Domain(name="api.example.com", certificate_arn=ARN))},
    "media_public_key": {"media_public_key": KEY},
    "web_origins": {"web_origins": ("https://app.example.com",)},
    "uploads_concurrency": {"uploads_concurrency": 20},
    "exports_concurrency": {"exports_concurrency": 5},
    "gradual_deployments": {"gradual_deployments": True},
    "analytics": {"analytics": True},
    "recovery": {"recovery": Recovery(region="eu-west-1")},
    "tables": {"tables": Tables(log="log", log_stream="2026-11-30T12:00:00.000", directory="directory")},
    "page": {"page": True},
    "tracing": {"monitoring": Monitoring(tracing=True)},
}
"""The parts that cost nothing before somebody uses them."""


def monthly(environment: Environment, **update: Any) -> float:
    return idle.total(idle.bill(environment.model_copy(update=update)))


def part(name: str) -> float:
    without, with_it = PARTS[name]
    return monthly(DEV, **with_it) - monthly(DEV, **without)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_idle_environment_costs_less_than_a_dollar_but_for_what_its_file_asks_for(name):
    environment = load(name)
    assert 0 < monthly(environment, monitoring=Monitoring(), legacy=None) < 1
    if environment.monitoring == Monitoring() and environment.legacy is None:
        assert monthly(environment) < 1


@pytest.mark.parametrize("name", FREE)
def test_an_optional_part_that_nobody_uses_costs_nothing(name):
    assert monthly(DEV, **FREE[name]) == pytest.approx(monthly(DEV), abs=0.005)


@pytest.mark.parametrize("name", PARTS)
def test_what_a_part_costs_while_nobody_talks_is_what_the_operators_are_told(name):
    said = (ROOT / "docs" / "operations.md").read_text().partition("## What it costs while nobody talks")[2]
    [row] = [line for line in said.partition("\n## ")[0].splitlines() if line.startswith(f"| {name} |")]
    assert f"${part(name):.2f}" in row
    assert part(name) > 0


def test_every_optional_setting_is_known_to_cost_something_or_nothing():
    required = {name for name, field in Environment.model_fields.items() if field.is_required()}
    known = FREE.keys() | {"monitoring", "legacy", "keys", "firewall"}
    assert Environment.model_fields.keys() - required <= known


def test_every_type_of_resource_is_in_one_of_the_tables():
    types = {r["Type"] for r in flatten(templates.load())["Resources"].values()}
    tables = [set(idle._CHARGED), set(idle._FREE), set(idle._SCHEDULED)]
    assert types <= set.union(*tables)
    assert sum(map(len, tables)) == len(set.union(*tables))


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def test_a_resource_that_is_not_known_is_an_error_that_names_it():
    with pytest.raises(idle.Unpriced, match="Gpu: what a AWS::EC2::Instance costs"):
        idle.charges({"Gpu": resource("AWS::EC2::Instance")})


def test_an_alarm_is_charged_for_each_metric_that_it_reads():
    stat: dict[str, Any] = {"MetricStat": {}}
    alarms = {
        "One": resource("AWS::CloudWatch::Alarm", MetricName="x"),
        "Two": resource("AWS::CloudWatch::Alarm", Metrics=[{"Expression": "a + b"}, stat, stat]),
        "Band": resource("AWS::CloudWatch::Alarm", Metrics=[{"Expression": "band"}, stat], ThresholdMetricId="band"),
    }
    found = {charge.resource: charge.usd for charge in idle.charges(alarms)}
    assert found == pytest.approx({"One": 0.1, "Two": 0.2, "Band": 0.3})


def test_what_stands_in_a_network_is_charged_by_the_zone():
    made = {
        "S3": resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway"),
        "Secrets": resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["a", "b"]),
        "Nat": resource("AWS::EC2::NatGateway"),
    }
    assert {c.resource: c.usd for c in idle.charges(made)} == pytest.approx({"Secrets": 14.6, "Nat": 32.85})


@pytest.mark.parametrize(
    ("schedule", "often"),
    [
        ("rate(1 day)", 30.4),
        ("rate(1 hour)", 729.6),
        ("rate(5 minutes)", 8755.2),
        ("cron(0 3 * * ? *)", 30.4),
        ("cron(15 * * * ? *)", 729.6),
        ("cron(0 3 ? * SUN *)", 4.343),
        ("cron(0 3 1 * ? *)", 1),
    ],
)
def test_a_schedule_is_counted_in_runs_a_month(schedule, often):
    assert idle.times_a_month(schedule) == pytest.approx(often, rel=1e-3)


@pytest.mark.parametrize("schedule", ["cron(0/5 * * * ? *)", "at(2026-12-01T00:00:00)", "rate(1 week)"])
def test_a_schedule_that_is_not_understood_is_an_error(schedule):
    with pytest.raises(idle.Unpriced, match="how often"):
        idle.times_a_month(schedule)


def test_a_function_that_runs_more_often_or_has_more_memory_costs_more():
    def cost(rate: str, memory: int) -> float:
        function = resource(templates.FUNCTION, MemorySize=memory)
        rule = resource("AWS::Events::Rule", ScheduleExpression=rate, Targets=[{"Arn": {"Fn::GetAtt": ["F", "Arn"]}}])
        return idle.total(idle.charges({"F": function, "Rule": rule}))

    assert cost("rate(1 hour)", 256) == pytest.approx(24 * cost("rate(1 day)", 256))
    assert cost("rate(1 day)", 2048) > 2 * cost("rate(1 day)", 256)


def test_the_command_says_it_in_words_and_to_a_machine(capsys):
    assert idle.main(["prod"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"prod costs ${monthly(load('prod')):.2f} a month while nobody talks")
    assert "$3.00  1 × dashboard" in said
    assert idle.main(["prod", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["usd"] == pytest.approx(monthly(load("prod")), abs=1e-4)
    assert sum(charge["usd"] for charge in told["charges"]) == pytest.approx(told["usd"], abs=1e-4)


def test_an_unknown_environment_is_one_line(capsys):
    assert status(idle.main, ["nowhere"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
