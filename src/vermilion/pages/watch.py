"""What was seen in a market as one HTML file that opens anywhere and speaks Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from markupsafe import Markup

from vermilion.market.report import MOST_FINDINGS, WatchReport
from vermilion.pages import watch_view as view
from vermilion.pages.charts import seal_mark, share_bar
from vermilion.pages.frame import framed, rendered
from vermilion.pages.text import duration, shorten, visible
from vermilion.pages.value_words import VALUE_WORDS
from vermilion.pages.watch_drawing import WIDTH, drawing
from vermilion.pages.watch_money import (
    amount_text,
    day_text,
    moment_text,
    short_id,
    volume_text,
)
from vermilion.pages.watch_rows import packed
from vermilion.pages.watch_words import KINDS, QUALITY, ROLES, tell, word
from vermilion.pages.words import LANGUAGES, Language, pick, say, thousands

STRONGEST = 10
"""Findings that stand open in each list; the others unfold, by script a hundred at a time. Policy."""

STATIC = 50
"""Findings whose drawing and numbers stand in the page itself, for readers without script and on paper;
those of the others are packed. Policy."""

MOST_BYTES = 15_000_000
"""Bytes of the whole page; where names are so long that it would be more, fewer findings are listed. Policy."""


def render_watch(report: WatchReport, language: Language = "en") -> str:
    """Return the report of a watch as one HTML file in both languages, which asks the network for nothing.

    Args:
        report: what came out.
        language: the one that shows first, and alone where the reader prints or has no switch.
    """
    shown = min(MOST_FINDINGS, len(report.findings))
    while True:
        fewer = msgspec.structs.replace(report, findings=report.findings[:shown])
        page = _rendered(fewer, language)
        if len(page.encode()) <= MOST_BYTES or not shown:
            return page
        shown //= 2


def _rendered(report: WatchReport, language: Language) -> str:
    contexts = {each: _context(report, each) for each in LANGUAGES}
    bodies = {each: _bodies(report, context) for each, context in contexts.items()}
    first = {one.id for one in report.findings[:STATIC]}
    further = {
        each: {id: body for id, body in of.items() if id not in first}
        for each, of in bodies.items()
    }
    packs, with_rows = packed(report.findings, further)
    shared = Markup('<script type="application/json" id="w-packs">{}</script>').format(packs)
    more = {
        "order": {one.id: number for number, one in enumerate(report.findings)},
        "static": STATIC,
        "strongest": STRONGEST,
        "with_rows": with_rows,
    }
    pages = {
        each: rendered("watch.html.j2", context | more | {"bodies": bodies[each]})
        for each, context in contexts.items()
    }
    titles = {each: title(report, each) for each in LANGUAGES}
    return framed(pages, titles, language, "watch.css", scripts=("watch.js",), shared=shared)


def _bodies(report: WatchReport, context: Mapping[str, object]) -> dict[str, Markup]:
    """Return what unfolds below each finding, by its id."""
    language: Any = context["language"]
    titles = {one.name: getattr(one.title, language) for one in report.detectors}
    return {
        one.id: rendered(
            "_watch_detail.html.j2",
            {**context, "line": view.line_of(one, titles, language), "drawn": drawing(one)},
        )
        for one in report.findings
    }


def title(report: WatchReport, language: Language) -> str:
    """Return what the report is called."""
    if report.first_ms is None:
        return tell("of.nothing", language)
    days = day_text(report.first_ms), day_text(report.last_ms)
    return tell("of", language, first=days[0], last=days[1])


def _context(report: WatchReport, language: Language) -> dict[str, object]:
    return writing(language) | {
        "report": report,
        "headlines": view.headlines(report, language),
        "tiles": view.tiles(report, language),
        "charts": view.charts(report, language, language),
        "open_charts": view.OPEN_CHARTS,
        "lines": view.lines(report, language, indirect=False),
        "indirect": view.lines(report, language, indirect=True),
        "clauses": clauses_of(report),
        "further": max(sum(bool(s.points) for s in report.series) - view.MOST_CHARTS, 0)
        + report.further_series,
        "seconds": duration(report.seconds),
        "names": {
            "roles": {code: pick(words, language) for code, words in ROLES.items()},
            "kinds": {code: pick(words, language) for code, words in KINDS.items()},
        },
    }


def clauses_of(report: WatchReport) -> dict[str, list[object]]:
    """Return the clauses on findings by pattern."""
    found: dict[str, list[object]] = {}
    for one in report.clauses:
        found.setdefault(one.pattern, []).append(one)
    return found


def writing(language: Language) -> dict[str, object]:
    """Return the ways in which the market's templates write words, amounts, moments and ids."""
    return {
        "language": language,
        "seal": seal_mark(),
        "say": partial(say, language=language),
        "told": partial(tell, language=language),
        "text": lambda text: visible(getattr(text, language)),
        "number": thousands,
        "short": shorten,
        "duration": duration,
        "short_id": short_id,
        "visible": visible,
        "amount": amount_text,
        "volume": lambda volume: volume_text(volume, language),
        "moment": moment_text,
        "day": day_text,
        "longest": view.LONGEST_ID,
        "stage": partial(view.stage_text, language=language),
        "quality_word": lambda code: word(QUALITY, code, language),
        "pattern_word": lambda code: word(VALUE_WORDS, code, language),
        "role_word": lambda code: visible(word(ROLES, code, language)),
        "kind_word": lambda code: visible(word(KINDS, code, language)),
        "parts_bar": _parts_bar,
        "width": WIDTH,
    }


def _parts_bar(line: view.Line) -> Markup:
    """Draw the parts of a score in one bar of a hundred."""
    parts = [(f"w-part{number % 5}", value) for number, (_, value) in enumerate(line.parts)]
    told = ", ".join(f"{name} {value}" for name, value in line.parts)
    return share_bar(parts, 100, told)
