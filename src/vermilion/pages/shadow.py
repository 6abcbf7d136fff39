"""Tell of rules in shadow: what they would have done to events, had they counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from vermilion.desk.summary import RuleLine
from vermilion.pages.codes import VERDICTS, named
from vermilion.pages.text import shorten
from vermilion.pages.words import Language, pick, thousands
from vermilion.rulebook import Words

if TYPE_CHECKING:
    from rich.console import Console

MOST = 40

TEXTS = {
    "shadow.title": Words("试运行的规则", "Rules in shadow"),
    "shadow.lead": Words(
        "以下规则照常判断并写入存证，但不影响结论、许可、提问和对客户的答复。",
        "These rules are judged and recorded, and have no effect on verdicts, permits, questions or "
        "what customers are told.",
    ),
    "shadow.mark": Words("（试运行，不计入结论）", "(in shadow: does not count)"),
    "shadow.rule": Words("规则", "Rule"),
    "shadow.would": Words("若计入，则", "Had it counted"),
    "shadow.hit": Words("触犯", "hit"),
    "shadow.missing": Words("缺事实", "lacked a fact"),
    "shadow.passed": Words("通过", "passed"),
    "shadow.backtest": Words(
        "vermilion backtest --shadow 逐项比较计入与不计入的结论。",
        "vermilion backtest --shadow compares the verdicts with and without them.",
    ),
}


class ShadowLine(NamedTuple):
    """A rule in shadow: what a hit would have meant, and how many events it hit and the like."""

    id: str
    title: str
    verdict: str
    would: str
    hit: str
    missing: str
    passed: str


def shadow_say(key: str, language: Language) -> str:
    """Return a text about rules in shadow."""
    return pick(TEXTS[key], language)


def shadow_lines(rules: Sequence[RuleLine], language: Language) -> list[ShadowLine]:
    """Return the rules in shadow that applied to something, those with most hits first."""
    told = [one for one in rules if one.hit or one.missing or one.passed]
    return [
        ShadowLine(
            shorten(one.id, 48),
            shorten(pick(one.title, language), 80),
            one.verdict,
            pick(named(VERDICTS, one.verdict), language),
            thousands(one.hit),
            thousands(one.missing),
            thousands(one.passed),
        )
        for one in sorted(told, key=lambda one: (-one.hit, -one.missing, one.id))[:MOST]
    ]


def print_shadow(rules: Sequence[RuleLine], console: Console, language: Language) -> None:
    """Print the rules in shadow; nothing where there are none."""
    lines = shadow_lines(rules, language)
    if not lines:
        return
    from rich.text import Text

    from vermilion.pages.printing import put_head, put_line, put_split

    put_head(console, shadow_say("shadow.title", language))
    put_line(console, Text(shadow_say("shadow.lead", language), style="dim"), indent=2)
    for one in lines:
        counts = ", ".join(
            f"{number} {shadow_say(f'shadow.{name}', language)}"
            for name, number in (("hit", one.hit), ("missing", one.missing), ("passed", one.passed))
        )
        put_split(console, Text(f"{one.id}  {one.title}"), Text(counts, style="dim"))
    put_line(console, Text(shadow_say("shadow.backtest", language), style="dim"), indent=2)
