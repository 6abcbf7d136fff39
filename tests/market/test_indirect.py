"""Round sizes and first digits: signs about numbers, which flag nothing."""

from __future__ import annotations

from typing import Any

from vermilion.market.declaration import detectors
from vermilion.sql import SqlEngine

from .harness import Found, found

Row = dict[str, Any]
SMALL = {"min_sales": 20, "min_party_sales": 5, "shown": 3}


def sales(prices: list[int], seller: str = "p:s", **other: Any) -> list[Row]:
    """Return a sale for each price."""
    return [{"sender": seller, "recipient": "p:b", "price": price, **other} for price in prices]


ROUND = [1000, 2500, 3000, 9900, 12_000] * 4
UNROUND = [1234, 2501, 3333, 9876, 12_300] * 4


def rounds(rows: list[Row], **other: Any) -> list[Found]:
    """Return what `round_sizes` tells of a small market."""
    return found("round_sizes", rows, parameters=SMALL, **other)


class TestRoundSizes:
    """Prices with digits after the second."""

    def test_collection(self, engines: SqlEngine) -> None:
        """Two round prices of twenty are too few; the first rows and the last are shown."""
        [one] = rounds(sales([*UNROUND[:18], 1000, 5000]), engine=engines)
        assert one.subject == {"collection": "c"}
        assert (one.figures["counted"], one.figures["round_sales"]) == (20, 2)
        assert one.rows == {"sample": ["m0", "m1", "m2"], "last": ["m19"]}
        assert one.parts == {"few_round": 10, "sales": 0, "none": 0}

    def test_round_market(self) -> None:
        """People who set their prices are not told; four of twenty are enough."""
        few = sales(UNROUND[:16] + [1000] * 4, token="d/1")
        assert rounds([*sales(ROUND), *few]) == []

    def test_party(self) -> None:
        """A seller whose prices are not round in a market of round ones is told, and no other."""
        [one] = rounds([*sales(ROUND), *sales(UNROUND[:5], "p:x")])
        assert one.subject == {"collection": "c", "party": "p:x"}
        assert one.figures == one.figures | {"round_sales": 0, "other_sales": 20, "other_round": 20}
        assert one.parts["none"] == 10

    def test_large_prices(self) -> None:
        """A one and 35 zeros is round, as is 99 and 34; one more unit, wherever, and it is not."""
        round_ = {"a": 10**35, "b": 99 * 10**34, "c": 1000}
        unround = {"d": 10**35 + 1, "e": 99 * 10**34 + 10, "f": 1010}
        rows = [
            row
            for name, price in (round_ | unround).items()
            for row in sales([price] * 20, token=f"{name}/1")
        ]
        assert [one.subject["collection"] for one in rounds(rows)] == list(unround)

    def test_small_prices(self) -> None:
        """Prices below the least, which always are round, are left out."""
        mixed = sales([999] * 20 + UNROUND[:19], token="d/1")
        assert rounds([*sales([999] * 20), *mixed]) == []


BENFORD = [
    digit * 10 ** (place % 5)
    for place, digit in enumerate(
        [1] * 301
        + [2] * 176
        + [3] * 125
        + [4] * 97
        + [5] * 79
        + [6] * 67
        + [7] * 58
        + [8] * 51
        + [9] * 46
    )
]


class TestFirstDigit:
    """Digits against Benford's law."""

    def test_lawful(self) -> None:
        """A thousand prices with the law's shares are not told."""
        assert found("first_digit", sales(BENFORD)) == []

    def test_even(self, engines: SqlEngine) -> None:
        """Digits that are all as frequent are told: chi-square is 405 of 1008, by hand and scipy alike."""
        prices = [(1 + place % 9) * 10 ** (place % 5) for place in range(1008)]
        [one] = found("first_digit", sales(prices), engine=engines)
        assert one.score == 10
        assert [one.figures[f"digit_{digit}"] for digit in range(1, 10)] == [112] * 9

    def test_critical_value(self) -> None:
        """The threshold is chi-square's: with the effect left out, 500 sales pass at 0.1 % up to 26.125."""
        from scipy.stats import chisquare

        shares = [301030, 176091, 124939, 96910, 79181, 66947, 57992, 51153, 45757]
        rows, expected = [], set()
        for moved in (35, 38, 39, 42, 45):
            counts = [150, 88, 62, 49, 40, 33, 29, 26, 23]
            counts[0] -= moved
            counts[1] += moved
            digits = [digit + 1 for digit, number in enumerate(counts) for _ in range(number)]
            prices = [digit * 10 ** (place % 5) for place, digit in enumerate(digits)]
            rows += sales(prices, token=f"c{moved}/1")
            if chisquare(counts, [500 * share / 1e6 for share in shares]).statistic >= 26.125:
                expected.add(f"c{moved}")
        told = found("first_digit", rows, parameters={"effect_per_mille": 0})
        assert {one.subject["collection"] for one in told} == expected
        assert 0 < len(expected) < 5

    def test_needs_spread_and_number(self) -> None:
        """Prices within three orders of magnitude, or fewer than 500, tell nothing."""
        narrow = sales([90 + place % 10 for place in range(600)])
        few = sales([9 * 10 ** (place % 5) for place in range(499)], token="d/1")
        assert found("first_digit", narrow + few) == []

    def test_greatest_prices(self) -> None:
        """The first digit of 9 x 10^37 is 9, as is that of 9."""
        prices = [9 * 10**37, *[9] * 499]
        [one] = found("first_digit", sales(prices))
        assert one.figures["digit_9"] == 500


def test_indirect_signs_flag_nothing() -> None:
    """Both say that they are indirect, and neither flags a trade."""
    for name in ("round_sizes", "first_digit"):
        said = detectors()[name].declaration
        assert said.indirect
        assert not said.flags
