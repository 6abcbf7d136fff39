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
        violation_rate: per mille of the events after the opening that are planted: by turns a
            violation and its lawful twin. What a pattern needs before comes on top.
        withheld: per mille of new parties, platforms, works and collections of which one fact stays
            unstated; of sales and offers a tenth of that lacks one.
        max_buyers: most buyers, whatever the number of events.
        duplicates: per mille of the clean events after the opening that come twice.
        late: per mille of sales, payments and posts that arrive up to two days after their time.
        corrections: per mille of sales that are corrected or withdrawn afterwards.
        proposed: per mille of sales that are proposed before they are settled.
        patterns: names of the patterns to plant; all where none is named.

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
    duplicates: int = 0
    late: int = 0
    corrections: int = 0
    proposed: int = 0
    patterns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, least, most in (
            ("seed", 0, 2**63 - 1),
            ("events", 0, 10**12),
            ("days", 1, 3_660),
            ("violation_rate", 0, 1_000),
            ("withheld", 0, 1_000),
            ("max_buyers", 24, 1_000_000),
            ("duplicates", 0, 1_000),
            ("late", 0, 1_000),
            ("corrections", 0, 1_000),
            ("proposed", 0, 1_000),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise UsageError(
                    "out_of_range",
                    f"`{value}` is not a possible value of {name.replace('_', ' ')}",
                    help=f"give a number from {least} to {most}",
                    where=name,
                )
        if not 1900 <= self.start.year <= 8980:
            raise UsageError(
                "out_of_range",
                f"the market cannot start on `{self.start}`",
                help="give a day from the years 1900 to 8980",
                where="start",
            )


SAMPLE = MarketConfig(seed=20260330, events=2_000, violation_rate=120, withheld=60)
"""A month in which every pattern occurs and a few facts are lacking, for demonstrations."""
