"""The locks hold what the requirements say, no more and no less. `make lock` repairs what fails here."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra import package

ROOT = package.ROOT
LOCKS = {
    "uv": ("requirements-uv.txt",),
    "dev": ("requirements-dev.txt",),
    "checkov": ("requirements-checkov.txt",),
    "run": ("requirements-run.txt",),
    "report": ("requirements-report.txt",),
    "lambda": ("requirements.txt",),
    "lambda-images": ("requirements.txt", "requirements-images.txt"),
    "lambda-migration": ("requirements.txt", "requirements-migration.txt"),
    "lambda-canary": ("requirements.txt", "requirements-canary.txt"),
    "lambda-runtime": ("requirements-runtime.txt",),
}
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def lock(name: str) -> str:
    return (ROOT / f"locks/{name}.txt").read_text()


def pins(name: str) -> dict[str, str]:
    return {canonicalize_name(found): version for found, version in PIN.findall(lock(name))}


def required(file: str) -> list[tuple[str, Requirement]]:
    """Every requirement, with the file that it is in."""
    found = []
    for line in (ROOT / file).read_text().splitlines():
        said = line.split("#")[0].strip()
        if said.startswith("-r "):
            found += required(said.removeprefix("-r "))
        elif said:
            found.append((file, Requirement(said)))
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_required_is_locked_at_a_version_that_is_allowed(name):
    locked = pins(name)
    for file in LOCKS[name]:
        for _, requirement in required(file):
            version = locked.get(canonicalize_name(requirement.name))
            assert version, f"{requirement.name} is not in locks/{name}.txt: run `make lock`"
            assert requirement.specifier.contains(version), f"{requirement} is not {version}: run `make lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_no_longer_required_is_not_locked(name):
    direct = {
        (file, canonicalize_name(pinned))
        for pinned, told in re.findall(r"^([a-z0-9._-]+)==.*\n((?:    .*\n)*)", lock(name), re.MULTILINE)
        for file in re.findall(r"-r (\S+)", told)
    }
    wanted = {(file, canonicalize_name(r.name)) for top in LOCKS[name] for file, r in required(top)}
    assert direct == wanted, "run `make lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_a_hash_and_none_an_address(name):
    entries = re.split(r"^(?=[a-z0-9])", lock(name), flags=re.MULTILINE)[1:]
    assert len(entries) == len(PIN.findall(lock(name))) > 0
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in lock(name)


def hashes(name: str) -> dict[str, set[str]]:
    entries = re.split(r"^(?=[a-z0-9])", lock(name), flags=re.MULTILINE)[1:]
    return {entry.split("==")[0]: set(re.findall(r"sha256:\w+", entry)) for entry in entries}


@pytest.mark.parametrize("name", ["run", "report", "lambda", "lambda-images", "lambda-runtime"])
def test_what_runs_is_what_was_tested_on_every_platform(name):
    assert pins(name).items() <= pins("dev").items()
    every = hashes("dev")
    assert {package: every[package] for package in hashes(name)} == hashes(name)


def test_what_is_packed_is_a_lock_of_its_own():
    assert set(package.REQUIREMENTS.values()) <= {f"locks/{name}.txt" for name in LOCKS}
