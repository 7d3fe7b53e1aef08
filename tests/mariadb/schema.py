"""A LAMP application's tables, as a small start-up may have made them, and Parley's views of them."""

from pathlib import Path

from infra.package import ROOT
from tests.mariadb.server import PASSWORD, READER


def _statements(path: Path) -> tuple[str, ...]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("--")]
    return tuple(s.strip() for s in "\n".join(lines).split(";") if s.strip())


TABLES = _statements(Path(__file__).with_name("legacy.sql"))
VIEWS = _statements(ROOT / "infra/legacy/views.sql")
"""The example of docs/migration.md, word for word."""


def reader() -> tuple[str, ...]:
    """The account of the function that lets users in."""
    return (
        f"CREATE USER {READER}@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL",
        f"GRANT SELECT ON parley_users TO {READER}@'%'",
    )
