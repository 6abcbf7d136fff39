"""Find what a rulebook's rules can never do, alone or beside one another, by proof.

A rule is taken with the values that parameters have in each period of its life; what is told holds
in all of them. What cannot be proven is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import NamedTuple

from vermilion.facts.namespace import namespace, nothing_known
from vermilion.language import Condition, Facts, facts_read, recourse, tree, walk
from vermilion.language.types import BOOL
from vermilion.rulebook.load import LoadedRule, Rulebook
from vermilion.rulebook.model import VERDICT_ORDER, Rule
from vermilion.rulebook.periods import Periods
from vermilion.rulebook.proof import Goal, Prover
from vermilion.rulebook.windows import nodes_of

_NEVER_NEGATIVE = frozenset({"count", "distinct", "held_for", "trading_days"})
_PROOF = "proven over all values at which its tests change, and unknown ones"


class Proven(NamedTuple):
    """What a rule can never do, or does in vain."""

    rule: str
    code: str
    message: str


def analyse(rulebook: Rulebook) -> list[Proven]:
    """Return what is proven of a rulebook's rules that are not off.

    `never_applies`, `never_hits` and `never_passes` are told of one rule. `subsumed` is a rule whose
    every hit is one of another rule too, with no weaker verdict; `contradiction` is told of two
    rules that both apply to some event and cannot both pass it.
    """
    analysis = _Analysis(rulebook)
    alone = list(analysis.alone())
    return [*alone, *analysis.pairs({one.rule for one in alone})]


@dataclass(frozen=True)
class _Judged:
    """A rule as it judges one event type, and the periods in which it does."""

    rule: Rule
    event: str
    condition: Condition
    life: frozenset[int]
    reads: tuple[frozenset[str], ...]
    parameters: frozenset[str]

    @classmethod
    def of(cls, loaded: LoadedRule, event: str, life: frozenset[int]) -> _Judged:
        condition = loaded.conditions[event]
        nodes = nodes_of(condition)
        parts = [part for node in nodes for part in walk(node)]
        return cls(
            loaded.rule,
            event,
            condition,
            life,
            tuple(frozenset(map(str, facts_read(node))) for node in nodes),
            frozenset(part.name for part in parts if isinstance(part, tree.Parameter)),
        )

    def scope(self) -> tuple[Goal, ...]:
        applies = self.condition.applies
        return () if applies is None else (Goal(applies, "true"),)

    def hit(self) -> tuple[Goal, ...]:
        return (*self.scope(), Goal(self.condition.violates, "true"))

    def passed(self) -> tuple[Goal, ...]:
        return (*self.scope(), Goal(self.condition.violates, "false"))

    def not_hit(self) -> Goal:
        applies, violates = self.condition.applies, self.condition.violates
        both = violates if applies is None else tree.And(BOOL, True, (applies, violates))
        return Goal(both, "not true")

    def may_decide(self, other: _Judged) -> bool:
        """Tell whether it reads something that each condition of another rule reads."""
        mine = frozenset[str]().union(*self.reads)
        return all(not mine.isdisjoint(theirs) for theirs in other.reads)


class _Analysis:
    def __init__(self, rulebook: Rulebook) -> None:
        self.periods = Periods(rulebook)
        self.naturals = frozenset(
            f"windows.{one.name}"
            for one in rulebook.windows
            if one.window.function in _NEVER_NEGATIVE
        )
        self.judged: dict[str, list[_Judged]] = {}
        """By rule, how it judges each event type; rules that are off or never in force left out."""
        for loaded in rulebook.rules:
            life = self.periods.rule(loaded.rule)
            if life and loaded.rule.mode != "off":
                of_events = [_Judged.of(loaded, event, life) for event in loaded.conditions]
                self.judged[loaded.rule.id] = of_events

    def alone(self) -> Iterator[Proven]:
        """Tell of each rule what it never does on any event type, or on one of them."""
        for id, judged in self.judged.items():
            found = [self.fault(one) for one in judged]
            faults = dict.fromkeys(fault for fault in found if fault is not None)
            for fault in faults:
                events = [one.event for one, of in zip(judged, found, strict=True) if of == fault]
                where = "" if len(events) == len(judged) else f" on {', '.join(events)}"
                yield Proven(id, fault, f"{_FAULTS[fault]}{where}: {_PROOF}")

    def fault(self, one: _Judged) -> str | None:
        if one.scope() and self.impossible(one.scope(), one.life, one):
            return "never_applies"
        if self.impossible(one.hit(), one.life, one):
            return "never_hits"
        if _reads_facts(one.condition.violates) and self.impossible(one.passed(), one.life, one):
            return "never_passes"
        return None

    def pairs(self, useless: set[str]) -> Iterator[Proven]:
        """Tell of rules what they do in vain beside others, but for some that do nothing."""
        live = [
            judged
            for id, judged in self.judged.items()
            if id not in useless and judged[0].rule.mode == "live"
        ]
        subsumed: set[str] = set()
        for one, other in permutations(live, 2):
            ids = {one[0].rule.id, other[0].rule.id}
            if subsumed.isdisjoint(ids) and self.is_subsumed(one, other):
                subsumed.add(one[0].rule.id)
                yield Proven(one[0].rule.id, "subsumed", _in_vain(one[0].rule, other[0].rule))
        for number, one in enumerate(live):
            for other in live[:number]:
                events = [a.event for a, b in _on_same_events(other, one) if self.contradict(a, b)]
                if events:
                    message = (
                        f"and {other[0].rule.id} cannot both pass on {', '.join(events)}, and some "
                        f"event is in the scope of both: {_PROOF}"
                    )
                    yield Proven(one[0].rule.id, "contradiction", message)

    def is_subsumed(self, one: Sequence[_Judged], other: Sequence[_Judged]) -> bool:
        """Tell whether on every event, stage and day a hit of one is a hit of the other too."""
        a, b = one[0], other[0]
        if VERDICT_ORDER.index(b.rule.verdict) > VERDICT_ORDER.index(a.rule.verdict):
            return False
        if not (a.life <= b.life and set(a.rule.stage) <= set(b.rule.stage)):
            return False
        pairs = list(_on_same_events(one, other))
        return len(pairs) == len(one) and all(
            x.may_decide(y) and self.impossible((*x.hit(), y.not_hit()), x.life, x, y)
            for x, y in pairs
        )

    def contradict(self, one: _Judged, other: _Judged) -> bool:
        """Tell whether two rules apply to some event together, and never pass one together."""
        common = one.life & other.life
        if not one.may_decide(replace(other, reads=other.reads[-1:])):
            return False
        goals = (*one.passed(), *other.passed())
        return self.impossible(goals, common, one, other) and self.meet(one, other, max(common))

    def meet(self, one: _Judged, other: _Judged, period: int) -> bool:
        """Tell whether facts were found to which both rules apply."""
        scopes = tuple(goal.node for rule in (one, other) for goal in rule.scope())
        if not scopes:
            return True
        outside = Condition(None, tree.Not(BOOL, True, tree.And(BOOL, True, scopes)))
        roots = {
            name: nothing_known(source.annotation) if source.origin == "known" else None
            for name, source in namespace(one.event).items()
            if name not in {"event", "parties"}
        }
        facts = Facts(roots | {"parties": []}, self.periods.parameters(period))
        return recourse(outside, facts, one.event).outcome == "found"

    def impossible(self, goals: Sequence[Goal], life: frozenset[int], *rules: _Judged) -> bool:
        """Tell whether it is proven, for each period, that no event brings goals of rules about."""
        stages = [s for s in rules[0].rule.stage if all(s in one.rule.stage for one in rules)]
        given = {"event.type": (rules[0].event,), "event.stage": tuple(stages)}
        names = sorted(frozenset[str]().union(*(one.parameters for one in rules)))
        seen: list[list[object]] = []
        for period in life if stages else ():
            parameters = self.periods.parameters(period)
            values = [parameters[name] for name in names]
            if values not in seen:
                seen.append(values)
                if not Prover(parameters, self.naturals, given).impossible(*goals):
                    return False
        return bool(seen)


_FAULTS: Mapping[str, str] = {
    "never_applies": "`applies_if` is never true",
    "never_hits": "`violates_if` is never true where the rule applies",
    "never_passes": "`violates_if` is never false where the rule applies",
}


def _in_vain(one: Rule, other: Rule) -> str:
    own = sorted({c.instrument for c in one.citations} - {c.instrument for c in other.citations})
    more = f"; it alone cites {', '.join(own)}" if own else ""
    return f"every hit is one of {other.id} too, whose verdict is no weaker{more}: {_PROOF}"


def _on_same_events(
    one: Sequence[_Judged], other: Sequence[_Judged]
) -> Iterator[tuple[_Judged, _Judged]]:
    others = {judged.event: judged for judged in other}
    return ((judged, others[judged.event]) for judged in one if judged.event in others)


def _reads_facts(node: tree.Node) -> bool:
    """Tell a condition from `True`, by which an author says that all in the scope is a wrong."""
    return next(iter(facts_read(node, bound=True)), None) is not None
