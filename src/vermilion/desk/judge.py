"""Judge one event: the main path, with its steps numbered for those who audit it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.decision import (
    Found,
    MissingFact,
    RulebookRef,
    RuleOutcome,
    Ruling,
    encode_ruling,
)
from vermilion.desk.know import Knowledge, Known, Lacking
from vermilion.desk.memory import Added, Memory
from vermilion.facts.entities import Entity
from vermilion.facts.events import Event, event_type_of
from vermilion.language import Explanation, Facts, explain
from vermilion.rulebook import VERDICT_ORDER, Engine, Fused, RuleInForce, Verdict


class Ruled(NamedTuple):
    """A ruling, the bytes that are sealed of it, and what the event adds to windows if settled."""

    ruling: Ruling
    written: bytes
    added: Sequence[Added] = ()


_ENCODE = msgspec.json.Encoder().encode
_NO_FEATURES = b"{}}"

CACHED_VERDICTS = 4_096
"""Combinations of outcomes whose verdict is kept, of each kind. Policy."""


class Judge:
    """Judges events under one rulebook.

    Args:
        engine: the rulebook, made ready.
        knowledge: what stands about parties, tokens, works and platforms.
        memory: the windows over past events; empty ones where none is given.
        as_of: the day whose rules are applied instead of the event's own, for a what-if.
    """

    def __init__(
        self,
        engine: Engine,
        knowledge: Knowledge,
        memory: Memory | None = None,
        *,
        as_of: dt.date | None = None,
    ) -> None:
        self.engine = engine
        self.knowledge = knowledge
        self.as_of = as_of
        self._recall = (memory or Memory([engine])).of(engine)
        self._reference = RulebookRef(engine.rulebook.id, engine.digest)
        self._clean: dict[tuple[int, dt.date, int], tuple[Ruling, bytes]] = {}
        self._verdicts: dict[tuple[int, int, int, int], tuple[Verdict, list[str]]] = {}

    def judge(self, event: Event, joined: dict[dt.date, Known] | None = None) -> Ruled:
        """Return the rulebook's answer to an event, and its written form.

        1. The rulebook's clock tells the legal date. A what-if date changes which rules apply, not
           how old people or licences were at the event.
        2. The rules in force that day for this type and stage are fetched, as one function.
        3. What stands about the event's parties, token, work and platform is joined, closures
           included, and the windows over past events are read; what is not known stays unknown.
        4. The function tells for each rule: hit, unknown, passed or not applicable.
        5. Hits and unknowns are explained by walking the rule's tree again: which facts decided,
           which were lacking, and of what.
        6. The strongest verdict of a live rule wins; an unknown counts as its rule's `on_missing`;
           where no live rule applies the event is not applicable to the rulebook.

        The caller has parsed the event; it seals the ruling afterwards. Where several rulebooks judge
        one event, `joined` passes what was joined to it, by legal date, from one to the next.
        """
        event_type = event_type_of(event)
        today = self.engine.legal_date(event.time)  # 1
        day = self.as_of or today
        fused = self.engine.on(event_type, event.stage, day)  # 2
        known = None if joined is None else joined.get(today)
        if known is None:
            known = self.knowledge.join(event, event_type, today)  # 3
            if joined is not None:
                joined[today] = known
        added = self._recall.added(event, event_type, known.roots)
        features = self._recall.read(fused, event, known.roots, added) if fused.windows else {}
        hit, unknown, passed = fused.function(event.data, known.roots)  # 4
        if not hit | unknown:
            return Ruled(*self._undisputed(fused, day, passed, features), added)
        rules: list[RuleOutcome] = []
        missing: dict[Lacking, list[str]] = {}
        facts = self._facts(fused, event, known)
        for position, rule in enumerate(fused.rules):  # 5
            if hit >> position & 1:
                why = explain(rule.condition.violates, facts)
                rules.append(_outcome(rule, "hit", why))
            elif unknown >> position & 1:
                why = _why_unknown(rule, facts)
                rules.append(_outcome(rule, "missing", why))
                for lacking in self._lacking(fused, why, facts, event, known):
                    asking = missing.setdefault(lacking, [])
                    if rule.rule.id not in asking:
                        asking.append(rule.rule.id)
        verdict, names = self._verdict(fused, hit, unknown, passed)  # 6
        ruling = Ruling(
            as_of=day.isoformat(),
            rulebook=self._reference,
            verdict=verdict,
            passed=names,
            rules=rules,
            missing=[MissingFact(*one, missing[one]) for one in sorted(missing)],
            features=features,
        )
        return Ruled(ruling, encode_ruling(ruling), added)

    def _lacking(
        self, fused: Fused, why: Explanation, facts: Facts, event: Event, known: Known
    ) -> Iterator[Lacking]:
        """Tell what to ask for.

        A window that is unknown lacks its key, or its past was let go, or nothing came before.
        """
        event_type = event_type_of(event)
        for label in why.missing:
            labels: Sequence[str] = (label,)
            if label.startswith("windows."):
                named = next(w for w in fused.windows if f"windows.{w.name}" == label)
                labels = [
                    lacking
                    for node in named.asks[event_type]
                    for lacking in explain(node, facts).missing
                ]
                if not labels:
                    late = self._recall.is_late(fused, event, known.roots, named.name)
                    fact = "event.history" if late else "event.earlier"
                    yield Lacking(fact, event.subject or event.id)
            for one in labels:
                yield self.knowledge.missing(one, event, event_type, known)

    def _undisputed(
        self, fused: Fused, day: dt.date, passed: int, features: dict[str, Any]
    ) -> tuple[Ruling, bytes]:
        """Return the ruling where no rule was hit and nothing was lacking.

        But for the features it is the same for many events.
        """
        key = (id(fused), day, passed)
        known = self._clean.get(key)
        if known is None:
            verdict, names = self._verdict(fused, 0, 0, passed)
            ruling = Ruling(day.isoformat(), self._reference, verdict, names, [], [], {})
            if len(self._clean) >= CACHED_VERDICTS:
                self._clean.clear()
            known = self._clean[key] = ruling, encode_ruling(ruling)[: -len(_NO_FEATURES)]
        if not features:
            return known[0], known[1] + _NO_FEATURES
        ruling = msgspec.structs.replace(known[0], features=features)
        return ruling, known[1] + _ENCODE(features) + b"}"

    def _facts(self, fused: Fused, event: Event, known: Known) -> Facts:
        data = event.data
        roots = {field: getattr(data, field) for field in data.__struct_fields__} | known.roots
        return Facts(roots, fused.parameters, known.names)

    def _verdict(
        self, fused: Fused, hit: int, unknown: int, passed: int
    ) -> tuple[Verdict, list[str]]:
        """Return the strongest verdict, and the rules that passed."""
        key = (id(fused), hit, unknown, passed)
        known = self._verdicts.get(key)
        if known is not None:
            return known
        strongest: Verdict = "not_applicable"
        names = []
        for position, one in enumerate(fused.rules):
            bit, rule = 1 << position, one.rule
            if passed & bit:
                names.append(rule.key)
            if rule.mode == "live" and (hit | unknown | passed) & bit:
                verdict: Verdict = (
                    rule.verdict if hit & bit else rule.on_missing if unknown & bit else "allow"
                )
                strongest = stronger(strongest, verdict)
        if len(self._verdicts) >= CACHED_VERDICTS:
            self._verdicts.clear()
        self._verdicts[key] = strongest, names
        return strongest, names


def stronger(a: Verdict, b: Verdict) -> Verdict:
    """Return the stronger of two verdicts; `not_applicable` is weaker than any."""
    if a == "not_applicable":
        return b
    if b == "not_applicable":
        return a
    return min(a, b, key=VERDICT_ORDER.index)


def _outcome(rule: RuleInForce, outcome: Found, why: Explanation) -> RuleOutcome:
    return RuleOutcome(
        id=rule.rule.id,
        version=rule.rule.version,
        outcome=outcome,
        facts={label: _plain(value) for label, value in sorted(why.facts.items())},
        missing=list(why.missing),
    )


def _plain(value: Any) -> Any:
    """Write a fact as JSON holds it; an entity by its id, so that none is copied into a ruling."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Entity):
        return value.id
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return msgspec.to_builtins(value)


def _why_unknown(rule: RuleInForce, facts: Facts) -> Explanation:
    applies = rule.condition.applies
    if applies is not None:
        why = explain(applies, facts)
        if why.value is None:
            return why
    return explain(rule.condition.violates, facts)
