"""The public scheme of rebuilding the last seven days un-sets flags: the control that fails.

Each run computes the rule anew for the rows since the beginning of the day seven days ago, from these
rows alone, and writes over what was there (surveillance by `nft.wash_trades`, incremental).
"""

from __future__ import annotations

import random
from collections import Counter
from typing import NamedTuple

import pytest

from .harness import DAY, HOUR, START, found

PAIRS = 300
RUN_EVERY = 6 * HOUR
KEPT_FRESH = 7 * DAY
MIDNIGHT = START - START % DAY


class Leg(NamedTuple):
    """A sale of a round trip: of which trip, whether it closes it, and when."""

    trip: int
    closes: bool
    ms: int


def trips(days: float) -> list[Leg]:
    """Return round trips that take so many days, each of a token of its own, at any time of day."""
    rng = random.Random(1)
    opened = [MIDNIGHT + int(rng.random() * 30 * DAY) for _ in range(PAIRS)]
    return [
        Leg(trip, closes, ms + int(days * DAY) * closes)
        for trip, ms in enumerate(opened)
        for closes in (False, True)
    ]


def rule(legs: list[Leg]) -> set[Leg]:
    """Return legs whose other leg is there too."""
    there = Counter(leg.trip for leg in legs)
    return {leg for leg in legs if there[leg.trip] == 2}


def slid(legs: list[Leg]) -> set[Leg]:
    """Return what is flagged in the end when every run rebuilds the last seven days."""
    flagged: set[Leg] = set()
    now, last = min(leg.ms for leg in legs), max(leg.ms for leg in legs) + KEPT_FRESH + 2 * DAY
    now -= now % RUN_EVERY
    while now <= last:
        since = now - KEPT_FRESH
        since -= since % DAY
        fresh = [leg for leg in legs if since <= leg.ms <= now]
        flagged = (flagged - set(fresh)) | rule(fresh)
        now += RUN_EVERY
    return flagged


def shares(days: float) -> tuple[float, float]:
    """Return which parts of opening and of closing legs stay flagged."""
    legs = trips(days)
    assert rule(legs) == set(legs)
    kept = slid(legs)
    opening, closing = (
        sum(leg in kept for leg in legs if leg.closes is closes) / PAIRS for closes in (False, True)
    )
    return opening, closing


def test_half_a_day_loses_half_of_the_closing_legs() -> None:
    """A closing leg stays flagged only if its trip opened on the same day: about one in two."""
    opening, closing = shares(0.5)
    assert opening == 1
    assert 0.4 < closing < 0.6


@pytest.mark.parametrize("days", [1, 3, 6])
def test_days_lose_every_closing_leg(days: int) -> None:
    """Trips of one to six days keep all opening legs and not one closing leg."""
    assert shares(days) == (1, 0)


def test_a_week_and_more_loses_nearly_all() -> None:
    """After seven days and a half some opening legs are left, after ten nothing."""
    opening, closing = shares(7.5)
    assert 0 < opening < 0.6
    assert closing == 0
    assert shares(10) == (0, 0)


@pytest.mark.parametrize("days", [0.5, 3, 10])
def test_whole_history_keeps_both_legs(days: float) -> None:
    """The same rule over the whole history flags both legs, however long the trip."""
    moves = [
        {
            "sender": "AB"[leg.closes],
            "recipient": "BA"[leg.closes],
            "token": f"c/{leg.trip}",
            "ms": leg.ms,
        }
        for leg in trips(days)[:20]
    ]
    rows = [
        id for one in found("dune_back_and_forth", moves) for ids in one.rows.values() for id in ids
    ]
    assert len(set(rows)) == len(moves)
