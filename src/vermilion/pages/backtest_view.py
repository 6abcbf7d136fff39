"""What of a backtest is shown, the same on a terminal and on a page."""

from __future__ import annotations

from typing import NamedTuple

from vermilion.desk.backtest.model import (
    Backtest,
    Change,
    Effects,
    RuleLine,
    RuleScore,
    Score,
    VerdictChange,
)
from vermilion.pages.backtest_words import tell
from vermilion.pages.words import Language, say, thousands

KINDS = ("deny", "review", "condition")


class Part(NamedTuple):
    """A number of events that a rule newly stops or stops no more; `kind` is the verdict."""

    kind: str
    text: str


def answers(found: Backtest, language: Language) -> list[str]:
    """Return what came out, in one to three sentences."""
    events = found.comparison.events
    said = [
        tell("changed", language, n=events, changed=found.changed)
        if found.changed
        else tell("same", language, n=events)
    ]
    if not changes(found):
        said.append(tell("no_rule", language))
    if found.shadow:
        said.append(tell("shadow", language))
    return said


def verdicts(found: Backtest) -> list[VerdictChange]:
    """Return the verdicts that changed, the most frequent first."""
    changed = [one for one in found.comparison.verdicts if one.before != one.after]
    return sorted(changed, key=lambda one: -one.events)


def changes(found: Backtest) -> list[Change]:
    """Return the outcomes of rules that changed, in order of rules.

    A rule that one of the two has not, and that never applied, says nothing.
    """
    return [
        one
        for one in found.comparison.changes
        if one.before != one.after and {one.before, one.after} != {None, "not_applicable"}
    ]


def stopping(found: Backtest) -> list[RuleLine]:
    """Return the rules that newly stop events or stop them no more, the greatest change first."""
    return sorted(
        (line for line in found.rules if _sum(line.new) or _sum(line.lost)),
        key=lambda line: (-_sum(line.new) - _sum(line.lost), line.rule),
    )


def parts(line: RuleLine, language: Language) -> list[Part]:
    """Return what a rule newly does and does no more, in words."""
    found = []
    for side, effects in (("new", line.new), ("lost", line.lost)):
        for kind in KINDS:
            number: int = getattr(effects, kind)
            if number:
                name = f"{tell(f'{side}.{kind}', language)}{say('colon', language)}"
                found.append(Part(kind, f"{name}{thousands(number)}"))
    return found


def load_sentence(found: Backtest, language: Language) -> str:
    """Return what reviews cost before and after; empty where that is not known."""
    load = found.load
    if load is None:
        return ""
    return tell(
        "load.line",
        language,
        before=load.before,
        after=load.after,
        new=load.new,
        gone=load.gone,
        hours_before=f"{load.hours_before:,.1f}",
        hours_after=f"{load.hours_after:,.1f}",
    )


def counts(found: Backtest, language: Language) -> str:
    """Return how what was read divides up."""
    return tell(
        "counts",
        language,
        read=found.read,
        judged=found.comparison.events,
        duplicate=found.duplicate,
        rejected=found.rejected,
        erased=found.erased,
    )


def scores(found: Backtest) -> list[RuleScore]:
    """Return the scores that change or fall short, what changes first; the rest agree with all."""
    telling = [one for one in found.scores if one.before != one.after or not _agrees(one.after)]
    return sorted(telling, key=lambda one: one.before == one.after)


def _agrees(score: Score | None) -> bool:
    return score is not None and score.precision == 1 and score.recall == 1


def _sum(effects: Effects) -> int:
    return effects.deny + effects.review + effects.condition
