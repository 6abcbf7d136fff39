"""Remember the last acknowledged checkpoint in a file of its own, against roll-back.

Two slots are written in turn, so that a torn write leaves the other whole. Each is size (u64,
big-endian) || root (32 bytes) || HMAC-SHA256 over both under a key of the key store: 72 bytes, at
offsets 0 and 4096.
"""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING, NamedTuple, Self

from vermilion.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

SLOT_SIZE = 72
SLOT_OFFSETS = (0, 4096)
"""One slot to a page: tearing one page cannot hurt the other slot."""


class Guarded(NamedTuple):
    """The checkpoint last acknowledged: tree size and root."""

    size: int
    root: bytes


class Guard:
    """The guard file, open for reading and, where that is allowed, for writing.

    `slots` holds what each slot says, or None where it is torn or forged.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        try:
            mode = os.O_RDWR if os.access(path, os.W_OK) else os.O_RDONLY
            self._file = os.open(path, mode | getattr(os, "O_CLOEXEC", 0))
        except OSError as error:
            raise StorageError(
                "guard_missing",
                f"the roll-back guard cannot be opened: {error.strerror}",
                help="restore it from the same backup as keys.db, together with the record",
                where=str(path),
            ) from error
        self.path = path
        self._key = key
        self.slots = [self._read(offset) for offset in SLOT_OFFSETS]

    @classmethod
    def create(cls, path: Path, key: bytes, first: Guarded) -> Self:
        """Make the file with both slots saying the same."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.close(descriptor)
        guard = cls(path, key)
        guard.write(first)
        guard.write(first)
        return guard

    @property
    def intact(self) -> bool:
        """Whether both slots can be believed."""
        return None not in self.slots

    def last(self) -> Guarded:
        """Return the newest checkpoint that was acknowledged.

        Raises:
            StorageError: `guard_damaged`: neither slot can be believed.
        """
        known = [slot for slot in self.slots if slot is not None]
        if not known:
            raise StorageError(
                "guard_damaged",
                "neither slot of the roll-back guard can be believed",
                help="restore it from the same backup as keys.db, together with the record",
                where=str(self.path),
            )
        return max(known, key=lambda slot: slot.size)

    def write(self, checkpoint: Guarded) -> None:
        """Replace the older slot and wait until it is on disk.

        Raises:
            OSError: it could not be written; what is on disk is then unknown.
        """
        sizes = [-1 if slot is None else slot.size for slot in self.slots]
        number = sizes.index(min(sizes))
        body = checkpoint.size.to_bytes(8, "big") + checkpoint.root
        slot = body + hmac.digest(self._key, body, "sha256")
        if os.pwrite(self._file, slot, SLOT_OFFSETS[number]) != SLOT_SIZE:
            raise OSError("the roll-back guard was written in part")
        os.fdatasync(self._file)
        self.slots[number] = checkpoint

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _read(self, offset: int) -> Guarded | None:
        slot = os.pread(self._file, SLOT_SIZE, offset)
        body, mac = slot[:40], slot[40:]
        if not hmac.compare_digest(mac, hmac.digest(self._key, body, "sha256")):
            return None
        return Guarded(int.from_bytes(body[:8], "big"), body[8:])
