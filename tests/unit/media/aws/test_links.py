"""Links for CloudFront: signed with our key, and expiring when they should."""

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from parley.media.aws.cloudfront import CloudFrontLinks

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
UNTIL = 1_795_417_500_999


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*form).decode()


def decoded(text: str) -> bytes:
    """Decode CloudFront's own alphabet. Source: "Creating a signed URL using a canned policy"."""
    return base64.b64decode(text.replace("-", "+").replace("_", "=").replace("~", "/"))


def verify(signature: bytes, message: bytes) -> None:
    KEY.public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  (CloudFront's own)


def test_a_link_is_for_one_object_until_one_moment():
    link = CloudFrontLinks("d111.cloudfront.net", "K2JCJMDEHXQW5F", lambda: pem(KEY)).link("images/01JD", UNTIL)
    parts = urlsplit(link)
    query = {k: v[0] for k, v in parse_qs(parts.query).items()}
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "d111.cloudfront.net", "/images/01JD")
    assert (query["Key-Pair-Id"], query["Expires"]) == ("K2JCJMDEHXQW5F", str(UNTIL // 1000))
    policy = {
        "Statement": [
            {
                "Resource": "https://d111.cloudfront.net/images/01JD",
                "Condition": {"DateLessThan": {"AWS:EpochTime": UNTIL // 1000}},
            }
        ]
    }
    message = json.dumps(policy, separators=(",", ":")).encode()
    verify(decoded(query["Signature"]), message)
    with pytest.raises(InvalidSignature):
        verify(decoded(query["Signature"]), message.replace(b"01JD", b"01JE"))


def test_the_key_is_fetched_when_it_is_needed_and_once():
    fetched: list[int] = []

    def fetch() -> str:
        fetched.append(1)
        return pem(KEY)

    links = CloudFrontLinks("d111.cloudfront.net", "K2", fetch)
    assert fetched == []
    links.link("a", UNTIL)
    links.link("b", UNTIL)
    assert fetched == [1]


def test_another_kind_of_key_is_an_operators_mistake():
    with pytest.raises(TypeError):
        CloudFrontLinks("d", "K", lambda: pem(ec.generate_private_key(ec.SECP256R1()))).link("a", UNTIL)
