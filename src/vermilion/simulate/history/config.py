"""How large a simulated history is, and how much of it is abuse, or only looks like it."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from vermilion.errors import UsageError
from vermilion.simulate.history.words import INNOCENTS, PATTERNS

Style = Literal["both", "chain", "platform"]


class HistoryConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What to simulate; equal configurations give equal bytes.

    Args:
        seed: picks one history of many.
        trades: about how many sales to give; mints and transfers come on top.
        start: first day, UTC.
        days: how many days the history spans.
        style: wallets on a public chain that pay in ether, accounts of a platform that pay in yuan,
            or both.
        platform_share: per mille of the trade that is a platform's where there are both.
        planted: per mille of the sales that are planted abuse; of each pattern at least one plant.
        innocents: per mille of the sales that look like abuse and are none.
        duplicates: per mille of moves that come twice.
        broken: per mille of ordinary transfers that are left out, so that a chain of owners breaks.
        missing_prices: per mille of ordinary sales without a price.
        unknown_parties: per mille of ordinary sales whose seller is not known.
        listings: per mille of the sales that were listed before.
        patterns: names of the patterns to plant; all where none is named.
        without: names of patterns and look-alikes to leave out.

    Raises:
        UsageError: a number is out of range, or there is no pattern of a name.
    """

    seed: int = 1
    trades: int = 100_000
    start: dt.date = dt.date(2023, 1, 2)
    days: int = 730
    style: Style = "both"
    platform_share: int = 200
    planted: int = 10
    innocents: int = 10
    duplicates: int = 1
    broken: int = 1
    missing_prices: int = 3
    unknown_parties: int = 1
    listings: int = 100
    patterns: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, least, most in (
            ("seed", 0, 2**63 - 1),
            ("trades", 1_000, 50_000_000),
            ("days", 365, 3_660),
            ("planted", 0, 300),
            ("innocents", 0, 300),
            *((name, 0, 1_000) for name in _SHARES),
        ):
            _in_range(name, getattr(self, name), least, most)
        _in_range("start", self.start.year, 1980, 2200)
        for name in (*self.patterns, *self.without):
            _known(name)

    @property
    def wanted(self) -> tuple[str, ...]:
        """Return the names of the patterns to plant, in their own order."""
        named = self.patterns or PATTERNS
        return tuple(name for name in PATTERNS if name in named and name not in self.without)

    @property
    def look_alikes(self) -> tuple[str, ...]:
        """Return the names of the look-alikes to plant."""
        if not self.innocents:
            return ()
        return tuple(name for name in INNOCENTS if name not in self.without)


_SHARES = (
    "platform_share",
    "duplicates",
    "broken",
    "missing_prices",
    "unknown_parties",
    "listings",
)


def _in_range(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(
            "out_of_range",
            f"`{value}` is not a possible value of {name.replace('_', ' ')}",
            help=f"give a number from {least} to {most}",
            where=name,
        )


def _known(name: str) -> None:
    if name not in PATTERNS and name not in INNOCENTS:
        raise UsageError(
            "unknown_pattern",
            f"there is no pattern `{name}`",
            help=f"one of: {', '.join((*PATTERNS, *INNOCENTS))}",
            where="patterns",
        )
