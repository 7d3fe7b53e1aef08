"""What the commands do over HTTP: ``profile``, ``inbox``, ``upload``, ``device``."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from parley_client.commands import CommandError
from parley_client.problems import Problem
from parley_client.resources import Me, Summary, User
from parley_client.rest import Platform, Rest
from parley_client.terminal import Terminal, short
from parley_client.values import address

CHANGEABLE = ("name", "about", "photo", "locale", "category", "business", "availability")
"""What a user tells of themselves; the last three are a provider's."""
_TENTHS = 10


async def profile(rest: Rest, terminal: Terminal, user: str, told: Iterable[str]) -> int:
    """Show somebody's profile; with ``told`` (each ``field=value``) change one's own before."""
    changes = dict(_change(text) for text in told)
    if user and changes:
        raise CommandError("only your own profile can be changed")
    if user:
        _show_profile(terminal, await rest.read_user(user))
        return 0
    # On what is stored now, so that what another device changes meanwhile is not lost under this.
    mine = await rest.read_me()
    _show_profile(terminal, await rest.change_me(version=mine.version, **changes) if changes else mine)
    return 0


def _change(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or name not in CHANGEABLE:
        raise CommandError(f"not FIELD=VALUE with one of {', '.join(CHANGEABLE)}: {text}")
    return name, value


def _show_profile(terminal: Terminal, shown: Me | User) -> None:
    data = asdict(shown)
    terminal.show(data, "\n".join(f"{name:<13}{value}" for name, value in data.items() if value not in {"", None}))


async def inbox(rest: Rest, terminal: Terminal, *, archived: bool) -> int:
    """List conversations as the server has them: pinned ones first, then the newest."""
    async for found in rest.list_conversations(archived=archived):
        terminal.show(asdict(found), _inbox_line(found))
    return 0


def _inbox_line(found: Summary) -> str:
    kept = found.settings
    states = [
        name for name, holds in (("pinned", kept.pinned), ("muted", kept.muted), ("archived", kept.archived)) if holds
    ]
    unread = f" ({found.unread} new)" if found.unread else ""
    what = f" [{', '.join(states)}]" if states else ""
    last = f"  {found.last.preview}" if found.last else ""
    return f"{'●' if found.other.online else ' '} {found.other.name or short(found.other.user)}{unread}{what}{last}"


async def upload(rest: Rest, terminal: Terminal, user: str, path: Path, where: str | None, text: str) -> int:
    """Upload a file, and send it in a conversation; without one, make it one's own profile's photo."""
    if not path.is_file():
        raise CommandError(f"{path}: no such file")
    if where is None:
        media = await rest.upload(path, "profile", progress=_telling(terminal))
        await rest.change_me(photo=media.media)
        terminal.show(asdict(media), f"your photo is now {path.name}: {media.media}")
        return 0
    conversation, _ = address(user, where)
    media = await rest.upload(path, conversation, progress=_telling(terminal))
    sent = await rest.send_message(
        conversation,
        text,
        after=await _newest(rest, conversation),
        media=(media.media,),
        message_id=uuid.uuid4().hex,
    )
    terminal.show({"media": asdict(media), **asdict(sent)}, f"sent: {sent.conversation} {sent.seq}")
    return 0


def _telling(terminal: Terminal) -> Callable[[int, int], None]:
    """Tell of each tenth of a file once."""
    reached = 0

    def tell(sent: int, size: int) -> None:
        nonlocal reached
        tenths = _TENTHS * sent // size
        if tenths > reached:
            reached = tenths
            terminal.note(f"-- {tenths * 100 // _TENTHS} % of {size:,} bytes")

    return tell


async def _newest(rest: Rest, conversation: str) -> int:
    """The newest seq of a conversation; 0 where it has not begun."""
    try:
        entries = (await rest.list_entries(conversation, limit=1)).entries
    except Problem as problem:
        if problem.code == "not_found":
            return 0
        raise
    return entries[-1].seq if entries else 0


async def devices(rest: Rest, terminal: Terminal) -> int:
    """List the devices that pushes reach."""
    for device in await rest.list_devices():
        version = f" {device.app_version}" if device.app_version else ""
        terminal.show(asdict(device), f"{device.device}  {device.platform}{version}")
    return 0


async def put_device(rest: Rest, terminal: Terminal, device: str, platform: Platform, token: str) -> int:
    """Have pushes reach a device."""
    stored = await rest.put_device(device, platform, token)
    terminal.show(asdict(stored), f"pushes reach {stored.device} by {stored.platform}")
    return 0


async def delete_device(rest: Rest, terminal: Terminal, device: str) -> int:
    """Have pushes reach it no longer."""
    await rest.delete_device(device)
    terminal.show({"device": device, "deleted": True}, f"pushes no longer reach {device}")
    return 0
