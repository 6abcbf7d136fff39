"""Keyed digests, so that neither ids nor contents stand in what is stored."""

from __future__ import annotations

import hashlib

import msgspec

from vermilion.features.model import Key
from vermilion.features.packing import narrow

DIGEST_SIZE = 16
"""Bytes of a digest: 128 bits, so that two ids do not meet by chance."""

REMEMBERED = 200_000
"""Digests of values kept in memory, some 200 bytes each, where nobody says; hashing costs more than
all else that `distinct` does. Policy."""

_encode = msgspec.msgpack.Encoder().encode


class ValueDigests(dict[str, bytes]):
    """Digest of each string, remembered while there is room.

    Args:
        secret: key of the digests, at most 64 bytes.

    Raises:
        ValueError: the secret is too long.
    """

    def __init__(self, secret: bytes) -> None:
        super().__init__()
        self.most = REMEMBERED
        self._hash = hashlib.blake2b(digest_size=DIGEST_SIZE, key=secret, person=b"value")

    def __missing__(self, value: str) -> bytes:
        if len(self) >= self.most:
            self.clear()
        hashed = self._hash.copy()
        hashed.update(value.encode())
        digest = self[value] = hashed.digest()
        return digest


class RowIds:
    """Ids of the rows of one definition.

    Args:
        secret: key of the digests, at most 64 bytes.
        definition: digest of the definition.

    Raises:
        ValueError: the secret is too long.
    """

    def __init__(self, secret: bytes, definition: bytes) -> None:
        self._hash = hashlib.blake2b(definition, digest_size=DIGEST_SIZE, key=secret, person=b"row")

    def of(self, key: Key) -> bytes:
        """Return the 16-byte id of a key's row."""
        try:
            packed = _encode(key)
        except OverflowError:
            parts = key if isinstance(key, tuple) else (key,)
            packed = _encode([narrow(part) for part in parts])
        hashed = self._hash.copy()
        hashed.update(packed)
        return hashed.digest()
