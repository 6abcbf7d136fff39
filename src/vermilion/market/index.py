"""Prices and volumes of collections by period, with the trades that wash detectors flagged and without.

For people and charts: medians and quantiles are of the price of a unit, as natural logarithms in
millionths, which are the same on every engine; `bands.unit_price` makes an amount of one.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

from typing import Any

from vermilion.sql import SqlEngine

DAY_MS = 86_400_000
_MONDAY = 4 * DAY_MS
"""Periods are aligned to the first Monday after 1970-01-01, so that seven days are a week."""


LARGE = f"CAST({10**28} AS DECIMAL(38,0))"
"""Prices of so much are in no sum, so that sums keep within 38 digits."""


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
    return sql.arrow(
        f"""SELECT c.text AS collection, u.text AS currency, a.begins, a.sales, a.volume, a.median, a.low, a.high,
COALESCE(k.sales, CAST(0 AS BIGINT)) AS clean_sales,
CASE WHEN k.sales IS NULL THEN CAST(0 AS DECIMAL(38,0)) ELSE k.volume END AS clean_volume,
k.median AS clean_median, k.low AS clean_low, k.high AS clean_high
FROM ({_series("", days, low_per_mille, high_per_mille)}) AS a
JOIN collections AS c ON c.code = a.collection
JOIN currencies AS u ON u.code = a.currency
LEFT JOIN ({_series("AND f.n IS NULL", days, low_per_mille, high_per_mille)}) AS k
ON k.collection = a.collection AND k.currency = a.currency AND k.begins = a.begins
ORDER BY c.text NULLS LAST, u.text NULLS LAST, a.begins NULLS LAST"""
    )


def _series(kept: str, days: int, low: int, high: int) -> str:
    size = days * DAY_MS
    since = f"(((m.ms - {_MONDAY}) % CAST({size} AS BIGINT)) + {size}) % CAST({size} AS BIGINT)"
    return f"""SELECT p.collection, p.currency, p.begins, COUNT(*) AS sales,
CASE WHEN MAX(p.price) < {LARGE} THEN SUM(CASE WHEN p.price < {LARGE} THEN p.price END) END AS volume,
MAX(CASE WHEN 2 * p.place = p.sales + p.sales % 2 THEN p.unit_log END) AS median,
MAX(CASE WHEN {_is_at("p", low)} THEN p.unit_log END) AS low,
MAX(CASE WHEN {_is_at("p", high)} THEN p.unit_log END) AS high
FROM (
SELECT s.collection, s.currency, s.begins, s.price, s.unit_log,
ROW_NUMBER() OVER (PARTITION BY s.collection, s.currency, s.begins ORDER BY s.unit_log, s.n) AS place,
COUNT(*) OVER (PARTITION BY s.collection, s.currency, s.begins) AS sales
FROM (
SELECT m.n, m.collection, m.currency, m.price, m.unit_log, m.ms - {since} AS begins
FROM moves_party AS m LEFT JOIN flagged AS f ON f.n = m.n
WHERE m.priced AND m.unit_log IS NOT NULL AND m.currency IS NOT NULL {kept}
) AS s
) AS p
GROUP BY p.collection, p.currency, p.begins"""


def _is_at(relation: str, per_mille: int) -> str:
    """Return whether a row is in place 1 + floor(sales x per mille / 1000), without a division."""
    before = f"({relation}.place - 1) * 1000"
    reached = f"{relation}.sales * {per_mille}"
    return f"{before} <= {reached} AND {reached} < {before} + 1000"
