"""What the rulebooks find on a plan, with everything that the finding rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from vermilion.desk.decision import EventRef, RuleOutcome, Writer
from vermilion.desk.may_i.interview import MEMBERSHIPS, Question, question_in
from vermilion.desk.may_i.looking import RANKS, REACHING, Judged, Look, Prospect, asked_as, look
from vermilion.desk.may_i.plans import Plan
from vermilion.desk.may_i.proposal import UNKNOWN, Answers
from vermilion.desk.passing import Passing, would_pass
from vermilion.desk.summarise import window_lines
from vermilion.desk.summary import WindowLine
from vermilion.rulebook import BINDS_ORDER, Binds, Engine, Verdict, Words
from vermilion.rulebook.model import Period


class Cited(msgspec.Struct, frozen=True):
    """A clause that carries a finding, as decisions write it."""

    instrument: str
    title: Words
    pinpoint: str
    quote: str | None
    quote_sha256: str | None
    essence: Words | None
    binding: str
    tier: str
    status: str
    binds: str
    addressees: Words
    in_force: Period


class Ruled(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule found on one event of the plan.

    `unknown` are the facts, as answers name them, that were asked and are not known; `lacking` what
    the rule lacked beside them. `would` is its verdict where it is violated. `passing` tells what
    would make a hit pass.
    """

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
    unknown: list[str]
    lacking: list[str]
    reason: Words
    remedy: Words
    question: Words | None
    open_question: Words | None
    confidential: bool
    passing: Passing | None


class Unneeded(msgspec.Struct, frozen=True):
    """A rule that was not asked about to the end, because it can change the verdict no more."""

    id: str
    version: int
    title: Words
    event: str
    verdict: Verdict


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One rulebook's answer to a plan: the strongest verdict on any of its events.

    `rules` are those that were hit or lack a fact that was asked; `passed` those that found nothing,
    with their titles; `history` are the windows over past events that rules read, all of them empty.
    """

    id: str
    title: Words
    digest: str
    as_of: str
    verdict: Verdict
    rules: list[Ruled]
    unneeded: list[Unneeded]
    passed: dict[str, Words]
    history: dict[str, WindowLine]
    drafts: int
    citations: int


class Given(msgspec.Struct, frozen=True):
    """A fact that the finding rests on: answered, or implied by the plan."""

    fact: str
    value: Any
    implied: bool


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a plan as far as it was asked; `next` is the question still open, if any."""

    plan: str
    at: str
    facts: list[Given]
    rulebooks: list[Found]
    operator: dict[str, Any]
    everything: bool
    next: Question | None


def outcome(
    plan: Plan,
    answers: Answers,
    engines: Sequence[Engine],
    *,
    at: dt.datetime,
    everything: bool = False,
) -> Outcome:
    """Return what the rulebooks find on a plan; arguments and errors as for `next_question`.

    It depends on its arguments alone. Nothing is sealed, no permit is issued.
    """
    seen = look(plan, answers, engines, at)
    profile = seen.judged[0].judge.engine.profile
    numbers = dict.fromkeys(one.number for one in seen.judged)
    return Outcome(
        plan=plan.id,
        at=at.isoformat(),
        facts=list(_given(seen)),
        rulebooks=[_found(seen, number) for number in numbers],
        operator={
            "roles": profile.roles,
            "memberships": profile.memberships,
            "memberships_known": MEMBERSHIPS in seen.facts
            or any(plan.role in engine.profile.roles for engine in engines),
            "territory": profile.territory,
        },
        everything=everything,
        next=question_in(seen, engines, everything=everything),
    )


def _given(seen: Look) -> Iterator[Given]:
    for fact, value in seen.facts.items():
        yield Given(fact, msgspec.to_builtins(value), fact not in seen.answers)


def _found(seen: Look, number: int) -> Found:
    judged = [one for one in seen.judged if one.number == number]
    prospects = [one for one in seen.prospects if one.judged.number == number]
    engine = judged[0].judge.engine
    rules = [ruled for one in judged for ruled in _ruled(seen, one)]
    rules.sort(key=_weight)
    told = {(one.id, one.event) for one in rules}
    cited = [cited for one in rules for cited in one.citations]
    return Found(
        id=engine.rulebook.id,
        title=engine.rulebook.document.rulebook.title,
        digest=engine.digest,
        as_of=judged[0].ruling.as_of,
        verdict=max((one.ruling.verdict for one in judged), key=RANKS.__getitem__),
        rules=rules,
        unneeded=[
            _unneeded(one)
            for one in prospects
            if (one.rule.rule.id, one.judged.step.type) not in told and len(one.outcomes) > 1
        ],
        passed=_passed(judged, {one.id for one in rules}, prospects),
        history=_history(judged),
        drafts=sum(one.status != "verified" for one in cited),
        citations=len(cited),
    )


def _weight(one: Ruled) -> tuple[int, bool, int]:
    """Put the stronger verdict first, then what was found before what is lacking, then what binds."""
    return -RANKS[one.verdict], one.outcome != "hit", BINDS_ORDER.index(one.binds)


def _ruled(seen: Look, judged: Judged) -> Iterator[Ruled]:
    """Give the rules that were hit, and those that lack only what was asked or nobody can answer."""
    engine, ruling = judged.judge.engine, judged.ruling
    day = dt.date.fromisoformat(ruling.as_of)
    rules = {one.rule.id: one for one in engine.on(judged.step.type, judged.event.stage, day).rules}
    open_ = {one.rule.rule.id for one in seen.prospects if one.judged is judged and one.facts}
    written = _written(judged)
    passing = {one.rule: one for one in would_pass(judged.judge, judged.event, ruling)}
    for found in ruling.rules:
        rule = rules[found.id].rule
        if rule.mode != "live" or (found.outcome == "missing" and found.id in open_):
            continue
        unknown, lacking = _lacking(seen, judged, found)
        plain = written[found.id]
        yield msgspec.convert(
            {
                **{name: plain[name] for name in Ruled.__struct_fields__ if name in plain},
                "title": rule.title,
                "event": judged.step.type,
                "would": rule.verdict,
                "unknown": unknown,
                "lacking": lacking,
                "passing": passing.get(found.id) if found.outcome == "hit" else None,
            },
            Ruled,
            from_attributes=True,
        )


def _written(judged: Judged) -> dict[str, dict[str, Any]]:
    """Return what decisions say of each rule, by its id."""
    event = judged.event
    reference = EventRef(event.source, event.id, "")
    text = Writer(judged.judge.engine).decision(
        reference, judged.step.type, event.stage, judged.ruling
    )
    return {one["id"]: one for one in msgspec.json.decode(text)["rules"]}


def _lacking(seen: Look, judged: Judged, found: RuleOutcome) -> tuple[list[str], list[str]]:
    """Tell the facts that were asked and are not known from those that nobody was asked for."""
    unknown: dict[str, None] = {}
    lacking: dict[str, None] = {}
    for path in found.missing:
        fact = asked_as(judged.step, path)
        asked = REACHING if path.startswith("token.reach") else {fact}
        found_unknown = [one for one in seen.facts if one in asked and seen.facts[one] == UNKNOWN]
        if found_unknown:
            unknown.update(dict.fromkeys(found_unknown))
        else:
            lacking[path] = None
    return list(unknown), list(lacking)


def _unneeded(one: Prospect) -> Unneeded:
    rule = one.rule.rule
    return Unneeded(rule.id, rule.version, rule.title, one.judged.step.type, rule.verdict)


def _passed(
    judged: Sequence[Judged], told: set[str], prospects: Sequence[Prospect]
) -> dict[str, Words]:
    """Return the rules that found nothing whatever else is answered, with their titles."""
    sure = {
        one.rule.rule.key
        for one in prospects
        if one.outcomes == {"pass"} and one.rule.rule.id not in told
    }
    titles = {one.rule.rule.key: one.rule.rule.title for one in prospects}
    open_ = {one.rule.rule.key for one in prospects if len(one.outcomes) > 1}
    names = dict.fromkeys(name for one in judged for name in one.ruling.passed)
    return {name: titles[name] for name in names if name in sure and name not in open_}


def _history(judged: Sequence[Judged]) -> dict[str, WindowLine]:
    """Return the windows that rules read: an interview has no past to count."""
    read = {name for one in judged for name in one.ruling.features}
    lines = window_lines(judged[0].judge.engine.rulebook)
    return {name: line for name, line in lines.items() if name in read}
