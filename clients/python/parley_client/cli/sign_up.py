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
_RULE = "at least 12 characters, with a capital letter, a small letter and a digit"
"""The user pool's, in words. Cognito names only what a password lacks."""


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
    terminal = Terminal(as_json=options.json)
    given = _given_password(options, email)
    if options.code:
        password = given or ask("Password: ", getpass.getpass)
        cognito.confirm_sign_up(email, options.code)
    else:
        password = _register(cognito, email, given, name or "", terminal)
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


def _given_password(options: argparse.Namespace, email: str) -> str | None:
    """The option's password, or the environment's if the environment does not say that it is somebody else's."""
    from_environment = options.password and options.password == os.environ.get("PARLEY_PASSWORD")
    if options.password and not (from_environment and os.environ.get("PARLEY_USERNAME", email) != email):
        return str(options.password)
    return None


def _register(cognito: Cognito, email: str, given: str | None, name: str, terminal: Terminal) -> str:
    """Register the address with a password, and return the password. One that will not do is asked for again."""
    for _ in range(_TRIES):
        password = given or _chosen_password(terminal)
        try:
            _sign_up_or_resend(cognito, email, password, name)
        except CognitoError as error:
            if error.code != "InvalidPasswordException":
                raise
            if given:
                raise CommandError(f"Cognito does not accept the password: it needs {_RULE}") from None
            terminal.note(f"-- Cognito does not accept this password: it needs {_RULE}")
        else:
            terminal.note(f"-- a code was sent to {email}; on a laptop, it stands in the terminal of make run")
            return password
    raise CommandError(f"not signed up: a password needs {_RULE}")


def _chosen_password(terminal: Terminal) -> str:
    """A password that somebody has typed twice."""
    for _ in range(_TRIES):
        first = ask(f"Password ({_RULE}): ", getpass.getpass)
        if ask("Once more: ", getpass.getpass) == first:
            return first
        terminal.note("-- these are two different passwords")
    raise CommandError("not signed up: these are two different passwords")


def _sign_up_or_resend(cognito: Cognito, email: str, password: str, name: str) -> None:
    try:
        cognito.sign_up(email, password, name)
    except CognitoError as error:
        if error.code != "UsernameExistsException":
            raise
        try:
            cognito.resend_code(email)  # for somebody who went away before they had confirmed
        except CognitoError:
            raise CommandError(f"{email} has signed up before: run parley sign-in") from None


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
