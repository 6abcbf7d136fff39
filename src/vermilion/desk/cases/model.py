"""What people see of cases, and how they ask for them."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from vermilion.desk.cases.severity import Severity
from vermilion.desk.loop.resolve import Effect
from vermilion.facts.events import Attachment, CaseLink
from vermilion.rulebook import Words

Status = Literal["open", "waiting_confirmation", "answered", "closed"]
"""Whether somebody has to answer, a second person has to confirm, something else holds what waits
though this is answered, or nothing waits any more."""

JournalKind = Literal["assign", "note", "attach", "link", "unlink", "resolution", "erased"]

LinkKind = Literal["case", "party", "work", "token", "finding"]

Relation = Literal["same_scheme", "duplicate", "follows_from", "leads_to", "about"]
"""How something hangs together with what it is linked to; `leads_to` is `follows_from`, seen from
the other case.
"""

MOST_ASKED = 200
"""Cases on a page at most. Policy."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case: a cause, what waits under it, and how urgent that is.

    `events` wait now, `examples` are ids of some of them; `opened_at` is in UTC, `due_at` in the
    jurisdiction's time zone, and `due_basis` is the clause that it rests on or `policy`.
    `reopened` says how often it came back after nothing waited. Of a `confidential` one nobody
    outside learns.
    """

    cause: str
    rulebook: str
    rule: str
    title: Words | None
    question: Words | None
    outcome: str
    fact: str
    entity: str
    binds: str
    confidential: bool
    events: int
    examples: list[str]
    status: Status
    severity: Severity
    overdue: bool
    opened_at: str
    due_at: str
    due_basis: str
    closed_at: str | None
    reopened: int
    assignee: str | None


class JournalItem(msgspec.Struct, frozen=True, kw_only=True):
    """What a person did on a case, at which entry of the record.

    `text` is a note, or the reason of a resolution. `link` is what was linked, or no longer is, to
    the case `cause`, which is this one or the other. Where it or the attachment was erased they are
    null and `erased` says so; of kind `erased` nothing is left but the place. `of` is the entry of
    a link that was taken back.
    """

    entry: int
    source: str
    id: str
    at: str
    kind: JournalKind
    by: list[str] = []
    text: str | None = None
    assignee: str | None = None
    attachment: Attachment | None = None
    cause: str | None = None
    link: CaseLink | None = None
    of: int | None = None
    resolution: Effect | None = None
    erased: bool = False


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """Something that hangs together with a case or thing: who says so, in which entry.

    `kind` and `id` are the other end's; a case's id is its cause, and `case` how it stands.
    """

    entry: int
    at: str
    by: str
    relation: Relation
    kind: LinkKind
    id: str
    case: Case | None = None


class WaitingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that waits under a case, and its entry in the record."""

    source: str
    id: str
    entry: int
    at: str


class CaseDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A case with its journal in the order of the record, and some of the events that wait.

    `earlier` counts entries before the journal's first. `erased_links` are the entries of links to
    what was erased, which can only be taken back. `customer_text` is all that the customers
    behind it may be told while it is open: of every case the same.
    """

    case: Case
    journal: list[JournalItem]
    earlier: int
    links: list[Linked]
    erased_links: list[int]
    events: list[WaitingEvent]
    customer_text: Words | None


class CaseQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases are asked for: by default all under which something waits.

    `text` stands somewhere in what people see of a case: its title, question, rule, entity, number
    or assignee. `assignee` is a person, or empty for what nobody took; `before` the `next` of the
    page before.
    """

    text: str = ""
    status: Status | None = None
    assignee: str | None = None
    overdue: bool | None = None
    before: str | None = None
    limit: int = 50


class CasePage(msgspec.Struct, frozen=True, kw_only=True):
    """Some cases, and where the next page begins; null where there is none."""

    items: list[Case]
    next: str | None


class Attached(NamedTuple):
    """An attachment's name, media type and bytes."""

    name: str
    media_type: str
    content: bytes
