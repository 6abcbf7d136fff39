"""Seal queued entries into the bytes of one group, and open an entry again."""

from __future__ import annotations

import os
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from cryptography.exceptions import InvalidTag

from vermilion.record import envelope as envelopes
from vermilion.record.envelope import NONCE, SALT, Envelope
from vermilion.record.frames import ENTRY_HEAD, FrameError
from vermilion.record.model import Entry, Erased, Location, Section

if TYPE_CHECKING:
    from vermilion.record.frames import Buffer, EntryFrame
    from vermilion.record.keys import KeyStore

_RANDOM = NONCE + SALT


Queued = tuple[str, bytes, tuple[Section, ...], tuple[tuple[str, bytes], ...]]
"""An entry that waits for its group: kind, statement, sections, values to commit to by name."""


_ENVELOPE = (
    b'{"v":1,"index":%d,"recorded_at":"%b","kind":"%b","statement":%b,'
    b'"commitments":{%b},"sections":[%b]}'
)
_SECTION = b'{"key":"%b","size":%d,"sha256":"%b"}'
"""The envelope's one spelling, as its encoder would write it; reading compares byte for byte."""


class Sealed(NamedTuple):
    """A group's leaves, its bytes in the order of writing, and each entry's position."""

    leaves: list[bytes]
    parts: list[bytes]
    positions: list[int]


def seal(
    queue: list[Queued], first: int, recorded_at: str, position: int, keys: KeyStore
) -> Sealed:
    """Seal a group whose first entry has index `first` and lies at byte `position` of its segment.

    This is the hot path: one draw of randomness and one look-up of each key for the whole group,
    and no Python function called for an entry.
    """
    origin = keys.origin.encode()
    uses = Counter([section.key for item in queue for section in item[2]])
    sealers = keys.sealers(uses)
    random = os.urandom(_RANDOM * uses.total())
    at = 0
    leaves: list[bytes] = []
    parts: list[bytes] = []
    positions: list[int] = []
    for index, (kind, statement, sections, commit) in enumerate(queue, first):
        blobs: list[bytes] = []
        listed: list[bytes] = []
        salts: list[bytes] = []
        length = 0
        for number, section in enumerate(sections):
            key_id, cipher = sealers[section.key]
            nonce = random[at : at + NONCE]
            salt = random[at + NONCE : at + _RANDOM]
            at += _RANDOM
            # As in associated_data().
            bound = b"%b\n%d\n%d\n" % (origin, index, number)
            blob = nonce + cipher.encrypt(nonce, salt + section.content, bound)
            blobs.append(blob)
            salts.append(salt)
            listed.append(
                _SECTION % (key_id.encode(), len(blob), sha256(blob).hexdigest().encode())
            )
            length += len(blob)
        # As in entry_salt().
        salt = sha256(b"".join(salts)).digest()
        promised = [
            b'"%b":"%b"' % (name.encode(), sha256(salt + value).hexdigest().encode())
            for name, value in commit
        ]
        leaf = _ENVELOPE % (
            index,
            recorded_at.encode(),
            kind.encode(),
            statement,
            b",".join(promised),
            b",".join(listed),
        )
        leaves.append(leaf)
        parts += (ENTRY_HEAD.pack(b"E", len(leaf), length, crc32(leaf)), leaf, *blobs)
        positions.append(position)
        position += ENTRY_HEAD.size + len(leaf) + length
    return Sealed(leaves, parts, positions)


def split(envelope: Envelope, frame: EntryFrame) -> list[tuple[int, int]]:
    """Return each blob's start and end offset.

    Raises:
        FrameError: the section sizes do not add up to the body's length.
    """
    ends = []
    end = frame.body
    for section in envelope.sections:
        ends.append((end, end + section.size))
        end += section.size
    if end != frame.end:
        raise FrameError("the sections' sizes do not add up to the body's length")
    return ends


def open_blob(blob: bytes, index: int, number: int, key_id: str, keys: KeyStore) -> bytes | Erased:
    """Decrypt one section's blob into salt and content, or say that its key was destroyed.

    Raises:
        FrameError: the blob does not open under its key.
        StorageError: `key_missing`.
    """
    cipher = keys.find(key_id)
    if cipher is None:
        return Erased()
    bound = envelopes.associated_data(keys.origin.encode(), index, number)
    try:
        return cipher.decrypt(blob[:NONCE], blob[NONCE:], bound)
    except InvalidTag:
        raise FrameError(f"section {number} does not open under its key") from None


def open_entry(data: Buffer, frame: EntryFrame, location: Location, keys: KeyStore) -> Entry:
    """Check an entry's section hashes and decrypt what still has a key.

    Raises:
        FrameError: a section is not what its envelope says.
        DataError: `bad_envelope`.
        StorageError: `key_missing`.
    """
    envelope = envelopes.decode(frame.envelope)
    plain: list[bytes | Erased] = []
    for number, (start, end) in enumerate(split(envelope, frame)):
        section = envelope.sections[number]
        blob = bytes(data[start:end])
        if sha256(blob).hexdigest() != section.sha256:
            raise FrameError(f"section {number} does not have the hash that the envelope states")
        plain.append(open_blob(blob, envelope.index, number, section.key, keys))
    salts = [text[:SALT] for text in plain if isinstance(text, bytes)]
    salt = envelopes.entry_salt(salts) if len(salts) == len(plain) else None
    contents = tuple(text[SALT:] if isinstance(text, bytes) else text for text in plain)
    return Entry(envelope.index, location, frame.envelope, envelope, contents, salt)
