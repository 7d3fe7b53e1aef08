"""Moderation's ports in memory."""

from parley.core.errors import RateLimited
from parley.core.writes import STORED, Occupied, Stored
from parley.moderation.model import Report

_DAY_MS = 24 * 60 * 60 * 1000


class MemoryReports:
    """A ``parley.moderation.ports.Reports``."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Report] = {}

    def store(self, report: Report, most: int) -> Stored | Occupied[Report]:
        key = (report.reporter, report.id)
        if key in self.stored:
            return Occupied(self.stored[key])
        day = report.at // _DAY_MS
        if sum(r.reporter == report.reporter and r.at // _DAY_MS == day for r in self.stored.values()) >= most:
            raise RateLimited("too many reports today", retry_after=((day + 1) * _DAY_MS - report.at) / 1000)
        self.stored[key] = report
        return STORED
