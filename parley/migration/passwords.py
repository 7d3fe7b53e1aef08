"""Check a password against the hashes that PHP applications have stored.

    bcrypt      $2y$ $2b$ $2a$    PHP's ``password_hash``, and WordPress from 6.8 on with a prefix, ``$wp$2y$``
    phpass      $P$ $H$           WordPress and phpBB 3
    MD5-crypt   $1$               PHP's ``crypt``

Comparisons take the same time wherever the two hashes differ: bcrypt and passlib compare in constant time.
"""

import base64
import hashlib
import hmac
import re

import bcrypt
from passlib.hash import md5_crypt, phpass

DECOY = "$2b$10$Aj.HI/ZgbTEdfPdDk7iNpe2GM1qdNVwcpyvS/9D5jJZY6EIuxoHr."
"""The hash of random bytes, of ``password_hash``'s usual cost. It is checked if there is no user, so that
as much work is done as if there were one."""

MOST_BYTES = 4096
"""No password is longer. Cognito accepts 256 characters; phpass itself refuses more bytes than this."""
_BCRYPT_BYTES = 72
_MOST_COST = 14
"""A higher cost than this takes longer than Cognito waits."""

_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}\Z")
_PHPASS = re.compile(r"\$[PH]\$[5-9A-G][./A-Za-z0-9]{30}\Z")  # up to G, which is 2 ** 18 rounds and half a second
_MD5_CRYPT = re.compile(r"\$1\$[./A-Za-z0-9]{0,8}\$[./A-Za-z0-9]{22}\Z")
_WORDPRESS = "$wp"


def matches(password: str, stored: str) -> bool:
    """Whether this is the password that the hash was made of. A hash of another kind, or a broken one, matches none."""
    given = password.encode()
    if len(given) > MOST_BYTES or "\0" in password:  # PHP's own functions refuse these
        return False
    if stored.startswith(_WORDPRESS + "$2"):
        return _bcrypt(_wordpress(password), stored.removeprefix(_WORDPRESS))
    if stored.startswith("$2"):
        return _bcrypt(given, stored)
    if _PHPASS.match(stored):
        return bool(phpass.verify(password, stored))
    if _MD5_CRYPT.match(stored):
        return bool(md5_crypt.verify(password, stored))
    return False


def _bcrypt(given: bytes, stored: str) -> bool:
    shape = _BCRYPT.match(stored)
    if shape is None or not 4 <= int(shape[1]) <= _MOST_COST:
        return False
    # PHP's crypt takes no more bytes into account; the library refuses them from version 5 on.
    return bcrypt.checkpw(given[:_BCRYPT_BYTES], stored.encode())


def _wordpress(password: str) -> bytes:
    """What WordPress hands to bcrypt, which would ignore the end of a long password. Source: ``wp_hash_password``."""
    digest = hmac.digest(b"wp-sha384", password.strip(" \t\n\r\0\x0b").encode(), hashlib.sha384)
    return base64.b64encode(digest)
