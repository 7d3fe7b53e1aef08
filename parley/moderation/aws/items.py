"""How reports are stored in the Directory table, in DynamoDB's own attribute form."""

from typing import Any

from parley.chat.aws.items import entry, entry_item
from parley.core.aws import listings
from parley.core.aws.attributes import Item
from parley.moderation.model import Report


def report_key(reporter: str, name: str) -> dict[str, Any]:
    return {"pk": {"S": f"R#{reporter}#{name}"}, "sk": {"S": "REPORT"}}


def reported_key(reporter: str, day: int) -> dict[str, Any]:
    """The key of how many reports a user has stored on a day; days are counted from the epoch."""
    return {"pk": {"S": f"U#{reporter}"}, "sk": {"S": f"REPORTED#{day}"}}


def report_item(report: Report) -> dict[str, Any]:
    return {
        **report_key(report.reporter, report.id),
        "listed": {"S": listings.REPORTS},
        "place": {"S": f"{report.at:015}#{report.reporter}#{report.id}"},
        "id": {"S": report.id},
        "reporter": {"S": report.reporter},
        "user": {"S": report.user},
        "reason": {"S": report.reason},
        "text": {"S": report.text},
        "at": {"N": str(report.at)},
        **({"entry": {"M": entry_item(report.entry)}} if report.entry else {}),
    }


def report(item: Item) -> Report:
    return Report(
        id=item["id"]["S"],
        reporter=item["reporter"]["S"],
        user=item["user"]["S"],
        reason=item["reason"]["S"],
        text=item["text"]["S"],
        at=int(item["at"]["N"]),
        entry=entry(item["entry"]["M"]) if "entry" in item else None,
    )
