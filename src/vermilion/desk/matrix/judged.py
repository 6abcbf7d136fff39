"""One jurisdiction's answer for a collection: what its rulebook finds, and what it rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.decision import EventRef, RuleOutcome, Ruling, Writer
from vermilion.desk.judge import Judge, stronger
from vermilion.desk.matrix.readings import OnReading
from vermilion.desk.may_i import Cited
from vermilion.desk.passing import Passing, would_pass
from vermilion.desk.summary import WindowLine
from vermilion.facts.events import Event, event_type_of
from vermilion.rulebook import BINDS_ORDER, VERDICT_ORDER, Binds, RuleInForce, Verdict, Words


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule found on the issue or the offer: it was hit, or lacks facts."""

    id: str
    version: int
    title: Words
    event: str
    outcome: str
    verdict: Verdict
    would: Verdict
    binds: Binds
    citations: list[Cited]
    facts: dict[str, Any]
    missing: list[str]
    reason: Words
    remedy: Words
    question: Words | None
    open_question: Words | None
    confidential: bool
    passing: Passing | None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A jurisdiction's cell: its verdict, and the rule that decides, which is the first of `rules`.

    `least` and `most` are the verdicts that it comes to where everything that is lacking speaks for
    the sale, or against it. `readings` are what rival readings would find.
    """

    id: str
    title: Words
    territory: str
    as_of: str
    digest: str
    verdict: Verdict
    least: Verdict
    most: Verdict
    rules: list[Finding]
    passed: dict[str, Words]
    readings: list[OnReading]
    not_covered: list[Words]
    history: dict[str, WindowLine]
    drafts: int
    citations: int


class Judged(NamedTuple):
    """An event as one rulebook judged it."""

    event: Event
    ruling: Ruling


def in_force(judge: Judge, one: Judged) -> dict[str, RuleInForce]:
    """Return the live rules that judged an event, by id."""
    day = dt.date.fromisoformat(one.ruling.as_of)
    rules = judge.engine.on(event_type_of(one.event), one.event.stage, day).rules
    return {rule.rule.id: rule for rule in rules if rule.rule.mode == "live"}


def findings(judge: Judge, judged: Sequence[Judged]) -> list[Finding]:
    """Return what was hit or lacks facts, the deciding rule first, each rule once."""
    found = [finding for one in judged for finding in _findings(judge, one)]
    found.sort(key=_weight)
    once: dict[str, Finding] = {}
    for one in found:
        once.setdefault(one.id, one)
    return list(once.values())


def _weight(one: Finding) -> tuple[int, bool, int]:
    """Put the stronger verdict first, then what was found before what is lacking, then what binds."""
    return (
        VERDICT_ORDER.index(one.verdict),
        one.outcome != "hit",
        BINDS_ORDER.index(one.binds),
    )


def _findings(judge: Judge, one: Judged) -> Iterator[Finding]:
    rules = in_force(judge, one)
    written = _written(judge, one)
    passing = {found.rule: found for found in would_pass(judge, one.event, one.ruling)}
    for outcome in one.ruling.rules:
        if outcome.id not in rules:
            continue
        plain = written[outcome.id]
        yield msgspec.convert(
            {
                **{name: plain[name] for name in Finding.__struct_fields__ if name in plain},
                "title": rules[outcome.id].rule.title,
                "event": event_type_of(one.event),
                "would": rules[outcome.id].rule.verdict,
                "passing": passing.get(outcome.id) if outcome.outcome == "hit" else None,
            },
            Finding,
            from_attributes=True,
        )


def _written(judge: Judge, one: Judged) -> dict[str, dict[str, Any]]:
    """Return what a decision says of each rule, by its id."""
    event = one.event
    reference = EventRef(event.source, event.id, "")
    text = Writer(judge.engine).decision(reference, event_type_of(event), event.stage, one.ruling)
    return {rule["id"]: rule for rule in msgspec.json.decode(text)["rules"]}


def passed(judge: Judge, judged: Sequence[Judged], told: set[str]) -> dict[str, Words]:
    """Return the rules that found nothing on any event, with their titles."""
    titles = {
        rule.rule.key: rule.rule.title
        for one in judged
        for rule in in_force(judge, one).values()
        if rule.rule.id not in told
    }
    names = dict.fromkeys(name for one in judged for name in one.ruling.passed)
    return {name: titles[name] for name in names if name in titles}


def span(judge: Judge, judged: Sequence[Judged]) -> tuple[Verdict, Verdict]:
    """Return the verdicts where all that is lacking speaks for the sale, and where against it."""
    least: Verdict = "not_applicable"
    most: Verdict = "not_applicable"
    for one in judged:
        rules = in_force(judge, one)
        if one.ruling.passed:
            least, most = stronger(least, "allow"), stronger(most, "allow")
        for outcome in one.ruling.rules:
            if outcome.id in rules:
                low, high = _ends(rules[outcome.id], outcome)
                least, most = stronger(least, low), stronger(most, high)
    return least, most


def _ends(rule: RuleInForce, outcome: RuleOutcome) -> tuple[Verdict, Verdict]:
    hit = outcome.outcome == "hit"
    return (rule.rule.verdict if hit else "allow"), rule.rule.verdict
