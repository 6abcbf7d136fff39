"""Judge what a book recorded once more, as it was known then, and hold it against the record.

Live and replay agree to the byte: a decision is a function of event, known facts and rulebook. What
is sealed is the ruling, from which with the rulebook of its digest the decision is written out, so
that equal rulings are equal decisions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from vermilion.desk.backtest.course import Step
from vermilion.desk.backtest.differences import differences
from vermilion.desk.backtest.erased import Gone
from vermilion.desk.backtest.history import judged_book
from vermilion.desk.book import Book
from vermilion.desk.judge import Ruled
from vermilion.desk.sealing import KIND
from vermilion.errors import DataError, UsageError
from vermilion.record import Entry
from vermilion.rulebook import Engine, Rulebook

EXAMPLES = 5
"""Entries named of each kind of outcome. Policy."""


class Difference(msgspec.Struct, frozen=True):
    """The first thing in which a ruling comes out otherwise.

    `rule` is null for what belongs to no rule, such as a number over the past (`windows.x`). `fact`
    is the path of a fact, or `outcome`, `version`, `missing`, `verdict`, `as_of`; `statement` where
    the entry says another verdict in clear than was sealed.
    """

    entry: int
    source: str
    id: str
    rulebook: str
    rule: str | None
    fact: str
    recorded: Any
    again: Any


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to, in rulings: one for each event and rulebook that judged it.

    rulings = equal + different + unclear. `unclear` are those that differ and may do so because of
    what was erased before them. `erased` counts events of which a part is erased: they are not
    judged again. `by_rule` counts the rulings in which a rule's outcome or facts differ.
    `substituted` is the digest of the rulebook that judged in place of those recorded, if one did.
    """

    begin: int
    end: int
    events: int
    rulings: int
    equal: int
    different: int
    unclear: int
    erased: int
    rulebooks: dict[str, int]
    by_rule: dict[str, int]
    first: Difference | None
    examples: list[int]
    unclear_examples: list[int]
    erased_examples: list[int]
    substituted: str | None
    seconds: float


def replay(
    book: Book,
    begin: int = 0,
    end: int | None = None,
    *,
    rulebook: Rulebook | None = None,
    on_entry: Callable[[], None] | None = None,
) -> Replay:
    """Judge a book's record again and compare; effect on nothing.

    1. The statements tell under which rulebooks, by digest, events were judged; the book keeps them.
    2. Entry by entry, windows and standing facts are as they were when it was judged.
    3. The event is judged under the same rulebooks, and the rulings' bytes are compared.
    4. Where they differ, the first difference is named; what rests on erased facts is told apart.

    Args:
        book: whose record is read.
        begin: the first entry that is compared; those before it are only taken into account.
        end: the entry before which to stop; the end of the record where it is None.
        rulebook: judges in place of the recorded rulebooks of its id, for the same operator each
            time; digests are then not compared.
        on_entry: is called for each judgement read.

    Raises:
        UsageError: `no_such_entries`; `not_recorded`: no event was judged under that rulebook's id.
        DataError: it holds nothing: `nothing_read`.
        StorageError: the record is damaged, or the book lost a rulebook.
    """
    size = book.record.size
    if not size:
        raise DataError("nothing_read", "the book holds no judgement yet", where=str(book.path))
    end = size if end is None else min(end, size)
    if not 0 <= begin < end:
        raise UsageError(
            "no_such_entries",
            f"there are no entries from {begin} up to {end}",
            help=f"the record holds entries 0 to {size - 1}",
        )
    kept = {digest: book.kept_engine(digest) for digest in _digests(book, end)}
    engines = dict(kept)
    if rulebook is not None:
        engines = {
            digest: Engine(rulebook, engine.profile)
            for digest, engine in kept.items()
            if engine.rulebook.id == rulebook.id
        }
        if not engines:
            raise UsageError(
                "not_recorded",
                f"no event was judged under a rulebook `{rulebook.id}`",
                help=f"recorded: {', '.join(sorted({e.rulebook.id for e in kept.values()}))}",
            )
    found = _Found(book, begin, end, engines, substituted=rulebook is not None)
    judging = list({one.digest: one for one in engines.values()}.values())
    for step in judged_book(judging, book, found.digests, end):
        found.take(step)
        if on_entry is not None:
            on_entry()
    return found.replay()


class _Answer(msgspec.Struct, frozen=True, gc=False):
    rulebook: str
    digest: str
    as_of: str
    verdict: str


class _Said(msgspec.Struct, frozen=True, gc=False):
    rulings: list[_Answer]


_SAID = msgspec.json.Decoder(_Said).decode
_RULINGS = b'"rulings":['
_MOST_KEPT = 20_000
_kept: dict[bytes, list[_Answer]] = {}


def _answers(statement: bytes) -> list[_Answer]:
    """Return what an entry's statement says was ruled; most say one of a few things."""
    # Within a text these quotes would be escaped, so that this is where the field begins.
    tail = statement[statement.index(_RULINGS) :]
    found = _kept.get(tail)
    if found is None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        found = _kept[tail] = _SAID(statement).rulings
    return found


def _digests(book: Book, end: int) -> list[str]:
    """Return the digests of the rulebooks under which the first entries were judged."""
    found: dict[str, None] = {}
    for index, kind, statement in book.record.statements():
        if index >= end:
            break
        if kind == KIND:
            for one in _answers(statement):
                found[one.digest] = None
    return list(found)


class _Found:
    """Compares step by step and counts."""

    def __init__(
        self, book: Book, begin: int, end: int, engines: Mapping[str, Engine], *, substituted: bool
    ) -> None:
        self._clock = time.perf_counter()
        self._begin, self._end = begin, end
        self._engines = engines
        self._substituted = substituted
        self._gone = Gone(book)
        self._said: Sequence[_Answer] = ()
        self._events = self._equal = self._different = self._unclear = self._erased = 0
        self._rulebooks: dict[str, int] = {}
        self._by_rule: dict[str, int] = {}
        self._first: Difference | None = None
        self._examples: tuple[list[int], list[int], list[int]] = ([], [], [])

    def digests(self, entry: Entry) -> list[str]:
        """Return under which rulebooks an entry is judged again; none where it is not compared."""
        if entry.index < self._begin or entry.salt is None:
            return []
        self._said = [
            one for one in _answers(bytes(entry.envelope.statement)) if one.digest in self._engines
        ]
        return [self._engines[one.digest].digest for one in self._said]

    def take(self, step: Step) -> None:
        """Compare an entry's rulings."""
        entry = step.entry
        if step.recorded is None:
            self._gone.note(entry, step.event)
            if entry.index >= self._begin:
                self._erased += 1
                _name(self._examples[2], entry.index)
            return
        if entry.index < self._begin:
            return
        self._events += 1
        recorded = {one.ruling.rulebook.digest: one for one in step.recorded.ruled}
        for said, again in zip(self._said, step.ruled, strict=True):
            self._rulebooks[said.digest] = self._rulebooks.get(said.digest, 0) + 1
            self._compare(step, said, recorded[said.digest], again)

    def _compare(self, step: Step, said: _Answer, recorded: Ruled, again: Ruled) -> None:
        written = again.written
        if self._substituted:
            written = written.replace(again.ruling.rulebook.digest.encode(), said.digest.encode())
        stated = (recorded.ruling.as_of, recorded.ruling.verdict) == (said.as_of, said.verdict)
        if written == recorded.written and stated:
            self._equal += 1
            return
        found = list(differences(recorded.ruling, again.ruling))
        event, index = step.recorded.event, step.entry.index  # type: ignore[union-attr]
        if stated and self._gone.explains(self._engines[said.digest], event, index, found):
            self._unclear += 1
            _name(self._examples[1], index)
            return
        self._different += 1
        _name(self._examples[0], index)
        for rule in {one.rule for one in found if one.rule is not None}:
            self._by_rule[rule] = self._by_rule.get(rule, 0) + 1
        if self._first is None:
            told = ((one.rule, one.fact, one.recorded, one.again) for one in found)
            first = (
                (None, "statement", said.verdict, recorded.ruling.verdict) if not stated else None
            )
            spelt = (None, "bytes", len(recorded.written), len(written))
            self._first = Difference(
                index, event.source, event.id, said.rulebook, *(first or next(told, spelt))
            )

    def replay(self) -> Replay:
        """Return what was counted."""
        digests = {one.digest for one in self._engines.values()}
        return Replay(
            begin=self._begin,
            end=self._end,
            events=self._events,
            rulings=self._equal + self._different + self._unclear,
            equal=self._equal,
            different=self._different,
            unclear=self._unclear,
            erased=self._erased,
            rulebooks=self._rulebooks,
            by_rule=dict(sorted(self._by_rule.items())),
            first=self._first,
            examples=self._examples[0],
            unclear_examples=self._examples[1],
            erased_examples=self._examples[2],
            substituted=min(digests) if self._substituted else None,
            seconds=round(time.perf_counter() - self._clock, 3),
        )


def _name(examples: list[int], entry: int) -> None:
    if len(examples) < EXAMPLES:
        examples.append(entry)
