"""What the desk answers, in types. Fields that are not known here are left out."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from vermilion.permit import Claims


class Words(msgspec.Struct, frozen=True):
    """One text in Chinese and English."""

    zh: str
    en: str


class EventRef(msgspec.Struct, frozen=True):
    """An event: its identity, and SHA-256 of its canonical bytes."""

    source: str
    id: str
    digest: str


class RulebookRef(msgspec.Struct, frozen=True):
    """A rulebook, with the digest of all that decides in it."""

    id: str
    digest: str


class MissingFact(msgspec.Struct, frozen=True):
    """A fact that was lacking, of which thing, and the rules that ask for it."""

    fact: str
    entity: str
    rules: list[str]


class RuleFound(msgspec.Struct, frozen=True):
    """What one rule found; `citations` are the clauses in force, `facts` what decided."""

    id: str
    version: int
    outcome: str
    verdict: str
    mode: str
    binds: str
    citations: list[dict[str, Any]]
    facts: dict[str, Any]
    missing: list[str]
    reason: Words
    remedy: Words
    question: Words | None
    open_question: Words | None
    confidential: bool


class Decision(msgspec.Struct, frozen=True):
    """One rulebook's answer to one event."""

    event: EventRef
    as_of: str
    rulebook: RulebookRef
    verdict: str
    passed: list[str]
    rules: list[RuleFound]
    missing: list[MissingFact]
    features: dict[str, Any]


class Permit(msgspec.Struct, frozen=True):
    """A permit as it was sent, which nobody has verified; without text, `problem` says why."""

    jti: str
    source: str
    id: str
    subject: str
    expires: str
    permit: str | None
    problem: str | None = None


class SentJudged(msgspec.Struct, frozen=True):
    """What came of an event, as the desk sent it."""

    entry: int
    status: str
    event: EventRef
    standing: str
    permit: Permit | None
    findings: list[int]
    decisions: list[Decision]


class Judged(SentJudged, frozen=True, kw_only=True):
    """What came of an event. It is true only while it has a permit that was verified and holds.

    `claims` is what the permit says, once it was verified offline with the client's `permit_key`,
    for the event that was submitted; `doubt` is why it was not. Without a `permit_key` nothing is
    ever verified, and nothing is true. Neither is part of what the desk sends.
    """

    claims: Claims | None = None
    doubt: str | None = None

    def __bool__(self) -> bool:
        return self.claims is not None and self.claims.nbf <= time.time() < self.claims.exp


class Rejected(msgspec.Struct, frozen=True):
    """Why a line of a stream was not judged, and what to do."""

    code: str
    reason: str
    remedy: str | None = None
    field: str | None = None


class Line(msgspec.Struct, frozen=True):
    """What came of one event of a stream: its number in it from 1, and one of the two.

    It is true while what was judged is.
    """

    line: int
    judged: Judged | None = None
    rejected: Rejected | None = None

    def __bool__(self) -> bool:
        return bool(self.judged)


class SentLine(msgspec.Struct, frozen=True):
    """A line of a stream as the desk sent it."""

    line: int
    judged: SentJudged | None = None
    rejected: Rejected | None = None


class Summary(msgspec.Struct, frozen=True):
    """A judgement in short; `at` is the event's time, `verdicts` are by rulebook."""

    entry: int
    at: str
    source: str
    id: str
    type: str
    stage: str
    subject: str | None
    verdicts: dict[str, str]


class Missing(msgspec.Struct, frozen=True):
    """A fact that events wait for: of what, how many, and under which cause and rule."""

    fact: str
    entity: str
    events: int
    cause: str
    rule: str


class Waiting(msgspec.Struct, frozen=True):
    """A resolution that waits for a second person: for an event by source and id, or for a cause."""

    id: str
    source: str
    action: str
    by: str
    at: str
    until: str | None
    event: tuple[str, str] | None
    cause: str | None


class Case(msgspec.Struct, frozen=True):
    """Work for people: one cause under which events wait."""

    cause: str
    rulebook: str
    rule: str
    title: Words | None
    question: Words | None
    outcome: str
    fact: str
    entity: str
    binds: str
    events: int
    status: str
    severity: str
    overdue: bool
    opened_at: str
    due_at: str
    assignee: str | None


class Effect(msgspec.Struct, frozen=True):
    """What a resolution does: `frees`, `stops`, `waits` for a second person, `ends`, or is `void`.

    `void` lists why.
    """

    effect: str
    action: str
    void: list[str] = []


class Resolved(msgspec.Struct, frozen=True):
    """What a resolution did, its id, and the permits that it led to."""

    id: str
    effect: Effect
    permits: list[Permit]


class Problem(msgspec.Struct, frozen=True):
    """Why something was refused (RFC 9457): `code` for programs, `field` the place, `remedy`."""

    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    remedy: str | None = None
    type: str = "about:blank"
