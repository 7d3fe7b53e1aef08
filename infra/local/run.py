"""``make run`` and ``make demo``: a whole Parley on this machine with a conversation in it, which then stays up.

``python -m infra.local.run [--once]``. ``PARLEY_PORT`` is the port of the embedded AWS. With ``--once`` it ends after
the conversation, and returns 0 only if every step was observed. Without, the conversation is shown at the first start
and with ``DEMO=1`` (``DEMO=0`` leaves it out), everything is kept from start to start, and ``FRESH=1`` begins again.
"""

import argparse
import asyncio
import json
import os
import secrets
import shlex
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infra import package
from infra.deploy.stacks import DeploymentFailed
from infra.environment import UnknownEnvironment
from infra.local import client_settings, demo, people, terminal_news, workspace
from infra.local.emulator import free_port, wanted_port
from infra.local.expect import NotSeen
from infra.local.progress import Progress, print_anyhow, waited
from infra.local.stack import Local, User, running
from infra.local.workspace import CannotStart

_WATCH = 0.5
_PEOPLE = "people.json"


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
    except CannotStart as error:
        print(f"parley: {error}{_running_at(workspace.at(port))}", file=sys.stderr)
    except (DeploymentFailed, NotSeen, UnknownEnvironment, package.CannotPackage) as error:
        print(f"parley: {error}", file=sys.stderr)
    except (ClientError, BotoCoreError) as error:
        print(f"parley: the embedded AWS refused: {error}; see {workspace.at(port).log}", file=sys.stderr)
    except OSError as error:
        print(f"parley: {error.strerror or error}", file=sys.stderr)
    return 1


def _running_at(place: workspace.Place) -> str:
    """Return where the Parley that holds a place serves, as the end of a sentence; nothing if there is none."""
    settings = place.path / "settings.json"
    if not (settings.is_file() and workspace.in_use(place)):
        return ""
    return f". The one that runs there: {json.loads(settings.read_bytes())['pageUrl']}"


def _run(port: int, *, once: bool) -> int:
    progress = Progress()
    free = os.environ.get("PARLEY_PORT") == "0"
    if free:
        progress.line(f"Port {port} is free, and is taken.")
    keep = not (once or free)
    fresh = keep and _is_set("FRESH")
    with running(port, progress, keep=keep, fresh=fresh, analytics=not once) as local:
        pair, is_new = _pair(local, progress)
        people.write(pair, local.place.path)
        if os.environ.get("DEMO") != "0" and (is_new or _is_set("DEMO")):
            shown = pair if is_new else demo.create_pair(local, secrets.token_hex(3))
            progress.line()
            asyncio.run(demo.show(local, shown, progress))
            progress.line(f"\nAll of it was seen, {waited(time.time(), os.environ):.0f} s after the start.")
        if once:
            return 0
        _open_door(local, pair, progress)
        progress.line(f"  Up in {waited(time.time(), os.environ):.1f} s. Codes and pushes follow as they come.\n")
        with terminal_news.shown(local, progress):
            while local.alive():
                time.sleep(_WATCH)
    raise CannotStart(f"the embedded AWS or its gateway has ended by itself; see {workspace.at(port).path}/*.log")


def _is_set(variable: str) -> bool:
    return os.environ.get(variable, "") not in {"", "0"}


def _pair(local: Local, progress: Progress) -> tuple[demo.Pair, bool]:
    """Return Ada and Ben, and whether they are new. What is kept has them from the first start on."""
    path = local.place.state / _PEOPLE
    if path.is_file():
        consumer, provider = (User(**kept) for kept in json.loads(path.read_bytes()))
        return demo.Pair(consumer, provider), False
    with progress.step("create a consumer, Ada, and a provider, Ben"):
        pair = demo.create_pair(local)
    if local.place.state.is_dir():
        path.touch(mode=0o600)
        path.write_text(json.dumps([user._asdict() for user in pair]))
    return pair, True


def _open_door(local: Local, pair: demo.Pair, progress: Progress) -> None:
    progress.line(f"\nParley is running: {local.settings['pageUrl']}\n")
    progress.line("  To join by the command line, in another terminal:\n")
    for user, other in ((pair.consumer, pair.provider), (pair.provider, pair.consumer)):
        progress.line(f"  as {user.name}, the {user.role}:\n    . {_settings(local, user)}; parley chat {other.id}\n")
    anyone = shlex.quote(str(local.place.path / "shell.env"))
    progress.line(f"  as yourself:\n    . {anyone}; parley sign-up && parley chat {pair.provider.id}\n")
    progress.line(f"  For an app of your own: {local.settings['pageUrl']}settings.json, or settings.{{env,json,js}} in")
    progress.line(f"    {local.place.path}\n")
    progress.line("  What happens is recorded; make report ENV=local shows it, a few seconds later.\n")
    progress.line(f"  The AWS services answer at {local.endpoint} (keys test/test). Ctrl-C stops everything;")
    progress.line("    make run goes on from here, and FRESH=1 make run begins again.\n")


def _settings(local: Local, user: User) -> str:
    """Write files for a shell to read, for a user and for anyone, and return the user's. ~/.parley is left alone."""
    name = user.name.lower()
    mine = {
        "PARLEY_HOME": str(local.place.home(name)),
        "PARLEY_USERNAME": user.email,
        "PARLEY_PASSWORD": user.password,
    }
    _write_shell(local, "shell", {"PARLEY_HOME": str(local.place.home("own"))})
    return shlex.quote(str(_write_shell(local, name, mine)))


def _write_shell(local: Local, name: str, more: Mapping[str, str]) -> Path:
    settings = {**client_settings.as_variables(local.settings), **more}
    lines = [f"export {variable}={shlex.quote(value)}" for variable, value in settings.items()]
    lines.append(f"export PATH={shlex.quote(str(package.ROOT / '.venv' / 'bin'))}:$PATH")
    path = local.place.path / f"{name}.env"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
