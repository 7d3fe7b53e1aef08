"""What is listed in the Directory table: every list has its own key, and all of them are declared here.

Most lists are in the index ``INDEX``, of the items that carry ``listed`` (which list) and ``place`` (where in it).
Two lists are partitions of the table itself, because they have to be read strongly.
"""

INDEX = "listed"
"""The name of the index, and of the attribute that it is keyed by."""

REPORTS = "reports#"
"""In the index: reports, by time."""

DELETION_REQUESTS = "LEAVING"
"""A partition: accounts that are to be erased, by when they are due."""
RELEASED_ENDPOINTS = "LEFT"
"""A partition: endpoints that have been left, by when they should have been deleted."""

_DAY_MS = 24 * 3600 * 1000


def providers(category: str) -> str:
    """In the index: the providers of a category, by business name."""
    return f"providers#{category}"


def archive_schedule(shard: int) -> str:
    """In the index: the conversations of a shard, by when their entries are looked at next for the archive."""
    return f"archive#{shard}"


def unreferred_media(at: int) -> str:
    """In the index: media that nothing refers to, by the day (UTC) of ``at`` (ms) on which that began."""
    return f"unreferred#{at // _DAY_MS}"
