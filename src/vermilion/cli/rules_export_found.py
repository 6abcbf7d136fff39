"""Count what each rule came to in a book's record or a file of decisions, without any person's data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from vermilion.cli.output import counting
from vermilion.desk.decision import Found as Outcome
from vermilion.desk.decision import RulebookRef
from vermilion.errors import DataError
from vermilion.rulebook.oscal_results import MOST_EVIDENCE, Found, Seen

if TYPE_CHECKING:
    from vermilion.desk.book import Book


class _Outcome(msgspec.Struct, frozen=True):
    id: str
    outcome: Outcome


class _Ruled(msgspec.Struct, frozen=True):
    """What is read of a ruling or a decision; its facts are not."""

    as_of: dt.date
    rulebook: RulebookRef
    passed: list[str]
    rules: list[_Outcome]


_DECODE = msgspec.json.Decoder(_Ruled).decode


class _Tally:
    def __init__(self) -> None:
        self.judged = 0
        self.days: set[dt.date] = set()
        self.digests: dict[str, None] = {}
        self.passed: dict[str, int] = {}
        self.places: dict[tuple[str, str], list[int]] = {}
        self.counts: dict[tuple[str, str], int] = {}

    def add(self, ruled: _Ruled, place: int) -> None:
        self.judged += 1
        self.days.add(ruled.as_of)
        self.digests[ruled.rulebook.digest] = None
        for key in ruled.passed:
            id = key.partition("@")[0]
            self.passed[id] = self.passed.get(id, 0) + 1
        for one in ruled.rules:
            of = one.id, one.outcome
            self.counts[of] = self.counts.get(of, 0) + 1
            places = self.places.setdefault(of, [])
            if len(places) < MOST_EVIDENCE:
                places.append(place)

    def found(self, of: str, name: str, erased: int) -> Found:
        ids = sorted({*self.passed, *(id for id, _ in self.counts)})
        return Found(
            of=of,
            name=name,
            first=min(self.days),
            last=max(self.days),
            judged=self.judged,
            erased=erased,
            digests=list(self.digests),
            rules={id: self._seen(id) for id in ids},
        )

    def _seen(self, id: str) -> Seen:
        hit, missing = (id, "hit"), (id, "missing")
        return Seen(
            passed=self.passed.get(id, 0),
            hit=self.counts.get(hit, 0),
            missing=self.counts.get(missing, 0),
            hits=self.places.get(hit, []),
            lacks=self.places.get(missing, []),
        )


def of_book(book: Book, rulebooks: Sequence[str]) -> Mapping[str, Found]:
    """Return what a book's record holds of each rulebook; those that never judged are left out.

    Raises:
        StorageError: the record is damaged.
    """
    from vermilion.desk.sealing import KIND, opened

    tallies = {id: _Tally() for id in rulebooks}
    erased = 0
    with counting("reading", book.record.size, quiet=False) as advance:
        for entry in book.record.entries():
            if advance is not None:
                advance()
            if entry.envelope.kind != KIND:
                continue
            judged = opened(entry)
            if judged is None:
                erased += 1
                continue
            _take(tallies, (_DECODE(ruled.written) for ruled in judged.ruled), entry.envelope.index)
    name = f"the record {book.keys.origin}"
    return {id: one.found("entry", name, erased) for id, one in tallies.items() if one.judged}


def of_decisions(path: Path, rulebooks: Sequence[str]) -> Mapping[str, Found]:
    """Return what a file of decisions, one a line, holds of each rulebook.

    Raises:
        DataError: `not_decisions`: a line is no decision; `no_decisions`: none is of these rulebooks.
    """
    tallies = {id: _Tally() for id in rulebooks}
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                _take(tallies, [_DECODE(line)], number)
            except msgspec.MsgspecError:
                raise DataError(
                    "not_decisions",
                    "this line is no decision",
                    help="give what `vermilion check --out` wrote",
                    where=f"{path}:{number}",
                ) from None
    if not any(one.judged for one in tallies.values()):
        raise DataError(
            "no_decisions",
            f"there is no decision under {', '.join(rulebooks)}",
            help="name the rulebooks that judged",
            where=str(path),
        )
    return {id: one.found("line", path.name, 0) for id, one in tallies.items() if one.judged}


def _take(tallies: Mapping[str, _Tally], rulings: Iterable[_Ruled], place: int) -> None:
    for ruled in rulings:
        if ruled.rulebook.id in tallies:
            tallies[ruled.rulebook.id].add(ruled, place)
