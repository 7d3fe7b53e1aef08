"""What breaks a promise where entries leave the log for the archive."""

from typing import Any

import msgspec


def leaves_before_it_is_noted(real: Any) -> Any:
    """Entries leave the log as soon as their pack is stored, before the index says where they are."""

    def store(pack: Any, name: str, ports: Any, done: Any) -> None:
        for part in pack.parts:
            ports.old_entries.remove(part.due.conversation, part.first, part.last)
        real(pack, name, ports, done)

    return store


def leaves_to_the_last(real: Any) -> Any:
    """The newest entry of a page leaves, too."""
    return lambda page, *rest: real([*page, *page[-1:]], *rest)


def is_not_completed(real: Any) -> Any:
    """What a run that died has left in the log stays there: only what was just noted leaves."""

    def parts(due: Any, now: int, ports: Any, rules: Any) -> Any:
        class Unseen:
            newest, entry, append = ports.log.newest, ports.log.entry, ports.log.append

            @staticmethod
            def after(conversation: str, seq: int, limit: int) -> Any:
                return ([], False) if (seq, limit) == (0, 1) else ports.log.after(conversation, seq, limit)

        return real(due, now, msgspec.structs.replace(ports, log=Unseen()), rules)

    return parts


def says_nothing_of_the_archive(real: Any) -> Any:
    """A sync leaves out what is archived, and does not say so."""
    return lambda *asked: (*real(*asked)[:2], 0)
