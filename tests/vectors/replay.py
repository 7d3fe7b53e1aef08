"""Runs the scenarios of clients/vectors/ on the Python client's session.

python -m tests.vectors.replay      (0 if it does as they say)
"""

import json
import sys
from typing import Any

from parley_client.protocol.session import Session

from tests.vectors import codec
from tests.vectors.generate import DIRECTORY
from tests.vectors.record import described

_OTHERS = ("constants.json", "wire.json")


def scenarios() -> list[dict[str, Any]]:
    """Every scenario in the files."""
    files = sorted(path for path in DIRECTORY.glob("*.json") if path.name not in _OTHERS)
    return [scenario for path in files for scenario in json.loads(path.read_text(encoding="utf-8"))]


def differences(scenario: dict[str, Any]) -> list[str]:
    """What the session does otherwise: the first step at which it differs, if there is one."""
    session = Session(scenario["user"], codec.decode_held(scenario["held"]))
    for number, step in enumerate(scenario["steps"], start=1):
        given = codec.decode_input(step["input"])
        out = session.step(given, step["now"], step["chance"])
        done = described(session, given, step["now"], step["chance"], out)
        wrong = [name for name in {*step, *done} - {"input"} if step.get(name) != done.get(name)]
        if wrong:
            return [f"{scenario['name']}, step {number}: {name}" for name in wrong]
    return []


if __name__ == "__main__":
    sys.exit(int(any(map(differences, scenarios()))))
