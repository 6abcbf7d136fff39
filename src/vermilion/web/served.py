"""What a service works with, and how it tells what came of an event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.cases import Cases
from vermilion.desk.customer import Customers
from vermilion.desk.desk import Answer, Conflict, Desk, Duplicate, Refused, Sealed
from vermilion.desk.history import History, Summary
from vermilion.desk.loop.issue import PermitLine, Permits
from vermilion.desk.loop.rows import business_of
from vermilion.desk.open import desk_of
from vermilion.desk.sealing import Judgement, opened
from vermilion.errors import Error, UsageError
from vermilion.facts.canonical import event_digest
from vermilion.record import Entry
from vermilion.web.access.refusals import NotFoundError, TakenError
from vermilion.web.webhooks import Teller, Webhooks

_ENCODE = msgspec.json.Encoder().encode


class Told(NamedTuple):
    """What came of an event: whether it is new, its entry, and the JSON of `Judged`."""

    status: str
    entry: int
    written: bytes


class Served:
    """An open book with its desk and what is looked up in it.

    Args:
        book: the book.
        desk: its desk.
        history: its index.
        teller: tells others what is recorded; None where nobody is told.
    """

    def __init__(
        self, book: Book, desk: Desk, history: History, teller: Teller | None = None
    ) -> None:
        self._teller = teller
        self.book = book
        self.desk = desk
        self.history = history
        self.permits = Permits(book)
        self.cases = Cases(desk, book.configuration.cases)
        self.customers = Customers(desk.engines, book.kept_engine)

    def follow(self, answers: Sequence[Answer] | None = None) -> list[Summary]:
        """Take over what was recorded since the last time; return it in short.

        Args:
            answers: to the one group that was submitted since; None where it was something else.
        """
        group = [] if answers is None else [*answers, *self.desk.findings]
        summaries = self.history.follow(
            [(one.judged, one.entry) for one in group if isinstance(one, Sealed)]
        )
        if self._teller is not None:
            self._teller.follow(None if answers is None else self.desk.permits)
        self.cases.follow()
        return summaries

    def told(self, answers: Sequence[Answer]) -> list[Told | Error]:
        """Write out what came of the last group of events, in order."""
        issued = {permit.said.event.entry: permit for permit in self.desk.permits}
        findings: dict[tuple[str, str], list[int]] = {}
        for found in self.desk.findings:
            data: Any = found.judged.event.data
            if (about := data.about) is not None:
                findings.setdefault((about.source, about.id), []).append(found.entry)
        told: list[Told | Error] = []
        for answer in answers:
            try:
                match answer:
                    case Refused(_, error):
                        told.append(error)
                    case Conflict(received):
                        told.append(_conflict(received.event.source, received.event.id))
                    case Sealed(judged, entry):
                        event = judged.event
                        permit = issued.get(entry)
                        line = None if permit is None else self.permits.line(*permit, judged)
                        about = findings.get((event.source, event.id), [])
                        told.append(self._judged("sealed", judged, entry, line, about))
                    case Duplicate(judged, entry):
                        told.append(self.judged(judged, entry, "duplicate"))
            except Error as error:
                told.append(error)
        return told

    def judged(self, judged: Judgement, entry: int, status: str = "recorded") -> Told:
        """Write out a recorded judgement with the permit that stands for it now."""
        standing = self.permits.standing(judged.event, entry)
        line = None if standing is None else self.permits.line(*standing, judged)
        return self._judged(status, judged, entry, line, [])

    def entry(self, number: int) -> Entry:
        """Return an entry of the record that is a judgement.

        Raises:
            NotFoundError: `judgement_unknown`.
        """
        place = self.history.entry(number)
        if place is None:
            raise NotFoundError("judgement_unknown", f"entry {number} is no judgement of this book")
        return self.book.read(place)

    def judgement(self, number: int) -> Judgement:
        """Return the judgement at an index of the record.

        Raises:
            NotFoundError: `judgement_unknown`.
            UsageError: `erased`.
        """
        judged = opened(self.entry(number))
        if judged is None:
            raise UsageError("erased", f"part of entry {number} was erased")
        return judged

    def standing(self, judged: Judgement, entry: int) -> str:
        """Return how a proposal stands; `recorded` for what proposes nothing."""
        event = judged.event
        if event.stage != "proposed":
            return "withdrawn" if event.stage == "withdrawn" else "recorded"
        row = self.book.loop.rows.proposal(business_of(event))
        if row is None or row.standing == "none":
            return "recorded"
        return row.standing if row.entry == entry else "replaced"

    def _judged(
        self,
        status: str,
        judged: Judgement,
        entry: int,
        permit: PermitLine | None,
        findings: list[int],
    ) -> Told:
        event = judged.event
        head = _ENCODE(
            {
                "entry": entry,
                "status": status,
                "event": {
                    "source": event.source,
                    "id": event.id,
                    "digest": event_digest(judged.canonical),
                },
                "standing": self.standing(judged, entry),
                "permit": permit,
                "findings": findings,
            }
        )
        decisions = b",".join(self.desk.decisions(judged))
        return Told(status, entry, b'%b,"decisions":[%b]}' % (head[:-1], decisions))


def _conflict(source: str, id: str) -> TakenError:
    return TakenError(
        "id_conflict",
        f"another event is recorded as `{id}` of `{source}`",
        help="give the event an id of its own; to correct an event, send a new one with its subject",
    )


@contextmanager
def served_book(book: Book, webhooks: Webhooks | None = None) -> Iterator[Served]:
    """Put together what serves an open book, and close it at the end.

    Args:
        book: the book.
        webhooks: are told what it records.

    Raises:
        Error: rulebooks or index cannot be opened.
    """
    desk = desk_of(book)
    desk.submit([])  # permits that a crash left to be issued
    with closing(History(book)) as history:
        teller = None if webhooks is None else Teller(webhooks, book, book.loop.cases.take_refused)
        yield Served(book, desk, history, teller)
