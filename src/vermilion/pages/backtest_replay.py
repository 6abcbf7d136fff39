"""A replay on a terminal; imported only when printing."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from vermilion.desk.replay import Difference, Replay
from vermilion.pages.backtest_words import PARTS, tell
from vermilion.pages.printing import put_head, put_line
from vermilion.pages.text import fact_value, shorten
from vermilion.pages.words import Language, thousands

_WIDTH = 12


def print_replay(found: Replay, console: Console, language: Language = "en") -> None:
    """Print what a replay came to: counts, and the first difference with both values."""
    rate = round(found.events / found.seconds) if found.seconds else 0
    head = tell(
        "replay.head",
        language,
        first=found.begin,
        last=found.end - 1,
        events=found.events,
        rulings=found.rulings,
        seconds=f"{found.seconds:.1f}",
        rate=rate,
    )
    put_line(console, Text(head))
    equal = "replay.same" if found.substituted else "replay.equal"
    _count(console, found.equal, tell(equal, language), "")
    which = _entries(found.examples, found.different, language)
    _count(console, found.different, tell("replay.different", language), which, "bold red")
    which = _entries(found.unclear_examples, found.unclear, language)
    if found.unclear:
        _count(console, found.unclear, tell("replay.unclear", language), which, "yellow")
    which = _entries(found.erased_examples, found.erased, language)
    if found.erased:
        _count(console, found.erased, tell("replay.erased", language), which, "dim")
    if found.substituted:
        told = tell("replay.substituted", language, digest=found.substituted[:16])
        put_line(console, Text(told, style="dim"))
    if found.first is not None:
        _first(found.first, console, language)
    if found.by_rule:
        put_head(console, tell("replay.by_rule", language))
        for id, number in sorted(found.by_rule.items(), key=lambda one: (-one[1], one[0])):
            put_line(console, Text(f"{thousands(number):>{_WIDTH}}  {shorten(id, 64)}"))


def _count(console: Console, number: int, words: str, which: str = "", style: str = "") -> None:
    text = f"{thousands(number):>{_WIDTH}}  {words}"
    line = Text(text, style=style if number else "")
    put_line(console, line.append(f"  {which}" if which else "", "not bold dim"))


def _entries(entries: list[int], number: int, language: Language) -> str:
    if not entries:
        return ""
    more = ", …" if number > len(entries) else ""
    return tell("replay.entries", language, entries=f"{', '.join(map(str, entries))}{more}")


def _first(first: Difference, console: Console, language: Language) -> None:
    put_head(console, tell("replay.first", language))
    where = tell(
        "replay.where",
        language,
        entry=str(first.entry),
        source=shorten(first.source, 48),
        id=shorten(first.id, 48),
        rulebook=shorten(first.rulebook, 40),
    )
    put_line(console, Text(where), indent=2)
    rule = tell("replay.no_rule", language) if first.rule is None else shorten(first.rule, 64)
    fact = tell(f"fact.{first.fact}", language) if first.fact in PARTS else shorten(first.fact, 80)
    named = tell("replay.named", language, rule=rule, fact=fact)
    put_line(console, Text(named, style="bold"), indent=2)
    values = tell(
        "replay.values",
        language,
        recorded=_value(first.recorded, language),
        again=_value(first.again, language),
    )
    put_line(console, Text(values), indent=2)


def _value(value: object, language: Language) -> str:
    return f"`{fact_value(value, language)}`"
