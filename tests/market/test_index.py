"""Prices and volumes by period, with flagged trades and without."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.market.index import market_index
from vermilion.sql import DuckDb, SqlEngine

from .harness import DAY, START, found

MIDNIGHT = START - START % DAY
Row = dict[str, Any]


def sale(day: int, price: int, **other: Any) -> Row:
    """Return a sale of a day."""
    return {
        "ms": MIDNIGHT + day * DAY,
        "sender": "p:a",
        "recipient": "p:b",
        "price": price,
        **other,
    }


def index(rows: list[Row], engine: SqlEngine, **other: Any) -> list[dict[str, Any]]:
    """Return the index of a history in which trades with oneself are flagged."""
    found("self_trade", rows, engine=engine)
    return market_index(engine, **other).to_pylist()  # type: ignore[no-any-return]


def test_both_versions(engines: SqlEngine) -> None:
    """Flagged trades are in one version and not in the other, on either engine."""
    rows = [sale(0, price) for price in (1, 10, 100, 1000)]
    rows += [sale(0, 10_000, recipient="p:a"), sale(2, 7, recipient="p:a"), sale(2, 0)]
    one, other = index(rows, engines)
    assert one["collection"] == "c"
    assert one["currency"] == "CNY"
    assert one["begins"] == MIDNIGHT
    assert (one["sales"], int(one["volume"])) == (5, 11_111)
    assert (one["clean_sales"], int(one["clean_volume"])) == (4, 1111)
    # Natural logarithms of 100 and 10, of 1 and 10,000, and of 1 and 1,000.
    assert (one["median"], one["clean_median"]) == (4_605_170, 2_302_585)
    assert (one["low"], one["high"]) == (0, 9_210_340)
    assert (one["clean_low"], one["clean_high"]) == (0, 6_907_755)
    assert (other["sales"], other["clean_sales"], int(other["clean_volume"])) == (1, 0, 0)
    assert other["clean_median"] is None


def test_sums_beyond_the_column() -> None:
    """Where a price is 10^28 or more there is no volume, and everything else stands."""
    with DuckDb("500MB", 1) as engine:
        [one] = index([sale(0, 10**37) for _ in range(20)], engine)
    assert one["volume"] is None
    assert (one["sales"], one["median"]) == (20, 85_195_648)


def test_nothing(engines: SqlEngine) -> None:
    """Without sales there is no period, on either engine."""
    assert index([], engines) == []


def test_sums_without_a_flagged_price() -> None:
    """A price beyond the column that is flagged leaves the sum of the others."""
    rows = [sale(0, 5), sale(0, 7), sale(0, 10**28, recipient="p:a")]
    with DuckDb("500MB", 1) as engine:
        [one] = index(rows, engine)
    assert (one["volume"], one["sales"]) == (None, 3)
    assert (int(one["clean_volume"]), one["clean_sales"]) == (12, 2)


@settings(max_examples=4)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(1, 10**9), st.sampled_from(["CNY", "USD"])),
        min_size=40,
        max_size=120,
    ),
    st.integers(1, 999),
    st.integers(1, 7),
)
def test_against_lists(given_: list[tuple[int, int, str]], share: int, days: int) -> None:
    """Median and quantile are those of a sorted list, in periods aligned to Mondays."""
    import math

    rows = [sale(day, price, currency=currency) for day, price, currency in given_]
    expected: dict[tuple[str, int], list[int]] = {}
    for row in rows:
        begins = row["ms"] - (row["ms"] - 4 * DAY) % (days * DAY)
        log = round(1_000_000 * math.log(row["price"]))
        expected.setdefault((row["currency"], begins), []).append(log)
    with DuckDb("500MB", 1) as engine:
        made = index(rows, engine, days=days, low_per_mille=share)
    assert [(one["currency"], one["begins"]) for one in made] == sorted(expected)
    for one in made:
        logs = sorted(expected[one["currency"], one["begins"]])
        assert one["sales"] == len(logs)
        assert one["median"] == one["clean_median"] == logs[(len(logs) - 1) // 2]
        assert one["low"] == logs[len(logs) * share // 1000]
