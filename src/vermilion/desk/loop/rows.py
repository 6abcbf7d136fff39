"""The loop's part of the state: proposals, causes, resolutions, gates and serials, by typed rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from vermilion.facts.events import Event, ResolutionAction, event_type_of
from vermilion.store import Rows, identity_of

Standing = Literal["none", "permitted", "held", "denied", "refused", "withdrawn"]
"""How a business's last proposal stands; `none` where there is none."""

Shown = Literal["waiting", "permitted", "refused", "withdrawn"]
"""What customers may learn of it."""

_STOPPED = frozenset({"held", "denied"})


class _Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    pass


class Issued(_Row, frozen=True):
    """A permit: the index of its entry, and the epoch seconds from and up to which it holds."""

    entry: int
    nbf: int
    exp: int


class Answer(_Row, frozen=True):
    """A resolution in effect: the events that it consists of, who made them, from and until when.

    `entries` are the indexes of the resolution and of what confirmed it, `names` their sources and
    ids; `at` and `until` are epoch seconds.
    """

    action: ResolutionAction
    entries: tuple[int, ...]
    names: tuple[tuple[str, str], ...]
    by: tuple[str, ...]
    at: int
    until: int | None


class Proposal(_Row, frozen=True):
    """A business: its last proposal and what became of it.

    `event` is the proposal's identity and `name` its source and id; `terms` the keyed digest of
    what it states; `settled` the id of the settled event that stands.
    """

    standing: Standing
    event: bytes = b""
    name: tuple[str, str] = ("", "")
    entry: int = 0
    at: int = 0
    terms: bytes = b""
    causes: tuple[bytes, ...] = ()
    answer: Answer | None = None
    permit: Issued | None = None
    settled: str | None = None

    @property
    def is_question(self) -> bool:
        """Whether what settled is what waits: a finding, to which no permit belongs."""
        return self.settled is not None and self.settled == self.name[1]


class KnownCause(_Row, frozen=True):
    """What a cause says, for people."""

    rulebook: str
    rule: str
    outcome: str
    fact: str
    entity: str
    binds: str


class Waiting(_Row, frozen=True):
    """A resolution that waits for a second person: its answer, and what it is for."""

    answer: Answer
    event: tuple[str, str] | None
    cause: bytes | None


class Serials(_Row, frozen=True):
    """A source's numbers: the highest seen, and the gaps as [first, last, seen at, told]."""

    highest: int
    gaps: tuple[tuple[int, int, int, bool], ...] = ()


R = TypeVar("R", bound=_Row)
_ENCODE = msgspec.msgpack.Encoder().encode
_DECODERS: dict[type[Any], msgspec.msgpack.Decoder[Any]] = {
    shape: msgspec.msgpack.Decoder(shape)
    for shape in (Proposal, KnownCause, Answer, Waiting, Serials)
}


class Held(NamedTuple):
    """A cause under which events wait, and how many."""

    digest: bytes
    cause: KnownCause
    events: int


def business_of(event: Event) -> bytes:
    """Return the key of the business that an event belongs to."""
    return business_named(event.source, event_type_of(event), event.subject or event.id)


def business_named(source: str, event_type: str, subject: str) -> bytes:
    """Return the key of a business by its names."""
    return identity_of(source, f"{event_type}\0{subject}")


class LoopRows:
    """Typed access to the loop's rows."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._gates: dict[bytes, int] | None = None
        self._ready: set[bytes] | None = None

    def expect(self, businesses: Iterable[bytes]) -> None:
        """Read proposals ahead."""
        self.rows.expect([b"P" + one for one in businesses])

    def proposal(self, business: bytes) -> Proposal | None:
        """Return how a business stands."""
        return self._get(b"P" + business, Proposal)

    def put_proposal(self, business: bytes, row: Proposal, before: Proposal | None) -> None:
        """Set how a business stands; it waits under its causes exactly while it is held."""
        self.rows.put(b"P" + business, _ENCODE(row))
        if before is not None and before.standing in _STOPPED:
            for cause in before.causes:
                self.rows.delete(b"C" + cause + business)
            self.rows.delete(b"H" + before.event)
        if row.standing in _STOPPED:
            for cause in row.causes:
                self.rows.put(b"C" + cause + business, b"")
            self.rows.put(b"H" + row.event, business)

    def shown(self, event: Event) -> Shown:
        """Return how a proposal stands as far as customers are told."""
        row = self.proposal(business_of(event))
        if row is None or row.name != (event.source, event.id):
            return "waiting"
        match row.standing:
            case "permitted" | "refused" | "withdrawn":
                return row.standing
            case _:
                return "waiting"

    def stopped_as(self, source: str, id: str) -> bytes | None:
        """Return the business of a held or denied event by the event's own name."""
        return self.rows.get(b"H" + identity_of(source, id))

    def stopped(self) -> Iterator[Proposal]:
        """Yield the proposals that are held or denied."""
        for _, business in self.rows.scan(b"H"):
            row = self.proposal(business)
            if row is not None:
                yield row

    def waiting_under(self, cause: bytes) -> Iterator[bytes]:
        """Yield the businesses that wait under a cause."""
        for key, _ in self.rows.scan(b"C" + cause):
            yield key[17:]

    def causes(self) -> Iterator[Held]:
        """Yield the causes under which something waits."""
        counts: dict[bytes, int] = {}
        for key, _ in self.rows.scan(b"C"):
            counts[key[1:17]] = counts.get(key[1:17], 0) + 1
        for digest, count in counts.items():
            known = self.cause(digest)
            if known is not None:
                yield Held(digest, known, count)

    def cause(self, digest: bytes) -> KnownCause | None:
        """Return what a cause says; None where it was never seen."""
        return self._get(b"K" + digest, KnownCause)

    def put_cause(self, digest: bytes, row: KnownCause) -> None:
        """Take note of a cause."""
        if self.rows.get(b"K" + digest) is None:
            self.rows.put(b"K" + digest, _ENCODE(row))

    def answer(self, cause: bytes) -> Answer | None:
        """Return the resolution that stands for a cause."""
        return self._get(b"R" + cause, Answer)

    def put_answer(self, cause: bytes, row: Answer) -> None:
        """Let a resolution stand for a cause."""
        self.rows.put(b"R" + cause, _ENCODE(row))
        for name in row.names:
            self.rows.put(b"B" + identity_of(*name), cause)

    def answered_by(self, name: tuple[str, str]) -> bytes | None:
        """Return the cause for which a resolution of that source and id stands."""
        return self.rows.get(b"B" + identity_of(*name))

    def end_answer(self, cause: bytes) -> None:
        """Let nothing stand for a cause any more."""
        self.rows.delete(b"R" + cause)

    def waiting(self, name: tuple[str, str]) -> Waiting | None:
        """Return a resolution that waits for a second person."""
        return self._get(b"W" + identity_of(*name), Waiting)

    def put_waiting(self, name: tuple[str, str], row: Waiting | None) -> None:
        """Let a resolution wait for a second person, or wait no longer."""
        key = b"W" + identity_of(*name)
        if row is None:
            self.rows.delete(key)
        else:
            self.rows.put(key, _ENCODE(row))

    def unconfirmed(self) -> Iterator[Waiting]:
        """Yield the resolutions that wait for a second person."""
        for _, value in self.rows.scan(b"W"):
            yield _DECODERS[Waiting].decode(value)

    def ready(self) -> list[bytes]:
        """Return the businesses that a resolution may have freed."""
        return sorted(self._all_ready())

    def mark_ready(self, business: bytes, *, ready: bool) -> None:
        """Note that a business is to be looked at again, or was."""
        known = self._all_ready()
        if ready:
            known.add(business)
            self.rows.put(b"Q" + business, b"")
        elif business in known:
            known.remove(business)
            self.rows.delete(b"Q" + business)

    def _all_ready(self) -> set[bytes]:
        if self._ready is None:
            self._ready = {key[1:] for key, _ in self.rows.scan(b"Q")}
        return self._ready

    def drop(self) -> None:
        """Forget what a group changed that is not recorded."""
        self.rows.drop()
        self._gates = self._ready = None

    def gate(self, source: str, event_type: str) -> int | None:
        """Return from which epoch second on a source proposes events of a type."""
        if self._gates is None:
            self._gates = {
                key: int.from_bytes(value, "big", signed=True)
                for key, value in self.rows.scan(b"G")
            }
        return self._gates.get(_gate(source, event_type))

    def put_gate(self, source: str, event_type: str, at: int) -> None:
        """Note from when on a source proposes events of a type."""
        if self._gates is not None:
            self._gates[_gate(source, event_type)] = at
        self.rows.put(_gate(source, event_type), at.to_bytes(8, "big", signed=True))

    def serials(self, source: str) -> Serials | None:
        """Return what is known of a source's numbers."""
        return self._get(b"S" + source.encode(), Serials)

    def put_serials(self, source: str, row: Serials) -> None:
        """Set what is known of a source's numbers."""
        self.rows.put(b"S" + source.encode(), _ENCODE(row))

    def all_serials(self) -> Iterator[tuple[str, Serials]]:
        """Yield every numbering source."""
        for key, value in self.rows.scan(b"S"):
            yield key[1:].decode(), _DECODERS[Serials].decode(value)

    def _get(self, key: bytes, shape: type[R]) -> R | None:
        value = self.rows.get(key)
        return None if value is None else _DECODERS[shape].decode(value)


def _gate(source: str, event_type: str) -> bytes:
    return b"G" + f"{source}\0{event_type}".encode()
