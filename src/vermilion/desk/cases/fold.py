"""Fold what is recorded into cases: one per cause under which events wait or waited.

It goes beside the loop's own fold, over the same entries in the same order, so that the rows are
the same whether an event is recorded or the state is made anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from vermilion.desk.cases.links import LinkRow, Target, digest_of, end_of, target_of
from vermilion.desk.loop.fold import Due, Loop
from vermilion.desk.loop.left import Left
from vermilion.desk.loop.resolve import Effect
from vermilion.desk.loop.rows import Issued, LoopRows, Proposal
from vermilion.facts.events import CaseEvent, Event
from vermilion.rulebook import PermitTerms, Verdict
from vermilion.store import Rows, State, identity_of

SOURCE = "vermilion:desk"
"""The source of the events that the desk itself writes."""

MOST_NAMED = 5
"""Waiting events kept by name of each case. Policy."""

MOST_PENDING = 64
"""Resolutions of a case that wait for a second person and are looked at; the last count. Policy."""

_BEFORE_ALL = 2**40
"""Added to a moment's seconds since 1970, so that none in the range of dates is negative."""

_PART = 6
"""Bytes of a moment that name the 18 hours in which it lies: closed cases are read by these."""


class Pending(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A resolution that waits for a second person: its identity, its time, and for which business.

    Without a business it is for the whole cause.
    """

    resolution: bytes
    at: int
    business: bytes


class CaseRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How a case stands. Times are epoch seconds.

    `opened` is the earliest time of the events held since it opened last; `rounds` says how often
    it opened, and `named` are some of the businesses that wait.
    """

    waiting: int = 0
    rounds: int = 0
    opened: int = 0
    closed: int | None = None
    assignee: str | None = None
    pending: tuple[Pending, ...] = ()
    named: tuple[bytes, ...] = ()


class Filed(NamedTuple):
    """To which case an attachment belongs, and the identity of the event that names it."""

    cause: bytes
    event: bytes


class Noted(NamedTuple):
    """An entry on a case: its index, its event's identity, and when the case had opened then."""

    entry: int
    event: bytes
    opened: int


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(CaseRow).decode


class CaseRows:
    """Typed access to the rows of cases, all of whose keys begin with `c`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.at = 0
        """Time of the entry that is being taken over, in epoch seconds."""
        self._watching: list[set[bytes]] = []
        self._refused: list[tuple[tuple[str, str], int]] = []

    def watch(self) -> set[bytes]:
        """Return a set to which are added the causes whose case changes from here on."""
        self._watching.append(set())
        return self._watching[-1]

    def take_refused(self) -> list[tuple[tuple[str, str], int]]:
        """Return the proposals refused since this was last asked, each with the epoch second."""
        refused, self._refused = self._refused, []
        return refused

    def expect(self, causes: Sequence[bytes]) -> None:
        """Read cases ahead."""
        self._rows.expect([b"cc" + cause for cause in causes])

    def case(self, cause: bytes) -> CaseRow | None:
        """Return how a case stands; None where nothing ever waited."""
        row = self._get(cause)
        return row if row.rounds else None

    def open(self) -> list[bytes]:
        """Return the causes under which something waits."""
        return [key[2:] for key, _ in self._rows.scan(b"co")]

    def closed(self, before: tuple[int, bytes] | None = None) -> Iterator[tuple[int, bytes]]:
        """Yield when each closed case closed, and its cause: the last first, from a place back."""
        place = None if before is None else _moment(before[0]) + before[1]
        for part, _ in reversed(list(self._rows.scan(b"cy"))):
            if place is not None and part[2:] > place[:_PART]:
                continue
            for key, _ in reversed(list(self._rows.scan(b"cz" + part[2:]))):
                if place is None or key[2:] < place:
                    yield _seconds(key[2:10]), key[10:]

    def journal(self, cause: bytes) -> list[Noted]:
        """Return the entries on a case, in the order of the record."""
        return [
            _noted(int.from_bytes(key[18:], "big"), value)
            for key, value in self._rows.scan(b"cj" + cause)
        ]

    def noted(self, cause: bytes, entry: int) -> Noted | None:
        """Return one entry on a case."""
        value = self._rows.get(b"cj" + cause + entry.to_bytes(8, "big"))
        return None if value is None else _noted(entry, value)

    def filed(self, sha256: str) -> Filed | None:
        """Return where an attachment belongs; None where the record names none of that digest."""
        value = self._rows.get(b"cf" + bytes.fromhex(sha256))
        return None if value is None else Filed(value[:16], value[16:])

    def links(self, end: bytes) -> list[LinkRow]:
        """Return the links at an end; see `links.end_of`."""
        return [_link(key, value) for key, value in self._rows.scan(b"cl" + end)]

    def linked(self, cause: bytes, target: Target) -> list[LinkRow]:
        """Return the links of a case that say the same, those to somebody who was erased since too."""
        said = digest_of(cause.hex(), target)
        rows = self._rows.scan(b"cl" + cause)
        return [_link(key, value) for key, value in rows if value[16:] == said]

    def moved(self, business: bytes, before: Proposal | None, after: Proposal) -> None:
        """Take over that a business waits under other causes than before, or was refused."""
        same = before is not None and before.event == after.event and not after.is_question
        if same and before.standing != "refused" == after.standing:  # type: ignore[union-attr]
            self._refused.append((after.name, self.at))
        held, holds = _held(before), _held(after)
        if not held and not holds:
            return
        for cause in held.difference(holds):
            self._left(cause, business)
        for cause in holds.difference(held):
            self._joined(cause, business, after.at)
        if before is not None and before.event != after.event:
            for cause in held & holds:
                row = self._get(cause)
                if row.pending:
                    left = _without(row, business)
                    self._put(cause, msgspec.structs.replace(row, pending=left))

    def resolved(
        self, event: Event, effect: Effect, causes: Sequence[bytes], business: bytes, entry: int
    ) -> None:
        """Take over what a resolution says of cases; `business` is empty where it is for a cause."""
        own = identity_of(event.source, event.id)
        done = {identity_of(*name) for name in effect.of}
        for cause in causes:
            self._note(cause, entry, own)
            row = self._get(cause)
            pending = tuple(one for one in row.pending if one.resolution not in done)
            if effect.effect == "waits":
                pending = (*pending, Pending(own, self.at, business))[-MOST_PENDING:]
            self._put(cause, msgspec.structs.replace(row, pending=pending))

    def worked(self, event: CaseEvent, entry: int, attachment: str | None) -> None:
        """Take over what a person did on a case; of what no desk wrote nothing is.

        Args:
            event: says what was done, or what is left of that.
            entry: its index in the record.
            attachment: SHA-256 of the file that it names, or did.
        """
        data, own = event.data, identity_of(event.source, event.id)
        cause = bytes.fromhex(data.cause)
        row = self.case(cause)
        if event.source != SOURCE or row is None:
            return
        self._note(cause, entry, own)
        if data.action == "assign":
            row = msgspec.structs.replace(row, assignee=data.assignee)
        if attachment is not None:
            self._rows.put(b"cf" + bytes.fromhex(attachment), cause + own)
        target = None if data.link is None else target_of(data.link)
        if target is None or self._concerns(data.cause, target, entry, own):
            if data.action == "link":
                self._linked(cause, target, LinkRow(entry, own))
            elif data.action == "unlink":
                self._unlinked(cause, target, data.of)
        self._put(cause, row)

    def _concerns(self, cause: str, target: Target, entry: int, own: bytes) -> bool:
        """Note a link in the other case that it concerns; tell whether there is what it names."""
        if target.kind != "case":
            return True
        other = bytes.fromhex(target.id)
        row = self.case(other)
        if row is None or target.id == cause:
            return False
        self._note(other, entry, own)
        self._put(other, row)
        return True

    def _linked(self, cause: bytes, target: Target | None, row: LinkRow) -> None:
        """Put a link at its ends; of one to somebody who was erased only the case's is known."""
        said = b"" if target is None else digest_of(cause.hex(), target)
        for end in [cause, *(() if target is None else [end_of(target.kind, target.id)])]:
            self._rows.put(_link_key(end, row.entry), row.event + said)

    def _unlinked(self, cause: bytes, target: Target | None, entry: int | None) -> None:
        """Take back the link that an entry made; where none is named, the one that says the same."""
        if entry is None:
            entries = [] if target is None else [row.entry for row in self.linked(cause, target)]
        else:
            entries = [row.entry for row in self.links(cause) if row.entry == entry]
        for one in entries:
            self._rows.delete(_link_key(cause, one))
            if target is not None:
                self._rows.delete(_link_key(end_of(target.kind, target.id), one))
                continue
            # The other end of a link to somebody who was erased is no longer known.
            for key, _ in list(self._rows.scan(b"cl")):
                if key[-8:] == one.to_bytes(8, "big"):
                    self._rows.delete(key)

    def _note(self, cause: bytes, entry: int, identity: bytes) -> None:
        opened = _moment(self._get(cause).opened)
        self._rows.put(b"cj" + cause + entry.to_bytes(8, "big"), identity + opened)

    def _joined(self, cause: bytes, business: bytes, at: int) -> None:
        row = self._get(cause)
        if row.waiting:
            opened, rounds = min(row.opened, at), row.rounds
        else:
            opened, rounds = at, row.rounds + 1
            self._rows.put(b"co" + cause, b"")
            if row.closed is not None:
                self._rows.delete(b"cz" + _moment(row.closed) + cause)
        named = row.named if len(row.named) >= MOST_NAMED else (*row.named, business)
        waiting = row.waiting + 1
        made = CaseRow(waiting, rounds, opened, None, row.assignee, row.pending, named)
        self._put(cause, made)

    def _left(self, cause: bytes, business: bytes) -> None:
        row = self._get(cause)
        waiting, closed = row.waiting - 1, None
        if not waiting:
            closed = self.at
            self._rows.delete(b"co" + cause)
            self._rows.put(b"cy" + _moment(closed)[:_PART], b"")
            self._rows.put(b"cz" + _moment(closed) + cause, b"")
        named = tuple(one for one in row.named if one != business)
        pending = _without(row, business)
        made = CaseRow(waiting, row.rounds, row.opened, closed, row.assignee, pending, named)
        self._put(cause, made)

    def _get(self, cause: bytes) -> CaseRow:
        value = self._rows.get(b"cc" + cause)
        return CaseRow() if value is None else _DECODE(value)

    def _put(self, cause: bytes, row: CaseRow) -> None:
        self._rows.put(b"cc" + cause, _ENCODE(row))
        for changed in self._watching:
            changed.add(cause)


class CaseLoop(Loop):
    """The loop, with cases folded beside it."""

    def __init__(self, state: State, secret: bytes, terms: PermitTerms) -> None:
        super().__init__(state, secret, terms)
        self.cases = CaseRows(state.rows)
        self.rows = _Watched(state.rows, self.cases)

    def take(
        self,
        event: Event,
        verdict: Verdict,
        left: Left,
        entry: int,
        effect: Effect | None = None,
    ) -> Due:
        """Take an event over that was recorded as an entry, and say what is due."""
        self.cases.at = int(event.time.timestamp())
        if effect is not None:
            # Before it takes effect: afterwards nothing may wait that says what it was about.
            about, business = self._about(effect)
            self.cases.resolved(event, effect, about, business, entry)
        elif isinstance(event, CaseEvent):
            self.cases.worked(event, entry, left.attachment)
        return super().take(event, verdict, left, entry, effect)

    def permitted(self, business: bytes, issued: Issued) -> None:
        """Take over that a permit was issued."""
        self.cases.at = issued.nbf
        super().permitted(business, issued)

    def _about(self, effect: Effect) -> tuple[Sequence[bytes], bytes]:
        """Return which causes a resolution is about, and which business if it is not for a cause."""
        event = effect.event
        cause = None if effect.cause is None else bytes.fromhex(effect.cause)
        for name in effect.of:
            waiting = self.rows.waiting(name)
            if waiting is not None:
                event, cause = event or waiting.event, cause or waiting.cause
        if cause is not None:
            return ([cause] if self.rows.cause(cause) is not None else []), b""
        business = None if event is None else self.rows.stopped_as(*event)
        row = None if business is None else self.rows.proposal(business)
        return (() if row is None else row.causes), business or b""


class _Watched(LoopRows):
    """The loop's rows, which tell the cases what waits."""

    def __init__(self, rows: Rows, cases: CaseRows) -> None:
        super().__init__(rows)
        self._cases = cases

    def put_proposal(self, business: bytes, row: Proposal, before: Proposal | None) -> None:
        super().put_proposal(business, row, before)
        self._cases.moved(business, before, row)


def _held(row: Proposal | None) -> frozenset[bytes]:
    if row is None or row.standing != "held":
        return frozenset()
    return frozenset(row.causes)


def _without(row: CaseRow, business: bytes) -> tuple[Pending, ...]:
    return tuple(one for one in row.pending if one.business != business)


def _moment(at: int) -> bytes:
    return (at + _BEFORE_ALL).to_bytes(8, "big")


def _seconds(moment: bytes) -> int:
    return int.from_bytes(moment, "big") - _BEFORE_ALL


def _link_key(end: bytes, entry: int) -> bytes:
    return b"cl" + end + entry.to_bytes(8, "big")


def _link(key: bytes, value: bytes) -> LinkRow:
    return LinkRow(int.from_bytes(key[-8:], "big"), value[:16])


def _noted(entry: int, value: bytes) -> Noted:
    return Noted(entry, value[:16], _seconds(value[16:]))
