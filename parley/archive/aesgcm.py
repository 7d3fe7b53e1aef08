"""AES-256-GCM, by the library ``cryptography``."""

import os
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from parley.archive.ports import Broken

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
_NONCE_BYTES = 12
# As GCM wants it (NIST SP 800-38D). A conversation's key seals far fewer segments than the 2**32 up to which random
# nonces are safe.


class AesGcm:
    """A ``parley.archive.ports.Cipher``. The library is loaded when it is first needed, because that takes a while."""

    @cached_property
    def _aead(self) -> "type[AESGCM]":
        aead: type[AESGCM] = import_module("cryptography.hazmat.primitives.ciphers.aead").AESGCM
        return aead

    def new_key(self) -> bytes:
        return os.urandom(_KEY_BYTES)

    def seal(self, key: bytes, data: bytes, about: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead(key).encrypt(nonce, data, about)

    def open(self, key: bytes, sealed: bytes, about: bytes) -> bytes:
        invalid: type[Exception] = import_module("cryptography.exceptions").InvalidTag
        try:
            return self._aead(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
        except (invalid, ValueError) as error:  # the latter: it is shorter than a nonce
            raise Broken("a segment does not open") from error
