"""A reconciliation as one HTML file that opens anywhere and speaks Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from markupsafe import Markup

from vermilion.desk.loop.reconcile import Reconciliation
from vermilion.pages import reconcile_view as view
from vermilion.pages.buckets import Series, gather
from vermilion.pages.charts import Captions, Frame, seal_mark, verdict_chart
from vermilion.pages.codes import named
from vermilion.pages.frame import framed, rendered
from vermilion.pages.loop_words import BYPASS_REASONS, COLUMNS, EFFECTS, VOIDS
from vermilion.pages.text import shorten
from vermilion.pages.words import LANGUAGES, Language, pick, say, thousands
from vermilion.rulebook import Words

MOST_ROWS = 620
"""Days of all sources together."""
MOST_SOURCES = 40
MOST_BRIEF = 200
MOST_GAPS = 200
MOST_OPEN = 1
"""Sources whose days are unfolded from the start."""

LONGEST_ID = 96

DRAWN = ("unexplained", "covered")
"""Counts in the chart, from the base line up; what was imported needed no permit."""

TILES = ("unexplained", "covered", "imported", "waiting", "open")


class Group(NamedTuple):
    """Columns under one heading."""

    title: str
    columns: Sequence[str]


class Drawing(NamedTuple):
    """What settled over time, in two widths, with the numbers behind it."""

    series: Series
    wide: Markup
    narrow: Markup


def render_reconciliation(found: Reconciliation, *, language: Language = "en") -> str:
    """Return a reconciliation as one HTML file in both languages, which asks the network for nothing.

    Args:
        found: what was found.
        language: the one that shows first, and alone where the reader prints or has no switch.
    """
    book = shorten(found.book, 80)
    accounts = view.accounts(found.lines, rows=MOST_ROWS, told=MOST_SOURCES, brief=MOST_BRIEF)
    return framed(
        {
            each: rendered("reconcile.html.j2", _context(found, accounts, each))
            for each in LANGUAGES
        },
        {each: say("loop.of", each, book=book) for each in LANGUAGES},
        language,
    )


def _context(
    found: Reconciliation, accounts: view.Accounts, language: Language
) -> dict[str, object]:
    def names(table: dict[str, Words], code: str) -> str:
        return shorten(pick(named(table, code), language), 80)

    days = [line.day for line in found.lines]
    return {
        "found": found,
        "language": language,
        "seal": seal_mark(),
        "say": partial(say, language=language),
        "number": thousands,
        "short": shorten,
        "value": view.value,
        "answers": view.answers(found, language),
        "meanings": view.meanings(found.total, language),
        "equations": view.equations(found.total, language),
        "period": (min(days), max(days)) if days else None,
        "sources": len({line.source for line in found.lines}),
        "tiles": TILES,
        "drawing": _drawing(found, language),
        "drawn": DRAWN,
        "accounts": accounts,
        "groups": _groups(found),
        "column": partial(names, COLUMNS),
        "reason": partial(names, BYPASS_REASONS),
        "effect": partial(names, EFFECTS),
        "void": partial(names, VOIDS),
        "reasons": partial(view.reasons, language=language),
        "standing": partial(view.standing, language=language),
        "changed": partial(view.changed, language=language),
        "most_gaps": MOST_GAPS,
        "most_open": MOST_OPEN,
        "longest": LONGEST_ID,
    }


def _groups(found: Reconciliation) -> list[Group]:
    """Return the columns worth showing, under their headings."""
    settled = (*view.SETTLED, "backdated", "withdrawn")
    all_ = [
        Group("loop.settlements", view.columns(found.total, settled)),
        Group("loop.proposals", view.columns(found.total, view.PROPOSED)),
        Group("loop.permits", view.columns(found.total, view.PERMITS)[2:]),
    ]
    return [group for group in all_ if group.columns]


def _drawing(found: Reconciliation, language: Language) -> Drawing | None:
    """Draw what settled over time; one day alone is told by the tiles."""
    series = gather(
        [
            (line.day, {name: view.value(line, name) for name in DRAWN})
            for line in found.lines
            if line.covered or line.unexplained
        ]
    )
    if len(series.buckets) < 2:
        return None
    description = say(
        "loop.describe",
        language,
        unit=say(f"unit.{series.unit}", language),
        first=series.buckets[0].label,
        last=series.buckets[-1].label,
        covered=found.total.covered,
        unexplained=found.total.unexplained,
    )
    names = {name: pick(COLUMNS[name], language) for name in DRAWN}
    captions = Captions(say("loop.over_time", language), description, names)
    wide, narrow = (
        verdict_chart(series.buckets, Frame(f"{language}-{name}", width, height), captions)
        for name, width, height in (("wide", 1000, 200), ("narrow", 350, 170))
    )
    return Drawing(series, wide, narrow)
