"""What the report's templates are given: a `Summary` sorted, cut to size and drawn."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from markupsafe import Markup

from vermilion.desk.summary import MissingLine, RulebookLine, RuleLine, Summary
from vermilion.pages.buckets import Series, gather
from vermilion.pages.charts import Captions, Frame, share_bar, verdict_chart
from vermilion.pages.codes import VERDICT_ORDER, VERDICTS, named
from vermilion.pages.fact_labels import fact_label
from vermilion.pages.text import percent, shorten, visible
from vermilion.pages.words import Language, pick, say

TO_ACT_ON = ("deny", "review", "condition")
"""Verdicts that get a chart of their own, lest the many that may go ahead flatten them."""

MOST_BARS = 15
MOST_MISSING = 40
MOST_REJECTS = 40
MOST_FILES = 6
MOST_EXAMPLES = 5
MOST_CARDS = 80
"""Rules told in full; the rest, which touched least, are listed."""

EXAMPLE_BUDGET = 120
"""Example rows in a whole report, shared evenly: what keeps the file below a megabyte."""


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


class Card(NamedTuple):
    """A rule that hit or could not decide, with its place on the page and its bar."""

    number: int
    rule: RuleLine
    bar: Markup
    examples: int
    """How many examples are shown."""


class View(NamedTuple):
    """Everything of one run in one language."""

    books: list[Book]
    cards: list[Card]
    rest: list[RuleLine]
    """Rules that hit or could not decide and have no card."""
    bars: list[Card]
    """The cards with most hits, then most missing, first."""
    colours: list[str]
    """Verdicts that occur in the bars."""
    quiet: list[RuleLine]
    missing: list[MissingLine]
    numbers: dict[str, int]
    """Card number by rule id."""
    period: tuple[str, str] | None
    drafts: int
    citations: int
    verify: str
    unaccounted: int


def view_of(summary: Summary, language: Language) -> View:
    """Sort and draw a run for one language."""
    touched = by_gravity(summary.rules)
    quiet = sorted((r for r in summary.rules if not (r.hit or r.missing)), key=_quietness)
    longest = max((r.hit + r.missing for r in touched), default=0)
    told = touched[:MOST_CARDS]
    shown = max(1, min(MOST_EXAMPLES, EXAMPLE_BUDGET // max(len(told), 1)))
    cards = [Card(i, r, _bar(r, longest, language), shown) for i, r in enumerate(told, start=1)]
    cited = [c for r in told for c in r.citations]
    days = [day for book in summary.rulebooks for day, _ in book.by_day]
    accounted = summary.judged + summary.duplicate + summary.rejected
    return View(
        books=[_book(b, f"{language}-{i}", language) for i, b in enumerate(summary.rulebooks)],
        cards=cards,
        rest=touched[MOST_CARDS:],
        bars=sorted(cards, key=lambda c: (-c.rule.hit, -c.rule.missing))[:MOST_BARS],
        colours=[v for v in VERDICT_ORDER if any(r.verdict == v and r.hit for r in touched)],
        quiet=quiet,
        missing=by_effect(summary.missing),
        numbers={card.rule.id: card.number for card in reversed(cards)},
        period=(min(days), max(days)) if days else None,
        drafts=sum(c.status != "verified" for c in cited),
        citations=len(cited),
        verify=f"vermilion record verify --book {shlex.quote(visible(summary.book or 'DIR'))}",
        unaccounted=abs(summary.read - accounted),
    )


def by_effect(missing: list[MissingLine]) -> list[MissingLine]:
    """Sort questions by how many events an answer frees, then by how many wait."""
    return sorted(missing, key=lambda m: (-m.frees, -m.events, m.fact))


def by_gravity(rules: list[RuleLine]) -> list[RuleLine]:
    """Sort rules that hit or could not decide: hits of the strongest verdict first."""
    return sorted((r for r in rules if r.hit or r.missing), key=_gravity)


def label_in(path: str, event_type: str, language: Language) -> str:
    """Return a fact's label; a path that a rule wrote may start at the event's own fields."""
    for candidate in (path, f"{event_type}.{path}"):
        label = fact_label(candidate)
        if label.en != candidate:
            return pick(label, language)
    return shorten(path, 80)


def css_of(verdict: str) -> str:
    """Return the end of the CSS class of a verdict; a foreign code never becomes one."""
    return verdict if verdict in VERDICTS else "not_applicable"


def _gravity(rule: RuleLine) -> tuple[bool, int, int, int, str]:
    return (not rule.hit, _strength(rule.verdict), -rule.hit, -rule.missing, rule.id)


def _quietness(rule: RuleLine) -> tuple[bool, str]:
    return (not rule.passed, rule.id)


def _strength(verdict: str) -> int:
    return VERDICT_ORDER.index(verdict) if verdict in VERDICT_ORDER else len(VERDICT_ORDER)


def _bar(rule: RuleLine, longest: int, language: Language) -> Markup:
    told = say("hits.bar", language, hit=rule.hit, missing=rule.missing)
    parts = [(f"v-{css_of(rule.verdict)}", rule.hit), ("v-missing", rule.missing)]
    return share_bar(parts, longest, told)


def _book(line: RulebookLine, ident: str, language: Language) -> Book:
    total = sum(line.verdicts.values())
    tiles = [
        Tile(v, line.verdicts.get(v, 0), percent(line.verdicts.get(v, 0), total))
        for v in VERDICT_ORDER
    ]
    series = gather(line.by_day)
    acted = [v for v in series.verdicts if v in TO_ACT_ON]
    panels = []
    if acted and acted != series.verdicts:
        panels.append(_panel("time.action", acted, series, f"{ident}-act", language))
    if series.buckets:
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
