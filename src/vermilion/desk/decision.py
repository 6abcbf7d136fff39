"""A decision: one rulebook's answer to one event. No clock, no position, no randomness in it.

What is sealed is the *ruling*: outcomes and facts. Citations, reasons and remedies follow from the
rulebook of that digest on that day, and are put beside them when a decision is written out.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Literal

import msgspec

from vermilion.rulebook import Binds, Engine, Fused, Mode, RuleInForce, Verdict, Words

Found = Literal["hit", "missing"]


class EventRef(msgspec.Struct, frozen=True, gc=False):
    """The event that was judged: identity, and SHA-256 of its canonical bytes."""

    source: str
    id: str
    digest: str


class RulebookRef(msgspec.Struct, frozen=True, gc=False):
    """The rulebook that judged; the digest covers rules, lists, parameters and profile."""

    id: str
    digest: str


class MissingFact(msgspec.Struct, frozen=True, gc=False):
    """A fact that was lacking: its kind and path, of which entity or event, and who asks for it."""

    fact: str
    entity: str
    rules: list[str]


class RuleOutcome(msgspec.Struct, frozen=True, gc=False):
    """What one rule found: it was hit, or could not be decided; by which facts, lacking which."""

    id: str
    version: int
    outcome: Found
    facts: dict[str, Any]
    missing: list[str]


class Ruling(msgspec.Struct, frozen=True, gc=False):
    """The part of a decision that does not follow from event and rulebook text alone."""

    as_of: str
    rulebook: RulebookRef
    verdict: Verdict
    passed: list[str]
    rules: list[RuleOutcome]
    missing: list[MissingFact]
    features: dict[str, Any]


class RuleDecision(msgspec.Struct, frozen=True, gc=False):
    """What one rule found, with everything that it rests on."""

    id: str
    version: int
    outcome: Found
    verdict: Verdict
    mode: Mode
    binds: Binds
    citations: msgspec.Raw
    """The cited clauses in force on the day, each with its force for the operator."""
    facts: dict[str, Any]
    """The facts that decided, by path."""
    missing: list[str]
    """The facts that were lacking, by path."""
    reason: msgspec.Raw
    remedy: msgspec.Raw
    question: msgspec.Raw
    """What is asked for where a fact is lacking, or null."""
    open_question: msgspec.Raw
    """What only a person can judge, or null."""
    confidential: bool


class Decision(msgspec.Struct, frozen=True, gc=False):
    """One rulebook's answer to one event."""

    event: EventRef
    as_of: str
    """The legal date whose rules were applied."""
    rulebook: RulebookRef
    verdict: Verdict
    passed: list[str]
    """Rules that applied and were not violated, as `id@version`."""
    rules: list[RuleDecision]
    missing: list[MissingFact]
    features: dict[str, Any]
    """Windowed numbers over past events that rules read; empty while no rule reads any."""


_ENCODE = msgspec.json.Encoder().encode
_SLOT = re.compile(r"\{[^{}]*\}")
_NULL = msgspec.Raw(b"null")
_LACKING = Words("所需事实不全，不能判断。", "Facts that the answer needs are lacking.")


def encode_ruling(ruling: Ruling) -> bytes:
    """Write a ruling in its one form: JSON in field order."""
    return _ENCODE(ruling)


class Writer:
    """Writes decisions out in full, under one rulebook."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # By the rules themselves, and not by day: the days never end.
        self._static: dict[int, tuple[Fused, dict[str, _Static]]] = {}

    def decision(self, event: EventRef, event_type: str, stage: str, ruling: Ruling) -> bytes:
        """Return the decision on an event as one JSON object in field order.

        Equal rulings give equal bytes, whenever and wherever they are written out.
        """
        fused = self.engine.on(event_type, stage, dt.date.fromisoformat(ruling.as_of))
        known = self._static.get(id(fused))
        if known is None:
            known = fused, {rule.rule.id: _Static(rule) for rule in fused.rules}
            self._static[id(fused)] = known
        static = known[1]
        return _ENCODE(
            Decision(
                event=event,
                as_of=ruling.as_of,
                rulebook=ruling.rulebook,
                verdict=ruling.verdict,
                passed=ruling.passed,
                rules=[static[outcome.id].expand(outcome) for outcome in ruling.rules],
                missing=ruling.missing,
                features=ruling.features,
            )
        )


class _Static:
    """What a rule contributes to every decision of a period, written out once."""

    def __init__(self, rule: RuleInForce) -> None:
        self.rule = rule
        text = rule.rule
        self.citations = _raw([_citation(alive) for alive in rule.citations])
        self.remedy = _raw(text.remedy)
        self.question = _raw(text.question)
        self.open_question = _raw(text.open_question)
        self.lacking = _raw(_LACKING)
        self.reason = None if "{" in text.reason.zh + text.reason.en else _raw(text.reason)

    def expand(self, outcome: RuleOutcome) -> RuleDecision:
        text = self.rule.rule
        hit = outcome.outcome == "hit"
        return RuleDecision(
            id=outcome.id,
            version=outcome.version,
            outcome=outcome.outcome,
            verdict=text.verdict if hit else text.on_missing,
            mode=text.mode,
            binds=self.rule.binds,
            citations=self.citations,
            facts=outcome.facts,
            missing=outcome.missing,
            reason=(self.reason or self._filled(outcome.facts)) if hit else self.lacking,
            remedy=self.remedy,
            question=_NULL if hit else self.question,
            open_question=self.open_question,
            confidential=text.confidential,
        )

    def _filled(self, facts: dict[str, Any]) -> msgspec.Raw:
        """Fill the facts into a reason that shows them; one that did not decide stays a dash."""
        reason = self.rule.rule.reason

        def fact(slot: re.Match[str]) -> str:
            return str(facts.get(slot[0][1:-1], "–"))

        return _raw(Words(_SLOT.sub(fact, reason.zh), _SLOT.sub(fact, reason.en)))


def without_slots(reason: str) -> str:
    """Return a reason as it is told of many events at once: dots in place of single facts."""
    return _SLOT.sub("…", reason)


def _citation(alive: Any) -> dict[str, Any]:
    citation, instrument = alive.citation, alive.instrument
    return {
        "instrument": citation.instrument,
        "title": instrument.title,
        "pinpoint": citation.pinpoint,
        "quote": citation.quote,
        "quote_sha256": citation.quote_sha256,
        "essence": citation.essence,
        "binding": citation.binding,
        "tier": citation.tier,
        "status": citation.status,
        "binds": alive.binds,
        "addressees": instrument.addressees.text,
        "in_force": instrument.in_force,
    }


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(_ENCODE(value))
