"""What a resolution does: it frees, stops, waits for a second person, ends another, or is void."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence, Set
from typing import Literal, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vermilion.desk.closures import person_of
from vermilion.desk.loop.rows import LoopRows, Waiting
from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.entities import Party
from vermilion.facts.events import ResolutionAction, ResolutionEvent
from vermilion.rulebook import Officer, Profile

MOST_DAYS = 90
"""Longest that a resolution for a whole cause may hold, in days. Policy."""

CONFIRMED_WITHIN_DAYS = 7
"""How long a resolution waits for its second person, in days. Policy."""

MAX_PERSONS = 256
"""Persons and accounts followed from one party; whoever has more is taken for everybody."""

NOBODY_RESOLVES = Officer(id="nobody", may=[])
"""Stands for the officers where profiles in force agree on none."""

_DAY = 86_400

Void = Literal[
    "no_reason",
    "not_settled",
    "nothing_held",
    "unknown_cause",
    "nothing_to_confirm",
    "too_late_to_confirm",
    "other_action",
    "before_what_it_answers",
    "not_an_officer",
    "not_allowed",
    "unsigned",
    "bad_signature",
    "same_person",
    "party_to_event",
    "no_end",
    "too_long",
    "ended",
    "binds",
]
"""Why a resolution does nothing."""


class Effect(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a resolution does, as its entry states it in clear.

    `of` and `entries` name the resolutions that it completes, `rules` the rules whose reviews it
    answers (rulebook, rule), which makes it their label; `until` is in epoch seconds.
    """

    effect: Literal["frees", "stops", "waits", "ends", "void"]
    action: ResolutionAction
    by: list[str]
    event: tuple[str, str] | None = None
    cause: str | None = None
    until: int | None = None
    of: list[tuple[str, str]] = []
    entries: list[int] = []
    rules: list[tuple[str, str]] = []
    void: list[Void] = []


class People(NamedTuple):
    """How to find who is behind an account, and who takes part in a held event."""

    party: Callable[[str], Sequence[Party]]
    """What is known of an account, at different moments."""
    parties_of: Callable[[bytes], Sequence[str]]
    """Ids of the parties of a held business."""

    def behind(self, id: str) -> frozenset[str] | None:
        """Return an account, who is behind it, whom it holds for and who controls it, all the way.

        None stands for everybody: there are too many to tell.
        """
        found: set[str] = set()
        level = [id]
        while level:
            one = level.pop()
            if one in found:
                continue
            found.add(one)
            if len(found) > MAX_PERSONS:
                return None
            for party in self.party(one):
                level += [person_of(party), *(party.controlled_by or [])]
                level += [*(party.beneficial or []), *(party.holds_for or [])]
        return frozenset(found)

    def any_behind(self, deciders: Sequence[str], parties: Sequence[str]) -> bool:
        """Tell whether one of those who resolve may be behind one of some parties."""
        return any(self.same(one, party) for one in deciders for party in parties)

    def same(self, a: str, b: str) -> bool:
        """Tell whether one person may be behind two accounts."""
        first, second = self.behind(a), self.behind(b)
        return first is None or second is None or not first.isdisjoint(second)


def effect_of(
    event: ResolutionEvent, rows: LoopRows, profile: Profile, people: People, origin: str
) -> Effect:
    """Return what a resolution does, in view of what is held and of those that wait.

    Two people are needed where the profile asks for them: the first one's resolution waits, and
    the second one's confirms it and takes effect for exactly what the first was for.

    Args:
        event: the resolution.
        rows: how everything stands.
        profile: who may resolve, and where two must.
        people: who is behind whom.
        origin: the record's name, to which signatures are bound.
    """
    data = event.data
    by, action = data.parties.by, data.action
    void: list[Void] = [] if data.reason is not None else ["no_reason"]
    if event.stage == "withdrawn":
        return _ending(event, rows, void, profile, origin)
    if event.stage != "settled":
        void.append("not_settled")
    at = int(event.time.timestamp())
    waiting = None
    if data.confirms is not None:
        waiting = rows.waiting((data.confirms.source, data.confirms.id))
        void += _not_confirming(event, waiting, people, profile)
    scope = _Scope.of(event, waiting)
    whole = scope is not None and scope.cause is not None
    void += _not_entitled(event, profile, origin, {str(action), "cause"} if whole else {action})
    if scope is None:
        return Effect(effect="void", action=action, by=[by], void=void)
    deciders = [*(waiting.answer.by if waiting else ()), by]
    void += _out_of_scope(scope, rows, at)
    if scope.event is not None:
        void += _not_for(event, scope.event, rows, deciders, people)
    rules, bound = _answered(scope, rows)
    if action == "override" and bound:
        void.append("binds")
    kinds = {str(action), "cause"} if scope.cause else {str(action)}
    alone = waiting is None and not kinds.isdisjoint(profile.two_people)
    return Effect(
        effect="void" if void else "waits" if alone else "stops" if action == "refuse" else "frees",
        action=action,
        by=deciders,
        event=scope.event,
        cause=None if scope.cause is None else scope.cause.hex(),
        until=scope.until,
        of=[] if void or waiting is None else list(waiting.answer.names),
        entries=[] if void or waiting is None else list(waiting.answer.entries),
        rules=rules,
        void=list(dict.fromkeys(void)),
    )


class _Scope(NamedTuple):
    event: tuple[str, str] | None
    cause: bytes | None
    until: int | None

    @classmethod
    def of(cls, event: ResolutionEvent, waiting: Waiting | None) -> _Scope | None:
        """Return what a resolution is for; a confirming one is for what it confirms, no more."""
        data = event.data
        if waiting is not None:
            return cls(waiting.event, waiting.cause, waiting.answer.until)
        if data.confirms is not None:
            return None
        return cls(
            None if data.event is None else (data.event.source, data.event.id),
            None if data.cause is None else bytes.fromhex(data.cause),
            None if data.until is None else int(data.until.timestamp()),
        )


def signed_text(event: ResolutionEvent, origin: str) -> bytes:
    """Return the bytes that an officer signs: the record's name, and the event without signature."""
    bare = msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, signature=None))
    return f"vermilion resolution 1\n{origin}\n".encode() + canonical_bytes(bare)


def _not_entitled(
    event: ResolutionEvent, profile: Profile, origin: str, needed: Set[str]
) -> list[Void]:
    """Return why the person may not resolve this."""
    if not profile.officers:
        return []
    data = event.data
    officer = next((one for one in profile.officers if one.id == data.parties.by), None)
    if officer is None:
        return ["not_an_officer"]
    void: list[Void] = []
    if officer.may is not None and not needed <= set(officer.may):
        void.append("not_allowed")
    if officer.key is not None:
        void += _badly_signed(event, officer.key, origin)
    return void


def _badly_signed(event: ResolutionEvent, key: str, origin: str) -> list[Void]:
    signature = event.data.signature
    if signature is None:
        return ["unsigned"]
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
        public.verify(base64.urlsafe_b64decode(signature + "=="), signed_text(event, origin))
    except (InvalidSignature, ValueError):
        return ["bad_signature"]
    return []


def _not_confirming(
    event: ResolutionEvent, waiting: Waiting | None, people: People, profile: Profile
) -> list[Void]:
    """Return why a resolution does not complete another person's."""
    if waiting is None:
        return ["nothing_to_confirm"]
    void: list[Void] = []
    answer, at = waiting.answer, int(event.time.timestamp())
    if event.data.action != answer.action:
        void.append("other_action")
    if at < answer.at:
        void.append("before_what_it_answers")
    if at >= answer.at + CONFIRMED_WITHIN_DAYS * _DAY:
        void.append("too_late_to_confirm")
    by = event.data.parties.by
    keys = {one.id: one.key for one in profile.officers}
    if profile.officers and not keys.keys() >= set(answer.by):
        void.append("not_an_officer")
    shared = keys.get(by) is not None and keys[by] in [keys.get(one) for one in answer.by]
    if shared or any(people.same(by, one) for one in answer.by):
        void.append("same_person")
    return void


def _out_of_scope(scope: _Scope, rows: LoopRows, at: int) -> list[Void]:
    """Return why a resolution is for nothing that there is, or for too long."""
    void: list[Void] = []
    if scope.until is not None and scope.until <= at:
        void.append("ended")
    if scope.cause is not None:
        if rows.cause(scope.cause) is None:
            void.append("unknown_cause")
        if scope.until is None:
            void.append("no_end")
        elif scope.until > at + MOST_DAYS * _DAY:
            void.append("too_long")
    return void


def _not_for(
    event: ResolutionEvent,
    name: tuple[str, str],
    rows: LoopRows,
    deciders: Sequence[str],
    people: People,
) -> list[Void]:
    """Return why a resolution does not answer the one event that it names."""
    business = rows.stopped_as(*name)
    row = None if business is None else rows.proposal(business)
    # What is denied can be refused for good, which frees nothing: so that it ends like what is held.
    refusing = event.data.action == "refuse"
    if business is None or row is None or (row.standing == "denied" and not refusing):
        return ["nothing_held"]
    void: list[Void] = []
    if int(event.time.timestamp()) < row.at:
        void.append("before_what_it_answers")
    if not refusing and people.any_behind(deciders, people.parties_of(business)):
        void.append("party_to_event")
    return void


def _answered(scope: _Scope, rows: LoopRows) -> tuple[list[tuple[str, str]], bool]:
    """Return the rules whose reviews a resolution answers, and whether one of them binds."""
    causes: Sequence[bytes] = ()
    if scope.cause is not None:
        causes = (scope.cause,)
    elif scope.event is not None:
        business = rows.stopped_as(*scope.event)
        row = None if business is None else rows.proposal(business)
        causes = () if row is None else row.causes
    known = [one for one in (rows.cause(cause) for cause in causes) if one is not None]
    rules = list(dict.fromkeys((one.rulebook, one.rule) for one in known))
    # What a rule of law or a member's duty holds is nobody's to override; nor is what is not known.
    bound = not known or any(one.binds in {"law", "membership"} for one in known)
    return rules, bound


def _ending(
    event: ResolutionEvent, rows: LoopRows, void: list[Void], profile: Profile, origin: str
) -> Effect:
    """Return what a withdrawal does: it ends what stands for a cause, or what waits."""
    name = (event.source, event.subject or event.id)
    cause = rows.answered_by(name)
    waiting = rows.waiting(name)
    stands = None if cause is None else rows.answer(cause)
    if (stands is None or name not in stands.names) and waiting is None:
        void.append("nothing_to_confirm")
        cause = None
    ended = stands or (waiting.answer if waiting else None)
    needed = {str(event.data.action)} if ended is None else {str(ended.action), "cause"}
    void += _not_entitled(event, profile, origin, needed)
    return Effect(
        effect="void" if void else "ends",
        action=event.data.action,
        by=[event.data.parties.by],
        cause=None if void or cause is None else cause.hex(),
        of=[] if void or waiting is None else [name],
        void=void,
    )


def strictest(profiles: Sequence[Profile]) -> Profile:
    """Return the first profile, asking all that any of them asks of those who resolve.

    An officer counts whom every profile with officers names alike; where that leaves none, nobody
    resolves.
    """
    first = profiles[0]
    asked = [one.two_people for one in profiles]
    named = [one.officers for one in profiles if one.officers]
    officers = [one for one in named[0] if all(one in other for other in named)] if named else []
    return msgspec.structs.replace(
        first,
        two_people=list(dict.fromkeys(kind for kinds in asked for kind in kinds)),
        officers=officers or [NOBODY_RESOLVES] if named else [],
    )
