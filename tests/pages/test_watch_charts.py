"""Drawings and charts of a market: what is drawn is what the numbers say."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.market.report import Point, Series
from vermilion.pages.charts import Frame
from vermilion.pages.watch_charts import Told, price_chart, price_ticks, stretches_of
from vermilion.pages.watch_drawing import MOST_LEGS, NOBODY, drawing
from vermilion.pages.watch_money import (
    amount_text,
    decimals_of,
    drawn_amount,
    moment_text,
    short_id,
    short_number,
    span_text,
)
from vermilion.pages.watch_series import gathered

from .watch_samples import ETH, finding, series

FRAME = Frame("x", 360.0, 340.0)


def test_each_leg_of_a_round_trip_is_one_arrow() -> None:
    """A ladder has an arrow for each leg, dashed where it had no price, and a line for each party."""
    one = finding(5, legs=6)
    drawn = drawing(one)
    assert drawn is not None
    priced = sum(bool(row.price) for row in one.rows)
    assert drawn.inside.count('class="w-priced"') == priced
    assert drawn.inside.count('class="w-free"') == len(one.rows) - priced
    assert [name for _, name in drawn.parties] == list(
        dict.fromkeys(name for row in one.rows for name in (row.sender, row.recipient))
    )


def test_a_ring_is_a_circle_with_an_arrow_for_each_pair() -> None:
    """More parties stand on a circle; legs between the same two are one arrow with their number."""
    drawn = drawing(finding(4, "ring", parties=6, legs=12))
    assert drawn is not None
    assert len(re.findall(r'class="w-(?:priced|free)"', drawn.inside)) == 6
    assert drawn.inside.count("2×") >= 6


def test_a_self_trade_is_drawn_as_a_loop() -> None:
    """Who buys from himself has one line and an arrow back to it."""
    drawn = drawing(finding(9, "self_trade", parties=1, legs=2))
    assert drawn is not None
    assert len(drawn.parties) == 1
    assert "a7 7 0 0 1 0 14" in drawn.inside


def test_a_mint_comes_from_nobody() -> None:
    """A leg without a sender begins at the sign of nobody, who is not among the parties."""
    one = finding(5, legs=3)
    born = msgspec.structs.replace(one.rows[0], kind="mint", sender=None, price=None, currency=None)
    drawn = drawing(msgspec.structs.replace(one, rows=[born, *one.rows[1:]]))
    assert drawn is not None
    assert NOBODY in drawn.inside
    assert all(letter != NOBODY for letter, _ in drawn.parties)


def test_many_legs_and_many_parties_stay_readable() -> None:
    """A crowd of eighty is drawn with its busiest twelve, and says how many are left out."""
    drawn = drawing(finding(6, "ring", parties=80, legs=100))
    assert drawn is not None
    assert drawn.inside.count("w-node") == 12
    assert "+ 68" in drawn.inside
    long = drawing(finding(6, parties=2, legs=MOST_LEGS + 1))
    assert long is not None
    assert len(re.findall(r'class="w-(?:priced|free)"', long.inside)) == 2


def test_nothing_is_drawn_of_prices_and_of_indirect_signs() -> None:
    """A surge has no money flow, and neither has a sign about numbers as a whole."""
    assert drawing(finding(1, "price_surge")) is None
    assert drawing(finding(1, "round_sizes")) is None


@given(st.integers(0, 40), st.integers(0, 10**30))
def test_a_shortened_amount_is_off_by_less_than_its_last_digit(decimals: int, amount: int) -> None:
    """Four digits are kept, rounded down, and `≈` stands exactly where some are lost."""
    text = short_number(amount, decimals)
    scale = {"k": 10**3, "M": 10**6, "G": 10**9}.get(text[-1], 1)
    shown = Decimal(text.strip("≈kMG").replace(",", "")) * scale
    exact = Decimal(amount) / 10**decimals
    assert shown <= exact
    assert (shown != exact) is text.startswith("≈")
    assert exact - shown <= exact / 999


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (None, "ETH", "–"),
        (1_990, "CNY", "19.90 CNY"),
        (1, "ETH", "0.000000000000000001 ETH"),
        (7, "no such", "7 no such"),
        (7, None, "7"),
        (10**38, "ETH", f"{10**38:,} ETH"),
    ],
)
def test_amounts_are_exact(amount: int | None, currency: str | None, text: str) -> None:
    """No digit of an amount is lost, whatever its currency."""
    assert amount_text(amount, currency) == text


def test_small_words() -> None:
    """Moments, spans and ids are short and plain."""
    assert moment_text(1_612_137_600_000) == "2021-02-01 00:00:00"
    assert moment_text(10**18) == "–"
    assert span_text(90_061_000) == "1 d 1 h"
    assert short_id("eip155:1:0x" + "a" * 40) == "0xaaaaaaa…aaaaaaaa"
    assert decimals_of("ETH") == 18
    assert drawn_amount(ETH // 3, "ETH") == "≈0.3333 ETH"


def told(one: Series) -> Told:
    """Return words for a chart."""
    return Told("t", "d", ["s"] * len(stretches_of(one, FRAME)), [mark.kind for mark in one.marks])


def test_a_chart_draws_both_prices_bands_marks_and_flagged_volume() -> None:
    """All of what a series says is in the picture, and nothing leaves it."""
    one = series("c", 90)
    chart = price_chart(one, FRAME, told(one))
    for css in ("w-all", "w-clean", "w-band", "w-range", "w-volume", "w-flagged", "m-surge"):
        assert css in chart
    signs = set(re.findall(r'<path transform="[^"]*" d="([^"]*)"/><title>(\w+)', chart))
    assert len({sign for sign, _ in signs}) == len({kind for _, kind in signs}) == 3
    xs = [float(x) for x in re.findall(r"M(-?[\d.]+) ", chart)]
    assert min(xs) >= -6
    assert max(xs) <= FRAME.width


def test_a_chart_of_one_day_is_a_dot() -> None:
    """One day has a point for each price, and no clean one where every trade was flagged."""
    day = Point(
        day="2021-03-13", sales=3, volume=9, low=3, median=3, high=3, clean_sales=0, clean_volume=0
    )
    one = Series(collection="c", currency="ETH", points=[day])
    chart = price_chart(one, FRAME, told(one))
    assert chart.count("<circle") == 1
    assert price_chart(Series(collection="c", currency="ETH", points=[]), FRAME, told(one)) == ""


@given(st.integers(1, 10**26), st.integers(1, 10**6))
def test_ticks_of_a_logarithmic_axis_are_few_and_inside(least: int, times: int) -> None:
    """There are at most a dozen, and each lies on the axis."""
    ticks = price_ticks(least, least * times * 21, log=True)
    assert len(ticks) <= 12
    assert all(least <= one <= least * times * 21 for one in ticks)


@given(st.integers(1, 400), st.integers(5, 60))
def test_no_trade_is_lost_when_days_are_gathered(days: int, most: int) -> None:
    """Sales and volume of the stretches are those of the days, in at most so many stretches."""
    points = series("c", days).points
    stretches = gathered(points, most)
    assert len(stretches) <= most
    assert sum(one.sales for one in stretches) == sum(one.sales for one in points)
    assert sum(one.volume for one in stretches) == sum(one.volume for one in points)


def test_no_line_is_drawn_over_years_without_trade() -> None:
    """A line across would show prices that nobody paid."""
    days = [
        Point(
            day=day, sales=1, volume=price, low=price, median=price, high=price,
            clean_sales=1, clean_volume=price, clean_median=price,
        )
        for day, price in [
            ("2018-03-01", 5), ("2018-05-12", 6), ("2021-01-12", 900), ("2021-03-24", 700),
        ]
    ]  # fmt: skip
    one = Series(collection="c", currency="ETH", points=days)
    chart = price_chart(one, FRAME, told(one))
    assert chart.count('class="w-all"') == 2
    assert chart.count('class="w-clean"') == 2
