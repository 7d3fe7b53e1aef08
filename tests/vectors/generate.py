"""Makes clients/vectors/ from the reference client: what its tests drive it through, and random walks.

Every session of tests/unit/client/protocol becomes a scenario, so that whatever the tests of the reference look at is
looked at in every other client too.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from parley_client.protocol import constants

from tests.vectors import walks, wire
from tests.vectors.record import Recorder

DIRECTORY = Path("clients/vectors")
_TESTS = Path("tests/unit/client/protocol")
_FILES = {
    "connection": "test_connection.py",
    "keep_alive": "test_keep_alive.py",
    "sync": "test_session_sync.py",
    "outbox": "test_session_outbox.py",
    "marks": "test_session_marks.py",
    "limits": "test_session_limits.py",
    "numbers": "test_session_numbers.py",
}


def generate() -> dict[str, str]:
    """The files' contents, by name."""
    files = {f"{name}.json": _scenarios(_recorded(_TESTS / file)) for name, file in _FILES.items()}
    files["walks.json"] = _scenarios(walks.scenarios())
    files["wire.json"] = _lines(wire.cases())
    files["constants.json"] = json.dumps(_constants(), indent=2) + "\n"
    return files


def _constants() -> dict[str, float]:
    return {name: value for name, value in vars(constants).items() if name.isupper()}


class _Plugin:
    def __init__(self) -> None:
        self.recorder = Recorder()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        """Record the sessions of one test."""
        with self.recorder.recording(_title(item.name)):
            return (yield)


def _title(name: str) -> str:
    words, _, parameter = name.removeprefix("test_").partition("[")
    title = words.replace("_", " ")
    parameter = re.sub(r"given(\d+)", lambda m: str(int(m[1]) + 1), parameter.rstrip("]"))
    return f"{title} [{parameter}]" if parameter else title


def _recorded(tests: Path) -> list[dict[str, Any]]:
    plugin = _Plugin()
    code = pytest.main(["-q", "--no-header", "-n", "0", "-p", "no:randomly", str(tests)], plugins=[plugin])
    if code != pytest.ExitCode.OK:
        raise SystemExit(f"{tests} fails: there is nothing to learn from it")
    return plugin.recorder.scenarios


def _scenarios(scenarios: list[dict[str, Any]]) -> str:
    """One step a line, so that a difference shows what has changed."""
    parts = []
    for scenario in scenarios:
        head = {k: v for k, v in scenario.items() if k != "steps"}
        steps = ",\n".join("    " + _dump(step) for step in scenario["steps"])
        parts.append(f'  {_dump(head)[:-1]}, "steps": [\n{steps}\n  ]}}')
    return "[\n" + ",\n".join(parts) + "\n]\n"


def _lines(groups: dict[str, list[Any]]) -> str:
    parts = (
        f'  "{name}": [\n' + ",\n".join("    " + _dump(c) for c in cases) + "\n  ]" for name, cases in groups.items()
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "), allow_nan=False)
