"""The part of an entry that is hashed into the tree: its JSON, and the rules it keeps."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Literal

import msgspec

from vermilion.errors import DataError

MAX_ENVELOPE = 65_535
"""Bytes; the limit of an entry in a C2SP tlog-tiles bundle."""

PREFIX = b'{"v":1,"index":'
"""How every envelope of this version begins."""

NONCE = 12
SALT = 16
TAG = 16
OVERHEAD = NONCE + SALT + TAG
"""Bytes that a section's blob is longer than its content."""

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_HEX_32 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
_HEX_64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_TIME = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]


class SealedSection(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What the log says of one section: its key's opaque id, its blob's length in bytes and hash."""

    key: _HEX_32
    size: Annotated[int, msgspec.Meta(ge=OVERHEAD)]
    sha256: _HEX_64


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry's hashed part.

    `statement` is the caller's JSON object, byte for byte. `commitments` maps a name to
    SHA-256(entry salt || value) in hex. `sections` stand in the order of their blobs.
    """

    v: Literal[1]
    index: Annotated[int, msgspec.Meta(ge=0)]
    recorded_at: _TIME
    kind: str
    statement: msgspec.Raw
    commitments: dict[str, _HEX_64]
    sections: list[SealedSection]


encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Envelope).decode
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

# The length of an envelope without its variable parts, and of one section without its numbers.
_FIXED = len('{"v":1,"index":,"recorded_at":"2026-11-22T14:00:00.123Z","kind":"",')
_FIXED += len('"statement":,"commitments":{},"sections":[]}')
_SECTION = len('{"key":"","size":,"sha256":""}') + 32 + 64
_COMMITMENT = len('"":""') + 64


def decode(data: bytes) -> Envelope:
    """Read an envelope and refuse any that this version would not have written so.

    Raises:
        DataError: `bad_envelope`: not this JSON, unknown or missing fields, another spelling.
    """
    try:
        envelope = _decode(data)
        data.decode()
        check_statement(bytes(envelope.statement))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DataError("bad_envelope", f"the envelope cannot be read: {error}") from None
    for name in (envelope.kind, *envelope.commitments):
        check_name(name)
    if encode(envelope) != data:
        raise DataError("bad_envelope", "the envelope is spelt in another way than it was written")
    return envelope


class _Stated(msgspec.Struct, frozen=True, gc=False):
    kind: str
    statement: msgspec.Raw


_decode_stated = msgspec.json.Decoder(_Stated).decode


def statement_of(data: bytes) -> tuple[str, bytes]:
    """Return kind and statement of an envelope whose form was checked before.

    Raises:
        DataError: `bad_envelope`.
    """
    try:
        stated = _decode_stated(data)
    except msgspec.MsgspecError as error:
        raise DataError("bad_envelope", f"the envelope cannot be read: {error}") from None
    return stated.kind, bytes(stated.statement)


def check_statement(statement: bytes) -> None:
    """Refuse a statement that is not one JSON object in UTF-8.

    Raises:
        DataError: `bad_statement`.
    """
    try:
        _decode_object(statement)
        statement.decode()
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DataError("bad_statement", f"the statement is not a JSON object: {error}") from None


@lru_cache(maxsize=1024)
def check_name(name: str) -> None:
    """Refuse a kind or commitment name that is not a plain word: `[a-z][a-z0-9_.-]*`, 64 at most.

    Raises:
        DataError: `bad_name`.
    """
    if not _NAME.fullmatch(name):
        raise DataError("bad_name", f"`{name}` is not a lower-case word of at most 64 characters")


def encoded_length(
    index: int, kind: str, statement: bytes, names: list[str], sizes: list[int]
) -> int:
    """Return the exact length in bytes of the envelope that these parts will make."""
    length = _FIXED + len(str(index)) + len(kind) + len(statement)
    length += sum([_COMMITMENT + len(name) for name in names])
    length += sum([_SECTION + len(str(size)) for size in sizes])
    return length + max(len(names) - 1, 0) + max(len(sizes) - 1, 0)


def entry_salt(salts: list[bytes]) -> bytes:
    """Return the salt of an entry's commitments: SHA-256 over its sections' salts in order.

    Whoever lacks one section's plaintext lacks it, so that an erased section hides what the
    envelope commits to.
    """
    return sha256(b"".join(salts)).digest()


def associated_data(origin: bytes, index: int, section: int) -> bytes:
    """Return what a blob is bound to: origin, entry index and section number, a line each."""
    return b"%b\n%d\n%d\n" % (origin, index, section)
