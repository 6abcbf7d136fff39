"""Say what a recorded event leads to: a permit, findings, and what a resolution frees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import msgspec

from vermilion.desk.judge import stronger
from vermilion.desk.loop.bypass import bypass, gap
from vermilion.desk.loop.fold import Loop
from vermilion.desk.loop.left import Left
from vermilion.desk.loop.permits import PermitSaid, permit_for
from vermilion.desk.loop.resolve import Effect, People, effect_of
from vermilion.desk.loop.rows import Answer, Proposal, business_of
from vermilion.desk.sealing import Judgement
from vermilion.facts.entities import Party, Token
from vermilion.facts.events import Event, FindingEvent, ResolutionEvent, event_type_of
from vermilion.rulebook import Engine, Profile, Verdict
from vermilion.store import StandingFacts

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LATEST = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)


class Consequences(NamedTuple):
    """What a recorded event leads to."""

    permit: PermitSaid | None = None
    findings: Sequence[FindingEvent] = ()


class Recorded(NamedTuple):
    """What is left of a recorded event, and the ids of the rulebooks that judged it."""

    event: Event | None
    rulebooks: frozenset[str]


class LiveLoop:
    """The loop over events as they are recorded.

    Args:
        loop: how everything stands.
        engines: the active rulebooks by digest.
        profile: who may resolve.
        standing: what stands about parties.
        key: thumbprint of the key that verifies permits.
        recorded: returns a recorded event by its identity.
        in_force: ids of the rulebooks in force, each of which must have judged what is freed.
    """

    def __init__(
        self,
        loop: Loop,
        *,
        engines: Mapping[str, Engine],
        profile: Profile,
        standing: StandingFacts,
        key: str,
        recorded: Callable[[bytes], Recorded],
        in_force: frozenset[str],
    ) -> None:
        self.loop = loop
        self._engines = engines
        self._profile = profile
        self._standing = standing
        self._key = key
        self._recorded = recorded
        self._in_force = in_force

    def effect(self, event: Event) -> Effect | None:
        """Return what a resolution will do once it is recorded; None of any other event."""
        if not isinstance(event, ResolutionEvent):
            return None
        people = self._people(event.time)
        return effect_of(event, self.loop.rows, self._profile, people, self.loop.origin)

    def left(self, judged: Judgement) -> Left:
        """Return what stays of an event that is being recorded."""
        engine_of = self._engines.__getitem__
        return self.loop.left(judged.event, _verdict(judged), judged.ruled, engine_of)

    def follow(
        self,
        judged: Judgement,
        left: Left,
        entry: int,
        effect: Effect | None,
        latest: dt.datetime,
    ) -> Consequences:
        """Take an event over that is being recorded, and return what it leads to.

        Args:
            judged: the event and its rulings.
            left: what stays of the event.
            entry: its index in the record.
            effect: what it does, if it is a resolution.
            latest: a proposal for a later moment gets no permit yet.
        """
        event = judged.event
        findings: list[FindingEvent] = []
        if self.loop.held_against(event):
            found = bypass(event, self.loop, self._proposal, self.loop.origin)
            findings += [found] if found is not None else []
        due = self.loop.take(event, _verdict(judged), left, entry, effect)
        findings += [gap(event, first, last, self.loop.origin) for first, last in due.gaps]
        permit = None
        if _EPOCH <= event.time <= latest and (due.permit or due.answers):
            row = self.loop.rows.proposal(business_of(event)) or Proposal("none")
            permit = self._permit(row, event, due.answers)
        return Consequences(permit, findings)

    def freed(self, business: bytes) -> PermitSaid | None:
        """Return the permit that resolutions lead to for a held business, if they free it."""
        row = self.loop.rows.proposal(business)
        if row is None or row.standing != "held":
            return None
        answers = self.loop.standing_answers(row)
        if not answers:
            return None
        event, rulebooks = self._recorded(row.event)
        if event is None or not self._in_force <= rulebooks:
            return None
        return self._permit(row, event, answers)

    def _permit(self, row: Proposal, event: Event, answers: Sequence[Answer]) -> PermitSaid | None:
        """Return a permit, but for what those who resolved take part in themselves."""
        deciders = [one for answer in answers for one in answer.by]
        people = self._people(event.time)
        if deciders and people.any_behind(deciders, parties_named(event)):
            return None
        return permit_for(
            row,
            answers,
            event_type=event_type_of(event),
            subject=event.subject or event.id,
            terms=self.loop.terms,
            key=self._key,
        )

    def _proposal(self, row: Proposal) -> Event | None:
        return self._recorded(row.event).event

    def _people(self, moment: dt.datetime) -> People:
        def party(id: str) -> list[Party]:
            # Nobody gets round this by a date: what is known of later counts as well.
            found = [self._standing.at("party", id, one) for one in (moment, _LATEST)]
            return [cast("Party", one) for one in found if one is not None]

        def parties_of(business: bytes) -> Sequence[str]:
            row = self.loop.rows.proposal(business)
            event = None if row is None else self._proposal(row)
            return [] if event is None else parties_named(event)

        return People(party, parties_of)


def _verdict(judged: Judgement) -> Verdict:
    """Return the strongest verdict of all rulebooks."""
    verdict: Verdict = "not_applicable"
    for ruling, *_ in judged.ruled:
        verdict = stronger(verdict, ruling.verdict)
    return verdict


def parties_named(event: Event) -> list[str]:
    """Return the ids of all parties that an event names."""
    data: Any = event.data
    roles = getattr(data, "parties", None)
    named = [] if roles is None else [one for one in msgspec.structs.astuple(roles) if one]
    if data.inline is not None:
        named += [party.id for party in data.inline.parties]
    if isinstance(event, FindingEvent):
        found = event.data
        named += [one for one in (found.account, found.counterparty) if one is not None]
        named += found.concerned or []
    party, token = getattr(data, "party", None), getattr(data, "token", None)
    named += [] if party is None else [party.id]
    named += [token.issuer] if isinstance(token, Token) and token.issuer else []
    return list(dict.fromkeys(named))
