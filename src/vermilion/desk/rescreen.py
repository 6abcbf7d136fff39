"""Put a version of a list in force, and hold everybody who is known against it.

Re-screening goes from the list to the parties: an index in the state leads from what a party is
found by (a keyed digest of its normalised name, wallet or identity) to the party, so that the work
grows with the list and with what was recorded since, not with how many are known. Whom the lists
name otherwise than when they were last screened gets a `party` statement by the book itself. It is
that and not a finding because what stands about a person is sealed under that person's key, and a
finding is told in clear (Anti-Money Laundering Law of China (2024), articles 7 and 40).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple, cast

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk
from vermilion.desk.know import stated_entities
from vermilion.desk.loop.live import parties_named
from vermilion.desk.screening import Screening, screened
from vermilion.desk.sealing import KIND, remaining_event
from vermilion.facts.entities import ListMatch, ListVersion, Party
from vermilion.facts.events import (
    Event,
    ListEvent,
    ListStatement,
    PartyEvent,
    PartyStatement,
    Provenance,
    event_type_of,
)
from vermilion.screening import Matcher, WatchList, may_be_wallet, name_key, packed, wallet_key
from vermilion.store import StandingFacts

SEALED_TOGETHER = 1_024
"""Statements made durable in groups of so many."""

INDEXED_TOGETHER = 20_000
"""Rows of the index written in groups of so many."""

_KEYS, _FLAGGED, _MARK = b"l", b"m", b"n"
"""Rows of the state: what parties are found by, whom lists named when last screened, and how many
entries the two cover."""


class Change(NamedTuple):
    """A party whom the lists name otherwise than before."""

    party: str
    before: Sequence[ListMatch]
    after: Sequence[ListMatch]


class Rescreened(NamedTuple):
    """What a re-screening came to.

    `parties` is of how many anything was ever stated; `keys` how many names, wallets and identities
    of the lists were looked for.
    """

    parties: int
    keys: int
    changes: Sequence[Change]


def put_in_force(
    book: Book,
    found: WatchList,
    *,
    begins: dt.datetime | None = None,
    now: dt.datetime,
    desk: Desk | None = None,
    kept: str | None = None,
) -> ListVersion:
    """Keep a version of a list and record that it is in force; durable on return.

    Args:
        book: the book.
        found: the version.
        begins: from when it holds; where none is stated the beginning of its day, UTC, or `now`
            where the list was retired since.
        now: when this is done.
        desk: the one that judges the book's events meanwhile, if one does.
        kept: the digest under which the version is kept already, if it is.

    Returns:
        What was recorded, or stands recorded of this version already.
    """
    digest = packed(found)[0] if kept is None else kept
    counts = found.counts()
    version = ListVersion(
        id=found.name,
        version=found.version,
        date=found.date,
        digest=digest,
        source=found.source,
        retired=False,
        **counts,
    )
    standing = _standing(book, desk)
    if begins is None:
        begins = dt.datetime.combine(found.date, dt.time(), dt.UTC)
        known = cast("ListVersion | None", standing.at("list", found.name, now))
        if known is not None and known.retired:
            begins = max(begins, now)
    if kept is None:
        book.lists.keep(found)
    if standing.at("list", found.name, begins) != version:
        _say(book, [_list_event(book, version, begins, now)], desk)
    return version


def retire(book: Book, name: str, now: dt.datetime, desk: Desk | None = None) -> None:
    """Record that a list screens nobody any more; durable on return."""
    _say(book, [_list_event(book, ListVersion(id=name, retired=True), now, now)], desk)


def in_force(book: Book, moment: dt.datetime, desk: Desk | None = None) -> list[ListVersion]:
    """Return the version of each list that is in force in a book at a moment."""
    return Screening(_standing(book, desk)).in_force(moment)


def rescreen(book: Book, now: dt.datetime, on_step: Callable[[], None] | None = None) -> Rescreened:
    """Hold everybody who is known against the lists in force; durable on return.

    Args:
        book: the book.
        now: when this is done; what holds then is compared.
        on_step: is called for each entry that is read.
    """
    steps = rescreening(book, now)
    while True:
        try:
            read = next(steps)
        except StopIteration as end:
            found: Rescreened = end.value
            return found
        if read and on_step is not None:
            on_step()


def rescreening(
    book: Book, now: dt.datetime, desk: Desk | None = None, together: int = SEALED_TOGETHER
) -> Generator[bool, None, Rescreened]:
    """Do the same step by step, so that a desk can judge between two: true where an entry was read.

    Args:
        book: the book.
        now: when this is done.
        desk: the one that judges the book's events between steps, if one does.
        together: statements and rows of the index that are written at once.
    """
    index = _Index(book, desk, together)
    for _ in index.catch_up():
        yield True
    standing = _standing(book, desk)
    matchers = Screening(standing).matchers(now)
    keys: set[tuple[str, str]] = set()
    known = set(index.flagged())
    for key in chain.from_iterable(matcher.compared() for matcher in matchers):
        if key not in keys:
            keys.add(key)
            known.update(index.found(key))
            yield False
    changes = []
    for id in sorted(known):
        party = cast("Party | None", standing.at("party", id, now))
        change = _change(id, party, matchers)
        if change is not None:
            changes.append(change)
        elif not (party and party.list_matches):
            # What stood about somebody may have been erased since.
            index.flag(id, on=False)
        yield False
    versions = {one.name: one.version for one in matchers}
    for start in range(0, len(changes), together):
        group = changes[start : start + together]
        _say(book, [_statement(book, change, versions, now) for change in group], desk)
        for change in group:
            index.flag(change.party, on=bool(change.after))
        yield False
    index.keep()
    return Rescreened(book.state.count("party"), len(keys), changes)


def _change(id: str, party: Party | None, matchers: Sequence[Matcher]) -> Change | None:
    before = (party and party.list_matches) or []
    after = screened(party or Party(id=id), matchers).list_matches or []
    if [one.entry for one in before] == [one.entry for one in after] and _same(before, after):
        return None
    return Change(id, before, after)


def _same(before: Sequence[ListMatch], after: Sequence[ListMatch]) -> bool:
    """Tell whether the same entries match in the same way; a newer version alone changes nothing."""
    return [(one.list, one.by, one.kind) for one in before] == [
        (one.list, one.by, one.kind) for one in after
    ]


def _list_event(
    book: Book, version: ListVersion, begins: dt.datetime, now: dt.datetime
) -> ListEvent:
    # The digest stands in the id, in clear, so that an auditor without keys can hold it against
    # what is kept. The moment does too: what is put in force again is said again.
    said = version.digest or "retired"
    return ListEvent(
        id=f"list/{version.id}/{said}/{now.astimezone(dt.UTC):%Y%m%dT%H%M%S.%fZ}",
        source=book.keys.origin,
        time=now,
        stage="settled",
        specversion="1.0",
        data=ListStatement(list=version, valid_from=begins),
    )


def _statement(
    book: Book, change: Change, versions: dict[str, str], now: dt.datetime
) -> PartyEvent:
    said = "; ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    about = f"{change.party}\0{now.isoformat()}\0{said}".encode()
    # The id stands in the record in clear, and must not tell whom it is about.
    id = hashlib.blake2b(about, key=book.keys.digest_key[:64], digest_size=16).hexdigest()
    most = max((one.confidence or 0 for one in change.after), default=None)
    provenance = Provenance(source=said[:512] or "no list", at=now, method="exact", confidence=most)
    return PartyEvent(
        id=f"screening/{id}",
        source=book.keys.origin,
        time=now,
        stage="settled",
        specversion="1.0",
        data=PartyStatement(
            party=Party(id=change.party, list_matches=list(change.after)),
            provenance={"party.list_matches": provenance},
        ),
    )


def _say(book: Book, events: Sequence[Event], desk: Desk | None) -> None:
    """Record what the book itself says, under the rulebooks in force in it."""
    if desk is not None:
        desk.say(events)
        return
    Desk(book, book.active_engines()).say(events)
    book.state.flush()


def _standing(book: Book, desk: Desk | None) -> StandingFacts:
    if desk is not None:
        return desk.standing
    book.state.flush()
    return StandingFacts((book.state, book.stated))


class _Index:
    """Leads from what a party is found by to the party; derived from the record."""

    def __init__(self, book: Book, desk: Desk | None, together: int) -> None:
        self._book = book
        self._store = book.state.flush if desk is None else partial(desk.store, durably=False)
        self._together = INDEXED_TOGETHER if desk is None else together
        self._rows = book.state.rows
        row = self._rows.get(_MARK)
        self._size = int.from_bytes(row or b"", "big")

    def catch_up(self) -> Iterator[None]:
        """Take over what was recorded since, an entry a step."""
        waiting = 0
        for entry in self._book.record.entries(self._size):
            event = remaining_event(entry) if entry.envelope.kind == KIND else None
            if event is not None:
                waiting += self._take(event)
            self._size = entry.index + 1
            if waiting >= self._together:
                self.keep()
                waiting = 0
            yield
        self.keep()

    def found(self, key: tuple[str, str]) -> Iterator[str]:
        """Yield the parties that are found by a key."""
        for _, id in self._rows.scan(_KEYS + self._digest(*key)):
            yield id.decode()

    def flagged(self) -> Iterator[str]:
        """Yield the parties whom lists named when they were last screened."""
        for _, id in self._rows.scan(_FLAGGED):
            yield id.decode()

    def flag(self, id: str, *, on: bool) -> None:
        """Note whether lists name a party."""
        key = _FLAGGED + hashlib.blake2b(id.encode(), digest_size=12).digest()
        if on:
            self._rows.put(key, id.encode())
        else:
            self._rows.delete(key)

    def keep(self) -> None:
        """Write what was taken over."""
        self._rows.put(_MARK, self._size.to_bytes(8, "big"))
        self._rows.keep()
        self._store()

    def _take(self, event: Event) -> int:
        taken = 0
        stated = stated_entities(event.data, event_type_of(event))
        for (kind, id), entity in stated.items():
            if kind == "party":
                party = cast("Party", entity)
                taken += self._put(id, list(_keys(party)))
                if party.list_matches is not None and event.source == self._book.keys.origin:
                    self.flag(id, on=bool(party.list_matches))
        for id in parties_named(event):
            if may_be_wallet(id):
                taken += self._put(id, [("wallet", wallet_key(id))])
        return taken

    def _put(self, id: str, keys: Sequence[tuple[str, str]]) -> int:
        name = hashlib.blake2b(id.encode(), digest_size=8).digest()
        taken = 0
        for by, key in keys:
            row = _KEYS + self._digest(by, key) + name
            if self._rows.get(row) is None:
                self._rows.put(row, id.encode())
                taken += 1
        return taken

    def _digest(self, by: str, key: str) -> bytes:
        secret = self._book.keys.digest_key[:64]
        return hashlib.blake2b(f"{by}\0{key}".encode(), key=secret, digest_size=12).digest()


def _keys(party: Party) -> Iterator[tuple[str, str]]:
    if party.name is not None:
        yield "name", name_key(party.name)
    if party.identity is not None:
        yield "identifier", party.identity
    if may_be_wallet(party.id):
        yield "wallet", wallet_key(party.id)
    for one in party.wallets or ():
        yield "wallet", wallet_key(one)
