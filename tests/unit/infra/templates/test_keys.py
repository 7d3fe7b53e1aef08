"""Keys of one's own: each class of data has one if it is asked for, and each role may use the keys of what its function
reads and writes, through the service that keeps it.
"""

import json
from typing import Any

import pytest

from infra import encryption
from infra.environment import LOCAL, load
from infra.keys import Keys
from tests.unit.infra.templates.asking import ON, asked, variables
from tests.unit.infra.templates.whole import CONDITIONS, FUNCTIONS, OFF, RESOURCES, evaluated, of_type, there

KEY = "arn:aws:kms:eu-central-1:123456789012:key/k"
CLASSES = ("Messages", "Media", "Archive", "Logs")
MADE = {f"KeyOf{name}" for name in CLASSES} | {f"AliasOf{name}" for name in CLASSES}
KEYS = of_type("AWS::KMS::Key")


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


def with_key(name: str, key: str) -> dict[str, Any]:
    return {**OFF, "Environment": "dev", f"{name}Key": key, f"KeyOf{name}.Arn": KEY}


def test_nothing_is_made_or_used_unless_it_is_asked_for():
    here = there(OFF)
    assert not here & MADE
    assert not {name for name in here if name.endswith(encryption.USE)}


@pytest.mark.parametrize("name", CLASSES)
def test_a_key_is_made_for_its_class_alone_and_none_if_there_is_one(name: str):
    assert there(with_key(name, "create")) & MADE == {f"KeyOf{name}", f"AliasOf{name}"}
    assert not there(with_key(name, KEY)) & MADE


def test_the_environments_file_says_which():
    keys = Keys(messages="create", logs=KEY)
    given = load(LOCAL).model_copy(update={"keys": keys}).parameters()
    assert (given["MessagesKey"], given["MediaKey"], given["LogsKey"]) == ("create", "", KEY)


@pytest.mark.parametrize(
    ("name", "kind", "path"),
    [
        ("Messages", "AWS::DynamoDB::Table", "SSESpecification"),
        ("Logs", "AWS::Logs::LogGroup", "KmsKeyId"),
        ("Media", "AWS::S3::Bucket", "BucketEncryption"),
        ("Archive", "AWS::S3::Bucket", "BucketEncryption"),
    ],
)
def test_all_of_a_class_is_encrypted_with_its_key(name: str, kind: str, path: str):
    # Events are under pseudonyms, and anyone may read the page: S3's own key is enough.
    others = {"Media": {"Archive", "Events", "PageFiles"}, "Archive": set(of_type(kind)) - {"Archive"}}.get(name, set())
    of_the_class = {n: p for n, p in of_type(kind).items() if n not in others}
    assert of_the_class
    for properties in of_the_class.values():
        assert KEY in json.dumps(evaluated(properties[path], with_key(name, KEY)))
        assert KEY not in json.dumps(evaluated(properties.get(path), OFF))


@pytest.mark.parametrize("name", KEYS)
def test_a_key_is_renewed_and_nobody_uses_it_but_through_a_service(name: str):
    assert KEYS[name]["EnableKeyRotation"] is True
    for statement in KEYS[name]["KeyPolicy"]["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        uses = {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:*"}
        assert ("Condition" in statement) == bool(uses & set(actions)), statement["Sid"]
        assert not {"kms:*", "kms:Create*"} & set(actions)


def test_the_logs_service_uses_its_key_for_this_environments_groups_alone():
    [statement] = [s for s in KEYS["KeyOfLogs"]["KeyPolicy"]["Statement"] if s["Sid"] == "Logs"]
    given = evaluated(statement, {**OFF, "Environment": "dev"})
    assert given["Principal"] == {"Service": "logs.eu-central-1.AWS::URLSuffix"}
    pattern = given["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert pattern == "arn:aws:logs:eu-central-1:123456789012:log-group:/parley/dev/*"
    for group in of_type("AWS::Logs::LogGroup").values():
        assert evaluated(group["LogGroupName"], {**OFF, "Environment": "dev"}).startswith("/parley/dev/")


def uses(role: str) -> dict[str, set[str]]:
    """What a role may do with each key."""
    found = {}
    for policy_name, policy in of_type("AWS::IAM::Policy").items():
        if policy_name.endswith(encryption.USE) and policy["Roles"] == [{"Ref": role}]:
            name = policy["PolicyName"].removesuffix("-key").title()
            assert CONDITIONS[RESOURCES[policy_name]["Condition"]]
            [statement] = evaluated(policy["PolicyDocument"]["Statement"], with_key(name, KEY))
            assert statement["Resource"] == KEY
            service = {"Messages": "dynamodb", "Media": "s3", "Archive": "s3"}[name]
            via = statement["Condition"]["StringEquals"]["kms:ViaService"]
            assert via == f"{service}.eu-central-1.AWS::URLSuffix"
            found[name] = set(statement["Action"])
    return found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_use_the_keys_of_what_it_reads_and_writes(function: str):
    needs = asked(function, variables(function, ON))
    wanted: dict[str, set[str]] = {}
    for need in needs:
        if need.action.startswith("dynamodb:"):
            wanted["Messages"] = {"kms:Decrypt"}
        name = "Archive" if need.resource.startswith("Archive.") else "Media"
        if need.action in ("s3:GetObject", "s3:PutObject"):
            wanted.setdefault(name, set()).add("kms:Decrypt")
        if need.action == "s3:PutObject" and function != "UploadsFunction":  # it writes no thumbnails
            wanted[name].add("kms:GenerateDataKey")
    assert uses(FUNCTIONS[function]["Role"]["Fn::GetAtt"][0]) == wanted


def test_signed_in_users_use_the_key_for_their_own_files():
    assert uses("SignedInRole") == {"Media": {"kms:Decrypt", "kms:GenerateDataKey"}}
