"""What an environment's file may say about its alarms."""

import pytest
from pydantic import ValidationError

from infra import templates
from infra.environment import load
from infra.monitoring import Monitoring


def test_nothing_that_costs_is_on_unless_it_is_said():
    given = Monitoring().parameters()
    assert (given["AlarmEmail"], given["Dashboard"]) == ("", "false")
    assert (given["AnomalyAlarms"], given["QuotaAlarms"]) == ("false", "false")
    assert load("dev").monitoring == Monitoring()


def test_what_is_said_reaches_the_template():
    said = {"alarm_email": "ops@example.com", "dashboard": True, "read_units_a_day": 5}
    given = Monitoring.model_validate(said).parameters()
    assert set(given) <= set(templates.load().root["Parameters"])
    assert (given["AlarmEmail"], given["Dashboard"], given["ReadUnitsADay"]) == ("ops@example.com", "true", "5")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"alarm_email": "ops"}, "must be an e-mail address, and is 'ops'"),
        ({"alarm_email": "ops@example"}, "must be an e-mail address"),
        ({"alarm_email": "a b@example.com"}, "must be an e-mail address"),
        ({"read_units_a_day": 0}, "read_units_a_day"),
        ({"dashboard": "yes"}, "dashboard"),
        ({"budget_usd": -1, "alarm_email": "ops@example.com"}, "budget_usd"),
        ({"budget_usd": 100}, "budget_usd: without alarm_email there is nobody to write to"),
        ({"pager": "x"}, "pager"),
    ],
)
def test_what_is_wrong_is_named(given, said):
    with pytest.raises(ValidationError, match=said):
        Monitoring.model_validate(given)
