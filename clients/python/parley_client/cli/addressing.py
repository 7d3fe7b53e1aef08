"""Whom a person means: by id, by the name that they may see, or by the address of a sign-in on this machine."""

import re

from parley_client.cli.commands import CommandError
from parley_client.cli.credentials import CredentialStore
from parley_client.cli.display_names import fit_name
from parley_client.http.problems import RestError
from parley_client.http.rest import Rest
from parley_client.http.tokens import subject
from parley_client.protocol.values import is_id

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def resolve(where: str, home: CredentialStore, rest: Rest | None) -> str:
    """The user or conversation that ``where`` means.

    A name is looked for among those with whom the user has a conversation. Nobody's e-mail address can be looked up on
    the server; those of this machine's sign-ins are known here.

    Raises:
        CommandError: several people have this name, or it can only be a name and nobody has it.
    """
    if not where or ":" in where or _UUID.fullmatch(where):
        return where
    if "@" in where and (known := home.find(where)):
        return subject(known.access)
    named = await _named(where, rest) if rest else set()
    if where in named:
        return where
    if len(named) > 1:
        raise CommandError(f"several people are called {where}: {', '.join(sorted(named))}")
    if named:
        return next(iter(named))
    if not is_id(where):
        raise CommandError(not_known(where))
    return where


def not_known(where: str) -> str:
    """What to say of a name that nobody has, or of an id that the server does not know."""
    return (
        f"nobody you have talked with is called {where}: names are of people in your inbox. "
        "Give a user id; parley providers CATEGORY lists providers with theirs"
    )


async def _named(where: str, rest: Rest) -> set[str]:
    """The users in the inbox who have this name, or this id."""
    wanted = where.casefold()
    found = set()
    try:
        for archived in (False, True):
            async for summary in rest.list_conversations(archived=archived):
                other = summary.other
                if other.user == where or fit_name(other.name).casefold() == wanted:
                    found.add(other.user)
    except RestError:  # an id needs no looking up, and for anything else the lack of a name is said
        return set()
    return found
