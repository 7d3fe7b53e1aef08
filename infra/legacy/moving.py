"""Bring profiles and conversations over, as far as their users have moved."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from infra.legacy.dump import Row, own_id
from infra.legacy.staging import Conversation, Staging
from parley.accounts.ports import Profiles
from parley.core.lines import line
from parley.core.writes import Stored
from parley.migration import history

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

SIDE_BY_SIDE = 8
"""How many conversations are brought over at once. Within one, entries are stored one after the other."""
_ATTRIBUTE = "custom:legacy_id"
_ABOUT, _BUSINESS = 1_000, 80
"""What ``rest.me`` allows, in characters."""


class ProfileCounts(NamedTuple):
    """What became of the dump's profiles."""

    stored: int = 0
    kept: int = 0
    """Those of users who have changed their profile here, or whose profile was stored before."""
    waiting: int = 0
    """Those of users who have not moved yet."""


class ConversationCounts(NamedTuple):
    """What became of the dump's conversations, and of the entries that their messages make."""

    whole: int = 0
    begun: int = 0
    """Those whose members have written here before their old messages were brought over."""
    waiting: int = 0
    """Those of which a member has not moved yet."""
    entries: int = 0
    stored: int = 0
    verified: int = 0

    def plus(self, result: history.Result) -> "ConversationCounts":
        """Return the counts with one more conversation."""
        return self._replace(
            whole=self.whole + result.whole,
            begun=self.begun + (not result.whole),
            entries=self.entries + result.entries,
            stored=self.stored + result.stored,
            verified=self.verified + result.verified,
        )


def moved_users(cognito: "CognitoIdentityProviderClient", pool: str) -> dict[str, str]:
    """Return the ids of the users who have moved, by their ids in the legacy database. Reads the whole pool."""
    moved: dict[str, str] = {}
    for page in cognito.get_paginator("list_users").paginate(UserPoolId=pool):
        for user in page["Users"]:
            told = {a["Name"]: a.get("Value", "") for a in user["Attributes"]}
            if told.get(_ATTRIBUTE):
                moved[told[_ATTRIBUTE]] = told["sub"]
    return moved


def bring_profiles(
    rows: Iterable[Row], users: Mapping[str, str], profiles: Profiles, done: Callable[[ProfileCounts], None]
) -> ProfileCounts:
    """Store the profiles of users who have moved and have not written one here.

    What would not be accepted here is cut, or left out.
    """
    counts = ProfileCounts()
    for row in rows:
        user = users.get(own_id(row, "id", "profiles"))
        stored = profiles.profile(user) if user else None
        if stored is None:  # or their first token is not issued yet
            counts = counts._replace(waiting=counts.waiting + 1)
        elif stored.version:
            counts = counts._replace(kept=counts.kept + 1)
        else:
            own = {"about": (row["about"] or "")[:_ABOUT], "locale": _locale(row["locale"] or "")}
            if stored.role == "provider":
                own["category"] = _category(row["category"] or "")
                own["business"] = line(row["business"] or "")[:_BUSINESS].strip()
            outcome = profiles.store(replace(stored, version=1, **own))
            counts = (
                counts._replace(stored=counts.stored + 1)
                if isinstance(outcome, Stored)
                else counts._replace(kept=counts.kept + 1)
            )
        done(counts)
    return counts


def bring_conversations(
    staging: Staging,
    users: Mapping[str, str],
    now: int,
    ports: history.Ports,
    done: Callable[[ConversationCounts], None],
    begun: Callable[[str], None],
) -> ConversationCounts:
    """Bring over the conversations whose members have both moved.

    ``done`` is called after each, and ``begun`` with the id of each that cannot be brought over as a whole.

    Raises:
        Unavailable: something could not be stored. What was stored stays; repeat the call.
    """
    every = staging.conversations()
    ready = [c for c in every if c.one in users and c.other in users]
    counts = ConversationCounts(waiting=len(every) - len(ready))
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        for several in _chunks(ready):
            told = [staging.messages(c, users) for c in several]  # SQLite is read by this thread alone
            results = threads.map(lambda t: history.bring(t[0], t[1], now, ports), told)
            for (conversation, _), result in zip(told, results, strict=True):
                counts = counts.plus(result)
                if not result.whole:
                    begun(conversation)
                done(counts)
    return counts


def _chunks(conversations: list[Conversation]) -> Iterator[list[Conversation]]:
    """Few at once, so that few conversations are in memory."""
    for first in range(0, len(conversations), SIDE_BY_SIDE):
        yield conversations[first : first + SIDE_BY_SIDE]


def _locale(value: str) -> str:
    parts = value.strip().replace("_", "-").split("-")
    fine = parts[0].isascii() and parts[0].isalpha() and 2 <= len(parts[0]) <= 8
    rest = all(p.isascii() and p.isalnum() and len(p) <= 8 for p in parts[1:])
    return "-".join(parts) if fine and rest and len(parts) <= 5 else ""


def _category(value: str) -> str:
    """The word under which providers are listed: small letters, digits and hyphens."""
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in value.lower())
    return "-".join(filter(None, words.split("-")))[:40].strip("-")
