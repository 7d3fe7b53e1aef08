import json

import pytest
from parley_client.protocol import constants, effects, events, inputs
from parley_client.protocol.events import State

from tests.unit.client.driver import ME, Driver, message


def done(driver, kind):
    return [e for e in driver.out.effects if isinstance(e, kind)]


def paused(driver):
    [change] = [e for e in driver.told(events.StateChanged) if e.state is State.WAITING]
    return change.retry_in


def test_it_asks_for_a_token_opens_with_it_syncs_and_is_live():
    driver = Driver()
    driver.step(inputs.Start())
    assert done(driver, effects.FetchToken) == [effects.FetchToken(1, refused=False)]
    driver.step(inputs.TokenFetched(1, "secret", ME))
    assert done(driver, effects.OpenSocket) == [effects.OpenSocket(1, "secret")]
    driver.step(inputs.SocketOpened(1))
    assert driver.is_in(State.SYNCING)
    [sync] = driver.frames
    assert sync == {"action": "sync", "id": "_1", "since": {}}
    driver.answer_sync(sync)
    assert driver.is_in(State.LIVE)


def test_pauses_grow_twice_as_long_up_to_the_cap_and_chance_spreads_each_from_nothing():
    driver = Driver()
    driver.step(inputs.Start())
    pauses = []
    for _ in range(9):
        driver.step(inputs.TokenFailed(driver.session.attempt, refused=False, reason="no network"), chance=1.0)
        pauses.append(paused(driver))
        driver.wait(pauses[-1])
        assert driver.is_in(State.CONNECTING)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    driver.step(inputs.SocketFailed(driver.session.attempt), chance=0.0)
    assert paused(driver) == 0


def test_thirty_seconds_live_start_the_pauses_over_and_less_does_not():
    for seconds, expected in ((constants.BACKOFF_RESET, 0.5), (constants.BACKOFF_RESET - 1, 2.0)):
        driver = Driver()
        driver.step(inputs.Start())
        for _ in range(2):
            driver.step(inputs.SocketFailed(driver.session.attempt), chance=1.0)
            driver.wait(paused(driver))
        driver.answer_sync(driver.connect())
        driver.wait(seconds)
        driver.step(inputs.SocketClosed(driver.session.attempt, 1001), chance=1.0)
        assert paused(driver) == expected


def test_a_renewal_after_thirty_seconds_live_starts_the_pauses_over_too():
    driver = Driver()
    driver.step(inputs.Start())
    for _ in range(2):
        driver.step(inputs.SocketFailed(driver.session.attempt), chance=1.0)
        driver.wait(paused(driver))
    driver.answer_sync(driver.connect(expires=driver.now + 200))
    while driver.is_in(State.LIVE):
        driver.wait_until_due()
    assert driver.is_in(State.CONNECTING)
    driver.step(inputs.SocketFailed(driver.session.attempt), chance=1.0)
    assert paused(driver) == 0.5


@pytest.mark.parametrize("given", [inputs.SocketClosed(1, 1008), inputs.SocketFailed(1, 429)])
def test_a_throttled_client_waits_at_least_the_floor(given):
    driver = Driver()
    driver.step(inputs.Start())
    if isinstance(given, inputs.SocketClosed):
        driver.connect()
    else:
        driver.step(inputs.TokenFetched(1, "token", ME))
    driver.step(given, chance=0.0)
    assert paused(driver) == constants.THROTTLED_FLOOR


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1006, 1009, 1011, 1012, None])
def test_every_other_close_is_followed_by_another_attempt(code):
    driver = Driver().live()
    driver.step(inputs.SocketClosed(1, code))
    assert driver.is_in(State.WAITING)
    driver.wait(1)
    assert driver.is_in(State.CONNECTING)


def test_words_of_an_earlier_socket_are_not_listened_to():
    driver = Driver().live()
    driver.step(inputs.SocketClosed(1, 1001))
    driver.wait(1)
    for late in (
        inputs.SocketClosed(1),
        inputs.SocketOpened(1),
        inputs.FrameReceived(1, '{"type":"pong"}'),
        inputs.TokenFetched(1, "t"),
    ):
        out = driver.step(late)
        assert out == effects.Output()
        assert driver.is_in(State.CONNECTING)


def test_frames_of_an_earlier_socket_are_not_listened_to_once_the_next_is_open():
    driver = Driver().live()
    driver.step(inputs.SocketClosed(1, 1001))
    driver.wait(1)
    driver.step(inputs.TokenFetched(2, "token", ME))
    driver.step(inputs.SocketOpened(2))
    driver.answer_sync(driver.frames[0])
    assert driver.is_in(State.LIVE)
    expired = {"type": "error", "code": "token_expired", "message": "too late", "retryable": True}
    for late in (message(1), expired):
        assert driver.step(inputs.FrameReceived(1, json.dumps(late))) == effects.Output()
    assert driver.is_in(State.LIVE)
    driver.step(inputs.FrameReceived(2, json.dumps(message(1))))
    assert driver.told(events.Received)


def test_a_refused_upgrade_asks_for_a_fresh_token_and_the_third_means_signed_out():
    driver = Driver()
    driver.step(inputs.Start())
    told = []
    for _ in range(constants.REFUSALS):
        driver.step(inputs.TokenFetched(driver.session.attempt, "token", ME))
        driver.step(inputs.SocketFailed(driver.session.attempt, 403), chance=0.0)
        told += driver.told(events.SignedOut)
        pause = paused(driver)
        driver.wait(pause)
        if pause < 1:
            assert done(driver, effects.FetchToken)[0].refused
    assert len(told) == 1
    assert pause == constants.SIGNED_OUT_RETRY / 2


def test_being_signed_out_ends_with_the_first_token_that_works():
    driver = Driver()
    driver.step(inputs.Start())
    for _ in range(constants.REFUSALS):
        driver.step(inputs.TokenFailed(driver.session.attempt, refused=True, reason="revoked"))
        pause = paused(driver)
        driver.wait(pause)
    assert pause == constants.SIGNED_OUT_RETRY * 0.75  # half of it, and half of the rest by chance
    driver.answer_sync(driver.connect())
    driver.wait(constants.BACKOFF_RESET)
    driver.step(inputs.SocketClosed(driver.session.attempt), chance=1.0)
    assert paused(driver) == 0.5


def test_refusals_before_a_token_that_works_do_not_count():
    driver = Driver()
    driver.step(inputs.Start())
    told: list[events.SignedOut] = []

    def refuse(times):
        for _ in range(times):
            driver.step(inputs.TokenFailed(driver.session.attempt, refused=True, reason="revoked"))
            told.extend(driver.told(events.SignedOut))
            driver.wait(paused(driver))

    refuse(constants.REFUSALS - 1)
    driver.answer_sync(driver.connect())
    driver.step(inputs.SocketClosed(driver.session.attempt))
    driver.wait(paused(driver))
    assert not done(driver, effects.FetchToken)[0].refused
    refuse(constants.REFUSALS - 1)
    assert not told
    refuse(1)
    assert told


@pytest.mark.parametrize(("status", "told"), [(401, False), (403, True)])
def test_a_refusal_that_a_wrong_address_gets_too_says_so(status, told):
    driver = Driver()
    driver.step(inputs.Start())
    for _ in range(constants.REFUSALS):
        driver.step(inputs.TokenFetched(driver.session.attempt, "token", ME))
        driver.step(inputs.SocketFailed(driver.session.attempt, status), chance=0.0)
        said = driver.told(events.SignedOut)
        driver.wait(paused(driver))
        if said:
            break
    assert ("wrong address" in said[0].reason) is told
    assert str(status) in said[0].reason


def test_a_token_of_another_user_never_opens_a_socket():
    driver = Driver()
    driver.step(inputs.Start())
    driver.step(inputs.TokenFetched(1, "token", "somebody-else"))
    assert not done(driver, effects.OpenSocket)
    assert driver.told(events.SignedOut)


def test_opening_that_takes_too_long_is_given_up():
    driver = Driver()
    driver.step(inputs.Start())
    driver.step(inputs.TokenFetched(1, "token", ME))
    driver.wait(constants.OPEN_TIMEOUT - 0.1)
    assert driver.is_in(State.CONNECTING)
    driver.wait(0.1, chance=0.9)
    assert driver.is_in(State.WAITING)
    driver.step(inputs.SocketOpened(1))
    assert driver.is_in(State.WAITING)


@pytest.mark.parametrize(("chance", "age"), [(0.0, constants.RENEW_AFTER_MIN), (1.0, constants.RENEW_AFTER_MAX)])
def test_a_socket_is_renewed_before_its_two_hours_end(chance, age):
    assert renewed_after(None, chance) == age


@pytest.mark.parametrize(("chance", "lead"), [(0.0, constants.TOKEN_LEAD_MAX), (1.0, constants.TOKEN_LEAD_MIN)])
def test_a_socket_is_renewed_before_its_token_ends(chance, lead):
    assert renewed_after(3_600.0, chance) == 3_600 - lead


def test_a_token_that_lives_shortly_does_not_make_a_hot_loop():
    assert renewed_after(31.0, 0.5) == constants.RENEW_GAP


def renewed_after(expires, chance):
    driver = Driver()
    driver.step(inputs.Start())
    driver.step(inputs.TokenFetched(1, "token", ME, expires))
    driver.step(inputs.SocketOpened(1), chance=chance)
    driver.answer_sync(driver.frames[0])
    while driver.session.attempt == 1:
        for frame in driver.wait_until_due():
            if frame["action"] == "ping":
                driver.hear({"type": "pong"})
            elif frame["action"] == "sync":
                driver.answer_sync(frame)
    assert done(driver, effects.CloseSocket) == [effects.CloseSocket(1)]
    assert driver.is_in(State.CONNECTING)
    return driver.now


def test_a_renewal_waits_for_a_quiet_moment_but_not_for_ever():
    for answered in (True, False):
        driver = Driver().live(expires=200.0)
        driver.wait(200 - 90 - driver.now - 1)
        [sent] = driver.say("m1")
        driver.wait(5)
        assert driver.session.attempt == 1
        if answered:
            driver.ack(sent, 1)
            assert driver.session.attempt == 2


def test_an_expired_token_is_replaced_at_once_and_if_that_helps_not_with_pauses():
    driver = Driver().live()
    [sent] = driver.say("m1")
    driver.refuse(sent, "token_expired")
    assert driver.is_in(State.CONNECTING)
    assert done(driver, effects.FetchToken)[0].refused
    sync = driver.connect()
    driver.refuse(sync, "token_expired")
    assert driver.is_in(State.WAITING)


def test_a_nudge_ends_waiting_and_checks_what_seems_alive():
    driver = Driver().live()
    driver.step(inputs.Nudge())
    assert driver.frames == [{"action": "ping"}]
    driver.step(inputs.SocketClosed(1))
    driver.step(inputs.Nudge())
    assert driver.is_in(State.CONNECTING)


def test_stopped_is_stopped():
    driver = Driver().live()
    driver.step(inputs.Stop())
    assert done(driver, effects.CloseSocket) == [effects.CloseSocket(1)]
    assert driver.session.deadline() is None
    driver.step(inputs.SocketClosed(1))
    assert driver.is_in(State.STOPPED)
    driver.step(inputs.Start())
    assert driver.is_in(State.CONNECTING)


def test_frames_that_are_none_change_nothing():
    driver = Driver().live()
    gateway = {"message": "Internal server error", "connectionId": "c=", "requestId": "r="}
    for text in ("", "[]", "7", "{", '{"type":["ack"]}', '{"type":"news"}', '{"type":"ack"}', json.dumps(gateway)):
        out = driver.step(inputs.FrameReceived(1, text))
        assert out == effects.Output()
    assert driver.is_in(State.LIVE)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (inputs.TokenFailed(1, refused=False, reason="no such host"), "no token: no such host"),
        (inputs.SocketFailed(1, reason="connection refused"), "connection refused"),
        (inputs.SocketFailed(1, 404), "HTTP 404"),
        (inputs.TokenFetched(1, "token", "another"), "the token is another user's"),
        (inputs.SocketClosed(1, 1006), "closed with code 1006"),
        (inputs.SocketClosed(1), "closed"),
    ],
)
def test_waiting_says_why(given, reason):
    driver = Driver()
    driver.step(inputs.Start())
    driver.step(given)
    [change] = driver.told(events.StateChanged)
    assert (change.state, change.reason) == (State.WAITING, reason)


def test_waiting_says_that_time_has_run_out():
    driver = Driver()
    driver.step(inputs.Start())
    driver.wait_until_due()
    assert [(e.state, e.reason) for e in driver.told(events.StateChanged)] == [(State.WAITING, "timed out")]
