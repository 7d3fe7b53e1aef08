"""An environment of the previous release is upgraded with its data in place: old conversations are read, go on, and
clients open the files that their earlier versions have left. The data were written by that release's own code
(``tests/upgrade/record.py``).
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from parley_client import Client, Received

from infra import package, templates
from infra.deploy.stacks import deploy
from infra.flattening import flatten
from infra.local import workarounds
from infra.local.deployment import BUCKET
from infra.local.stack import User
from infra.templates import Template, Templates
from tests.e2e.accounts import ENVIRONMENT, Account
from tests.e2e.asking import Http
from tests.e2e.deployment import Deployment
from tests.e2e.test_client import source, until
from tests.upgrade import recorded


def test_an_update_of_the_stack_keeps_what_is_in_it(account: Account):
    target, codes = account.target, package.local_codes()
    target.s3.create_bucket(Bucket=BUCKET)

    def put(template: Template) -> dict[str, str]:
        flat = workarounds.bridge(template, account.endpoint).template
        known = flat["Parameters"]
        given = {n: v for n, v in ENVIRONMENT.parameters().items() if n in known}
        ours = {n: c for n, c in codes.items() if n in known}
        deploy(target, ENVIRONMENT.stack, Templates(flat, {}), given, ours, BUCKET, lambda _: None)
        return account.physical(ENVIRONMENT.stack)

    def scanned(table: str) -> list[str]:
        return sorted(json.dumps(i, sort_keys=True) for i in dynamodb.scan(TableName=table)["Items"])

    before = put(recorded.flat_template())
    dynamodb, items = account.client("dynamodb"), recorded.stored()["tables"]
    tables = {name: before[name] for name in items}
    recorded.put(dynamodb, tables, items)
    held = {name: scanned(table) for name, table in tables.items()}
    after = put(flatten(templates.load()))
    for name in ("Log", "Directory", "Media", "UserFiles", "Users", "App", "Api", "HttpApi"):
        assert after[name] == before[name]
    assert held == {name: scanned(table) for name, table in tables.items()}
    assert sum(map(len, held.values())) > 8


@pytest.fixture
def people(local: Deployment) -> dict[str, User]:
    """Ada and Ben, who exist in this deployment's pool, with all that the previous release has stored about them.

    Which of the two is Ben, the provider, follows from their new ids, so that both are.
    """
    one, other = local.user("One", "provider"), local.user("Other", "provider")
    by_id = {user.id: user for user in (one, other)}
    named = recorded.in_order((one.id, other.id))
    assert local.local is not None
    tables = {name: local.local.outputs[f"{name}Table"] for name in ("Log", "Directory")}
    recorded.put(local.local.dynamodb, tables, recorded.stored(named)["tables"])
    return {name: by_id[user] for name, user in named.items()}


@pytest.mark.gateway_only
@pytest.mark.parametrize("file", ["ada", "ada, first client"])
def test_old_conversations_go_on_on_the_devices_that_hold_them(
    local: Deployment, people: dict[str, User], http: Http, tmp_path: Path, file: str
):
    ada, ben = people["ada"], people["ben"]
    before = recorded.stored({name: user.id for name, user in people.items()})
    conversation = before["tables"]["Log"][0]["conversation"]["S"]
    texts = [i["body"]["M"]["text"]["S"] for i in sorted(before["tables"]["Log"], key=lambda i: int(i["seq"]["N"]))]
    assert len(texts) == 3

    history = http.ask(ben, f"GET /conversations/{conversation}/entries").body
    assert sorted((e["seq"], e["body"]["text"]) for e in history["entries"]) == list(enumerate(texts, start=1))
    [listed] = http.ask(ada, "GET /conversations").body["conversations"]
    assert (listed["conversation"], listed["pinned"], listed["unread"]) == (conversation, True, 0)
    assert http.ask(ada, "GET /me/data").body["changes"][0]["value"] == {"dark": True}

    for name, held in (("ada", before["stores"][file]), ("ben", before["stores"]["ben"])):
        recorded.write_store(held, tmp_path / name / f"{people[name].id}.sqlite")

    async def go_on() -> tuple[list[Any], ...]:
        async with (
            await Client.open(local.url, source(local, ben), tmp_path / "ben") as b,
            await Client.open(local.url, source(local, ada), tmp_path / "ada") as a,
        ):
            heard_a, heard_b = a.events(), b.events()
            await until(heard_b, lambda e: isinstance(e, Received) and e.entry.seq == 4)  # what was in the outbox
            await b.send(ada.id, "So it goes on.")
            for heard in (heard_a, heard_b):
                await until(heard, lambda e: isinstance(e, Received) and e.entry.seq == 5)
            return tuple([e.text for e in c.store.entries(conversation)] for c in (a, b))

    of_a, of_b = asyncio.run(go_on())
    assert of_a == of_b
    assert of_a[:3] == texts
    assert of_a[3].startswith("Written ")
    assert of_a[4] == "So it goes on."
