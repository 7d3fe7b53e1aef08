import pytest
from parley_client.protocol import constants, inputs
from parley_client.protocol.events import State

from tests.unit.client.driver import TALK, Driver


def test_four_minutes_without_sending_are_ended_by_a_ping_and_no_answer_by_a_new_socket():
    driver = Driver().live()
    assert driver.wait(constants.PING_AFTER) == [{"action": "ping"}]
    driver.wait(constants.PONG_TIMEOUT, chance=0.9)
    assert driver.is_in(State.WAITING)


def test_four_minutes_without_hearing_anything_are_ended_by_a_ping_whatever_is_sent_that_nobody_answers():
    driver = Driver().live(1)
    driver.wait(constants.PING_AFTER - 1)
    driver.step(inputs.KeyPressed(TALK))
    assert [f["action"] for f in driver.frames] == ["typing"]
    assert driver.wait(1) == [{"action": "ping"}]


def test_a_client_that_sends_and_hears_sends_no_ping():
    driver = Driver().live(1)
    sent = []
    for _ in range(5):
        driver.step(inputs.KeyPressed(TALK))
        driver.hear({"type": "typing", "conversation": TALK, "user": "u"})
        sent += driver.wait(constants.PING_AFTER - 1)
    assert sent == []


def test_what_was_heard_when_a_command_was_sent_is_no_sign_of_life_since():
    driver = Driver().live()
    [first] = driver.say("m1")
    driver.say("m2")
    [second] = driver.ack(first, 1)
    assert second["id"] == "m2"
    assert driver.wait(constants.COMMAND_TIMEOUT, chance=0.9) == []
    assert driver.is_in(State.WAITING)


@pytest.mark.parametrize("frame", [{"type": "pong"}, {"type": "typing", "conversation": "c", "user": "u"}])
def test_anything_heard_answers_a_ping(frame):
    driver = Driver().live()
    driver.wait(constants.PING_AFTER)
    driver.hear(frame)
    driver.wait(constants.PONG_TIMEOUT + 1)
    assert driver.is_in(State.LIVE)
