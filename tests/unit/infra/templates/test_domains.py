"""Names of an environment's own: nothing of them without a parameter, and TLS 1.2 with one."""

import json

import pytest

from infra.environment import DIRECTORY, UnknownEnvironment, load
from tests.unit.infra.templates.whole import OFF, RESOURCES, WHOLE, evaluated, there

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
NAMED = {
    **OFF,
    "HttpDomain": "api.example.com", "HttpCertificateArn": CERTIFICATE,
    "SocketDomain": "chat.example.com", "SocketCertificateArn": CERTIFICATE,
    "MediaPublicKey": "a key", "MediaDomain": "media.example.com", "MediaCertificateArn": CERTIFICATE,
}  # fmt: skip
OURS = {"HttpName", "HttpMapping", "SocketName", "SocketMapping"}


def test_without_names_there_are_aws_s():
    assert not OURS & set(there(OFF))
    distribution = evaluated(RESOURCES["MediaDistribution"]["Properties"], {**OFF, "MediaPublicKey": "a key"})
    assert not {"Aliases", "ViewerCertificate"} & distribution["DistributionConfig"].keys()


def test_a_name_has_its_certificate_and_tls_1_2():
    assert set(there(NAMED)) >= OURS
    for name, domain in (("HttpName", "api.example.com"), ("SocketName", "chat.example.com")):
        properties = evaluated(RESOURCES[name]["Properties"], NAMED)
        assert properties["DomainName"] == domain
        [configured] = properties["DomainNameConfigurations"]
        assert (configured["CertificateArn"], configured["SecurityPolicy"]) == (CERTIFICATE, "TLS_1_2")
    distribution = evaluated(RESOURCES["MediaDistribution"]["Properties"], NAMED)["DistributionConfig"]
    assert distribution["Aliases"] == ["media.example.com"]
    assert distribution["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def test_the_names_are_what_apps_and_links_are_told():
    outputs = {name: evaluated(WHOLE["Outputs"][name]["Value"], NAMED) for name in ("WebSocketUrl", "HttpUrl")}
    assert outputs == {"WebSocketUrl": "wss://chat.example.com", "HttpUrl": "https://api.example.com"}
    rest = evaluated(RESOURCES["RestFunction"]["Properties"], NAMED)
    assert rest["Environment"]["Variables"]["MEDIA_DOMAIN"] == "media.example.com"


@pytest.mark.parametrize(
    ("domains", "said"),
    [
        ({"http": {"name": "api.example.com", "certificate_arn": CERTIFICATE.replace("us-east", "eu-west")}},
         r"domains\.http: its certificate is in eu-west-1, and must be in us-east-1"),
        ({"media": {"name": "m.example.com", "certificate_arn": CERTIFICATE}}, "there is no distribution"),
        ({"http": {"name": "https://api.example.com", "certificate_arn": CERTIFICATE}}, "domains.http.name"),
        ({"socket": {"name": "chat.example.com", "certificate_arn": "x"}}, "domains.socket.certificate_arn"),
    ],
)  # fmt: skip
def test_a_name_that_could_not_work_is_refused(tmp_path, domains, said):
    held = json.loads((DIRECTORY / "dev.json").read_text())
    (tmp_path / "dev.json").write_text(json.dumps({**held, "domains": domains}))
    with pytest.raises(UnknownEnvironment, match=said):
        load("dev", tmp_path)
