"""The credentials that a command uses, stored earlier or obtained for it; and the command ``sign-in`` itself."""

import argparse
import getpass
import os
import re
import warnings
from collections.abc import Callable

from parley_client.cli.commands import CommandError
from parley_client.cli.credentials import Credentials, CredentialStore
from parley_client.cli.terminal import Terminal
from parley_client.http.addresses import check_address
from parley_client.http.cognito import Cognito, Tokens
from parley_client.http.tokens import subject

_REGION = "us-east-1"
_CLIENT_ID = re.compile(r"[\w+]{1,128}", re.ASCII)  # as Cognito defines it
_REGIONS = re.compile(r"[a-z0-9-]+")


def sign_in(options: argparse.Namespace, home: CredentialStore) -> int:
    """Sign in, and store the credentials."""
    check_options(options)
    known = home.find(options.username)
    if known is None:
        _needed(options, None)
    username = options.username or ask(f"User name{f' ({known.username})' if known else ''}: ", input)
    if username:
        known = home.find(username)
    elif known:
        username = known.username
    else:
        raise CommandError("nobody can be signed in without a user name")
    _needed(options, known)
    password = options.password or ask("Password: ", getpass.getpass)
    made = signed_in(options, known, username, password)
    home.save(made)
    user = subject(made.access)
    Terminal(as_json=options.json).show({"username": username, "user": user}, f"signed in as {username}, user {user}")
    return 0


def resolve_credentials(options: argparse.Namespace, home: CredentialStore) -> Credentials:
    """The credentials that the options ask for."""
    check_options(options)
    known = home.find(options.username)
    if options.password:
        if not options.username:
            given = "PARLEY_PASSWORD" if options.password == os.environ.get("PARLEY_PASSWORD") else "--password"
            raise CommandError(f"{given} is given, but not whose it is: --username (PARLEY_USERNAME)")
        return signed_in(options, known, options.username, options.password)
    if known is None:
        who = f"{options.username} is not" if options.username else "nobody is"
        raise CommandError(f"{who} signed in: run parley sign-in")
    return Credentials(
        username=known.username,
        url=options.url or known.url,
        client_id=options.client_id or known.client_id,
        region=options.region or known.region,
        cognito_url=options.cognito_url or known.cognito_url,
        access=known.access,
        refresh=known.refresh,
        http_url=options.http_url or known.http_url,
    )


def check_options(options: argparse.Namespace) -> None:
    """Check the options before anything is asked of people or servers."""
    for name, given, schemes in (
        ("--url", options.url, ("wss", "ws")),
        ("--http-url", options.http_url, ("https", "http")),
        ("--cognito-url", options.cognito_url, ("https", "http")),
    ):
        if given:
            try:
                check_address(given, *schemes, query=name == "--url")
            except ValueError as error:
                raise CommandError(f"{_named(name)}: {error}") from None
    if options.client_id and not _CLIENT_ID.fullmatch(options.client_id):
        raise CommandError(f"{_named('--client-id')}: not an app client's id: {options.client_id!r}")
    if options.region and not _REGIONS.fullmatch(options.region):
        raise CommandError(f"{_named('--region')}: not a Region: {options.region!r}")


def register(options: argparse.Namespace, known: Credentials | None) -> tuple[str, Cognito]:
    """The WebSocket API's address, and the user pool, as the options and an earlier sign-in say."""
    url, client_id = _needed(options, known)
    region = options.region or (known.region if known else _REGION)
    return url, Cognito(client_id, region, options.cognito_url or (known.cognito_url if known else None))


def _needed(options: argparse.Namespace, known: Credentials | None) -> tuple[str, str]:
    url = options.url or (known and known.url)
    client_id = options.client_id or (known and known.client_id)
    if not url or not client_id:
        raise CommandError(f"{_named('--client-id' if url else '--url')} is needed to sign in")
    return url, client_id


def _named(option: str) -> str:
    variable = {"--url": "WS_URL"}.get(option) or option.removeprefix("--").replace("-", "_").upper()
    return f"{option} (PARLEY_{variable})"


def ask(question: str, asking: Callable[[str], str]) -> str:
    """Ask a person. ``asking`` is ``input`` or ``getpass.getpass``.

    Raises:
        CommandError: there is nobody to ask.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # without a terminal, it would echo what is typed
            return asking(question)
    except (EOFError, getpass.GetPassWarning):
        raise CommandError("no terminal to ask on: give --username, and the password in PARLEY_PASSWORD") from None


def signed_in(options: argparse.Namespace, known: Credentials | None, username: str, password: str) -> Credentials:
    """Sign in, and return the credentials."""
    url, cognito = register(options, known)
    http_url = options.http_url or (known.http_url if known else None)
    tokens: Tokens = cognito.sign_in(username, password)
    return Credentials(
        username, url, cognito.client_id, cognito.region, cognito.url, tokens.access, tokens.refresh, http_url
    )
