"""Where a resolution is made: in a book that lies here, or at a desk that serves it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from vermilion.cli.output import existing_book
from vermilion.desk.loop.answer import (
    Unconfirmed,
    answer,
    resolution_event,
    signed,
    unconfirmed,
)
from vermilion.desk.loop.resolve import Effect
from vermilion.desk.open import desk_of
from vermilion.errors import StorageError, UsageError
from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import EventName, Resolution

if TYPE_CHECKING:
    import httpx
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from vermilion.desk.book import Book

API_KEY = "VERMILION_API_KEY"
"""The variable that holds the key with which a desk is asked."""

SECONDS = 30.0
"""How long a desk may take to answer. Policy."""


class Made(msgspec.Struct, frozen=True):
    """What a resolution did, and how many permits it led to."""

    id: str
    effect: Effect
    permits: int


class Place(Protocol):
    """What a resolution is made in view of, and recorded in."""

    def named(self, id: str, source: str | None) -> EventName:
        """Return the held event of an id."""

    def waiting(self) -> list[Unconfirmed]:
        """Return the resolutions that wait for a second person."""

    def record(self, said: Resolution, ends: str | None) -> Made:
        """Record what is said now."""


def resolved(
    book: Path | None,
    desk: str | None,
    key: Ed25519PrivateKey | None,
    make: Callable[[Place], Made],
) -> Made:
    """Make a resolution in a book or at a desk.

    Raises:
        UsageError: not one of both is named, a desk is asked without a key, or it refuses.
        StorageError: the book is served and has to be asked there, or the desk does not answer.
    """
    if (book is None) == (desk is None):
        raise UsageError(
            "place_unclear",
            "a resolution is made in a book or at a desk",
            help="name --book, or --desk where the book is served",
        )
    if book is not None:
        with existing_book(book) as opened:
            return make(_InBook(opened, key))
    with _client(str(desk)) as client:
        return make(_AtDesk(client, key))


class _InBook:
    """A book that lies here and that nobody serves."""

    def __init__(self, book: Book, key: Ed25519PrivateKey | None) -> None:
        self._book = book
        self._key = key

    def named(self, id: str, source: str | None) -> EventName:
        rows = self._book.loop.rows
        if source is not None and rows.stopped_as(source, id) is not None:
            return EventName(source=source, id=id)
        return _only(id, {s for s, i in (row.name for row in rows.stopped()) if i == id}, source)

    def waiting(self) -> list[Unconfirmed]:
        return unconfirmed(self._book)

    def record(self, said: Resolution, ends: str | None) -> Made:
        done = answer(desk_of(self._book), said, ends=ends, key=self._key)
        return Made(done.id, done.effect, len(done.permits))


class _AtDesk:
    """A desk that serves the book: what is signed here is recorded there."""

    def __init__(self, client: httpx.Client, key: Ed25519PrivateKey | None) -> None:
        if key is None:
            raise UsageError(
                "key_lacking",
                "at a desk a resolution is signed",
                help="name --key; who has none, or has it in a browser, resolves in the console",
            )
        self._client = client
        self._key = key

    def named(self, id: str, source: str | None) -> EventName:
        if source is None:
            raise UsageError(
                "source_lacking", "at a desk an event is named with its source", help="add --source"
            )
        found = self._ask("GET", "/v1/judgements", params={"id": id, "source": source})
        return _only(id, {one["source"] for one in found["items"]}, source)

    def waiting(self) -> list[Unconfirmed]:
        return msgspec.convert(self._ask("GET", "/v1/resolutions/waiting"), list[Unconfirmed])

    def record(self, said: Resolution, ends: str | None) -> Made:
        origin = self._ask("GET", "/v1/record")["origin"]
        made = signed(resolution_event(said, ends), self._key, origin)
        told = self._ask("POST", "/v1/resolutions/signed", content=canonical_bytes(made))
        return Made(told["id"], msgspec.convert(told["effect"], Effect), len(told["permits"]))

    def _ask(self, method: str, path: str, **how: Any) -> Any:
        import httpx

        try:
            answered = self._client.request(method, path, **how)
        except httpx.HTTPError as error:
            raise StorageError(
                "desk_unreachable",
                f"the desk does not answer: {type(error).__name__}",
                help="see whether `vermilion serve` runs, and ask again",
            ) from None
        if answered.is_success:
            return answered.json()
        try:
            said = answered.json()
            raise UsageError(said["code"], said["detail"], help=said.get("remedy"))
        except (ValueError, KeyError, TypeError):
            raise StorageError(
                "desk_unreachable",
                f"what answers is no desk: status {answered.status_code}",
                help="look at the address",
            ) from None


def _client(url: str) -> httpx.Client:
    import httpx

    key = os.environ.get(API_KEY)
    if not key:
        raise UsageError(
            "api_key_lacking",
            f"the variable {API_KEY} is not set",
            help="`vermilion access key-add` makes a key of the role officer for a person",
        )
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=url, headers=headers, timeout=SECONDS)


def _only(id: str, sources: set[str], source: str | None) -> EventName:
    found = sources if source is None else sources & {source}
    if len(found) == 1:
        return EventName(source=found.pop(), id=id)
    problem = f"no held event has the id `{id}`" if not found else f"several sources have `{id}`"
    raise UsageError(
        "event_unclear", problem, help="`vermilion resolve list` shows them; name --source too"
    )
