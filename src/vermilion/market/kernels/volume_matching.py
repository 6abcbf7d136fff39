"""Trades among sets of traders that leave none of them with more or less than before.

Volume matching after Victor and Weintraud (WWW '21): sets of traders from `trader_sets`, then passes
of windows, the narrow before the wide; in each window the longest neutral beginning of a set's trades
is labelled, and what is labelled takes no part in what follows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vermilion.market.kernels.claims import changes, claims_of, edges_of, layers, rows_of_claims
from vermilion.market.kernels.neutral import neutral_prefixes
from vermilion.market.kernels.trader_sets import Integers, TraderSet, trader_sets
from vermilion.sql import Columns

COLUMNS = (
    "collection",
    "n",
    "ms",
    "token",
    "sale",
    "many",
    "sender",
    "recipient",
    "sender_service",
    "recipient_service",
    "quantity",
)
ORDER = ("collection", "n")
ROLES = ("short", "middle", "long")
"""The pass in which a trade was labelled."""

_MINUTE = 60_000
_UNEXACT = 2**62
"""Greater quantities reach kernels as this; such trades are left out."""

_NONE = -1


def run(columns: Columns, parameters: dict[str, int]) -> Columns:
    """Return the columns of `evidence`: a row for each labelled trade."""
    trades = _trades(columns)
    if not parameters["whole"]:
        trades = {name: values[trades["many"] > 0] for name, values in trades.items()}
    unit = trades["collection"] if parameters["whole"] else trades["token"]
    sets = trader_sets(
        trades["collection"],
        unit,
        trades["sender"],
        trades["recipient"],
        parameters["min_occurrence"],
    )
    of_set, role = label(trades, unit, sets, parameters)
    token = np.full_like(unit, _NONE) if parameters["whole"] else unit
    return _evidence(trades, token, sets, of_set, role)


def label(
    trades: Columns, unit: Integers, sets: list[TraderSet], parameters: dict[str, int]
) -> tuple[Integers, Integers]:
    """Return for each trade the number of the set that it is labelled with, and the pass; -1 where none.

    Args:
        trades: in their order.
        unit: of each trade.
        sets: in the order in which they claim trades.
        parameters: `margin_per_mille`, the windows in minutes, and whether there are `shifted` ones.
    """
    of_set = np.full(len(unit), _NONE, dtype=np.int64)
    role = np.full(len(unit), _NONE, dtype=np.int64)
    if not sets:
        return of_set, role
    edge, starts, rows_of = edges_of(trades)
    claims = claims_of(edge, trades, sets)
    every = list(layers(claims))
    for number, width, shift in _passes(parameters):
        window = (trades["ms"] - shift) // width
        for claimed in every:
            rows, owner = rows_of_claims(claimed, starts, rows_of)
            free = of_set[rows] == _NONE
            rows, owner = rows[free], owner[free]
            order = np.lexsort((rows, window[rows], unit[rows], owner))
            rows, owner = rows[order], owner[order]
            group = _groups(owner, unit[rows], window[rows])
            found = neutral_prefixes(
                group,
                trades["sender"][rows],
                trades["recipient"][rows],
                trades["quantity"][rows],
                parameters["margin_per_mille"],
            )
            of_set[rows[found]] = owner[found]
            role[rows[found]] = number
    return of_set, role


def _passes(parameters: dict[str, int]) -> Iterator[tuple[int, int, int]]:
    """Yield the role, width and shift in milliseconds of each pass; shifted ones mend the edges."""
    for number, name in enumerate(ROLES):
        width = parameters[f"{name}_minutes"] * _MINUTE
        yield number, width, 0
        if parameters["shifted"]:
            yield number, width, width // 2


def _trades(columns: Columns) -> Columns:
    """Return sales between two known traders, neither a service account, in 64 bits."""
    kept = (
        (columns["sale"] > 0)
        & (columns["sender"] != _NONE)
        & (columns["recipient"] != _NONE)
        & (columns["sender"] != columns["recipient"])
        & (columns["sender_service"] == 0)
        & (columns["recipient_service"] == 0)
        & (columns["quantity"] > 0)
        & (columns["quantity"] < _UNEXACT)
    )
    return {name: values[kept].astype(np.int64) for name, values in columns.items()}


def _groups(*columns: Integers) -> Integers:
    return np.cumsum(changes(*columns)) - 1


def _evidence(
    trades: Columns, token: Integers, sets: list[TraderSet], of_set: Integers, role: Integers
) -> Columns:
    """Return rows of `evidence`: a finding is a set in a unit, named by its two smallest members."""
    rows = np.flatnonzero(of_set != _NONE)
    rows = rows[np.lexsort((rows, token[rows], of_set[rows]))]
    owner = of_set[rows]
    starts = np.flatnonzero(changes(owner, token[rows])) if rows.size else rows
    first = np.repeat(starts, np.diff(starts, append=len(rows)))
    two = np.array([one.members[:2] for one in sets], dtype=np.int64).reshape(-1, 2)
    return {
        "collection": trades["collection"][rows],
        "token": token[rows],
        "party": two[owner, 0],
        "other": two[owner, 1],
        "episode": trades["ms"][rows][first],
        "n": trades["n"][rows],
        "role": role[rows],
    }
