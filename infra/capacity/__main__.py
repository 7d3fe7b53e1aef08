"""What a Parley costs per month, and which limits it reaches: a table, and with ``--html`` a page with charts.

    python -m infra.capacity --users 50000 --online 0.1 --html build/capacity.html
    python -m infra.capacity --account --env prod

With ``--account`` the limits are those that the account really has, read with the credentials that the AWS SDK finds.
The exit status is 2 if the arguments make no sense, and 1 if the account cannot be read, with one line that says why.
"""

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from infra import environment
from infra.capacity import account, figures, idle, page, prices, quotas, report, terminal
from infra.capacity.demand import Assumptions
from infra.environment import Environment


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 with a report, or 2 with one line that says why there is none."""
    args = vars(_parser().parse_args(arguments))
    html, source, name, real = args.pop("html"), args.pop("figures"), args.pop("env"), args.pop("account")
    notes: list[str] = []
    try:
        chosen = environment.load(name)
        limits = quotas.of(chosen)
        if real:
            found = _account(chosen)
            limits, notes = quotas.in_account(limits, found.figures), found.notes
        made = report.make(Assumptions(**args), figures.load(source), prices.load(), limits)
        if html is not None:
            html.write_text(page.html(made), encoding="utf-8")
    except (figures.NoFigures, environment.UnknownEnvironment) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{html} cannot be written: {error.strerror}")
    except NoCredentialsError:
        return _refuse("no AWS credentials; set AWS_PROFILE, or sign in with `aws sso login`", 1)
    except (ClientError, BotoCoreError) as error:
        return _refuse(str(error), 1)
    print(terminal.text(made))
    print(f"\nBesides, whether or not anybody talks:\n{idle.text(name, idle.bill(chosen))}")
    if real:
        print("\n".join(["", f"In this account, {chosen.region}:", *(f"  {note}" for note in notes)]))
    return 0


def _account(chosen: Environment) -> account.Account:
    """Read the account that the credentials lead to.

    Raises:
        ClientError, BotoCoreError: they lead to none.
    """
    session = boto3.Session(region_name=chosen.region)
    session.client("sts").get_caller_identity()
    return account.read(session, own_sender=chosen.sign_in.email is not None, phone=chosen.sign_in.phone)


def _refuse(why: str, status: int = 2) -> int:
    print(f"infra.capacity: {why}", file=sys.stderr)
    return status


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]  # it never returns, as argparse wants it
        self.exit(2, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="infra.capacity",
        description="Monthly cost by AWS service, and the quotas to raise, at 1, 10 and 100 times these users.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    positive, amount, share = _number(above=0), _number(least=0), _number(least=0, most=1)
    for name, kind, default, text in (
        ("users", positive, 10_000, "users of the month"),
        ("online", share, 0.1, "share of them with a socket open, on average over the day"),
        ("messages", amount, 20, "messages that each sends a day"),
        ("offline", share, 0.3, "share of messages whose recipient has no socket, and gets a push"),
        ("peak", _number(least=1), 4, "the busiest minutes over the average"),
        ("devices", _number(least=1, most=20), 1.3, "sockets of a user who is online"),
        ("sessions", amount, 8, "times that a user opens the app a day: a socket, and the list over HTTP"),
        ("typing", amount, 1, "typing frames a message"),
        ("media", amount, 0.5, "files that a user uploads a day"),
        ("media-mb", amount, 0.3, "size of a file, MB"),
        ("views", amount, 2, "downloads of a file"),
        ("keep-months", amount, 12, "months for which messages and files have been piling up"),
        ("storm-s", positive, 120, "seconds in which all are to be back after all were cut off"),
    ):
        parser.add_argument(f"--{name}", type=kind, default=default, metavar="N", help=text)
    parser.add_argument("--env", default="prod", metavar="NAME", help="environment whose own throttles are looked at")
    parser.add_argument("--account", action="store_true", help="read the account's real quotas")
    parser.add_argument("--figures", type=Path, metavar="FILE", help="measured figures, in place of build/bench.json")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with charts, too")
    return parser


def _number(above: float = -math.inf, least: float = -math.inf, most: float = 1e12) -> Callable[[str], float]:
    """Return a parser of numbers within these bounds."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not (value > above and least <= value <= most):  # also true for NaN
            bounds = f"above {above:g}" if above > -math.inf else f"at least {least:g}"
            upper = f" and at most {most:g}" if most < 1e12 or value > most else ""
            raise argparse.ArgumentTypeError(f"{text} is not {bounds}{upper}")
        return value

    return parse


if __name__ == "__main__":
    sys.exit(main())
