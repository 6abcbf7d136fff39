"""Dated price bands of collections: which prices are usual at a time, by earlier sales only.

A band is made as the detector `volatility_band` says, with its parameters, so that a sale is outside
the band of its time if and only if that detector tells it. All numbers are policy: no law limits
prices of collectibles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vermilion.market.declaration import detectors
from vermilion.sql import Columns, SqlEngine
from vermilion.sql.columns import columns_of, made_table

DETECTOR = "volatility_band"
"""Whose definition and parameters bands have."""

_GREATEST = 10**38 - 1
"""The greatest amount of money."""

TOGETHER = 2**20
"""Bands that are told together."""

_VALUES = 2**20
"""Values of windows that are held together."""

_EXACT = Context(prec=80, Emin=-(10**6), Emax=10**6)
_LATE = np.int64(2**62)

Integers = npt.NDArray[np.int64]

_SALES = """SELECT m.collection, m.currency, m.ms, m.unit_log FROM moves_party AS m
LEFT JOIN flagged AS f ON f.n = m.n
WHERE m.priced AND m.unit_log IS NOT NULL AND m.currency IS NOT NULL AND f.n IS NULL
ORDER BY m.collection, m.currency, m.n"""


class Band(NamedTuple):
    """Prices of a unit from `low` to `high`, in minor units, are usual from `from_ms` until `until_ms`.

    `reference` is what they are around; `sales` were the earlier sales that made it. `until_ms` is not
    included; None where no later band is known.
    """

    collection: str
    currency: str
    from_ms: int
    until_ms: int | None
    low: int
    high: int
    reference: int
    sales: int


COLUMNS = dict(
    zip(
        Band._fields,
        ("STRING", "STRING", "BIGINT", "BIGINT", *["DECIMAL(38,0)"] * 3, "BIGINT"),
        strict=True,
    )
)
"""Of a table of bands."""


def price_bands(sql: SqlEngine, parameters: Mapping[str, int] | None = None) -> Iterator[Any]:
    """Yield the bands of every collection and currency, in the order of time in each.

    A sale takes part from the millisecond after it on. A band lasts until one with other limits.

    Args:
        sql: holds the prepared tables and `flagged`.
        parameters: of the detector; as declared where none are given.

    Returns:
        `pyarrow.Table`s of `COLUMNS`, a row for each `Band`.
    """
    values = detectors()[DETECTOR].parameters if parameters is None else parameters
    texts = {
        name: sql.arrow(f"SELECT text FROM {name} ORDER BY code")["text"]  # noqa: S608 - our own names
        for name in ("collections", "currencies")
    }
    bands = _bands(columns_of(sql.arrow(_SALES)), values)
    for begin in range(0, len(bands["sales"]), TOGETHER):
        some = {name: column[begin : begin + TOGETHER] for name, column in bands.items()}
        yield _told(some, texts)


def _bands(sales: Columns, values: Mapping[str, int]) -> Columns:
    """Return bands, with their reference and width as logarithms, of sales in order."""
    series = changes(sales["collection"], sales["currency"])
    points, median = _references(sales["unit_log"], np.flatnonzero(series), values["window"])
    half = values["half_step_micro"]
    reference = median + half - (median + half) % (2 * half)
    width = np.where(points < values["window"], values["width_few_micro"], values["width_micro"])
    last = np.append((series | changes(sales["ms"]))[1:], True)[: len(series)]
    rows = np.flatnonzero(last & (points >= values["min_points"]))
    of = np.cumsum(series, dtype=np.int64)
    rows = rows[changes(of[rows], reference[rows], width[rows])]
    until = np.append(sales["ms"][rows[1:]] + 1, _LATE)[: len(rows)]
    until[np.append(changes(of[rows])[1:], True)[: len(rows)]] = _LATE
    return {
        "collection": sales["collection"][rows],
        "currency": sales["currency"][rows],
        "from_ms": sales["ms"][rows] + 1,
        "until_ms": until,
        "reference": reference[rows],
        "width": width[rows],
        "sales": points[rows],
    }


def _told(bands: Columns, texts: Mapping[str, Any]) -> Any:
    """Return a `pyarrow.Table` of bands in texts and prices."""
    import pyarrow as arrow

    middle, width, until = bands["reference"], bands["width"], bands["until_ms"]
    columns = {
        "collection": texts["collections"].take(arrow.array(bands["collection"])),
        "currency": texts["currencies"].take(arrow.array(bands["currency"])),
        "from_ms": bands["from_ms"],
        "until_ms": arrow.array(until, mask=until == _LATE),
        "low": _prices(least_price, middle - width),
        "high": _prices(greatest_price, middle + width),
        "reference": _prices(unit_price, middle),
        "sales": bands["sales"],
    }
    return made_table(columns, COLUMNS)


def _prices(price: Callable[[int], int], logs: Integers) -> Any:
    """Return prices of logarithms, of which few are distinct: references are whole steps."""
    import pyarrow as arrow

    distinct, place = np.unique(logs, return_inverse=True)
    prices = [price(log) for log in distinct.tolist()]
    return arrow.array(prices, arrow.decimal128(38, 0)).take(arrow.array(place))


@lru_cache(4096)
def unit_price(log: int) -> int:
    """Return the price of a unit of which `log` is the natural logarithm in millionths."""
    return min(int(_exponential(2 * log).to_integral_value(ROUND_HALF_EVEN)), _GREATEST)


@lru_cache(4096)
def least_price(log: int) -> int:
    """Return the least price whose logarithm, rounded to millionths, is not below `log`."""
    return min(int(_exponential(2 * log - 1).to_integral_value(ROUND_CEILING)), _GREATEST)


@lru_cache(4096)
def greatest_price(log: int) -> int:
    """Return the greatest price whose logarithm, rounded to millionths, is not above `log`."""
    return min(int(_exponential(2 * log + 1).to_integral_value(ROUND_FLOOR)), _GREATEST)


def _exponential(halves: int) -> Decimal:
    """Return e to the power of so many halves of a millionth."""
    with localcontext(_EXACT):
        return (Decimal(halves) / 2_000_000).exp()


def _references(logs: Integers, starts: Integers, window: int) -> tuple[Integers, Integers]:
    """Return after each sale how many make the reference, and their lower median."""
    place = np.arange(len(logs)) - np.repeat(starts, np.diff(starts, append=len(logs)))
    points = np.minimum(place + 1, window)
    median = np.empty_like(logs)
    back = np.arange(window)
    whole = np.flatnonzero(points == window)
    for rows in _portions(whole, window):
        values = np.lib.stride_tricks.sliding_window_view(logs, window)[rows - (window - 1)]
        values.sort(axis=1)
        median[rows] = values[:, (window - 1) // 2]
    for rows in _portions(np.flatnonzero(points < window), window):
        taken = np.maximum(rows[:, None] - back, 0)
        values = np.where(back < points[rows, None], logs[taken], _LATE)
        values.sort(axis=1)
        median[rows] = values[np.arange(len(rows)), (points[rows] - 1) // 2]
    return points, median


def _portions(rows: Integers, window: int) -> Iterator[Integers]:
    """Yield so many rows at once that their windows are held together."""
    size = max(1, _VALUES // window)
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def changes(*columns: Integers) -> npt.NDArray[np.bool_]:
    """Tell which rows differ from the row before in any column; the first does."""
    changed = np.ones(len(columns[0]), dtype=bool)
    changed[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return changed
