"""The main path of the decoder: raw logs in columns become moves, payments, listings and rejects.

1. Each log is told by its first topic, and those of no such event are passed over.
2. What all need is checked: topics, hash, block, time.
3. The logs of each event are decoded together, and what does not fit is a fault of its row.
4. Sales take the place of the transfers they settle.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vermilion.intake.evm import faults, looksrare
from vermilion.intake.evm.punks import Punks
from vermilion.intake.evm.rows import (
    BLOCKS,
    INDEXES,
    NEVER,
    Bids,
    Claims,
    Faults,
    Hops,
    Logs,
    Offers,
    Pays,
    joined,
    only,
)
from vermilion.intake.evm.seaport import orders
from vermilion.intake.evm.settle import Settled, settle
from vermilion.intake.evm.topics import TOPIC_EVENTS, Event
from vermilion.intake.evm.transfers import batch, consecutive, payments, single, unique
from vermilion.intake.evm.words import ABSENT, BROKEN, WORD, Ints, Mask

if TYPE_CHECKING:
    from vermilion.intake.evm.chains import Chain
    from vermilion.intake.evm.words import Bytes

_TOPICS = np.full((len(Event), 2), -1)
"""The numbers of topics that each event may have."""
for _event, _counts in {
    Event.TRANSFER: (3, 4),
    Event.ORDER: (3, 3),
    Event.PUNK_ASSIGN: (2, 2),
    Event.PUNK_TRANSFER: (3, 3),
    Event.PUNK_BID: (3, 3),
    Event.PUNK_BID_GONE: (3, 3),
    Event.PUNK_OFFERED: (3, 3),
}.items():
    _TOPICS[_event] = _counts
_TAKEN = (Event.TAKER_BID, Event.TAKER_ASK)
for _event in (
    Event.SINGLE, Event.BATCH, Event.UNIQUE_BATCH, Event.CONSECUTIVE, Event.PUNK_BOUGHT, *_TAKEN,
):  # fmt: skip
    _TOPICS[_event] = (4, 4)

_LEAST_WORDS = np.ones(len(Event), np.int64)
for _event, _words in {
    Event.SINGLE: 2,
    Event.BATCH: 2,
    Event.ORDER: 4,
    **dict.fromkeys(_TAKEN, looksrare.WORDS),
}.items():
    _LEAST_WORDS[_event] = _words

_PUNKS = (Event.PUNK_ASSIGN, Event.PUNK_TRANSFER, Event.PUNK_BOUGHT, Event.PUNK_BID,
          Event.PUNK_BID_GONE, Event.PUNK_OFFERED)  # fmt: skip


class Found(NamedTuple):
    """What a part of the logs says; `logs` is what the rows' places refer to."""

    logs: Logs
    moves: Settled
    claims: Claims
    payments: Pays
    offers: Offers
    bids: Bids
    faults: Faults
    notes: Counter[str]


def decode(
    logs: Logs, chain: Chain, punks: Punks, only_of: frozenset[bytes] = frozenset()
) -> Found:
    """Decode logs that hold each of their transactions whole.

    Args:
        logs: what to decode.
        chain: whose logs they are.
        punks: the bids on punks that stand before these logs, and afterwards those after them.
        only_of: contracts to whose tokens sales are limited; none means all.
    """
    out, notes = Faults(), Counter[str]()
    events = _events(logs)
    logs, events, ours = _told_apart(logs, events, chain, notes)
    good, count = _checked(logs, events, out)

    def those(event: Event, mask: Mask | None = None) -> Ints:
        chosen = good & (events == event) & ~ours
        return np.flatnonzero(chosen if mask is None else chosen & mask)

    hops = [
        unique(logs, those(Event.TRANSFER, count == 4), out),
        single(logs, those(Event.SINGLE), out),
        batch(logs, those(Event.BATCH), out, many=True),
        batch(logs, those(Event.UNIQUE_BATCH), out, many=False),
        consecutive(logs, those(Event.CONSECUTIVE), out),
    ]
    pays = payments(logs, those(Event.TRANSFER, count == 3), out)
    sold = joined(
        Claims,
        [
            orders(logs, those(Event.ORDER), out, notes),
            looksrare.taken(logs, those(Event.TAKER_BID), out, bid=True),
            looksrare.taken(logs, those(Event.TAKER_ASK), out, bid=False),
        ],
    )
    if only_of:
        wanted = frozenset(contract.hex() for contract in only_of)
        sold = only(sold, _is_in(sold.contract, wanted))
    told = punks.read(logs, events, np.flatnonzero(good & ours), out, notes)
    moved, claims = joined(Hops, [*hops, told[0]]), joined(Claims, [sold, told[1]])
    settled = settle(logs, moved, claims, notes)
    notes["decoded"] = int(good.sum())
    return Found(logs, settled, claims, pays, told[2], told[3], out, notes)


def _events(logs: Logs) -> Ints:
    """Return the event of each log, `Event.NONE` where it is none that is decoded."""
    topic = logs.topics[0].fixed(WORD)
    heads = topic.view(np.uint64)[:, 0]
    found = np.full(len(heads), Event.NONE, np.int64)
    for name, event in TOPIC_EVENTS.items():
        head = np.frombuffer(name[:8], np.uint64)[0]
        like = np.flatnonzero(heads == head)
        if len(like):
            found[like[(topic[like] == np.frombuffer(name, np.uint8)).all(axis=1)]] = event
    return found


def _told_apart(
    logs: Logs, events: Ints, chain: Chain, notes: Counter[str]
) -> tuple[Logs, Ints, Mask]:
    """Keep logs whose event is decoded and whose contract is believed, and mark those of punk markets."""
    notes["read"] = len(events)
    at = np.flatnonzero(events)
    logs, events = logs.at(at), events[at]
    contract = logs.address.fixed(20)
    ours = _is_in(contract, chain.punks)
    foreign = np.isin(events, _PUNKS) & ~ours
    order = events == Event.ORDER
    foreign[order] = ~_is_in(contract[order], chain.seaports)
    taken = np.isin(events, _TAKEN)
    foreign[taken] = ~_is_in(contract[taken], chain.looksrares)
    notes["foreign_orders"] = int((foreign & (order | taken)).sum())
    notes["passed_over"] = notes["read"] - int((~foreign).sum())
    if not foreign.any():
        return logs, events, ours
    return (logs.at(np.flatnonzero(~foreign)), events[~foreign], ours[~foreign])


def _is_in(contract: Bytes, names: frozenset[str]) -> Mask:
    found = np.zeros(len(contract), np.bool_)
    tails = contract.view(np.uint32)[:, 4]
    for name in names:
        one = np.frombuffer(bytes.fromhex(name), np.uint8)
        like = np.flatnonzero(tails == one.view(np.uint32)[4])
        found[like] |= (contract[like] == one).all(axis=1)
    return found


def _checked(logs: Logs, events: Ints, out: Faults) -> tuple[Mask, Ints]:
    """Return which logs have all that every event needs, and their numbers of topics."""
    good = ~logs.removed
    out.add(logs.row[logs.removed], faults.REMOVED)
    count = sum((topic.size != ABSENT).astype(np.int64) for topic in logs.topics)
    count = np.asarray(count)
    whole = np.ones(len(events), np.bool_)
    for place, topic in enumerate(logs.topics):
        whole &= np.where(count > place, topic.size == WORD, topic.size == ABSENT)
    size = logs.data.size
    least = WORD * np.where((events == Event.TRANSFER) & (count == 4), 0, _LEAST_WORDS[events])
    for fine, fault in (
        (logs.address.size == 20, faults.CONTRACT),
        (whole, faults.TOPIC),
        ((count[:, None] == _TOPICS[events]).any(axis=1), faults.TOPIC_COUNT),
        (logs.tx.size == WORD, faults.TX),
        ((logs.block >= 0) & (logs.block < BLOCKS), faults.BLOCK),
        ((logs.log_index >= 0) & (logs.log_index < INDEXES), faults.INDEX),
        (logs.ms != NEVER, faults.TIME),
        (size != BROKEN, faults.HEX),
        (np.maximum(size, 0) >= least, faults.SHORT),
    ):
        out.add(logs.row[good & ~fine], fault)
        good &= fine
    return good, count
