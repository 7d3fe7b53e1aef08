"""``make report``: how an environment is used, as one HTML page.

``python -m infra.analytics <environment> [--demo] [--days 30] [--last YYYY-MM-DD] [--json]``. On AWS, Athena runs the
queries; for ``local``, DuckDB runs the same ones on the events that `make run` has recorded, and with ``--demo`` on
those of a month that never was.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra import package
from infra.analytics import demo, figures, lake, page
from infra.analytics.athena import Athena
from infra.analytics.engine import CannotQuery, Engine
from infra.environment import LOCAL, Environment, UnknownEnvironment, load
from infra.local.emulator import address, wanted_port
from infra.local.workspace import CannotStart

BUILD = package.ROOT / "build"


def main(arguments: Sequence[str], today: date | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.analytics", description="How an environment is used, as a page"
    )
    parser.add_argument("environment", help="its name, as in infra/environments")
    parser.add_argument("--demo", action="store_true", help="show a month that never was")
    parser.add_argument("--days", type=int, default=30, help="how many days the report is about (default: 30)")
    parser.add_argument(
        "--last", type=date.fromisoformat, help="the last of them, YYYY-MM-DD (default: yesterday, UTC; today if local)"
    )
    parser.add_argument("--json", action="store_true", help="print every figure as JSON, and write no page")
    asked = parser.parse_args(arguments)
    now = today or datetime.now(UTC).date()
    local = asked.environment == LOCAL and not asked.demo
    last = asked.last or (now if local else now - timedelta(days=1))  # a day that is not over would seem a weak one
    if not 1 <= asked.days <= 366:
        parser.error("--days is from 1 to 366")
    try:
        environment = load(asked.environment)
        engine = _demonstration(last) if asked.demo else _engine(environment)
        found = figures.query(engine, last - timedelta(days=asked.days - 1), last, lambda name: _say(f"  {name} …"))
    except (UnknownEnvironment, CannotQuery, CannotStart) as error:
        _say(f"report: {error}")
        return 1
    except (ClientError, BotoCoreError) as error:
        _say(f"report: {str(error).splitlines()[0]}")
        return 1
    if asked.json:
        print(json.dumps({"first": found.first, "last": found.last, **found.rows}, indent=2))
        return 0
    path = BUILD / f"report-{environment.name}{'-demo' if asked.demo else ''}.html"
    path.parent.mkdir(exist_ok=True)
    path.write_text(page.html(found, environment.name, demo=asked.demo), encoding="utf-8")
    for what, value, remark in page.headlines(found):
        print(f"{what:<24}{value:>10}   {remark}")
    print(f"\n{path.relative_to(package.ROOT)}: open it in a browser")
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _demonstration(last: date) -> Engine:
    directory = _emptied(BUILD / "analytics" / "demo")
    sink = lake.LakeSink()
    _say(f"  making up {demo.DAYS} days …")
    events = demo.seed(sink, last)
    _say(f"  writing {events:,} events as Parquet …")
    lake.write(directory, sink.arrived)
    return lake.Lake(directory)


def _engine(environment: Environment) -> Engine:
    if environment.name == LOCAL:
        return _local(environment)
    session = boto3.Session(region_name=environment.region)
    outputs = _outputs(session.client("cloudformation"), environment)
    return Athena(session.client("athena"), outputs["AnalyticsWorkGroup"], outputs["AnalyticsDatabase"])


def _local(environment: Environment) -> Engine:
    """Fetch what `make run` has recorded so far, and convert it, which Firehose does on AWS."""
    endpoint = address(wanted_port())
    config = Config(proxies={}, retries={"total_max_attempts": 1})
    session = boto3.Session("test", "test", region_name=environment.region)
    try:
        outputs = _outputs(session.client("cloudformation", endpoint_url=endpoint, config=config), environment)
    except BotoCoreError:
        raise CannotQuery(
            f"no Parley is running at {endpoint}; start one with `make run` (PARLEY_PORT), or add DEMO=1"
        ) from None
    s3: Any = session.client("s3", endpoint_url=endpoint, config=config)
    arrived: dict[str, list[bytes]] = {}
    for listed in s3.get_paginator("list_objects_v2").paginate(Bucket=outputs["AnalyticsBucket"], Prefix="events/"):
        for thing in listed.get("Contents", []):
            day = thing["Key"].split("/")[1].removeprefix("arrived=")
            body = s3.get_object(Bucket=outputs["AnalyticsBucket"], Key=thing["Key"])["Body"].read()
            arrived.setdefault(day, []).append(body)
    directory = _emptied(BUILD / "analytics" / LOCAL)
    lake.write(directory, arrived)
    return lake.Lake(directory)


def _outputs(cloudformation: Any, environment: Environment) -> dict[str, str]:
    (stack,) = cloudformation.describe_stacks(StackName=environment.stack)["Stacks"]
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
    if "AnalyticsBucket" not in outputs:
        raise CannotQuery(f"{environment.name} records nothing: set `analytics` in its file and deploy it")
    return outputs


def _emptied(directory: Path) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
