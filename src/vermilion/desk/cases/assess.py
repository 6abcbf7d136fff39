"""How a case stands at a moment: status, deadline, severity, and when time alone changes them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from vermilion.desk.cases.settings import due_at
from vermilion.desk.cases.severity import SEVERITIES, Severity, birthdays, severity
from vermilion.desk.loop.resolve import CONFIRMED_WITHIN_DAYS
from vermilion.facts.dates import legal_date
from vermilion.rulebook import CaseSettings

if TYPE_CHECKING:
    from vermilion.desk.book import Book
    from vermilion.desk.cases.fold import CaseRow
    from vermilion.desk.cases.model import Status
    from vermilion.desk.loop.rows import Answer, KnownCause
    from vermilion.rulebook import Words

_WEEK = CONFIRMED_WITHIN_DAYS * 86_400

Key = tuple[int, int, int, bytes]
"""Order of cases: overdue ones first, then the gravest, then the soonest due; last the cause."""


class RuleText(NamedTuple):
    """What a rulebook in force says of a rule to people; `words` are all of it, to search in."""

    title: Words | None
    question: Words | None
    confidential: bool
    words: str = ""


class Assessed(NamedTuple):
    """A case at a moment. Times are epoch seconds; `turns` is when it stands otherwise by itself."""

    cause: bytes
    row: CaseRow
    known: KnownCause
    text: RuleText
    status: Status
    severity: Severity
    due: dt.datetime
    basis: str
    overdue: bool
    turns: int | None

    @property
    def words(self) -> str:
        """What people may find this case by beside its rule's text."""
        known, assignee = self.known, self.row.assignee or ""
        return f"{self.cause.hex()} {known.rule} {known.entity} {assignee}".casefold()

    @property
    def key(self) -> Key:
        """Where the case stands in the order."""
        grave = SEVERITIES.index(self.severity)
        return (not self.overdue, -grave, int(self.due.timestamp()), self.cause)


_UNKNOWN = RuleText(None, None, confidential=True)
"""A rule that is in force no longer: what is not known counts as confidential."""


class Assessor:
    """Assesses the cases of a book under the rulebooks that are in force in it now."""

    def __init__(self, book: Book, settings: CaseSettings) -> None:
        self._rows = book.loop.rows
        self._cases = book.loop.cases
        self._settings = settings
        self._zones: dict[str, str] = {}
        self._texts: dict[tuple[str, str], RuleText] = {}
        for engine in book.active_engines():
            rulebook = engine.rulebook
            self._zones[rulebook.id] = engine.zone
            for loaded in rulebook.rules:
                rule = loaded.rule
                question = rule.question or rule.open_question
                said = [one for one in (rule.title, question) if one is not None]
                self._texts[rulebook.id, rule.key] = RuleText(
                    rule.title,
                    question,
                    confidential=rule.id in rulebook.confidential,
                    words=" ".join(text for one in said for text in (one.zh, one.en)).casefold(),
                )
        self._due = lru_cache(maxsize=4_096)(self._work_due_out)

    def assess(self, cause: bytes, now: int) -> Assessed | None:
        """Return how the case of a cause stands; None where there is none.

        Args:
            cause: its digest.
            now: epoch seconds.
        """
        row, known = self._cases.case(cause), self._rows.cause(cause)
        if row is None or known is None:
            return None
        text = self._texts.get((known.rulebook, known.rule), _UNKNOWN)
        due, basis = self._due(known.rulebook, known.rule, row.opened)
        answer = self._rows.answer(cause)
        status = status_of(row, answer, now)
        undone = status in {"open", "waiting_confirmation"}
        grave = severity(
            known.binds,
            confidential=text.confidential,
            waiting=row.waiting,
            age=(now if row.closed is None else row.closed) - row.opened,
        )
        ends = int(due.timestamp())
        moments = [ends, *birthdays(row.opened), *(one.at + _WEEK for one in row.pending)]
        moments += [answer.until] if answer is not None and answer.until is not None else []
        turns = min((one for one in moments if one > now), default=None)
        return Assessed(
            cause, row, known, text, status, grave, due, basis, undone and now >= ends, turns
        )

    def title(self, cause: bytes) -> Words | None:
        """Return what the rule of a case is called; None where it is in force no longer."""
        known = self._rows.cause(cause)
        return (
            None if known is None else self._texts.get((known.rulebook, known.rule), _UNKNOWN).title
        )

    def _work_due_out(self, rulebook: str, rule: str, opened: int) -> tuple[dt.datetime, str]:
        zone = self._zones.get(rulebook, "UTC")
        moment = dt.datetime.fromtimestamp(opened, dt.UTC)
        deadline = self._settings.deadline(rule, legal_date(moment, zone))
        basis = deadline.basis
        words = "policy" if basis == "policy" else f"{basis.instrument} {basis.pinpoint}"
        return due_at(moment, zone, deadline.days), words


def is_told_by(text: str, *words: str) -> bool:
    """Tell whether a text, whatever its case and the blanks about it, stands in one of some words."""
    wanted = text.strip().casefold()
    return any(wanted in one for one in words)


def status_of(row: CaseRow, answer: Answer | None, now: int) -> Status:
    """Return whether somebody has to act on a case at a moment, in epoch seconds."""
    if not row.waiting:
        return "closed"
    live = [one for one in row.pending if now < one.at + _WEEK]
    businesses = {one.business for one in live if one.business}
    if len(businesses) >= row.waiting or any(not one.business for one in live):
        return "waiting_confirmation"
    if answer is not None and (answer.until is None or now < answer.until):
        return "answered"
    return "open"
