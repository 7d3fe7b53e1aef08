from parley.core import pages

ROWS = [1, 2, 3, 4, 5]


def read(behind: int) -> tuple[list[int], bool]:
    rest = [row for row in ROWS if row > behind]
    return rest[:2], len(rest) > 2


def test_a_walk_goes_through_all_pages_in_order():
    assert list(pages.walk(read, 0, lambda row: row)) == [[1, 2], [3, 4], [5]]


def test_a_list_without_anything_has_no_page():
    assert list(pages.walk(read, 5, lambda row: row)) == []


def test_a_page_that_turns_out_to_be_empty_is_the_end_whatever_was_said():
    assert list(pages.walk(lambda _: ([], True), 0, lambda row: row)) == []
