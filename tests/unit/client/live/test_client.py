"""The asyncio client, as far as it goes without a socket."""

import asyncio

import pytest
from parley_client.live.client import Client, ClientStopped
from parley_client.live.feed import Feed
from parley_client.live.sockets import address as socket_address
from parley_client.protocol import constants, effects, events, wire
from parley_client.protocol.store import MemoryStore, StoreError

from tests.unit.client.driver import ME, TALK, YOU, entry

on_a_loop = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further


async def read_all(feed):
    got = []
    with pytest.raises(ClientStopped):
        while True:
            got.append(await anext(feed))
    return got


@on_a_loop
def test_a_slow_reader_is_told_to_read_the_store_and_costs_no_more_memory():
    async def scenario():
        feed = Feed()
        for seq in range(3 * constants.EVENT_QUEUE):
            feed.put([events.Sent("m", TALK, seq, 0)])
        feed.end(ClientStopped("over"))
        return await read_all(feed)

    got = asyncio.run(scenario())
    assert got[0] == events.Refresh()
    assert got[-1].seq == 3 * constants.EVENT_QUEUE - 1
    assert len(got) <= constants.EVENT_QUEUE + 1


@on_a_loop
def test_send_answers_when_the_message_is_stored_whatever_the_network():
    async def scenario():
        async def no_network():
            raise OSError("no network")

        store = MemoryStore(ME)
        async with Client("ws://nowhere", no_network, store) as client:
            feed = client.events()
            message_id = await client.send(YOU, "hi")
            assert [m.id for m in store.outbox()] == [message_id]
            while not isinstance(event := await anext(feed), events.Queued):
                pass
            assert event.id == message_id
            assert await client.presence([YOU]) is None
            with pytest.raises(ValueError, match="message id"):
                await client.send(YOU, "hi", message_id="_1")
        with pytest.raises(ClientStopped):
            await client.send(YOU, "too late")

    asyncio.run(scenario())


@on_a_loop
def test_a_message_that_has_arrived_is_not_sent_again_under_its_id():
    async def scenario():
        async def no_network():
            raise OSError("no network")

        store = MemoryStore(ME)
        store.apply([effects.PutEntries((wire.entry(entry(1, ME, message_id="m1")),))])
        async with Client("ws://nowhere", no_network, store) as client:
            await client.send(YOU, "text 1", message_id="m1")
            assert store.outbox() == []

    asyncio.run(scenario())


@on_a_loop
def test_a_store_that_fails_stops_the_client_and_says_so():
    class Failing(MemoryStore):
        def apply(self, writes):
            raise StoreError("the disk is full")

    async def scenario():
        async def no_network():
            raise OSError("no network")

        async with Client("ws://nowhere", no_network, Failing(ME)) as client:
            feed = client.events()
            with pytest.raises(StoreError, match="full"):
                await client.send(YOU, "hi")
            with pytest.raises(StoreError, match="full"):
                while True:
                    await anext(feed)
            with pytest.raises(StoreError, match="full"):
                client.typing(YOU)

    asyncio.run(scenario())


def test_the_address_names_the_device():
    assert socket_address("wss://h/live", "d 1") == "wss://h/live?device=d%201"
    assert socket_address("wss://h/live?x=1", "d") == "wss://h/live?x=1&device=d"
    for wrong in (
        "https://h",
        "ws://",
        "ws://h:1x/",
        "ws://h:99999",
        "ws://[::1/",
        "ws://a b/",
        "ws:h",
        "ws://h#x",
        "",
    ):
        with pytest.raises(ValueError, match="address"):
            socket_address(wrong, "d")
