"""A user with something of every kind, and the in-memory ports with which the account is erased and exported."""

from typing import Any

from parley.accounts import deletion, exports, user_data
from parley.accounts.memory import (
    MemoryAccounts,
    MemoryConversations,
    MemoryData,
    MemoryExports,
    MemoryFiles,
    MemoryIdentities,
    MemoryJobs,
    MemoryProfiles,
    MemoryUploads,
)
from parley.accounts.model import Profile
from parley.delivery import devices
from parley.delivery.memory import MemoryDevices
from tests.unit.chat.world import World


class Account:
    """Alice's account."""

    def __init__(self) -> None:
        w = self.world = World()
        self.profiles, self.data = MemoryProfiles(w.stored), MemoryData(w.stored)
        self.exports = MemoryExports(w.stored)
        self.accounts = MemoryAccounts(w.stored, [self.profiles.erase, self.data.erase, self.exports.erase])
        self.identities, self.files, self.uploads, self.jobs = (
            MemoryIdentities(), MemoryFiles(), MemoryUploads(), MemoryJobs()
        )  # fmt: skip
        self.devices = MemoryDevices(w.stored)
        w.connect(w.alice)
        w.send(w.alice, "m1", 0, "from alice", to="bob")
        w.send(w.bob, "m2", 1, "from bob", to="alice")
        w.directory.upsert_user("carol", "consumer", "Carol")
        w.directory.block("alice", "carol")
        w.directory.block("carol", "alice")
        self.profiles.store(Profile("alice", "consumer", 1, name="Alice A", about="me"))
        ports = devices.Ports(w.directory, self.devices, w.push)
        devices.register("alice", "phone-a", devices.Told("fcm", "token-a"), 1, ports)
        devices.register("bob", "phone-b", devices.Told("fcm", "token-b"), 1, ports)
        user_data.put(
            w.alice, "theme", "dark", 0, 0, user_data.Ports(data=self.data, connections=w.directory, sockets=w.sockets)
        )
        for user in ("alice", "bob"):
            self.identities.users[user] = {"sub": user, "email": f"{user}@example.com"}
            self.files.stored[f"files/{user}/notes.txt"] = {"": b"note"}
            self.files.stored[f"exports/{user}/old.zip"] = {"": b"zip"}
            self.uploads.uploaded[user] = [{"id": f"media-{user}"}]

    def erasing(self, wrap: Any = lambda port: port) -> deletion.Ports:
        """The ports, each wrapped by ``wrap``."""
        w = self.world
        conversations = MemoryConversations(w.entries, w.stored)
        parts = (
            self.accounts, conversations, self.identities, w.directory, w.directory, self.devices, w.push, w.sockets,
            self.uploads, self.files,
        )  # fmt: skip
        return deletion.Ports(*(wrap(p) for p in parts))

    @property
    def making(self) -> exports.Making:
        w = self.world
        return exports.Making(
            exports=self.exports,
            files=self.files,
            identities=self.identities,
            connections=w.directory,
            memberships=w.directory,
            blocks=w.directory,
            profiles=self.profiles,
            data=self.data,
            log=w.log,
            uploads=self.uploads,
        )

    @property
    def asking(self) -> exports.Asking:
        return exports.Asking(self.exports, self.jobs, self.files)

    def left(self) -> dict[str, Any]:
        """Everything that is left of Alice, except the note that she has been erased."""
        w = self.world
        noted = self.accounts.leaving("alice")
        found = {
            "recipient": w.stored.users.get("alice"),
            "profile": self.profiles.profile("alice"),
            "members": [k for k in w.stored.members if k[0] == "alice"],
            "blocks": [b for b in w.stored.blocks if b[0] == "alice"],
            "data": self.data.index("alice").version,
            "endpoint": "fcm/token-a" not in w.push.forgotten,
            "identity": self.identities.users.get("alice"),
            "files": [k for k in self.files.stored if "/alice/" in k],
            "uploads": self.uploads.uploaded.get("alice"),
            "export": self.exports.export("alice"),
            "said": "bob" not in w.stored.users and w.entries.entries,
            "leaving": noted if noted and noted.stage != "erased" else None,
        }
        return {name: value for name, value in found.items() if value}
