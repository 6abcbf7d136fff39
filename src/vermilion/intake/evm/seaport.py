"""Seaport's OrderFulfilled as sales: who sold what to whom, and for how much where that is exact.

A listing offers tokens and is given money, an accepted bid offers money and is given tokens. The
price is the sum of all payments of the order, fees included: what the buyer pays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vermilion.intake.evm import faults
from vermilion.intake.evm.arrays import Span, span
from vermilion.intake.evm.rows import Claims, Faults, Logs, joined, only
from vermilion.intake.evm.transfers import kept, units
from vermilion.intake.evm.words import (
    WORD,
    Bytes,
    Cells,
    Ints,
    Mask,
    addresses,
    amounts,
    expanded,
    same,
    whole,
)

if TYPE_CHECKING:
    from collections import Counter

NATIVE, UNIQUE, LAST_TYPE = 0, 2, 5
MANY = (3, 5)
_OFFER_WORDS, _CONSIDERATION_WORDS = 4, 5


class Items(NamedTuple):
    """Items of orders: the order each belongs to, and its fields as Seaport has them."""

    order: Ints
    slot: Ints
    type: Ints
    contract: Bytes
    ident: Bytes
    amount: Bytes
    recipient: Bytes
    clean: Mask

    def some(self, mask: Mask) -> Items:
        """Return some of the items."""
        chosen = np.flatnonzero(mask)
        columns: list[Any] = [np.take(column, chosen, axis=0) for column in self]
        return Items(*columns)


class Prices(NamedTuple):
    """For each order the sum of its payments, their currency, and whether there are any."""

    amount: Bytes
    currency: Bytes
    paid: Mask
    mixed: Mask
    large: Mask


def orders(logs: Logs, at: Ints, out: Faults, notes: Counter[str]) -> Claims:
    """Decode OrderFulfilled; a claim for each token of each order in which money passes."""
    data = logs.data.at(at)
    offerer, clean = addresses(logs.topics[1].at(at).fixed(WORD))
    fulfiller, also = addresses(data.word(WORD))
    clean &= also
    offered, lies = span(data, 2 * WORD, _OFFER_WORDS)
    considered, too = span(data, 3 * WORD, _CONSIDERATION_WORDS)
    good = kept(logs, at, lies & too, faults.ARRAY, out)
    given = _items(data, offered, good, _OFFER_WORDS)
    taken = _items(data, considered, good, _CONSIDERATION_WORDS)
    count = len(at)
    for items in (given, taken):
        clean[items.order[~items.clean]] = False
    good &= kept(logs, at, clean | ~good, faults.ITEM_TYPE, out)
    given, taken = given.some(good[given.order]), taken.some(good[taken.order])
    paying = _prices(given.some(given.type < UNIQUE), count)
    paid = _prices(taken.some(taken.type < UNIQUE), count)
    large = paying.large | paid.large
    for items in (given, taken):
        _, fits = amounts(items.amount)
        large[items.order[~fits & np.isin(items.type, MANY)]] = True
    kept(logs, at, ~large, faults.TOO_LARGE.of("data.amount"), out)
    sold = given.some((given.type >= UNIQUE) & ~large[given.order])
    bought = taken.some((taken.type >= UNIQUE) & ~large[taken.order])
    sides = (sold, bought)
    tokens = [np.bincount(side.order, minlength=count) for side in sides]
    barter = (tokens[0] > 0) & (tokens[1] > 0) | (paying.paid & paid.paid & (tokens[0] > 0))
    single = tokens[0] + tokens[1] == 1
    notes["bundles"] += int(((tokens[0] + tokens[1] > 1) & ~barter).sum())
    notes["barters"] += int(barter.sum())
    notes["mixed_currencies"] += int((paid.mixed | paying.mixed).sum())
    listing = _claims(at, sold, paid, single & ~barter)
    listing = listing._replace(seller=offerer[sold.order], buyer=fulfiller[sold.order])
    bid = _claims(at, bought, paying, single & ~barter)
    bid = bid._replace(seller=fulfiller[bought.order], buyer=bought.recipient)
    return joined(
        Claims,
        [
            only(listing, (paid.paid | barter)[sold.order]),
            only(bid, (paying.paid | barter)[bought.order]),
        ],
    )


def _items(data: Cells, where: Span, good: Mask, width: int) -> Items:
    order, slot = expanded(np.where(good, where.items, 0))
    each, begin = data.at(order), where.begin[order] + WORD * width * slot
    kind, known = whole(each.word(begin))
    contract, clean = addresses(each.word(begin + WORD))
    recipient, also = contract, clean
    if width == _CONSIDERATION_WORDS:
        recipient, also = addresses(each.word(begin + 4 * WORD))
    contract = np.where((kind == NATIVE)[:, None], np.uint8(0), contract)
    ident, amount = each.word(begin + 2 * WORD), each.word(begin + 3 * WORD)
    clean = clean & also & known & (kind <= LAST_TYPE)
    return Items(order, slot, kind, contract, ident, amount, recipient, clean)


def _prices(money: Items, count: int) -> Prices:
    """Add up the payments of each order; items of an order lie together."""
    paid = np.bincount(money.order, minlength=count) > 0
    total = np.zeros((count, WORD), np.uint8)
    currency = np.zeros((count, 20), np.uint8)
    mixed = np.zeros(count, np.bool_)
    large = np.zeros(count, np.bool_)
    if len(money.order):
        _, fits = amounts(money.amount)
        large[money.order[~fits]] = True
        first = np.flatnonzero(np.diff(money.order, prepend=-1))
        orders_ = money.order[first]
        currency[orders_] = money.contract[first]
        other = ~same(money.contract, currency[money.order])
        mixed[money.order[other]] = True
        total[orders_] = _sums(money.amount, first)
        _, fits = amounts(total)
        large |= ~fits & ~mixed
    return Prices(np.ascontiguousarray(total[:, 16:]), currency, paid, mixed, large)


def _sums(words: Bytes, first: Ints) -> Bytes:
    """Add up runs of words in pieces of 32 bits, so that nothing wraps."""
    pieces = np.ascontiguousarray(words[:, 16:]).view(">u4").astype(np.uint64)
    sums = np.add.reduceat(pieces, first, axis=0)
    out = np.zeros((len(first), 8), ">u4")
    carry = np.zeros(len(first), np.uint64)
    for place in (3, 2, 1, 0):
        column = sums[:, place] + carry
        out[:, 4 + place] = column & np.uint64(0xFFFFFFFF)
        carry = column >> np.uint64(32)
    out[:, 3] = carry
    return out.view(np.uint8)


def _claims(at: Ints, items: Items, prices: Prices, exact: Mask) -> Claims:
    order, count = items.order, len(items.order)
    many = np.isin(items.type, MANY)
    quantity = np.where(many[:, None], items.amount[:, 16:], units(count))
    nobody = np.zeros((count, 20), np.uint8)
    priced = (exact & prices.paid & ~prices.mixed)[order]
    return Claims(
        at[order],
        items.slot,
        items.contract,
        items.ident,
        nobody,
        nobody,
        quantity,
        many,
        prices.amount[order],
        priced,
        prices.currency[order],
        np.zeros(count, np.int64),
    )
