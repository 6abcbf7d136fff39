"""On which clauses rulebooks judge what detectors see: each pattern is asked of them once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from vermilion.desk.judge import Judge
from vermilion.desk.know import Knowledge
from vermilion.desk.settled import facts_read
from vermilion.facts.events import Finding, FindingEvent, FindingPattern
from vermilion.market.findings import Text
from vermilion.market.report import Clause
from vermilion.rulebook import Engine, RuleInForce
from vermilion.store.standing import StandingFacts


def clauses_on(
    patterns: Sequence[FindingPattern], engines: Sequence[Engine], at: dt.datetime
) -> list[Clause]:
    """Return the clauses of every live rule that an open finding of a pattern hits.

    Args:
        patterns: of the detectors that ran.
        engines: the rulebooks.
        at: when the finding is judged.
    """
    knowledge = Knowledge(StandingFacts(), facts_read(engines))
    return [
        clause
        for engine in engines
        for pattern in dict.fromkeys(patterns)
        for clause in _clauses(Judge(engine, knowledge), pattern, at)
    ]


def _clauses(judge: Judge, pattern: FindingPattern, at: dt.datetime) -> Iterator[Clause]:
    event = FindingEvent(
        specversion="1.0",
        source="vermilion:watch",
        id=pattern,
        time=at,
        stage="settled",
        data=Finding(kind="pattern", pattern=pattern, disposition="open"),
    )
    ruling = judge.judge(event).ruling
    day = dt.date.fromisoformat(ruling.as_of)
    rules = {one.rule.id: one for one in judge.engine.on("finding", "settled", day).rules}
    for outcome in ruling.rules:
        if outcome.outcome == "hit" and rules[outcome.id].rule.mode == "live":
            yield from _of_rule(judge.engine, rules[outcome.id], pattern)


def _of_rule(engine: Engine, found: RuleInForce, pattern: str) -> Iterator[Clause]:
    rule = found.rule
    for alive in found.citations:
        yield Clause(
            pattern=pattern,
            rulebook=engine.rulebook.id,
            rule=rule.id,
            title=Text(rule.title.zh, rule.title.en),
            verdict=rule.verdict,
            instrument=Text(alive.instrument.title.zh, alive.instrument.title.en),
            pinpoint=alive.citation.pinpoint,
        )
