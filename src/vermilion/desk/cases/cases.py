"""Cases of a book: list them, open one, work on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from vermilion.desk.cases.assess import Assessed, Assessor
from vermilion.desk.cases.attachments import Attachments, clean_name, clean_type, erased
from vermilion.desk.cases.closed import closed_cases
from vermilion.desk.cases.journal import journal
from vermilion.desk.cases.links import MOST_LINKS, end_of, said_of, seen_from, target_of
from vermilion.desk.cases.model import (
    MOST_ASKED,
    Attached,
    CaseDetail,
    CasePage,
    CaseQuery,
    Linked,
)
from vermilion.desk.cases.queue import Queue
from vermilion.desk.cases.view import shown, waiting_events
from vermilion.desk.cases.work import check_work, record_work
from vermilion.desk.customer import MESSAGES
from vermilion.desk.sealing import RETENTION_CLASSES, remaining_event
from vermilion.errors import UsageError
from vermilion.facts.events import Attachment, By, CaseEvent, CaseLink, CaseWork
from vermilion.rulebook import CaseSettings, Words

if TYPE_CHECKING:
    from vermilion.desk.desk import Desk

FOLDER = "attachments"
"""Folder of a book in which attachments lie."""

CUSTOMER_TEXT = MESSAGES["held"]
"""What customers behind an open case are told: the ordinary hold, whatever the cause.

Anti-Money Laundering Law of China (2024), articles 7, 35 and 40. The text depends on nothing of the
case, so that nobody tells one on a list or suspicion from any other.
"""


class Cases:
    """The cases of one book, kept in order as they change.

    One thread at a time may use it: the one that owns the book.

    Args:
        desk: seals what is done on cases.
        settings: deadlines.
        now: the moment at which it begins; the clock's where it is left out.
    """

    def __init__(
        self,
        desk: Desk,
        settings: CaseSettings | None = None,
        *,
        now: dt.datetime | None = None,
    ) -> None:
        self._desk = desk
        self._book = book = desk.book
        self._rows = book.loop.cases
        self._assessor = Assessor(book, settings or CaseSettings())
        self._attachments = Attachments(book.path / FOLDER, book.keys)
        self._attachments.sweep(lambda sha256: self._rows.filed(sha256) is not None)
        self._changed = self._rows.watch()
        self._untold: set[bytes] = set()
        self._queue = Queue(self._assessor.assess)
        self._queue.fill(self._rows.open(), _seconds(now))

    def follow(self, now: dt.datetime | None = None) -> list[str]:
        """Put what changed since the last call where it belongs; return those cases' causes."""
        self._catch_up(_seconds(now))
        told, self._untold = self._untold, set()
        return sorted(cause.hex() for cause in told)

    def page(self, query: CaseQuery, now: dt.datetime | None = None) -> CasePage:
        """Return the cases that a query asks for: overdue, gravest and soonest due first.

        Closed ones come last closed first. Between two pages a case may move; it can then be
        missing or come twice.

        Raises:
            UsageError: `bad_limit`, `bad_cursor`.
        """
        if not 1 <= query.limit <= MOST_ASKED:
            raise UsageError("bad_limit", f"a page has 1 to {MOST_ASKED} cases")
        moment = _seconds(now)
        self._catch_up(moment)

        def assess(cause: bytes) -> Assessed | None:
            return self._assessor.assess(cause, moment)

        if query.status == "closed":
            found, begins = closed_cases(self._rows, assess, query)
        else:
            causes, begins = self._queue.find(query)
            self._rows.expect(causes)
            found = [one for one in map(assess, causes) if one is not None]
        return CasePage(items=[shown(self._book, one) for one in found], next=begins)

    def case(
        self, cause: str, now: dt.datetime | None = None, *, before: int | None = None
    ) -> CaseDetail | None:
        """Return a case with its journal and events; None where there never was one.

        Args:
            cause: its cause.
            now: the moment at which it stands so; the clock's where it is left out.
            before: an entry of the record; of a long journal what comes before it is returned.

        Raises:
            StorageError: the record or the state is damaged.
        """
        known = len(cause) == 32 and _is_hex(cause)
        found = self._assessor.assess(bytes.fromhex(cause), _seconds(now)) if known else None
        if found is None:
            return None
        items, earlier = journal(self._book, found.cause, before)
        links = self.links("case", cause, now)
        left = {one.entry for one in links}
        return CaseDetail(
            case=shown(self._book, found),
            journal=items,
            earlier=earlier,
            links=links,
            erased_links=sorted(
                row.entry for row in self._rows.links(found.cause) if row.entry not in left
            ),
            events=waiting_events(self._book, found),
            customer_text=None if found.status == "closed" else CUSTOMER_TEXT,
        )

    def titles(self, causes: Iterable[str]) -> dict[str, Words]:
        """Return what the rules of cases are called, by cause; of those whose rule is in force."""
        found = {cause: self._assessor.title(bytes.fromhex(cause)) for cause in causes}
        return {cause: title for cause, title in found.items() if title is not None}

    def assign(self, cause: str, by: str, assignee: str | None) -> int:
        """Record who works on a case, or that nobody does; return the entry, durable.

        Raises:
            UsageError: `unknown_case`, `bad_case_work`.
            StorageError: as for `Desk.submit`.
        """
        return self._work(
            CaseWork(cause=cause, action="assign", parties=By(by=by), assignee=assignee)
        )

    def note(self, cause: str, by: str, text: str) -> int:
        """Record a note on a case; return the entry, durable. It is sealed under its author's key.

        Raises:
            UsageError: `unknown_case`, `bad_case_work`.
            StorageError: as for `Desk.submit`.
        """
        return self._work(CaseWork(cause=cause, action="note", parties=By(by=by), note=text))

    def links(self, kind: str, id: str, now: dt.datetime | None = None) -> list[Linked]:
        """Return what a case, thing or finding is linked to, in the order of the record.

        Args:
            kind: `case`, `party`, `work`, `token` or `finding`.
            id: its id; of a case its cause.
            now: the moment at which the other cases stand so; the clock's where it is left out.

        Raises:
            StorageError: the record or the state is damaged.
        """
        found = []
        for said in said_of(self._book, self._rows.links(end_of(kind, id))):
            one = seen_from(said, kind, id)
            if one.kind == "case":
                other = self._assessor.assess(bytes.fromhex(one.id), _seconds(now))
                case = None if other is None else shown(self._book, other)
                one = msgspec.structs.replace(one, case=case)
            found.append(one)
        return found

    def link(self, cause: str, by: str, link: CaseLink) -> int:
        """Record that a case hangs together with something; return the entry, durable.

        A link that is there already is left as it is, and its entry returned; one to somebody who
        was erased is made anew.

        Raises:
            UsageError: `unknown_case`, also of the other one; `bad_case_work`, `too_many_links`.
            StorageError: as for `Desk.submit`.
        """
        said = CaseWork(cause=cause, action="link", parties=By(by=by), link=link)
        made = self._made(said)
        target = target_of(link)
        causes = [cause, target.id] if target.kind == "case" else [cause]
        for one in causes:
            self._check_known(one)
        if len(set(causes)) < len(causes):
            raise UsageError("bad_case_work", "a case cannot be linked to itself")
        for there in said_of(self._book, self._rows.linked(bytes.fromhex(cause), target)):
            return there.row.entry
        for end in causes:
            if len(self._rows.links(bytes.fromhex(end))) >= MOST_LINKS:
                raise UsageError(
                    "too_many_links",
                    f"the case `{end}` has {MOST_LINKS} links already",
                    help="take one back, or link what they have in common",
                )
        return record_work(self._desk, made)

    def unlink(self, cause: str, by: str, entry: int) -> int:
        """Record that a link of a case, named by its entry, holds no longer; return the entry, durable.

        It can be taken back also where what it led to was erased, which is then not named again.

        Raises:
            UsageError: `unknown_case`, `unknown_link`.
            StorageError: as for `Desk.submit`.
        """
        self._check_known(cause)
        rows = [row for row in self._rows.links(bytes.fromhex(cause)) if row.entry == entry]
        for said in said_of(self._book, rows):
            data = said.event.data
            return self._work(
                msgspec.structs.replace(data, action="unlink", parties=By(by=by), of=entry)
            )
        if rows:
            return self._work(CaseWork(cause=cause, action="unlink", parties=By(by=by), of=entry))
        raise UsageError("unknown_link", f"the case has no link that entry {entry} made")

    def attach(self, cause: str, by: str, name: str, media_type: str, content: bytes) -> str:
        """Store a file with a case and record it; return the SHA-256 of what is stored, durable.

        Raises:
            UsageError: `unknown_case`, `bad_case_work`, `attachment_too_large`, `attachment_empty`.
            StorageError: `attachment_unwritable`; as for `Desk.submit`.
        """

        def said(sha256: str) -> CaseWork:
            named = Attachment(
                sha256=sha256,
                name=clean_name(name),
                media_type=clean_type(media_type),
                size=len(content),
            )
            return CaseWork(cause=cause, action="attach", parties=By(by=by), attachment=named)

        made = self._made(said("0" * 64))  # what must be refused is, before anything is stored
        key = f"class/{RETENTION_CLASSES['case']}/{made.time:%Y-%m}"
        sha256 = self._attachments.store(content, cause, key)
        self._work(said(sha256))
        return sha256

    def attachment(self, cause: str, sha256: str) -> Attached:
        """Return a file of a case, held against the hash that the record has of it.

        Raises:
            UsageError: `unknown_attachment`.
            DataError: `erased`.
            StorageError: `attachment_lost`, `attachment_damaged`.
        """
        filed = self._rows.filed(sha256) if len(sha256) == 64 and _is_hex(sha256) else None
        if filed is None or filed.cause.hex() != cause:
            raise UsageError("unknown_attachment", "the case has no such attachment")
        place = self._book.state.find([filed.event])[filed.event]
        event = remaining_event(self._book.read(place))
        if not isinstance(event, CaseEvent) or event.data.attachment is None:
            raise erased()
        said = event.data.attachment
        return Attached(said.name, said.media_type, self._attachments.load(sha256, cause))

    def _catch_up(self, now: int) -> None:
        self._queue.pass_to(now)
        self._queue.update(self._changed)
        self._untold |= self._changed
        self._changed.clear()

    def _check_known(self, cause: str) -> None:
        known = len(cause) == 32 and _is_hex(cause)
        if not known or self._rows.case(bytes.fromhex(cause)) is None:
            raise UsageError(
                "unknown_case",
                "there is no such case in this book",
                help="name the cause of one that is listed",
            )

    def _made(self, said: CaseWork) -> CaseEvent:
        self._check_known(said.cause)
        return check_work(said, dt.datetime.now(dt.UTC))

    def _work(self, said: CaseWork) -> int:
        return record_work(self._desk, self._made(said))


def _seconds(now: dt.datetime | None) -> int:
    return int((now or dt.datetime.now(dt.UTC)).timestamp())


def _is_hex(text: str) -> bool:
    return all(one in "0123456789abcdef" for one in text)
