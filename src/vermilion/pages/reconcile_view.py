"""A reconciliation sorted, summed and cut to size, for terminal and page alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

import msgspec

from vermilion.desk.loop.reconcile import COUNTS, Line, Reconciliation, Unexplained
from vermilion.facts.events import EVENT_TYPES
from vermilion.pages.codes import named
from vermilion.pages.fact_labels import fact_label
from vermilion.pages.loop_words import BYPASS_REASONS, CHANGED, COLUMNS, MEANINGS, STANDINGS
from vermilion.pages.text import shorten
from vermilion.pages.words import Language, pick, say
from vermilion.rulebook import Words

MOST_DAYS = 31
"""Days told of one source; those before are summed."""

LEAST_DAYS = 3
"""Days told of one source where there are many sources."""

MOST_CHANGED = 6
"""Facts named in which an event differs from its permit."""

PROPOSED = ("proposed", "permitted", "released", "waiting", "denied", "refused", "lapsed", "allowed")  # fmt: skip
SETTLED = ("settled", "covered", "unexplained", "imported")
PERMITS = ("permits", "used", "open", "unused", "gone")
"""Columns of which the first is the sum of the others."""

_counts = attrgetter(*COUNTS)

_ALWAYS = {"settled", "covered", "unexplained", "proposed", "permitted", "permits", "used"}


class Account(NamedTuple):
    """One source: its sum, its last days, and the sum of the days before."""

    source: str
    sum: Line
    days: Sequence[Line]
    earlier: Line | None
    """Sum of the days before, under the last of them."""


class Accounts(NamedTuple):
    """Sources with their days, then some by their sums alone, then the sum of the rest."""

    told: Sequence[Account]
    brief: Sequence[Account]
    rest: Line | None
    rest_number: int


def accounts(lines: Sequence[Line], *, rows: int, told: int, brief: int) -> Accounts:
    """Return the lines by source, those with most that is unexplained first.

    Args:
        lines: counts by source and day, in order.
        rows: how many days may be told in all; the sources share them evenly.
        told: how many sources are told with their days.
        brief: how many more are told by their sums.
    """
    by_source: dict[str, list[Line]] = {}
    for line in lines:
        by_source.setdefault(line.source, []).append(line)
    share = max(rows // max(min(len(by_source), told), 1), LEAST_DAYS)
    found = [_account(source, own, min(share, MOST_DAYS)) for source, own in by_source.items()]
    found.sort(key=lambda one: (-one.sum.unexplained, -one.sum.waiting, one.source))
    rest = found[told + brief :]
    return Accounts(
        found[:told],
        found[told : told + brief],
        summed("", "", [one.sum for one in rest]) if rest else None,
        len(rest),
    )


def summed(source: str, day: str, lines: Sequence[Line]) -> Line:
    """Return the sum of some lines, zeros of none, under a name of its own."""
    if len(lines) == 1:
        return msgspec.structs.replace(lines[0], source=source, day=day)
    sums = map(sum, zip(*map(_counts, lines), strict=True))
    return Line(source=source, day=day, **dict(zip(COUNTS, sums, strict=False)))


def value(line: Line, column: str) -> int:
    """Return a count of a line; `permits` and `used` follow from those that it has."""
    if column == "permits":
        return line.permitted + line.released
    if column == "used":
        return line.permitted + line.released - line.open - line.unused - line.gone
    number: int = getattr(line, column)
    return number


def columns(total: Line, names: Sequence[str]) -> list[str]:
    """Return the columns worth showing: what is zero throughout adds nothing to a sum."""
    if not value(total, names[0]):
        return []
    return [name for name in names if name in _ALWAYS or value(total, name)]


def equations(total: Line, language: Language) -> list[list[str]]:
    """Return the counts as sums, each in parts: `12 settled = 10 covered`, `+ 2 unexplained`."""
    found = []
    for names in (SETTLED, PROPOSED, PERMITS):
        terms = [_term(name, total, language) for name in columns(total, names)]
        if terms:
            found.append([f"{terms[0]} = {terms[1]}", *(f"+ {term}" for term in terms[2:])])
    return [*found, [_term("withdrawn", total, language)]] if total.withdrawn else found


def meanings(total: Line, language: Language) -> list[str]:
    """Return what the counts mean that occur and do not say it themselves."""
    shown = {name for name in MEANINGS if value(total, name)}
    if total.refused:
        shown.add("denied")
    if value(total, "permits"):
        shown.add("open")
    return [pick(words, language) for name, words in MEANINGS.items() if name in shown]


def answers(found: Reconciliation, language: Language) -> list[str]:
    """Return the answer in a sentence, and a second one where numbers are missing."""
    total = found.total
    due = total.settled - total.imported
    if total.unexplained:
        key, n = "loop.unexplained", total.unexplained
    elif due:
        key, n = ("loop.covered" if total.imported else "loop.explained"), due
    elif total.settled:
        key, n = "loop.imported", total.settled
    else:
        key, n = ("loop.unsettled" if total.proposed else "loop.empty"), total.proposed
    said = [say(key, language, n=n, settled=total.settled, imported=total.imported)]
    missing = sum(gap.last - gap.first + 1 for gap in found.gaps)
    return [*said, say("loop.missing", language, n=missing)] if missing else said


def reasons(event: Unexplained, language: Language) -> str:
    """Return in words why no permit covers an event."""
    told = [shorten(pick(named(BYPASS_REASONS, one), language)) for one in event.reasons]
    return say("separator", language).join(told)


def standing(event: Unexplained, language: Language) -> str:
    """Return in words how an event's proposal stood; nothing where no finding says so."""
    if event.proposal is None:
        return ""
    return shorten(pick(named(STANDINGS, event.proposal), language))


def changed(event: Unexplained, language: Language) -> str:
    """Return the names of the facts in which an event differs from its permit."""
    known = list(dict.fromkeys(shorten(pick(_label(path), language)) for path in event.changed))
    told = known[:MOST_CHANGED]
    if len(known) > MOST_CHANGED:
        told.append(say("more", language, n=len(known) - MOST_CHANGED))
    return say("separator", language).join(told)


@lru_cache(maxsize=1024)
def _label(path: str) -> Words:
    """Return what a field is called; where event types differ in that, what its root is called."""
    labels = {fact_label(f"{kind}.{path}") for kind in EVENT_TYPES}
    known = {one for one in labels if not one.en.endswith(f".{path}")}
    return known.pop() if len(known) == 1 else named(CHANGED, path.partition(".")[0])


def _account(source: str, lines: list[Line], most: int) -> Account:
    cut = len(lines) - most if len(lines) > most + 1 else 0
    earlier = summed(source, lines[cut - 1].day, lines[:cut]) if cut else None
    return Account(source, summed(source, "", lines), lines[cut:], earlier)


def _term(name: str, total: Line, language: Language) -> str:
    words = pick(COLUMNS[name], language)
    return say("loop.term", language, name=words, n=value(total, name))
