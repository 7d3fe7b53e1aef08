"""The command ``media``: what an attached file is, its bytes, or a look at it."""

import asyncio
import webbrowser
from dataclasses import asdict
from pathlib import Path

from parley_client.cli.commands import CommandError
from parley_client.cli.terminal import Terminal
from parley_client.http.downloads import download
from parley_client.http.problems import Problem
from parley_client.http.resources import Media
from parley_client.http.rest import Rest
from parley_client.protocol.values import is_media_id


async def media(
    rest: Rest, terminal: Terminal, name: str, save: Path | None, *, look: bool, force: bool = False
) -> int:
    """Show an attached file's state; save it with ``save``, a file or a directory; open it with ``look``."""
    found = await _read(rest, name)
    if (save or look) and not found.url:
        raise CommandError(
            f"{name} is {found.state}{f' ({found.reason})' if found.reason else ''}: there is no link to it"
        )
    if save:
        path = save / f"{name}.{found.type.partition('/')[2] or 'bin'}" if save.is_dir() else save
        if path.exists() and not force:
            raise CommandError(f"{path} exists; --force overwrites it")
        try:
            await download(found.url, path)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from None
        terminal.show({**asdict(found), "saved": str(path)}, f"saved: {path}")
        return 0
    if look and not await asyncio.to_thread(webbrowser.open, found.url):
        raise CommandError(f"there is no browser to open it; --save FILE saves it, and this is its link: {found.url}")
    size = f" {found.width} × {found.height}" if found.width else ""
    terminal.show(asdict(found), f"{found.media}  {found.type}{size}  {found.size:,} bytes  {found.state}")
    return 0


async def _read(rest: Rest, name: str) -> Media:
    if not is_media_id(name):
        raise CommandError(f"not the id of a file: {name!r}; parley chat shows the ids of files, as [media ID]")
    try:
        return await rest.read_media(name)
    except Problem as problem:
        if problem.code != "not_found":
            raise
        raise CommandError(f"there is no file {name}, or it is in a conversation of other people") from None
