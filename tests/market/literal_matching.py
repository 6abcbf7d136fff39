"""Volume matching as published, performed literally: slow, and plain to see."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

PASSES = ("short", "middle", "long")


class Trade(NamedTuple):
    """A sale, as the definition reads it."""

    ms: int
    unit: int
    seller: int
    buyer: int
    quantity: int = 1
    collection: int = 0


def components(edges: Iterable[tuple[int, int]]) -> set[frozenset[int]]:
    """Return strongly connected components of two or more, by reachability."""
    after: dict[int, set[int]] = defaultdict(set)
    for one, other in edges:
        after[one].add(other)

    def reached(start: int) -> set[int]:
        seen: set[int] = set()
        ahead = [start]
        while ahead:
            for node in after[ahead.pop()] - seen:
                seen.add(node)
                ahead.append(node)
        return seen

    reach = {node: reached(node) for node in list(after)}
    sets = (
        frozenset(
            other for other in reach[node] | {node} if node in reach.get(other, set()) | {other}
        )
        for node in reach
    )
    return {one for one in sets if len(one) > 1}


def literal_sets(trades: list[Trade], least: int) -> list[tuple[int, int, tuple[int, ...]]]:
    """Return (collection, occurrence, members): every edge lighter by one until there is no circle."""
    occurrence: Counter[tuple[int, frozenset[int]]] = Counter()
    for collection, unit in sorted({(one.collection, one.unit) for one in trades}):
        weight = Counter(
            (one.seller, one.buyer)
            for one in trades
            if (one.collection, one.unit) == (collection, unit)
        )
        while found := components(edge for edge, heavy in weight.items() if heavy > 0):
            occurrence.update((collection, one) for one in found)
            weight.subtract(list(weight))
    kept = [
        (place, number, tuple(sorted(members)))
        for (place, members), number in occurrence.items()
        if number >= least
    ]
    return sorted(kept, key=lambda one: (one[0], -one[1], len(one[2]), one[2]))


def literal_prefix(trades: list[Trade], margin: int) -> int:
    """Drop trades from the end, computing mean and balances anew, until balances are small enough."""
    for number in range(len(trades), 1, -1):
        held: Counter[int] = Counter()
        for one in trades[:number]:
            held[one.buyer] += one.quantity
            held[one.seller] -= one.quantity
        mean = Fraction(sum(one.quantity for one in trades[:number]), number)
        if all(abs(balance) / mean <= Fraction(margin, 1000) for balance in held.values()):
            return number
    return 0


def literal_passes(parameters: dict[str, int]) -> list[tuple[int, int, int]]:
    """Return number, width and shift of each pass; the published ones are not shifted."""
    widths = [parameters[f"{name}_minutes"] * 60_000 for name in PASSES]
    shifts = (0, 1) if parameters["shifted"] else (0,)
    return [
        (number, width, shift * width // 2)
        for number, width in enumerate(widths)
        for shift in shifts
    ]


def literal_labels(trades: list[Trade], parameters: dict[str, int]) -> dict[int, tuple[int, Any]]:
    """Return pass and set of each labelled trade, by its place in order."""
    labels: dict[int, tuple[int, Any]] = {}
    sets = literal_sets(trades, parameters["min_occurrence"])
    for number, width, shift in literal_passes(parameters):
        for collection, _, members in sets:
            groups: dict[tuple[int, int], list[int]] = defaultdict(list)
            for place, one in enumerate(trades):
                inside = one.seller in members and one.buyer in members
                if inside and one.collection == collection and place not in labels:
                    groups[one.unit, (one.ms - shift) // width].append(place)
            for places in groups.values():
                size = literal_prefix(
                    [trades[place] for place in places], parameters["margin_per_mille"]
                )
                labels.update((place, (number, members[:2])) for place in places[:size])
    return labels
