"""The part of an environment's file that names a legacy database."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra import environment, templates
from infra.environment import DIRECTORY, UnknownEnvironment
from infra.package import EVERYWHERE

LEGACY: dict[str, Any] = {
    "host": "shop.abc.us-east-1.rds.amazonaws.com",
    "database": "shop",
    "secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:parley/legacy-AbCdEf",
    "vpc_id": "vpc-0123456789abcdef0",
    "vpc_cidr": "172.31.0.0/16",
}


def load(directory: Path, **legacy: Any) -> environment.Environment:
    told = json.loads((DIRECTORY / "dev.json").read_text())
    (directory / "dev.json").write_text(json.dumps(told | ({"legacy": legacy} if legacy else {})))
    return environment.load("dev", directory)


def test_what_it_names_are_parameters_of_the_template(tmp_path: Path):
    told = load(tmp_path, **LEGACY)
    known = templates.load().root["Parameters"]
    assert set(told.parameters()) <= set(known)
    assert told.parameters()["LegacyHost"] == LEGACY["host"]
    assert (told.parameters()["NetworkCidr"], told.parameters()["LegacyConcurrency"]) == ("10.250.0.0/24", "20")
    assert set(told.packages()) == {*EVERYWHERE, "MigrationCodeKey"}


def test_without_it_the_host_is_empty_so_that_everything_goes(tmp_path: Path):
    told = load(tmp_path)
    assert told.parameters()["LegacyHost"] == ""
    assert told.packages() == EVERYWHERE


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"vpc_cidr": "10.0.0.0/8"}, "network_cidr 10.250.0.0/24 overlaps with vpc_cidr 10.0.0.0/8"),
        ({"vpc_cidr": "172.31.0.1/16"}, "has host bits set"),
        ({"vpc_cidr": "8.8.0.0/16"}, "must be private addresses"),
        ({"network_cidr": "10.1.0.0/25"}, "must be between /16 and /24"),
        ({"vpc_id": "vpc-1"}, "legacy.vpc_id: must be the id of a VPC"),
        ({"secret_arn": "parley/legacy"}, "legacy.secret_arn: must be the ARN of a secret"),
        (
            {"secret_arn": LEGACY["secret_arn"].replace("us-east-1", "eu-west-1")},
            "it is in eu-west-1, and the environment",
        ),
        ({"host": "mysql://shop"}, "legacy.host: must be the name that its certificate is for"),
        ({"password": "x"}, "Extra inputs are not permitted"),
        ({"concurrency": -1}, "greater than or equal to 0"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, wrong: dict[str, Any], said: str):
    with pytest.raises(UnknownEnvironment) as refused:
        load(tmp_path, **(LEGACY | wrong))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
