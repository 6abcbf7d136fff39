"""Join what stands to an event: who its parties are, what its token, work and platform are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from vermilion.desk.closures import (
    NOBODY,
    Behind,
    beneficial_of,
    control_of,
    joined_control,
    joined_reach,
    joined_token_reach,
    known_behind,
    licence_reach,
    person_of,
    token_character,
    token_reach,
    token_scheme,
)
from vermilion.desk.screening import Screening
from vermilion.facts.entities import (
    Control,
    Entity,
    Party,
    Platform,
    Token,
    Work,
    collection_of,
)
from vermilion.facts.events import STATED_BY, Event, ListEvent, event_type_of, validity
from vermilion.facts.namespace import (
    NO_PARTY,
    NO_PLATFORM,
    NO_TOKEN,
    NO_WORK,
    EventFacts,
    counted_parties,
    namespace,
    roles,
)
from vermilion.store import Earlier, StandingFacts, overlay

_INDEX = re.compile(r"\[\d+\]")
CACHED_CLOSURES = 20_000
"""Closures kept of each kind, where nobody says; a licence closure holds for one work, issuer and
day. Policy."""

_NOTHING: dict[tuple[str, str], Entity] = {}


class Lacking(NamedTuple):
    """What to ask for: a kind of thing with a path, and the entity or event that lacks it."""

    fact: str
    entity: str


class Known(NamedTuple):
    """The facts joined to an event, what its parties are called, and which entities they are of."""

    roots: dict[str, Any]
    names: Mapping[str, Sequence[str]]


class Knowledge:
    """Joins standing facts to events, and only those that rules read.

    Args:
        standing: what was stated before.
        facts_read: by event type, the paths that any active rule reads.
    """

    def __init__(
        self, standing: StandingFacts | Earlier, facts_read: Mapping[str, frozenset[str]]
    ) -> None:
        self._standing_at = standing.at
        self._screening = Screening(standing)
        self.most = CACHED_CLOSURES
        """Closures kept of each kind."""
        self._plain: dict[str, tuple[Party, Party]] = {}
        self._whole: dict[str, tuple[Token, Token]] = {}
        self._reaches: dict[tuple[str, str | None, dt.date], tuple[Work, Work]] = {}
        self.plans = {kind: _Plan(kind, paths) for kind, paths in facts_read.items()}
        self._reach = any(plan.reach for plan in self.plans.values())
        self._character = any(plan.character for plan in self.plans.values())

    def over(self, standing: StandingFacts | Earlier) -> Knowledge:
        """Return the same over other standing facts."""
        other = Knowledge(standing, {})
        other.plans, other._reach = self.plans, self._reach
        other._character = self._character
        return other

    def warm(self, moment: dt.datetime) -> None:
        """Make ready the lists in force at a moment, so that no first event waits for them."""
        self._screening.matchers(moment)

    def join(self, event: Event, event_type: str, day: dt.date) -> Known:
        """Return the facts that rules may read on an event, as known at its time."""
        plan = self.plans[event_type]
        data: Any = event.data
        inline = _stated(data, event_type)
        moment = event.time
        roots: dict[str, Any] = {
            "event": EventFacts(
                date=day,
                time=moment,
                type=event_type,
                stage=event.stage,
                source=event.source,
                subject=event.subject or event.id,
            )
        }
        names: tuple[str, ...] = ()
        if plan.roles:
            names = self._parties(roots, plan, data, moment, inline)
        elif event_type == "party":
            party = self._party(self._find("party", data.party.id, moment, inline), moment, inline)
            roots["party"], names = party, ("party",)
        roots["parties"] = [roots[name] for name in names]
        if plan.token:
            roots["token"] = self._token(data.token, moment, inline)
        if plan.work:
            roots["work"] = self._work(roots, data, moment, inline, day if plan.licence else None)
        if plan.platform:
            roots["platform"] = self._platform(data.platform, moment, inline)
        return Known(roots, {"parties": names})

    def missing(self, label: str, event: Event, event_type: str, known: Known) -> Lacking:
        """Turn the path of an unknown fact into what to ask for, and of whom or what."""
        label, root, rest = _parts(label)
        data: Any = event.data
        roots = known.roots
        of_event = event.subject or event.id
        if root in roles(event_type) or root == "party":
            id = data.party.id if root == "party" else getattr(data.parties, root, None)
            if id is None:
                return Lacking(f"{event_type}.parties.{root}", of_event)
            if rest.startswith("control.") or rest == "control":
                return self._missing_control(rest, roots[root], event, id)
            if rest == "beneficial":
                return self._missing_beneficial(roots[root], event)
            return Lacking(f"party.{rest}", id)
        if root == "token":
            if _id(data.token) is None:
                return Lacking(f"{event_type}.token", of_event)
            if rest.startswith("reach") or rest == "character.financial_asset":
                return self._missing_reach(roots["token"], event)
            label = _shown_by(label, roots["token"])
            return Lacking(label, _collection(roots["token"], _id(data.token)))
        if root == "work":
            return self._missing_work(rest, event_type, event, roots)
        if root == "platform":
            if _id(data.platform) is None:
                return Lacking(f"{event_type}.platform", of_event)
            return Lacking(label, _id(data.platform) or of_event)
        return Lacking(f"{event_type}.{label}", of_event)

    def _missing_control(self, rest: str, party: Party, event: Event, id: str) -> Lacking:
        inline = _stated(event.data, event_type_of(event))
        found = control_of(
            party if party.id is not None else Party(id=id),
            lambda one: cast("Party | None", self._find("party", one, event.time, inline)),
        )
        wanted = rest.partition(".")[2]
        for path, lacking in found.lacking:
            if path in {"controlled_by", wanted}:
                return Lacking(f"party.{path}", lacking)
        return Lacking("party.controlled_by", id)

    def _missing_beneficial(self, party: Party, event: Event) -> Lacking:
        inline = _stated(event.data, event_type_of(event))
        found = beneficial_of(
            party, lambda one: cast("Party | None", self._find("party", one, event.time, inline))
        )
        path, id = found.lacking[0]
        return Lacking(f"party.{path}", id)

    def _missing_reach(self, token: Token, event: Event) -> Lacking:
        inline = _stated(event.data, event_type_of(event))
        found = token_reach(
            token, lambda one: cast("Token | None", self._find("token", one, event.time, inline))
        )
        path, id = found.lacking[0] if found.lacking else ("underlying", token.id)
        return Lacking(f"token.{path}", _collection(token, id) if id == token.id else id)

    def _missing_work(
        self, rest: str, event_type: str, event: Event, roots: Mapping[str, Any]
    ) -> Lacking:
        work, token = roots["work"], roots.get("token", NO_TOKEN)
        of_event = event.subject or event.id
        if work.id is None:
            token_id = _id(getattr(event.data, "token", None))
            if token_id is None:
                named = "work" if hasattr(event.data, "work") else "token"
                return Lacking(f"{event_type}.{named}", of_event)
            return Lacking("token.work", _collection(token, token_id))
        if rest.partition(".")[0] == "licence":
            if _issuer(event.data, token) is None:
                token_id = _id(getattr(event.data, "token", None))
                if token_id is None:
                    return Lacking(f"{event_type}.parties.issuer", of_event)
                return Lacking("token.issuer", _collection(token, token_id))
            return Lacking("work.author" if work.author is None else "work.licence_chain", work.id)
        return Lacking(f"work.{rest}", work.id)

    def _find(
        self, kind: str, id: str, moment: dt.datetime, inline: Mapping[tuple[str, str], Entity]
    ) -> Entity | None:
        found = self._standing_at(kind, id, moment)
        stated = inline.get((kind, id)) if inline else None
        if stated is not None:
            found = stated if found is None else overlay(found, stated)
        if kind == "party" and self._screening.names:
            return self._screening.party(id, cast("Party | None", found), moment)
        return found

    def _parties(
        self,
        roots: dict[str, Any],
        plan: _Plan,
        data: Any,
        moment: dt.datetime,
        inline: Mapping[tuple[str, str], Entity],
    ) -> tuple[str, ...]:
        named = []
        for role in plan.roles:
            id = getattr(data.parties, role, None)
            if id is None:
                roots[role] = NO_PARTY
                continue
            named.append(role)
            found = self._find("party", id, moment, inline)
            if found is None:
                roots[role] = Party(id=id, person=id)
            elif plan.closed:
                roots[role] = self._party(found, moment, inline)
            else:
                roots[role] = found
        return plan.counted(frozenset(named))

    def _party(
        self,
        found: Entity | None,
        moment: dt.datetime,
        inline: Mapping[tuple[str, str], Entity],
    ) -> Party:
        """Return a party with its closures: who controls it, who is behind it, for whom it holds."""
        party = cast("Party", found)
        if not party.controlled_by and not party.holds_for:
            return self._plain_party(party)

        def find(id: str) -> Party | None:
            return cast("Party | None", self._find("party", id, moment, inline))

        joined: dict[str, Any] = {"person": person_of(party)}
        if party.controlled_by is not None:
            joined["control"] = joined_control(party.control, control_of(party, find).control)
        if party.beneficial is None:
            joined["beneficial"] = beneficial_of(party, find).persons
        behind = known_behind(party, find)
        if any(behind):
            joined["control"] = _also_known(joined.get("control", party.control), behind)
        return msgspec.structs.replace(party, **joined)

    def _plain_party(self, party: Party) -> Party:
        """Return a party of whom no controller and no principal is known, with its closures."""
        known = self._plain.get(party.id)
        if known is None or known[0] is not party:
            if len(self._plain) >= self.most:
                self._plain.clear()
            person = person_of(party)
            joined: dict[str, Any] = {"person": person}
            if party.controlled_by is not None:
                joined["control"] = joined_control(party.control, NOBODY)
            if party.holds_for is not None and party.beneficial is None:
                joined["beneficial"] = [person]
            known = party, msgspec.structs.replace(party, **joined)
            self._plain[party.id] = known
        return known[1]

    def _token(
        self,
        named: Token | str | None,
        moment: dt.datetime,
        inline: Mapping[tuple[str, str], Entity],
    ) -> Token:
        id = _id(named)
        if id is None:
            return NO_TOKEN
        token = cast("Token | None", self._find("token", id, moment, inline))
        collection = (token and token.collection) or collection_of(id)
        if collection is None:
            return self._reaching(token or Token(id=id), id, moment, inline)
        common = cast("Token | None", self._find("token", collection, moment, inline))
        if token is None and common is not None:
            # Most units are known by their collection only.
            joined = self._reaching(common, collection, moment, inline)
        else:
            stated = token or Token(id=id)
            joined = stated if common is None else overlay(common, stated)
            joined = self._reaching(joined, collection, moment, inline)
        whole = joined.whole if joined.fraction_of or joined.pooled else id
        return msgspec.structs.replace(joined, id=id, collection=collection, whole=whole)

    def _reaching(
        self,
        token: Token,
        series: str,
        moment: dt.datetime,
        inline: Mapping[tuple[str, str], Entity],
    ) -> Token:
        """Return a token with what follows: its series, what it is part of, what it comes to."""
        plain = not token.redeems and not token.holds
        known = self._whole.get(token.id)
        if plain and known is not None and known[0] is token and known[1].series == series:
            return known[1]
        joined: dict[str, Any] = {"series": token.series or series}
        if token.whole is None:
            joined["whole"] = _whole(token, series)
        if self._reach or self._character:

            def find(id: str) -> Token | None:
                return cast("Token | None", self._find("token", id, moment, inline))

            joined["reach"] = joined_token_reach(token.reach, token_reach(token, find).reach)
        if self._character:
            joined["character"] = character = token_character(token, joined["reach"])
            joined["scheme"] = token_scheme(token, character)
        found = msgspec.structs.replace(token, **joined)
        if plain:
            if len(self._whole) >= self.most:
                self._whole.clear()
            self._whole[token.id] = token, found
        return found

    def _work(
        self,
        roots: Mapping[str, Any],
        data: Any,
        moment: dt.datetime,
        inline: Mapping[tuple[str, str], Entity],
        licence_day: dt.date | None,
    ) -> Work:
        token: Token = roots.get("token", NO_TOKEN)
        id = _agreed(_id(getattr(data, "work", None)), token.work)
        if id is None:
            return NO_WORK
        work = cast("Work", self._find("work", id, moment, inline) or Work(id=id))
        if licence_day is None:
            return work
        return self._licensed(work, _issuer(data, token), licence_day)

    def _licensed(self, work: Work, issuer: str | None, day: dt.date) -> Work:
        key = (work.id, issuer, day)
        known = self._reaches.get(key)
        if known is None or known[0] is not work:
            if len(self._reaches) >= self.most:
                self._reaches.clear()
            reach = joined_reach(work.licence, licence_reach(work, issuer, day))
            known = work, msgspec.structs.replace(work, licence=reach)
            self._reaches[key] = known
        return known[1]

    def _platform(
        self,
        named: Platform | str | None,
        moment: dt.datetime,
        inline: Mapping[tuple[str, str], Entity],
    ) -> Platform:
        id = _id(named)
        if id is None:
            return NO_PLATFORM
        return cast("Platform", self._find("platform", id, moment, inline) or Platform(id=id))


class _Plan:
    """What has to be joined to events of one type, given what rules read on them."""

    def __init__(self, event_type: str, paths: frozenset[str]) -> None:
        names = namespace(event_type)
        heads = {path.partition(".")[0] for path in paths}
        self.event_type = event_type
        self.roles = roles(event_type)
        steps = {step for path in paths for step in path.split(".")[1:]}
        self.closed = not steps.isdisjoint({"control", "person", "beneficial"})
        self.reach = any(path.startswith("token.reach") for path in paths)
        self.character = any(path.startswith(("token.character", "token.scheme")) for path in paths)
        self.licence = any(path.startswith("work.licence") for path in paths)
        self.work = "work" in names and "work" in heads
        self.token = "token" in names and (self.work or "token" in heads)
        self.platform = "platform" in names and "platform" in heads
        self._counted: dict[frozenset[str], tuple[str, ...]] = {}

    def counted(self, named: frozenset[str]) -> tuple[str, ...]:
        found = self._counted.get(named)
        if found is None:
            found = self._counted[named] = counted_parties(self.event_type, named)
        return found


T = TypeVar("T")


def _also_known(control: Control | None, behind: Behind) -> Control:
    """Return what is known of who is behind a party with what is known of those it holds for."""
    found = control or Control()
    return msgspec.structs.replace(
        found,
        known_memberships=_joined(found.known_memberships, behind.memberships),
        known_lists_hit=_joined(found.known_lists_hit, behind.lists_hit),
    )


def _joined(known: Sequence[T] | None, more: Sequence[T]) -> list[T]:
    return list(dict.fromkeys([*(known or ()), *more]))


def _shown_by(label: str, token: Token) -> str:
    """Return the plainer fact that would show an unknown fact of a token's character, if there is one."""
    if label == "token.character.fractional":
        asked = ("divisible", "fraction_of", "pooled")
        return f"token.{next((one for one in asked if getattr(token, one) is None), asked[0])}"
    if label == "token.character.financial_rights":
        return "token.rights"
    if label == "token.scheme.profit_sharing":
        return "token.rights" if token.rights is None else "token.character.profit_promise"
    return label


@lru_cache(maxsize=4096)
def _parts(label: str) -> tuple[str, str, str]:
    """Return a fact's label without positions in lists, its root and the rest."""
    plain = _INDEX.sub("", label)
    root, _, rest = plain.partition(".")
    return plain, root, rest


def _stated(data: Any, event_type: str) -> Mapping[tuple[str, str], Entity]:
    """Return the entities that an event itself states; quick where it states none."""
    if data.inline is None and event_type not in STATED_BY:
        return _NOTHING
    return stated_entities(data, event_type)


def stated_entities(data: Any, event_type: str) -> dict[tuple[str, str], Entity]:
    """Return the entities that an event's data states, inline or as its subject, by kind and id.

    What an event states inline of its own subject is one statement with it.
    """
    found: dict[tuple[str, str], Entity] = {}
    inline = data.inline
    if inline is not None:
        found |= {("party", party.id): party for party in inline.parties}
        found |= {("platform", platform.id): platform for platform in inline.platforms}
        found |= {("work", work.id): work for work in inline.works}
        found |= {("token", token.id): token for token in inline.tokens}
    if event_type == "list":
        found["list", data.list.id] = data.list
    kind = STATED_BY.get(event_type)
    if kind is not None:
        subject = getattr(data, kind)
        key = (kind, subject.id)
        found[key] = overlay(found.get(key), subject)
    return found


class Standing(NamedTuple):
    """An entity as an event states it, and from when and until when that holds."""

    kind: str
    entity: Entity
    begins: dt.datetime
    ends: dt.datetime | None


def standing_facts(event: Event) -> list[Standing]:
    """Return what an event states for the time after it; a withdrawn event states nothing.

    The stated validity is that of the event's own subject; what travels inline holds from the
    event on.
    """
    event_type = event_type_of(event)
    if isinstance(event, ListEvent):
        return [Standing("list", event.data.list, *validity(event))]
    if event.stage == "withdrawn" or (event.data.inline is None and event_type not in STATED_BY):
        return []
    kind = STATED_BY.get(event_type)
    subject = None if kind is None else (kind, getattr(event.data, kind).id)
    return [
        Standing(key[0], entity, *(validity(event) if key == subject else (event.time, None)))
        for key, entity in stated_entities(event.data, event_type).items()
    ]


def _id(named: Any) -> str | None:
    return named if named is None or isinstance(named, str) else named.id


def _issuer(data: Any, token: Token) -> str | None:
    parties = getattr(data, "parties", None)
    return _agreed(getattr(parties, "issuer", None), token.issuer)


def _agreed(stated: str | None, standing: str | None) -> str | None:
    """Return what an event and its token both name; unknown where they contradict each other."""
    if stated is None or standing is None:
        return standing if stated is None else stated
    return stated if stated == standing else None


def _whole(token: Token, series: str) -> str | None:
    """Return what a token's holders have parts of; unknown where it is a part of several things."""
    if token.fraction_of:
        return token.fraction_of[0] if len(token.fraction_of) == 1 else None
    return series if token.pooled else token.id


def _collection(token: Token, id: str | None) -> str:
    """Name what a token's facts are asked of: its collection if it has one."""
    return token.collection or collection_of(id or "") or id or "?"
