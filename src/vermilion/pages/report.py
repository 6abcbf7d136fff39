"""One run as one HTML file that opens anywhere, loads nothing and speaks Chinese and English."""

from __future__ import annotations

from functools import partial

from markupsafe import Markup

from vermilion.desk.summary import Summary
from vermilion.pages import codes, view
from vermilion.pages.charts import seal_mark
from vermilion.pages.frame import framed, rendered
from vermilion.pages.headline import headlines, of_permits
from vermilion.pages.shadow import shadow_lines, shadow_say
from vermilion.pages.telling import Teller
from vermilion.pages.text import (
    duration,
    events_per_second,
    prose,
    shorten,
    visible,
)
from vermilion.pages.words import LANGUAGES, Language, counted, pick, say, thousands
from vermilion.rulebook import Words


def render_report(summary: Summary, language: Language = "zh") -> str:
    """Return the report of a run as one HTML file in both languages.

    Args:
        summary: the outcome of a run.
        language: the one that shows first, and alone where the reader prints or has no switch.

    The file asks nothing of the network: its policy allows its own style and script by their
    hashes, images inside the file, and nothing else.
    """
    return framed(
        {each: rendered("page.html.j2", _context(summary, each)) for each in LANGUAGES},
        {
            each: say("report.of", each, operator=shorten(summary.operator, 80))
            for each in LANGUAGES
        },
        language,
    )


def _context(summary: Summary, language: Language) -> dict[str, object]:
    """Return what a page in one language is made of: the run, its view, and ways to write it."""

    def words(text: Words) -> str:
        return prose(pick(text, language))

    def code(table: str, value: str) -> str:
        return visible(pick(codes.named(getattr(codes, table), value), language))

    tellers = {book.id: Teller(language, book.windows) for book in summary.rulebooks}
    plain = Teller(language, {})
    return {
        "run": summary,
        "view": view.view_of(summary, language),
        "limits": view,
        "language": language,
        "headlines": headlines(summary, language),
        "permits": of_permits(summary, language),
        "seal": seal_mark(),
        "say": partial(_say, language),
        "words": words,
        "code": code,
        "css": view.css_of,
        "number": thousands,
        "short": shorten,
        "full": _full,
        "visible": visible,
        "prose": prose,
        "fact": plain.label,
        "shadow": shadow_lines(summary.shadow, language),
        "shadow_say": partial(shadow_say, language=language),
        "teller": lambda rulebook: tellers.get(rulebook, plain),
        "things": lambda fact, n: shorten(counted(view.things_of(fact), n, language), 60),
        "seconds": duration(summary.seconds),
        "speed": events_per_second(summary.judged, summary.seconds),
    }


def _full(text: str, length: int) -> Markup:
    """Return a `title` attribute with the whole text where `shorten` cuts it, else nothing."""
    shown = visible(text)
    return Markup(' title="{}"').format(shown) if len(shown) > length else Markup("")


def _say(language: Language, key: str, **values: object) -> str:
    return say(key, language, **values)
