"""An environment is deployed, deployed again and destroyed, by the code that does so on AWS."""

from infra import package, templates
from infra.deploy.stacks import deploy, destroy
from infra.flattening import flatten
from infra.local import workarounds
from infra.local.deployment import BUCKET
from tests.e2e.accounts import ENVIRONMENT, Account

KEPT = {"Archive", "Directory", "Events", "Log", "Media", "UserFiles", "Users"}


def test_deploy_deploy_again_and_destroy(account: Account) -> None:
    said: list[str] = []
    target = account.target
    target.s3.create_bucket(Bucket=BUCKET)
    flat = workarounds.bridge(flatten(templates.load()), account.endpoint).template
    codes = package.local_codes()

    def put(**changes: str) -> dict[str, str]:
        parameters = {**ENVIRONMENT.parameters(), **changes}
        return deploy(target, ENVIRONMENT.stack, templates.Templates(flat, {}), parameters, codes, BUCKET, said.append)

    def change_sets() -> int:
        return len(target.cloudformation.list_change_sets(StackName=ENVIRONMENT.stack)["Summaries"])

    told = put()
    assert said[-1].endswith(" changes")
    physical = account.physical(ENVIRONMENT.stack)
    before = change_sets()
    assert put() == told
    assert said[-1] == f"{ENVIRONMENT.stack} is up to date"
    assert change_sets() == before
    assert put(PushPreview="none") == told
    assert said[-1].endswith(" changes")

    destroy(target, ENVIRONMENT.stack, said.append)
    assert said[-1] == f"{ENVIRONMENT.stack} is deleted"
    assert account.client("lambda").list_functions()["Functions"] == []
    assert account.client("apigatewayv2").get_apis()["Items"] == []
    tables = account.client("dynamodb").list_tables()["TableNames"]
    buckets = [b["Name"] for b in target.s3.list_buckets()["Buckets"]]
    pools = [p["Id"] for p in account.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]]
    assert {*tables, *buckets, *pools} - {BUCKET} == {physical[name] for name in KEPT}
    destroy(target, ENVIRONMENT.stack, said.append)
    assert said[-1] == f"{ENVIRONMENT.stack} does not exist"
