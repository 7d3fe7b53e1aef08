"""Hashes that others have published, or that other programs have made, with their passwords."""

import time

import bcrypt
import pytest

from parley.migration import passwords
from parley.migration.passwords import DECOY, matches

PUBLISHED = {
    # crypt_blowfish's own vectors, by Solar Designer
    "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW": "U*U",
    "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK": "U*U*",
    "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a": "U*U*U",
    "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW": "U*U",
    # the example in PHP's manual for crypt
    "$2a$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi": "rasmuslerdorf",
    # phpass's own test.php, and the vectors of passlib and FusionAuth
    "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0": "test12345",
    "$H$9aaaaaSXBjgypwqm.JsMssPLiS8YQ00": "test1",
    "$P$Buvd5FQxkeXJnDarN7..wRMwRKJeZ40": "!?!#?#?#$&@&@!&@",
    "$P$BVaXtDXwf/ceSVp8VpLKx8bS2Y4O5F/": "123456",
    # MD5-crypt: PHP's manual for crypt, and `openssl passwd -1`
    "$1$rasmusle$rISCgZzpwk3UhDidwXvin0": "rasmuslerdorf",
    "$1$abcdefgh$j4UK3HsMSJMAtG6S.EN7L1": "grün ✓",
}


@pytest.mark.parametrize(("stored", "password"), PUBLISHED.items())
def test_a_published_hash_is_of_its_own_password_and_of_no_other(stored: str, password: str):
    assert matches(password, stored)
    for other in (password + "x", password[:-1], password.swapcase(), ""):
        assert matches(other, stored) == (other == password)


def test_wordpress_hashes_the_password_before_bcrypt_does():
    """Source: ``wp_hash_password`` of WordPress 6.8: base64 of HMAC-SHA384 with the key "wp-sha384"."""
    long = "correct horse " * 10
    for password in ("hunter2", long):
        own = passwords._wordpress(password)
        stored = "$wp" + bcrypt.hashpw(own, bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$")
        assert matches(password, stored)
        assert matches(f" {password.strip()}\n", stored)
        assert not matches(password + "x", stored)
    assert len(passwords._wordpress(long)) == 64, "no byte of it is beyond bcrypt's 72"


def test_what_bcrypt_ignores_does_not_count_just_as_in_php():
    stored = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert matches("x" * 72, stored)
    assert matches("x" * 200, stored)
    assert not matches("x" * 71, stored)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "*",
        "plain",
        "5f4dcc3b5aa765d61d8327deb882cf99",  # bare MD5
        "$2y$10$short",
        "$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",  # would take a month
        "$P$zIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0",  # the same
        "$P$TIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0",
        "$P$9IQRaT",
        "$H$",
        "$1$",
        "$1$abcdefgh$tooshort",
        "$6$saltsalt$hash",
        "$argon2id$v=19$m=65536,t=4,p=1$c2FsdA$aGFzaA",
        "$wp$2y$",
        "$wp$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0",
    ],
)
def test_a_hash_of_another_kind_or_a_broken_or_endless_one_matches_nothing_and_takes_no_time(stored: str):
    begun = time.process_time()
    assert not matches("password", stored)
    assert not matches("", stored)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("password", ["a\0b", "x" * 5000, "é" * 3000])
def test_a_password_that_php_refuses_matches_nothing(password: str):
    stored = bcrypt.hashpw(password.replace("\0", "")[:72].encode()[:72], bcrypt.gensalt(4)).decode()
    assert not matches(password, stored)


def test_the_decoy_is_a_hash_that_takes_as_long_as_a_real_one():
    assert passwords._BCRYPT.match(DECOY)
    assert bcrypt.checkpw(b"anything", DECOY.encode()) is False
