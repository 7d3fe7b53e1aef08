"""Whom a person means, by id or by a name that they may see."""

import asyncio
from types import SimpleNamespace

import pytest
from parley_client.cli.addressing import resolve
from parley_client.cli.commands import CommandError
from parley_client.cli.credentials import Credentials, CredentialStore
from parley_client.http.problems import Unreachable

from tests.unit.client.driver import ME, jwt

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further
UUID = "3f2a91bc-0000-4000-8000-000000000001"


class Inbox:
    def __init__(self, *others: tuple[str, str], broken: bool = False) -> None:
        self._others, self._broken = others, broken
        self.asked = 0

    async def list_conversations(self, *, archived: bool):
        self.asked += 1
        if self._broken:
            raise Unreachable("no network")
        for user, name in self._others if not archived else ():
            yield SimpleNamespace(other=SimpleNamespace(user=user, name=name))


def resolved(where: str, inbox: Inbox | None, home: CredentialStore) -> str:
    return asyncio.run(resolve(where, home, inbox))


@pytest.fixture
def home(tmp_path) -> CredentialStore:
    return CredentialStore(tmp_path)


def test_a_name_is_looked_for_in_the_inbox(home):
    assert resolved("ben miller", Inbox(("b", "Ben Miller"), ("c", "Cy")), home) == "b"


def test_an_id_is_itself_even_if_somebody_else_is_called_like_it(home):
    assert resolved("ben", Inbox(("ben", "Ada"), ("c", "Ben")), home) == "ben"


@pytest.mark.parametrize("where", [UUID, "dm:a:b"])
def test_what_can_only_be_an_id_is_not_looked_up(home, where):
    inbox = Inbox()
    assert resolved(where, inbox, home) == where
    assert inbox.asked == 0


def test_a_name_of_several_people_is_not_guessed(home):
    with pytest.raises(CommandError, match="several people are called Ben: b, c"):
        resolved("Ben", Inbox(("b", "Ben"), ("c", "ben")), home)


@pytest.mark.parametrize("inbox", [None, Inbox(), Inbox(broken=True)])
def test_a_name_that_nobody_has_is_said_and_what_may_be_an_id_goes_on(home, inbox):
    with pytest.raises(CommandError, match="nobody you have talked with is called Ben Miller"):
        resolved("Ben Miller", inbox, home)
    assert resolved("ben", inbox, home) == "ben"


def test_an_address_is_known_if_it_has_signed_in_here(home):
    home.save(Credentials("ana@example.com", "ws://x", "c", "r", None, jwt(sub=ME), "r"))
    assert resolved("ana@example.com", None, home) == ME
    with pytest.raises(CommandError):
        resolved("eve@example.com", None, home)
