"""Prices and volumes of collections by period, with the trades that wash detectors flagged and without.

For people and charts: medians and quantiles are of the price of a unit, as natural logarithms in
millionths, which are the same on every engine; `bands.unit_price` makes an amount of one.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vermilion.sql import SqlEngine
from vermilion.sql.columns import columns_of, made_table

Integers = npt.NDArray[np.int64]

DAY_MS = 86_400_000
_MONDAY = 4 * DAY_MS
"""Periods are aligned to the first Monday after 1970-01-01, so that seven days are a week."""


LARGE = f"CAST({10**28} AS DECIMAL(38,0))"
"""Prices of so much are in no sum, so that sums keep within 38 digits."""

_OF_SALES = {
    "sales": "BIGINT",
    "volume": "DECIMAL(38,0)",
    "median": "BIGINT",
    "low": "BIGINT",
    "high": "BIGINT",
}
_COLUMNS = {
    "collection": "STRING",
    "currency": "STRING",
    "begins": "BIGINT",
    **_OF_SALES,
    **{f"clean_{name}": kind for name, kind in _OF_SALES.items()},
}


def market_index(
    sql: SqlEngine, *, days: int = 1, low_per_mille: int = 100, high_per_mille: int = 900
) -> Any:
    """Return a `pyarrow.Table` with a row for each collection, currency and period that has sales.

    Columns: `collection`, `currency`, `begins` (epoch ms, UTC), then twice (of every priced sale, and
    with `clean_` before the name of those that are not flagged; null where there is none): `sales`,
    `volume` (minor units; null where a price is
    10^28 or more, so that sums keep within 38 digits), `median`, `low`, `high`. Of two middle values the median is the lower; a
    quantile is the sale in place 1 + floor(sales x per mille / 1000) from below. Ordered by all three.

    Args:
        sql: holds the prepared tables and `flagged`.
        days: of a period.
        low_per_mille: the low quantile. Policy.
        high_per_mille: the high quantile, below 1000. Policy.
    """
    sales = _sales(days)
    sums = sql.arrow(
        f"SELECT c.text AS collection, u.text AS currency, v.begins, v.sales, {_volume('v.')}, "
        f"v.clean_sales, {_volume('v.clean_')} FROM ({_sums(sales)}) AS v "
        "JOIN collections AS c ON c.code = v.collection "
        "JOIN currencies AS u ON u.code = v.currency "
        "ORDER BY v.collection, v.currency, v.begins"
    )
    ordered = columns_of(
        sql.arrow(
            f"SELECT s.unit_log, s.clean FROM ({sales}) AS s "
            "ORDER BY s.collection, s.currency, s.begins, s.unit_log"
        )
    )
    logs, clean = ordered["unit_log"], ordered["clean"]
    columns = {name: sums[name] for name in sums.column_names}
    for before, its in (("", logs), ("clean_", logs[clean])):
        sizes = columns[f"{before}sales"].to_numpy()
        places = {
            "median": (sizes - 1) // 2,
            "low": sizes * low_per_mille // 1000,
            "high": sizes * high_per_mille // 1000,
        }
        columns |= {f"{before}{name}": _at(its, sizes, at) for name, at in places.items()}
    return made_table(columns, _COLUMNS)


def _sales(days: int) -> str:
    """Return the SELECT of priced sales; `clean` are those that are not flagged."""
    size = days * DAY_MS
    since = f"(((m.ms - {_MONDAY}) % CAST({size} AS BIGINT)) + {size}) % CAST({size} AS BIGINT)"
    return (
        f"SELECT m.collection, m.currency, m.ms - {since} AS begins, m.price, m.unit_log, "
        "f.n IS NULL AS clean FROM moves_party AS m LEFT JOIN flagged AS f ON f.n = m.n "
        "WHERE m.priced AND m.unit_log IS NOT NULL AND m.currency IS NOT NULL"
    )


def _sums(sales: str) -> str:
    """Return the SELECT of numbers and sums by period, and of the greatest prices."""
    small = f"s.price < {LARGE}"
    return (
        "SELECT s.collection, s.currency, s.begins, COUNT(*) AS sales, MAX(s.price) AS most, "
        f"SUM(CASE WHEN {small} THEN s.price END) AS volume, "
        "COUNT(*) FILTER (WHERE s.clean) AS clean_sales, "
        "MAX(CASE WHEN s.clean THEN s.price END) AS clean_most, "
        f"SUM(CASE WHEN s.clean AND {small} THEN s.price END) AS clean_volume "
        f"FROM ({sales}) AS s GROUP BY s.collection, s.currency, s.begins"
    )


def _volume(of: str) -> str:
    """Return the sum of a period, null where one price is too large for it."""
    zero, name = "CAST(0 AS DECIMAL(38,0))", of.partition(".")[2]
    return (
        f"CASE WHEN {of}most IS NULL THEN {zero} WHEN {of}most < {LARGE} THEN {of}volume END "
        f"AS {name}volume"
    )


def _at(logs: Integers, sizes: Integers, places: Integers) -> Any:
    """Return of each period's logarithms the one in a place, null where it has none.

    Args:
        logs: of all periods, one after the other, each from below.
        sizes: how many each has.
        places: in each, counted from 0.
    """
    import pyarrow as arrow

    some = sizes > 0
    values = np.zeros_like(sizes)
    values[some] = logs[(np.cumsum(sizes) - sizes + places)[some]]
    return arrow.array(values, mask=~some)
