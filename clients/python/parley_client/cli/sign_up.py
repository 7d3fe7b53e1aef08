"""The commands ``sign-up`` and ``sign-out``."""

import argparse
import getpass
import os

from parley_client.cli.auth import ask, check_options, register, signed_in
from parley_client.cli.commands import CommandError
from parley_client.cli.credentials import CredentialStore
from parley_client.cli.terminal import Terminal
from parley_client.http.cognito import Cognito, CognitoError
from parley_client.http.tokens import SignInRequired, subject

_TRIES = 3


def sign_up(options: argparse.Namespace, home: CredentialStore) -> int:
    """Sign up with an e-mail address and a password, confirm the address with a code, and sign in.

    Where there is no terminal, the code is given to a second call, as ``--code``.
    """
    check_options(options)
    known = home.find(None)
    _, cognito = register(options, known)
    email = options.email or ask("E-mail: ", input)
    if not email:
        raise CommandError("nobody can sign up without an e-mail address")
    name = options.name if options.name is not None or options.code else ask("Name, as others see it: ", input)
    password = _password(options, email)
    terminal = Terminal(as_json=options.json)
    if options.code:
        cognito.confirm_sign_up(email, options.code)
    else:
        _register(cognito, email, password, name or "", terminal)
        if not _confirmed(cognito, email, terminal):
            return 0
    made = signed_in(options, known, email, password)
    home.save(made)
    user = subject(made.access)
    terminal.show({"username": email, "user": user}, f"signed up, and signed in as {email}, user {user}")
    return 0


def sign_out(options: argparse.Namespace, home: CredentialStore) -> int:
    """Forget a user's tokens here, and have Cognito revoke them. Their messages stay on this machine."""
    known = home.find(options.username)
    if known is None:
        raise CommandError(f"{options.username} is not signed in" if options.username else "nobody is signed in")
    home.forget(known.username)
    terminal = Terminal(as_json=options.json)
    try:
        Cognito(known.client_id, known.region, known.cognito_url).sign_out(known.refresh)
    except (CognitoError, SignInRequired) as error:
        terminal.note(f"-- forgotten here, but Cognito did not revoke the tokens: {error}")
    terminal.show({"username": known.username, "signed_out": True}, f"signed out {known.username}")
    return 0


def _password(options: argparse.Namespace, email: str) -> str:
    """The password, which is the environment's only if the environment does not say that it is somebody else's."""
    from_environment = options.password and options.password == os.environ.get("PARLEY_PASSWORD")
    if options.password and not (from_environment and os.environ.get("PARLEY_USERNAME", email) != email):
        return str(options.password)
    first = ask("Password (at least 12 characters, with a capital, a small letter and a digit): ", getpass.getpass)
    if ask("Once more: ", getpass.getpass) != first:
        raise CommandError("these are two different passwords")
    return first


def _register(cognito: Cognito, email: str, password: str, name: str, terminal: Terminal) -> None:
    try:
        cognito.sign_up(email, password, name)
    except CognitoError as error:
        if error.code != "UsernameExistsException":
            raise
        try:
            cognito.resend_code(email)  # for somebody who went away before they had confirmed
        except CognitoError:
            raise CommandError(f"{email} has signed up before: run parley sign-in") from None
    terminal.note(f"-- a code was sent to {email}; on a laptop, it stands in the terminal of make run")


def _confirmed(cognito: Cognito, email: str, terminal: Terminal) -> bool:
    """Ask for the code until it is the right one. False if there is nobody to ask."""
    for _ in range(_TRIES):
        try:
            code = ask("Code: ", input).strip()
        except CommandError:
            terminal.note(f"-- when it is there: parley sign-up {email} --code CODE")
            return False
        try:
            cognito.confirm_sign_up(email, code)
        except CognitoError as error:
            if error.code != "CodeMismatchException":
                raise
            terminal.note("-- that is not the code")
        else:
            return True
    raise CommandError(f"not confirmed; parley sign-up {email} --code CODE confirms later")
