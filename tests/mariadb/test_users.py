"""Signing legacy users in against a real MariaDB, over TLS. The memory adapter is held to the same words."""

import socket
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pymysql
import pytest

from parley.core.errors import Unauthorized, Unavailable
from parley.migration import sign_in
from parley.migration.memory import MemoryLegacyUsers
from parley.migration.model import LegacyUser
from parley.migration.mysql import Credentials, MySqlLegacyUsers, Place
from parley.migration.ports import LegacyUsers
from tests.mariadb import server as servers
from tests.mariadb.schema import TABLES, VIEWS, reader
from tests.mariadb.server import DATABASE, HOST, PASSWORD, READER, Server

HASHES = {
    "bcrypt@example.com": ("Geheim-ü1", bcrypt.hashpw("Geheim-ü1".encode(), bcrypt.gensalt(5)).decode()),
    "phpass@example.com": ("test12345", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0"),
    "phpbb@example.com": ("test1", "$H$9aaaaaSXBjgypwqm.JsMssPLiS8YQ00"),
    "md5@example.com": ("grün ✓", "$1$abcdefgh$j4UK3HsMSJMAtG6S.EN7L1"),
}


def credentials(server: Server, **differently: str) -> Credentials:
    return Credentials(**{"username": READER, "password": PASSWORD, "ca": server.ca, **differently})


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[Server]:
    server.run(*TABLES, *VIEWS, *reader())
    rows: list[tuple[object, ...]] = [
        (mail, stored, "Zoë", int("php" in mail), 1) for mail, (_, stored) in HASHES.items()
    ]
    rows += [
        ("Twice@example.com", "x", "One", 0, 1),
        ("twice@example.com", "x", "Two", 0, 1),
        ("left@example.com", "x", "Gone", 0, 0),
        ("nameless@example.com", "x", None, 0, 1),
    ]
    server.fill("INSERT INTO members (mail, pass, full_name, is_pro, active) VALUES (%s, %s, %s, %s, %s)", rows)
    yield server
    server.run(f"DROP DATABASE {DATABASE}", f"DROP USER {READER}@'%'")


@pytest.fixture(params=["memory", "mariadb"])
def users(request: pytest.FixtureRequest) -> Iterator[LegacyUsers]:
    if request.param == "memory":
        stored = [
            LegacyUser(str(n), mail, "Zoë", "provider" if "php" in mail else "consumer", stored)
            for n, (mail, (_, stored)) in enumerate(HASHES.items(), 1)
        ]
        yield MemoryLegacyUsers([
            *stored,
            LegacyUser("5", "Twice@example.com", "One", "consumer", "x"),
            LegacyUser("6", "twice@example.com", "Two", "consumer", "x"),
            LegacyUser("8", "nameless@example.com", "", "consumer", "x"),
        ])  # fmt: skip
        return
    running = request.getfixturevalue("database")
    adapter = MySqlLegacyUsers(Place(HOST, DATABASE, running.port), lambda: credentials(running))
    yield adapter
    adapter.close()


@pytest.mark.parametrize("email", HASHES)
def test_every_kind_of_hash_lets_its_user_in(users: LegacyUsers, email: str):
    password, _ = HASHES[email]
    user = sign_in.check(email.upper(), password, users)
    assert (user.email, user.name, user.role) == (email, "Zoë", "provider" if "php" in email else "consumer")
    with pytest.raises(Unauthorized):
        sign_in.check(email, password + "x", users)


@pytest.mark.parametrize(
    "email",
    [
        "nobody@example.com",
        "twice@example.com",
        "left@example.com",
        "bcrýpt@example.com",  # a collation says that this is the same
        "bcrypt@example.com ",
        "",
        "' OR '1'='1",
        "%",
        "x" * 5000,
        "\ud83d\ude00@example.com".encode("utf-16", "surrogatepass").decode("utf-16"),
    ],
)
def test_nobody_else_is_found(users: LegacyUsers, email: str):
    assert users.by_email(email) is None


def test_what_is_null_is_empty(users: LegacyUsers):
    user = users.by_email("nameless@example.com")
    assert user is not None
    assert (user.name, user.id) == ("", "8")


def test_the_account_can_read_nothing_but_its_view(database: Server):
    connection = pymysql.connect(
        host=HOST, port=database.port, user=READER, password=PASSWORD.encode(), database=DATABASE
    )  # type: ignore[call-overload]
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM parley_users")
        for statement in ("SELECT * FROM members", "SELECT * FROM pm", "UPDATE parley_users SET name = 'x'"):
            with pytest.raises(pymysql.OperationalError, match="denied"):
                cursor.execute(statement)


def test_the_connection_is_kept_and_made_again_once_the_server_has_closed_it(database: Server):
    made = 0

    def counted() -> Credentials:
        nonlocal made
        made += 1
        return credentials(database)

    adapter = MySqlLegacyUsers(Place(HOST, DATABASE, database.port), counted)
    for _ in range(3):
        adapter.by_email("md5@example.com")
    assert made == 1
    with database.administer() as root, root.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE user = %s", (READER,))
        for (connection,) in cursor.fetchall():
            cursor.execute(f"KILL {connection}")
    assert adapter.by_email("md5@example.com") is not None
    assert made == 2, "with credentials that may have been rotated meanwhile"
    adapter.close()


@pytest.mark.parametrize("wrong", [{"password": "other"}, {"username": "nobody"}])
def test_wrong_credentials_are_our_fault_and_name_nothing(database: Server, wrong: dict[str, str]):
    adapter = MySqlLegacyUsers(Place(HOST, DATABASE, database.port), lambda: credentials(database, **wrong))
    with pytest.raises(Unavailable) as refused:
        adapter.by_email("md5@example.com")
    assert str(refused.value) == "the legacy database cannot be asked"


def test_a_server_that_another_authority_vouches_for_is_not_asked(database: Server, tmp_path: Path):
    other = servers._certificates(tmp_path, HOST)
    adapter = MySqlLegacyUsers(Place(HOST, DATABASE, database.port), lambda: credentials(database, ca=other))
    with pytest.raises(Unavailable):
        adapter.by_email("md5@example.com")


def test_a_server_with_a_certificate_for_another_name_is_not_asked(database: Server):
    adapter = MySqlLegacyUsers(Place("localhost", DATABASE, database.port), lambda: credentials(database))
    with pytest.raises(Unavailable):
        adapter.by_email("md5@example.com")


def test_a_server_without_tls_is_not_told_the_password(work: Path):
    with servers.serving(work, tls=False) as plain:
        adapter = MySqlLegacyUsers(Place(HOST, DATABASE, plain.port), lambda: credentials(plain))
        with pytest.raises(Unavailable):
            adapter.by_email("md5@example.com")


def test_a_server_that_is_away_or_silent_is_given_up_in_time_for_cognito():
    with socket.socket() as silent:
        silent.bind((HOST, 0))
        port = silent.getsockname()[1]
        away = MySqlLegacyUsers(Place(HOST, DATABASE, port), lambda: Credentials("a", "b", _any_authority()))
        with pytest.raises(Unavailable):
            away.by_email("md5@example.com")
        silent.listen()
        with pytest.raises(Unavailable):
            away.by_email("md5@example.com")


def _any_authority() -> str:
    import ssl

    return next(iter(ssl.DER_cert_to_PEM_cert(der) for der in ssl.create_default_context().get_ca_certs(True)))
