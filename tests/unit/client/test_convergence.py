"""Whatever the network does: each message once, in one order, and every device holds what the server holds."""

from collections import Counter
from dataclasses import asdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley_client.events import Received, Sent
from parley_client.values import direct

from tests.unit.client.world import Device, Faults, World

USERS = ("ana", "ben", "cem")

chances = st.sampled_from([0.0, 0.05, 0.2, 0.4])
faults = st.builds(
    Faults,
    lost=chances,
    doubled=chances,
    refused=chances,
    closed=st.sampled_from([0.0, 0.02, 0.1]),
    delay=st.sampled_from([0.01, 0.5, 3.0]),
)
actions = st.lists(
    st.tuples(
        st.floats(0, 60),
        st.sampled_from(["say", "say", "say", "crash", "notify", "read"]),
        st.integers(0, 3),
        st.integers(0, 1),
    ),
    max_size=40,
)


def held(device: Device) -> dict[str, list[dict[str, object]]]:
    return {c.id: [asdict(e) for e in device.store.entries(c.id)] for c in device.store.conversations()}


def play(seed, troubles, plan):
    world = World(seed, troubles)
    devices = [Device(world, user, user) for user in USERS]
    devices.append(Device(world, "ana", "ana-tablet"))
    said: list[tuple[str, str, str]] = []

    def act(number, action, who, whom):
        device = devices[who]
        others = [u for u in USERS if u != device.user]
        if action == "say":
            message_id = f"m{number}-{device.name}"
            said.append((device.user, direct(device.user, others[whom]), message_id))
            device.say(others[whom], f"text {number}", message_id)
        elif action == "crash":
            device.crash()
        elif action == "read":
            from parley_client.steps import Read

            device.step(Read(direct(device.user, others[whom])))
        else:
            world.notify()

    for number, (when, action, who, whom) in enumerate(plan):
        world.at(1_001 + when, lambda n=number, a=action, w=who, m=whom: act(n, a, w, m))
    world.run(1_070)
    world.faults = Faults()
    world.run(1_400)
    world.notify()
    world.run(1_800 + 1_800)
    return world, devices, said


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), faults, actions)
def test_every_message_is_stored_once_and_every_device_ends_with_the_servers_log(seed, troubles, plan):
    world, devices, said = play(seed, troubles, plan)
    stored = Counter((e.sender, c, e.id) for c, log in world.log.entries.items() for e in log)
    assert stored == Counter(said)
    for device in devices:
        assert not device.store.outbox()
        assert held(device) == world.server_log(device.user)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), faults, actions)
def test_an_app_is_handed_every_entry_once_in_dense_order_and_told_once_that_each_is_sent(seed, troubles, plan):
    _, devices, said = play(seed, troubles, plan)
    for device in devices:
        by_conversation: dict[str, list[int]] = {}
        for event in device.events:
            if isinstance(event, Received):
                by_conversation.setdefault(event.entry.conversation, []).append(event.entry.seq)
        for seqs in by_conversation.values():
            assert seqs == list(range(1, len(seqs) + 1))
        told = Counter(event.id for event in device.events if isinstance(event, Sent))
        assert told == Counter(i for user, _, i in said if i.endswith(f"-{device.name}"))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), faults, actions)
def test_senders_keep_the_order_in_which_they_wrote(seed, troubles, plan):
    world, devices, said = play(seed, troubles, plan)
    for device in devices:
        written = [(c, i) for user, c, i in said if i.endswith(f"-{device.name}")]
        for conversation, log in world.log.entries.items():
            mine = [i for c, i in written if c == conversation]
            assert [e.id for e in log if e.id in mine] == mine


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), faults, actions)
def test_what_arrived_is_confirmed_in_the_end(seed, troubles, plan):
    world, devices, _ = play(seed, troubles, plan)
    for membership in world.directory.members.values():
        others = [e.seq for e in world.log.entries[membership.conversation] if e.sender != membership.user]
        assert membership.delivered >= max(others, default=0)
    for device in devices:
        assert not device.store.load().intents
