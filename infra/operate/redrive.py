"""Do again what is in an environment's dead-letter queues, once its cause has been mended.

``make redrive ENV=<environment> [QUEUE=<name>] [JSON=1] [DROP=1]``, or ``python -m infra.operate.redrive <environment>
[--queue …] [--json] [--drop-expired]``. A message is deleted when its function has taken what it stands for, and is
left in the queue otherwise. The exit code is 1 if anything is left.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from msgspec import Struct, field, structs

from infra.environment import UnknownEnvironment
from infra.local.workspace import CannotStart
from infra.operate.letters import Outcome, Redriver
from infra.operate.place import find

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_URL = "QueueUrl"
_HIDDEN = 12 * 3600
"""For how long, in seconds, a message is nobody else's: the longest that SQS allows. What is left is given back."""


class UnknownQueue(Exception):
    """The environment has no queue of that name. The message is one readable line."""


class Report(Struct):
    """What became of a queue's messages."""

    queue: str
    done: int = 0
    failed: int = 0
    expired: int = 0
    unreadable: int = 0
    dropped: int = 0
    """How many of those that have expired were deleted."""
    moving: bool = False
    """Whether SQS moves its messages back to the queues that they come from, which goes on without us."""
    why: dict[str, int] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """How many messages are still in the queue."""
        return self.failed + self.expired + self.unreadable - self.dropped


def queues(outputs: Mapping[str, str], wanted: str = "") -> dict[str, str]:
    """Return the dead-letter queues' addresses by name, or only the wanted one's. The stack has an output for each.

    Raises:
        UnknownQueue: there is none of the wanted name.
    """
    known = {name.removesuffix(_URL): url for name, url in outputs.items() if name.endswith(_URL)}
    if wanted and wanted not in known:
        raise UnknownQueue(f"there is no queue {wanted!r}; there are: {', '.join(sorted(known))}")
    return {name: url for name, url in known.items() if wanted in ("", name)}


def redrive(
    name: str, url: str, sqs: "SQSClient", redriver: Redriver, say: Callable[[str], None], *, drop_expired: bool = False
) -> Report:
    """Do everything in the queue again, each message once, and return what became of it.

    A queue that other queues give up to is emptied by SQS itself, back into those ("Moving messages out of a
    dead-letter queue" in the SQS developer guide).
    """
    report, why = Report(queue=name), Counter[str]()
    kept: list[str] = []
    try:
        while not report.moving and (batch := _receive(sqs, url)):
            kept += [message.receipt for message in batch]
            report.moving = any(message.of_queue for message in batch)
            for message in () if report.moving else batch:
                result = redriver.again(message.body)
                setattr(report, result.outcome.value, getattr(report, result.outcome.value) + 1)
                why[result.why] += bool(result.why)
                dropped = drop_expired and result.outcome is Outcome.EXPIRED
                report.dropped += dropped
                if dropped or result.outcome is Outcome.DONE:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message.receipt)
                    kept.remove(message.receipt)
            say(f"{name}: {report.done} done, {report.left} left")
    finally:
        for receipt in kept:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
    if report.moving:
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.start_message_move_task(SourceArn=arn)
    return structs.replace(report, why=dict(+why))


class _Message(NamedTuple):
    receipt: str
    body: str
    of_queue: bool
    """Whether another queue has given it up, rather than Lambda."""


def _receive(sqs: "SQSClient", url: str) -> list[_Message]:
    """Return up to ten messages that nobody has. Empty if there are none."""
    told = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=_HIDDEN,
        WaitTimeSeconds=1,
        MessageSystemAttributeNames=["DeadLetterQueueSourceArn"],
    )
    return [
        _Message(m["ReceiptHandle"], m["Body"], "DeadLetterQueueSourceArn" in m.get("Attributes", {}))
        for m in told.get("Messages", [])
    ]


def _line(report: Report) -> str:
    if report.moving:
        return f"{report.queue}: SQS moves its messages back to where they come from"
    counts = {n: getattr(report, n) for n in ("done", "failed", "expired", "unreadable", "dropped")}
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "empty"
    why = "; ".join(f"{count} × {reason}" for reason, count in report.why.items())
    return f"{report.queue}: {said}{f' ({why})' if why else ''}"


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.operate.redrive", description="Do dead letters again")
    parser.add_argument("environment")
    parser.add_argument("--queue", default="", help="Undelivered, FailedUploads …; without it, every queue")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument(
        "--drop-expired", action="store_true", help="delete messages whose records the stream no longer has"
    )
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Run the command line."""
    asked = _arguments().parse_args(arguments)
    try:
        place = find(asked.environment)
        redriver = Redriver(place.client("lambda"), place.client("dynamodbstreams"))
        sqs, drop = place.client("sqs"), asked.drop_expired
        reports = [
            redrive(name, url, sqs, redriver, _say, drop_expired=drop)
            for name, url in queues(place.outputs, asked.queue).items()
        ]
    except EndpointConnectionError as error:
        print(f"redrive: {error}; `make run` starts what is there (PARLEY_PORT says where)", file=sys.stderr)
        return 1
    except (UnknownEnvironment, UnknownQueue, CannotStart, ClientError, BotoCoreError) as error:
        print(f"redrive: {error}", file=sys.stderr)
        return 1
    if asked.json:
        print(json.dumps([structs.asdict(r) for r in reports]))
    else:
        print("\n".join(_line(r) for r in reports))
    return 1 if any(r.left for r in reports) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
