"""Links: signed for CloudFront with a key pair of ours, or for S3 itself where there is no distribution.

Source: "Creating a signed URL using a canned policy" in the Amazon CloudFront developer guide.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class CloudFrontLinks:
    """A ``media.ports.Links`` on a distribution."""

    def __init__(self, domain: str, key_id: str, private_key: Callable[[], str]) -> None:
        """Args:
        domain: the distribution's.
        key_id: of the public key in its key group.
        private_key: its other half as PEM; asked for when the first link is made, and then kept.
        """
        self._domain = domain
        self._key_id = key_id
        self._private_key = private_key
        self._signer: CloudFrontSigner | None = None

    def link(self, key: str, until: int) -> str:
        if self._signer is None:
            self._signer = CloudFrontSigner(self._key_id, _rsa(self._private_key()))
        url: str = self._signer.generate_presigned_url(
            f"https://{self._domain}/{key}", date_less_than=datetime.fromtimestamp(until // 1000, UTC)
        )
        return url


class S3Links:
    """A ``media.ports.Links`` on the bucket itself."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def link(self, key: str, until: int) -> str:
        seconds = max(int(until / 1000 - time.time()), 1)
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )


def _rsa(pem: str) -> Callable[[bytes], bytes]:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("CloudFront's links are signed with an RSA key")
    # SHA-1 is what CloudFront verifies in a canned policy's signature unless told otherwise.
    return lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
