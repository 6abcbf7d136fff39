"""The longest beginnings of groups of trades after which nobody holds more or less than before.

A beginning is neutral if no trader's balance is further from zero than a share of the mean trade in
it. Balances sum to zero, so the greatest is at most half of the sum of their sizes, and at least that
sum divided by the traders. Both follow from running sums over all groups at once, and they decide
unless four or more traders hold something within the margin; those groups are gone through from
their end, with a heap of balances in which outdated entries are dropped when they surface.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import numpy as np
import numpy.typing as npt

from vermilion.market.kernels.trader_sets import Integers

_EXACT_IN_64_BITS = float(2**50)
"""Sums of groups above this are added in Python, where integers have no end."""


def neutral_prefixes(
    group: Integers, seller: Integers, buyer: Integers, quantity: Integers, margin: int
) -> npt.NDArray[np.bool_]:
    """Tell which trades lie in the longest neutral beginning of their group.

    A beginning has two trades or more. Linear but for a sort, and for the heap where it is needed.

    Args:
        group: from 0 on, ascending; the trades of a group are in their order.
        seller: who sells, from 0 on.
        buyer: who buys; never the seller.
        quantity: units, positive.
        margin: share of the mean trade that a balance may be, in per mille.
    """
    if not group.size:
        return np.zeros(0, dtype=bool)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    size = np.diff(starts, append=len(group))
    base = np.repeat(starts, size)
    position = np.arange(1, len(group) + 1) - base
    outstanding, alone = _outstanding(group, seller, buyer, quantity)
    total = _running(quantity, base)
    bound = margin * total // (1000 * position)
    enough = position >= 2
    sure = enough & (outstanding <= 2 * bound)
    maybe = enough & (alone <= bound) & (outstanding <= np.repeat(size + 1, size) * bound)
    last_sure = np.maximum.reduceat(np.where(sure, position, 0), starts)
    last_maybe = np.maximum.reduceat(np.where(maybe, position, 0), starts)
    large = np.add.reduceat(quantity.astype(np.float64), starts) > _EXACT_IN_64_BITS
    for place in np.flatnonzero(large | (last_maybe > last_sure)):
        first = int(starts[place])
        end = first + int(size[place] if large[place] else last_maybe[place])
        last_sure[place] = longest_neutral(
            seller[first:end].tolist(),
            buyer[first:end].tolist(),
            quantity[first:end].tolist(),
            margin,
        )
    return position <= np.repeat(last_sure, size)


def longest_neutral(
    sellers: list[int], buyers: list[int], quantities: list[int], margin: int
) -> int:
    """Return how many trades the longest neutral beginning has, 0 where there is none."""
    held: dict[int, int] = dict.fromkeys((*sellers, *buyers), 0)
    for seller, buyer, quantity in zip(sellers, buyers, quantities, strict=True):
        held[seller] -= quantity
        held[buyer] += quantity
    heap = [(-abs(balance), trader) for trader, balance in held.items()]
    heapify(heap)
    total = sum(quantities)
    for number in range(len(quantities), 1, -1):
        while -heap[0][0] != abs(held[heap[0][1]]):
            heappop(heap)
        if -heap[0][0] * 1000 * number <= margin * total:
            return number
        seller, buyer, quantity = (
            sellers[number - 1],
            buyers[number - 1],
            quantities[number - 1],
        )
        total -= quantity
        held[seller] += quantity
        held[buyer] -= quantity
        heappush(heap, (-abs(held[seller]), seller))
        heappush(heap, (-abs(held[buyer]), buyer))
    return 0


def _outstanding(
    group: Integers, seller: Integers, buyer: Integers, quantity: Integers
) -> tuple[Integers, Integers]:
    """Return after each trade the sum of the sizes of its group's balances, and the greater of its two."""
    parties = int(max(seller.max(), buyer.max())) + 1
    keys = np.empty(2 * len(group), dtype=np.int64)
    keys[0::2], keys[1::2] = group * parties + seller, group * parties + buyer
    change = np.empty_like(keys)
    change[0::2], change[1::2] = -quantity, quantity
    order = np.argsort(keys, kind="stable")
    first = np.diff(keys[order], prepend=-1) != 0
    starts = np.flatnonzero(first)
    base = np.repeat(starts, np.diff(starts, append=len(keys)))
    after = np.empty_like(keys)
    after[order] = _running(change[order], base)
    grown = np.abs(after) - np.abs(after - change)
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    of_group = np.repeat(begins, np.diff(begins, append=len(group)))
    sizes = np.abs(after)
    return _running(grown[0::2] + grown[1::2], of_group), np.maximum(sizes[0::2], sizes[1::2])


def _running(values: Integers, base: Integers) -> Integers:
    """Return running sums within groups, given where each row's group begins.

    The running sum over all groups may wrap around; differences of it are right all the same.
    """
    sums = np.cumsum(values)
    return sums - (sums - values)[base]
