"""Hold what settled against what was permitted over the whole record.

It reads the entries' statements, which anybody can check against the record's root; nothing is
decrypted. The desk's findings are not relied on where the statements speak for themselves: what
settled without a permit and without a finding shows as unexplained too.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from vermilion.desk.loop.fold import NOT_HELD_AGAINST
from vermilion.desk.loop.permits import KIND as PERMIT
from vermilion.desk.loop.permits import PermitSaid, PermitStatement
from vermilion.desk.loop.resolve import Effect
from vermilion.desk.loop.rows import LoopRows, business_named
from vermilion.desk.sealing import KIND as JUDGEMENT
from vermilion.facts.events import Finding
from vermilion.rulebook import VERDICT_ORDER, PermitTerms

MOST_SHOWN = 1_000
"""Unexplained events told one by one."""

NOT_TOLD = "not_told"
"""Reason of what settled without a permit, and of which the desk made no finding."""


class Line(msgspec.Struct, kw_only=True):
    """One source on one day (or all): counts of what it proposed that day and what settled.

    `proposed` is the sum of `permitted`, `released`, `waiting`, `denied`, `refused`, `lapsed` and
    `allowed`; `settled` that of `covered`, `unexplained` and `imported`. `lapsed` were withdrawn or
    replaced while they were held, or settled nonetheless; `allowed` lie too far ahead to be
    permitted yet. Of the imported, `backdated` came in after their source had proposed such events,
    with a time before that. Of the permitted and released, `open` may still settle, `unused`
    expired, `gone` were withdrawn or replaced.
    """

    source: str
    day: str
    proposed: int = 0
    permitted: int = 0
    released: int = 0
    waiting: int = 0
    denied: int = 0
    refused: int = 0
    lapsed: int = 0
    allowed: int = 0
    open: int = 0
    unused: int = 0
    gone: int = 0
    settled: int = 0
    covered: int = 0
    unexplained: int = 0
    imported: int = 0
    backdated: int = 0
    withdrawn: int = 0


COUNTS = Line.__struct_fields__[2:]


class Unexplained(msgspec.Struct, frozen=True, kw_only=True):
    """A settled event that no permit covers, and why."""

    source: str
    id: str
    day: str
    reasons: list[str]
    proposal: str | None = None
    permit: str | None = None
    changed: list[str] = []


class Gap(msgspec.Struct, frozen=True):
    """Numbers that a source left out; `told` once a finding says so."""

    source: str
    first: int
    last: int
    told: bool


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """The record's answer to the question whether what happened is what was permitted."""

    book: str
    at: str
    lines: list[Line]
    total: Line
    resolutions: dict[str, int]
    """Resolutions by what they did: `release`, `refuse`, `override`, `waits`, `ends`, `void`."""
    unconfirmed: int
    """Resolutions that wait for a second person now."""
    void: dict[str, int]
    """Why those that did nothing did nothing."""
    reasons: dict[str, int]
    """Unexplained events by reason; one may have several."""
    unexplained: list[Unexplained]
    gaps: list[Gap]


class _Event(msgspec.Struct, frozen=True, gc=False):
    source: str
    id: str
    type: str
    stage: str
    time: dt.datetime
    subject: str | None = None


class _Ruling(msgspec.Struct, frozen=True, gc=False):
    as_of: str
    verdict: str


class _Statement(msgspec.Struct, frozen=True, gc=False):
    event: _Event
    rulings: list[_Ruling]
    resolution: Effect | None = None
    finding: Finding | None = None


class _Business(msgspec.Struct):
    """How a business stands, and on which line its last proposal counts."""

    line: Line
    state: str
    nbf: int = 0
    exp: int = 0
    settled: bool = False
    proposed: bool = False


_DECODE = msgspec.json.Decoder(_Statement).decode
_PERMIT = msgspec.json.Decoder(PermitStatement).decode


def reconcile(
    entries: Iterable[tuple[int, str, bytes]],
    *,
    book: str,
    origin: str,
    at: dt.datetime,
    terms: PermitTerms,
    rows: LoopRows,
    on_entry: Callable[[], None] | None = None,
) -> Reconciliation:
    """Go through a record's statements once and return how everything stands.

    Memory grows with the number of businesses.

    Args:
        entries: index, kind and statement of every entry, in order.
        book: what to call the book.
        origin: the record's name.
        at: the moment at which permits are open or expired.
        terms: which sources need permits though they never proposed.
        rows: the loop's rows, for what people refused and for numbers left out.
        on_entry: is called for each entry.
    """
    walk = Reconciling(origin, terms)
    walk.take(entries, on_entry)
    return walk.found(book, at, rows)


class Reconciling:
    """A reconciliation in parts: take entries in order, and tell at the end what was found.

    Args:
        origin: the record's name.
        terms: which sources need permits though they never proposed.
    """

    def __init__(self, origin: str, terms: PermitTerms) -> None:
        self._walk = _Walk(origin, terms)

    def take(
        self,
        entries: Iterable[tuple[int, str, bytes]],
        on_entry: Callable[[], None] | None = None,
    ) -> int:
        """Take over index, kind and statement of further entries; return how many there were."""
        taken = 0
        for _, kind, statement in entries:
            taken += 1
            if kind == JUDGEMENT:
                self._walk.judgement(_DECODE(statement))
            elif kind == PERMIT:
                self._walk.permit(_PERMIT(statement).permit)
            if on_entry is not None:
                on_entry()
        return taken

    def found(self, book: str, at: dt.datetime, rows: LoopRows) -> Reconciliation:
        """Return how everything stands.

        Args:
            book: what to call the book.
            at: the moment at which permits are open or expired.
            rows: the loop's rows, for what people refused and for numbers left out.
        """
        walk = self._walk
        walk.close(int(at.timestamp()), lambda business: _refused(rows, business))
        lines = sorted(walk.lines.values(), key=lambda line: (line.source, line.day))
        return Reconciliation(
            book=book,
            at=at.isoformat(timespec="seconds"),
            lines=lines,
            total=_total(lines),
            resolutions=dict(walk.resolutions.most_common()),
            void=dict(walk.void.most_common()),
            unconfirmed=sum(1 for _ in rows.unconfirmed()),
            reasons=dict(walk.reasons.most_common()),
            unexplained=walk.shown,
            gaps=[
                Gap(source, first, last, told)
                for source, serials in rows.all_serials()
                for first, last, _, told in serials.gaps
            ],
        )


def _refused(rows: LoopRows, business: bytes) -> bool:
    row = rows.proposal(business)
    return row is not None and row.standing == "refused"


class _Walk:
    def __init__(self, origin: str, terms: PermitTerms) -> None:
        self.origin = origin
        self.terms = terms
        self.lines: dict[tuple[str, str], Line] = {}
        self.businesses: dict[bytes, _Business] = {}
        self.gates: dict[tuple[str, str], int] = {}
        self.resolutions: Counter[str] = Counter()
        self.void: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.shown: list[Unexplained] = []
        self.last: tuple[Line, Unexplained, str] | None = None
        """What settled last, and how it was counted; its finding follows at once, if any."""

    def judgement(self, said: _Statement) -> None:
        event = said.event
        if said.finding is not None and event.source == self.origin:
            self.found(said.finding)
            return
        self.explained()
        if said.resolution is not None:
            effect = said.resolution
            self.resolutions[
                effect.action if effect.effect in {"frees", "stops"} else effect.effect
            ] += 1
            self.void.update(effect.void)
        if event.type in NOT_HELD_AGAINST:
            return
        business = business_named(event.source, event.type, event.subject or event.id)
        day = said.rulings[0].as_of if said.rulings else event.time.date().isoformat()
        key = (event.source, day)
        line = self.lines.get(key)
        if line is None:
            line = self.lines[key] = Line(source=event.source, day=day)
        if event.stage == "proposed":
            self.proposed(event, business, line, {one.verdict for one in said.rulings})
        elif event.stage == "withdrawn":
            line.withdrawn += 1
            known = self.businesses.get(business)
            if known is not None:
                _leave(known)
                known.settled = False
        else:
            line.settled += 1
            self.settled(event, business, line, day)

    def proposed(self, event: _Event, business: bytes, line: Line, verdicts: set[str]) -> None:
        gate = self.gates.get((event.source, event.type))
        at = int(event.time.timestamp())
        if gate is None or at < gate:
            self.gates[event.source, event.type] = at
        before = self.businesses.get(business)
        if before is not None:
            _leave(before)
        verdict = next((one for one in VERDICT_ORDER if one in verdicts), "allow")
        state = {"deny": "denied", "review": "waiting"}.get(verdict, "allowed")
        line.proposed += 1
        _count(line, state, 1)
        settled = before is not None and before.settled
        self.businesses[business] = _Business(line, state, settled=settled, proposed=True)

    def permit(self, said: PermitSaid) -> None:
        self.explained()
        known = self.businesses.get(business_named(said.event.source, said.type, said.subject))
        if known is None or known.state not in {"allowed", "waiting"}:
            return
        _count(known.line, known.state, -1)
        _count(known.line, "released" if known.state == "waiting" else "permitted", 1)
        known.state, known.nbf, known.exp = "permitted", said.nbf, said.exp

    def settled(self, event: _Event, business: bytes, line: Line, day: str) -> None:
        gate = self.gates.get((event.source, event.type))
        known = self.businesses.get(business)
        proposed = known is not None and known.proposed
        needed = gate is not None and (int(event.time.timestamp()) >= gate or proposed)
        told = Unexplained(source=event.source, id=event.id, day=day, reasons=[])
        if not needed and event.source not in self.terms.required_of:
            line.imported += 1
            line.backdated += gate is not None
            self.last = line, told, "imported"
        else:
            line.covered += 1
            reasons = []
            if known is None or known.state != "permitted":
                reasons.append("no_permit")
            elif event.time.timestamp() < known.nbf:
                reasons.append("early")
            elif event.time.timestamp() >= known.exp and not known.settled:
                reasons.append("expired")
            self.last = line, msgspec.structs.replace(told, reasons=reasons), "covered"
        if known is None:
            known = self.businesses[business] = _Business(line, "gone")
        if known.state == "waiting":
            _leave(known)  # it took place, and nothing is left to be resolved
        known.settled = True

    def found(self, finding: Finding) -> None:
        """Take a finding over: it is about what settled last, or about a source's numbers."""
        about = finding.about
        if self.last is None or about is None or finding.first_serial is not None:
            return
        line, told, counted = self.last
        if (about.source, about.id) != (told.source, told.id):
            return
        self.last = None
        reasons = dict.fromkeys([*(finding.reasons or ()), *told.reasons])
        self.unexplained(
            line,
            msgspec.structs.replace(
                told,
                reasons=list(reasons),
                proposal=finding.proposal,
                permit=finding.permit,
                changed=finding.changed or [],
            ),
            counted,
        )

    def explained(self) -> None:
        """Take note that no finding follows on what settled last."""
        if self.last is not None and self.last[1].reasons:
            line, told, counted = self.last
            reasons = [*told.reasons, NOT_TOLD]
            self.unexplained(line, msgspec.structs.replace(told, reasons=reasons), counted)
        self.last = None

    def unexplained(self, line: Line, told: Unexplained, counted: str) -> None:
        _count(line, counted, -1)
        line.unexplained += 1
        self.reasons.update(told.reasons)
        if len(self.shown) < MOST_SHOWN:
            self.shown.append(told)

    def close(self, now: int, refused: Callable[[bytes], bool]) -> None:
        """Tell what became of what is still open."""
        self.explained()
        for business, known in self.businesses.items():
            if known.state == "waiting" and refused(business):
                _count(known.line, "waiting", -1)
                _count(known.line, "refused", 1)
            elif known.state == "permitted" and not known.settled:
                _count(known.line, "open" if now < known.exp else "unused", 1)


def _leave(known: _Business) -> None:
    """Take note that a proposal is withdrawn, replaced, or took place while it was held."""
    if known.state in {"waiting", "allowed"}:
        _count(known.line, known.state, -1)
        _count(known.line, "lapsed", 1)
    elif known.state == "permitted" and not known.settled:
        known.line.gone += 1
    known.state = "gone"


def _count(line: Line, column: str, by: int) -> None:
    setattr(line, column, getattr(line, column) + by)


def _total(lines: Iterable[Line]) -> Line:
    total = Line(source="", day="")
    for line in lines:
        for column in COUNTS:
            _count(total, column, getattr(line, column))
    return total
