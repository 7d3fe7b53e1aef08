"""A release is what is deployed, and aliases move gradually where something could stop them."""

from typing import Any

import pytest

from infra.deploy import __main__ as command
from infra.deploy import gradual
from infra.deploy.stacks import upload
from infra.templates import Templates

ROOT: dict[str, Any] = {"Parameters": {"Release": {}, "CodeBucket": {}, "CodeKey": {}}, "Resources": {}}
GIVEN = {"LogLevel": "INFO", "Gradual": "true"}


def test_a_release_follows_from_templates_parameters_and_code():
    one = gradual.release(ROOT, GIVEN)
    assert one == gradual.release(ROOT, dict(reversed(GIVEN.items())))
    assert one != gradual.release(ROOT, {**GIVEN, "LogLevel": "DEBUG"})
    assert one != gradual.release({**ROOT, "Resources": {"Topic": {}}}, GIVEN)


def test_how_aliases_move_is_not_a_release():
    assert gradual.release(ROOT, GIVEN) == gradual.release(ROOT, {**GIVEN, "Gradual": "false"})


def test_what_is_uploaded_has_its_release(aws):
    aws.s3.create_bucket(Bucket="bucket")
    releases = [
        upload(aws, Templates(ROOT, {}), GIVEN, {"CodeKey": code}, "bucket").parameters[gradual.RELEASE]
        for code in (b"one", b"one", b"two")
    ]
    assert releases[0] == releases[1] != releases[2]


def test_a_template_that_asks_for_no_release_gets_none(aws):
    aws.s3.create_bucket(Bucket="bucket")
    assert gradual.RELEASE not in upload(aws, Templates({"Resources": {}}, {}), {}, {}, "bucket").parameters


@pytest.mark.parametrize(
    ("state", "parameters", "why"),
    [
        (None, None, ""),
        ("UPDATE_COMPLETE", {"AlarmEmail": "ops@example.com"}, ""),
        ("UPDATE_COMPLETE", {"AlarmEmail": ""}, "the alarms that could stop it are made by this deployment"),
        ("UPDATE_COMPLETE", {}, "the alarms that could stop it are made by this deployment"),
    ],
)
def test_alarms_must_be_there_before_they_can_stop_anything(stub, state, parameters, why):
    stub.state(state, {}, parameters)
    assert gradual.at_once_because(stub.target.cloudformation, "s") == why


@pytest.mark.parametrize(
    ("arguments", "reason", "moved"),
    [
        ([], "", "true"),
        (["--at-once"], "", "false"),
        ([], "no alarms", "false"),
    ],
)
def test_aliases_move_gradually_unless_something_speaks_against_it(monkeypatch, capsys, arguments, reason, moved):
    environment = command.command.load("prod")
    watched = environment.monitoring.model_copy(update={"alarm_email": "ops@example.com"})
    environment = environment.model_copy(update={"monitoring": watched})
    asked = {}
    monkeypatch.setattr(command.command, "on_aws", lambda _: (environment, None))
    monkeypatch.setattr(command.command, "announce", lambda *_: None)
    monkeypatch.setattr(command.account, "prepared", lambda *_: (command.account.Target(None, None), "bucket"))
    monkeypatch.setattr(command.package, "whole_codes", lambda *_: {})
    monkeypatch.setattr(command.publish, "bucket_of", lambda *_: "")
    monkeypatch.setattr(command.gradual, "at_once_because", lambda *_: reason)
    monkeypatch.setattr(command, "deploy", lambda *given: asked.update(given[3]) or {})
    assert command.main([*arguments, "prod"]) == 0
    assert asked["Gradual"] == moved
    assert ("at once" in capsys.readouterr().out) == (moved == "false")
