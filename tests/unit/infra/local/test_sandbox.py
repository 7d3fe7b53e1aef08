"""What a process in the sandbox can write, and what it finds in its environment."""

import errno
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.local import sandbox
from infra.local.in_emulator import functions

_PROGRAM = """
import json, os, pathlib, runpy, shutil, sqlite3, sys, tempfile
code = pathlib.Path(sys.argv[2])
os.chdir(code)
runpy.run_path(sys.argv[1])["confine"](code)
try:
    exec(sys.argv[3])
except OSError as error:
    print(json.dumps([error.errno, error.filename]))
else:
    print("done")
"""


def run(code: Path, statement: str) -> Any:
    """What became of a statement in the sandbox: the error's number and file, or ``done``."""
    command = [sys.executable, "-I", "-S", "-B", "-c", _PROGRAM, sandbox.__file__, str(code), statement]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={})
    return "done" if done.stdout == "done\n" else json.loads(done.stdout)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A directory of code below another one, with a file and an empty directory in it."""
    directory = tmp_path / "task"
    directory.mkdir()
    (directory / "module.py").write_text("x = 1\n")
    (directory / "empty").mkdir()
    return directory


@pytest.mark.parametrize(
    "statement",
    [
        "open('new', 'w')",
        "open('module.py', 'a')",
        "open('module.py', 'r+')",
        "open(str(code / 'new'), 'xb')",
        "os.open('new', os.O_CREAT | os.O_WRONLY)",
        "pathlib.Path('module.py').write_text('')",
        "os.mkdir('new')",
        "os.rmdir('empty')",
        "os.remove('module.py')",
        "os.rename('module.py', 'other.py')",
        "os.replace('module.py', os.path.join(tempfile.mkdtemp(), 'taken'))",
        "os.link('module.py', 'other.py')",
        "os.symlink('module.py', 'other.py')",
        "os.truncate('module.py', 0)",
        "os.chmod('module.py', 0o777)",
        "os.utime('module.py')",
        "shutil.copy('module.py', 'other.py')",
        "sqlite3.connect('new.db')",
        "tempfile.TemporaryFile(dir='.')",
        "os.symlink(code, (link := os.path.join(tempfile.mkdtemp(), 'link'))); open(os.path.join(link, 'new'), 'w')",
        "os.remove('module.py', dir_fd=os.open('.', os.O_RDONLY))",
        "open(os.path.expanduser('~/new-file-of-a-function'), 'w')",
        "open('/new-file-of-a-function', 'w')",
        "open('/dev/shm/new-file-of-a-function', 'w')",
        "os.mkdir('/var/tmp/new-directory-of-a-function')",
    ],
)
def test_nothing_but_tmp_can_be_written(code: Path, statement: str):
    before = {p.name: p.stat().st_mtime_ns for p in [code, *code.iterdir()]}
    number, named = run(code, statement)
    assert (number, bool(named)) == (errno.EROFS, True)
    assert {p.name: p.stat().st_mtime_ns for p in [code, *code.iterdir()]} == before


@pytest.mark.parametrize(
    "statement",
    [
        "open('module.py').read()",
        "os.listdir('.')",
        "open('/dev/null', 'w').write('x')",
        "tempfile.TemporaryFile().write(b'x')",
        "assert tempfile.NamedTemporaryFile().name.startswith(('/tmp/', '/private/tmp/'))",
        # with a file, a directory and a link to what cannot be written, all of which are removed
        "with tempfile.TemporaryDirectory() as d: "
        "shutil.copy('module.py', d); os.mkdir(d + '/x'); open(d + '/x/y', 'w'); os.symlink(code, d + '/z')",
        "sqlite3.connect(':memory:').execute('create table t (x)')",
    ],
)
def test_tmp_can_be_written_and_everything_read(code: Path, statement: str):
    assert run(code, statement) == "done"


def test_a_function_inherits_only_what_lambda_sets():
    inherited = {
        "HOME": "/root",
        "PYTHONPATH": "/elsewhere",
        "TMPDIR": "/elsewhere",
        "STATE_DIR": "/elsewhere",
        "AWS_PROFILE": "mine",
        "AWS_REGION": "us-east-1",
        "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
        "AWS_ENDPOINT_URL_SNS": "http://127.0.0.1:1",
        "PATH": "/elsewhere",
    }
    assert sandbox.variables(inherited) == {
        **sandbox.VARIABLES,
        **sandbox.LOCAL,
        "AWS_REGION": "us-east-1",
        "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
        "AWS_ENDPOINT_URL_SNS": "http://127.0.0.1:1",
    }


@pytest.mark.parametrize(
    ("logs", "told"),
    [
        ({}, {"AWS_LAMBDA_LOG_FORMAT": "Text", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f"}),
        (
            {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "LogGroup": "/own"},
            {
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
                "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
                "AWS_LAMBDA_LOG_GROUP_NAME": "/own",
            },
        ),
    ],
)
def test_the_embedded_awss_functions_are_told_of_their_log(logs: dict[str, str], told: dict[str, str]):
    config = {"FunctionName": "f", "Handler": "m.h", "LoggingConfig": logs, "Environment": {"Variables": {"A": "1"}}}
    found = functions.with_log_settings(config)
    assert found["Environment"]["Variables"] == {"A": "1", "_HANDLER": "m.h", **told}
    assert config["Environment"] == {"Variables": {"A": "1"}}
