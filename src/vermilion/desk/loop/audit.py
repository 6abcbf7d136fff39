"""Hold permits, resolutions and findings against what the record states before them, in clear.

Nothing is decrypted, and neither the state nor the code that writes entries is believed: what an
entry says has to follow from the statements before it. What statements do not tell, such as whether
a cause holds an event or two people are one, is not checked here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Annotated, Literal

import msgspec

from vermilion.desk.loop.fold import NOT_HELD_AGAINST
from vermilion.desk.loop.permits import Named, PermitSaid
from vermilion.desk.loop.resolve import Effect, strictest
from vermilion.facts.events import Finding
from vermilion.rulebook import Profile, Verdict

MOST_SECONDS = 43_200 * 60
"""Longest that a permit may hold: what `permits.minutes` of a book allows at most, in seconds."""

Name = tuple[str, str]
State = Literal["allowed", "held", "denied", "permitted", "refused", "withdrawn", "settled"]

_NO_PERMIT: dict[State, str] = {
    "denied": "the proposal is denied, and has a permit",
    "permitted": "the proposal has a permit already",
    "refused": "the proposal was refused before, and has a permit",
    "withdrawn": "the proposal was withdrawn before, and has a permit",
    "settled": "the proposal took place before without a permit, and has one now",
}


class SaidEvent(msgspec.Struct, frozen=True, gc=False):
    """What an entry states of its event."""

    source: str
    id: str
    type: str
    stage: str
    time: Annotated[dt.datetime, msgspec.Meta(tz=True)]
    subject: str | None = None


class SaidRuling(msgspec.Struct, frozen=True, gc=False):
    """What an entry states of a ruling."""

    rulebook: str
    digest: str
    verdict: Verdict


class SaidErasure(msgspec.Struct, frozen=True, gc=False):
    """What an entry states of an erasure: the ids of the keys that it destroys."""

    keys: list[str]


class Said(msgspec.Struct, frozen=True, gc=False):
    """The statement of an entry of kind `judgement`."""

    event: SaidEvent
    rulings: list[SaidRuling]
    resolution: Effect | None = None
    finding: Finding | None = None
    erasure: SaidErasure | None = None


class _Answer(msgspec.Struct, frozen=True, gc=False):
    """A resolution in effect, or the first of two; `names` are the one or two that it consists of."""

    names: list[Named]
    effect: Effect
    at: int

    @property
    def scope(self) -> tuple[Name | None, str | None, int | None, str]:
        """What it is for, until when, and what it says."""
        return self.effect.event, self.effect.cause, self.effect.until, self.effect.action


class _Business(msgspec.Struct, gc=False):
    """A business by its last proposal; `by_all` says that every rulebook in force judged it.

    `answer` frees that one event.
    """

    name: Name
    entry: int
    at: int
    state: State
    by_all: bool
    answer: _Answer | None = None


_OWN = {"list": "list/", "party": "screening/", "erasure": "erasure/"}
"""How ids begin of what a book says itself beside findings: lists, whom they name, and erasures."""


class LoopAudit:
    """Goes through a record's statements once; each step yields what is wrong with its entry.

    Memory grows with the number of businesses that were proposed, and of resolutions that stand.

    Args:
        origin: the record's name, which is the source of findings.
        in_force: digests in force by rulebook, as of each step.
        profile_of: returns the profile of a kept rulebook by digest; None where it is lost.
    """

    def __init__(
        self,
        origin: str,
        in_force: Mapping[str, str],
        profile_of: Callable[[str], Profile | None],
    ) -> None:
        self._origin = origin
        self._in_force = in_force
        self._profile_of = profile_of
        self._businesses: dict[str, _Business] = {}
        self._stopped: dict[Name, _Business] = {}
        self._waiting: dict[Name, _Answer] = {}
        self._causes: dict[str, _Answer] = {}
        self._answers: dict[int, _Answer] = {}
        self._last: Name | None = None
        """The event that a finding may follow."""

    def judgement(self, said: Said, index: int) -> Iterator[str]:
        """Take a judgement over."""
        event = said.event
        for one in said.rulings:
            if self._in_force.get(one.rulebook) != one.digest:
                yield f"it is judged by `{one.rulebook}` {one.digest}, which is not in force"
        if event.source == self._origin:
            yield from self._finding(said)
            return
        self._last = (event.source, event.id)
        if event.type == "resolution":
            yield from self._resolution(said, index)
        elif said.resolution is not None:
            yield f"an event of type `{event.type}` states what a resolution does"
        if event.type in NOT_HELD_AGAINST and event.type != "finding":
            return
        business = _named(event.source, event.type, event.subject or event.id)
        row = self._businesses.get(business)
        if event.stage == ("settled" if event.type == "finding" else "proposed"):
            self._leave(row, "withdrawn")
            self._businesses[business] = row = _proposed(said, index, self._in_force)
            if row.state != "allowed":
                self._stopped[row.name] = row
        elif row is not None and event.stage == "withdrawn":
            self._leave(row, "withdrawn")
        elif row is not None and row.state in {"allowed", "held", "denied"}:
            self._leave(row, "settled")

    def permit(self, said: PermitSaid) -> Iterator[str]:
        """Take a permit over."""
        event = said.event
        name = (event.source, event.id)
        if self._last != name:
            self._last = None
        row = self._businesses.get(_named(event.source, said.type, said.subject))
        if row is None:
            yield f"nothing before proposes `{said.subject}`, which the permit is for"
            return
        if (row.name, row.entry) != (name, event.entry):
            yield (
                f"the permit is for entry {event.entry}, and the last proposal of "
                f"`{said.subject}` is entry {row.entry}"
            )
            return
        if row.state in _NO_PERMIT:
            yield _NO_PERMIT[row.state]
        if not row.by_all:
            yield "the proposal was not judged by every rulebook in force, and has a permit"
        answers = self._freeing(row, said)
        yield from _badly_freed(row, answers, said)
        yield from _badly_timed(row, answers, said)
        self._leave(row, "permitted")

    def _finding(self, said: Said) -> Iterator[str]:
        if said.event.id.startswith(_OWN.get(said.event.type, "\0")):
            return
        if said.finding is None or said.event.type != "finding":
            yield "an event in the book's own name is no finding"
            return
        about = said.finding.about
        if about is None or self._last != (about.source, about.id):
            yield "the finding does not lie directly after the entry that it is about"

    def _freeing(self, row: _Business, said: PermitSaid) -> list[_Answer]:
        """Return the resolutions in effect for a proposal among those that a permit names."""
        found: list[_Answer] = []
        for one in said.resolutions:
            answer = self._answers.get(one.entry)
            if answer is None or one not in answer.names or answer in found:
                continue
            # Statements do not tell which causes hold an event, so that any may.
            if answer.effect.effect == "frees" and (answer.effect.cause or answer is row.answer):
                found.append(answer)
        return found

    def _resolution(self, said: Said, index: int) -> Iterator[str]:
        effect = said.resolution
        if effect is None:
            yield "the resolution does not state what it does"
            return
        void = effect.effect == "void"
        if void != bool(effect.void):
            yield "the resolution is void without a reason, or is not void in spite of one"
        if void and (effect.of or effect.entries):
            yield "the resolution is void, and completes another"
        if void:
            return
        if effect.effect == "ends":
            yield from self._ending(said.event, effect)
        else:
            kinds = {str(effect.action)} | ({"cause"} if effect.cause is not None else set())
            yield from self._not_entitled(effect, kinds)
            yield from self._decision(said.event, effect, index)

    def _not_entitled(self, effect: Effect, kinds: Set[str]) -> Iterator[str]:
        """Yield why the profiles in force do not let a resolution work; `kinds` are what it takes."""
        profiles = [self._profile_of(digest) for _, digest in sorted(self._in_force.items())]
        known = [one for one in profiles if one is not None]
        if not known:
            return
        profile = strictest(known)
        named = {one.id: one for one in profile.officers}
        for by in effect.by if named else ():
            if by not in named:
                yield f"`{by}` is no officer of the profiles in force"
        last = named.get(effect.by[-1]) if effect.by else None
        if last is not None and last.may is not None and not kinds <= set(last.may):
            yield f"`{last.id}` may not do this under the profiles in force"
        keys = [named[by].key for by in effect.by if by in named and named[by].key is not None]
        if len(set(effect.by)) < len(effect.by) or len(set(keys)) < len(keys):
            yield f"`{effect.by[-1]}` completes what the same person began"
        at_once = effect.effect in {"frees", "stops"} and not effect.of
        if at_once and not kinds.isdisjoint(profile.two_people):
            yield "the resolution takes two people, and takes effect by one"

    def _ending(self, event: SaidEvent, effect: Effect) -> Iterator[str]:
        name = (event.source, event.subject or event.id)
        if event.stage != "withdrawn":
            yield "the resolution ends another without being a withdrawal"
        ended = self._causes.get(effect.cause) if effect.cause is not None else None
        if ended is not None and name in _names(ended):
            self._end(ended)
        else:
            ended = self._waiting.pop(name, None) if effect.of == [name] else None
        if ended is None:
            yield f"the resolution ends `{name[1]}`, which neither stands nor waits"
        else:
            yield from self._not_entitled(effect, {str(ended.effect.action), "cause"})

    def _decision(self, event: SaidEvent, effect: Effect, index: int) -> Iterator[str]:
        """Take over what frees, stops, or waits for a second person."""
        at = int(event.time.timestamp())
        named = Named(event.source, event.id, index)
        first = None
        if effect.of or effect.entries:
            first = self._waiting.pop(effect.of[0], None) if effect.of else None
            yield from _badly_completed(effect, first)
        answer = _Answer([*(first.names if first else ()), named], effect, at)
        if event.stage != "settled":
            yield "the resolution takes effect without being settled"
        if effect.effect != "waits" and (effect.effect == "stops") != (effect.action == "refuse"):
            yield f"a resolution to {effect.action} {effect.effect}"
        row = None if effect.event is None else self._stopped.get(effect.event)
        yield from _out_of_scope(answer, row)
        if effect.effect == "waits":
            self._waiting[event.source, event.id] = answer
        elif effect.cause is not None:
            stands = self._causes.get(effect.cause)
            if stands is None or stands.at <= at:  # an answer dated earlier replaces none
                self._end(stands)
                self._causes[effect.cause] = answer
                self._stand(answer)
        elif row is not None and effect.effect == "stops":
            self._leave(row, "refused")
        elif row is not None:
            self._end(row.answer)
            row.answer = answer
            self._stand(answer)

    def _leave(self, row: _Business | None, state: State) -> None:
        """Let a proposal wait no longer."""
        if row is not None:
            row.state = state
            self._stopped.pop(row.name, None)
            self._end(row.answer)
            row.answer = None

    def _stand(self, answer: _Answer) -> None:
        for one in answer.names:
            self._answers[one.entry] = answer

    def _end(self, answer: _Answer | None) -> None:
        if answer is None:
            return
        for one in answer.names:
            self._answers.pop(one.entry, None)
        if answer.effect.cause is not None:
            self._causes.pop(answer.effect.cause, None)


def _named(source: str, event_type: str, subject: str) -> str:
    return f"{source}\0{event_type}\0{subject}"


def _proposed(said: Said, index: int, in_force: Mapping[str, str]) -> _Business:
    event = said.event
    verdicts = {one.verdict for one in said.rulings}
    state: State = "denied" if "deny" in verdicts else "held" if "review" in verdicts else "allowed"
    by_all = bool(said.rulings) and in_force.keys() <= {one.rulebook for one in said.rulings}
    at = int(event.time.timestamp())
    return _Business((event.source, event.id), index, at, state, by_all)


def _badly_freed(row: _Business, answers: Sequence[_Answer], said: PermitSaid) -> Iterator[str]:
    """Yield why resolutions do not free what a permit is for."""
    if row.state == "held" and not answers:
        yield "the proposal is held, and its permit names no resolution that frees it"
    known = [name for answer in answers for name in answer.names]
    for one in said.resolutions:
        if one not in known:
            yield f"the permit rests on entry {one.entry}, which is no resolution that frees it"
    for one in known:
        if one not in said.resolutions:
            yield f"the permit leaves out entry {one.entry}, the other person's resolution"


def _badly_timed(row: _Business, answers: Sequence[_Answer], said: PermitSaid) -> Iterator[str]:
    begins = max([row.at, *[one.at for one in answers]])
    if said.nbf != begins:
        yield f"the permit begins at {said.nbf}, and what it rests on at {begins}"
    if not 0 < said.exp - said.nbf <= MOST_SECONDS:
        yield f"the permit holds for {said.exp - said.nbf} seconds, of at most {MOST_SECONDS}"
    ends = [one.effect.until for one in answers if one.effect.until is not None]
    if ends and said.exp > min(ends):
        yield "the permit outlasts a resolution that it rests on"


def _badly_completed(effect: Effect, first: _Answer | None) -> Iterator[str]:
    """Yield why a resolution does not complete another person's."""
    if first is None or effect.of != _names(first) or effect.entries != [first.names[0].entry]:
        yield "the resolution completes one that does not wait for a second person"
        return
    if (effect.event, effect.cause, effect.until, effect.action) != first.scope:
        yield "the resolution completes one that says or is for something else"
    if len(effect.by) != len(first.effect.by) + 1 or effect.by[:-1] != first.effect.by:
        yield "the resolution does not name the first person and one more"


def _out_of_scope(answer: _Answer, row: _Business | None) -> Iterator[str]:
    """Yield why a resolution is for nothing that there is; `row` is the proposal that it names."""
    effect, at = answer.effect, answer.at
    if (effect.event is None) == (effect.cause is None):
        yield "the resolution is not for either an event or a cause"
    if effect.cause is not None and effect.until is None:
        yield "the resolution is for a cause and has no end"
    if effect.until is not None and effect.until <= at:
        yield "the resolution had ended when it was made"
    if effect.event is None:
        return
    if row is None:
        yield f"the resolution is for `{effect.event[1]}`, which is not held"
    elif row.state == "denied" and effect.action != "refuse":
        yield f"the resolution is for `{effect.event[1]}`, which is denied"
    elif at < row.at:
        yield "the resolution is dated before the proposal that it answers"


def _names(answer: _Answer) -> list[Name]:
    return [(one.source, one.id) for one in answer.names]
