"""Look at a plan with the real engines: what they find now, and what each rule can still come to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.decision import Ruling
from vermilion.desk.judge import Judge
from vermilion.desk.know import Knowledge
from vermilion.desk.may_i.plans import Plan, Step
from vermilion.desk.may_i.possible import Found, Open, possible
from vermilion.desk.may_i.proposal import UNKNOWN, Answers, proposed, stated
from vermilion.desk.may_i.vocabulary import OF_OPERATOR, OPERATOR, may_ask
from vermilion.desk.passing import joined_facts
from vermilion.desk.settled import facts_read
from vermilion.facts.entities import Token
from vermilion.facts.events import Event
from vermilion.facts.namespace import ALIASES, roles
from vermilion.language import tree
from vermilion.rulebook import Engine, Fused, Profile, RuleInForce, Verdict
from vermilion.store import StandingFacts

RANKS: dict[Verdict, int] = {
    "not_applicable": 0,
    "allow": 1,
    "condition": 2,
    "review": 3,
    "deny": 4,
}
"""How strong a verdict is."""

_REACH = ("token.underlying", "token.redeemable_for")
_REACH_WHOLE = "token.reach.classes"
"""Asked for where what it may be redeemed for leads to further collectibles or a fund."""

REACHING = frozenset({*_REACH, _REACH_WHOLE})
"""The facts on which everything under `token.reach` rests."""

CACHED_JUDGES = 8
"""Sets of rulebooks, each for one operator, that are kept ready."""


class Judged(NamedTuple):
    """One event of a plan as one rulebook judges it."""

    number: int
    """Of the rulebook."""
    step: Step
    judge: Judge
    event: Event
    ruling: Ruling


class Prospect(NamedTuple):
    """What one rule can still come to on one event: verdicts from `low` to `high`, and by which facts."""

    judged: Judged
    rule: RuleInForce
    outcomes: frozenset[Found]
    low: int
    high: int
    facts: tuple[str, ...]


class Look(NamedTuple):
    """A plan with its answers, judged.

    `prospects` are of live rules, in order of rulebooks, events and rules; `least` is by rulebook
    the verdict that no further answer can undo.
    """

    plan: Plan
    answers: Answers
    facts: Mapping[str, Any]
    judged: Sequence[Judged]
    prospects: Sequence[Prospect]
    least: Sequence[int]


def look(plan: Plan, answers: Answers, engines: Sequence[Engine], at: dt.datetime) -> Look:
    """Judge a plan's events over the answers; nothing is sealed, nothing from the past is known.

    Raises:
        UsageError: `fact_unknown`: an answer is for no fact of the plan.
        DataError: `bad_answer`: a value cannot be one of its fact.
    """
    facts = stated(plan, answers)
    judges = _judges(tuple(acting(plan, facts, engines)))
    judged = [
        Judged(number, step, judge, event, judge.judge(event).ruling)
        for step, event in zip(plan.steps, proposed(plan, facts, at), strict=True)
        for number, judge in enumerate(judges)
    ]
    judged.sort(key=lambda one: one.number)
    prospects = [found for one in judged for found in _prospects(plan, facts, one)]
    least = [
        max((one.low for one in prospects if one.judged.number == number), default=0)
        for number in range(len(judges))
    ]
    return Look(plan, answers, facts, judged, prospects, least)


def acting(plan: Plan, facts: Mapping[str, Any], engines: Sequence[Engine]) -> list[Engine]:
    """Return the rulebooks as they bind whoever asks.

    The operator of the book asks for itself where it has the plan's role; otherwise only its
    territory is taken over. What is answered of the `operator` counts before that.
    """
    return [_for(engine, _profile(plan, facts, engine.profile)) for engine in engines]


def _profile(plan: Plan, facts: Mapping[str, Any], of_book: Profile) -> Profile:
    own = plan.role in of_book.roles
    base = of_book if own else Profile(roles=[plan.role], territory=of_book.territory)
    said = {
        name: value
        for name in OF_OPERATOR
        if (value := facts.get(f"{OPERATOR}.{name}", UNKNOWN)) != UNKNOWN
    }
    return msgspec.structs.replace(base, **said)


def _for(engine: Engine, profile: Profile) -> Engine:
    return engine if profile == engine.profile else _engine(engine, msgspec.json.encode(profile))


@lru_cache(maxsize=CACHED_JUDGES)
def _engine(engine: Engine, profile: bytes) -> Engine:
    """Make a rulebook ready for another operator; kept, because that takes a while."""
    return Engine(engine.rulebook, msgspec.json.decode(profile, type=Profile))


@lru_cache(maxsize=CACHED_JUDGES)
def _judges(engines: tuple[Engine, ...]) -> tuple[Judge, ...]:
    knowledge = Knowledge(StandingFacts(), facts_read(engines))
    return tuple(Judge(engine, knowledge) for engine in engines)


def _prospects(plan: Plan, facts: Mapping[str, Any], one: Judged) -> Iterator[Prospect]:
    step = one.step
    day = dt.date.fromisoformat(one.ruling.as_of)
    fused = one.judge.engine.on(step.type, one.event.stage, day)
    known = joined_facts(one.judge, one.event, one.ruling)
    unasked = Open(_Unasked(plan, step, facts, known.roots), _windows(fused, step.type))
    for rule in fused.rules:
        if rule.rule.mode != "live":
            continue
        found = possible(rule.condition, known, unasked)
        ranks = [RANKS[_verdict(rule, outcome)] for outcome in found.outcomes]
        yield Prospect(one, rule, found.outcomes, min(ranks), max(ranks), found.open)


def _verdict(rule: RuleInForce, outcome: Found) -> Verdict:
    if outcome == "hit":
        return rule.rule.verdict
    if outcome == "missing":
        return rule.rule.on_missing
    return "allow" if outcome == "pass" else "not_applicable"


def _windows(fused: Fused, event_type: str) -> Mapping[str, Sequence[tree.Node]]:
    """Return, for each window that rules read, the nodes whose facts its answer rests on."""
    found: dict[str, Sequence[tree.Node]] = {}
    for one in fused.windows:
        nodes = list(one.asks[event_type])
        fold = one.folds.get(event_type) if one.window.including else None
        if fold is not None:
            nodes += [node for node in (*fold.key, fold.value, fold.where) if node is not None]
        found[f"windows.{one.name}"] = nodes
    return found


class _Unasked:
    """Turns the path that a rule reads into the facts that may still be asked for it."""

    def __init__(
        self, plan: Plan, step: Step, facts: Mapping[str, Any], roots: Mapping[str, Any]
    ) -> None:
        self.plan, self.step, self.facts = plan, step, facts
        self.reach = tuple(self._reach(roots))

    def __call__(self, path: str) -> tuple[str, ...]:
        if path.startswith("token.reach"):
            return self.reach
        fact = asked_as(self.step, path)
        if fact is None or fact in self.facts or not may_ask(self.plan, fact):
            return ()
        return (fact,)

    def _reach(self, roots: Mapping[str, Any]) -> Iterator[str]:
        """Give what may still tell what a token comes to in the end."""
        token = roots.get("token")
        if not isinstance(token, Token):  # no rule reads anything of it
            return
        open_ = [fact for fact in _REACH if fact not in self.facts]
        yield from open_
        told = UNKNOWN not in [self.facts.get(fact) for fact in _REACH]
        whole = token.reach is not None and token.reach.classes is not None
        if _REACH_WHOLE not in self.facts and told and (open_ or not whole):
            yield _REACH_WHOLE


def asked_as(step: Step, path: str) -> str | None:
    """Return what answers call a fact that a rule reads on an event of a step, or None."""
    root, _, rest = path.partition(".")
    root = ALIASES.get(step.type, {}).get(root, root)
    if root in roles(step.type):
        return f"{step.roles[root]}.{rest}" if root in step.roles else None
    if root in {"token", "work", "platform"}:
        return f"{root}.{rest}" if root in step.things else None
    return None if root in {"event", "windows", "parties"} else f"{step.type}.{path}"
