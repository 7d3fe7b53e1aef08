"""Dumps as the client writes them, and what cannot be read."""

from pathlib import Path

import pytest

from infra.legacy import dump
from infra.legacy.dump import BadDump
from infra.legacy.staging import Conversation, Counted, Staging
from parley.migration.model import LegacyMessage

HEAD = b"""<?xml version="1.0"?>

<resultset statement="SELECT * FROM parley_messages
" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
"""


def row(**fields: str | None) -> bytes:
    def field(name: str, value: str | None) -> str:
        return (
            f'\t<field name="{name}" xsi:nil="true" />' if value is None else f'\t<field name="{name}">{value}</field>'
        )

    return ("  <row>\n" + "\n".join(field(n, v) for n, v in fields.items()) + "\n  </row>\n").encode()


def message(id: str = "1", sender: str = "7", recipient: str = "8", at: str = "1000", text: str | None = "hi") -> bytes:
    return row(id=id, sender=sender, recipient=recipient, at=at, text=text)


def written(directory: Path, *rows: bytes, view: str = "messages") -> Path:
    (directory / f"{view}.xml").write_bytes(HEAD + b"\n".join(rows) + b"</resultset>\n")
    return directory


def staged(directory: Path, *rows: bytes) -> tuple[Counted, list[Conversation], list[LegacyMessage]]:
    with Staging(directory / "s.sqlite") as staging:
        counted = staging.load(written(directory, *rows), lambda _: None)
        found = staging.conversations()
        users = {"7": "ann", "8": "bob", "9": "cy"}
        return counted, found, [m for c in found for m in staging.messages(c, users)[1]]


def test_null_and_control_characters_and_entities_are_read(tmp_path: Path):
    text = "a &lt;b&gt; &amp; \x08\x00c\n 😀"
    written(tmp_path, message(text=text), message(id="2", text=None), message(id="3", text=""))
    assert [r["text"] for r in dump.rows(tmp_path, "messages")] == ["a <b> & c\n 😀", None, ""]


def test_a_part_of_nothing_but_control_characters_is_not_the_end(tmp_path: Path):
    written(tmp_path, message(text="\x01" * 200_000 + "end"))
    assert [r["text"] for r in dump.rows(tmp_path, "messages")] == ["end"]


def test_messages_are_ordered_by_time_and_then_by_number(tmp_path: Path):
    rows = [message("10", at="5"), message("9", at="5"), message("2", "8", "7", at="9"), message("3", "7", "9", at="1")]
    counted, conversations, told = staged(tmp_path, *rows)
    assert counted == Counted(messages=4, empty=0, alone=0)
    assert conversations == [Conversation("7", "8", 3), Conversation("7", "9", 1)]
    assert [(m.id, m.sender, m.at) for m in told] == [
        ("9", "ann", 5),
        ("10", "ann", 5),
        ("2", "bob", 9),
        ("3", "ann", 1),
    ]


def test_what_is_part_of_no_conversation_is_counted(tmp_path: Path):
    rows = [message("1", text=None), message("2", text=" \n"), message("3", "7", "7"), message("4")]
    counted, _, told = staged(tmp_path, *rows)
    assert (counted, [m.id for m in told]) == (Counted(messages=4, empty=2, alone=1), ["4"])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([message(at="2024-01-01 10:00:00")], "no time in milliseconds"),
        ([message(at="-1")], "no time in milliseconds"),
        ([message(at="9" * 20)], "no time in milliseconds"),
        ([message("a b")], "cannot be an id"),
        ([message("x" * 51)], "cannot be an id"),
        ([message(sender="")], "cannot be an id"),
        ([message("1"), message("1", "8", "9")], "two messages have the id '1'"),
        ([row(id="1", sender="7")], "has no column at, recipient, text"),
        ([b"<row>"], "is not what `mysql --xml` writes"),
        ([message(text="\ud800".encode("utf-8", "surrogatepass").decode("latin-1")), b"\xff"], "is not what"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path: Path, rows: list[bytes], said: str):
    with pytest.raises(BadDump, match=said) as refused:
        staged(tmp_path, *rows)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_missing_or_empty_is_one_line(tmp_path: Path):
    with pytest.raises(BadDump, match=r"messages\.xml: No such file"):
        list(dump.rows(tmp_path, "messages"))
    (tmp_path / "messages.xml").touch()
    with pytest.raises(BadDump, match="is not what"):
        list(dump.rows(tmp_path, "messages"))
