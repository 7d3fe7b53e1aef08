"""What the template must never lose: least privilege, encryption, recovery, and logs without secrets."""

import json
import re

import pytest

from infra import templates
from infra.deploy import TEMPLATE

RESOURCES = templates.parse(TEMPLATE.read_text())["Resources"]


def of_type(kind):
    return {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
ROLES = of_type("AWS::IAM::Role")
TABLES = of_type("AWS::DynamoDB::Table")
STATEMENTS = [
    (name, statement)
    for name, properties in [*ROLES.items(), *of_type("AWS::IAM::Policy").items()]
    for policy in properties.get("Policies", [properties])
    for statement in policy["PolicyDocument"]["Statement"]
]


def as_list(value):
    return value if isinstance(value, list) else [value]


def test_every_function_has_a_role_and_a_log_group_of_its_own():
    roles = [f["Role"]["Fn::GetAtt"][0] for f in FUNCTIONS.values()]
    groups = [f["LoggingConfig"]["LogGroup"]["Ref"] for f in FUNCTIONS.values()]
    assert len(set(roles)) == len(set(groups)) == len(FUNCTIONS)
    assert set(roles) == set(ROLES) - {"SignedInRole"}


def test_no_role_takes_a_ready_made_policy():
    assert not [name for name, role in ROLES.items() if "ManagedPolicyArns" in role]


def test_every_action_is_named_whole():
    actions = [a for _, s in STATEMENTS for a in as_list(s["Action"])]
    assert not [a for a in actions if "*" in a]


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_every_resource_is_one_of_ours(name, statement):
    for resource in as_list(statement["Resource"]):
        if "Fn::GetAtt" in resource:
            continue
        arn = resource["Fn::Sub"]
        if arn in {"${Directory.Arn}/index/*", "${UserFiles.Arn}/files/${!aws:PrincipalTag/user}/*"}:
            continue
        # What has no name before it exists: connections of our stage, endpoints of devices, push applications.
        assert re.search(r"(\$\{Api\}/\$\{StageName\}/(POST|DELETE)/@connections|:endpoint|:app)/\*$", arn)


def test_only_the_functions_that_need_a_table_may_touch_it():
    by_table: dict[str, set[str]] = {}
    for name, statement in STATEMENTS:
        for resource in as_list(statement["Resource"]):
            if "Fn::GetAtt" in resource and resource["Fn::GetAtt"] in (["Log", "Arn"], ["Directory", "Arn"]):
                by_table.setdefault(resource["Fn::GetAtt"][0], set()).add(name)
    assert by_table == {
        "Log": {"MessageRole", "RestRole"},
        "Directory": {"ConnectRole", "DisconnectRole", "MessageRole", "NotifierRole", "ConfirmedRole", "RestRole"},
    }


def test_nobody_may_scan_and_only_http_may_take_an_item_from_the_directory():
    actions = {a for _, s in STATEMENTS for a in as_list(s["Action"])}
    assert not actions & {"dynamodb:Scan", "dynamodb:DeleteTable"}
    deleting = [(name, s["Resource"]) for name, s in STATEMENTS if "dynamodb:DeleteItem" in as_list(s["Action"])]
    assert deleting == [("RestRole", {"Fn::GetAtt": ["Directory", "Arn"]})]


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_on_demand_encrypted_recoverable_and_outlive_the_stack(name):
    table = TABLES[name]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_the_directory_forgets_and_the_log_streams():
    assert TABLES["Directory"]["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert TABLES["Log"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


def test_access_logs_hold_nothing_a_client_wrote():
    for stage in of_type("AWS::ApiGatewayV2::Stage").values():
        logged = json.loads(stage["AccessLogSettings"]["Format"])
        assert "$context.requestId" in logged.values(), "API Gateway asks for it"
        for value in logged.values():
            assert not re.search(r"querystring|header|path|body|token|input|params", value, re.IGNORECASE)


@pytest.mark.parametrize(("stage", "api"), [("Stage", "Api"), ("HttpStage", "HttpApi")])
def test_a_stage_comes_after_every_route_and_response(stage, api):
    needed = {
        name
        for name, r in RESOURCES.items()
        if re.fullmatch(r"AWS::ApiGatewayV2::(Route|RouteResponse|IntegrationResponse)", r["Type"])
        and r["Properties"]["ApiId"] == {"Ref": api}
    }
    assert set(RESOURCES[stage]["DependsOn"]) == needed


def test_every_http_route_asks_for_a_token_of_this_pool_and_app():
    routes = [p for p in of_type("AWS::ApiGatewayV2::Route").values() if p["ApiId"] == {"Ref": "HttpApi"}]
    assert [(r["AuthorizationType"], r["AuthorizerId"]) for r in routes] == [("JWT", {"Ref": "HttpAuthorizer"})]
    configured = RESOURCES["HttpAuthorizer"]["Properties"]["JwtConfiguration"]
    assert configured["Audience"] == [{"Ref": "App"}]
    assert "${Users}" in configured["Issuer"]["Fn::Sub"]


def test_every_answering_route_has_a_route_response():
    answering = {n for n, p in of_type("AWS::ApiGatewayV2::Route").items() if "RouteResponseSelectionExpression" in p}
    answered = {p["RouteId"]["Ref"] for p in of_type("AWS::ApiGatewayV2::RouteResponse").values()}
    assert answering == answered == {"MessageRoute", "PingRoute"}


def test_a_token_may_come_by_any_of_its_ways():
    assert "IdentitySource" not in RESOURCES["Authorizer"]["Properties"], "all of the sources named would be needed"


def test_the_notifier_gives_up_while_the_records_are_still_in_the_stream():
    (mapping,) = of_type("AWS::Lambda::EventSourceMapping").values()
    (queue,) = of_type("AWS::SQS::Queue").values()
    assert 0 < mapping["MaximumRecordAgeInSeconds"] < 24 * 3600
    assert mapping["MaximumRetryAttempts"] > 0
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_users_cannot_give_themselves_a_role():
    (client,) = of_type("AWS::Cognito::UserPoolClient").values()
    assert set(client["WriteAttributes"]) == {"email", "name"}
    assert client["GenerateSecret"] is False
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_every_invocation_is_allowed_to_one_caller():
    permissions = of_type("AWS::Lambda::Permission")
    assert {p["FunctionName"]["Ref"] for p in permissions.values()} == set(FUNCTIONS) - {"NotifierFunction"}
    assert all("SourceArn" in p for p in permissions.values())


def test_who_is_signed_in_reaches_their_own_files_and_nothing_else():
    (pool,) = of_type("AWS::Cognito::IdentityPool").values()
    assert (pool["AllowUnauthenticatedIdentities"], pool["AllowClassicFlow"]) == (False, False)
    (provider,) = pool["CognitoIdentityProviders"]
    assert (provider["ClientId"], provider["ServerSideTokenCheck"]) == ({"Ref": "App"}, True)
    (tags,) = of_type("AWS::Cognito::IdentityPoolPrincipalTag").values()
    assert (tags["PrincipalTags"], tags["UseDefaults"]) == ({"user": "sub"}, False)
    (attached,) = of_type("AWS::Cognito::IdentityPoolRoleAttachment").values()
    assert attached["Roles"] == {"authenticated": {"Fn::GetAtt": ["SignedInRole", "Arn"]}}
    (trust,) = ROLES["SignedInRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Federated": "cognito-identity.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": "Identities"}},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
    }
    objects, listing = (s for name, s in STATEMENTS if name == "SignedInRole")
    own = "files/${!aws:PrincipalTag/user}/*"
    assert objects["Resource"] == {"Fn::Sub": "${UserFiles.Arn}/" + own}
    assert listing["Condition"] == {"StringLike": {"s3:prefix": {"Fn::Sub": own}}}


@pytest.mark.parametrize("name", of_type("AWS::S3::Bucket"))
def test_buckets_are_private_encrypted_and_tls_only(name):
    bucket = RESOURCES[name]["Properties"]
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert "BucketEncryption" in bucket
    (policy,) = [p for p in of_type("AWS::S3::BucketPolicy").values() if p["Bucket"] == {"Ref": name}]
    denials = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [s.get("Condition") for s in denials]
