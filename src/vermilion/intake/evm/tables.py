"""What was decoded as canonical tables in Arrow, their texts written by NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyarrow import compute

from vermilion.facts.history import LISTINGS, MOVES, PAYMENTS, Column
from vermilion.intake.evm.rows import PLATFORMS, Faults, Logs, Pays
from vermilion.intake.evm.settle import NO_CLAIM
from vermilion.intake.evm.words import Bytes, Ints, Mask, whole, zero

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vermilion.intake.evm.chains import Chain
    from vermilion.intake.evm.decode import Found

_TYPES = {
    "STRING": pa.string(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DECIMAL(38,0)": pa.decimal128(38, 0),
}
_PIECE = 2**20
"""Rows whose texts are written at once, so that no text outgrows 2^31 bytes."""


def schema(columns: Mapping[str, Column]) -> Any:
    """Return a canonical table's schema in Arrow."""
    return pa.schema([pa.field(name, _TYPES[column.type]) for name, column in columns.items()])


SCHEMAS = {"moves": schema(MOVES), "payments": schema(PAYMENTS), "listings": schema(LISTINGS)}
REJECTS = pa.schema(
    [
        ("file", pa.string()),
        ("line", pa.int64()),
        ("field", pa.string()),
        ("code", pa.string()),
        ("reason", pa.string()),
        ("remedy", pa.string()),
    ]
)
BIDS = pa.schema(
    [
        ("position", pa.int64()),
        ("contract", pa.binary(20)),
        ("punk", pa.binary(32)),
        ("bidder", pa.binary(20)),
        ("amount", pa.binary(16)),
    ]
)


def moves_table(found: Found, chain: Chain) -> Any:
    """Return the changes of ownership as the canonical table."""
    logs, (hops, claim) = found.logs, found.moves
    sold = claim != NO_CLAIM
    told = np.where(sold, claim, 0)
    priced = sold & _taken(found.claims.priced, told, sold)
    minted, burned = zero(hops.sender), zero(hops.recipient)
    kind = np.select([sold, minted, burned], [0, 1, 2], 3)
    hashes = _hashes(logs, hops.log)
    ids, tokens = (
        _ids(logs, hashes, hops.log, hops.slot),
        _tokens(hops.contract, hops.ident, hops.many, chain),
    )
    claims = found.claims
    return canonical(
        "moves",
        source=same(chain.name, len(claim)),
        id=ids,
        ms=logs.ms[hops.log],
        position=logs.position(hops.log, hops.slot),
        kind=named(kind, ("sale", "mint", "burn", "transfer")),
        collection=tokens[0],
        token=tokens[1],
        sender=wallets(hops.sender, minted, chain),
        recipient=wallets(hops.recipient, burned, chain),
        quantity=decimals(hops.quantity),
        many=pa.array(hops.many),
        price=decimals(_taken(claims.price, told, sold), ~priced),
        currency=_currencies(_taken(claims.currency, told, sold), ~priced, chain),
        platform=named(_taken(claims.platform, told, sold), PLATFORMS, ~sold),
        tx=hashes,
    )


def payments_table(found: Found, chain: Chain) -> Any:
    """Return the payments in currencies that are contracts as the canonical table."""
    logs, pays = found.logs, found.payments
    hashes = _hashes(logs, pays.log)
    ids = _ids(logs, hashes, pays.log, np.zeros(len(pays.log), np.int64))
    return _payments(logs, pays, (ids, hashes), chain)


def _payments(logs: Logs, pays: Pays, names: tuple[Any, Any], chain: Chain) -> Any:
    ids, hashes = names
    return canonical(
        "payments",
        source=same(chain.name, len(pays.log)),
        id=ids,
        ms=logs.ms[pays.log],
        position=logs.position(pays.log, 0),
        payer=wallets(pays.payer, zero(pays.payer), chain),
        payee=wallets(pays.payee, zero(pays.payee), chain),
        amount=decimals(pays.amount),
        currency=_currencies(pays.currency, np.zeros(len(pays.log), np.bool_), chain),
        tx=hashes,
    )


def listings_table(found: Found, chain: Chain) -> Any:
    """Return the offers of punks as the canonical table; the contract does not say who offers."""
    logs, offers = found.logs, found.offers
    count = len(offers.log)
    unique = np.zeros(count, np.bool_)
    collection, token = _tokens(offers.contract, offers.ident, unique, chain)
    return canonical(
        "listings",
        source=same(chain.name, count),
        id=_ids(logs, _hashes(logs, offers.log), offers.log, np.zeros(count, np.int64)),
        ms=logs.ms[offers.log],
        position=logs.position(offers.log, 0),
        collection=collection,
        token=token,
        seller=pa.nulls(count, pa.string()),
        price=decimals(offers.price),
        currency=same(chain.native, count),
        until_ms=pa.nulls(count, pa.int64()),
        platform=same("cryptopunks", count),
    )


def bids_table(found: Found) -> Any:
    """Return the bids on punks that began or ended, in the order of the chain."""
    bids = found.bids
    columns = [found.logs.position(bids.log, 0)]
    fixed = [
        pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(matrix.shape[1]), len(matrix), [None, pa.py_buffer(matrix.tobytes())]
        )
        for matrix in bids[1:]
    ]
    return pa.table([pa.array(columns[0]), *fixed], schema=BIDS)


def native_table(logs: Logs, pays: Pays, chain: Chain) -> Any:
    """Return the payments that transactions carry as the canonical table; each has its hash as id."""
    hashes = _hashes(logs, pays.log)
    return _payments(logs, pays, (hashes, hashes), chain)


def reject_rows(out: Faults, file: str) -> Any:
    """Return the faults of a file's rows as rejects, by row."""
    rows = np.concatenate([np.zeros(0, np.int64), *(rows for rows, _ in out.found)])
    which = np.repeat(np.arange(len(out.found)), [len(r) for r, _ in out.found])
    order = np.argsort(rows, kind="stable")
    which = which[order]
    kinds = [fault.at(file, 0) for _, fault in out.found]

    def told(name: str) -> Any:
        return named(which, [getattr(fault, name) for fault in kinds])

    texts = [told(name) for name in ("field", "code", "reason", "remedy")]
    return pa.table([same(file, len(rows)), pa.array(rows[order]), *texts], schema=REJECTS)


def canonical(name: str, **columns: Any) -> Any:
    """Return columns as the canonical table of that name."""
    return pa.table(columns, schema=SCHEMAS[name])


def _taken(column: Any, rows: Ints, known: Mask) -> Any:
    """Return rows of a column, of which there may be none; zeros where not known."""
    if not len(column):
        return np.zeros((len(rows), *column.shape[1:]), column.dtype)
    found = column[rows]
    found[~known] = 0
    return found


def same(text: str, count: int) -> Any:
    """Return a column that says one thing."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), [text]).cast(
        pa.string()
    )


def named(codes: Ints, names: Any, nulls: Mask | None = None) -> Any:
    """Return names by their codes."""
    indices = pa.array(codes.astype(np.int32), mask=nulls)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string())).cast(pa.string())


def hexed(prefix: str, matrix: Bytes, nulls: Mask | None = None) -> Any:
    """Write rows of bytes as hex after a prefix."""
    count = len(matrix)
    pieces = [
        _hexed_piece(prefix.encode(), matrix[begin : begin + _PIECE])
        for begin in range(0, max(count, 1), _PIECE)
    ]
    found = pa.concat_arrays(pieces) if len(pieces) == 1 else pa.chunked_array(pieces)
    if nulls is None or not nulls.any():
        return found
    return compute.if_else(pa.array(nulls), pa.scalar(None, pa.string()), found)


def _hexed_piece(prefix: bytes, matrix: Bytes) -> Any:
    count, width = matrix.shape
    head, total = len(prefix), len(prefix) + 2 * width
    text = np.empty((count, total), np.uint8)
    text[:, :head] = np.frombuffer(prefix, np.uint8)
    digits = np.frombuffer(matrix.tobytes().hex().encode(), np.uint8)
    text[:, head:] = digits.reshape(count, 2 * width)
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(total)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))


def wallets(matrix: Bytes, nobody: Mask, chain: Chain) -> Any:
    """Return addresses in CAIP-10, nobody as null."""
    return hexed(f"{chain.name}:0x", matrix, nobody)


def _hashes(logs: Logs, at: Ints) -> Any:
    return hexed("0x", logs.tx.at(at).fixed(32))


def _ids(logs: Logs, hashes: Any, at: Ints, slot: Ints) -> Any:
    """Return transaction and log of each row, and its place within the log where it is not the first."""
    index = pa.array(logs.log_index[at]).cast(pa.string())
    found = compute.binary_join_element_wise(hashes, index, ":")
    if not slot.any():
        return found
    places = pa.array(slot).cast(pa.string())
    longer = compute.binary_join_element_wise(found, places, ".")
    return compute.if_else(pa.array(slot > 0), longer, found)


def _tokens(contract: Bytes, ident: Bytes, many: Mask, chain: Chain) -> tuple[Any, Any]:
    """Return collection and token of each row in CAIP-19."""
    collection = hexed(f"{chain.name}/erc721:0x", contract)
    if many.any():
        other = hexed(f"{chain.name}/erc1155:0x", contract)
        collection = compute.if_else(pa.array(many), other, collection)
    return collection, compute.binary_join_element_wise(collection, _digits(ident), "/")


def _digits(words: Bytes) -> Any:
    """Write words as decimal numbers; those past 63 bits one by one, once for each that differs."""
    low, fits = whole(words)
    found = pa.array(low).cast(pa.string())
    if fits.all():
        return found
    wide = np.ascontiguousarray(words[~fits]).view("V32").ravel()
    named = pa.array(wide.tolist(), pa.binary(32)).dictionary_encode()
    texts = pa.array([str(int.from_bytes(word, "big")) for word in named.dictionary.to_pylist()])
    filled = texts.take(named.indices)
    return compute.replace_with_mask(found, pa.array(~fits), filled)


def decimals(halves: Bytes, nulls: Mask | None = None) -> Any:
    """Return big-endian integers of 128 bits, all below 10^38, as decimals."""
    little = np.ascontiguousarray(halves[:, ::-1])
    kind = pa.decimal128(38, 0)
    found = pa.Decimal128Array.from_buffers(kind, len(little), [None, pa.py_buffer(little)])
    if nulls is None or not nulls.any():
        return found
    return compute.if_else(pa.array(nulls), pa.scalar(None, kind), found)


def _currencies(contracts: Bytes, nulls: Mask, chain: Chain) -> Any:
    column = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(20), len(contracts), [None, pa.py_buffer(contracts.tobytes())]
    ).dictionary_encode()
    names = [chain.currency(name.hex()) for name in column.dictionary.to_pylist()]
    return named(np.asarray(column.indices), names, nulls)
