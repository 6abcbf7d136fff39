"""Texts of codes, made as Arrow columns without a Python object each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vermilion.simulate.history.scene import Codes, Scene
from vermilion.simulate.history.words import CHAIN, SLUG

ADDRESS, TRANSACTION = 20, 16
"""Octets of an address, and of a transaction, which is shortened here."""

_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)


def hexadecimal(values: Codes, salt: int, octets_wanted: int) -> pa.Array:
    """Return `0x` and so many octets in hexadecimal: a digest of value and salt, no two alike."""
    words = -(-octets_wanted // 8)
    found = np.empty((values.size, words), ">u8")
    for word in range(words):
        found[:, word] = _mixed(values, salt * 31 + word)
    octets = found.view(np.uint8).reshape(values.size, words * 8)[:, :octets_wanted]
    text = np.empty((values.size, octets.shape[1] * 2 + 2), np.uint8)
    text[:, 0], text[:, 1] = ord("0"), ord("x")
    text[:, 2::2], text[:, 3::2] = _DIGITS[octets >> 4], _DIGITS[octets & 15]
    width = text.shape[1]
    offsets = np.arange(0, (values.size + 1) * width, width, dtype=np.int64)
    large = pa.LargeStringArray.from_buffers(
        values.size, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text))
    )
    return large.cast(pa.string())


def _mixed(values: Codes, salt: int) -> Codes:
    """Return a number of 64 bits for each value, one to one (the finaliser of splitmix64)."""
    with np.errstate(over="ignore"):
        one = values.astype(np.uint64) + np.uint64((salt * 0x9E3779B97F4A7C15 + 1) % 2**64)
        one = (one ^ (one >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        one = (one ^ (one >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return one ^ (one >> np.uint64(31))


def joined(*parts: Any) -> pa.Array:
    """Return the parts of each row as one text; numbers are written out."""
    texts = [
        part
        if isinstance(part, str)
        else _text(part if isinstance(part, pa.Array) else pa.array(part))
        for part in parts
    ]
    return pc.binary_join_element_wise(*texts, "")


def _text(part: pa.Array) -> pa.Array:
    return part if pa.types.is_string(part.type) else part.cast(pa.string())


class Texts:
    """Texts of parties, collections and tokens, by code; the last party is nobody."""

    def __init__(self, scene: Scene) -> None:
        parties, known = scene.parties, scene.collections.columns()
        self.parties = _parties(scene)
        style = pa.array(known["style"] == 1)
        code = np.arange(known["style"].size)
        kind = pc.if_else(pa.array(known["many"] == 1), "erc1155:", "erc721:")
        address = hexadecimal(code, scene.config.seed * 7 + 2, ADDRESS)
        on_chain = joined(f"{CHAIN}/", kind, address)
        self.collections = pc.if_else(style, joined(f"{SLUG}:collection:", code), on_chain)
        where = np.zeros(scene.tokens, np.int64)
        where[scene.items["token"]] = scene.items["collection"]
        number = _numbered(where)
        of = self.collections.take(pa.array(where))
        platform = joined(f"{SLUG}:token:", where, "-", number)
        self.tokens = pc.if_else(style.take(pa.array(where)), platform, joined(of, "/", number))
        self.issuers = range(parties.first_issuer, parties.total)


def _parties(scene: Scene) -> pa.Array:
    parties = scene.parties
    code = np.arange(parties.total)
    wallet = joined(f"{CHAIN}:", hexadecimal(code, scene.config.seed * 7 + 1, ADDRESS))
    account = joined(f"{SLUG}:party:", code)
    on_platform = (code >= parties.wallets) & (code < parties.wallets + parties.accounts)
    on_platform |= code == parties.services["platform"].start
    return pc.if_else(pa.array(on_platform), account, wallet)


def _numbered(where: Codes) -> Codes:
    """Return each token's number in its collection, from 1."""
    order = np.argsort(where, kind="stable")
    starts = np.flatnonzero(np.diff(where[order], prepend=-1))
    number = np.empty(where.size, np.int64)
    sizes = np.diff(starts, append=where.size)
    number[order] = np.arange(where.size) - np.repeat(starts, sizes) + 1
    return number
