"""Links that CloudFront verifies. They are signed with a key pair of ours.

Source: "Creating a signed URL using a canned policy" in the Amazon CloudFront developer guide.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from botocore.signers import CloudFrontSigner


class CloudFrontLinks:
    """A ``parley.media.ports.Links`` on a distribution."""

    def __init__(self, domain: str, key_id: str, private_key: Callable[[], str]) -> None:
        """Args:
        domain: the distribution's domain.
        key_id: the id of the public key in its key group.
        private_key: returns the private key as PEM. It is called when the first link is made, and its result is kept.
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


def _rsa(pem: str) -> Callable[[bytes], bytes]:
    # This is imported when the first link is made: it takes a sixth of a cold start, and few of those make links.
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("CloudFront's links are signed with an RSA key")
    # CloudFront verifies SHA-1 in a canned policy's signature unless it is told otherwise.
    return lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
