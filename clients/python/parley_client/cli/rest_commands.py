"""The commands that use the HTTP API, such as ``profile`` and ``inbox``; and ``pushes``, a laptop's."""

import asyncio
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from parley_client.cli.commands import NO_CONVERSATIONS, CommandError
from parley_client.cli.display_names import fit_name
from parley_client.cli.terminal import Terminal
from parley_client.http.problems import Problem, RestError, Unreachable
from parley_client.http.pushes import pushes as listed_pushes
from parley_client.http.resources import Me, Media, Summary, User
from parley_client.http.rest import Platform, Rest
from parley_client.protocol.values import address, check_content, is_id

CHANGEABLE = ("name", "about", "photo", "locale", "category", "business", "availability")
"""The fields of a profile that its user can change; the last three are a provider's."""
_TYPES = "pictures, videos, audio and PDF"
_CATEGORY = re.compile(r"[a-z0-9-]{1,40}")
_TENTHS = 10
_CONTINUED = "\n" + " " * 13


async def profile(rest: Rest, terminal: Terminal, user: str | None, told: Iterable[str]) -> int:
    """Show a user's profile. With ``told`` (each ``field=value``), change the user's own first."""
    changes = dict(_change(text) for text in told)
    if user is not None and changes:
        raise CommandError("only your own profile can be changed")
    if user is not None:
        if not is_id(user):
            raise CommandError(f"not a user: {user!r}")
        _show_profile(terminal, await rest.read_user(user))
        return 0
    # Conditional on the stored version, so that a change by another device in the meantime is not overwritten.
    mine = await rest.read_me()
    _show_profile(terminal, await rest.change_me(version=mine.version, **changes) if changes else mine)
    return 0


def _change(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or name not in CHANGEABLE:
        raise CommandError(f"not FIELD=VALUE with one of {', '.join(CHANGEABLE)}: {text}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise CommandError(f"{name} is not valid Unicode") from None
    return name, value


def _show_profile(terminal: Terminal, shown: Me | User) -> None:
    data = asdict(shown)
    told = {name: str(value).replace("\n", _CONTINUED) for name, value in data.items() if value not in {"", None}}
    terminal.show(data, "\n".join(f"{name:<13}{value}" for name, value in told.items()))


async def inbox(rest: Rest, terminal: Terminal, *, archived: bool) -> int:
    """List conversations as the server has them: pinned ones first, then the newest."""
    any_found = False
    async for found in rest.list_conversations(archived=archived):
        any_found = True
        told = asdict(found)
        terminal.show({**told.pop("settings"), **told}, _inbox_line(found))
    if not any_found:
        terminal.nothing("nothing is archived" if archived else NO_CONVERSATIONS)
    return 0


async def providers(rest: Rest, terminal: Terminal, category: str) -> int:
    """List the providers of a category, by business name."""
    if not _CATEGORY.fullmatch(category):
        raise CommandError(f"not a category (1 to 40 of a-z, 0-9 and -): {category!r}")
    any_found = False
    async for found in rest.list_providers(category):
        any_found = True
        names = "  ".join(name for name in (fit_name(found.name), fit_name(found.business or "")) if name)
        terminal.show(asdict(found), f"{found.user}  {names}")
    if not any_found:
        terminal.nothing(f"no providers in {category}")
    return 0


async def pushes(page: str | None, terminal: Terminal, *, once: bool) -> int:
    """List what a laptop's Parley has pushed to phones, and unless ``once`` what it pushes from now on."""
    if not page:
        raise CommandError("pushes are seen where make run serves: --page-url (PARLEY_PAGE_URL)")
    any_found = False
    async for push in listed_pushes(page, follow=not once):
        any_found = True
        terminal.show(push, _push_line(push))
    if not any_found:
        terminal.nothing("no pushes yet")
    return 0


def _push_line(push: Mapping[str, Any]) -> str:
    at = time.strftime("%H:%M:%S", time.localtime(push["at"] / 1000))
    said = ": ".join(str(push[part]) for part in ("title", "text") if push.get(part))
    badge = f" · badge {push['badge']}" if "badge" in push else ""
    return f"{at}  {push['platform']} {push['token']}  “{said}”{badge}".replace("\n", " ")


def _inbox_line(found: Summary) -> str:
    kept = found.settings
    states = [
        name for name, holds in (("pinned", kept.pinned), ("muted", kept.muted), ("archived", kept.archived)) if holds
    ]
    unread = f" ({found.unread} new)" if found.unread else ""
    what = f" [{', '.join(states)}]" if states else ""
    last = f"  {found.last.preview}".replace("\n", " ") if found.last else ""
    name = f"{fit}  " if (fit := fit_name(found.other.name)) else ""
    return f"{'●' if found.other.online else ' '} {name}{found.other.user or found.conversation}{unread}{what}{last}"


async def upload(rest: Rest, terminal: Terminal, user: str, path: Path, where: str | None, text: str) -> int:
    """Upload a file and send it in a conversation; without one, make it the photo of the user's profile."""
    within = "profile" if where is None else address(user, where)[0]
    # What would be refused in the end is refused before the file is uploaded.
    if text:
        check_content(text)
    _check_file(path)
    try:
        try:
            media = await rest.upload(path, within, progress=_telling(terminal))
        except OSError as error:  # not from the network, whose errors come as Unreachable
            raise CommandError(f"{path}: {error.strerror or error}") from None
        except Problem as problem:
            if all(wrong.at != "body.type" for wrong in problem.errors):
                raise
            raise CommandError(f"{path}: no file of this type can be sent; {_TYPES} can") from None
    except asyncio.CancelledError:
        terminal.note(f"-- interrupted: {path.name} was not {'sent' if where else 'made your photo'}")
        raise
    if where is None:
        return await _show_oneself(rest, terminal, media, path)
    return await _send(rest, terminal, within, text, media)


async def say(rest: Rest, terminal: Terminal, user: str, where: str, text: str) -> int:
    """Send a text over HTTP, which needs no file: another process of this user is using theirs."""
    check_content(text)
    return await _send(rest, terminal, address(user, where)[0], text)


def _check_file(path: Path) -> None:
    try:
        stat = path.stat()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    if path.is_dir():
        raise CommandError(f"{path}: a directory; upload its files one by one")
    if not path.is_file():
        raise CommandError(f"{path}: not a file")
    if not stat.st_size:
        raise CommandError(f"{path}: the file is empty")


async def _show_oneself(rest: Rest, terminal: Terminal, media: Media, path: Path) -> int:
    again = f"parley profile --set photo={media.media}"
    try:
        await rest.change_me(photo=media.media)
    except RestError as error:
        raise CommandError(f"uploaded, but perhaps not your photo yet: {error}; {again} makes it that") from None
    except asyncio.CancelledError:
        terminal.note(f"-- interrupted: uploaded, but perhaps not your photo yet; {again} makes it that")
        raise
    terminal.show(asdict(media), f"your photo is now {path.name}: {media.media}")
    return 0


async def _send(rest: Rest, terminal: Terminal, conversation: str, text: str, media: Media | None = None) -> int:
    name = uuid.uuid4().hex
    done, ids = ("uploaded, but ", (media.media,)) if media else ("", ())
    try:
        after = await _newest(rest, conversation)
        sent = await rest.send_message(conversation, text, after=after, media=ids, message_id=name)
    except Problem as problem:
        raise CommandError(f"{done}not sent: {problem}") from None
    except Unreachable as error:
        raise CommandError(f"{done}perhaps not sent: {error}; parley chat shows whether it was") from None
    except asyncio.CancelledError:
        terminal.note(f"-- interrupted: {done}perhaps not sent; parley chat shows whether it was")
        raise
    told = {"media": asdict(media)} if media else {}
    terminal.show(
        {**told, **asdict(sent)}, f"sent: {sent.conversation} {sent.seq}{f'  {media.media}' if media else ''}"
    )
    return 0


def _telling(terminal: Terminal) -> Callable[[int, int], None]:
    """Report each tenth of a file once."""
    reached = 0

    def tell(sent: int, size: int) -> None:
        nonlocal reached
        tenths = _TENTHS * sent // max(size, 1)  # the file may have been emptied meanwhile
        if tenths > reached:
            reached = tenths
            terminal.note(f"-- {tenths * 100 // _TENTHS} % of {size:,} bytes")

    return tell


async def _newest(rest: Rest, conversation: str) -> int:
    """The newest seq of a conversation; 0 if it has not begun."""
    try:
        entries = (await rest.list_entries(conversation, limit=1)).entries
    except Problem as problem:
        if problem.code == "not_found":
            return 0
        raise
    return entries[-1].seq if entries else 0


async def devices(rest: Rest, terminal: Terminal) -> int:
    """List the devices that pushes reach."""
    known = await rest.list_devices()
    if not known:
        terminal.nothing("pushes reach no device yet: parley device --put DEVICE PLATFORM TOKEN")
    for device in known:
        version = f" {device.app_version}" if device.app_version else ""
        terminal.show(asdict(device), f"{device.device}  {device.platform}{version}")
    return 0


async def put_device(rest: Rest, terminal: Terminal, device: str, platform: Platform, token: str) -> int:
    """Push to a device from now on."""
    _check_device(device)
    stored = await rest.put_device(device, platform, token)
    terminal.show(asdict(stored), f"pushes reach {stored.device} by {stored.platform}")
    return 0


async def delete_device(rest: Rest, terminal: Terminal, device: str) -> int:
    """Stop pushing to a device."""
    _check_device(device)
    await rest.delete_device(device)
    terminal.show({"device": device, "deleted": True}, f"pushes no longer reach {device}")
    return 0


def _check_device(device: str) -> None:
    if not is_id(device):
        raise CommandError(f"not the id of a device (1 to 64 of A-Z, a-z, 0-9, _ and -): {device!r}")
