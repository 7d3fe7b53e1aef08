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


def in_any_case(statements):
    """Also those that are there on a condition only."""
    return [next(b for b in s["Fn::If"][1:] if "Effect" in b) if "Fn::If" in s else s for s in statements]


STATEMENTS = [
    (name, statement)
    for name, properties in [*ROLES.items(), *of_type("AWS::IAM::Policy").items()]
    for policy in properties.get("Policies", [properties])
    for statement in in_any_case(policy["PolicyDocument"]["Statement"])
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
        arn = as_list(resource["Fn::Sub"])[0]
        if ":sns:" in arn:
            continue  # see below
        if arn == "${Directory.Arn}/index/*" or arn.startswith("${UserFiles.Arn}/"):
            continue
        if arn.startswith("${Media.Arn}/") or arn.endswith(":parameter/parley/${Environment}/media-key"):
            continue
        # What has no name before it exists: connections of our stage.
        assert re.search(r"\$\{Api\}/\$\{StageName\}/(POST|DELETE)/@connections/\*$", arn)


MEDIA = ("UploadsRole", "ImagesRole", "CollectorRole")
"""Those of the functions that verify and collect uploads."""


def test_who_may_do_what_with_media():
    may: dict[str, set[tuple[str, str]]] = {}
    for name, statement in STATEMENTS:
        for resource in as_list(statement["Resource"]):
            if isinstance(resource, dict) and "${Media.Arn}" in resource.get("Fn::Sub", ""):
                where = resource["Fn::Sub"].removeprefix("${Media.Arn}/")
                may.setdefault(name, set()).update((a.removeprefix("s3:"), where) for a in as_list(statement["Action"]))
    kinds = ("files/*", "images/*")
    assert may | {"ErasureRole": {("DeleteObject", "*")}} == {
        "ErasureRole": {("DeleteObject", "*")},
        "RestRole": {(a, k) for a in ("PutObject", "GetObject", "RestoreObject") for k in kinds}
        | {("GetObject", "thumbnails/*")},
        "UploadsObjects": {("GetObject", "files/*"), ("DeleteObject", "files/*"), ("DeleteObject", "thumbnails/*")},
        "ImagesObjects": {("GetObject", "images/*"), ("DeleteObject", "images/*")}
        | {("PutObject", "thumbnails/*"), ("DeleteObject", "thumbnails/*")},
        "CollectorRole": {("DeleteObject", "*")},
    }


def test_behind_cloudfront_thumbnails_are_not_the_http_functions_to_read():
    statements = ROLES["RestRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    (thumbnails,) = [s for s in statements if "thumbnails" in json.dumps(s)]
    assert evaluated(thumbnails, OFF)["Action"] == ["s3:GetObject"]
    assert evaluated(thumbnails, {**OFF, "MediaPublicKey": "PEM"}) is None


def test_media_go_to_the_deep_archive_after_half_a_year_unfetched_and_no_sooner():
    (archive,) = RESOURCES["Media"]["Properties"]["IntelligentTieringConfigurations"]
    assert archive["Tierings"] == [{"AccessTier": "DEEP_ARCHIVE_ACCESS", "Days": 180}]
    assert archive["Status"] == "Enabled"
    rules = RESOURCES["Media"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert not [r for r in rules if "Transitions" in r or "ExpirationInDays" in r], "those go by age, not by use"
    outlives = RESOURCES["Media"]["DeletionPolicy"], RESOURCES["Media"]["UpdateReplacePolicy"]
    assert outlives == ("RetainExceptOnCreate", "Retain")


def test_uploads_set_off_their_functions_and_thumbnails_none():
    told = RESOURCES["Media"]["Properties"]["NotificationConfiguration"]["LambdaConfigurations"]
    created = {c["Filter"]["S3Key"]["Rules"][0]["Value"]: c["Function"] for c in told if "Created" in c["Event"]}
    assert created == {
        "files/": {"Fn::GetAtt": ["UploadsFunction", "Arn"]},
        "images/": {"Fn::GetAtt": ["ImagesFunction", "Arn"]},
    }
    archive = {c["Event"] for c in told if "Filter" not in c}
    assert archive == {"s3:IntelligentTiering", "s3:ObjectRestore:Completed", "s3:ObjectRestore:Delete"}


def test_only_the_images_function_has_the_package_with_pillow():
    own = {name: f["CodeUri"]["Key"] for name, f in FUNCTIONS.items() if "CodeUri" in f}
    assert own == {"ImagesFunction": {"Ref": "ImagesCodeKey"}}


def test_without_a_public_key_there_is_no_distribution_and_with_one_only_signed_links_are_served():
    parts = {"MediaPublicKeyOfLinks", "MediaKeys", "MediaAccess", "MediaDistribution"}
    assert there(OFF) & parts == set()
    assert there({**OFF, "MediaPublicKey": "PEM"}) & parts == parts
    behaviour = RESOURCES["MediaDistribution"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    assert behaviour["TrustedKeyGroups"] == [{"Ref": "MediaKeys"}]
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    allowed = in_any_case(RESOURCES["MediaPolicy"]["Properties"]["PolicyDocument"]["Statement"])[1]
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    assert "${MediaDistribution}" in allowed["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]


def test_web_pages_may_upload_only_from_where_it_is_said():
    assert "CorsConfiguration" not in evaluated(RESOURCES["Media"]["Properties"], OFF)
    on = evaluated(RESOURCES["Media"]["Properties"], {**OFF, "WebOrigins": ["https://app.example"]})
    assert on["CorsConfiguration"]["CorsRules"][0]["AllowedOrigins"] == ["https://app.example"]


def test_web_pages_may_use_the_http_api_only_from_where_it_is_said():
    assert "CorsConfiguration" not in evaluated(RESOURCES["HttpApi"]["Properties"], OFF)
    assert "PreflightRoute" not in there(OFF)
    listed = {**OFF, "WebOrigins": ["https://app.example"]}
    assert evaluated(RESOURCES["HttpApi"]["Properties"], listed)["CorsConfiguration"]["AllowOrigins"] == [
        "https://app.example"
    ]
    assert "PreflightRoute" in there(listed)


def test_what_a_background_function_fails_at_is_kept():
    for name in ("UploadsFunction", "ImagesFunction", "CollectorFunction"):
        destination = FUNCTIONS[name]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]
        assert destination == {"Fn::GetAtt": ["FailedUploads", "Arn"]}
    for queue in of_type("AWS::SQS::Queue").values():
        assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 24 * 3600)


def test_only_the_functions_that_need_a_table_may_touch_it():
    by_table: dict[str, set[str]] = {}
    for name, statement in STATEMENTS:
        for resource in as_list(statement["Resource"]):
            if "Fn::GetAtt" in resource and resource["Fn::GetAtt"] in (["Log", "Arn"], ["Directory", "Arn"]):
                by_table.setdefault(resource["Fn::GetAtt"][0], set()).add(name)
    assert by_table == {
        "Log": {"MessageRole", "RestRole", "ExportRole", "ErasureRole"},
        "Directory": {
            "ConnectRole",
            "DisconnectRole",
            "MessageRole",
            "NotifierRole",
            "ConfirmedRole",
            "RestRole",
            "ErasureRole",
            "ExportRole",
            *MEDIA,
        },
    }


def test_nobody_may_scan_and_few_may_take_an_item_from_the_directory():
    actions = {a for _, s in STATEMENTS for a in as_list(s["Action"])}
    assert not actions & {"dynamodb:Scan", "dynamodb:DeleteTable"}
    deleting = [(name, s["Resource"]) for name, s in STATEMENTS if "dynamodb:DeleteItem" in as_list(s["Action"])]
    assert {name for name, _ in deleting} == {"RestRole", "NotifierRole", "ErasureRole", *MEDIA}
    assert all(resource == {"Fn::GetAtt": ["Directory", "Arn"]} for _, resource in deleting)


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
        and "Condition" not in r  # nothing may depend on what need not be there; the stage deploys itself
    }
    assert set(RESOURCES[stage]["DependsOn"]) == needed


def test_every_http_route_asks_for_a_token_of_this_pool_and_app():
    routes = [p for p in of_type("AWS::ApiGatewayV2::Route").values() if p["ApiId"] == {"Ref": "HttpApi"}]
    authorizers = {r["RouteKey"]: r["AuthorizerId"] for r in routes if r["AuthorizationType"] == "JWT"}
    assert authorizers == {"$default": {"Ref": "HttpAuthorizer"}}
    assert {r["RouteKey"] for r in routes} - authorizers.keys() == {
        "OPTIONS /{proxy+}"
    }  # preflights, which ask nothing
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
    assert 0 < mapping["MaximumRecordAgeInSeconds"] < 24 * 3600
    assert mapping["MaximumRetryAttempts"] > 0
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True


def test_users_cannot_give_themselves_a_role():
    (client,) = of_type("AWS::Cognito::UserPoolClient").values()
    if_phone = {"Fn::If": ["Phone", "phone_number", {"Ref": "AWS::NoValue"}]}
    assert client["WriteAttributes"] == ["email", "name", if_phone]
    assert client["GenerateSecret"] is False
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_every_invocation_is_allowed_to_one_caller():
    permissions = of_type("AWS::Lambda::Permission")
    assert {p["FunctionName"]["Ref"] for p in permissions.values()} == set(FUNCTIONS) - {
        "NotifierFunction",  # by its mapping
        "ExportFunction",  # by the HTTP function, whose role says so
    }
    assert all("SourceArn" in p for p in permissions.values())
    ofs3 = [p for p in permissions.values() if p["Principal"] == "s3.amazonaws.com"]
    assert [p["SourceAccount"] for p in ofs3] == [{"Ref": "AWS::AccountId"}] * 2


def test_the_media_bucket_is_the_one_that_its_functions_are_told_of_and_called_by():
    name, values = RESOURCES["Media"]["Properties"]["BucketName"]["Fn::Sub"]
    for function in ("UploadsFunction", "ImagesFunction"):
        assert FUNCTIONS[function]["Environment"]["Variables"]["MEDIA_BUCKET"] == {"Fn::Sub": [name, values]}
    for permission in ("UploadsPermission", "ImagesPermission"):
        arn = {"Fn::Sub": ["arn:${AWS::Partition}:s3:::" + name, values]}
        assert RESOURCES[permission]["Properties"]["SourceArn"] == arn
    uuid = "0" * 36  # of the stack, so that another of its name can be made beside a bucket that is kept
    assert len(name.replace("${Id}", uuid)) <= 63


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


def test_who_may_do_what_with_users_own_files():
    may = {
        (name, action, resource["Fn::Sub"].removeprefix("${UserFiles.Arn}/"))
        for name, statement in STATEMENTS
        for resource in as_list(statement["Resource"])
        if isinstance(resource, dict) and "${UserFiles.Arn}" in resource.get("Fn::Sub", "")
        for action in as_list(statement["Action"])
    }
    own = "files/${!aws:PrincipalTag/user}/*"
    assert may == {
        *(("SignedInRole", f"s3:{verb}Object", own) for verb in ("Get", "Put", "Delete")),
        ("RestRole", "s3:GetObject", "exports/*"),  # for the links that it signs
        ("ExportRole", "s3:PutObject", "exports/*"),
        ("ExportRole", "s3:DeleteObject", "exports/*"),
        ("ErasureRole", "s3:DeleteObject", "*"),
    }


def test_users_are_deleted_by_the_erasure_alone_and_archives_made_at_http_requests():
    by_action: dict[str, set[str]] = {}
    for name, statement in STATEMENTS:
        for action in as_list(statement["Action"]):
            by_action.setdefault(action, set()).add(name)
    assert by_action["cognito-idp:AdminDeleteUser"] == {"ErasureRole"}
    assert by_action["cognito-idp:AdminGetUser"] == {"ExportRole"}
    assert by_action["lambda:InvokeFunction"] == {"RestRole"}


def test_accounts_are_looked_at_every_hour_and_their_archives_expire():
    rule = RESOURCES["ErasureRule"]["Properties"]
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    rules = {r["Id"]: r for r in RESOURCES["UserFiles"]["Properties"]["LifecycleConfiguration"]["Rules"]}
    assert (rules["exports"]["Prefix"], rules["exports"]["ExpirationInDays"]) == ("exports/", 7)


@pytest.mark.parametrize("name", of_type("AWS::S3::Bucket"))
def test_buckets_are_private_encrypted_and_tls_only(name):
    bucket = RESOURCES[name]["Properties"]
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert "BucketEncryption" in bucket
    (policy,) = [p for p in of_type("AWS::S3::BucketPolicy").values() if p["Bucket"] == {"Ref": name}]
    denials = [s for s in in_any_case(policy["PolicyDocument"]["Statement"]) if s["Effect"] == "Deny"]
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
        case "Fn::Split", (between, whole):
            return evaluated(whole, parameters).split(between)
        case "Fn::Select", (number, several):
            return evaluated(several, parameters)[int(number)]
        case "Fn::Sub", text:
            text, own = text if isinstance(text, list) else (text, {})
            names = parameters | (evaluated(own, parameters) if own else {})
            return re.sub(r"\$\{([^!}]+)\}", lambda m: names.get(m[1], m[1]), text)
        case "Fn::If", (condition, yes, no):
            return evaluated(yes if evaluated(CONDITIONS[condition], parameters) else no, parameters)
    return {k: e for k, v in value.items() if (e := evaluated(v, parameters)) is not None}


WHOLE = templates.parse(TEMPLATE.read_text())
CONDITIONS = WHOLE["Conditions"]
ACCOUNT = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/parley/id",
}
OFF = {name: p.get("Default", "") for name, p in WHOLE["Parameters"].items()} | ACCOUNT


APPLICATIONS = {
    "ApnsApplication": "APNS/shop",
    "ApnsSandboxApplication": "APNS_SANDBOX/shop-dev",
    "FcmApplication": "GCM/app",
}


@pytest.mark.parametrize("missing", [None, *APPLICATIONS])
def test_pushes_and_registrations_reach_the_endpoints_of_the_parameters_applications_alone(missing):
    prefix = "arn:aws:sns:eu-central-1:123456789012"
    given = {p: "" if p == missing else f"{prefix}:app/{name}" for p, name in APPLICATIONS.items()}
    names = ["none" if p == missing else name for p, name in APPLICATIONS.items()]
    ours = {f"{prefix}:endpoint/{name}/*" for name in names} | {f"{prefix}:app/{name}" for name in names}
    about = [(n, s) for n, s in STATEMENTS if any("Endpoint" in a for a in as_list(s["Action"]))]
    assert {n for n, _ in about} == {"RestRole", "NotifierRole", "UploadsRole", "ErasureRole"}
    for _, statement in about:
        assert set(evaluated(statement["Resource"], OFF | given)) == ours


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
