"""A MariaDB of the tests' own: an empty data directory, a free port, and a certificate of an authority made here."""

import datetime
import ipaddress
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pymysql
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
DATABASE = "shop"
READER = "parley"
PASSWORD = "réad-only-1"
_WAIT_S = 60
_SECTIONS = ("--no-defaults",)


class Server(NamedTuple):
    """Where it serves, and the authority (PEM) that has signed its certificate."""

    port: int
    socket: Path
    ca: str

    def administer(self) -> "pymysql.Connection[Any]":
        """A connection with all rights, which is this machine's alone."""
        return pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True, charset="utf8mb4")

    def fill(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run the statement once for each row of values."""
        with self.administer() as connection, connection.cursor() as cursor:
            cursor.execute(f"USE {DATABASE}")
            cursor.executemany(statement, rows)

    def run(self, *statements: str) -> None:
        with self.administer() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4")
            cursor.execute(f"USE {DATABASE}")
            for statement in statements:
                cursor.execute(statement)


def program(*names: str) -> str | None:
    """The first of these programs that is installed."""
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    return next((found for n in names if (found := shutil.which(n, path=path))), None)


def missing() -> str:
    """What is not installed; empty if nothing is missing."""
    return (
        "" if program("mariadbd") and program("mariadb-install-db") else "no MariaDB here: `make mariadb` installs it"
    )


@contextmanager
def serving(work: Path, *, tls: bool = True, name: str = HOST) -> Iterator[Server]:
    """A server in the directory ``work``, whose certificate is for ``name``."""
    authority = _certificates(work, name)
    data, port = work / "data", _free_port()
    common = ["--user=root"] if os.geteuid() == 0 else []
    _run([program("mariadb-install-db"), *_SECTIONS, f"--datadir={data}", "--auth-root-authentication-method=normal",
          "--skip-test-db", *common])  # fmt: skip
    options = [f"--datadir={data}", f"--socket={work}/s", f"--port={port}", f"--bind-address={HOST}", *common,
               "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0"]  # fmt: skip
    options += [f"--ssl-ca={work}/ca.pem", f"--ssl-cert={work}/cert.pem", f"--ssl-key={work}/key.pem"] if tls else []
    command = [str(program("mariadbd")), *_SECTIONS, *options]
    with (work / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    server = Server(port, work / "s", authority)
    try:
        _wait(server, process, work / "log")
        yield server
    finally:
        process.terminate()
        process.wait(_WAIT_S)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _WAIT_S
    while True:
        try:
            server.administer().close()
        except pymysql.OperationalError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"MariaDB does not serve: {log.read_text(errors='replace')[-2000:]}") from None
            time.sleep(0.1)
        else:
            return


def _run(command: Sequence[str | None]) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _certificates(work: Path, name: str) -> str:
    """Write an authority, and a key and certificate for ``name``; return the authority (PEM)."""
    ca_key, own_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    ca = _certificate(ca_name, ca_name, ca_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    ).add_extension(
        x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        ),
        critical=True,
    ).add_extension(
        x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False
    ).sign(ca_key, hashes.SHA256())  # fmt: skip
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    alternative: x509.GeneralName = x509.DNSName(name)
    with suppress(ValueError):
        alternative = x509.IPAddress(ipaddress.ip_address(name))
    own = (
        _certificate(subject, ca_name, own_key.public_key())
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (work / "ca.pem").write_bytes(ca.public_bytes(pem))
    (work / "cert.pem").write_bytes(own.public_bytes(pem))
    (work / "key.pem").write_bytes(
        own_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return ca.public_bytes(pem).decode()


def _certificate(subject: x509.Name, issuer: x509.Name, key: Any) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )
