"""How users sign up and in, and that nobody can give themselves a role."""

import pytest

from tests.unit.infra.templates.whole import OFF, RESOURCES, ROLES, STATEMENTS, evaluated, of_type, there

FEDERATION = {"GoogleSignIn": "Google", "AppleSignIn": "Apple", "OidcSignIn": "Oidc", "SamlSignIn": "Saml"}


def test_users_cannot_give_themselves_a_role():
    (client,) = of_type("AWS::Cognito::UserPoolClient").values()
    if_phone = {"Fn::If": ["Phone", "phone_number", {"Ref": "AWS::NoValue"}]}
    assert client["WriteAttributes"] == ["email", "name", if_phone]
    assert client["GenerateSecret"] is False
    assert client["PreventUserExistenceErrors"] == "ENABLED"


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


def test_nobody_signs_in_through_another_and_no_sms_is_sent_while_the_parameters_are_empty():
    assert there(OFF) & {*FEDERATION, "HostedSignIn", "SmsRole"} == set()
    app = evaluated(RESOURCES["App"]["Properties"], OFF)
    assert app["SupportedIdentityProviders"] == ["COGNITO"]
    assert not [name for name in app if "OAuth" in name or name.endswith("URLs")]
    users = evaluated(RESOURCES["Users"]["Properties"], OFF)
    assert users["AutoVerifiedAttributes"] == ["email"]
    assert "SmsConfiguration" not in users
    assert users["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]


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
    assert "SMS_MFA" in users["EnabledMfas"]
    statements = [s for name, s in STATEMENTS if name == "SmsRole"]
    assert [(s["Effect"], s["Action"]) for s in statements] == [("Allow", ["sns:Publish"])]


def test_cognitos_e_mails_come_from_an_identity_of_ses_where_one_is_named():
    users = RESOURCES["Users"]["Properties"]
    assert evaluated(users, OFF)["EmailConfiguration"] == {"EmailSendingAccount": "COGNITO_DEFAULT"}
    arn = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
    on = OFF | {"EmailIdentityArn": arn, "EmailFrom": "Parley <hello@example.com>"}
    assert evaluated(users, on)["EmailConfiguration"] == {
        "EmailSendingAccount": "DEVELOPER",
        "SourceArn": arn,
        "From": "Parley <hello@example.com>",
    }


def test_the_hosted_sign_in_is_the_one_that_the_pools_tier_has():
    assert RESOURCES["Users"]["Properties"]["UserPoolTier"] == "LITE"
    assert RESOURCES["HostedSignIn"]["Properties"]["ManagedLoginVersion"] == 1


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
