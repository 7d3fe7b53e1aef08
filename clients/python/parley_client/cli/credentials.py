"""Stored credentials of the command line: one JSON file that only its owner can read."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from parley_client.http.cognito import Tokens
from parley_client.http.tokens import subject

_FILE = "sign-ins.json"


class CredentialError(Exception):
    """The directory or its file cannot be used."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A signed-in user, and all that is needed to stay signed in."""

    username: str
    url: str
    client_id: str
    region: str
    cognito_url: str | None
    access: str
    refresh: str
    http_url: str | None = None

    @property
    def id(self) -> str:
        """The user's id."""
        return subject(self.access)

    @property
    def tokens(self) -> Tokens:
        """The tokens as they were last stored."""
        return Tokens(self.access, self.refresh)


class CredentialStore:
    """A directory with credentials by user name, and a file of messages for each user."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, username: str | None) -> Credentials | None:
        """A user's credentials; for None, those of the user who signed in last."""
        known = self._read()
        found = known["users"].get(username or known["last"])
        try:
            return None if found is None else Credentials(**found)
        except TypeError:
            raise self._damaged() from None

    def save(self, sign_in: Credentials) -> None:
        """Store credentials in place of the user's former ones. They become the last."""
        known = self._read()
        known["users"][sign_in.username] = asdict(sign_in)
        known["last"] = sign_in.username
        self._write(known)

    def forget(self, username: str) -> None:
        """Forget a user's credentials. Their file of messages stays."""
        known = self._read()
        known["users"].pop(username, None)
        if known["last"] == username:
            known["last"] = next(reversed(known["users"]), None)
        self._write(known)

    def renew(self, username: str, tokens: Tokens) -> None:
        """Store a user's fresh tokens."""
        known = self._read()
        if username in known["users"]:
            known["users"][username].update(access=tokens.access, refresh=tokens.refresh)
            self._write(known)

    def _read(self) -> dict[str, Any]:
        try:
            known = json.loads((self.path / _FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {"users": {}, "last": None}
        except OSError as error:
            raise CredentialError(f"cannot read {self.path / _FILE}: {error.strerror}") from None
        except ValueError:
            raise self._damaged() from None
        if not isinstance(known, dict) or not isinstance(known.get("users"), dict) or "last" not in known:
            raise self._damaged()
        return known

    def _write(self, known: dict[str, Any]) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Each time a new file (created with mode 0600) replaces the old one, so there is never half a file.
            handle, name = tempfile.mkstemp(dir=self.path, prefix=_FILE)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(known, file)
            Path(name).replace(self.path / _FILE)
        except OSError as error:
            raise CredentialError(f"cannot write in {self.path}: {error.strerror}") from None

    def _damaged(self) -> CredentialError:
        return CredentialError(f"{self.path / _FILE} is damaged: delete it, and sign in again")
