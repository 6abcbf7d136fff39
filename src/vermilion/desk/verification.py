"""Seal people's word on citations in a book's record, and tell which stand.

An entry of kind `verification` states it in clear: it names clauses, and a person by the id that
the profile lists. The latest one on a clause counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from vermilion.errors import UsageError
from vermilion.rulebook.model import Citation, Profile
from vermilion.rulebook.verification import Verification, clause_key

if TYPE_CHECKING:
    from vermilion.desk.book import Book
    from vermilion.store import Rows

KIND = "verification"
"""Kind of the record's entries that state one."""

_ROW = b"V"
_DECODE = msgspec.json.Decoder(Verification).decode


def note(rows: Rows, statement: bytes) -> None:
    """Fold an entry into the rows; the caller keeps them."""
    rows.put(_ROW + _DECODE(statement).clause, statement)


def standing(rows: Rows, citation: Citation) -> Verification | None:
    """Return who verified a citation's words last; None where nobody did, or it was taken back."""
    if citation.quote_sha256 is None:
        return None
    key = clause_key(citation.instrument, citation.pinpoint, citation.quote_sha256)
    row = rows.get(_ROW + key)
    found = None if row is None else _DECODE(row)
    return found if found is not None and found.action == "verify" else None


def seal(book: Book, said: Verification, citation: Citation) -> None:
    """Record a verification, or that it is taken back; durable on return.

    Raises:
        UsageError: `not_an_officer`: the profile names officers, and this is none of them;
            `not_verified`: there is nothing to take back.
        StorageError: the record cannot be written.
    """
    _check(book.profile, said.by)
    if said.action == "revoke" and standing(book.state.rows, citation) is None:
        raise UsageError(
            "not_verified",
            f"no verification of {said.instrument} {said.pinpoint} stands",
            help="see `vermilion rules show --book`",
        )
    statement = msgspec.json.encode(said)
    book.record.append(KIND, statement, [], {})
    book.record.commit()
    note(book.state.rows, statement)
    book.state.rows.keep()
    book.state.apply({}, (), book.record.size)


def _check(profile: Profile, by: str) -> None:
    names = [one.id for one in profile.officers]
    if names and by not in names:
        raise UsageError(
            "not_an_officer",
            f"`{by}` is no officer of the book",
            help=f"its book.yaml names: {', '.join(names)}",
        )
