"""``make run`` and ``make demo``: a whole Parley on this machine with a conversation in it, which then stays up.

``python -m infra.local.run [--once]``. ``PARLEY_PORT`` is the port of the embedded AWS. With ``--once`` it ends after
the conversation, and returns 0 only if every step was observed.
"""

import argparse
import asyncio
import os
import shlex
import signal
import sys
import time

from botocore.exceptions import BotoCoreError, ClientError

from infra import package
from infra.deploy import DeploymentFailed
from infra.local import demo, workspace
from infra.local.emulator import free_port, wanted_port
from infra.local.expect import NotSeen
from infra.local.progress import Progress, print_anyhow
from infra.local.stack import Local, User, running
from infra.local.workspace import CannotStart

_WATCH = 0.5


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.run", description="Parley on this machine")
    parser.add_argument("--once", action="store_true", help="end after the conversation")
    asked = parser.parse_args(arguments)
    print_anyhow()
    # Treat being terminated like an interrupt, so that everything that was started is stopped in order. The interrupt
    # handler is set explicitly, because a process that a shell starts in the background ignores Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGINT))
    os.environ["NO_PROXY"] = "127.0.0.1,localhost"  # nothing here is on the network
    port = 0
    try:
        port = wanted_port() or free_port()
        return _run(port, once=asked.once)
    except KeyboardInterrupt:
        print("\nstopped")
        return 130 if asked.once else 0
    except (CannotStart, DeploymentFailed, NotSeen, package.CannotPackage) as error:
        print(f"parley: {error}", file=sys.stderr)
    except (ClientError, BotoCoreError) as error:
        print(f"parley: the embedded AWS refused: {error}; see {workspace.at(port).log}", file=sys.stderr)
    except OSError as error:
        print(f"parley: {error.strerror or error}", file=sys.stderr)
    return 1


def _run(port: int, *, once: bool) -> int:
    start = time.monotonic()
    progress = Progress()
    if os.environ.get("PARLEY_PORT") == "0":
        progress.line(f"Port {port} is free, and is taken.")
    with running(port, progress, analytics=not once) as local:
        with progress.step("create a consumer, Ada, and a provider, Ben"):
            pair = demo.create_pair(local)
        progress.line()
        asyncio.run(demo.show(local, pair, progress))
        progress.line(f"\nAll of it was seen, {time.monotonic() - start:.0f} s after the start.")
        if once:
            return 0
        _open_door(local, pair, progress)
        while local.alive():
            time.sleep(_WATCH)
    raise CannotStart(f"the embedded AWS or its gateway has ended by itself; see {workspace.at(port).path}/*.log")


def _open_door(local: Local, pair: demo.Pair, progress: Progress) -> None:
    progress.line("\nParley is running. To join, in another terminal:\n")
    for user, other in ((pair.consumer, pair.provider), (pair.provider, pair.consumer)):
        progress.line(f"  as {user.name}, the {user.role}:\n    . {_settings(local, user)}; parley chat {other.id}\n")
    progress.line("  There, parley inbox, profile, upload and device ask the HTTP API (parley --help says more):")
    progress.line(f"    {local.http_url}\n")
    progress.line("  What happens is recorded; make report ENV=local shows it, a few seconds later.\n")
    progress.line(f"  The AWS services answer at {local.endpoint} (keys test/test). Ctrl-C stops everything.\n")


def _settings(local: Local, user: User) -> str:
    """Write a file for a shell to read, deleted when this program ends. The user's own ~/.parley is left alone."""
    settings = {
        "PARLEY_WS_URL": local.url,
        "PARLEY_HTTP_URL": local.http_url,
        "PARLEY_CLIENT_ID": local.outputs["UserPoolClientId"],
        "PARLEY_COGNITO_URL": local.endpoint,
        "PARLEY_HOME": str(local.place.home(user.name.lower())),
        "PARLEY_USERNAME": user.email,
        "PARLEY_PASSWORD": user.password,
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
    lines.append(f"export PATH={shlex.quote(str(package.ROOT / '.venv' / 'bin'))}:$PATH")
    path = local.place.path / f"{user.name.lower()}.env"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")
    return shlex.quote(str(path))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
