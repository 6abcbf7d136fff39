"""Which outcomes of rules were reached, on a terminal; imported only when printing."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from vermilion.desk.backtest.coverage import OUTCOMES, Coverage, RuleCoverage
from vermilion.pages.backtest_words import outcome, tell
from vermilion.pages.printing import put_head, put_line
from vermilion.pages.text import shorten
from vermilion.pages.words import Language, pick, thousands

_STYLES = {"never_applied": "yellow", "never_hit": "yellow", "always_unknown": "bold red"}


def print_coverage(found: Coverage, console: Console, language: Language = "en") -> None:
    """Print each rule's outcomes in its cases and in the history, and what to look at."""
    put_line(console, Text(f"{found.rulebook} {found.digest[:16]}", style="bold"))
    put_line(console, Text(_head(found, language), style="dim"))
    for one in found.rules:
        put_head(console, one.rule, shorten(pick(one.title, language), 48))
        cases = f"{tell('coverage.cases', language)}: {_told(one.cases, language)}"
        put_line(console, Text(cases), indent=2)
        if one.history is not None:
            history = f"{tell('coverage.history', language)}: {_told(one.history, language)}"
            put_line(console, Text(history), indent=2)
        for note in one.notes:
            words = tell(f"coverage.{note}", language)
            put_line(console, Text(words, style=_STYLES.get(note, "dim")), indent=2)
    console.print()
    put_line(console, Text(_sum(found.rules, language), style="bold"))


def _head(found: Coverage, language: Language) -> str:
    if found.events is None:
        return tell("coverage.no_history", language)
    return tell("coverage.of", language, n=found.events)


def _told(counts: dict[str, int], language: Language) -> str:
    return ", ".join(f"{outcome(one, language)} {thousands(counts[one])}" for one in OUTCOMES)


def _sum(rules: list[RuleCoverage], language: Language) -> str:
    def count(note: str) -> int:
        return sum(note in one.notes for one in rules)

    return tell(
        "coverage.sum",
        language,
        n=len(rules),
        never_applied=count("never_applied"),
        never_hit=count("never_hit"),
        always_unknown=count("always_unknown"),
        lacking=sum(any(note.startswith("no_case") for note in one.notes) for one in rules),
    )
