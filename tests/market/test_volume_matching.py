"""Position-neutral sets of traders, against a literal performance of the published definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.market.kernels import volume_matching
from vermilion.market.kernels.neutral import longest_neutral, neutral_prefixes
from vermilion.market.kernels.trader_sets import trader_sets
from vermilion.sql import SqlEngine

from .harness import found
from .literal_matching import Trade, literal_labels, literal_prefix, literal_sets

HOUR, DAY = 3_600_000, 86_400_000
PARAMETERS = {
    "min_occurrence": 2,
    "margin_per_mille": 10,
    "short_minutes": 60,
    "middle_minutes": 1_440,
    "long_minutes": 10_080,
    "shifted": 0,
    "whole": 0,
}


def kernel_labels(trades: list[Trade], parameters: dict[str, int]) -> dict[int, tuple[int, Any]]:
    """Return the same of the kernel."""
    made = volume_matching.run(columns(trades), parameters)
    return {
        int(n): (int(role), (int(party), int(other)))
        for n, role, party, other in zip(
            made["n"], made["role"], made["party"], made["other"], strict=True
        )
    }


def columns(trades: list[Trade], **other: list[int]) -> dict[str, Any]:
    """Return trades as the columns that the kernel gets, in its order."""
    every = {
        "collection": [one.collection for one in trades],
        "n": list(range(len(trades))),
        "ms": [one.ms for one in trades],
        "token": [one.unit for one in trades],
        "sale": [1] * len(trades),
        "many": [1] * len(trades),
        "sender": [one.seller for one in trades],
        "recipient": [one.buyer for one in trades],
        "sender_service": [0] * len(trades),
        "recipient_service": [0] * len(trades),
        "quantity": [one.quantity for one in trades],
        **other,
    }
    order = sorted(range(len(trades)), key=lambda place: (trades[place].collection, place))
    return {name: np.array(values, dtype=np.int64)[order] for name, values in every.items()}


def histories(parties: int, quantities: st.SearchStrategy[int]) -> st.SearchStrategy[list[Trade]]:
    """Give histories in which circles, and windows, are common."""
    one = st.builds(
        lambda ms, unit, pair, quantity: Trade(
            ms * HOUR // 2, unit, pair[0], (pair[0] + pair[1]) % parties, quantity, unit // 2
        ),
        st.integers(0, 400),
        st.integers(0, 3),
        st.tuples(st.integers(0, parties - 1), st.integers(1, parties - 1)),
        quantities,
    )
    return st.lists(one, max_size=60).map(lambda found: sorted(found, key=lambda trade: trade.ms))


class TestAgainstTheDefinition:
    """Labels of generated histories are those of the definition."""

    @settings(max_examples=150, deadline=None)
    @given(histories(4, st.just(1)), st.integers(1, 4), st.integers(0, 1))
    def test_unit_trades(self, trades: list[Trade], least: int, shifted: int) -> None:
        """Trades of one unit get the pass and the set that the definition gives them."""
        parameters = PARAMETERS | {"min_occurrence": least, "shifted": shifted}
        assert kernel_labels(trades, parameters) == literal_labels(trades, parameters)

    @settings(max_examples=150, deadline=None)
    @given(
        histories(6, st.integers(1, 300)),
        st.integers(0, 999),
    )
    def test_any_quantities_and_margin(self, trades: list[Trade], margin: int) -> None:
        """Quantities and margins with which four or more traders hold something do too."""
        parameters = PARAMETERS | {"margin_per_mille": margin, "min_occurrence": 1}
        assert kernel_labels(trades, parameters) == literal_labels(trades, parameters)

    @settings(max_examples=100, deadline=None)
    @given(histories(5, st.just(1)))
    def test_sets(self, trades: list[Trade]) -> None:
        """Counting a component as often as its lightest edge is heavy equals counting it each time."""
        place, unit, seller, buyer = (
            np.array(values, dtype=np.int64)
            for values in (
                [one.collection for one in trades],
                [one.unit for one in trades],
                [one.seller for one in trades],
                [one.buyer for one in trades],
            )
        )
        found = trader_sets(place, unit, seller, buyer, 1)
        assert [
            (one.collection, one.occurrence, tuple(one.members.tolist())) for one in found
        ] == literal_sets(trades, 1)

    @settings(max_examples=100, deadline=None)
    @given(histories(6, st.integers(1, 2**61)), st.integers(0, 999))
    def test_beginnings_of_huge_quantities(self, trades: list[Trade], margin: int) -> None:
        """Sums beyond 64 bits are exact."""
        group = np.zeros(len(trades), dtype=np.int64)
        seller, buyer, quantity = (
            np.array([one[column] for one in trades], dtype=np.int64) for column in (2, 3, 4)
        )
        labelled = neutral_prefixes(group, seller, buyer, quantity, margin)
        assert int(labelled.sum()) == literal_prefix(trades, margin)
        assert labelled.tolist() == sorted(labelled.tolist(), reverse=True)


class TestByHand:
    """Labels that a person can follow."""

    def test_there_and_back(self) -> None:
        """Two sales there and back within the hour are labelled, both of them: none is left off."""
        trades = [Trade(0, 0, 1, 2), Trade(60_000, 0, 2, 1)]
        assert kernel_labels(trades, PARAMETERS | {"min_occurrence": 1}) == {
            0: (0, (1, 2)),
            1: (0, (1, 2)),
        }

    def test_trade_after_the_circle(self) -> None:
        """A last trade that leaves someone with more is not labelled; the circle before it is."""
        trades = [
            Trade(0, 0, 1, 2),
            Trade(1, 0, 2, 3),
            Trade(2, 0, 3, 1),
            Trade(3, 0, 1, 2),
        ]
        assert set(kernel_labels(trades, PARAMETERS | {"min_occurrence": 1})) == {0, 1, 2}

    def test_wider_window(self) -> None:
        """What crosses an hour is labelled by the day's pass, and what crosses a day by the week's."""
        trades = [
            Trade(0, 0, 1, 2),
            Trade(2 * HOUR, 0, 2, 1),
            Trade(5 * DAY, 1, 1, 2),
            Trade(6 * DAY, 1, 2, 1),
        ]
        labels = kernel_labels(trades, PARAMETERS)
        assert [labels[place][0] for place in range(4)] == [1, 1, 2, 2]

    def test_edge_of_windows(self) -> None:
        """A circle across the edge of a window is labelled at its width by the shifted pass."""
        trades = [
            Trade(7 * DAY - 60_000, 0, 1, 2),
            Trade(7 * DAY + 60_000, 0, 2, 1),
        ]
        parameters = PARAMETERS | {"min_occurrence": 1}
        assert kernel_labels(trades, parameters) == {}
        labels = kernel_labels(trades, parameters | {"shifted": 1})
        assert {number for number, _ in labels.values()} == {0}

    def test_rare_set(self) -> None:
        """A set that circled once is let alone where twice is asked."""
        assert kernel_labels([Trade(0, 0, 1, 2), Trade(1, 0, 2, 1)], PARAMETERS) == {}

    def test_margin(self) -> None:
        """100 units there and 99 back are neutral within 1.01 % of the mean and not within 1 %."""
        assert longest_neutral([1, 2], [2, 1], [100, 99], 11) == 2
        assert longest_neutral([1, 2], [2, 1], [100, 99], 10) == 0

    def test_ring_over_tokens(self) -> None:
        """A ring that never returns a token is seen in the collection as a whole, and only there."""
        trades = [Trade(place, place, place % 2, 1 - place % 2) for place in range(6)]
        assert kernel_labels(trades, PARAMETERS) == {}
        assert len(kernel_labels(trades, PARAMETERS | {"whole": 1})) == 6

    @pytest.mark.parametrize(
        "changed",
        [
            {"sale": [0, 1]},
            {"many": [0, 0]},
            {"sender": [-1, 2]},
            {"sender_service": [1, 0]},
            {"recipient_service": [0, 1]},
            {"quantity": [2**62, 2**62]},
        ],
    )
    def test_left_out(self, changed: dict[str, list[int]]) -> None:
        """Transfers, unique tokens, unknown parties, service accounts and inexact quantities are left out."""
        trades = [Trade(0, 0, 1, 2), Trade(1, 0, 2, 1)]
        parameters = PARAMETERS | {"min_occurrence": 1}
        assert len(volume_matching.run(columns(trades), parameters)["n"]) == 2
        assert len(volume_matching.run(columns(trades, **changed), parameters)["n"]) == 0

    def test_partitions_do_not_touch(self) -> None:
        """Each collection by itself gives what all together give."""
        trades = [
            Trade(place * 60_000, place % 3, place % 2, 1 - place % 2, 1, place % 3)
            for place in range(60)
        ]
        together = kernel_labels(trades, PARAMETERS)
        apart: dict[int, Any] = {}
        for collection in range(3):
            every = columns(trades)
            mine = {
                name: values[every["collection"] == collection] for name, values in every.items()
            }
            made = volume_matching.run(mine, PARAMETERS)
            apart |= dict.fromkeys(made["n"].tolist())
        assert len(together) == 60
        assert set(apart) == set(together)


class TestThroughTheFramework:
    """The detector as it runs, on each engine."""

    MOVES = [
        {
            "minute": minute,
            "token": f"c/{1 + minute // 10}",
            "sender": f"p:{'ab'[minute % 2]}",
            "recipient": f"p:{'ba'[minute % 2]}",
            "many": True,
            "quantity": 5,
        }
        for minute in (0, 1, 2, 3, 4, 5, 10, 11, 12)
    ]

    def test_finding(self, engines: SqlEngine) -> None:
        """A pair is one finding for each token, with its rows by the pass that labelled them."""
        one, two = found("volume_matching", self.MOVES, engine=engines)
        assert one.subject == {"collection": "c", "token": "c/1", "party": "p:a", "other": "p:b"}
        assert one.rows == {"short": ["m0", "m1", "m2", "m3", "m4", "m5"]}
        assert one.parts == {"neutral": 40, "trades": 12, "quick": 20}
        assert two.rows == {"short": ["m6", "m7"]}

    def test_collection_as_a_whole(self) -> None:
        """A ring over unique tokens is found where the operator takes collections as a whole."""
        moves = [move | {"token": f"c/{move['minute']}", "many": False} for move in self.MOVES[:6]]
        assert found("volume_matching", moves) == []
        [one] = found("volume_matching", moves, parameters={"whole": 1})
        assert one.subject == {"collection": "c", "party": "p:a", "other": "p:b"}

    def test_entities(self) -> None:
        """A set whose members stand for one another is found on the level of entities only."""
        payments = [
            {"day": -3, "payer": "p:a", "payee": "p:c", "amount": 500},
        ]
        moves = [dict(move) for move in self.MOVES[:6]]
        for place in (1, 3, 5):
            moves[place]["recipient"] = "p:c"
        assert found("volume_matching", moves, payments=payments) == []
        [one] = found("volume_matching", moves, payments=payments, level="entity")
        assert one.subject["party"] == "p:a"
