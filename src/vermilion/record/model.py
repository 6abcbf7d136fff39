"""What goes into a record, and what comes out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from vermilion.record.envelope import Envelope


class Section(msgspec.Struct, frozen=True, gc=False):
    """Content to be sealed under the key of a name, such as `person/<party id>`.

    The name never reaches the log; whoever destroys its key erases the content.
    """

    key: str
    content: bytes


class Location(NamedTuple):
    """Where an entry lies: the segment's first index, and the frame's byte offset in that file."""

    segment: int
    position: int


class Receipt(msgspec.Struct, frozen=True):
    """Where an acknowledged entry lies, and the size of the checkpoint that covers it."""

    index: int
    segment: int
    position: int
    recorded_at: str
    size: int


class Checkpoint(msgspec.Struct, frozen=True):
    """A signed size and root, and the locations of the entries that it acknowledges.

    `note` is the C2SP checkpoint as it stands in the log. `recorded_at` is UTC to the millisecond.
    `locations` are those of the last `len(locations)` entries, in order; empty where the checkpoint
    was read back and not just written.
    """

    size: int
    root: bytes
    note: bytes
    recorded_at: str
    locations: tuple[Location, ...] = ()

    def receipt(self, index: int) -> Receipt:
        """Return the receipt of one of the entries that this checkpoint acknowledges.

        Raises:
            IndexError: the entry is not one of them.
        """
        number = index - (self.size - len(self.locations))
        if number < 0:
            raise IndexError(index)
        segment, position = self.locations[number]
        return Receipt(index, segment, position, self.recorded_at, self.size)


class Erased(msgspec.Struct, frozen=True):
    """Stands for a section's content whose key was destroyed."""


class Entry(msgspec.Struct, frozen=True):
    """An entry, decrypted as far as its keys exist.

    `leaf` is the envelope's exact bytes, the leaf of the tree. `salt` opens the commitments
    (SHA-256(salt || value)); it is None where any section is erased.
    """

    index: int
    location: Location
    leaf: bytes
    envelope: Envelope
    contents: tuple[bytes | Erased, ...]
    salt: bytes | None
