"""How far a stream has been dealt with survives the end, and never skips what was still under way."""

from infra.local.position import Position


def test_what_was_dealt_with_does_not_come_again(tmp_path):
    path = tmp_path / "position"
    position = Position(path)
    assert [position.take(s) for s in ("0001", "0002", "0003")] == [True, True, True]
    position.done(["0001", "0002"])

    assert [Position(path).take(s) for s in ("0001", "0002", "0003")] == [False, False, True]


def test_a_record_that_is_overtaken_comes_again_with_those_after_it(tmp_path):
    path = tmp_path / "position"
    position = Position(path)
    for sequence in ("1", "2", "3"):
        position.take(sequence)
    position.done(["2", "3"])

    assert Position(path).take("1")
    assert Position(path).take("3")
    position.done(["1"])
    assert not Position(path).take("3")


def test_without_a_file_it_begins_at_the_beginning():
    position = Position(None)
    assert position.take("1")
    position.done(["1"])
    assert not position.take("1")
