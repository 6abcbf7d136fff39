"""A backtest as one HTML file that opens anywhere and speaks Chinese and English."""

from __future__ import annotations

from functools import partial

from vermilion.desk.backtest.model import Backtest
from vermilion.pages import backtest_view as view
from vermilion.pages.backtest_words import outcome, share, tell
from vermilion.pages.charts import seal_mark
from vermilion.pages.codes import VERDICTS, named
from vermilion.pages.frame import framed, rendered
from vermilion.pages.text import shorten
from vermilion.pages.words import LANGUAGES, Language, pick, say, thousands
from vermilion.rulebook import Words

LONGEST_ID = 64
FEW_RULES = 12
"""So many are seen at a glance, without a filter."""


def render_backtest(found: Backtest, *, language: Language = "en") -> str:
    """Return a backtest as one HTML file in both languages, which asks the network for nothing.

    Args:
        found: what came out.
        language: the one that shows first, and alone where the reader prints or has no switch.
    """
    return framed(
        {each: rendered("backtest.html.j2", _context(found, each)) for each in LANGUAGES},
        {each: tell("of", each, rulebook=found.rulebook) for each in LANGUAGES},
        language,
    )


def _context(found: Backtest, language: Language) -> dict[str, object]:
    def verdict(code: str) -> str:
        return pick(named(VERDICTS, code), language)

    def words(text: Words) -> str:
        return shorten(pick(text, language), 120)

    return {
        "found": found,
        "language": language,
        "seal": seal_mark(),
        "say": partial(say, language=language),
        "tell": partial(tell, language=language),
        "number": thousands,
        "short": shorten,
        "words": words,
        "verdict": verdict,
        "outcome": partial(outcome, language=language),
        "share": share,
        "answers": view.answers(found, language),
        "verdicts": view.verdicts(found),
        "stopping": view.stopping(found),
        "parts": partial(view.parts, language=language),
        "changes": view.changes(found),
        "scores": view.scores(found),
        "load": view.load_sentence(found, language),
        "counts": view.counts(found, language),
        "longest": LONGEST_ID,
        "few": FEW_RULES,
    }
