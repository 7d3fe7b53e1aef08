"""The functions' code: the same sources give the same bytes, and nothing else gets in."""

import io
import os
import zipfile

import pytest

from infra import package, templates
from infra.deploy import TEMPLATE


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
    for name in ("infra/deploy.py", "tests/test_x.py", "parley/chat/__pycache__/send.cpython-311.pyc", "secret.env"):
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
    for function in ("stream", "post_confirmation", "uploads", "image_uploads", "media_collection"):
        assert f"workers/{function}.py" in names


def test_every_package_has_a_parameter_of_the_template_and_what_it_needs():
    parameters = templates.parse(TEMPLATE.read_text())["Parameters"]
    assert set(package.REQUIREMENTS) == {"CodeKey", "ImagesCodeKey"} <= set(parameters)
    assert set(package.local_codes()) == set(package.REQUIREMENTS)
    needed = {
        name: " ".join((package.ROOT / file).read_text() for file in files)
        for name, files in package.REQUIREMENTS.items()
    }
    assert ("pillow" in needed["ImagesCodeKey"], "pillow" in needed["CodeKey"]) == (True, False)
