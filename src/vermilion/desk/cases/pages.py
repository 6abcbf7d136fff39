"""What waits for people, page by page: facts that are lacking, and answers for a second person."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from vermilion.desk.book import Book
from vermilion.desk.cases.cursor import cursor, place, unknown_place
from vermilion.desk.loop.answer import Unconfirmed, unconfirmed
from vermilion.desk.loop.rows import Held, KnownCause
from vermilion.store import identity_of

T = TypeVar("T")


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
    after = None
    if before is not None:
        (events,), digest = place(before, 1)
        known = rows.cause(digest)
        if known is None:
            raise unknown_place()
        after = _place_of(events, known, digest)
    lacking = (one for one in rows.causes() if one.cause.outcome == "missing")
    found, more = _page(
        lacking, lambda one: _place_of(one.events, one.cause, one.digest), after, limit
    )
    return found, cursor((found[-1].events,), found[-1].digest) if more else None


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
    after = None
    if before is not None:
        (at,), identity = place(before, 1)
        after = at, identity
    found, more = _page(unconfirmed(book), _made, after, limit)
    last = _made(found[-1]) if more else None
    return found, None if last is None else cursor(last[:1], last[1])


def _page(
    all_of_them: Iterable[T],
    place_of: Callable[[T], Any],
    after: Any | None,
    limit: int | None,
) -> tuple[list[T], bool]:
    """Return the first so many after a place, and whether more follow."""
    left = (one for one in all_of_them if after is None or place_of(one) > after)
    if limit is None:
        return sorted(left, key=place_of), False
    found = heapq.nsmallest(limit + 1, left, key=place_of)
    return found[:limit], len(found) > limit


def _place_of(events: int, cause: KnownCause, digest: bytes) -> tuple[int, str, str, bytes]:
    return -events, cause.rule, cause.entity, digest


def _made(one: Unconfirmed) -> tuple[int, bytes]:
    """Return when a resolution was made, and the identity of its event."""
    at = dt.datetime.fromisoformat(one.at)
    return int(at.timestamp()), identity_of(one.source, one.id)
