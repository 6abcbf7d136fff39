"""CryptoPunksMarket, which is older than ERC-721, one event after another.

When a bid is accepted the contract clears the bid before it tells of the sale, so that PunkBought
names no buyer and no price. The buyer is in the Transfer before it in the same transaction; the
price is that of the bid that stood, if the input goes back to it. What cannot be had is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vermilion.intake.evm import faults
from vermilion.intake.evm.rows import Bids, Claims, Faults, Hops, Logs, Offers, nothing
from vermilion.intake.evm.topics import Event
from vermilion.intake.evm.transfers import ONE
from vermilion.intake.evm.words import WORD, Ints

if TYPE_CHECKING:
    from collections import Counter

    from vermilion.intake.items import Fault

OpenBids = dict[tuple[bytes, bytes], tuple[bytes, bytes]]
"""The bid that stands on each punk of each contract: bidder and amount."""

NOBODY = bytes(20)
NOTHING = bytes(16)
UNITS = ONE.tobytes()
CRYPTOPUNKS = 1

_PARTIES = {
    Event.TRANSFER: (1, 2),
    Event.PUNK_ASSIGN: (1,),
    Event.PUNK_TRANSFER: (1, 2),
    Event.PUNK_BOUGHT: (2, 3),
    Event.PUNK_BID: (2,),
    Event.PUNK_BID_GONE: (2,),
    Event.PUNK_OFFERED: (2,),
}
"""The topics of each event that hold an address."""


class Told(NamedTuple):
    """What the punk markets told: rows as Python makes them, one list for each kind."""

    hops: list[tuple[Any, ...]]
    claims: list[tuple[Any, ...]]
    offers: list[tuple[Any, ...]]
    bids: list[tuple[Any, ...]]


class _Log(NamedTuple):
    at: int
    event: Event
    contract: bytes
    tx: bytes
    topics: tuple[bytes, bytes, bytes]
    word: bytes

    def address(self, place: int) -> bytes:
        return self.topics[place - 1][12:]


class Punks:
    """Reads the events of punk markets in the chain's order, and keeps the bids that stand."""

    def __init__(self, bids: OpenBids | None = None) -> None:
        self.bids: OpenBids = {} if bids is None else bids
        self._last = (-1, -1)
        self._orderly = True
        self._passed: tuple[bytes, bytes, bytes] = (b"", b"", b"")
        self._told = Told([], [], [], [])

    def read(
        self, logs: Logs, events: Ints, at: Ints, out: Faults, notes: Counter[str]
    ) -> tuple[Hops, Claims, Offers, Bids]:
        """Decode the logs at some places, which may be in any order."""
        if not len(at):
            return nothing(Hops), nothing(Claims), nothing(Offers), nothing(Bids)
        self._told = Told([], [], [], [])
        at = at[np.lexsort((logs.log_index[at], logs.block[at]))]
        first, last = ((int(logs.block[at[n]]), int(logs.log_index[at[n]])) for n in (0, -1))
        # Out of order it cannot be known which bid stood: from then on no price is had of bids.
        self._orderly &= first > self._last
        self._last = max(last, self._last)
        for log in _in_order(logs, events, at):
            fault = self._one(log, notes)
            if fault is not None:
                out.add(logs.row[[log.at]], fault)
        told = self._told
        return (
            _rows(Hops, told.hops),
            _rows(Claims, told.claims),
            _rows(Offers, told.offers),
            _rows(Bids, told.bids),
        )

    def _one(self, log: _Log, notes: Counter[str]) -> Fault | None:
        if any(any(log.topics[place - 1][:12]) for place in _PARTIES.get(log.event, ())):
            return faults.NO_ADDRESS
        match log.event:
            case Event.TRANSFER:
                self._passed = (log.tx, log.address(1), log.address(2))
            case Event.PUNK_ASSIGN:
                self._hop(log, log.word, NOBODY, log.address(1))
            case Event.PUNK_TRANSFER:
                self._hop(log, log.word, log.address(1), log.address(2))
                self._gone_if(log, log.word, log.address(2))
            case Event.PUNK_BOUGHT:
                return self._bought(log, notes)
            case Event.PUNK_BID:
                if _large(log.word):
                    return faults.TOO_LARGE.of("data.value")
                self._bid(log, log.topics[0], log.address(2), log.word[16:])
            case Event.PUNK_BID_GONE:
                self._bid(log, log.topics[0], NOBODY, NOTHING)
            case _:
                if _large(log.word):
                    return faults.TOO_LARGE.of("data.minValue")
                self._told.offers.append((log.at, log.contract, log.topics[0], log.word[16:]))
        return None

    def _bought(self, log: _Log, notes: Counter[str]) -> Fault | None:
        if _large(log.word):
            return faults.TOO_LARGE.of("data.value")
        punk, seller, buyer = log.topics[0], log.address(2), log.address(3)
        price: bytes | None = log.word[16:]
        if buyer == NOBODY:
            buyer, price = self._accepted(log, seller)
            notes["punk_bids_accepted"] += 1
            notes["punk_buyers_unknown"] += buyer == NOBODY
            notes["punk_prices_unknown"] += price is None
            self._bid(log, punk, NOBODY, NOTHING)
        else:
            self._gone_if(log, punk, buyer)
        self._hop(log, punk, seller, buyer)
        self._told.claims.append(
            (log.at, 0, log.contract, punk, seller, buyer, UNITS, False,
             price or NOTHING, price is not None, NOBODY, CRYPTOPUNKS)
        )  # fmt: skip
        return None

    def _accepted(self, log: _Log, seller: bytes) -> tuple[bytes, bytes | None]:
        """Return buyer and price of an accepted bid; the price only of a bid of that buyer."""
        tx, giver, taker = self._passed
        buyer = taker if (tx, giver) == (log.tx, seller) else NOBODY
        bidder, amount = self.bids.get((log.contract, log.topics[0]), (NOBODY, NOTHING))
        if not self._orderly or bidder == NOBODY or buyer not in {NOBODY, bidder}:
            return buyer, None
        return bidder, amount

    def _hop(self, log: _Log, punk: bytes, sender: bytes, recipient: bytes) -> None:
        self._told.hops.append((log.at, 0, log.contract, punk, sender, recipient, UNITS, False))

    def _gone_if(self, log: _Log, punk: bytes, owner: bytes) -> None:
        """Take out the bid of who became the owner, which the contract pays back."""
        if self.bids.get((log.contract, punk), (NOBODY,))[0] == owner:
            self._bid(log, punk, NOBODY, NOTHING)

    def _bid(self, log: _Log, punk: bytes, bidder: bytes, amount: bytes) -> None:
        self._told.bids.append((log.at, log.contract, punk, bidder, amount))
        fold_bid(self.bids, (log.contract, punk), bidder, amount)


def fold_bid(bids: OpenBids, punk: tuple[bytes, bytes], bidder: bytes, amount: bytes) -> None:
    """Put a bid in place of what stood, or with nobody as bidder take it out."""
    if bidder == NOBODY:
        bids.pop(punk, None)
    else:
        bids[punk] = (bidder, amount)


def _large(word: bytes) -> bool:
    return int.from_bytes(word, "big") >= 10**38


def _in_order(logs: Logs, events: Ints, at: Ints) -> list[_Log]:
    matrices = [logs.address.at(at).fixed(20), logs.tx.at(at).fixed(WORD)]
    matrices += [logs.topics[place].at(at).fixed(WORD) for place in (1, 2, 3)]
    matrices.append(logs.data.at(at).word(0))
    contract, tx, *topics, word = (list(map(bytes, matrix)) for matrix in matrices)
    return [
        _Log(int(place), Event(int(events[place])), contract[n], tx[n],
             (topics[0][n], topics[1][n], topics[2][n]), word[n])
        for n, place in enumerate(at)
    ]  # fmt: skip


def _rows(kind: type[Any], rows: list[tuple[Any, ...]]) -> Any:
    """Return rows of Python as columns of the same types as no rows have."""
    empty = nothing(kind)
    if not rows:
        return empty
    columns = zip(*rows, strict=True)
    return kind(
        *(
            np.frombuffer(b"".join(column), np.uint8).reshape(len(rows), -1)
            if model.ndim == 2
            else np.array(column, model.dtype)
            for column, model in zip(columns, empty, strict=True)
        )
    )
