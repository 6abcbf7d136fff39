"""A rulebook's verdicts as tiles and as charts over time."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from vermilion.desk.summary import RulebookLine
from vermilion.pages.buckets import Series, gather
from vermilion.pages.charts import Captions, Frame, verdict_chart
from vermilion.pages.codes import VERDICT_ORDER, VERDICTS, named
from vermilion.pages.text import percent
from vermilion.pages.words import Language, pick, say

TO_ACT_ON = ("deny", "review", "condition")
"""Verdicts that get a chart of their own, lest the many that may go ahead flatten them."""


class Tile(NamedTuple):
    """One verdict with its number and its share of all events."""

    verdict: str
    number: int
    share: str


class Panel(NamedTuple):
    """One chart over time in two widths."""

    title: str
    wide: Markup
    narrow: Markup


class Book(NamedTuple):
    """One rulebook's verdicts: tiles, charts over time, and the numbers behind them."""

    line: RulebookLine
    tiles: list[Tile]
    panels: list[Panel]
    series: Series


def book_of(line: RulebookLine, ident: str, language: Language) -> Book:
    """Count and draw what a rulebook came to; one day alone is told by the tiles.

    Args:
        line: the rulebook.
        ident: keeps the ids of its charts apart on a page.
        language: of captions.
    """
    total = sum(line.verdicts.values())
    tiles = [
        Tile(v, line.verdicts.get(v, 0), percent(line.verdicts.get(v, 0), total))
        for v in VERDICT_ORDER
    ]
    series = gather(line.by_day)
    acted = [v for v in series.verdicts if v in TO_ACT_ON]
    panels = []
    if acted and acted != series.verdicts and len(series.buckets) > 1:
        panels.append(_panel("time.action", acted, series, f"{ident}-act", language))
    if len(series.buckets) > 1:
        panels.append(_panel("time.all", series.verdicts, series, f"{ident}-all", language))
    return Book(line=line, tiles=tiles, panels=panels, series=series)


def _panel(
    title: str, verdicts: list[str], series: Series, ident: str, language: Language
) -> Panel:
    buckets = series.buckets
    events = sum(b.counts.get(v, 0) for b in buckets for v in verdicts)
    description = say(
        "time.describe",
        language,
        unit=say(f"unit.{series.unit}", language),
        first=buckets[0].label,
        last=buckets[-1].label,
        events=say("count.events", language, n=events),
    )
    names = {v: pick(named(VERDICTS, v), language) for v in verdicts}
    captions = Captions(say(title, language), description, names)
    return Panel(
        captions.title,
        verdict_chart(buckets, Frame(f"{ident}-wide", 1000, 220), captions),
        verdict_chart(buckets, Frame(f"{ident}-narrow", 350, 180), captions),
    )
