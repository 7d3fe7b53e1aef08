"""Cases without a session: which texts are frames, and which ids and contents could be sent."""

from typing import Any

from parley_client.protocol import wire
from parley_client.protocol.constants import MEDIA_LIMIT, TEXT_LIMIT, backoff, pause
from parley_client.protocol.values import Outgoing, address, check_content, direct, is_id

from tests.vectors.codec import encode_frame

_MARKS = '{"conversation":"dm:ana:ben","user":"ben","delivered":2,"read":1,"read_count":1}'
_MEDIA = "01M849TCP1YQCCPDNBXVPTH404"

FRAMES = [
    '{"type":"pong"}',
    '{"message":"Internal server error","connectionId":"c=","requestId":"r="}',
    "",
    "null",
    "[]",
    "3",
    '"ack"',
    "{",
    '{"type":["ack"]}',
    '{"type":"constructor"}',
    '{"type":"ack","id":"m","conversation":"dm:ana:ben","seq":3,"count":2,"at":1790000000000,"future":{}}',
    '{"type":"ack","id":"m","conversation":"dm:ana:ben","seq":-1,"count":2,"at":1790000000000}',
    '{"type":"ack","id":"m","conversation":"dm:ana:ben","seq":1.5,"count":2,"at":1790000000000}',
    '{"type":"ack","id":"m","conversation":"dm:ana:ben","seq":true,"count":2,"at":1790000000000}',
    '{"type":"ack","id":"m","conversation":"dm:ana:ben","seq":"3","count":2,"at":1790000000000}',
    '{"type":"ack","id":"m","conversation":"dm:ana:ben","seq":9007199254740992,"count":2,"at":1790000000000}',
    '{"type":"ack","id":"m","conversation":"dm:ana:ben","seq":9007199254740991,"count":2,"at":1790000000000}',
    '{"type":"ack","id":7,"conversation":"dm:ana:ben","seq":3,"count":2,"at":1790000000000}',
    '{"type":"message"}',
    '{"type":"message","entry":{"conversation":"dm:ana:ben","seq":1,"count":0,"id":"m","kind":"future","sender":"ben",'
    '"at":5,"body":{"odd":[1,{"__proto__":2}]},"more":1}}',
    '{"type":"message","entry":{"conversation":"dm:ana:ben","seq":1,"count":1,"id":"m","kind":"message","sender":"ben",'
    '"at":5,"body":[]}}',
    '{"type":"message","entry":{"conversation":"dm:ana:ben","seq":1,"count":1,"id":"m","kind":"message","sender":"ben",'
    '"at":5,"body":null}}',
    '{"type":"message","entry":{"conversation":"dm:ana:ben","seq":1,"count":1,"id":"m","kind":"message","sender":"ben",'
    '"at":5}}',
    '{"type":"receipt","marks":' + _MARKS + "}",
    '{"type":"receipt","marks":{"conversation":"dm:ana:ben","user":"ben","delivered":2}}',
    '{"type":"typing","conversation":"dm:ana:ben","user":"ben"}',
    '{"type":"typing","conversation":"dm:ana:ben"}',
    '{"type":"synced","id":"_1","entries":[],"marks":[' + _MARKS + '],"conversations":'
    '[{"conversation":"dm:ana:ben","seq":3,"count":3,"unread":1}],"more":false}',
    '{"type":"synced","id":"_1","entries":[],"marks":[],"conversations":[],"more":true,"cursor":"c"}',
    '{"type":"synced","id":"_1","entries":[],"marks":[],"conversations":[],"more":true}',
    '{"type":"synced","id":"_1","entries":[],"marks":[],"conversations":[],"more":false,"begins":{"dm:ana:ben":61}}',
    '{"type":"synced","id":"_1","entries":[],"marks":[],"conversations":[],"more":false,"begins":{"dm:ana:ben":-1}}',
    '{"type":"synced","id":"_1","entries":[],"marks":[],"conversations":[],"more":false,"begins":[61]}',
    '{"type":"synced","id":"_1","entries":[],"marks":[],"conversations":[],"more":1}',
    '{"type":"synced","id":"_1","entries":{},"marks":[{}],"conversations":[],"more":false}',
    '{"type":"presence","id":"_1","users":{"ben":{"online":true,"seen":null},"__proto__":{"online":false,"seen":7},'
    '"3":{"online":"yes"}}}',
    '{"type":"error","id":"m","code":"blocked","message":"no","retryable":false}',
    '{"type":"error","code":"bad_request","retryable":"yes","retry_after":1.5}',
    '{"type":"error","id":3,"code":"new_code","retryable":true,"retry_after":"1"}',
    '{"type":"error","id":"m","code":"rate_limited","retryable":true,"retry_after":true}',
    '{"type":"error","id":"m"}',
    '{"type":"profile","user":"ben"}',
]


def cases() -> dict[str, list[Any]]:
    """The cases by what they are about."""
    return {
        "frames": [_frame(text) for text in FRAMES],
        "commands": _commands(),
        "ids": [
            {"id": name, "valid": is_id(name)} for name in ("a", "A-_9", "", "a b", "é", "a\n", "x" * 64, "x" * 65)
        ],
        "direct": [{"one": a, "other": b, "is": direct(a, b)} for a, b in (("ana", "ben"), ("ben", "ana"), ("a", "B"))],
        "addresses": [_address(where) for where in _PLACES],
        "contents": [_content(*content) for content in _CONTENTS],
        "backoff": [
            {"failures": n, "chance": chance, "is": backoff(n, chance)}
            for n in (0, 1, 5, 6, 40, 2000)
            for chance in (0.0, 0.5, 0.99)
        ],
        "pause": [
            {"retryAfter": after, "failures": n, "chance": 0.5, "is": pause(after, n, 0.5)}
            for after in (None, -3, 0, 1.5, 59, 61, 1e308)
            for n in (0, 3)
        ],
    }


_PLACES = (
    "you", "me", "", "a b", "dm:me:you", "dm:aaa:me", "dm:you:me", "dm:you:zoe", "dm:me:me", "dm:me", "dm:me:you:zoe",
    "dm:me:you\n", "g:01ARZ3NDEKTSV4RRFFQ69G5FAV", "g:short", "x:y", "x" * 65,
)  # fmt: skip
_CONTENTS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("hi", 1, ()),
    ("hi", 0, ()),
    (" \n", 1, ()),
    ("hi", 0, (_MEDIA,)),
    ("hi", 1, (_MEDIA,) * MEDIA_LIMIT),
    ("hi", 1, (_MEDIA,) * (MEDIA_LIMIT + 1)),
    ("hi", 1, ("01M849TCP1YQCCPDNBXVPTH40l",)),
    ("hi", 1, ("x",)),
    ("x", TEXT_LIMIT, ()),
    ("x", TEXT_LIMIT + 1, ()),
    ("👋", TEXT_LIMIT, ()),
    ("half \ud83d", 1, ()),
    ("half \udc4b", 1, ()),
)
"""A text, how often it is repeated, and media."""


def _frame(text: str) -> dict[str, Any]:
    return {"text": text, "is": encode_frame(wire.parse(text))}


def _commands() -> list[dict[str, Any]]:
    dm = "dm:ana:ben"
    hi = Outgoing("m1", dm, "ben", 'grüße 👋 "\\\n\x01\u2028', ())
    photo = Outgoing("m2", dm, "ben", "", (_MEDIA,))
    group = Outgoing("m3", "g:01ARZ3NDEKTSV4RRFFQ69G5FAV", None, "hi")
    sends = [(m, after) for m in (hi, photo, group) for after in (0, 7)]
    written = [wire.send(m, after) for m, after in sends]
    return [
        {
            "message": {"id": m.id, "conversation": m.conversation, "to": m.to, "text": m.text, "media": list(m.media)},
            "after": after,
            "is": text,
            "bytes": len(text.encode()),
        }
        for (m, after), text in zip(sends, written, strict=True)
    ]


def _address(where: str) -> dict[str, Any]:
    try:
        conversation, to = address("me", where)
    except ValueError:
        return {"user": "me", "where": where, "is": None}
    return {"user": "me", "where": where, "is": {"conversation": conversation, "to": to}}


def _content(text: str, times: int, media: tuple[str, ...]) -> dict[str, Any]:
    try:
        check_content(text * times, media)
    except ValueError:
        valid = False
    else:
        valid = True
    return {"text": text, "times": times, "media": list(media), "valid": valid}
