"""Every list has a key of its own."""

from parley.core.aws import listings

DAY_MS = 24 * 3600 * 1000


def test_providers_are_listed_by_category():
    assert listings.providers("law") == "providers#law"
    assert listings.providers("tax") != listings.providers("law")


def test_media_that_nothing_refers_to_are_listed_by_the_day():
    assert listings.unreferred_media(3 * DAY_MS) == "unreferred#3"
    assert listings.unreferred_media(4 * DAY_MS - 1) == "unreferred#3"
    assert listings.unreferred_media(4 * DAY_MS) == "unreferred#4"
