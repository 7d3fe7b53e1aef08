"""Frames and values: what a client writes, and what it makes of what it reads."""

import pytest
from parley_client.protocol import constants, wire
from parley_client.protocol.values import Outgoing, address, check_content

from parley.chat import fields
from realtime import frames
from tests.unit.client.driver import ME, TALK, YOU


def test_what_the_client_says_the_server_understands():
    dm = "dm:ana:ben"
    said = [
        wire.send(Outgoing("m1", dm, "ben", "grüße 👋"), 0),
        wire.send(Outgoing("m1", dm, "ben", "hi"), 7),
        wire.send(Outgoing("m1", dm, "ben", "", ("01M849TCP1YQCCPDNBXVPTH404",)), 7),
        wire.sync("_1", {dm: 3}, None),
        wire.sync("_2", {}, "c"),
        wire.mark("_3", dm, 4, 0),
        wire.mark("_4", dm, 0, 4),
        wire.typing("_5", dm),
        wire.presence("_6", ["ben"]),
    ]
    assert [type(frames.parse(text)).__name__ for text in said] == [
        *("Send", "Send", "Send", "Sync", "Sync", "Mark", "Mark", "Typing", "Presence")
    ]


def test_limits_are_those_of_the_server():
    assert constants.FRAME_LIMIT == fields.FRAME_LIMIT
    assert constants.TEXT_LIMIT == fields.TEXT_LIMIT
    assert constants.MEDIA_LIMIT == fields.MEDIA_LIMIT
    assert constants.PRESENCE_LIMIT == fields.PRESENCE_LIMIT
    assert wire.MAX_SEQ == fields.MAX_SEQ


@pytest.mark.parametrize("text", ['{"type":"error","code":"x","retry_after":NaN}', '{"type":"error"}', "[" * 100_000])
def test_strange_frames_are_noise_or_harmless(text):
    assert wire.parse(text) in (wire.UnknownFrame(), wire.Refusal(None, "x", "", retryable=False, retry_after=None))


@pytest.mark.parametrize(
    "where", ["", "me", "a b", "dm:you:zoe", "dm:you:me", "g:short", "x:y", "dm:me", "dm:me:you\n"]
)
def test_places_a_user_cannot_talk_in_are_refused(where):
    with pytest.raises(ValueError, match=r"not|needs"):
        address(ME, where)


def test_a_user_and_the_conversation_with_them_are_the_same_place():
    assert address(ME, YOU) == address(ME, TALK) == (TALK, YOU)
    assert address(ME, "g:01ARZ3NDEKTSV4RRFFQ69G5FAV")[1] is None


@pytest.mark.parametrize("text", ["", "x" * 8_001, "half \ud83d"])
def test_texts_no_server_would_take_are_refused(text):
    with pytest.raises(ValueError, match="message"):
        check_content(text)


@pytest.mark.parametrize("media", [("x",), ("01M849TCP1YQCCPDNBXVPTH40l",), ("01M849TCP1YQCCPDNBXVPTH404",) * 11])
def test_media_no_server_would_take_are_refused(media):
    with pytest.raises(ValueError, match="media"):
        check_content("hello", media)


@pytest.mark.parametrize(
    ("said", "seconds"), [("1" * 400, constants.RETRY_AFTER_CAP), ("-" + "1" * 400, 0), ("1e308", 60)]
)
def test_a_retry_after_beyond_all_bounds_is_a_long_pause(said: str, seconds: float):
    refusal = wire.parse(f'{{"type":"error","id":"a","code":"unavailable","retry_after":{said}}}')
    assert isinstance(refusal, wire.Refusal)
    assert constants.pause(refusal.retry_after, 0, 0.5) == seconds


@pytest.mark.parametrize("said", ["1" * 5_000, "1e400", "true", '"1"'])
def test_a_retry_after_that_is_no_number_breaks_nothing(said: str):
    frame = wire.parse(f'{{"type":"error","id":"a","code":"unavailable","retry_after":{said}}}')
    assert frame == wire.UnknownFrame() or (isinstance(frame, wire.Refusal) and frame.retry_after is None)
