"""``python -m tests.load``: the command line. ``--help`` lists the options, and ``make load`` runs it.

The exit status is 0 only if every message is where it must be. It is 1 if one is not, or if the run could not be
carried out, 2 for invalid options, and 130 after Ctrl-C, which ends the writing; a second one ends everything at once.
The results are a table, build/load.json and, with charts over time, build/load.html.
"""

import os
import signal
import sys
from http.client import HTTPException
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from parley_client import CognitoError

from infra.deploy.stacks import DeploymentFailed
from infra.local.progress import Progress, print_anyhow
from infra.local.stack import running
from infra.local.workspace import CannotStart
from tests.load import options, page, report
from tests.load.clients.fleet import FleetFailed
from tests.load.interruption import Interruption
from tests.load.run import LoadFailed, run


def main(arguments: list[str]) -> int:
    """Run the command line."""
    asked = options.parse(arguments)
    print_anyhow()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGINT))
    os.environ["NO_PROXY"] = "127.0.0.1,localhost"  # nothing here is on the network
    progress, interruption = Progress(), Interruption()
    try:
        with running(progress=progress) as local:
            outcome = run(local, asked, progress, interruption)
    except KeyboardInterrupt:
        print("\nstopped")
        return 130
    except (CannotStart, DeploymentFailed, LoadFailed, FleetFailed, CognitoError) as error:
        print(f"load: {error}", file=sys.stderr)
        return 1
    except (ClientError, BotoCoreError) as error:
        print(f"load: the embedded AWS refused: {error}", file=sys.stderr)
        return 1
    except HTTPException as error:
        print(f"load: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"load: {error.strerror or error}", file=sys.stderr)
        return 1
    print(f"\n{report.table(outcome)}")
    output = Path(asked.output)
    try:
        report.write(outcome, output)
        page.write(outcome, output.with_suffix(".html"))
    except OSError as error:
        print(f"load: cannot write {asked.output}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"\n  Over time: {output.with_suffix('.html')}")
    if outcome.interrupted:
        print("stopped")
        return 1 if outcome.findings else 130
    return 0 if outcome.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
