"""What waits for people, page by page: facts that are lacking, and answers for a second person."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from vermilion.desk.book import Book
from vermilion.desk.cursor import Cursors, Place, unknown_place
from vermilion.desk.loop.answer import Unconfirmed, unconfirmed
from vermilion.desk.loop.rows import Held
from vermilion.store import identity_of

T = TypeVar("T")
_Key = tuple[Any, ...]

_MISSING = Cursors("missing", digest=True)
_UNCONFIRMED = Cursors("waiting", digest=True)


def missing_page(
    book: Book, before: str | None, limit: int | None
) -> tuple[list[Held], str | None]:
    """Return causes that wait for a fact, what most wait for first, and where the next page begins.

    Args:
        book: the book.
        before: where the page before ended.
        limit: how many; None for all.

    Raises:
        UsageError: `bad_cursor`.
    """
    rows = book.loop.rows

    def after(place: Place) -> _Key:
        known = rows.cause(place.digest)
        if known is None:
            raise unknown_place()
        return *place.numbers, known.rule, known.entity, place.digest

    def key(one: Held) -> _Key:
        return -one.events, one.cause.rule, one.cause.entity, one.digest

    lacking = (one for one in rows.causes() if one.cause.outcome == "missing")
    return _page(_MISSING, lacking, key, after, before=before, limit=limit)


def unconfirmed_page(
    book: Book, before: str | None, limit: int | None
) -> tuple[list[Unconfirmed], str | None]:
    """Return resolutions that wait for a second person, oldest first, and where the next page begins.

    Args:
        book: the book.
        before: where the page before ended.
        limit: how many; None for all.

    Raises:
        UsageError: `bad_cursor`.
    """
    return _page(
        _UNCONFIRMED,
        unconfirmed(book),
        _made,
        lambda place: (*place.numbers, place.digest),
        before=before,
        limit=limit,
    )


def _page(
    cursors: Cursors,
    found: Iterable[T],
    key: Callable[[T], _Key],
    after: Callable[[Place], _Key],
    *,
    before: str | None,
    limit: int | None,
) -> tuple[list[T], str | None]:
    """Return the first so many after a place by their keys, and the cursor of the page that follows.

    A key begins with the number of its place and ends with its digest.
    """
    if before is not None:
        place = after(cursors.place(before))
        found = (one for one in found if key(one) > place)
    if limit is None:
        return sorted(found, key=key), None
    first = heapq.nsmallest(limit + 1, found, key=key)
    if len(first) <= limit:
        return first, None
    number, *_, digest = key(first[limit - 1])
    return first[:limit], cursors.text(number, digest=digest)


def _made(one: Unconfirmed) -> _Key:
    """Return when a resolution was made, and the identity of its event."""
    at = dt.datetime.fromisoformat(one.at)
    return int(at.timestamp()), identity_of(one.source, one.id)
