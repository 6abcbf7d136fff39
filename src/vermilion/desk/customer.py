"""What a customer learns of a judgement: nothing that tells of a list, a suspicion or a review.

The answer is a function of the judgement from which confidential outcomes were taken. Where these
alone stop an event, the answer is the ordinary hold: the one that an event gets which is stopped by
nothing but an ordinary review. Hence reviews never show a reason, and their refusal shows none.

Anti-Money Laundering Law of China (2024), articles 7, 35 and 40; FATF Recommendation 21 (tipping
off).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, Literal, NamedTuple

import msgspec

from vermilion.desk.decision import RuleOutcome, Ruling
from vermilion.desk.loop.rows import Shown
from vermilion.desk.sealing import Judgement
from vermilion.desk.supplied import is_supplied
from vermilion.facts.events import Event, event_type_of
from vermilion.rulebook import Binds, Engine, Fused, RuleInForce, Verdict, Words

Status = Literal["allowed", "held", "declined", "withdrawn"]

ASKED_BY_CUSTOMERS = frozenset(
    {"issue", "offer", "sale", "transfer", "payment", "holding", "loan", "product", "post"}
)
"""Event types that customers propose; statements of facts, resolutions and findings are not theirs."""

MESSAGES: dict[Status, Words] = {
    "allowed": Words("该申请可以办理。", "This request may go ahead."),
    "held": Words(
        "该申请尚在处理中，我们需要更多时间。如需您补充信息，见下文。",
        "This request is still being processed and we need more time. "
        "What we need from you, if anything, follows.",
    ),
    "declined": Words("我们不能办理该申请。", "We cannot go ahead with this request."),
    "withdrawn": Words("该申请已撤回。", "This request was withdrawn."),
}
"""The one text of each status."""

_SHOWN: dict[Status, Verdict | None] = {
    "allowed": "condition",
    "held": "review",
    "declined": "deny",
    "withdrawn": None,
}
"""Which outcomes stand behind a status: those of this verdict."""

_ENCODE = msgspec.json.Encoder().encode
_SLOT = re.compile(r"\{([^{}]*)\}")


class CustomerEvent(msgspec.Struct, frozen=True, gc=False):
    """The event that the customer proposed."""

    source: str
    id: str


class Clause(msgspec.Struct, frozen=True, gc=False):
    """A cited clause: where it stands, its words where they are known, its force for the operator."""

    instrument: str
    title: Words
    pinpoint: str
    quote: str | None
    binds: Binds


class Ground(msgspec.Struct, frozen=True, gc=False):
    """Why a request is declined, or on what condition it may go ahead."""

    title: Words
    clauses: Sequence[Clause]
    reason: Words
    remedy: Words | None
    """How a condition is kept. Of a denial null: what is put right there is told to officers."""


class Ask(msgspec.Struct, frozen=True, gc=False):
    """A fact that the customer can supply, and of which party, thing or event."""

    fact: str
    entity: str


class CustomerAnswer(msgspec.Struct, frozen=True, gc=False):
    """What the customer is told, in this order of fields; each is always there."""

    event: CustomerEvent
    status: Status
    message: Words
    conditions: Sequence[Ground]
    reasons: Sequence[Ground]
    asks: Sequence[Ask]


class Customers:
    """Answers customers.

    Args:
        engines: the active rulebooks.
        kept: returns the engine of an earlier rulebook by its digest, as `Book.kept_engine` does.
    """

    def __init__(self, engines: Iterable[Engine], kept: Callable[[str], Engine]) -> None:
        self._engines = {engine.digest: engine for engine in engines}
        self._kept = kept
        # By the rules themselves, and not by day: the days never end.
        self._told: dict[int, tuple[Fused, Mapping[str, _Told]]] = {}

    def view(self, judged: Judgement, standing: Shown = "waiting") -> CustomerAnswer:
        """Return what the customer is told of a judgement.

        Args:
            judged: the judgement, with the rulings of all rulebooks.
            standing: what came of the proposal since.

        Raises:
            StorageError: a rulebook that judged is not kept.
        """
        event, event_type = judged.event, event_type_of(judged.event)
        found = [
            _Found(ruling, self._rules(ruling, event_type, event.stage))
            for ruling, *_ in judged.ruled
        ]
        ordinary = {verdict for one in found for verdict in one.verdicts(confidential=False)}
        withheld = {verdict for one in found for verdict in one.verdicts(confidential=True)}
        status = _status(ordinary, ordinary | withheld, standing)
        grounds = [ground for one in found for ground in one.grounds(_SHOWN[status])]
        asks = [ask for one in found for ask in one.asks(_SHOWN[status], event, event_type)]
        return CustomerAnswer(
            event=CustomerEvent(event.source, event.id),
            status=status,
            message=MESSAGES[status],
            conditions=grounds if status == "allowed" else [],
            reasons=grounds if status == "declined" else [],
            asks=list(dict.fromkeys(asks)),
        )

    def lines(self, judgements: Iterable[tuple[Judgement, Shown]]) -> Iterator[bytes]:
        """Yield one line, ending included, for each judgement on what a customer proposed.

        Whether there is a line depends on the event's type and stage only.
        """
        for judged, standing in judgements:
            if is_asked(judged.event):
                yield _ENCODE(self.view(judged, standing)) + b"\n"

    def _rules(self, ruling: Ruling, event_type: str, stage: str) -> Mapping[str, _Told]:
        digest = ruling.rulebook.digest
        engine = self._engines.get(digest)
        if engine is None:
            engine = self._engines[digest] = self._kept(digest)
        fused = engine.on(event_type, stage, dt.date.fromisoformat(ruling.as_of))
        known = self._told.get(id(fused))
        if known is None:
            told = {
                rule.rule.id: _Told(rule, rule.rule.id in engine.rulebook.confidential)
                for rule in fused.rules
            }
            known = self._told[id(fused)] = fused, told
        return known[1]


def is_asked(event: Event) -> bool:
    """Tell whether an event is a customer's question: a proposal of something customers do."""
    return event.stage == "proposed" and event_type_of(event) in ASKED_BY_CUSTOMERS


def _status(ordinary: Set[Verdict], every: Set[Verdict], standing: Shown) -> Status:
    """Return the status; `ordinary` are the verdicts found without the confidential ones."""
    if standing == "withdrawn":
        return "withdrawn"
    if "deny" in ordinary or standing == "refused":
        return "declined"
    if "deny" in every or ("review" in every and standing != "permitted"):
        return "held"
    return "allowed"


class _Told:
    """What a rule contributes to the answers of a period."""

    def __init__(self, rule: RuleInForce, confidential: bool) -> None:
        self.rule = rule
        self.confidential = confidential
        self.live = rule.rule.mode == "live"
        self.clauses = [
            Clause(
                one.citation.instrument,
                one.instrument.title,
                one.citation.pinpoint,
                one.citation.quote,
                one.binds,
            )
            for one in rule.citations
        ]

    def verdict(self, outcome: RuleOutcome) -> Verdict:
        rule = self.rule.rule
        return rule.verdict if outcome.outcome == "hit" else rule.on_missing

    def ground(self, outcome: RuleOutcome) -> Ground:
        rule = self.rule.rule
        reason = _filled(rule.reason, outcome.facts)
        remedy = rule.remedy if self.verdict(outcome) == "condition" else None
        return Ground(rule.title, self.clauses, reason, remedy)


class _Found(NamedTuple):
    """A ruling, and what its rules contribute."""

    ruling: Ruling
    told: Mapping[str, _Told]

    def outcomes(self, *, confidential: bool) -> Iterator[tuple[_Told, RuleOutcome]]:
        for outcome in self.ruling.rules:
            told = self.told[outcome.id]
            if told.live and told.confidential is confidential:
                yield told, outcome

    def verdicts(self, *, confidential: bool) -> Iterator[Verdict]:
        for told, outcome in self.outcomes(confidential=confidential):
            yield told.verdict(outcome)

    def grounds(self, shown: Verdict | None) -> Iterator[Ground]:
        for told, outcome in self.outcomes(confidential=False):
            if outcome.outcome == "hit" and told.verdict(outcome) == shown:
                yield told.ground(outcome)

    def asks(self, shown: Verdict | None, event: Event, event_type: str) -> Iterator[Ask]:
        asking = {
            outcome.id
            for told, outcome in self.outcomes(confidential=False)
            if told.verdict(outcome) == shown
        }
        for lacking in self.ruling.missing:
            if not asking.isdisjoint(lacking.rules) and is_supplied(
                lacking.fact, lacking.entity, event, event_type
            ):
                yield Ask(lacking.fact, lacking.entity)


def _filled(reason: Words, facts: Mapping[str, Any]) -> Words:
    """Fill facts into a reason that shows them; a number over the past becomes dots.

    Such a number may count what another party did. Facts of parties stand in no reason.
    """

    def fact(slot: re.Match[str]) -> str:
        path = slot[1]
        return "…" if path.startswith("windows.") else str(facts.get(path, "–"))

    if "{" not in reason.zh + reason.en:
        return reason
    return Words(_SLOT.sub(fact, reason.zh), _SLOT.sub(fact, reason.en))
