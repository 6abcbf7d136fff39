"""Keep which erasures the record holds, and have done what one that was recorded says.

An erasure is recorded first, with the ids of the keys, and the keys are destroyed thereafter: so a
desk that dies between the two, or whose keys were put back from a copy, ends it at its next start.
It is by their ids that keys are named: what is stated of the same person later has others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from vermilion.facts.events import Erasure
from vermilion.record import KeyStore
from vermilion.store import Rows

_ROW = b"E"


class Noted(NamedTuple):
    """An erasure: the index of its entry, and the ids of the keys that it names."""

    entry: int
    keys: list[str]


class Erasures:
    """Typed access to the rows of erasures.

    Args:
        rows: of the state.
        secret: key of the digests that stand for persons.
    """

    def __init__(self, rows: Rows, secret: bytes) -> None:
        self._rows = rows
        self._secret = secret

    def note(self, said: Erasure, entry: int) -> None:
        """Take over an erasure that was recorded; the caller keeps the rows."""
        key = self._prefix(said.erased) + entry.to_bytes(8, "big")
        self._rows.put(key, " ".join(said.keys).encode())

    def of(self, person: str) -> list[Noted]:
        """Return the erasures of a person, oldest first."""
        return list(self._scan(self._prefix(person)))

    def finish(self, keys: KeyStore) -> int:
        """Destroy what erasures name and is still there; return how many keys those were.

        Raises:
            StorageError: `keys_damaged` or `key_lingers`.
        """
        left = keys.left([id for noted in self._scan(_ROW) for id in noted.keys])
        return keys.destroy_keys(left) if left else 0

    def _scan(self, prefix: bytes) -> Iterator[Noted]:
        for key, value in self._rows.scan(prefix):
            yield Noted(int.from_bytes(key[-8:], "big"), value.decode().split())

    def _prefix(self, person: str) -> bytes:
        named = hashlib.blake2b(person.encode(), key=self._secret[:64], digest_size=16)
        return _ROW + named.digest()
