"""Write permits out: what they say follows from the record, and so does every byte of them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.loop.permits import Named, PermitSaid, PermitStatement
from vermilion.desk.loop.rows import business_named, business_of
from vermilion.desk.sealing import Judgement, opened
from vermilion.errors import DataError, UsageError
from vermilion.facts.canonical import event_digest
from vermilion.facts.events import EVENT_TYPES, Event, event_type_of
from vermilion.permit import (
    Claims,
    PermittedEvent,
    RulebookVerdict,
    SealedEntry,
    sign_permit,
)
from vermilion.record import Entry
from vermilion.store import identity_of

CACHED_DIGESTS = 4_096
"""Resolutions whose digests are kept: many permits may rest on one. Policy."""

_STATEMENT = msgspec.json.Decoder(PermitStatement).decode


class PermitLine(msgspec.Struct, frozen=True):
    """A permit as a platform takes it: its id, event and business, until when (UTC), and its text.

    Where it cannot be written out, the text is null and `problem` says why.
    """

    jti: str
    source: str
    id: str
    subject: str
    expires: str
    permit: str | None
    problem: str | None = None


class Permits:
    """Writes out the permits of an open book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._digests: dict[int, str] = {}
        book.keys.on_destroyed(self.forget)

    def forget(self) -> None:
        """Hold no digest any more of what may have been erased."""
        self._digests.clear()

    def text(self, said: PermitSaid, entry: int, judged: Judgement | None = None) -> str:
        """Return a permit, signed; equal entries give equal bytes.

        Args:
            said: what the permit's entry states.
            entry: that entry's index.
            judged: the proposal and its rulings, where they are at hand; else the record is read.

        Raises:
            UsageError: `erased`: the proposal or a resolution was erased since.
            DataError: the claims are longer than a permit may be.
        """
        return sign_permit(self.claims(said, entry, judged), self._book.keys)

    def line(self, said: PermitSaid, entry: int, judged: Judgement | None = None) -> PermitLine:
        """Return a permit for a file of permits, or say in its place why it cannot be written."""
        expires = dt.datetime.fromtimestamp(said.exp, dt.UTC).isoformat()
        text = problem = None
        try:
            text = self.text(said, entry, judged)
        except (UsageError, DataError) as error:
            problem = error.message
        jti = f"{self._book.keys.origin}/{entry}"
        event = said.event
        return PermitLine(jti, event.source, event.id, said.subject, expires, text, problem)

    def claims(self, said: PermitSaid, entry: int, judged: Judgement | None = None) -> Claims:
        """Return what a permit says, from the record.

        Raises:
            UsageError: `erased`, as for `text`.
        """
        origin = self._book.keys.origin
        judged = judged or self._opened(said.event)
        written = b"[" + b",".join(one.written for one in judged.ruled) + b"]"
        return Claims(
            iss=origin,
            jti=f"{origin}/{entry}",
            nbf=said.nbf,
            exp=said.exp,
            event=PermittedEvent(
                source=said.event.source,
                id=said.event.id,
                subject=said.subject,
                type=said.type,
                digest=event_digest(judged.canonical),
            ),
            judgement=SealedEntry(
                entry=said.event.entry, digest=hashlib.sha256(written).hexdigest()
            ),
            rulebooks=[
                RulebookVerdict(
                    id=ruling.rulebook.id,
                    digest=ruling.rulebook.digest,
                    verdict=ruling.verdict,  # type: ignore[arg-type]  # a denial has no permit
                )
                for ruling, *_ in judged.ruled
            ],
            conditions=list(self._conditions(judged)),
            resolutions=[
                SealedEntry(entry=one.entry, digest=self._digest(one)) for one in said.resolutions
            ],
        )

    def standing(self, event: Event, entry: int) -> tuple[PermitSaid, int] | None:
        """Return the permit of a recorded proposal, where it has one and it was not replaced."""
        row = self._book.loop.rows.proposal(business_of(event))
        if row is None or row.permit is None or (row.standing, row.entry) != ("permitted", entry):
            return None
        return self._issued(row.permit.entry)

    def find(self, id: str, source: str | None = None) -> tuple[PermitSaid, int]:
        """Return the permit of that id (`jti`), or the standing one of a proposal or business.

        Args:
            id: a permit's `jti`, or with `source` the id of a proposal's business.
            source: the business's source.

        Raises:
            UsageError: `permit_unknown`.
        """
        book = self._book
        if source is None:
            names = [id.rpartition("/")[2]] if id.startswith(f"{book.keys.origin}/") else []
        else:
            rows = [
                book.loop.rows.proposal(business_named(source, kind, id)) for kind in EVENT_TYPES
            ]
            names = [str(row.permit.entry) for row in rows if row is not None and row.permit]
        for name in names:
            issued = self._issued(int(name)) if name.isdecimal() else None
            if issued is not None:
                return issued
        raise UsageError(
            "permit_unknown",
            f"the book has issued no permit for `{id}`",
            help="name a permit by its `jti`, or a business by its subject with --source",
        )

    def _issued(self, entry: int) -> tuple[PermitSaid, int] | None:
        """Return the permit whose entry has that index."""
        identity = identity_of(*self._book.loop.permit_name(entry))
        place = self._book.state.find([identity]).get(identity)
        if place is None:
            return None
        found = self._book.read(place)
        return _STATEMENT(found.envelope.statement).permit, found.index

    def _conditions(self, judged: Judgement) -> Iterator[str]:
        kind, stage = event_type_of(judged.event), judged.event.stage
        for ruling, *_ in judged.ruled:
            engine = self._book.kept_engine(ruling.rulebook.digest)
            day = dt.date.fromisoformat(ruling.as_of)
            confidential = engine.rulebook.confidential
            rules = {one.rule.id: one.rule for one in engine.on(kind, stage, day).rules}
            for outcome in ruling.rules:
                rule = rules[outcome.id]
                verdict = rule.verdict if outcome.outcome == "hit" else rule.on_missing
                if rule.mode == "live" and verdict == "condition" and rule.id not in confidential:
                    yield rule.key

    def _digest(self, name: Named) -> str:
        known = self._digests.get(name.entry)
        if known is None:
            if len(self._digests) >= CACHED_DIGESTS:
                self._digests.clear()
            known = self._digests[name.entry] = event_digest(self._opened(name).canonical)
        return known

    def _opened(self, name: Named) -> Judgement:
        judged = opened(self._entry(name))
        if judged is None:
            raise UsageError(
                "erased",
                f"`{name.id}` was erased in part, so that its permit cannot be written out again",
            )
        return judged

    def _entry(self, name: Named) -> Entry:
        identity = identity_of(name.source, name.id)
        return self._book.read(self._book.state.find([identity])[identity])
