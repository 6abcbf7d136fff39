"""Measure volume matching: ours, the published definition literally, and its quadratic loop.

Trades of one collection over 30 days: pairs and rings of three to six trade tokens of several units
among themselves, others trade by chance. Three programs label the same trades:

- ours (`market/kernels/volume_matching.py`);
- the definition literally: components are counted after each unit of weight, and each window's trades
  are added up anew after each trade that is dropped (up to `--literal` trades);
- our sets with the loop of the published program, which keeps balances but looks at all of them, and
  at all sizes, after each trade that is dropped (up to `--quadratic` trades).

Their labels must be equal. Then one window of one set is taken, where that loop is quadratic, and a
single pair that trades one token without end. Seconds are of the CPU.

    python -m benchmarks.matching [--trades 3000 30000 300000 3000000] [--literal 3000] [--quadratic 30000]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vermilion.market.kernels import volume_matching
from vermilion.market.kernels.neutral import longest_neutral, neutral_prefixes

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.market.literal_matching import Trade, literal_labels

Columns = dict[str, "np.ndarray[Any, Any]"]
PARAMETERS = {
    "min_occurrence": 3,
    "margin_per_mille": 10,
    "short_minutes": 60,
    "middle_minutes": 1_440,
    "long_minutes": 10_080,
    "shifted": 0,
    "whole": 0,
}
MONTH = 30 * 86_400_000


def market(number: int, seed: int = 1) -> Columns:
    """Return trades, nine in ten of them among 200 rings for each 30,000 trades."""
    draw = np.random.default_rng(seed)
    rings = max(4, number // 150)
    ring = draw.integers(0, rings, number)
    size = 2 + ring % 5
    place = draw.integers(0, 2**40, number)
    ms = np.sort(draw.integers(0, MONTH, number))
    seller, buyer = ring * 6 + place % size, ring * 6 + (place + 1) % size
    honest = draw.random(number) < 0.1
    seller[honest] = draw.integers(0, rings * 6, int(honest.sum()))
    buyer[honest] = draw.integers(0, rings * 6, int(honest.sum()))
    one = np.ones(number, dtype=np.int64)
    return {
        "collection": 0 * one,
        "n": np.arange(number),
        "ms": ms,
        "token": ring // 2,
        "sale": one,
        "many": one,
        "sender": seller,
        "recipient": buyer,
        "sender_service": 0 * one,
        "recipient_service": 0 * one,
        "quantity": draw.integers(1, 4, number),
    }


def pair(number: int) -> Columns:
    """Return trades there and back between two, of one token."""
    found = market(number)
    turn = np.arange(number) % 2
    return found | {
        "token": 0 * turn,
        "sender": turn,
        "recipient": 1 - turn,
        "quantity": 1 + 0 * turn,
    }


def quadratic(
    group: np.ndarray[Any, Any],
    seller: np.ndarray[Any, Any],
    buyer: np.ndarray[Any, Any],
    quantity: np.ndarray[Any, Any],
    margin: int,
) -> np.ndarray[Any, Any]:
    """Do what `neutral_prefixes` does, by the published loop."""
    found = np.zeros(len(group), dtype=bool)
    starts = np.flatnonzero(np.diff(group, prepend=-1)).tolist()
    for first, end in zip(starts, [*starts[1:], len(group)], strict=True):
        rows = slice(first, end)
        size = _loop(seller[rows].tolist(), buyer[rows].tolist(), quantity[rows].tolist(), margin)
        found[first : first + size] = True
    return found


def _loop(sellers: list[int], buyers: list[int], sizes: list[int], margin: int) -> int:
    held = dict.fromkeys((*sellers, *buyers), 0)
    for seller, buyer, size in zip(sellers, buyers, sizes, strict=True):
        held[seller] -= size
        held[buyer] += size
    for number in range(len(sizes), 1, -1):
        mean = sum(sizes[:number])
        if all(abs(one) * 1000 * number <= margin * mean for one in held.values()):
            return number
        held[sellers[number - 1]] += sizes[number - 1]
        held[buyers[number - 1]] -= sizes[number - 1]
    return 0


def ours(columns: Columns) -> dict[int, int]:
    """Return the pass of each labelled trade."""
    made = volume_matching.run(columns, PARAMETERS)
    return dict(zip(made["n"].tolist(), made["role"].tolist(), strict=True))


def with_loop(columns: Columns) -> dict[int, int]:
    """Return the same with the published loop."""
    kept = volume_matching.neutral_prefixes
    volume_matching.neutral_prefixes = quadratic  # type: ignore[assignment]
    try:
        return ours(columns)
    finally:
        volume_matching.neutral_prefixes = kept


def literally(columns: Columns) -> dict[int, int]:
    """Return the same by the definition."""
    names = ("ms", "token", "sender", "recipient", "quantity")
    rows = zip(*(columns[name].tolist() for name in names), strict=True)
    trades = [Trade(*row) for row in rows if row[2] != row[3]]
    numbers = columns["n"][columns["sender"] != columns["recipient"]].tolist()
    labels = literal_labels(trades, PARAMETERS)
    return {numbers[place]: number for place, (number, _) in labels.items()}


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what work gives, and its CPU seconds."""
    begun = time.process_time()
    found = work()
    return found, round(time.process_time() - begun, 3)


def whole(number: int, literal: int, slow: int) -> dict[str, Any]:
    """Measure a market of so many trades."""
    columns = market(number)
    labels, seconds = timed(lambda: ours(columns))
    row: dict[str, Any] = {"trades": number, "labelled": len(labels), "ours": seconds}
    if number <= slow:
        same, row["published_loop"] = timed(lambda: with_loop(columns))
        assert same == labels
    if number <= literal:
        same, row["literal"] = timed(lambda: literally(columns))
        assert same == labels
    return row


def one_window(number: int, slow: int) -> dict[str, Any]:
    """Measure one window of forty traders who never come out even."""
    draw = np.random.default_rng(2)
    seller = draw.integers(0, 40, number)
    buyer = (seller + draw.integers(1, 40, number)) % 40
    quantity = draw.integers(1, 4, number)
    group = np.zeros(number, dtype=np.int64)
    found, seconds = timed(lambda: neutral_prefixes(group, seller, buyer, quantity, 10))
    row: dict[str, Any] = {"trades": number, "labelled": int(found.sum()), "ours": seconds}
    rows = (seller.tolist(), buyer.tolist(), quantity.tolist())
    size, row["heap"] = timed(lambda: longest_neutral(*rows, 10))
    assert size == row["labelled"]
    if number <= slow:
        size, row["published_loop"] = timed(lambda: _loop(*rows, 10))
        assert size == row["labelled"]
    return row


def main(arguments: list[str]) -> int:
    """Print what was measured, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--trades", type=int, nargs="*", default=[3_000, 30_000, 300_000, 3_000_000]
    )
    parser.add_argument("--literal", type=int, default=3_000)
    parser.add_argument("--quadratic", type=int, default=30_000)
    chosen = parser.parse_args(arguments)
    for number in chosen.trades:
        print(json.dumps({"market": whole(number, chosen.literal, chosen.quadratic)}), flush=True)
        print(json.dumps({"one_window": one_window(number, chosen.quadratic)}), flush=True)
        columns = pair(number)
        labels, seconds = timed(lambda columns=columns: ours(columns))
        row = {"trades": number, "labelled": len(labels), "ours": seconds}
        print(json.dumps({"one_pair": row}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
