"""Surges of prices and sales, run-ups of the floor, and collections that wake."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.sql import DuckDb, SqlEngine

from .harness import DAY, START, found

MIDNIGHT = START - START % DAY
ALL = {"min_score": 0}
Row = dict[str, Any]


def sales(
    days: int, prices: Sequence[int | None], *, first: int = 0, token: str = "c", **other: Any
) -> list[Row]:
    """Return a sale for each price on each of so many days, an hour apart, of unlike tokens."""
    return [
        {
            "ms": MIDNIGHT + (first + day) * DAY + hour * 60_000 * 37,
            "token": f"{token}/{hour}",
            "sender": f"p:s{day}-{hour}",
            "recipient": f"p:b{day}-{hour}",
            "price": price,
            **other,
        }
        for day in range(days)
        for hour, price in enumerate(prices)
    ]


QUIET = [90, 95, 100, 105, 110]
"""Five sales of a day around 100."""


def literal_surges(rows: list[Row]) -> set[int]:
    """Return the days that surge, by the definition: every day has five sales or none."""
    logs: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        logs[(row["ms"] - MIDNIGHT) // DAY].append(round(1_000_000 * math.log(row["price"])))
    days = sorted(logs)
    medians = [sorted(logs[day])[(len(logs[day]) - 1) // 2] for day in days]
    surging = set()
    for place, day in enumerate(days):
        before = sorted(medians[max(0, place - 90) : place])
        if len(before) < 5:
            continue
        middle = before[(len(before) - 1) // 2]
        away = sorted(abs(one - middle) for one in before)
        rise = medians[place] - middle
        if rise >= 693_147 and 6745 * rise >= 35_000 * away[(len(away) - 1) // 2]:
            surging.add(day)
    return surging


def wandering(draw: random.Random, days: int, noise: float, token: str) -> list[Row]:
    """Return five sales a day around a level that strays, and leaps now and then."""
    level, rows = 10_000.0, []
    for day in range(days):
        level *= math.exp(draw.gauss(0, noise) + (1.2 if draw.random() < 0.1 else 0))
        level = min(max(level, 10), 10**12)
        prices = [max(1, int(level * math.exp(draw.gauss(0, noise)))) for _ in range(5)]
        rows += sales(1, prices, first=day, token=token)
    return rows


class TestSurge:
    """Prices that rise against the medians before."""

    ROWS = [
        *sales(6, QUIET),
        *sales(2, [300, 310, 320, 330, 100], first=6),
        *sales(1, QUIET, first=8),
    ]

    def test_by_hand(self, engines: SqlEngine) -> None:
        """Two days at three times the price are one finding of their high sales, on either engine."""
        [one] = found("price_surge", self.ROWS, engine=engines)
        assert one.subject == {"collection": "c"}
        assert one.rows == {"surge": [f"m{n}" for n in (30, 31, 32, 33, 35, 36, 37, 38)]}
        assert one.figures["price_before"] == 100
        assert one.figures["price_peak"] == 310
        assert one.figures["ratio_per_mille"] == 3000
        assert one.figures["periods"] == 2
        assert one.figures["buyers"] == 8
        assert one.parts == {"height": 30, "sales": 0, "no_news": 20, "few_buyers": 0}

    def test_news_before(self) -> None:
        """News in the days before lowers the score, and is a figure; later news, and others', is none."""
        at = MIDNIGHT + 6 * DAY
        news = [
            {"ms": at, "collection": "c"},
            {"ms": at - 7 * DAY - 1, "collection": "c"},
            {"ms": at + 1, "collection": "c"},
            {"ms": at, "collection": "d"},
        ]
        [one] = found("price_surge", self.ROWS, news=news, parameters=ALL)
        assert (one.figures["news"], one.parts["no_news"], one.score) == (1, 0, 30)
        assert found("price_surge", self.ROWS, news=news) == []

    def test_six_sales(self) -> None:
        """A collection of six sales has no past to surge against."""
        rows = [*sales(5, [100]), *sales(1, [1000], first=5)]
        assert found("price_surge", rows, parameters=ALL) == []

    def test_far_below_the_mean(self) -> None:
        """Just the least rise above the median counts, a whole standard deviation below the mean."""
        rows = [*sales(3, [800] * 5), *sales(3, [100] * 5, first=3), *sales(1, [200] * 5, first=6)]
        [one] = found("price_surge", rows, parameters=ALL)
        assert (one.figures["price_before"], one.figures["price_peak"]) == (100, 200)

    def test_sparse_weeks(self) -> None:
        """Where no day has five sales a week is a period: six weeks, the last one at four times."""
        rows = [
            row
            for week in range(6)
            for row in sales(6, [400 if week == 5 else 100 + week], first=7 * week + 3)
        ]
        [one] = found("price_surge", rows, parameters=ALL)
        assert len(one.rows["surge"]) == 6
        assert one.figures["ratio_per_mille"] == 3000

    def test_one_cheap_and_one_dear_sale(self) -> None:
        """A sale of 1 or of 10^37 moves no median."""
        rows = [*sales(6, [*QUIET, 1, 10**37]), *sales(1, [*QUIET, 10**37], first=6)]
        assert found("price_surge", rows, parameters=ALL) == []

    def test_greatest_prices(self) -> None:
        """A rise from 1 to 10^37 is told, and a price of 0 is none."""
        rows = [*sales(6, [1, 1, 1, 1, 1, 0, 0]), *sales(1, [10**37] * 5, first=6)]
        [one] = found("price_surge", rows)
        assert (one.figures["price_before"], one.figures["price_peak"]) == (1, 10**37)
        assert one.figures["ratio_per_mille"] == 1_000_000

    def test_currencies_apart(self) -> None:
        """Prices in another currency are neither past nor surge of this one."""
        rows = [*sales(6, QUIET), *sales(3, [900] * 5, first=6, currency="ETH")]
        assert found("price_surge", rows, parameters=ALL) == []

    def test_issuer_sells(self) -> None:
        """What the issuer sold at its own price is no past, if it is known who the issuer is."""
        primary = [row | {"sender": "p:issuer"} for row in sales(6, [10] * 5)]
        rows = [*primary, *sales(1, [40] * 5, first=6)]
        assert len(found("price_surge", rows)) == 1
        assert found("price_surge", rows, issues=[{"collection": "c", "issuer": "p:issuer"}]) == []

    def test_flagged_sales_leave(self) -> None:
        """Trades of one with himself raise no price: without the wash detector they would."""
        wash = [row | {"recipient": row["sender"]} for row in sales(1, [900] * 5, first=6)]
        rows = [*sales(6, QUIET), *wash]
        assert len(found("price_surge", rows)) == 1
        assert found("price_surge", rows, with_=["self_trade"]) == []

    def test_falling_prices(self) -> None:
        """A fall is no surge."""
        assert found("price_surge", [*sales(6, [900] * 5), *sales(1, QUIET, first=6)]) == []

    @settings(max_examples=3)
    @given(
        st.lists(
            st.tuples(st.integers(0, 2**32), st.integers(6, 110), st.floats(0.01, 0.6)),
            min_size=8,
            max_size=16,
        )
    )
    def test_against_the_definition(self, markets: list[tuple[int, int, float]]) -> None:
        """The sales of exactly those days are told that surge by the definition."""
        every: list[Row] = []
        expected = set()
        for place, (seed, days, noise) in enumerate(markets):
            rows = wandering(random.Random(seed), days, noise, f"c{place}")
            expected |= {(f"c{place}", day) for day in literal_surges(rows)}
            every += rows
        with DuckDb("500MB", 1) as engine:
            found("price_surge", every, parameters=ALL, engine=engine)
            told = {
                (name, (ms - MIDNIGHT) // DAY)
                for name, ms in engine.rows(
                    "SELECT c.text, m.ms FROM found AS f JOIN moves AS m ON m.n = f.n "
                    "JOIN collections AS c ON c.code = m.collection"
                )
            }
        assert told == expected


class TestBurst:
    """Days with many more sales than before."""

    def test_by_hand(self, engines: SqlEngine) -> None:
        """Thirty sales after five days of three are a burst of ten times, whatever their price."""
        rows = [*sales(5, [1, 1, 1]), *sales(1, [None] * 30, first=5), *sales(1, [1], first=6)]
        [one] = found("volume_burst", rows, engine=engines)
        assert one.rows == {"burst": [f"m{n}" for n in range(15, 45)]}
        assert (one.figures["times"], one.figures["most_in_a_day"]) == (10, 30)
        assert one.parts == {"burst": 10, "times": 10, "no_news": 20, "few_buyers": 0}

    def test_too_little(self) -> None:
        """Four days before, or 29 sales, are too few."""
        rows = [*sales(4, [1, 1, 1]), *sales(1, [1] * 30, first=4)]
        rows += [*sales(5, [1, 1, 1], token="d"), *sales(1, [1] * 29, first=5, token="d")]
        assert found("volume_burst", rows, parameters=ALL) == []

    def test_news(self) -> None:
        """A burst that was announced, of ten times, is left out; its figure says why."""
        rows = [*sales(5, [1, 1, 1]), *sales(1, [1] * 30, first=5)]
        news = [{"ms": MIDNIGHT + 5 * DAY, "collection": "c"}]
        assert found("volume_burst", rows, news=news) == []
        [one] = found("volume_burst", rows, news=news, parameters=ALL)
        assert (one.figures["news"], one.score) == (1, 20)


class TestAwakening:
    """Sales all at once after long silence."""

    @pytest.mark.parametrize(("quiet", "number"), [(180, 1), (179, 0)])
    def test_collection(self, quiet: int, number: int) -> None:
        """Twenty sales within a week after 180 days without one are told, after 179 not."""
        rows = [*sales(1, [5]), *sales(1, [7] * 20, first=quiet), *sales(1, [9], first=quiet + 7)]
        told = found("dormant_awakening", rows)
        assert len(told) == number
        for one in told:
            assert one.rows == {"open": ["m1"], "burst": [f"m{n}" for n in range(2, 21)]}
            assert one.figures["quiet_days"] == 180
            assert one.parts == {"awakening": 30, "quiet": 0, "burst": 0, "no_news": 15}

    def test_token(self, engines: SqlEngine) -> None:
        """A token sold four times within a week after a year is told by itself, on either engine."""
        moves = [{"day": day, "token": "c/1"} for day in (0, 370, 371, 372, 373)]
        [one] = found("dormant_awakening", [*sales(400, [3]), *moves], engine=engines)
        assert one.subject == {"collection": "c", "token": "c/1"}
        assert {role: len(ids) for role, ids in one.rows.items()} == {"open": 1, "burst": 3}

    def test_too_few(self) -> None:
        """Nineteen sales are no awakening."""
        assert found("dormant_awakening", [*sales(1, [5]), *sales(1, [7] * 19, first=200)]) == []


class TestFloor:
    """Low quantiles that climb to new highs."""

    @staticmethod
    def climbing(*floors: int, buyer: str = "b") -> list[Row]:
        """Return eight sales in each period of three days, three of them at the floor; first 5 x 100.

        A floor of 0 is a period without sales.
        """
        monday = 4 - (MIDNIGHT // DAY - 4) % 3
        prices = [[floor, floor, floor, *[5000] * 5] for floor in (*[100] * 5, *floors)]
        return [
            row | {"recipient": buyer}
            for place, one in enumerate(prices)
            for row in sales(1, one, first=monday + 3 * place)
            if one[0]
        ]

    def test_by_hand(self, engines: SqlEngine) -> None:
        """After floors of 100, 130, 170 and 210 are three new highs, on either engine."""
        rows = self.climbing(130, 170, 210, 205)
        [one] = found("floor_run_up", rows, engine=engines)
        assert one.rows["floor"] == ["m42", "m50", "m58"]
        assert len(one.rows["climb"]) == 3 * 7
        assert (one.figures["rises"], one.figures["buyers"], one.figures["news"]) == (3, 1, 0)
        assert (one.figures["price_before"], one.figures["price_peak"]) == (100, 210)
        assert one.parts == {"height": 20, "length": 0, "no_news": 20, "few_buyers": 20}

    def test_no_run(self) -> None:
        """Less than twice, two new highs, a single leap, and a leap with small steps are none."""
        markets = {
            "a": (130, 170, 199),
            "b": (130, 120, 210),
            "d": (210,),
            "e": (190, 200, 210),
            "f": (130, 0, 0, 0, 170, 0, 0, 0, 210),
        }
        rows = [
            row | {"token": row["token"].replace("c", name)}
            for name, floors in markets.items()
            for row in self.climbing(*floors)
        ]
        assert found("floor_run_up", rows) == []

    def test_a_step_back_ends_nothing(self) -> None:
        """A floor that falls back once, or a period without sales, lies within the run."""
        [one] = found("floor_run_up", self.climbing(130, 170, 150, 0, 210))
        assert one.figures["rises"] == 3
        assert len(one.rows["climb"]) + len(one.rows["floor"]) == 4 * 8

    def test_the_issuer_climbs_nowhere(self) -> None:
        """Sales of the collection's issuer make no floor and are no row of a run."""
        rows = self.climbing(130, 170, 210)
        own = [row | {"sender": "i", "id": f"own{n}"} for n, row in enumerate(rows)]
        [one] = found("floor_run_up", rows + own, issues=[{"collection": "c", "issuer": "i"}])
        [alone] = found("floor_run_up", rows)
        assert (one.rows, one.figures) == (alone.rows, alone.figures)

    def test_a_narrow_window(self) -> None:
        """A run is held against the floor before its first new high, though later ones forget it."""
        rows = self.climbing(300, 50, 400, 60, 800, 50)
        [one] = found("floor_run_up", rows, parameters={"window": 1, "min_before": 1})
        assert (one.figures["price_before"], one.figures["price_peak"]) == (100, 800)
        rows = self.climbing(300, 50, 350, 60, 400, 50)
        assert not found("floor_run_up", rows, parameters={"window": 1, "min_before": 1})

    def test_a_young_collection(self) -> None:
        """Four periods before are too few to tell what is usual."""
        rows = self.climbing(130, 170, 210)
        assert found("floor_run_up", rows)
        assert found("floor_run_up", rows[8:]) == []

    def test_many_buyers_with_news(self) -> None:
        """News, and a different buyer each time, take from the score what lets it be told."""
        rows = self.climbing(130, 170, 210)
        crowd = [row | {"recipient": f"b{place}"} for place, row in enumerate(rows)]
        news = [{"collection": "c", "token": None, "ms": rows[40]["ms"]}]
        [one] = found("floor_run_up", crowd, news=news, parameters={"min_score": 0})
        assert one.parts == {"height": 20, "length": 0, "no_news": 0, "few_buyers": 0}
        assert found("floor_run_up", crowd, news=news) == []

    def test_one_cheap_sale(self) -> None:
        """A single sale at 1 does not make the floor."""
        rows = self.climbing(130, 170, 210)
        cheap = [row | {"price": 1, "token": "c/99"} for row in rows[::8]]
        [one] = found("floor_run_up", [*rows, *cheap])
        assert one.figures["price_before"] == 100
