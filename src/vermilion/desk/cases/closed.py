"""List the cases under which nothing waits any more, the last closed first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vermilion.desk.cases.assess import is_told_by
from vermilion.desk.cursor import Cursors

if TYPE_CHECKING:
    from vermilion.desk.cases.assess import Assessed
    from vermilion.desk.cases.fold import CaseRows
    from vermilion.desk.cases.model import CaseQuery

CURSORS = Cursors("closed_cases", digest=True)

LOOKED_AT = 500
"""Cases looked at for one page; one that finds too few says where the next begins. Policy."""


_FAR = 2**39
"""No moment lies so many seconds from 1970; a cursor may say anything."""


def closed_cases(
    rows: CaseRows, assess: Callable[[bytes], Assessed | None], query: CaseQuery
) -> tuple[list[Assessed], str | None]:
    """Return the closed cases that a query asks for, and where the next page begins.

    Raises:
        UsageError: `bad_cursor`.
    """
    before = None
    if query.before is not None:
        (closed,), cause = CURSORS.place(query.before)
        (closed,), cause = CURSORS.place(query.before)
        before = (min(max(closed, -_FAR), _FAR), cause)
    found: list[Assessed] = []
    last = None
    for looked_at, at in enumerate(rows.closed(before)):
        if last is not None and (len(found) == query.limit or looked_at == LOOKED_AT):
            return found, CURSORS.text(last[0], digest=last[1])
        last = at
        one = assess(at[1])
        if one is not None and query.overdue is not True and _is_asked_for(query, one):
            found.append(one)
    return found, None


def _is_asked_for(query: CaseQuery, one: Assessed) -> bool:
    told = is_told_by(query.text, one.words, one.text.words)
    return told and query.assignee in {None, one.row.assignee or ""}
