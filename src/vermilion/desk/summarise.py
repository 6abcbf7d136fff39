"""Turn the counts of a run into the summary that people and programs read."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

import msgspec

from vermilion.desk.decision import without_slots
from vermilion.desk.summary import (
    CitationLine,
    MissingLine,
    RulebookLine,
    RuleLine,
    Step,
    Summary,
    WindowLine,
)
from vermilion.desk.tally import MissingTally, RulebookTally, RuleTally, who_answers
from vermilion.language import tree
from vermilion.rulebook import BINDS_ORDER, AliveCitation, Engine, LoadedRule, Rulebook, Words

VERDICTS = ("deny", "review", "condition", "allow", "not_applicable")


def summarise(
    engines: Sequence[Engine],
    tallies: Sequence[RulebookTally],
    frame: Summary,
    *,
    as_of: dt.date | None,
) -> Summary:
    """Return the frame with the part that is told by rulebook, rule and missing fact filled in."""
    pairs = list(zip(engines, tallies, strict=True))
    return msgspec.structs.replace(
        frame,
        rulebooks=[_rulebook(engine, tally) for engine, tally in pairs],
        rules=[line for each in pairs for line in _rules(*each, as_of, shadow=False)],
        shadow=[line for each in pairs for line in _rules(*each, as_of, shadow=True)],
        missing=_missing(tallies),
        plan=plan(tallies),
        waiting=sum(tally.waiting.total() + tally.waiting_otherwise for tally in tallies),
    )


def in_shadow(engine: Engine) -> frozenset[str]:
    """Return the ids of a rulebook's rules that judge and do not count."""
    return frozenset(one.rule.id for one in engine.rulebook.rules if one.rule.mode == "shadow")


def _rulebook(engine: Engine, tally: RulebookTally) -> RulebookLine:
    by_day: dict[str, dict[str, int]] = {}
    for (day, verdict), count in sorted(tally.by_day.items()):
        by_day.setdefault(day, {})[verdict] = count
    return RulebookLine(
        id=engine.rulebook.id,
        title=engine.rulebook.document.rulebook.title,
        digest=engine.digest,
        verdicts={verdict: tally.verdicts[verdict] for verdict in VERDICTS},
        by_day=list(by_day.items()),
        windows=window_lines(engine.rulebook),
    )


def window_lines(rulebook: Rulebook) -> dict[str, WindowLine]:
    """Return what a rulebook's windows are called and how their values are read, by name."""
    lines = {}
    for one in rulebook.windows:
        added = [fold.value for fold in one.folds.values()]
        amounts = {value.currency for value in added if isinstance(value, tree.Amount)}
        lines[one.name] = WindowLine(
            title=one.window.title,
            function=one.window.function,
            # Things told apart or counted are numbers, whatever they are told apart by.
            currency=None if one.window.function == "distinct" else next(iter(amounts), None),
        )
    return lines


def _rules(
    engine: Engine, tally: RulebookTally, as_of: dt.date | None, *, shadow: bool
) -> list[RuleLine]:
    last = None if tally.last_day is None else dt.date.fromisoformat(tally.last_day)
    day = as_of or last or engine.legal_date(dt.datetime.now(dt.UTC))
    lines = [
        _rule(engine, loaded, tally.rules.get(loaded.rule.id, RuleTally()), day)
        for loaded in engine.rulebook.rules
        if (loaded.rule.mode == "shadow") is shadow
    ]
    return sorted(lines, key=lambda line: (-line.hit, -line.missing, line.id))


def _rule(engine: Engine, loaded: LoadedRule, tally: RuleTally, day: dt.date) -> RuleLine:
    rule = loaded.rule
    return RuleLine(
        id=rule.id,
        version=rule.version,
        rulebook=engine.rulebook.id,
        title=rule.title,
        verdict=rule.verdict,
        reason=Words(without_slots(rule.reason.zh), without_slots(rule.reason.en)),
        remedy=rule.remedy,
        question=rule.question,
        open_question=rule.open_question,
        passed=tally.passed,
        hit=tally.hit,
        missing=tally.missing,
        citations=[
            citation_line(alive)
            for alive in sorted(
                engine.in_force(loaded, day), key=lambda alive: BINDS_ORDER.index(alive.binds)
            )
        ],
        examples=[*tally.examples["hit"], *tally.examples["missing"]],
    )


def citation_line(alive: AliveCitation) -> CitationLine:
    """Return a citation in force as it is shown to people."""
    citation, instrument = alive.citation, alive.instrument
    begins, ends = instrument.in_force.from_, instrument.in_force.to
    return CitationLine(
        instrument=instrument.id,
        title=instrument.title,
        pinpoint=citation.pinpoint,
        quote=citation.quote,
        essence=citation.essence,
        binding=citation.binding,
        tier=citation.tier,
        status=citation.status,
        binds=alive.binds,
        addressees=instrument.addressees.text,
        in_force_from="" if begins is None else begins.isoformat(),
        in_force_to=None if ends is None else ends.isoformat(),
    )


def _missing(tallies: Sequence[RulebookTally]) -> list[MissingLine]:
    lines = [
        _missing_line(fact, lacking) for tally in tallies for fact, lacking in tally.missing.items()
    ]
    return sorted(lines, key=lambda line: (-line.frees, -line.events, line.fact))


def plan(tallies: Sequence[RulebookTally]) -> list[Step]:
    """Gather what is lacking by who can answer it, each time the source that frees most first.

    Where several free alike the one that is asked about the fewest things comes first.
    """
    waiting: Counter[frozenset[str]] = Counter()
    things: Counter[str] = Counter()
    for tally in tallies:
        waiting.update(tally.waiting)
        things.update({source: len(asked) for source, asked in tally.asked_of.items()})
    facts: dict[str, list[str]] = {}
    for fact in sorted(frozenset().union(*waiting)):
        facts.setdefault(who_answers(fact), []).append(fact)
    by_source: Counter[frozenset[str]] = Counter()
    for lacking, count in waiting.items():
        by_source[frozenset(map(who_answers, lacking))] += count
    steps: list[Step] = []
    answered: frozenset[str] = frozenset()
    while len(steps) < len(facts):
        left = sorted(set(facts) - answered)
        best = min(left, key=lambda one: (-_freed(by_source, answered | {one}), things[one], one))
        answered |= {best}
        steps.append(
            Step(
                source=best,
                facts=facts[best],
                things=things[best],
                events=sum(count for sources, count in by_source.items() if best in sources),
                frees=by_source[frozenset({best})],
                freed=_freed(by_source, answered),
            )
        )
    return steps


def _freed(by_source: Counter[frozenset[str]], answered: frozenset[str]) -> int:
    return sum(count for sources, count in by_source.items() if sources <= answered)


def _missing_line(fact: str, tally: MissingTally) -> MissingLine:
    return MissingLine(
        fact=fact,
        entities=len(tally.entities),
        events=tally.events,
        frees=tally.frees,
        examples=list(tally.examples),
        rules=sorted(tally.rules),
    )
