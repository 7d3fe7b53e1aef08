"""A new environment's file is made from another's, and checked."""

import json
import shutil

import pytest

from infra.deploy import command
from infra.deploy.command import Refused
from infra.deploy.environment import create, main
from infra.environment import DIRECTORY, UnknownEnvironment, load
from tests.unit.infra.stub import status


@pytest.fixture
def directory(tmp_path):
    for file in DIRECTORY.glob("*.json"):
        shutil.copy(file, tmp_path)
    return tmp_path


def test_it_has_the_others_settings_and_its_own_name_and_region(directory):
    assert "make deploy ENV=staging" in create("staging", "prod", "eu-central-1", directory)
    made, other = load("staging", directory), load("prod", directory)
    assert (made.name, made.region) == ("staging", "eu-central-1")
    assert made.model_copy(update={"name": "prod", "region": other.region}) == other


def test_what_only_one_environment_can_have_is_not_taken_over(directory):
    held = json.loads((directory / "prod.json").read_text())
    held["fcm_application"] = "arn:aws:sns:us-east-1:123456789012:app/GCM/shop"
    held["web_origins"] = ["https://shop.example"]
    (directory / "prod.json").write_text(json.dumps(held))
    create("staging", "prod", directory=directory)
    made = load("staging", directory)
    assert made.fcm_application == ""
    assert made.web_origins == ()


def test_one_that_is_there_stays_as_it_is(directory):
    before = (directory / "dev.json").read_text()
    with pytest.raises(Refused, match=r"dev\.json is there already"):
        create("dev", "prod", directory=directory)
    assert (directory / "dev.json").read_text() == before


@pytest.mark.parametrize(("name", "region"), [("Staging", None), ("a" * 21, None), ("staging", "nowhere")])
def test_an_impossible_one_leaves_no_file(directory, name, region):
    with pytest.raises(UnknownEnvironment):
        create(name, "dev", region, directory)
    assert not (directory / f"{name}.json").exists()


def test_a_command_that_lacks_the_name_says_so_in_one_line(capsys):
    assert status(main, []) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_region_that_aws_does_not_have_is_said_before_anything_is_asked_of_it(directory, monkeypatch):
    create("staging", "dev", "eu-nowhere-9", directory)
    monkeypatch.setattr(command, "load", lambda name: load(name, directory))
    with pytest.raises(UnknownEnvironment, match="no Region 'eu-nowhere-9'"):
        command.on_aws("staging")
