"""The page's bucket and distribution: off unless asked for, as strict as the local server, and allowed by the APIs."""

import json
from urllib.parse import urlsplit

import pytest

from infra.environment import DIRECTORY, UnknownEnvironment, load
from infra.local.gateway.web.static import security_headers
from tests.unit.infra.templates.whole import ACCOUNT, OFF, RESOURCES, WHOLE, evaluated, there

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
ELSEWHERE = CERTIFICATE.replace("us-east", "eu-west")
STACK = "arn:aws:cloudformation:eu-central-1:123456789012:stack/parley-dev/0a1b2c3d-0000-1111-2222-0123456789ab"
ON = {**OFF, **ACCOUNT, "AWS::StackId": STACK, "Environment": "dev", "Page": "true"}
NAMED = {
    **ON,
    "PageDomain": "chat.example.com", "PageCertificateArn": CERTIFICATE,
    "HttpDomain": "api.example.com", "SocketDomain": "live.example.com",
    "MediaPublicKey": "a key", "MediaDomain": "media.example.com",
}  # fmt: skip
OURS = {"PageFiles", "PageFilesPolicy", "PageAccess", "PageHeaders", "PageDistribution"}


def policy(parameters):
    headers = evaluated(RESOURCES["PageHeaders"]["Properties"], parameters)["ResponseHeadersPolicyConfig"]
    text = headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    return {
        name: set(sources.split()) for name, _, sources in (part.strip().partition(" ") for part in text.split(";"))
    }


def origins(resource, parameters):
    """Those whom a resource allows by CORS."""
    properties = json.dumps(evaluated(RESOURCES[resource]["Properties"], parameters))
    found = [
        json.loads(properties[properties.index(key) + len(key) :].partition("]")[0] + "]")
        for key in KEYS
        if key in properties
    ]
    return found[0] if found else []


KEYS = ('"AllowOrigins": ', '"AllowedOrigins": ', '"AccessControlAllowOrigins": {"Items": ')
ASKED = ("HttpApi", "Media", "MediaHeaders", "UserFiles")


def test_it_is_off_unless_asked_for():
    assert not OURS & there(OFF)
    assert there(ON) >= OURS
    assert not {path.stem for path in DIRECTORY.glob("*.json") if load(path.stem).page}


def test_the_bucket_is_private_and_only_its_distribution_reads_it():
    bucket = RESOURCES["PageFiles"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    denied, allowed = RESOURCES["PageFilesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    assert "${PageDistribution}" in allowed["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]
    (origin,) = RESOURCES["PageDistribution"]["Properties"]["DistributionConfig"]["Origins"]
    assert origin["OriginAccessControlId"] == {"Ref": "PageAccess"}
    signing = RESOURCES["PageAccess"]["Properties"]["OriginAccessControlConfig"]
    assert (signing["SigningBehavior"], signing["SigningProtocol"]) == ("always", "sigv4")


def test_the_longest_name_of_the_bucket_is_short_enough():
    name = evaluated(RESOURCES["PageFiles"]["Properties"]["BucketName"], {**ON, "Environment": "e" * 20})
    assert name == f"parley-{'e' * 20}-page-0123456789ab"
    assert len(name) <= 63


def test_its_policy_is_the_local_servers_with_awss_addresses():
    local = security_headers("pictures", ("connections",))
    text = local["content-security-policy"].replace("pictures", "").replace("connections", "")
    expected = {name: set(s.split()) for name, _, s in (part.strip().partition(" ") for part in text.split(";"))}
    ours = policy(ON)
    assert ours.keys() == expected.keys()
    for name, sources in ours.items():
        assert {s for s in sources if "://" not in s} == expected[name], name
    assert {name for name, sources in ours.items() if any("://" in s for s in sources)} == {
        "connect-src", "img-src", "media-src"
    }  # fmt: skip


def test_where_everything_has_a_name_the_policy_names_it_exactly():
    ours = policy(NAMED)
    assert not [source for sources in ours.values() for source in sources if "*" in source]
    uploads = "https://parley-media-0a1b2c3d-0000-1111-2222-0123456789ab.s3"
    assert {s for s in ours["connect-src"] if "://" in s} == {
        "wss://live.example.com",
        "https://api.example.com",
        "https://cognito-idp.eu-central-1.amazonaws.com",
        "https://media.example.com",
        f"{uploads}.amazonaws.com",
        f"{uploads}.eu-central-1.amazonaws.com",
    }
    assert {s for s in ours["img-src"] if "://" in s} == {"https://media.example.com"}


@pytest.mark.parametrize("key", ["", "a key"])
def test_without_names_it_allows_the_regions_apis_and_the_buckets_own_address(key):
    ours = policy({**ON, "MediaPublicKey": key})
    assert {
        "wss://*.execute-api.eu-central-1.amazonaws.com",
        "https://*.execute-api.eu-central-1.amazonaws.com",
    } <= ours["connect-src"]
    bucket = evaluated(RESOURCES["Media"]["Properties"]["BucketName"], ON)
    uploads = {f"https://{bucket}.s3.amazonaws.com", f"https://{bucket}.s3.eu-central-1.amazonaws.com"}
    assert uploads <= ours["connect-src"]
    assert {s for s in ours["img-src"] if "://" in s} == ({"https://*.cloudfront.net"} if key else uploads)


def test_the_header_is_no_longer_than_cloudfront_takes():
    headers = evaluated(RESOURCES["PageHeaders"]["Properties"], ON)["ResponseHeadersPolicyConfig"][
        "SecurityHeadersConfig"
    ]
    assert len(headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]) <= 1_783
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 31_536_000
    assert headers["FrameOptions"]["FrameOption"] == "SAMEORIGIN"
    assert headers["ReferrerPolicy"]["ReferrerPolicy"] == "no-referrer"
    assert all(setting["Override"] for setting in headers.values())


def test_the_distribution_is_as_modern_as_that_of_the_media():
    config = evaluated(RESOURCES["PageDistribution"]["Properties"], ON)["DistributionConfig"]
    assert (config["HttpVersion"], config["DefaultRootObject"]) == ("http2and3", "index.html")
    assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    assert config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == "PageHeaders"
    assert not {"Aliases", "ViewerCertificate"} & config.keys()
    named = evaluated(RESOURCES["PageDistribution"]["Properties"], NAMED)["DistributionConfig"]
    assert named["Aliases"] == ["chat.example.com"]
    assert named["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert named["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE


@pytest.mark.parametrize("resource", ASKED)
def test_the_page_may_ask_whatever_web_pages_may_ask(resource):
    distributed = {"MediaPublicKey": "a key"}
    ours = "https://PageDistribution.DomainName"
    assert origins(resource, {**ON, **distributed}) == [ours]
    others = ["https://app.example", "http://localhost:3000"]
    assert origins(resource, {**ON, **distributed, "WebOrigins": others}) == [*others, ours]
    assert origins(resource, {**ON, **distributed, "WebOrigins": ["*"]}) == ["*"], "which the page is one of"
    assert origins(resource, {**NAMED, "WebOrigins": others}) == [*others, "https://chat.example.com"]
    assert origins(resource, {**OFF, **distributed, "WebOrigins": others}) == others


def test_the_deployment_is_told_where_it_is():
    outputs = WHOLE["Outputs"]
    assert evaluated(outputs["PageUrl"]["Value"], NAMED) == "https://chat.example.com/"
    assert evaluated(outputs["PageUrl"]["Value"], ON) == "https://PageDistribution.DomainName/"
    assert urlsplit(evaluated(outputs["MediaUrl"]["Value"], NAMED)).netloc == "media.example.com"
    assert {outputs[name]["Condition"] for name in ("PageUrl", "PageBucket")} == {"Paged"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"domains": {"page": {"name": "chat.example.com", "certificate_arn": CERTIFICATE}}}, "page is false"),
        ({"page": True, "domains": {"page": {"name": "c.example.com", "certificate_arn": ELSEWHERE}}},
         r"domains\.page: its certificate is in eu-west-1, and must be in us-east-1"),
    ],
)  # fmt: skip
def test_a_name_that_could_not_work_is_refused(tmp_path, given, said):
    held = json.loads((DIRECTORY / "dev.json").read_text())
    (tmp_path / "dev.json").write_text(json.dumps({**held, **given}))
    with pytest.raises(UnknownEnvironment, match=said):
        load("dev", tmp_path)
