"""What passes between the decoder's steps: columns of logs, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from vermilion.intake.evm.words import Bytes, Cells, Ints, Mask, joined_cells
from vermilion.intake.items import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWN = -1
NEVER = np.iinfo(np.int64).min
"""The time of a log whose block's time is not known."""

BLOCKS = 2**31
INDEXES = 2**20
SLOTS = 2**12


class Logs(NamedTuple):
    """Raw logs in columns; numbers that are not known are `UNKNOWN`, times `NEVER`."""

    row: Ints
    address: Cells
    topics: tuple[Cells, Cells, Cells, Cells]
    data: Cells
    tx: Cells
    block: Ints
    log_index: Ints
    ms: Ints
    removed: Mask

    def at(self, rows: Ints) -> Logs:
        """Return some of the logs."""
        one, two, three, four = (topic.at(rows) for topic in self.topics)
        return Logs(
            self.row[rows],
            self.address.at(rows),
            (one, two, three, four),
            self.data.at(rows),
            self.tx.at(rows),
            self.block[rows],
            self.log_index[rows],
            self.ms[rows],
            self.removed[rows],
        )

    def compacted(self) -> Logs:
        """Return the logs without what else lies in the buffers they were taken from."""
        one, two, three, four = (topic.compacted() for topic in self.topics)
        return self._replace(
            address=self.address.compacted(),
            topics=(one, two, three, four),
            data=self.data.compacted(),
            tx=self.tx.compacted(),
        )

    def position(self, log: Ints, slot: Ints | int) -> Ints:
        """Return the place of events in the chain: block, log, place within the log.

        Blocks of one time stay in their order. Past 4,095 events of one log share the last place.
        """
        found: Ints = (
            (self.block[log] << 32) | (self.log_index[log] << 12) | np.minimum(slot, SLOTS - 1)
        )
        return found


def joined_logs(parts: list[Logs]) -> Logs:
    """Return parts of logs one under another."""
    if len(parts) == 1:
        return parts[0]
    one, two, three, four = (
        joined_cells([part.topics[place] for part in parts]) for place in range(4)
    )
    return Logs(
        np.concatenate([part.row for part in parts]),
        joined_cells([part.address for part in parts]),
        (one, two, three, four),
        joined_cells([part.data for part in parts]),
        joined_cells([part.tx for part in parts]),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Logs._fields[5:]),
    )


class Hops(NamedTuple):
    """Tokens that pass from hand to hand: log, place within it, and what passes; zeros are nobody."""

    log: Ints
    slot: Ints
    contract: Bytes
    ident: Bytes
    sender: Bytes
    recipient: Bytes
    quantity: Bytes
    many: Mask


class Claims(NamedTuple):
    """Sales that marketplaces tell of; a seller or buyer of zeros is not told."""

    log: Ints
    slot: Ints
    contract: Bytes
    ident: Bytes
    seller: Bytes
    buyer: Bytes
    quantity: Bytes
    many: Mask
    price: Bytes
    priced: Mask
    currency: Bytes
    platform: Ints


class Pays(NamedTuple):
    """Money that passes; zeros are nobody."""

    log: Ints
    payer: Bytes
    payee: Bytes
    amount: Bytes
    currency: Bytes


class Offers(NamedTuple):
    """Tokens offered at a price in the chain's own currency."""

    log: Ints
    contract: Bytes
    ident: Bytes
    price: Bytes


class Bids(NamedTuple):
    """Bids for punks entered (with an amount) and gone (without), which later sales refer to."""

    log: Ints
    contract: Bytes
    ident: Bytes
    bidder: Bytes
    amount: Bytes


PLATFORMS = ("seaport", "cryptopunks", "looksrare")

_WIDTHS = {
    "contract": 20, "sender": 20, "recipient": 20, "seller": 20, "buyer": 20, "payer": 20,
    "payee": 20, "currency": 20, "bidder": 20, "ident": 32, "quantity": 16, "price": 16,
    "amount": 16,
}  # fmt: skip
_FLAGS = {"many", "priced"}

Rows = TypeVar("Rows", Hops, Claims, Pays, Offers, Bids)


def joined(kind: type[Rows], parts: Sequence[Rows]) -> Rows:
    """Return the rows of several parts as one."""
    all_parts: list[Any] = [nothing(kind), *parts]
    columns: list[Any] = [np.concatenate(column) for column in zip(*all_parts, strict=True)]
    return kind(*columns)


def nothing(kind: type[Rows]) -> Rows:
    """Return no rows."""

    def column(name: str) -> Any:
        if name in _FLAGS:
            return np.zeros(0, np.bool_)
        width = _WIDTHS.get(name)
        return np.zeros(0, np.int64) if width is None else np.zeros((0, width), np.uint8)

    return kind(*map(column, kind._fields))


def only(rows: Rows, mask: Mask | Ints) -> Rows:
    """Return some of the rows."""
    chosen = np.flatnonzero(mask) if mask.dtype == np.bool_ else mask
    if mask.dtype == np.bool_ and len(chosen) == len(mask):
        return rows
    columns: list[Any] = [np.take(column, chosen, axis=0) for column in rows]
    return type(rows)(*columns)


class Faults:
    """What is wrong with which rows of the input."""

    def __init__(self) -> None:
        self.found: list[tuple[Ints, Fault]] = []

    def add(self, rows: Ints, fault: Fault) -> None:
        """Note a fault of some rows."""
        if len(rows):
            self.found.append((rows, fault))
