"""Whatever calls a function that people depend on calls its alias, which moves to a new version with every change. SAM
itself says what it makes of the templates, as it does within CloudFormation.
"""

import json
import re
from typing import Any

import pytest
from samtranslator.translator.transform import transform

from infra import templates
from infra.environment import load
from infra.monitoring import Monitoring
from tests.unit.infra.templates import watched
from tests.unit.infra.templates.whole import FUNCTIONS, RESOURCES, evaluated

ALIASED = {name for name, function in FUNCTIONS.items() if templates.ALIAS in function}
UNWATCHED = {"CollectorFunction", "ErasureFunction", "ExportFunction", "RecorderFunction", "MigrationFunction"} | {
    "CanaryFunction"
}
"""What runs by the clock, what counts, and what is asked for: no alarm would go off within five minutes of it."""
READ = templates.load()
FILES = [file for file, template in READ.nested.items() if "Release" in template.get("Parameters", {})]
GIVEN = {"Gradual": "true", "Release": "a" * 64, "ShiftRoleArn": "arn:aws:iam::123456789012:role/shift"}


class _Policies:
    """No function here has one of IAM's ready-made policies."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def deployed(file: str, **parameters: str) -> dict[str, Any]:
    """A template's resources as CloudFormation gets them from SAM."""
    template = json.loads(json.dumps(READ.nested[file]))
    resources: dict[str, Any] = transform(template, {**GIVEN, **parameters}, _Policies())["Resources"]
    return resources


def versions(resources: dict[str, Any]) -> set[str]:
    return {name for name, r in resources.items() if r["Type"] == "AWS::Lambda::Version"}


def test_every_function_that_somebody_waits_for_is_called_through_its_alias():
    assert set(FUNCTIONS) - UNWATCHED == ALIASED
    rest = {n: r for n, r in RESOURCES.items() if r["Type"] != templates.FUNCTION}
    for name in ALIASED:
        called = json.dumps(
            {n: r for n, r in rest.items() if "Alarm" not in r["Type"] and "Dashboard" not in r["Type"]}
        )
        assert f'"{name}.Alias"' in called, name
        assert not re.search(rf'"Ref": "{name}"|"{name}", "Arn"|{name}\.Arn', called), name


@pytest.mark.parametrize("file", FILES)
def test_a_new_release_is_a_new_version_and_the_same_one_is_not(file):
    before, again, after = deployed(file), deployed(file), deployed(file, Release="b" * 64)
    assert versions(before) == versions(again)
    assert len(versions(before)) == len([n for n in ALIASED if n in READ.nested[file]["Resources"]])
    assert not versions(before) & versions(after)
    for name in ALIASED & before.keys():
        # Lambda publishes nothing of a function that has not changed. Its description has.
        assert before[name]["Properties"]["Description"] != after[name]["Properties"]["Description"]


@pytest.mark.parametrize("file", FILES)
def test_a_gradual_deployment_shifts_a_tenth_for_five_minutes_and_goes_back_by_itself(file):
    resources = deployed(file)
    for name in ALIASED & resources.keys():
        policy = resources[f"{name}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        group = resources[policy["DeploymentGroupName"]["Ref"]]["Properties"]
        assert group["DeploymentConfigName"]["Fn::Sub"][1] == {"ConfigName": "Canary10Percent5Minutes"}
        assert group["AutoRollbackConfiguration"]["Enabled"] is True
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        assert group["ServiceRoleArn"] == {"Ref": "ShiftRoleArn"}
    assert not [n for n, r in resources.items() if r["Type"] == "AWS::IAM::Role" and "CodeDeploy" in n]  # SAM's own


@pytest.mark.parametrize("file", FILES)
def test_otherwise_an_alias_moves_at_once_and_codedeploy_has_no_part_in_it(file):
    resources = deployed(file, Gradual="false")
    assert not [n for n, r in resources.items() if r["Type"].startswith("AWS::CodeDeploy")]
    assert not [n for n, r in resources.items() if "UpdatePolicy" in r]
    assert versions(resources) == versions(deployed(file))


def test_the_alarms_that_stop_a_deployment_are_there_and_tell_within_minutes():
    [alarms] = {json.dumps(FUNCTIONS[n]["DeploymentPreference"]["Alarms"]) for n in ALIASED}
    names = evaluated(json.loads(alarms), watched.ON)
    there = {alarm["AlarmName"]: alarm for alarm in watched.alarms().values()}
    assert set(names) <= there.keys()
    assert len(names) <= 10  # as many as a deployment group takes
    quick = [
        n for n in names if {q["MetricStat"]["Period"] for q in watched.queries(there[n]) if "MetricStat" in q} == {60}
    ]
    assert {"parley-dev-failures", "parley-dev-entrance-errors"} <= set(quick)


def test_deployments_are_gradual_where_there_are_alarms_to_stop_them():
    prod, dev = load("prod"), load("dev")
    alarmed = Monitoring(alarm_email="ops@example.com")
    assert prod.model_copy(update={"monitoring": alarmed}).parameters()["Gradual"] == "true"
    assert prod.parameters()["Gradual"] == "false"
    assert dev.model_copy(update={"monitoring": alarmed}).parameters()["Gradual"] == "false"
