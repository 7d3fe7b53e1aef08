"""uv, with the registry and the certificates that pip is configured for here; uv itself does not read pip's settings.

``python infra/uv.py pip install …`` runs the environment's own uv. This needs nothing but the standard library, since
it is what installs everything else.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_OF_PIP = {  # pip's setting, and uv's variables for it
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
_SECTIONS = ("global", "install", ":env:")  # a later one overrides an earlier one


def executable() -> Path:
    """The environment's uv, which need not be on the path."""
    return Path(sys.executable).parent / "uv"


def settings(listed: str) -> dict[str, str]:
    """What pip is configured for, by name, from what ``pip config list`` prints."""
    found: dict[str, str] = {}
    pairs = [line.partition("=") for line in listed.splitlines()]
    for section in _SECTIONS:
        for key, equals, value in pairs:
            of, _, name = key.rpartition(".")
            if equals and of == section:
                found[name] = str(ast.literal_eval(value))
    return found


def variables(configured: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The variables that tell uv the same; what is ``given`` to uv itself already is left as it is."""
    told: dict[str, str] = {}
    for name, targets in _OF_PIP.items():
        separator = "," if name == "find-links" else " "
        # pip only warns of a folder that is not there, while uv fails.
        value = separator.join(word for word in configured.get(name, "").split() if _exists(word, name))
        told |= dict.fromkeys(targets, value) if value else {}
    told["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # pip's own; safe, since every package is known by its hash
    told["UV_NO_PROGRESS"] = "1"
    told["UV_PYTHON_DOWNLOADS"] = "never"
    kept = {name for name in told if name.startswith("UV_") and name in given}
    return {name: value for name, value in told.items() if name not in kept}


def environment() -> dict[str, str]:
    """This process's own, with what uv has to be told."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    listed = subprocess.run(pip, capture_output=True, text=True, check=False)  # noqa: S603 - our own words only
    return {**os.environ, **variables(settings(listed.stdout), os.environ)}


def _exists(word: str, name: str) -> bool:
    if name not in {"extra-index-url", "find-links"} or ("://" in word and not word.startswith("file://")):
        return True
    return Path(word.removeprefix("file://")).is_dir()


if __name__ == "__main__":
    os.execve(executable(), ["uv", *sys.argv[1:]], environment())  # noqa: S606 - no shell is meant
