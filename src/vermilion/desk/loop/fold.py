"""Fold what is recorded into how every business stands: proposed, permitted, resolved, settled.

The same steps run when an event is recorded and when the state is made anew from the record, so
that both come to the same rows. What they only say is due, such as a permit, is an entry of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from vermilion.desk.erasures import Erasures
from vermilion.desk.judge import Ruled
from vermilion.desk.loop.causes import MAX_CAUSES, Cause, all_causes
from vermilion.desk.loop.left import Left, left_of
from vermilion.desk.loop.resolve import Effect
from vermilion.desk.loop.rows import (
    Answer,
    Issued,
    KnownCause,
    LoopRows,
    Proposal,
    Waiting,
    business_of,
)
from vermilion.desk.loop.serials import counted, told
from vermilion.desk.loop.terms import terms_stated
from vermilion.facts.events import ErasureEvent, Event, FindingEvent, event_type_of
from vermilion.rulebook import Engine, PermitTerms, Verdict
from vermilion.store import State, identity_of

NOT_HELD_AGAINST = frozenset(
    {
        *("party", "platform", "work", "notice", "resolution", "finding", "case", "access"),
        *("list", "erasure"),
    }
)
"""Event types that need no permit: they state facts, or are the desk's own."""

_ENCODE = msgspec.json.Encoder(order="sorted").encode


class Due(NamedTuple):
    """What a recorded event calls for."""

    permit: bool = False
    answers: Sequence[Answer] = ()
    """Resolutions that stand for every cause of a proposal, which may therefore be permitted."""
    gaps: Sequence[tuple[int, int]] = ()
    """Numbers that the source left out for too long."""


class Loop:
    """Folds events into the loop's rows.

    Args:
        state: where the rows are kept; its origin is the source of the loop's own events.
        secret: key of the digests that stand for what was proposed.
        terms: how long permits hold and who needs one.
    """

    def __init__(self, state: State, secret: bytes, terms: PermitTerms) -> None:
        self.rows = LoopRows(state.rows)
        self.erasures = Erasures(state.rows, secret)
        self.origin = state.origin
        self.secret = secret
        self.terms = terms

    def expect(self, events: Sequence[Event]) -> None:
        """Read ahead what some events will ask for."""
        wanted = [one for one in events if self._looks_at(one) or self.asks(one)]
        self.rows.expect([business_of(one) for one in wanted])

    def asks(self, event: Event) -> bool:
        """Tell whether an event is a question to people, or ends one: a finding from outside."""
        return (
            isinstance(event, FindingEvent)
            and event.stage != "proposed"
            and event.source != self.origin
        )

    def waits(self, event: Event) -> bool:
        """Tell whether an event at review waits for people."""
        return event.stage == "proposed" or self.asks(event)

    def held_against(self, event: Event) -> bool:
        """Tell whether a settled event needs a permit.

        It does from the moment on from which its source proposes events of its type, and where its
        business was proposed; what the source settled before, and what a source that never
        proposed imports, does not.
        """
        if event.stage != "settled" or not _takes_part(event):
            return False
        if event.source in self.terms.required_of:
            return True
        gate = self.rows.gate(event.source, event_type_of(event))
        if gate is None:
            return False
        if int(event.time.timestamp()) >= gate:
            return True
        row = self.rows.proposal(business_of(event))
        return row is not None and bool(row.event)

    def left(
        self,
        event: Event,
        verdict: Verdict,
        ruled: Iterable[Ruled],
        engine_of: Callable[[str], Engine],
    ) -> Left:
        """Return what stays of an event, of which nothing is erased yet.

        Args:
            event: what is recorded.
            verdict: the strongest of all rulebooks.
            ruled: what each of them ruled.
            engine_of: returns the rulebook of a digest, as it judges.
        """
        causes: Sequence[Cause] = ()
        if verdict == "review" and self.waits(event):
            causes = all_causes(event, [one.ruling for one in ruled], engine_of, self.secret)
        proposed = event.stage == "proposed" and _takes_part(event)
        return left_of(event, causes, self.terms_of(event) if proposed else b"")

    def take(
        self,
        event: Event,
        verdict: Verdict,
        left: Left,
        entry: int,
        effect: Effect | None = None,
    ) -> Due:
        """Take an event over that was recorded as an entry, and say what is due.

        Args:
            event: what was recorded.
            verdict: the strongest of all rulebooks.
            left: what stays of it.
            entry: its index in the record.
            effect: what a resolution does.
        """
        gaps = () if event.serial is None else self._count(event, event.serial)
        if effect is not None:
            self._resolved(event, effect, entry)
        elif isinstance(event, FindingEvent):
            self._found(event)
        elif isinstance(event, ErasureEvent) and event.source == self.origin:
            self.erasures.note(event.data, entry)
        if self.asks(event):
            self._asked(event, verdict, left.causes, entry)
        if not self._looks_at(event):
            return Due(gaps=gaps)
        if event.stage == "proposed":
            return self._proposed(event, verdict, left, entry)._replace(gaps=gaps)
        business = business_of(event)
        before = self.rows.proposal(business)
        if event.stage == "withdrawn":
            if before is not None:
                gone = msgspec.structs.replace(before, standing="withdrawn", settled=None)
                self.rows.put_proposal(business, gone, before)
        else:
            row = before or Proposal("none")
            if row.standing in {"held", "denied"}:
                # It took place: nothing is left to be resolved.
                row = msgspec.structs.replace(row, standing="none")
            row = msgspec.structs.replace(row, settled=event.id)
            self.rows.put_proposal(business, row, before)
        return Due(gaps=gaps)

    def permitted(self, business: bytes, issued: Issued) -> None:
        """Take over that a permit was issued."""
        before = self.rows.proposal(business)
        if before is not None:
            row = msgspec.structs.replace(before, standing="permitted", permit=issued)
            self.rows.put_proposal(business, row, before)
        self.rows.mark_ready(business, ready=False)

    def _resolved(self, event: Event, effect: Effect, entry: int) -> None:
        """Take over what a resolution does."""
        name = (event.source, event.id)
        answer = Answer(
            effect.action,
            (*effect.entries, entry),
            (*effect.of, name),
            tuple(effect.by),
            int(event.time.timestamp()),
            effect.until,
        )
        for earlier in effect.of:
            self.rows.put_waiting(earlier, None)
        cause = None if effect.cause is None else bytes.fromhex(effect.cause)
        match effect.effect:
            case "waits":
                self.rows.put_waiting(name, Waiting(answer, effect.event, cause))
            case "ends" if cause is not None:
                self.rows.end_answer(cause)
            case "frees" | "stops":
                if cause is not None:
                    stands = self.rows.answer(cause)
                    if stands is None or stands.at <= answer.at:
                        self.rows.put_answer(cause, answer)
                    businesses = list(self.rows.waiting_under(cause))
                else:
                    held = self.rows.stopped_as(*effect.event) if effect.event else None
                    businesses = [held] if held else []
                for business in businesses:
                    self._answered(business, answer, single=cause is None)

    def permit_name(self, entry: int) -> tuple[str, str]:
        """Return source and id under which the entry of a permit is found."""
        return self.origin, f"permit/{entry}"

    def _found(self, event: FindingEvent) -> None:
        said = event.data
        if said.about is None or said.first_serial is None or said.last_serial is None:
            return
        row = self.rows.serials(said.about.source)
        if row is not None and event.source == self.origin:
            gaps = told(row, said.first_serial, said.last_serial)
            self.rows.put_serials(said.about.source, gaps)

    def standing_answers(self, row: Proposal) -> list[Answer]:
        """Return the resolutions that free a held business; none where one is lacking or ended.

        One for the event itself answers all its causes; otherwise each cause needs its own.
        """
        if row.answer is not None:
            answers: list[Answer | None] = [row.answer]
        else:
            answers = [self.rows.answer(cause) for cause in row.causes]
        found = [one for one in answers if one is not None and one.action != "refuse"]
        at = max([row.at, *(one.at for one in found)])
        if len(found) < len(answers) or not all(_holds(one, at) for one in found):
            return []
        return list(dict.fromkeys(found))

    def _looks_at(self, event: Event) -> bool:
        """Tell whether an event may change how a business stands: its source proposes, or has to."""
        if not _takes_part(event):
            return False
        if event.stage == "proposed" or event.source in self.terms.required_of:
            return True
        return self.rows.gate(event.source, event_type_of(event)) is not None

    def terms_of(self, event: Event) -> bytes:
        """Return the keyed digest of what an event states, without what lies beside it."""
        said = _ENCODE(terms_stated(event))
        return hashlib.blake2b(said, digest_size=16, key=self.secret).digest()

    def _proposed(self, event: Event, verdict: Verdict, left: Left, entry: int) -> Due:
        at = int(event.time.timestamp())
        kind = event_type_of(event)
        gate = self.rows.gate(event.source, kind)
        if gate is None or at < gate:
            self.rows.put_gate(event.source, kind, at)
        business = business_of(event)
        before = self.rows.proposal(business)
        row = _row(event, verdict, left.causes, entry)
        settled = None if before is None else before.settled
        terms = left.terms or self.terms_of(event)
        row = msgspec.structs.replace(row, terms=terms, settled=settled)
        row, answers = self._held(row, left.causes)
        self.rows.put_proposal(business, row, before)
        self.rows.mark_ready(business, ready=False)
        return Due(permit=row.standing == "none", answers=answers)

    def _asked(self, event: Event, verdict: Verdict, causes: Sequence[Cause], entry: int) -> None:
        """Let a finding wait for people where it is at review, in place of the one it grew from."""
        business = business_of(event)
        row = msgspec.structs.replace(_row(event, verdict, causes, entry), settled=event.id)
        if event.stage == "withdrawn":
            row = msgspec.structs.replace(row, standing="withdrawn", causes=())
        row, answers = self._held(row, causes)
        if answers:
            row = msgspec.structs.replace(row, standing="none", answer=answers[-1])
        self.rows.put_proposal(business, row, self.rows.proposal(business))

    def _held(self, row: Proposal, causes: Sequence[Cause]) -> tuple[Proposal, list[Answer]]:
        """Note what holds a business; return it, refused where that stands, and what frees it."""
        if row.standing != "held":
            return row, []
        for cause in causes if row.causes else ():
            self.rows.put_cause(cause.digest, _known(cause))
        standing = [self.rows.answer(cause) for cause in row.causes]
        if any(one and one.action == "refuse" and _holds(one, row.at) for one in standing):
            return msgspec.structs.replace(row, standing="refused"), []
        return row, self.standing_answers(row)

    def _answered(self, business: bytes, answer: Answer, *, single: bool) -> None:
        row = self.rows.proposal(business)
        if row is None or answer.at < row.at:
            return
        if row.standing != "held" and (row.standing, answer.action) != ("denied", "refuse"):
            return
        after = msgspec.structs.replace(row, answer=answer) if single else row
        if answer.action == "refuse":
            after = msgspec.structs.replace(after, standing="refused")
        elif self.standing_answers(after):
            if after.is_question:
                # Nothing is permitted by it: it is answered, and waits no more.
                after = msgspec.structs.replace(after, standing="none", answer=answer)
            else:
                self.rows.mark_ready(business, ready=True)
        if after is not row:
            self.rows.put_proposal(business, after, row)

    def _count(self, event: Event, number: int) -> Sequence[tuple[int, int]]:
        before = self.rows.serials(event.source)
        row, due = counted(before, number, int(event.time.timestamp()))
        if row is not before:
            self.rows.put_serials(event.source, row)
        return due


def _takes_part(event: Event) -> bool:
    return event_type_of(event) not in NOT_HELD_AGAINST


def _row(event: Event, verdict: Verdict, causes: Sequence[Cause], entry: int) -> Proposal:
    digests = tuple(dict.fromkeys(one.digest for one in causes))
    return Proposal(
        standing="denied" if verdict == "deny" else "held" if verdict == "review" else "none",
        event=identity_of(event.source, event.id),
        name=(event.source, event.id),
        entry=entry,
        at=int(event.time.timestamp()),
        causes=digests if len(digests) <= MAX_CAUSES else (),
    )


def _holds(answer: Answer, at: int) -> bool:
    return answer.until is None or at < answer.until


def _known(cause: Cause) -> KnownCause:
    return KnownCause(*cause[1:])
