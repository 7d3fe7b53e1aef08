"""The firewall of the HTTP API: nothing of it without a parameter, and no way around it once it is enforced."""

import json
from typing import Any

import pytest

from infra.environment import DIRECTORY, UnknownEnvironment, load
from infra.firewall import Firewall
from tests.unit.infra.templates.whole import OFF, RESOURCES, WHOLE, evaluated, there

ON: dict[str, Any] = {**OFF, **Firewall(enforced=True).parameters(), "Environment": "dev", "HttpApi": "abc"}
NAMED = {**ON, "HttpDomain": "api.example.com", "HttpCertificateArn": "arn:aws:acm:us-east-1:1:certificate/1"}
OURS = {"HttpAcl", "HttpDistribution", "OriginSecret"}
ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/ours/1"


def distribution(parameters: dict[str, Any]) -> dict[str, Any]:
    return evaluated(RESOURCES["HttpDistribution"]["Properties"], parameters)["DistributionConfig"]


def secret(parameters: dict[str, Any]) -> str:
    return evaluated(RESOURCES["RestFunction"]["Properties"], parameters)["Environment"]["Variables"]["ORIGIN_SECRET"]


def test_without_the_parameter_there_is_nothing():
    assert not OURS & there(OFF)
    assert secret(OFF) == ""


def test_all_requests_go_through_its_rules_to_the_api_over_tls_1_2_and_nothing_is_cached():
    assert there(ON) >= OURS
    held = distribution(ON)
    assert held["WebACLId"] == {"Fn::GetAtt": ["HttpAcl", "Arn"]}
    [origin] = held["Origins"]
    assert origin["CustomOriginConfig"] == {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
    assert held["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "https-only"
    assert held["DefaultCacheBehavior"]["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "CachingDisabled"
    rules = evaluated(RESOURCES["HttpAcl"]["Properties"], ON)["Rules"]
    assert [r["Priority"] for r in rules] == [0, 1, 2, 3]
    assert rules[0]["Statement"]["RateBasedStatement"]["Limit"] == "2000"
    refusal = rules[0]["Action"]["Block"]["CustomResponse"]
    body = RESOURCES["HttpAcl"]["Properties"]["CustomResponseBodies"][refusal["CustomResponseBodyKey"]]["Content"]
    assert (refusal["ResponseCode"], json.loads(body)["code"]) == (429, "rate_limited")


def test_the_function_is_shown_what_cloudfront_shows_once_it_is_enforced():
    [header] = distribution(ON)["Origins"][0]["OriginCustomHeaders"]
    assert header["HeaderName"] == "x-parley-origin"
    assert header["HeaderValue"] == secret(ON) == "{{resolve:secretsmanager:OriginSecret:SecretString}}"
    assert secret({**ON, "FirewallEnforced": "false"}) == "", "apps move to the new address first"


def test_an_access_control_list_of_ones_own_is_used_as_it_is():
    own = {**ON, "FirewallAclArn": ACL}
    assert "HttpAcl" not in there(own)
    assert distribution(own)["WebACLId"] == ACL


def test_a_name_is_the_distributions_and_not_the_apis():
    assert not {"HttpName", "HttpMapping"} & there(NAMED)
    held = distribution(NAMED)
    assert held["Aliases"] == ["api.example.com"]
    assert held["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    target = evaluated(WHOLE["Outputs"]["HttpDomainTarget"]["Value"], NAMED)
    assert target == {"Fn::GetAtt": ["HttpDistribution", "DomainName"]}


@pytest.mark.parametrize(
    ("region", "firewall", "said"),
    [
        ("eu-central-1", {}, "only a stack in us-east-1 can make an access control list"),
        ("us-east-1", {"requests": 9}, "firewall.requests"),
        ("us-east-1", {"acl_arn": ACL.replace("us-east-1", "eu-west-1")}, "firewall.acl_arn"),
    ],
)
def test_a_firewall_that_could_not_work_is_refused(tmp_path, region, firewall, said):
    held = json.loads((DIRECTORY / "dev.json").read_text())
    (tmp_path / "dev.json").write_text(json.dumps({**held, "region": region, "firewall": firewall}))
    with pytest.raises(UnknownEnvironment, match=said):
        load("dev", tmp_path)


def test_elsewhere_with_a_list_of_ones_own_it_works(tmp_path):
    held = json.loads((DIRECTORY / "dev.json").read_text())
    given = {**held, "region": "eu-central-1", "firewall": {"acl_arn": ACL, "enforced": True}}
    (tmp_path / "dev.json").write_text(json.dumps(given))
    parameters = load("dev", tmp_path).parameters()
    assert (parameters["Firewall"], parameters["FirewallAclArn"], parameters["FirewallEnforced"]) == (
        "true",
        ACL,
        "true",
    )
