"""Change one of Parley's modules a little, many times over, and show the changes that no test notices.

    make mutate MODULE=send        one of ``subjects.SUBJECTS``; SAMPLE=60 SEED=1 for how many mutants, and which

The tests of a subject are run in a copy of the tree, and for each mutant in a process of its own.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import cache_from_source
from pathlib import Path

import anyio.pytest_plugin
import aws_lambda_powertools.event_handler.openapi.params
import boto3
import hypothesis
import moto.core
import moto.dynamodb.responses
import moto.iam.access_control
import msgspec
import pydantic
import pytest
import xdist.plugin

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.subjects import SUBJECTS, Subject

_IMPORTED_ONCE = (anyio, aws_lambda_powertools, boto3, hypothesis, moto, msgspec, pydantic, xdist)
"""What takes long to import, and would otherwise be imported for each mutant."""

_PYTEST = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "no:schemathesis")
# Schemathesis takes seconds to import as well, and only the end-to-end tests use it.

_LEAST_S = 20
"""The least time after which a mutant's tests are ended: it may never stop."""


def main() -> int:
    """Run the mutants of one subject. The exit code says whether one survived that is not known to be equivalent."""
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("module", choices=[*SUBJECTS, "all"])
    parser.add_argument("--sample", type=int, default=50, help="how many mutants; 0 for all of them")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with _copy() as tree:
        os.chdir(tree)
        sys.path[:] = [p for p in sys.path if p and Path(p).resolve() != Path(__file__).parents[2]]
        names = [*SUBJECTS] if given.module == "all" else [given.module]
        survived = [_subject(name, SUBJECTS[name], given.sample, given.seed) for name in names]
    return int(any(survived))


@contextlib.contextmanager
def _copy():
    with tempfile.TemporaryDirectory(prefix="parley-mutants-") as made:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if Path(name).is_file():
                target = Path(made, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(name, target)
        yield Path(made)


def _subject(name: str, subject: Subject, sample: int, seed: int) -> int:
    began = time.monotonic()
    if _run(subject.tests, 600) != 0:
        sys.exit(f"{name}: the tests fail without a mutation")
    patience = max(4 * (time.monotonic() - began), _LEAST_S)
    known = EQUIVALENT.get(name, {})
    every = [(path, m) for path in subject.modules for m in mutants(Path(path).read_text(encoding="utf-8"))]
    chosen = random.Random(seed).sample(every, min(sample, len(every))) if sample else every
    chosen = [(path, m) for path, m in sorted(chosen, key=lambda c: (c[0], c[1].line)) if m.name not in known]
    survived = [(path, m) for path, m in chosen if _survives(Path(path), m, subject.tests, patience)]
    for path, mutant in survived:
        print(f"  {path}:{mutant.line}  {mutant.name}", flush=True)
    killed = len(chosen) - len(survived)
    score = 100 * killed / max(len(chosen), 1)
    print(
        f"{name}: {killed} of {len(chosen)} mutants are noticed ({score:.0f} %), "
        f"of {len(every)} in all; {time.monotonic() - began:.0f} s",
        flush=True,
    )
    return len(survived)


def _survives(path: Path, mutant: Mutant, tests: Sequence[str], patience: float) -> bool:
    source = path.read_text(encoding="utf-8")
    try:
        path.write_text(mutant.source, encoding="utf-8")
        Path(cache_from_source(str(path))).unlink(missing_ok=True)
        return _run(tests, patience) == 0
    finally:
        path.write_text(source, encoding="utf-8")


def _run(tests: Sequence[str], patience: float) -> int:
    """Run tests in a process of their own. Returns pytest's exit code, or -1 if they had to be ended."""
    child = os.fork()
    if child == 0:
        os.setsid()
        sys.dont_write_bytecode = True  # a mutant must leave nothing behind
        with Path(os.devnull).open("w") as silence:
            os.dup2(silence.fileno(), 1)
            os.dup2(silence.fileno(), 2)
        code = 3
        try:
            for module in [m for m in sys.modules if m.split(".")[0] == "tests"]:
                del sys.modules[module]
            code = pytest.main([*_PYTEST, *tests])
        finally:
            os._exit(int(code))
    until = time.monotonic() + patience
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


if __name__ == "__main__":
    sys.exit(main())
