"""Surveillance over a book that is served: the desk writes down what settles, another process judges it.

1. The desk writes settled events, some entries at a time, as batches of canonical rows.
2. A process of its own (`python -m vermilion.desk.watch.feed FOLDER`) joins them to the history, runs
   the detectors over what they touch, and writes results and a summary, each whole or not at all.
3. The desk publishes what was found.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.sealing import KIND, remaining_event
from vermilion.desk.watch.mapped_sql import EVENT_BITS
from vermilion.desk.watch.publish_events import SOURCE
from vermilion.desk.watch.reading import History, HistoryRequest, earlier_history, read_history
from vermilion.desk.watch.reading_events import READ_TYPES, EventRows
from vermilion.desk.watch.reading_staged import Staged
from vermilion.desk.watch.report import Ran, report_of, write_report
from vermilion.desk.watch.results import Results
from vermilion.desk.watch.state import Market
from vermilion.market.declaration import chosen
from vermilion.market.report import Clause, WatchReport
from vermilion.record import Entry
from vermilion.sql import DuckDb

CLAUSES = "clauses.json"
"""What rules say of patterns, as the desk wrote it down for the next run."""

_BATCH = "batch.json"
_ENCODE = msgspec.json.Encoder().encode


class Batch(msgspec.Struct, frozen=True):
    """What a batch of the record holds: the entry that the next one begins with, and how much."""

    position: int
    events: int
    erased: int
    other: int


class _Named(msgspec.Struct, frozen=True):
    type: str
    stage: str
    source: str


class _Said(msgspec.Struct, frozen=True):
    event: _Named


_SAID = msgspec.json.Decoder(_Said).decode


class Taking:
    """Writes what settled since the last batch into a batch of its own, a slice at a time.

    Args:
        folder: the market's.
        book: open; the slices are taken by whoever owns it.
        begin: the entry to begin with, where nothing before it is lacking; None asks the folder.
    """

    def __init__(self, folder: Path, book: Book, begin: int | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._begin = position(folder) if begin is None else begin
        self._size = book.record.size
        self._entries = book.record.entries(self._begin)
        self._part = Path(tempfile.mkdtemp(prefix="taking-", dir=folder))
        self._staged = Staged(self._part, f"events-book{self._begin:012}")
        self._rows = EventRows(self._staged)
        self._at = self._begin
        self._events = self._erased = 0

    def take(self, most: int) -> bool:
        """Take over so many entries at most; return whether there are more.

        Raises:
            StorageError: the record is damaged.
        """
        for entry in islice(self._entries, min(most, self._size - self._at)):
            self._at = entry.index + 1
            self._take(entry)
        return self._at < self._size

    def _take(self, entry: Entry) -> None:
        if entry.envelope.kind != KIND:
            return
        named = _SAID(bytes(entry.envelope.statement)).event
        # What surveillance said itself is no trade.
        if named.type not in READ_TYPES or named.stage == "proposed" or named.source == SOURCE:
            return
        event = remaining_event(entry)
        self._events += 1
        if event is None:
            self._erased += 1
        else:
            self._rows.take(event, entry.index << EVENT_BITS)

    @property
    def ends(self) -> int:
        """Return the entry that the next batch begins with."""
        return self._at

    def close(self) -> bool:
        """Finish the batch; return whether it holds anything. One that does not is dropped."""
        self._staged.close()
        whole = self._events > 0 and self._at >= self._size
        if not whole:
            shutil.rmtree(self._part, ignore_errors=True)
            return False
        batch = Batch(self._size, self._events, self._erased, self._rows.other)
        (self._part / _BATCH).write_bytes(_ENCODE(batch))
        self._part.rename(self._folder / f"batch-{self._begin:012}")
        return True


def position(folder: Path) -> int:
    """Return the entry with which the next batch begins."""
    batches = _batches(folder)
    if batches:
        return _batch(batches[-1]).position
    last = _last(folder)
    return 0 if last is None else earlier_history(last).position or 0


def waiting(folder: Path) -> bool:
    """Tell whether there is a batch that no run took in yet."""
    return bool(_batches(folder))


def write_clauses(folder: Path, clauses: list[Clause]) -> None:
    """Write down what rules say of patterns, for the next run."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _replace(folder / CLAUSES, _ENCODE(clauses))


def run(folder: Path, memory: str) -> WatchReport:
    """Join the batches to the history, run the detectors, and write results and summary.

    Args:
        folder: the market's.
        memory: what DuckDB may take.

    Raises:
        StorageError: memory or room for temporary files runs out, or the folder cannot be written.
    """
    started, begun = dt.datetime.now(dt.UTC), time.perf_counter()
    history = _joined(folder)
    detectors = chosen(None)
    market = Market(folder)
    with DuckDb(memory) as sql:
        update = market.update(sql, history.paths(), detectors)
    _tidy(folder, Path(history.folder))
    clauses: list[Clause] = []
    if (folder / CLAUSES).is_file():
        clauses = msgspec.json.decode((folder / CLAUSES).read_bytes(), type=list[Clause])
    if market.results is None:  # pragma: no cover - an update leaves results
        raise RuntimeError("nothing was computed")
    with Results(market.results) as results:
        took = time.perf_counter() - begun
        ran = Ran(started, took, "duckdb", None, None, update.timings, clauses)
        report = report_of(results, history, detectors, ran)
    write_report(folder, report)
    return report


def _joined(folder: Path) -> History:
    """Return the history with all batches in it; they are worked in as a later read of the book is."""
    last, batches = _last(folder), _batches(folder)
    if last is not None and not batches:
        return earlier_history(last)
    number = 1 if last is None else int(last.name.removeprefix("history-")) + 1
    with tempfile.TemporaryDirectory(prefix="joining-", dir=folder) as name:
        place = Path(name)
        for source in [*([] if last is None else [last]), *batches]:
            for file in source.glob("*-*.parquet"):
                _link(file, place / file.name)
        before = _nothing(place) if last is None else earlier_history(last)
        ends = _batch(batches[-1]).position if batches else before.position
        told = msgspec.structs.replace(before, position=ends, folder=str(place))
        (place / "reading.json").write_bytes(_ENCODE(told))
        return read_history(HistoryRequest(folder=folder / f"history-{number}", earlier=place))


def _nothing(folder: Path) -> History:
    return History(
        folder=str(folder),
        tables={},
        counts={},
        files=[],
        rejected=0,
        other=0,
        erased=0,
        as_of_ms=None,
        position=None,
        next_file=1,
    )


def _tidy(folder: Path, kept: Path) -> None:
    """Remove histories that a later one holds, and batches that it took in."""
    for old in [*folder.glob("history-*"), *_batches(folder)]:
        if old != kept:
            shutil.rmtree(old, ignore_errors=True)


def _batches(folder: Path) -> list[Path]:
    return sorted(one for one in folder.glob("batch-*") if (one / _BATCH).is_file())


def _batch(folder: Path) -> Batch:
    return msgspec.json.decode((folder / _BATCH).read_bytes(), type=Batch)


def _last(folder: Path) -> Path | None:
    """Return the newest history that is whole."""
    whole = (one for one in folder.glob("history-*") if (one / "reading.json").is_file())
    return max(whole, key=lambda one: int(one.name.removeprefix("history-")), default=None)


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def _replace(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def _leftovers(folder: Path) -> Iterator[Path]:
    """Yield what a run that was killed left behind; nobody else writes while this one runs."""
    for begins in ("joining-", ".history-"):
        yield from folder.glob(f"{begins}*")


def main(arguments: list[str]) -> int:
    """Run once over a market's folder, with so many megabytes for queries; say nothing."""
    folder, memory = Path(arguments[0]), arguments[1]
    # Those who wait for an answer of the desk go before, where the system lets them.
    with contextlib.suppress(PermissionError):
        os.nice(10)
    for left in _leftovers(folder):
        shutil.rmtree(left, ignore_errors=True)
    run(folder, f"{int(memory)}MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
