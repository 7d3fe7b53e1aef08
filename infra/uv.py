"""Run uv with the registry and the certificates that pip is configured for, because uv does not read pip's settings.

``python infra/uv.py pip install …`` runs the environment's own uv. This module needs nothing but the standard library,
because it is what installs everything else.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

_OF_PIP = {  # pip's settings, and uv's variables for them
    "index-url": ("UV_DEFAULT_INDEX",),
    "extra-index-url": ("UV_INDEX",),
    "find-links": ("UV_FIND_LINKS",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("HTTP_PROXY", "HTTPS_PROXY"),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
    "timeout": ("UV_HTTP_TIMEOUT",),
}
_SECTIONS = ("global", "install", ":env:")  # later sections override earlier ones


def executable() -> Path:
    """Return the path of the environment's uv, which need not be on PATH."""
    return Path(sys.executable).parent / "uv"


def settings(listed: str) -> dict[str, str]:
    """Parse the output of ``pip config list``, and return pip's settings by name."""
    found: dict[str, str] = {}
    pairs = [line.partition("=") for line in listed.splitlines()]
    for section in _SECTIONS:
        for key, equals, value in pairs:
            of, _, name = key.rpartition(".")
            if equals and of == section:
                found[name] = str(ast.literal_eval(value))
    return found


def variables(configured: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that give uv the same settings. Variables in ``given``, which uv has already, are kept."""
    told: dict[str, str] = {}
    for name, targets in _OF_PIP.items():
        separator = "," if name == "find-links" else " "
        # If a folder does not exist, pip only warns, whereas uv fails.
        value = separator.join(word for word in configured.get(name, "").split() if _exists(word, name))
        told |= dict.fromkeys(targets, value) if value else {}
    told["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does; safe, since hashes pin every package
    told["UV_NO_PROGRESS"] = "1"
    told["UV_PYTHON_DOWNLOADS"] = "never"
    kept = {name for name in told if name.startswith("UV_") and name in given}
    return {name: value for name, value in told.items() if name not in kept}


def environment() -> dict[str, str]:
    """Return this process's environment, plus the variables that uv needs."""
    return {**os.environ, **variables(settings(_configured()), os.environ)}


@lru_cache
def _configured() -> str:
    """Return what ``pip config list`` prints. Starting pip takes half a second."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    return subprocess.run(pip, capture_output=True, text=True, check=False).stdout  # noqa: S603 - our own words only


def _exists(word: str, name: str) -> bool:
    if name not in {"extra-index-url", "find-links"} or ("://" in word and not word.startswith("file://")):
        return True
    return Path(word.removeprefix("file://")).is_dir()


if __name__ == "__main__":
    os.execve(executable(), ["uv", *sys.argv[1:]], environment())  # noqa: S606 - no shell is meant
