"""The HTTP API: profiles, devices, the inbox and history, blocks, media, and data that all of a user's devices share.

``Client`` is for what is live. This is for everything that is looked up or changed now and then, and for sending
without a socket, for example in a quick reply to a push. Each method is named after its operation in docs/openapi.json.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx

from parley_client.http import resources, uploads
from parley_client.http.problems import Unreachable
from parley_client.http.requests import Requests
from parley_client.http.resources import (
    Blocked,
    DataChanges,
    Datum,
    Deletion,
    Device,
    Export,
    History,
    Me,
    Media,
    Report,
    Settings,
    Stored,
    Summary,
    Upload,
    User,
    read,
)
from parley_client.http.tokens import TokenSource
from parley_client.http.uploads import Progress, UploadRefused

Platform = Literal["apns", "apns_sandbox", "fcm"]
ANY: Literal["*"] = "*"
"""Any version, whichever is stored."""

_VERIFYING = 60
"""How often an upload is looked at, a second apart, until it has been verified."""


class Rest:
    """The API as one user. Use it with ``async with``.

    Every method raises ``Problem`` if the server refuses (with a ``code``, as in the protocol), ``Unreachable`` if
    there is no answer, and ``SignInRequired``. A failure that may pass is retried first; see ``requests``.
    """

    def __init__(self, url: str, token: TokenSource, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Args:
            url: the URL that the API's paths are appended to.
            token: called for an access token before each request.
            transport: used instead of the network, for tests.

        Raises:
            ValueError: the URL is not valid.
        """
        self._transport = transport
        self._requests = Requests(url, token, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._requests.http.aclose()

    # Profiles

    async def read_me(self) -> Me:
        """The user's own profile."""
        return read(Me, await self._ask("GET", "/me"))

    async def change_me(self, *, version: int | None = None, **changes: str) -> Me:
        """Change fields of ``Me``. Refused as ``stale`` if the stored version is not ``version``."""
        return read(Me, await self._ask("PATCH", "/me", changes, headers=_match(version)))

    async def read_user(self, user: str) -> User:
        """Another user's public profile."""
        return read(User, await self._ask("GET", f"/users/{_part(user)}"))

    async def list_providers(self, category: str) -> AsyncIterator[User]:
        """A category's providers, by business name."""
        async for found in self._listed("/providers", "providers", category=category):
            yield read(User, found)

    # Devices

    async def put_device(
        self, device: str, platform: Platform, token: str, app_version: str = "", locale: str = ""
    ) -> Device:
        """Push to this device from now on. Call it at every start of the app."""
        body = {"platform": platform, "token": token, "app_version": app_version, "locale": locale}
        return read(Device, await self._ask("PUT", f"/me/devices/{_part(device)}", body))

    async def list_devices(self) -> list[Device]:
        """The devices that pushes reach."""
        return [read(Device, found) async for found in self._listed("/me/devices", "devices")]

    async def delete_device(self, device: str) -> None:
        """Stop pushing to a device."""
        await self._ask("DELETE", f"/me/devices/{_part(device)}")

    # Conversations

    async def list_conversations(self, *, archived: bool = False) -> AsyncIterator[Summary]:
        """Conversations: pinned ones first, then the newest."""
        query = {"archived": "true"} if archived else {}
        async for found in self._listed("/conversations", "conversations", **query):
            yield resources.summary(found)

    async def list_entries(
        self, conversation: str, *, before: int | None = None, after: int | None = None, limit: int = 50
    ) -> History:
        """The newest entries, or those before or after a seq.

        A ``Problem`` with code ``archived`` means that the page has to be restored first.
        """
        query = {"before": before, "after": after, "limit": limit}
        return resources.history(await self._ask("GET", _entries(conversation), query=query))

    async def restore_entries(self, conversation: str, *, before: int) -> Literal["restoring", "ready"]:
        """Have archived entries before a seq restored; they are then read as any others, for a week.

        While that takes time, a ``restored`` frame or a push says when they can be read.
        """
        path = f"/conversations/{_part(conversation)}/restore"
        state: Literal["restoring", "ready"] = (await self._ask("POST", path, {"before": before}))["state"]
        return state

    async def send_message(
        self, conversation: str, text: str, *, after: int, media: tuple[str, ...] = (), message_id: str = ""
    ) -> Stored:
        """Send without a socket. The same ``message_id`` is never stored twice; if it is empty, one is generated.

        Args:
            conversation: its id (``direct`` makes one of two users).
            text: may be empty beside media.
            after: the newest seq known there; 0 for none.
            media: ids.
            message_id: the message's id.
        """
        body = {"text": text, **({"media": list(media)} if media else {})}
        message = {"id": message_id or uuid.uuid4().hex, "after": after, "body": body}
        return read(Stored, await self._ask("POST", _entries(conversation), message))

    async def change_conversation(
        self,
        conversation: str,
        *,
        muted: int | None = None,
        archived: bool | None = None,
        pinned: bool | None = None,
        read_to: int | None = None,
    ) -> Settings:
        """Mute until a time (0 to unmute), archive, pin, or mark as read. An argument that is None changes nothing."""
        changes = {"muted": muted, "archived": archived, "pinned": pinned, "read": read_to}
        told = {name: value for name, value in changes.items() if value is not None}
        return read(Settings, await self._ask("PATCH", f"/conversations/{_part(conversation)}", told))

    # Blocks and reports

    async def list_blocks(self) -> AsyncIterator[Blocked]:
        """The users whom the user blocks."""
        async for found in self._listed("/me/blocks", "blocks"):
            yield read(Blocked, found)

    async def block_user(self, user: str) -> None:
        """Block a user: no message of theirs is accepted."""
        await self._ask("PUT", f"/me/blocks/{_part(user)}")

    async def unblock_user(self, user: str) -> None:
        """Unblock a user."""
        await self._ask("DELETE", f"/me/blocks/{_part(user)}")

    async def report(
        self, reason: str, *, user: str = "", conversation: str = "", seq: int = 0, text: str = "", report_id: str = ""
    ) -> Report:
        """Report a ``user``, or an entry by ``conversation`` and ``seq``. The same ``report_id`` is stored once."""
        about: dict[str, Any] = {"user": user} if user else {"conversation": conversation, "seq": seq}
        body = {"id": report_id or uuid.uuid4().hex, "reason": reason, "text": text, **about}
        return read(Report, await self._ask("POST", "/reports", body))

    # Media

    async def begin_upload(self, kind: str, size: int, sha256: str, within: str) -> Upload:
        """Get the form for posting a file of exactly this type, size and checksum; ``upload`` does all of that."""
        file = {"type": kind, "size": size, "sha256": sha256, "within": within}
        return read(Upload, await self._ask("POST", "/media", file))

    async def upload(
        self, path: Path, within: str, *, kind: str = "", progress: Progress = lambda _sent, _size: None
    ) -> Media:
        """Upload a file, and wait until it has been verified.

        Args:
            path: the file.
            within: the conversation it is for, or ``profile``.
            kind: its type, such as ``image/png``; by default it is taken from the name.
            progress: called with the number of bytes sent and the total.

        Raises:
            UploadRefused: the file is not what it was said to be.
            ValueError: its type cannot be told from its name.
        """
        digest = await asyncio.to_thread(uploads.sha256, path)
        form = await self.begin_upload(kind or uploads.kind(path), path.stat().st_size, digest, within)
        await uploads.post(form.url, form.fields, path, progress, self._transport)
        for _ in range(_VERIFYING):
            media = await self.read_media(form.media)
            if media.state == "refused":
                raise UploadRefused(f"the file was refused: {media.reason}")
            if media.state != "pending":
                return media
            await asyncio.sleep(1)
        raise Unreachable("the file is there, but has not been verified yet")

    async def read_media(self, media: str) -> Media:
        """A file's state, and its links while it is ready. An archived file begins to be restored."""
        return read(Media, await self._ask("GET", f"/media/{_part(media)}"))

    # Data

    async def list_data(self, since: int = 0) -> DataChanges:
        """What the user's devices have changed after a version; 0 for everything."""
        changes: list[Datum] = []
        cursor, reset = None, False
        while True:
            page = await self._ask("GET", "/me/data", query={"since": since, "cursor": cursor})
            if page["reset"]:
                changes, reset = [], True
            changes += [read(Datum, d) for d in page["changes"]]
            cursor = page["cursor"]
            if cursor is None:
                return DataChanges(tuple(changes), page["version"], reset)

    async def put_data(self, key: str, value: Any, *, version: int | Literal["*"]) -> Datum:
        """Store a value in place of a version: 0 for a new key, ``ANY`` for whichever is stored.

        A ``Problem`` with code ``conflict`` has what is stored as ``current``.
        """
        headers = {"If-None-Match": "*"} if version == 0 else _match(version)
        return read(Datum, await self._ask("PUT", f"/me/data/{_part(key)}", {"value": value}, headers=headers))

    async def delete_data(self, key: str, *, version: int | None = None) -> None:
        """Delete a value; without ``version``, whichever is stored."""
        await self._ask("DELETE", f"/me/data/{_part(key)}", headers=_match(version))

    # The account

    async def export_me(self) -> Export | None:
        """Everything about the user as one archive; None while it is being prepared: ask again after some seconds."""
        told = await self._ask("GET", "/me/export")
        return read(Export, told) if "url" in told else None

    async def delete_me(self) -> Deletion:
        """Schedule the account to be erased in 7 days."""
        return read(Deletion, await self._ask("DELETE", "/me"))

    async def read_deletion(self) -> Deletion:
        """The scheduled deletion; raises a ``Problem`` with ``not_found`` if there is none."""
        return read(Deletion, await self._ask("GET", "/me/deletion"))

    async def restore_me(self) -> None:
        """Cancel the deletion; raises a ``Problem`` if it is too late."""
        await self._ask("POST", "/me/restore")

    async def _ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        return await self._requests.ask(method, path, body, query=query, headers=headers)

    async def _listed(self, path: str, name: str, **query: str) -> AsyncIterator[Mapping[str, Any]]:
        """Every item of a list, page after page."""
        cursor: str | None = None
        while True:
            page = await self._ask("GET", path, query={**query, "cursor": cursor})
            for item in page[name]:
                yield item
            cursor = page["cursor"]
            if cursor is None:
                return


def _part(value: str) -> str:
    """An id as one part of a path, quoted so that it cannot lead elsewhere."""
    if value in {"", ".", ".."}:
        raise ValueError(f"not an id: {value!r}")
    return quote(value, safe="")


def _entries(conversation: str) -> str:
    return f"/conversations/{_part(conversation)}/entries"


def _match(version: int | Literal["*"] | None) -> dict[str, str]:
    if version is None:
        return {}
    return {"If-Match": version if version == ANY else f'"{version}"'}
