"""No partition key takes more than its share, however skewed the traffic is: what each conversation's and each user's
keys take is bounded by what that conversation and that user do, and nothing else is on the path of a message.

What follows from these bounds is in ``tests/scale/test_ceilings.py``.
"""

from collections.abc import Iterator

import pytest

from tests.e2e.deployment import Deployment
from tests.scale import bounds
from tests.scale.meter import Key
from tests.scale.population import BUSY, Population, Traffic, population

pytestmark = pytest.mark.gateway_only  # through neither data plane


@pytest.fixture(scope="package")
def people(deployment: Deployment) -> Iterator[Population]:
    if deployment.local is None:
        pytest.skip("needs the embedded AWS")
    with population(deployment.local.endpoint) as made:
        made.talk()
        made.upload()
        yield made


@pytest.fixture
def traffic(people: Population) -> Traffic:
    return people.traffic


def test_the_traffic_is_skewed(traffic: Traffic):
    messages = sum(traffic.messages.values())
    assert traffic.messages.most_common(1)[0][1] > 5 * messages / len(traffic.messages)
    assert traffic.received[BUSY] > 5 * messages / len(traffic.begun)


def test_a_conversations_keys_take_what_its_messages_take(traffic: Traffic):
    units = traffic.meter.units
    for conversation, messages in traffic.messages.items():
        log, head = Key("Log", conversation), Key("Directory", f"C#{conversation}")
        assert units["write"][log] <= bounds.LOG_WRITES * messages + bounds.BEGINNING - bounds.LOG_WRITES
        assert units["read"][log] <= bounds.LOG_READS * messages + 0.5
        assert 0 < units["write"][head] <= bounds.LOG_WRITES * messages


def test_a_users_keys_take_what_the_user_does_and_is_sent(traffic: Traffic):
    units = traffic.meter.units
    for user, begun in traffic.begun.items():
        received, both = traffic.received[user], traffic.received[user] + traffic.sent[user]
        own = bounds.BEGINNING * begun if user.startswith("c") else 0  # whoever begins counts it
        most = bounds.USER_WRITES * received + bounds.BEGINNING * begun + own + bounds.BEGINNING * traffic.uploads[user]
        assert units["write"][Key("Directory", f"U#{user}")] <= most
        assert units["read"][Key("Directory", f"U#{user}")] <= bounds.USER_READS * both + bounds.PUSH_READS * received
        assert units["write"][Key("Directory/inbox", f"U#{user}")] == begun, "it moves once an hour at most"


def test_nothing_else_is_on_the_path_of_a_message(traffic: Traffic):
    keys = {key for counted in traffic.meter.units.values() for key in counted}
    ours = {Key("Log", c) for c in traffic.messages} | {Key("Directory", f"C#{c}") for c in traffic.messages}
    ours |= {Key(where, f"U#{user}") for where in ("Directory", "Directory/inbox") for user in traffic.begun}
    others = {key for key in keys - ours if not key.value.startswith("M#")}  # an upload's own item
    assert {key.where for key in others} == {"Directory/listed"}
    assert all(key.value.startswith("unreferred#") for key in others)
    uploads = sum(traffic.uploads.values())
    assert sum(traffic.meter.units["write"][key] for key in others) <= bounds.UPLOAD_WRITES * uploads


def test_a_badge_reads_the_whole_inbox_from_one_partition(people: Population):
    conversations = 200
    units = people.crowd(conversations)
    assert units <= bounds.THOUSAND_CONVERSATIONS * conversations / 1_000 + bounds.USER_READS + bounds.PUSH_READS
