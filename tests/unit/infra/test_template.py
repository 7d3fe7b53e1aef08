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
    assert set(roles) == set(ROLES) - {"SignedInRole", "SmsRole"}


def test_no_role_takes_a_ready_made_policy():
    assert not [name for name, role in ROLES.items() if "ManagedPolicyArns" in role]


def test_every_action_is_named_whole():
    actions = [a for _, s in STATEMENTS for a in as_list(s["Action"])]
    assert not [a for a in actions if "*" in a]


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_every_resource_is_one_of_ours(name, statement):
    if name == "SmsRole":  # a phone number has no ARN; what has one is denied
        return
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
    if_phone = {"Fn::If": ["Phone", "phone_number", {"Ref": "AWS::NoValue"}]}
    assert client["WriteAttributes"] == ["email", "name", if_phone]
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


FEDERATION = {"GoogleSignIn": "Google", "AppleSignIn": "Apple", "OidcSignIn": "Oidc", "SamlSignIn": "Saml"}


def evaluated(value, parameters):
    """A template's value, or condition, with these parameters; None is AWS::NoValue."""
    if isinstance(value, list):
        return [e for e in (evaluated(v, parameters) for v in value) if e is not None]
    if not isinstance(value, dict):
        return value
    match next(iter(value.items())):
        case "Ref", name:
            return None if name == "AWS::NoValue" else parameters.get(name, name)
        case "Condition", name:
            return evaluated(CONDITIONS[name], parameters)
        case "Fn::Equals", (one, other):
            return evaluated(one, parameters) == evaluated(other, parameters)
        case "Fn::Not", (one,):
            return not evaluated(one, parameters)
        case ("Fn::Or" | "Fn::And") as name, several:
            return (any if name == "Fn::Or" else all)(evaluated(v, parameters) for v in several)
        case "Fn::Join", (between, parts):
            return between.join(as_list(evaluated(parts, parameters)))
        case "Fn::If", (condition, yes, no):
            return evaluated(yes if evaluated(CONDITIONS[condition], parameters) else no, parameters)
    return {k: e for k, v in value.items() if (e := evaluated(v, parameters)) is not None}


WHOLE = templates.parse(TEMPLATE.read_text())
CONDITIONS = WHOLE["Conditions"]
OFF = {name: p.get("Default", "") for name, p in WHOLE["Parameters"].items()}


def there(parameters):
    """The resources that are made only on a condition, and are, with these parameters."""
    return {
        name
        for name, r in RESOURCES.items()
        if "Condition" in r and evaluated({"Condition": r["Condition"]}, parameters)
    }


def test_nobody_signs_in_through_another_and_no_sms_is_sent_while_the_parameters_are_empty():
    assert there(OFF) & {*FEDERATION, "HostedSignIn", "SmsRole"} == set()
    app = evaluated(RESOURCES["App"]["Properties"], OFF)
    assert app["SupportedIdentityProviders"] == ["COGNITO"]
    assert not [name for name in app if "OAuth" in name or name.endswith("URLs")]
    users = evaluated(RESOURCES["Users"]["Properties"], OFF)
    assert users["AutoVerifiedAttributes"] == ["email"]
    assert "SmsConfiguration" not in users


@pytest.mark.parametrize(
    ("parameter", "provider"),
    [
        ("GoogleSecret", "GoogleSignIn"),
        ("AppleSecret", "AppleSignIn"),
        ("OidcName", "OidcSignIn"),
        ("SamlName", "SamlSignIn"),
    ],
)
def test_each_provider_is_on_by_its_own_parameter(parameter, provider):
    on = {**OFF, parameter: "given", "CallbackUrls": ["app://in"]}
    assert there(on) & {*FEDERATION, "HostedSignIn"} == {provider, "HostedSignIn"}
    app = evaluated(RESOURCES["App"]["Properties"], on)
    assert app["SupportedIdentityProviders"] == ["COGNITO", provider]
    assert (app["AllowedOAuthFlows"], app["CallbackURLs"]) == (["code"], ["app://in"])


def test_a_phone_is_verified_before_it_counts():
    on = {**OFF, "PhoneSignUp": "true"}
    assert "SmsRole" in there(on)
    users = evaluated(RESOURCES["Users"]["Properties"], on)
    assert users["AutoVerifiedAttributes"] == ["email", "phone_number"]
    assert users["UserAttributeUpdateSettings"]["AttributesRequireVerificationBeforeUpdate"] == [
        "email",
        "phone_number",
    ]
    assert users["SmsConfiguration"]["ExternalId"]


def test_what_one_signs_up_with_is_both_from_the_start_since_it_cannot_be_changed():
    users = RESOURCES["Users"]["Properties"]
    assert users["UsernameAttributes"] == ["email", "phone_number"]
    assert not [a for a in users["Schema"] if a["Required"]]


@pytest.mark.parametrize("name", FEDERATION)
def test_a_providers_secrets_come_from_secrets_manager_and_it_grants_no_role(name):
    properties = RESOURCES[name]["Properties"]
    for key, value in properties["ProviderDetails"].items():
        if "secret" in key or key == "private_key":
            assert value["Fn::Sub"].startswith("{{resolve:secretsmanager:")
    assert set(properties["AttributeMapping"]) == {"email", "name"}
