"""``python -m infra.capacity --account``: the limits that an account really has."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from infra import environment
from infra.capacity import account, quotas
from infra.capacity.__main__ import main
from tests.unit.infra.test_capacity_command import MEASURED

LISTED = {
    "apigateway": [("Throttle rate", 10_000.0), ("WebSocket new connections rate", 500.0)],
    "sns": [("Messages Published per Second", 300.0), ("Topics", 1.0)],
    "cognito-idp": [("Rate of UserAuthentication requests", 120.0)],
}


class Session:
    """A ``boto3.Session`` whose clients return what a new account's would."""

    def __init__(self, **changed: Any) -> None:
        self._told: dict[str, Any] = {
            "get_caller_identity": {},
            "get_account_settings": {"AccountLimit": {"ConcurrentExecutions": 10}},
            "apigateway.get_account": {"throttleSettings": {"rateLimit": 10_000.0}},
            "describe_limits": {"TableMaxReadCapacityUnits": 40_000, "TableMaxWriteCapacityUnits": 20_000},
            "sesv2.get_account": {
                "ProductionAccessEnabled": False, "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0},
            },
            "get_sms_attributes": {"attributes": {"MonthlySpendLimit": "1"}},
            "get_sms_sandbox_account_status": {"IsInSandbox": True},
        } | changed  # fmt: skip

    def client(self, service: str) -> "Client":
        return Client(service, self._told)


class Client:
    def __init__(self, service: str, told: Mapping[str, Any]) -> None:
        self._service = service
        self._told = told

    def __getattr__(self, method: str) -> Callable[..., Any]:
        answer = self._told.get(f"{self._service}.{method}", self._told.get(method))
        if answer is None:
            raise AttributeError(method)
        if isinstance(answer, Exception):
            raise answer
        return lambda **_: answer

    def get_paginator(self, call: str) -> "Pages":
        return Pages(call)


class Pages:
    def __init__(self, call: str) -> None:
        self._call = call

    def paginate(self, ServiceCode: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - AWS's name
        yield {"Quotas": []}
        if ServiceCode == "sns" and self._call == "list_service_quotas":
            return  # the account has no value of its own, and AWS's default is asked for
        yield {"Quotas": [{"QuotaName": name, "Value": value} for name, value in LISTED[ServiceCode]]}


def read(session: Any, *, own_sender: bool = False, phone: bool = False) -> account.Account:
    return account.read(session, own_sender=own_sender, phone=phone)


def test_every_figure_of_a_quota_is_read_and_none_for_nothing():
    assert set(read(Session()).figures) == {q.in_account for q in quotas.AWS} - {""}


def test_a_new_accounts_limits_take_the_place_of_the_defaults():
    limits = {q.name: q for q in quotas.in_account(quotas.AWS, read(Session()).figures)}
    assert limits["Lambda: concurrent executions"].limit == 10
    assert limits["SNS: publishes a second (us-east-1)"].limit == 300
    assert limits["DynamoDB: Log, writes a second, any table"].limit == 20_000
    assert limits["DynamoDB: Log, writes a second, new table"].limit == 4_000, "for which there is no call"


def test_what_would_stop_users_before_any_rate_is_said():
    assert any("50 e-mails a day" in note for note in read(Session()).notes)
    notes = "\n".join(read(Session(), own_sender=True, phone=True).notes)
    assert "SES: 200 e-mails a day, 1 a second, to verified addresses only" in notes
    assert "SMS: $1 a month, to verified numbers only" in notes
    assert "Cognito's own sender" not in notes


def test_a_call_that_is_refused_costs_its_own_figure_and_is_said():
    refused = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "secret"}}, "DescribeLimits")
    found = read(Session(describe_limits=refused))
    assert "table_reads" not in found.figures
    assert found.figures["concurrency"] == 10
    assert "DynamoDB's limits: not readable (AccessDeniedException)" in found.notes


def test_a_quota_that_service_quotas_does_not_list_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(LISTED, "cognito-idp", [])
    found = read(Session())
    assert "sign_ins" not in found.figures
    assert "cognito-idp: userauthentication: not readable (NoSuchQuota)" in found.notes


@pytest.fixture
def measured(tmp_path: Path) -> str:
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(MEASURED))
    return str(path)


def test_the_command_shows_what_is_short_in_this_account(
    monkeypatch: pytest.MonkeyPatch, measured: str, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(boto3, "Session", lambda **_: Session())
    assert main(["--account", "--env", "prod", "--figures", measured, "--users", "100000"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"Lambda: concurrent executions +10 ", out)
    assert f"In this account, {environment.load('prod').region}:" in out


def test_without_credentials_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, measured: str, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(boto3, "Session", lambda **_: Session(get_caller_identity=NoCredentialsError()))
    assert main(["--account", "--figures", measured]) == 1
    out = capsys.readouterr()
    assert not out.out
    assert out.err == "infra.capacity: no AWS credentials; set AWS_PROFILE, or sign in with `aws sso login`\n"
