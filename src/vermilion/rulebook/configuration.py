"""What a book's `book.yaml` says: who the operator is, and how the book is run."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

from vermilion.rulebook.model import ClauseRef, Profile, Shape

ANY_RULE = ""
"""The prefix that every rule's id begins with."""


class Deadline(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Days in which a case is answered that opened on a day or later, and where they come from."""

    from_: dt.date
    days: Annotated[int, msgspec.Meta(ge=1, le=3_650)]
    basis: ClauseRef | Literal["policy"]


def _policy(days: int) -> list[Deadline]:
    return [Deadline(from_=dt.date(2020, 1, 1), days=days, basis="policy")]


class CaseSettings(Shape, frozen=True, kw_only=True):
    """How cases are run. Policy, but for deadlines that name a clause.

    `deadlines` are by the beginning of the rule's id, of which the longest counts; the empty one is
    for all other rules. Of each list counts the last that begins on or before the day on which the
    case opened, and the first one for the days before them all.
    """

    deadlines: dict[str, Annotated[list[Deadline], msgspec.Meta(min_length=1)]] = msgspec.field(
        default_factory=lambda: {
            ANY_RULE: _policy(10),
            # Whoever is on a list is stopped at once; one day is the operator's for a false alarm.
            "CN-N5-03": _policy(1),
            # An objection to measures against money laundering is answered in 15 days.
            "CN-N5-05": [
                Deadline(
                    from_=dt.date(2025, 1, 1),
                    days=15,
                    basis=ClauseRef(instrument="CN-AML-2024", pinpoint="art. 39"),
                )
            ],
            # After a counter-statement, measures end where nobody complains or sues in 15 days.
            "CN-IP-03": [
                Deadline(
                    from_=dt.date(2020, 1, 1),
                    days=15,
                    basis=ClauseRef(instrument="CN-ECOM-2018", pinpoint="arts. 42-44"),
                )
            ],
        }
    )

    def deadline(self, rule: str, day: dt.date) -> Deadline:
        """Return by when a case under a rule is answered that opened on a legal day."""
        known = [prefix for prefix in self.deadlines if rule.startswith(prefix)]
        dated = self.deadlines[max(known, key=len)] if known else _policy(10)
        begun = [one for one in dated if one.from_ <= day]
        if not begun:
            return min(dated, key=lambda one: one.from_)
        return max(begun, key=lambda one: one.from_)


class Configuration(Profile, frozen=True, kw_only=True):
    """All that `book.yaml` says; only the profile decides which norms bind."""

    rulebooks: Annotated[list[str], msgspec.Meta(min_length=1)] = msgspec.field(
        default_factory=lambda: ["cn"]
    )
    cases: CaseSettings = msgspec.field(default_factory=CaseSettings)

    @property
    def profile(self) -> Profile:
        """The part that decides which norms bind, and is in every rulebook's digest."""
        return Profile(**{name: getattr(self, name) for name in Profile.__struct_fields__})
