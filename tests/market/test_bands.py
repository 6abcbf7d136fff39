"""Dated price bands, and the sales outside of them."""

from __future__ import annotations

import math
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.market.bands import Band, greatest_price, least_price, price_bands, unit_price
from vermilion.market.declaration import detectors
from vermilion.sql import DuckDb, SqlEngine

from .harness import START, found

ALL = {"min_score": 0}
PARAMETERS = detectors()["volatility_band"].parameters
Row = dict[str, Any]


def row(ms: int, price: int, **other: Any) -> Row:
    """Return a sale at a moment."""
    return {"ms": START + ms, "price": price, "sender": "p:a", "recipient": "p:b", **other}


def every_band(engine: SqlEngine) -> list[Band]:
    """Return the bands that an engine's tables make."""
    return [Band(**one) for some in price_bands(engine) for one in some.to_pylist()]


def bands_of(rows: list[Row], **other: Any) -> list[Band]:
    """Return the bands of a history."""
    with DuckDb("500MB", 1) as engine:
        found("volatility_band", rows, engine=engine, **other)
        return every_band(engine)


def outside(rows: list[Row], engine: SqlEngine) -> tuple[set[int], list[Band]]:
    """Return the places in order of the sales that the detector tells, and the bands."""
    found("volatility_band", rows, engine=engine, parameters=ALL)
    told = {n for (n,) in engine.rows("SELECT n FROM found")}
    return told, every_band(engine)


class TestBands:
    """What bands are."""

    def test_by_hand(self) -> None:
        """After five sales around 100 the band is ten times to each side of the nearest step."""
        [band] = bands_of(
            [row(place, price) for place, price in enumerate([90, 95, 100, 105, 110])]
        )
        assert band.collection == "c"
        assert band.currency == "CNY"
        assert (band.from_ms, band.until_ms, band.sales) == (START + 5, None, 5)
        # ln 100 = 4.605170, whose nearest step is 4.6: 99.48; a tenth and ten times of it.
        assert (band.low, band.reference, band.high) == (10, 99, 994)

    def test_narrower_with_more_sales(self) -> None:
        """From twenty sales on it is five times, and it stays while the median moves less than a step."""
        wide, narrow = bands_of([row(place, 100 + place % 2) for place in range(40)])
        assert wide.until_ms == narrow.from_ms == START + 20
        assert (narrow.low, narrow.high, narrow.until_ms) == (20, 497, None)

    def test_earlier_sales_only(self) -> None:
        """A sale is judged by the band of before it, and a batch of one moment by none of its own."""
        rows = [row(place, 100) for place in range(5)] + [row(100, 10_000) for _ in range(30)]
        with DuckDb("500MB", 1) as engine:
            told, bands = outside(rows, engine)
        assert told == set(range(5, 35))
        assert [band.from_ms for band in bands] == [START + 5, START + 101]

    def test_flagged_sales_make_no_band(self) -> None:
        """Sales that a wash detector flagged are not among those that make a band."""
        rows = [row(place, 100) for place in range(5)]
        wash = [row(10 + place, 9_000, recipient="p:a") for place in range(30)]
        assert bands_of(rows + wash, with_=["self_trade"]) == bands_of(rows)
        assert bands_of(rows + wash) != bands_of(rows)

    def test_finding(self, engines: SqlEngine) -> None:
        """Sales outside on a day are one finding, with those above and below told, on either engine."""
        quiet = [row(place, 100) for place in range(20)]
        rows = [*quiet, row(50, 497), row(51, 498), row(52, 19), row(53, 20), row(54, 500)]
        [one] = found("volatility_band", rows, engine=engines)
        assert one.rows == {"above": ["m21", "m24"], "below": ["m22"]}
        assert one.parts == {"outside": 15, "sales": 15, "far": 0}

    def test_currencies_and_collections_apart(self) -> None:
        """Each collection and currency has bands of its own; four sales make none."""
        rows = [
            row(place, price, currency=currency, token=f"{name}/1")
            for place in range(5)
            for name, currency, price in (("c", "CNY", 100), ("c", "USD", 900), ("d", "CNY", 5))
        ]
        rows += [row(place, 1, token="e/1") for place in range(4)]
        assert [(one.collection, one.currency, one.reference) for one in bands_of(rows)] == [
            ("c", "CNY", 99),
            ("c", "USD", 898),
            ("d", "CNY", 5),
        ]

    def test_nothing(self, engines: SqlEngine) -> None:
        """No sales, no bands, on either engine."""
        assert outside([], engines) == (set(), [])

    @settings(max_examples=3)
    @given(
        st.lists(st.tuples(st.integers(0, 2**32), st.floats(0.1, 2.5)), min_size=10, max_size=20)
    )
    def test_detector_and_bands_agree(self, markets: list[tuple[int, float]]) -> None:
        """A sale's price is outside the limits in force at its time if and only if the detector tells it."""
        rows: list[Row] = []
        for place, (seed, spread) in enumerate(markets):
            draw = random.Random(seed)
            level, ms = draw.uniform(0, 80), 0
            for _ in range(draw.randrange(60)):
                ms += draw.randrange(3)
                level += draw.gauss(0, spread / 10)
                price = round(math.exp(min(max(level + draw.gauss(0, spread), 0), 87)))
                rows.append(row(ms, price, token=f"c{place}/1"))
        rows.sort(key=lambda one: one["ms"])
        with DuckDb("500MB", 1) as engine:
            told, bands = outside(rows, engine)
        expected = set()
        for place, one in enumerate(rows):
            [*now] = [
                band
                for band in bands
                if band.collection == one["token"][:-2]
                and band.from_ms <= one["ms"]
                and (band.until_ms is None or one["ms"] < band.until_ms)
            ]
            assert len(now) <= 1
            if now and not now[0].low <= one["price"] <= now[0].high:
                expected.add(place)
        assert told == expected


class TestPrices:
    """Prices of logarithms."""

    @given(st.integers(1, 10**38 - 1))
    def test_limits(self, price: int) -> None:
        """A price is within the limits of its own logarithm, and its neighbours' limits do not overlap."""
        from decimal import Decimal, localcontext

        with localcontext() as exact:
            exact.prec = 60
            log = int((Decimal(price).ln() * 1_000_000).to_integral_value())
        assert least_price(log) <= price <= greatest_price(log)
        assert greatest_price(log - 1) < least_price(log)

    def test_greatest(self) -> None:
        """Limits are amounts of money: 10^38 - 1 at most."""
        assert greatest_price(90_000_000) == unit_price(90_000_000) == 10**38 - 1
        assert least_price(0) == greatest_price(0) == unit_price(0) == 1
