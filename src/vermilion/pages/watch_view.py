"""What of a watch report is shown, the same on a page of its own and in the console."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from vermilion.facts.money import CURRENCIES
from vermilion.market.findings import Finding, volume_text
from vermilion.market.report import Series, WatchReport
from vermilion.pages.charts import Frame
from vermilion.pages.text import percent, shorten, visible
from vermilion.pages.value_words import VALUE_WORDS
from vermilion.pages.watch_charts import LOG_FROM, Told, price_chart, stretches_of
from vermilion.pages.watch_money import (
    day_text,
    decimals_of,
    drawn_amount,
    moment_text,
    short_id,
    short_number,
)
from vermilion.pages.watch_name_words import FIGURES, PARTS, name_word
from vermilion.pages.watch_series import Stretch
from vermilion.pages.watch_words import TEXTS, tell, word
from vermilion.pages.words import Language, say, thousands

MOST_CHARTS = 12
"""Collections that are drawn, those of the most volume; the rest are counted. Policy."""

OPEN_CHARTS = 3
"""Charts that are seen without unfolding. Policy."""

LONGEST_ID = 160
"""Characters of an id that are shown whole; of a longer one the two ends."""

WIDE, NARROW = (1000.0, 400.0), (360.0, 340.0)


_AMOUNT = re.compile(rf"([≈<]?[0-9][0-9,.]* (?:{'|'.join(sorted(CURRENCIES))})\b)")
_PRICES = frozenset({"amount", "price_before", "price_peak"})
"""Figures in minor units of the currency of the finding's sales; not shown where those have several."""


class Tile(NamedTuple):
    """A number at a glance; `kind` colours it, `note` stands below."""

    label: str
    number: int
    kind: str
    note: str = ""


class Chart(NamedTuple):
    """A collection's chart for wide and narrow screens, its words and its numbers."""

    ident: str
    title: str
    full: str
    currency: str
    wide: Markup
    narrow: Markup
    notes: list[str]
    sums: str
    numbers: list[tuple[str, ...]]
    kinds: frozenset[str]
    """Kinds of marks and bands that occur, for the legend."""


class Line(NamedTuple):
    """A finding as the table has it."""

    finding: Finding
    title: str
    sentence: Markup
    pattern: str
    volume: Markup
    volume_key: str
    first: str
    last: str
    subject: list[tuple[str, str]]
    parts: list[tuple[str, int]]
    figures: list[tuple[str, str]]


_HEADLINES = {
    "price_surge": "seen.surge",
    "floor_run_up": "seen.run_up",
    "dormant_awakening": "seen.awakening",
}
"""Detectors whose findings are counted at the top, and the words for one."""


def headlines(report: WatchReport, language: Language) -> list[str]:
    """Return what came out, in sentences that judge nobody."""
    direct = report.all_findings - _indirect(report)
    key = {0: "seen.none", 1: "seen.sign"}.get(direct, "seen.signs")
    detectors = len({one.name for one in report.detectors})
    said = [tell(key, language, trades=report.counts.trades, detectors=detectors, n=direct)]
    if report.flagged:
        share = percent(report.flagged, report.counts.trades)
        said.append(tell("seen.flagged", language, n=report.flagged, share=share))
        said += _volumes(report, language)
    for name, told in _HEADLINES.items():
        if times := sum(one.findings for one in report.detectors if one.name == name):
            said.append(tell(f"{told}s" if times > 1 else told, language, n=times))
    if hidden := _indirect(report):
        said.append(
            tell("seen.indirect" if hidden > 1 else "seen.indirect.one", language, n=hidden)
        )
    return said


def _indirect(report: WatchReport) -> int:
    return sum(one.findings for one in report.detectors if one.indirect)


def _volumes(report: WatchReport, language: Language) -> list[str]:
    """Say how much of each currency's volume the flagged trades make, of at most two currencies."""
    shares = sorted(
        ((amount / report.traded[one], one) for one, amount in report.volume.items()
         if amount and report.traded.get(one)),
        reverse=True,
    )  # fmt: skip
    return [
        tell(
            "seen.volume",
            language,
            flagged=drawn_amount(report.volume[one], one),
            currency=shorten(one, 24),
            share=percent(report.volume[one], report.traded[one]),
        )
        for _, one in shares[:2]
    ]


def tiles(report: WatchReport, language: Language) -> list[Tile]:
    """Return the numbers at a glance."""
    share = percent(report.flagged, report.counts.trades)
    return [
        Tile(tell("tile.trades", language), report.counts.trades, "trades"),
        Tile(tell("tile.transfers", language), report.counts.transfers, "transfers"),
        Tile(tell("tile.collections", language), report.counts.collections, "collections"),
        Tile(tell("tile.findings", language), report.all_findings, "findings"),
        Tile(
            tell("tile.flagged", language), report.flagged, "flagged",
            tell("tile.share", language, share=share),
        ),
    ]  # fmt: skip


def charts(report: WatchReport, language: Language, prefix: str) -> list[Chart]:
    """Return the charts of the collections that are drawn."""
    shown = [one for one in report.series if one.points][:MOST_CHARTS]
    return [_chart(one, f"{prefix}-c{number}", language) for number, one in enumerate(shown)]


def _chart(series: Series, ident: str, language: Language) -> Chart:
    wide, narrow = Frame(f"{ident}w", *WIDE), Frame(f"{ident}n", *NARROW)
    few = stretches_of(series, narrow)
    sales = sum(one.sales for one in series.points)
    volume = sum(one.volume for one in series.points)
    clean = sum(one.clean_volume for one in series.points)
    return Chart(
        ident=ident,
        title=short_id(series.collection, 44),
        full=visible(series.collection),
        currency=series.currency,
        wide=_drawn(series, wide, language),
        narrow=_drawn(series, narrow, language),
        notes=_notes(stretches_of(series, wide), language),
        sums=tell(
            "prices.sums", language, sales=sales,
            volume=drawn_amount(volume, series.currency), clean=drawn_amount(clean, series.currency),
        ),
        numbers=[_numbers(one, series.currency) for one in few],
        kinds=frozenset([one.kind for one in series.marks] + ["band"] * bool(series.bands)),
    )  # fmt: skip


def _drawn(series: Series, frame: Frame, language: Language) -> Markup:
    stretches = stretches_of(series, frame)
    sales = sum(one.sales for one in stretches)
    told = Told(
        title=tell(
            "prices.titled", language, collection=short_id(series.collection, 44),
            currency=shorten(series.currency, 12),
        ),
        description=tell(
            "prices.described", language,
            first=stretches[0].label[:10], last=series.points[-1].day, sales=sales,
            flagged=sales - sum(one.clean_sales for one in stretches),
        ),
        stretches=[_stretch(one, series.currency, language) for one in stretches],
        marks=[f"{one.day}\n{visible(getattr(one.text, language))}" for one in series.marks],
    )  # fmt: skip
    return price_chart(series, frame, told)


def _stretch(one: Stretch, currency: str, language: Language) -> str:
    decimals = decimals_of(currency)
    short = {
        name: short_number(value, decimals)
        for name, value in (
            ("median", one.median), ("low", one.low), ("high", one.high),
            ("volume", one.volume), ("clean_volume", one.clean_volume),
        )
    }  # fmt: skip
    clean = "–" if one.clean_median is None else short_number(one.clean_median, decimals)
    counts = {"sales": one.sales, "clean_sales": one.clean_sales}
    return tell("stretch", language, label=one.label, clean_median=clean, **counts, **short)


def _notes(stretches: Sequence[Stretch], language: Language) -> list[str]:
    days = stretches[0].last + 1 - stretches[0].first
    prices = [price for one in stretches for price in (one.low, one.high) if price > 0]
    notes = []
    if prices and max(prices) > LOG_FROM * min(prices):
        notes.append(tell("prices.log", language))
    if days > 1:
        notes.append(tell("prices.middle", language, days=days))
    return notes


def _numbers(one: Stretch, currency: str) -> tuple[str, ...]:
    decimals = decimals_of(currency)
    median = "–" if one.clean_median is None else short_number(one.clean_median, decimals)
    return (
        one.label,
        f"{one.sales:,}",
        short_number(one.volume, decimals),
        short_number(one.median, decimals),
        short_number(one.clean_volume, decimals),
        median,
    )


def lines(report: WatchReport, language: Language, *, indirect: bool) -> list[Line]:
    """Return the findings that the report carries, direct or indirect, highest score first."""
    titles = {one.name: getattr(one.title, language) for one in report.detectors}
    return [line_of(one, titles, language) for one in report.findings if one.indirect is indirect]


def line_of(finding: Finding, titles: dict[str, str], language: Language) -> Line:
    """Return a finding as the table has it; `titles` names detectors."""
    main = max(finding.volume, key=lambda one: finding.volume[one], default=None)
    key = 0.0 if main is None else finding.volume[main] / 10 ** decimals_of(main)
    return Line(
        finding=finding,
        title=visible(titles.get(finding.detector, finding.detector)),
        sentence=unbroken(visible(getattr(finding.sentence, language))),
        pattern=word(VALUE_WORDS, finding.pattern, language),
        volume=_volume(finding.volume, language),
        volume_key=f"{key:.6g}",
        first=day_text(finding.first_ms),
        last=day_text(finding.last_ms),
        subject=_subject(finding, language),
        parts=[
            (name_word(PARTS, finding.detector, name, language), value)
            for name, value in finding.parts.items()
            if value
        ],
        figures=[
            (name_word(FIGURES, finding.detector, name, language), _figure(name, value, main))
            for name, value in finding.figures.items()
            if name not in _PRICES or len(finding.volume) == 1
        ],
    )


def unbroken(text: str) -> Markup:
    """Keep each amount of a text on one line."""
    return Markup("").join(
        Markup('<span class="w-amount">{}</span>').format(part) if place % 2 else part
        for place, part in enumerate(_AMOUNT.split(text))
    )


def _volume(volume: dict[str, int], language: Language) -> Markup:
    parts = [unbroken(volume_text({shorten(one, 24): volume[one]})) for one in sorted(volume)]
    return Markup(say("separator", language)).join(parts) or Markup("–")  # noqa: S704


def _figure(name: str, value: int, currency: str | None) -> str:
    """Write a figure: moments and prices as such, others as numbers."""
    if name.endswith("_ms"):
        return moment_text(value)
    return volume_text({currency: value}) if name in _PRICES and currency else thousands(value)


def _subject(finding: Finding, language: Language) -> list[tuple[str, str]]:
    """Return what a finding is about; a token that names its collection stands for both."""
    of = finding.subject
    within = of.token is not None and of.token.startswith(of.collection or of.token)
    named = [
        ("collection", None if within else of.collection),
        ("token", of.token),
        ("party", of.party),
        ("other", of.other),
    ]
    return [(tell(f"subject.{name}", language), text) for name, text in named if text is not None]


def stage_text(stage: str, language: Language) -> str:
    """Return what a stage is called; an unknown one stands as it is."""
    return tell(f"stage.{stage}", language) if f"stage.{stage}" in TEXTS else visible(stage)
