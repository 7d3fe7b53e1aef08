"""A budget mails before and when an environment costs more than it should, and is there only where somebody is told."""

from tests.unit.infra.templates.whole import OFF, RESOURCES, evaluated, there

ON = OFF | {"Environment": "prod", "AlarmEmail": "ops@example.com", "BudgetUsd": "300"}


def test_a_budget_needs_an_amount_and_an_address():
    assert "Budget" in there(ON)
    assert "Budget" not in there(ON | {"BudgetUsd": "0"})
    assert "Budget" not in there(ON | {"AlarmEmail": ""})


def test_it_is_of_this_environments_tag_and_amount():
    budget = evaluated(RESOURCES["Budget"]["Properties"], ON)["Budget"]
    assert budget["BudgetLimit"] == {"Amount": "300", "Unit": "USD"}
    assert budget["CostFilters"] == {"TagKeyValue": ["user:parley:environment$prod"]}
    assert (budget["BudgetType"], budget["TimeUnit"]) == ("COST", "MONTHLY")


def test_it_mails_before_it_is_spent_when_it_is_and_when_it_will_be():
    told = evaluated(RESOURCES["Budget"]["Properties"], ON)["NotificationsWithSubscribers"]
    told_of = {(n["Notification"]["NotificationType"], n["Notification"]["Threshold"]) for n in told}
    assert told_of == {("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    for notification in told:
        assert notification["Subscribers"] == [{"SubscriptionType": "EMAIL", "Address": "ops@example.com"}]
