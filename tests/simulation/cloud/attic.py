"""The archive of messages: its ports, which the archiver's invocations cross, and the archiver itself."""

from typing import Any

from parley.archive import archiving, history
from parley.archive.memory import MemoryCipher, MemoryIndex, MemoryPacks, MemorySchedule
from parley.chat.memory import MemoryLog
from tests.simulation.cloud.lambdas import Lambdas, Port
from tests.simulation.judges.ledger import Ledger


class Attic:
    """What the archive is made of. ``index`` is the port, behind which ``states`` and ``schedule`` are as they are."""

    def __init__(self, lambdas: Lambdas, ledger: Ledger) -> None:
        self._lambdas, self._ledger = lambdas, ledger
        self.schedule = MemorySchedule()
        self.stored = MemoryIndex(self.schedule)
        self.packs = MemoryPacks()
        self._named = 0
        self.index: Any = Port(lambdas, "index", self.stored, ("archived_through", "state", "open", "add"))

    def compose(self, log: Any, stored: MemoryLog, directory: Any) -> None:
        """Put the archiver together, as ``parley.runtime.bootstrap`` does. The port ``log`` leads to ``stored``."""
        cipher, port = MemoryCipher(), self._port
        self._archiving = archiving.Ports(
            log=log,
            old_entries=port("log", stored, "remove"),
            snapshots=directory,
            schedule=port("schedule", self.schedule, "due", "move", "drop"),
            index=self.index,
            packs=port("packs", self.packs, "put_pack", "read"),
            cipher=cipher,
        )
        self.reading = history.Ports(log=stored, index=self.stored, packs=self.packs, cipher=cipher)

    def _port(self, name: str, port: Any, *methods: str) -> Any:
        return Port(self._lambdas, name, port, methods)

    def run(self, rules: archiving.Rules) -> None:
        """Have the archiver run once, beside whatever else is going on."""

        def body(_: Any, now: int) -> None:
            for error in archiving.run(now, 0, self._name, self._archiving, rules, lambda: 900_000).errors:
                self._ledger.violate(f"the archiver fails: {error!r}")

        self._lambdas.invoke("archiver", (), 900.0, body, lambda *_: None)

    def _name(self) -> str:
        self._named += 1
        return f"pack-{self._named}"
