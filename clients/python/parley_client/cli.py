"""The command line: what can be asked for, and from where it takes what it needs."""

import argparse
import asyncio
import getpass
import os
import sys
import warnings
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import NoReturn, get_args

from parley_client import commands, rest_commands
from parley_client.chat import chat
from parley_client.client import Client, ClientStopped
from parley_client.commands import CommandError
from parley_client.home import Home, HomeError, SignIn
from parley_client.problems import RestError
from parley_client.rest import Platform, Rest
from parley_client.signin import Cognito, CognitoError, CognitoTokens, Tokens
from parley_client.store import StoreError
from parley_client.terminal import Terminal, plain
from parley_client.tokens import SignInRequired, subject

_INTERRUPTED = 130
_BROKEN_PIPE = 141
_FAILURES = (CommandError, CognitoError, ClientStopped, HomeError, RestError, SignInRequired, StoreError, ValueError)
_OVER_HTTP = frozenset({"profile", "inbox", "upload", "device"})
_EPILOG = (
    "Exit status: 0 done, 1 not done (and stderr says why), 2 bad usage, 130 interrupted, 141 nobody reads the output."
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except _FAILURES as error:
        print(f"parley: {plain(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has left; Python must not find that out again when it flushes on its way out.
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
    add("--json", action="store_true", help="one JSON object a line")

    parser = _Parser(prog="parley", description="Talk over Parley.", epilog=_EPILOG)
    verbs = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def verb(name: str, text: str) -> _Parser:
        return verbs.add_parser(name, parents=[everywhere], help=text, description=text)

    verb("sign-in", "Sign in with a user name and a password, and stay so.")
    verb("conversations", "List conversations, with what is unread and who is online.")
    talk = verb("chat", "Talk in one conversation. Reads lines where the input is not a terminal.")
    send = verb("send", "Send one message; done when the server has stored it.")
    verb("tail", "Print what arrives, in all conversations.")
    for of_one in (talk, send):
        of_one.add_argument("where", metavar="USER-OR-CONVERSATION")
        of_one.add_argument("--timeout", type=float, default=30.0, help="seconds to wait for the server (30)")
    send.add_argument("text", metavar="TEXT")
    _add_over_http(verb)
    return parser


def _add_over_http(verb: Callable[[str, str], argparse.ArgumentParser]) -> None:
    profile = verb("profile", "Show a profile: your own, which can be changed, or another user's.")
    profile.add_argument("user", metavar="USER", nargs="?", default="")
    profile.add_argument("--set", metavar="FIELD=VALUE", action="append", default=[],
        help=f"change your own: {', '.join(rest_commands.CHANGEABLE)}")  # fmt: skip
    inbox = verb("inbox", "List conversations as the server has them: pinned ones first, then the newest.")
    inbox.add_argument("--archived", action="store_true", help="the archived ones, instead of all others")
    upload = verb("upload", "Upload a file: send it in a conversation, or make it your photo.")
    upload.add_argument("file", metavar="FILE", type=Path)
    place = upload.add_mutually_exclusive_group(required=True)
    place.add_argument("--to", metavar="USER-OR-CONVERSATION")
    place.add_argument("--profile", action="store_true", help="as your photo")
    upload.add_argument("--text", default="", help="to go with it")
    device = verb("device", "List the devices that pushes reach, add one, or take one away.")
    change = device.add_mutually_exclusive_group()
    change.add_argument("--put", nargs=3, metavar=("DEVICE", "PLATFORM", "TOKEN"),
        help=f"push to it; the platform is one of {', '.join(get_args(Platform))}")  # fmt: skip
    change.add_argument("--delete", metavar="DEVICE", help="push to it no longer")


def _env(name: str) -> str | None:
    return os.environ.get(f"PARLEY_{name}") or None


def _run(options: argparse.Namespace) -> int:
    home = Home(Path(options.home).expanduser())
    if options.command == "sign-in":
        return _sign_in(options, home)
    sign_in = _whom(options, home)
    terminal = Terminal(as_json=options.json)
    if options.command in _OVER_HTTP:
        return asyncio.run(_asking(sign_in, home, _request(options, terminal, subject(sign_in.access))))
    return asyncio.run(_connected(sign_in, home, _command(options, terminal)))


def _command(options: argparse.Namespace, terminal: Terminal) -> Callable[[Client], Coroutine[None, None, int]]:
    match options.command:
        case "conversations":
            return lambda client: commands.conversations(client, terminal)
        case "chat":
            return lambda client: chat(client, terminal, options.where, options.timeout)
        case "send":
            return lambda client: commands.send(client, terminal, options.where, options.text, options.timeout)
        case _:
            return lambda client: commands.tail(client, terminal)


def _request(
    options: argparse.Namespace, terminal: Terminal, user: str
) -> Callable[[Rest], Coroutine[None, None, int]]:
    match options.command:
        case "profile":
            return lambda rest: rest_commands.profile(rest, terminal, options.user, options.set)
        case "inbox":
            return lambda rest: rest_commands.inbox(rest, terminal, archived=options.archived)
        case "upload":
            return lambda rest: rest_commands.upload(rest, terminal, user, options.file, options.to, options.text)
        case _ if options.put:
            return lambda rest: rest_commands.put_device(rest, terminal, *options.put)
        case _ if options.delete:
            return lambda rest: rest_commands.delete_device(rest, terminal, options.delete)
        case _:
            return lambda rest: rest_commands.devices(rest, terminal)


async def _connected(sign_in: SignIn, home: Home, command: Callable[[Client], Coroutine[None, None, int]]) -> int:
    client = await Client.open(sign_in.url, _tokens(sign_in, home), home.path)
    return await command(client)


async def _asking(sign_in: SignIn, home: Home, command: Callable[[Rest], Coroutine[None, None, int]]) -> int:
    if not sign_in.http_url:
        raise CommandError("--http-url (PARLEY_HTTP_URL) is needed")
    async with Rest(sign_in.http_url, _tokens(sign_in, home)) as rest:
        return await command(rest)


def _tokens(sign_in: SignIn, home: Home) -> CognitoTokens:
    cognito = Cognito(sign_in.client_id, sign_in.region, sign_in.cognito_url)
    return CognitoTokens(cognito, sign_in.tokens, on_change=lambda t: home.renew(sign_in.username, t))


def _sign_in(options: argparse.Namespace, home: Home) -> int:
    known = home.find(options.username) if options.username else None
    username = options.username or _asked("User name: ", input)
    password = options.password or _asked("Password: ", getpass.getpass)
    sign_in = _signed_in(options, known, username, password)
    home.keep(sign_in)
    user = subject(sign_in.access)
    Terminal(as_json=options.json).show({"username": username, "user": user}, f"signed in as {username}, user {user}")
    return 0


def _asked(question: str, ask: Callable[[str], str]) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # no terminal: it would ask, and show what is typed
            return ask(question)
    except (EOFError, getpass.GetPassWarning):
        raise CommandError("no terminal to ask on: give --username, and the password in PARLEY_PASSWORD") from None


def _whom(options: argparse.Namespace, home: Home) -> SignIn:
    known = home.find(options.username)
    if options.password:
        if not options.username:
            given = "PARLEY_PASSWORD" if options.password == _env("PASSWORD") else "--password"
            raise CommandError(f"{given} is given, but not whose it is: --username (PARLEY_USERNAME)")
        return _signed_in(options, known, options.username, options.password)
    if known is None:
        who = f"{options.username} is not" if options.username else "nobody is"
        raise CommandError(f"{who} signed in: run parley sign-in")
    return SignIn(
        username=known.username,
        url=options.url or known.url,
        client_id=options.client_id or known.client_id,
        region=options.region or known.region,
        cognito_url=options.cognito_url or known.cognito_url,
        access=known.access,
        refresh=known.refresh,
        http_url=options.http_url or known.http_url,
    )


def _signed_in(options: argparse.Namespace, known: SignIn | None, username: str, password: str) -> SignIn:
    url = options.url or (known and known.url)
    client_id = options.client_id or (known and known.client_id)
    if not url or not client_id:
        missing = "--url (PARLEY_WS_URL)" if not url else "--client-id (PARLEY_CLIENT_ID)"
        raise CommandError(f"{missing} is needed to sign in")
    region = options.region or (known.region if known else "us-east-1")
    cognito_url = options.cognito_url or (known.cognito_url if known else None)
    http_url = options.http_url or (known.http_url if known else None)
    tokens: Tokens = Cognito(client_id, region, cognito_url).sign_in(username, password)
    return SignIn(username, url, client_id, region, cognito_url, tokens.access, tokens.refresh, http_url)


if __name__ == "__main__":
    sys.exit(main())
