"""An environment's file says everything that differs, or is refused with a readable line."""

import json

import pytest

from infra import templates
from infra.environment import DIRECTORY, RETENTIONS, UnknownEnvironment, load

SNS = "arn:aws:sns:{}:123456789012:app/{}/shop"
NAMES = sorted(p.stem for p in DIRECTORY.glob("*.json"))


@pytest.fixture
def dev(tmp_path):
    """Writes dev.json with changes."""
    good = json.loads((DIRECTORY / "dev.json").read_text())

    def write(**changes):
        (tmp_path / "dev.json").write_text(json.dumps({**good, **changes}))
        return tmp_path

    return write


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_valid_and_gives_only_parameters_of_the_template(name):
    declared = templates.load().root["Parameters"]
    for key, value in load(name).parameters().items():
        allowed = declared[key].get("AllowedValues")
        assert allowed is None or value in [str(a) for a in allowed]


@pytest.mark.parametrize("name", NAMES)
def test_an_environments_numbers_are_the_templates_and_arrive_as_numbers(name):
    numbers = load(name).numbers()
    assert numbers.keys() == templates.NUMBERS.keys()
    stage = templates.load(numbers=numbers).nested["realtime.yaml"]["Resources"]["Stage"]["Properties"]
    (connect,) = stage["RouteSettings"].values()
    assert connect == {
        "ThrottlingRateLimit": load(name).connect_rate,
        "ThrottlingBurstLimit": load(name).connect_burst,
    }


def test_production_is_protected():
    assert load("prod").protect


def test_the_retentions_are_the_templates():
    declared = templates.load().root["Parameters"]["LogRetentionDays"]["AllowedValues"]
    assert list(RETENTIONS) == declared


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"log_retention_days": 8}, "log_retention_days"),
        ({"push_preview": "all"}, "push_preview"),
        ({"throttle_rate": 0}, "throttle_rate"),
        ({"protect": "yes"}, "protect"),
        ({"region": "virginia"}, "region: must be a Region, like eu-central-1, and is 'virginia'"),
        ({"fcm_application": SNS.format("us-east-1", "APNS")}, "must be the ARN of an SNS platform application of GCM"),
        ({"fcm_application": SNS.format("eu-west-1", "GCM")}, "it is in eu-west-1, and the environment in us-east-1"),
        ({"keys": {"media": "arn:aws:kms:us-east-1:123456789012:alias/k"}}, 'must be "create", the ARN of a KMS key'),
        ({"keys": {"logs": "arn:aws:kms:eu-west-1:123456789012:key/k"}}, "keys.logs: it is in eu-west-1"),
        ({"keys": {"media": "create"}, "recovery": {"region": "eu-west-1"}}, "recovery: what has a key of its own"),
        ({"builder_role_arn": "parley-builder"}, "must be the ARN of a role"),
        ({"media_public_key": "MIIB"}, "must be a public key as PEM"),
        ({"colour": "blue"}, "colour"),
        ({"name": "prod"}, "its name is 'prod'"),
        ({"web_origins": ["https://app.example.com/"]}, "not an origin like"),
        ({"web_origins": ["app.example.com"]}, "not an origin like"),
        ({"web_origins": ["https://*.example.com"]}, "not an origin like"),
        ({"web_origins": ["*", "https://app.example.com"]}, "stands alone"),
        ({"web_origins": ["http://localhost:*"]}, "no wildcard ports"),
    ],
)
def test_what_is_wrong_is_named(dev, changes, said):
    with pytest.raises(UnknownEnvironment, match=said):
        load("dev", dev(**changes))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"name": "\xe9"}'])
def test_a_broken_file_is_one_readable_line(tmp_path, content):
    (tmp_path / "dev.json").write_bytes(content)
    with pytest.raises(UnknownEnvironment, match=r"dev\.json is not valid") as refused:
        load("dev", tmp_path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("origins", [[], ["*"], ["https://app.example.com", "http://localhost:3000"]])
def test_origins_that_a_deployed_environment_may_have(dev, origins):
    assert load("dev", dev(web_origins=origins)).web_origins == tuple(origins)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownEnvironment, match="dev, local, prod"):
        load("staging")
