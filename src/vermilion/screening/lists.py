"""A version of a watch list: its entries, where it comes from, and the digest that names it."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Literal

import msgspec
import zstandard

from vermilion.errors import StorageError

Format = Literal["ofac", "un", "wallets", "csv"]
EntryType = Literal["person", "organisation", "vessel", "aircraft", "unknown"]
NameKind = Literal["primary", "alias", "weak_alias", "original_script"]

MOST_BYTES = 2**30
"""Bytes of a list once unpacked; the largest known is a thirtieth of it. Policy."""


class ListName(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A name of an entry: what kind of name it is, and the script it is written in."""

    text: str
    kind: NameKind = "primary"
    script: str = "latin"


class Identifier(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A number that names an entry: of a passport, a national identity card, a company."""

    kind: str
    number: str
    country: str | None = None


class Wallet(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An address of an entry, as the list writes it, and the chain that the list names."""

    address: str
    chain: str | None = None


class ListEntry(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One listed person, organisation, ship, aircraft or wallet."""

    id: str
    type: EntryType = "unknown"
    names: tuple[ListName, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    wallets: tuple[Wallet, ...] = ()
    programmes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    born: tuple[str, ...] = ()


class WatchList(msgspec.Struct, frozen=True):
    """One version of a list. `version` is how its issuer or the operator calls it."""

    name: str
    version: str
    date: dt.date
    source: str
    format: Format
    entries: tuple[ListEntry, ...]

    @property
    def has_names(self) -> bool:
        """Whether it names anybody; a list of wallets alone does not."""
        return any(entry.names for entry in self.entries)

    def counts(self) -> dict[str, int]:
        """Return how many entries, names, identifiers and wallets it has."""
        return {
            "entries": len(self.entries),
            "names": sum(len(entry.names) for entry in self.entries),
            "identifiers": sum(len(entry.identifiers) for entry in self.entries),
            "wallets": sum(len(entry.wallets) for entry in self.entries),
        }


_ENCODE = msgspec.json.Encoder(order="deterministic").encode
_DECODE = msgspec.json.Decoder(WatchList).decode


def packed(found: WatchList) -> tuple[str, bytes]:
    """Return a version's digest (SHA-256 of its canonical JSON) and that JSON under Zstandard."""
    text = _ENCODE(found)
    return hashlib.sha256(text).hexdigest(), zstandard.ZstdCompressor(level=10).compress(text)


def unpacked(content: bytes, digest: str) -> WatchList:
    """Return the version that was packed.

    Raises:
        StorageError: `list_altered`: it is not the one of that digest.
    """
    try:
        text = b""
        if zstandard.frame_content_size(content) <= MOST_BYTES:
            text = zstandard.ZstdDecompressor().decompress(content, max_output_size=MOST_BYTES)
        if hashlib.sha256(text).hexdigest() == digest:
            return _DECODE(text)
    except (zstandard.ZstdError, msgspec.MsgspecError):
        pass
    raise StorageError(
        "list_altered",
        "the kept list is not the one of its digest",
        help="add the same list again, or bring the file back from a copy",
        where=f"{digest}.zst",
    )
