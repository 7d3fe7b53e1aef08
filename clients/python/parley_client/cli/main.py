"""The command line: its commands and options, and the settings that they come from."""

import argparse
import asyncio
import contextlib
import io
import math
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn, get_args

from parley_client.cli import commands, rest_commands
from parley_client.cli.addressing import resolve
from parley_client.cli.auth import resolve_credentials, sign_in
from parley_client.cli.chat import chat
from parley_client.cli.commands import CommandError
from parley_client.cli.credentials import CredentialError, Credentials, CredentialStore
from parley_client.cli.display_names import DisplayNames
from parley_client.cli.media_command import media
from parley_client.cli.sign_up import sign_out, sign_up
from parley_client.cli.terminal import Terminal, plain
from parley_client.http.cognito import Cognito, CognitoError, CognitoTokens
from parley_client.http.problems import RestError
from parley_client.http.rest import Platform, Rest
from parley_client.http.tokens import SignInRequired
from parley_client.live.client import Client, ClientStopped
from parley_client.protocol.store import MemoryStore, StoreError, StoreInUse

_INTERRUPTED = 130
_NEW_LINE = "\n"
_BROKEN_PIPE = 141
_FAILURES = (
    CommandError,
    CognitoError,
    ClientStopped,
    CredentialError,
    RestError,
    SignInRequired,
    StoreError,
    ValueError,
)
_OVER_HTTP = frozenset({"profile", "providers", "inbox", "upload", "media", "device"})
_SIGNING = {"sign-up": sign_up, "sign-in": sign_in, "sign-out": sign_out}
_EPILOG = (
    "Exit status: 0 done, 1 not done (and stderr says why), 2 bad usage, 130 interrupted, 141 nobody reads the output."
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # whatever the locale, escape a character rather than fail
    try:
        return _run(options)
    except _FAILURES as error:
        print(f"parley: {plain(str(error)).replace(_NEW_LINE, ' ')}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone, and Python must not fail again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE


def _parser() -> argparse.ArgumentParser:
    everywhere = _Parser(add_help=False)
    add = everywhere.add_argument
    add("--url", default=_env("WS_URL"), help="the WebSocket API, wss://… [PARLEY_WS_URL]")
    add("--http-url", default=_env("HTTP_URL"), help="the HTTP API, https://… [PARLEY_HTTP_URL]")
    add("--client-id", default=_env("CLIENT_ID"), help="the user pool's app client [PARLEY_CLIENT_ID]")
    add("--cognito-url", default=_env("COGNITO_URL"), help="where Cognito is, if not at AWS [PARLEY_COGNITO_URL]")
    add("--region", default=_env("REGION"), help="the user pool's Region (us-east-1) [PARLEY_REGION]")
    add("--username", default=_env("USERNAME"), help="whose sign-in to use (the last one) [PARLEY_USERNAME]")
    add("--password", default=_env("PASSWORD"), help="sign in for this command; others can see it here, so rather "
        "[PARLEY_PASSWORD]")  # fmt: skip
    add("--home", type=Path, default=_env("HOME") or Path("~/.parley"), help="directory (~/.parley) [PARLEY_HOME]")
    add("--page-url", default=_env("PAGE_URL"), help="a laptop's own address, http://… [PARLEY_PAGE_URL]")
    add("--json", action="store_true", help="one JSON object a line")

    parser = _Parser(prog="parley", description="Talk over Parley.", epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"parley {version('parley-client')}")
    verbs = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def verb(name: str, text: str) -> _Parser:
        return verbs.add_parser(name, parents=[everywhere], help=text, description=text)

    new = verb("sign-up", "Sign up with an e-mail address, confirm it with the code that is sent to it, and sign in.")
    new.add_argument("email", metavar="EMAIL", nargs="?")
    new.add_argument("--name", help="as others see it")
    new.add_argument("--code", help="the code, where there is no terminal to ask on")
    verb("sign-in", "Sign in with a user name and a password, and stay so.")
    verb("sign-out", "Forget the tokens of a sign-in, and have them revoked. Messages stay on this machine.")
    verb("conversations", "List conversations, with what is unread and who is online.")
    talk = verb("chat", "Talk in one conversation. Reads lines where the input is not a terminal.")
    send = verb("send", "Send one message; done when the server has stored it.")
    verb("tail", "Print what arrives, in all conversations.")
    for of_one in (talk, send):
        of_one.add_argument(
            "where", metavar="USER-OR-CONVERSATION", help="an id, or the name of somebody in your inbox"
        )
        of_one.add_argument(
            "--timeout", metavar="SECONDS", type=_seconds, default=30.0, help="to wait for the server (30)"
        )
    send.add_argument("text", metavar="TEXT")
    _add_over_http(verb)
    return parser


def _add_over_http(verb: Callable[[str, str], argparse.ArgumentParser]) -> None:
    profile = verb("profile", "Show a profile: your own, which can be changed, or another user's.")
    profile.add_argument("user", metavar="USER", nargs="?")
    profile.add_argument("--set", metavar="FIELD=VALUE", action="append", default=[], type=_field,
        help=f"change your own: {', '.join(rest_commands.CHANGEABLE)}")  # fmt: skip
    listed = verb("providers", "List the providers of a category, with their ids.")
    listed.add_argument("category", metavar="CATEGORY", help="such as law, which has one on a laptop")
    inbox = verb("inbox", "List conversations as the server has them: pinned ones first, then the newest.")
    inbox.add_argument("--archived", action="store_true", help="the archived ones, instead of all others")
    upload = verb("upload", "Upload a file: send it in a conversation, or make it your photo.")
    upload.add_argument("file", metavar="FILE", type=Path)
    place = upload.add_mutually_exclusive_group(required=True)
    place.add_argument("--to", metavar="USER-OR-CONVERSATION")
    place.add_argument("--profile", action="store_true", help="as your photo")
    upload.add_argument("--text", default="", help="to go with it, to somebody")
    attached = verb("media", "Show what an attached file is; save it, or open it in a browser.")
    attached.add_argument("media", metavar="MEDIA", help="the id that stands where the file was sent")
    kept = attached.add_mutually_exclusive_group()
    kept.add_argument("--save", metavar="FILE", type=Path, help="or a directory")
    kept.add_argument("--open", action="store_true")
    attached.add_argument("--force", action="store_true", help="save over a file that exists")
    seen = verb("pushes", "List what a laptop's Parley has pushed to phones, and what follows, until interrupted.")
    seen.add_argument("--once", action="store_true", help="only what there was so far")
    device = verb("device", "List the devices that pushes reach, add one, or take one away.")
    change = device.add_mutually_exclusive_group()
    change.add_argument("--put", nargs=3, metavar=("DEVICE", "PLATFORM", "TOKEN"),
        help=f"push to it; the platform is one of {', '.join(get_args(Platform))}")  # fmt: skip
    change.add_argument("--delete", metavar="DEVICE", help="push to it no longer")


def _field(text: str) -> str:
    if "=" in text and text.partition("=")[0] in rest_commands.CHANGEABLE:
        return text
    raise argparse.ArgumentTypeError(f"not FIELD=VALUE with one of {', '.join(rest_commands.CHANGEABLE)}: {text!r}")


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (seconds := float(text)) < math.inf:
            return seconds
    raise argparse.ArgumentTypeError(f"not a number of seconds: {text!r}")


def _env(name: str) -> str | None:
    return os.environ.get(f"PARLEY_{name}") or None


def _run(options: argparse.Namespace) -> int:
    home = CredentialStore(Path(options.home).expanduser())
    if options.command in _SIGNING:
        return _SIGNING[options.command](options, home)
    if options.command == "pushes":
        return asyncio.run(rest_commands.pushes(options.page_url, Terminal(as_json=options.json), once=options.once))
    user = resolve_credentials(options, home)
    return asyncio.run(_asking(options, user, home) if options.command in _OVER_HTTP else _talking(options, user, home))


async def _talking(options: argparse.Namespace, user: Credentials, home: CredentialStore) -> int:
    tokens = _tokens(user, home)
    async with contextlib.AsyncExitStack() as stack:
        rest = await stack.enter_async_context(Rest(user.http_url, tokens)) if user.http_url else None
        where = await resolve(options.where, home, rest) if "where" in options else ""
        try:
            client = await Client.open(user.url, tokens, home.path)
        except StoreInUse as error:
            if options.command == "send" and rest:
                return await rest_commands.say(rest, Terminal(as_json=options.json), user.id, where, options.text)
            if options.command in {"chat", "send"}:
                raise CommandError(f"{error}: --home (PARLEY_HOME)") from None
            client = Client(user.url, tokens, MemoryStore(user.id))  # what is only shown needs no file
        names = await stack.enter_async_context(DisplayNames(rest))
        terminal = Terminal(as_json=options.json, name_of=names.of)
        match options.command:
            case "conversations":
                return await commands.conversations(client, terminal, names)
            case "chat":
                return await chat(client, terminal, names, where, options.timeout)
            case "send":
                return await commands.send(client, terminal, where, options.text, options.timeout)
            case _:
                return await commands.tail(client, terminal, names)


async def _asking(options: argparse.Namespace, user: Credentials, home: CredentialStore) -> int:
    if not user.http_url:
        raise CommandError("--http-url (PARLEY_HTTP_URL) is needed")
    terminal = Terminal(as_json=options.json)
    async with Rest(user.http_url, _tokens(user, home)) as rest:
        match options.command:
            case "profile":
                whose = None if options.user is None else await resolve(options.user, home, rest)
                return await rest_commands.profile(rest, terminal, whose, options.set)
            case "providers":
                return await rest_commands.providers(rest, terminal, options.category)
            case "inbox":
                return await rest_commands.inbox(rest, terminal, archived=options.archived)
            case "upload":
                if options.profile and options.text:
                    raise CommandError("--text goes with a file sent --to somebody; a photo has none")
                to = await resolve(options.to, home, rest) if options.to else None
                return await rest_commands.upload(rest, terminal, user.id, options.file, to, options.text)
            case "media":
                return await media(rest, terminal, options.media, options.save, look=options.open, force=options.force)
            case _ if options.put is not None:
                return await rest_commands.put_device(rest, terminal, *options.put)
            case _ if options.delete is not None:
                return await rest_commands.delete_device(rest, terminal, options.delete)
            case _:
                return await rest_commands.devices(rest, terminal)


def _tokens(user: Credentials, home: CredentialStore) -> CognitoTokens:
    cognito = Cognito(user.client_id, user.region, user.cognito_url)
    return CognitoTokens(cognito, user.tokens, on_change=lambda t: home.renew(user.username, t))


if __name__ == "__main__":
    sys.exit(main())
