"""The legacy users in MySQL or MariaDB, reached over TLS only.

The database has a view of its own for this, so that the account that is used here can read nothing else, and what the
legacy application calls its tables and columns stays in the database (docs/migration.md).
"""

import contextlib
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pymysql
from msgspec import Struct

from parley.core.errors import Unavailable
from parley.migration.model import LegacyUser

if TYPE_CHECKING:
    from parley.core.session import Role

_SECONDS = 2
"""How long to wait for the database, each time. Cognito waits for five seconds in all."""
_QUERY = "SELECT id, email, name, role, password FROM parley_users WHERE email = %s LIMIT 2"
_RETRY_AFTER = 1.0
_ATTEMPTS = 2


class Credentials(Struct, frozen=True):
    """What a connection needs to know."""

    username: str
    password: str
    ca: str
    """The certificates (PEM) of which one must have signed the server's, and no others are trusted."""

    def __repr__(self) -> str:
        """Without the password, so that no traceback or log shows it."""
        return "Credentials()"


class Place(Struct, frozen=True):
    """Where the database is."""

    host: str
    database: str
    port: int = 3306


class MySqlLegacyUsers:
    """A ``parley.migration.ports.LegacyUsers``. It keeps one connection, for it is asked one thing at a time."""

    def __init__(self, place: Place, credentials: Callable[[], Credentials]) -> None:
        """``credentials`` is called whenever a connection is made, because they may have been rotated."""
        self._place = place
        self._credentials = credentials
        self._connection: pymysql.Connection[Any] | None = None

    def by_email(self, email: str) -> LegacyUser | None:
        rows = self._rows(email)
        # Collations equate letters with and without accents, and ignore spaces at the end. Those are other addresses.
        same = [row for row in rows if str(row[1]).lower() == email.lower()]
        return _user(*same[0]) if len(rows) == len(same) == 1 else None

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            with contextlib.suppress(pymysql.Error):
                self._connection.close()
            self._connection = None

    def _rows(self, email: str) -> list[tuple[Any, ...]]:
        """Ask the database, again if the connection that was kept is no longer good."""
        for attempt in range(_ATTEMPTS):
            kept = self._connection is not None
            try:
                connection = self._connection = self._connection or self._connect()
                with connection.cursor() as cursor:
                    cursor.execute(_QUERY, (email,))
                    return list(cursor.fetchall())
            except (pymysql.OperationalError, pymysql.InterfaceError, OSError) as error:
                self.close()
                if not kept or attempt:
                    # Without the cause's own message, which names the host and the account.
                    raise Unavailable("the legacy database cannot be asked", retry_after=_RETRY_AFTER) from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _connect(self) -> "pymysql.Connection[Any]":
        credentials = self._credentials()
        return pymysql.connect(
            host=self._place.host,
            port=self._place.port,
            database=self._place.database,
            user=credentials.username,
            password=credentials.password.encode(),  # it would be encoded as Latin-1
            charset="utf8mb4",
            ssl=_verifying(credentials.ca),
            connect_timeout=_SECONDS,
            read_timeout=_SECONDS,
            write_timeout=_SECONDS,
            autocommit=True,  # each question sees what is stored now
        )


def _verifying(ca: str) -> ssl.SSLContext:
    """A context that trusts these authorities only, and checks that the server is the one that was asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata=ca)
    return context


def _user(own_id: Any, email: Any, name: Any, role: Any, password: Any) -> LegacyUser:
    known: Role = "provider" if role == "provider" else "consumer"
    return LegacyUser(id=str(own_id), email=str(email), name=str(name or ""), role=known, password=str(password or ""))
