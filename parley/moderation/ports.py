"""What moderation needs from the world."""

from typing import Protocol

from parley.core.writes import Occupied, Stored
from parley.moderation.model import Report


class Reports(Protocol):
    """What users tell the operators about each other."""

    def store(self, report: Report, most: int) -> Stored | Occupied[Report]:
        """Store a report, unless the reporter has already stored one under this id.

        Raises:
            RateLimited: the reporter has stored ``most`` reports on the day (UTC) of ``report.at``. The error says
                when that day ends.
        """
        ...
