"""The functions' code: the same sources give the same bytes, and nothing else gets in."""

import importlib.util
import io
import os
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from infra import package, templates


@pytest.fixture
def project(tmp_path):
    for name in ("parley/chat/send.py", "parley/chat/aws/log.py", "realtime/message.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"# {name}\n")
    return tmp_path


def test_the_same_sources_give_the_same_bytes_whenever_they_were_written(project):
    before = package.own_code(project)
    os.utime(project / "parley/chat/send.py", (1, 1))
    (project / "parley/chat/send.py").chmod(0o600)
    assert package.own_code(project) == before


def test_other_sources_give_another_name(project):
    before = package.digest(package.own_code(project))
    (project / "parley/chat/send.py").write_text("a = 2\n")
    assert package.digest(package.own_code(project)) != before


def test_only_what_runs_in_lambda_is_packed(project):
    for name in (
        "infra/deploy/stacks.py",
        "tests/test_x.py",
        "parley/chat/__pycache__/send.cpython-311.pyc",
        "secret.env",
    ):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("x")
    names = zipfile.ZipFile(io.BytesIO(package.own_code(project))).namelist()
    assert names == ["parley/chat/aws/log.py", "parley/chat/send.py", "realtime/message.py"]


def test_lambdas_user_may_read_every_file(project):
    (project / "parley/chat/send.py").chmod(0o600)
    entries = zipfile.ZipFile(io.BytesIO(package.own_code(project))).infolist()
    assert {e.external_attr >> 16 for e in entries} == {0o644}


def test_every_handler_of_the_template_is_packed():
    names = zipfile.ZipFile(io.BytesIO(package.own_code())).namelist()
    for function in ("authorizer", "connect", "disconnect", "message"):
        assert f"realtime/{function}.py" in names
    for function in ("stream", "user_pool", "uploads", "image_uploads", "media_collection"):
        assert f"workers/{function}.py" in names


def test_every_package_has_a_parameter_of_the_template_and_what_it_needs():
    parameters = templates.load().root["Parameters"]
    assert (
        set(package.REQUIREMENTS)
        == {"CodeKey", "ImagesCodeKey", "MigrationCodeKey", "CanaryCodeKey"}
        <= set(parameters)
    )
    assert {n for n in package.REQUIREMENTS if "Default" not in parameters[n]} == set(package.EVERYWHERE)
    needed = {name: (package.ROOT / file).read_text() for name, file in package.REQUIREMENTS.items()}
    own = {"ImagesCodeKey": "pillow", "MigrationCodeKey": "pymysql", "CanaryCodeKey": "websockets"}
    for name, dependency in own.items():
        assert [n for n in needed if f"\n{dependency}==" in needed[n]] == [name]


@pytest.fixture
def uv(monkeypatch):
    """Replaces uv, and leaves one module and what uv itself needs. Returns the arguments of each start."""
    started = []
    run_it = subprocess.run

    def run(command, **more):
        if "--target" not in command:
            return run_it(command, **more)
        started.append(command)
        target = Path(command[command.index("--target") + 1])
        for name in ("msgspec.py", "bin/tool", ".lock", "__pycache__/msgspec.cpython-310.pyc"):
            (target / name).parent.mkdir(exist_ok=True)
            (target / name).write_text("x")
        record = target / "msgspec-1.dist-info/RECORD"
        record.parent.mkdir()
        record.write_text("bin/tool,sha256=of-this-place,1\nmsgspec.py,sha256=x,1\n")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(package.uv, "environment", dict)
    monkeypatch.setattr(package.subprocess, "run", run)
    return started


@pytest.fixture
def no_compiler(monkeypatch):
    monkeypatch.setattr(package.bytecode, "compiler", lambda python: None)


def test_dependencies_are_taken_from_the_lock_by_their_hashes_for_the_runtime(uv, no_compiler, project, tmp_path):
    code = package.whole_code(tmp_path / "work", "locks/lambda.txt", project)
    assert "--require-hashes" in uv[0]
    for option, value in (
        ("-r", str(project / "locks/lambda.txt")),
        ("--python-version", "3.13"),
        ("--python-platform", "aarch64-manylinux_2_34"),
        ("--only-binary", ":all:"),
    ):
        assert uv[0][uv[0].index(option) + 1] == value
    archive = zipfile.ZipFile(io.BytesIO(code))
    record = "msgspec-1.dist-info/RECORD"
    own = ["parley/chat/aws/log.py", "parley/chat/send.py", "realtime/message.py"]
    assert archive.namelist() == [record, "msgspec.py", *own]
    assert archive.read(record) == b"msgspec.py,sha256=x,1\n"


def test_every_module_is_packed_with_its_byte_code_and_the_same_sources_give_the_same_bytes(uv, project, tmp_path):
    code = package.whole_code(tmp_path / "work", "locks/lambda.txt", project, package.HERE)
    os.utime(project / "parley/chat/send.py", (1, 1))
    assert package.whole_code(tmp_path / "elsewhere", "locks/lambda.txt", project, package.HERE) == code
    names = zipfile.ZipFile(io.BytesIO(code)).namelist()
    sources = [name for name in names if name.endswith(".py")]
    assert len(sources) == 4
    compiled = {importlib.util.cache_from_source(name) for name in sources}
    assert {name for name in names if name.endswith(".pyc")} == compiled


def test_without_a_compiler_of_the_runtimes_python_the_package_has_no_byte_code_and_deploy_says_so(
    uv, no_compiler, project, tmp_path
):
    code = package.whole_code(tmp_path / "work", "locks/lambda.txt", project)
    assert not [name for name in zipfile.ZipFile(io.BytesIO(code)).namelist() if name.endswith(".pyc")]
    assert "uv python install 3.13" in package.lost()
    assert "\n" not in package.lost()


def test_with_a_compiler_nothing_is_lost():
    assert package.lost(package.HERE) == ""


def test_what_is_uploaded_to_aws_is_small_and_what_somebody_waits_for_is_quick(uv, no_compiler, project, tmp_path):
    (project / "parley/chat/send.py").write_text("".join(f"a{n} = {n * n}\n" for n in range(2_000)))
    lock = "locks/lambda.txt"
    aws, here = (package.whole_code(tmp_path / "work", lock, project, target) for target in (package.AWS, package.HERE))
    assert len(aws) < len(here)


def test_a_module_that_is_not_valid_python_makes_no_package(uv, project, tmp_path):
    (project / "parley/chat/send.py").write_text("def")
    with pytest.raises(
        package.CannotPackage, match=r"^could not compile the functions' modules: .*parley/chat/send.py"
    ):
        package.whole_code(tmp_path / "work", "locks/lambda.txt", project, package.HERE)


def test_what_is_built_for_this_machine_is_built_side_by_side_and_once(uv, no_compiler, tmp_path, monkeypatch):
    monkeypatch.setattr(package, "_BUILT", tmp_path)
    met = threading.Barrier(2)
    fetch = package._fetch_dependencies

    def fetching(*arguments):
        met.wait(30)
        fetch(*arguments)

    monkeypatch.setattr(package, "_fetch_dependencies", fetching)
    codes = package.local_codes()
    assert list(codes) == ["CodeKey", "ImagesCodeKey"]
    assert sorted(command[command.index("-r") + 1].rpartition("/")[2] for command in uv) == [
        "lambda-images.txt",
        "lambda.txt",
    ]
    assert package.local_codes() == codes
    assert len(uv) == 2
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_what_uv_says_last_is_why_there_is_no_package(uv, project, tmp_path, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "error: Failed\n  Caused by: dns error\n")
    monkeypatch.setattr(package.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(package.CannotPackage, match=r"dependencies: Caused by: dns error$"):
        package.whole_code(tmp_path / "work", "locks/lambda.txt", project)
