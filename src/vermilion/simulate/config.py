"""How large a simulated market is, when it takes place, and how much is wrong with it."""

from __future__ import annotations

import datetime as dt

import msgspec

from vermilion.errors import UsageError


class MarketConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What to simulate; equal configurations give equal bytes.

    Args:
        seed: picks one market of many.
        events: how many events to give, the opening statements included.
        start: first day, in China; statements come first, trade begins at six in the morning.
        days: how many days the events spread over.
        violation_rate: per mille of the events after the opening that break a rule, where their
            type has a pattern.
        withheld: per mille of new parties, platforms, works and collections of which one fact stays
            unstated; of sales and offers a tenth of that lacks one.
        max_buyers: most buyers, whatever the number of events.

    Raises:
        UsageError: a number is out of range.
    """

    seed: int = 1
    events: int = 1_000
    start: dt.date = dt.date(2026, 3, 2)
    days: int = 30
    violation_rate: int = 30
    withheld: int = 0
    max_buyers: int = 5_000

    def __post_init__(self) -> None:
        for name, least, most in (
            ("seed", 0, 2**63 - 1),
            ("events", 0, 10**12),
            ("days", 1, 3_660),
            ("violation_rate", 0, 1_000),
            ("withheld", 0, 1_000),
            ("max_buyers", 24, 1_000_000),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise UsageError(
                    "out_of_range",
                    f"`{value}` is not a possible value of {name.replace('_', ' ')}",
                    help=f"give a number from {least} to {most}",
                    where=name,
                )
        if not 1900 <= self.start.year <= 9980:
            raise UsageError(
                "out_of_range",
                f"the market cannot start on `{self.start}`",
                help="give a day from the years 1900 to 9980",
                where="start",
            )


SAMPLE = MarketConfig(seed=20260329, events=2_000, violation_rate=40, withheld=30)
"""A month in which every pattern occurs and a few facts are lacking, for demonstrations."""
