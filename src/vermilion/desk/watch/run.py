"""Watch a market: read its history, run the detectors, say what they found, publish it in a book.

1. Files and the book's record become canonical tables.
2. Detectors run over them; of a book only over what was touched since the last time.
3. Findings, their rows and the flagged trades are written where that is asked.
4. In a book, findings become events that its rulebooks judge, and price bands standing facts.
"""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import msgspec

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk
from vermilion.desk.watch.clauses import clauses_on
from vermilion.desk.watch.preview import Preview, preview
from vermilion.desk.watch.publish import Published, Run, publish
from vermilion.desk.watch.publish_bands import PublishedBands, publish_bands
from vermilion.desk.watch.reading import History, HistoryRequest, read_history
from vermilion.desk.watch.report import Ran, report_of, write_report
from vermilion.desk.watch.results import Results
from vermilion.desk.watch.state import Market
from vermilion.errors import UsageError
from vermilion.facts.events import FindingPattern
from vermilion.intake import Mapping
from vermilion.market.declaration import Detector
from vermilion.market.entities import Joined
from vermilion.market.report import FOLDER, WatchReport
from vermilion.rulebook import Engine
from vermilion.sql import SqlEngine

Told = Callable[[str], None]


@dataclass(frozen=True)
class WatchRequest:
    """What to watch, with what, and where to put what is found.

    `engine` makes the SQL engine, and `engine_name` names it in the report. With a `book` its record
    is part of the history, and what is found is published in it. `rulebooks` are those whose clauses
    the report names.
    """

    detectors: Sequence[Detector]
    engine: Callable[[], SqlEngine]
    engine_name: str
    files: Sequence[Path] = ()
    mapping: Mapping | None = None
    book: Book | None = None
    accounts: Path | None = None
    chain: int = 1
    rulebooks: Sequence[Engine] = ()
    findings: Path | None = None
    flags: Path | None = None
    faults: Path | None = None
    rejects: Path | None = None
    told: Told = field(default=lambda _: None, compare=False)
    on_bytes: Callable[[int], None] | None = field(default=None, compare=False)


class Watched(msgspec.Struct, frozen=True):
    """What one run came to; `published` and `bands` where it published in a book.

    `found` and `flagged` are, by detector, the number of findings and of distinct sales in them;
    `joined` says how many parties were taken as one.
    """

    report: WatchReport
    quality: dict[str, int]
    found: dict[str, int]
    flagged: dict[str, int]
    joined: Joined
    rejected: int
    published: Published | None = None
    bands: PublishedBands | None = None


def watch(request: WatchRequest) -> Watched:
    """Find what is in a market's history.

    Raises:
        DataError: a file is absent or is none that can be read.
        UsageError: an output cannot be written.
        StorageError: memory or room for temporary files runs out, or the book cannot be written.
    """
    begun = time.perf_counter()
    started = dt.datetime.now(dt.UTC)
    with _folder(request) as folder:
        market = Market(folder)
        with request.engine() as sql:  # first, so that one which is not there is told at once
            history = _read(request, folder)
            update = market.update(sql, history.paths(), request.detectors, request.told)
        for old in [*folder.glob("history-*"), *folder.glob("batch-*")]:
            if old != Path(history.folder):
                shutil.rmtree(old)
        if market.results is None:  # pragma: no cover - an update leaves results
            raise RuntimeError("nothing was computed")
        with Results(market.results) as results:
            took = time.perf_counter() - begun
            rows = None if request.findings is None else evidence_beside(request.findings)
            clauses = clauses_on(_patterns(request.detectors), request.rulebooks, started)
            ran = Ran(
                started,
                took,
                request.engine_name,
                request.findings,
                rows,
                update.timings,
                clauses,
            )
            found = Watched(
                report_of(results, history, request.detectors, ran),
                {**dict.fromkeys(QUALITY, 0), **results.quality()},
                _of_all(request.detectors, results.found()),
                _of_all(request.detectors, results.flagged()),
                results.joined,
                history.rejected,
            )
            _write(request, results, market.results, history)
            if request.book is not None:
                write_report(folder, found.report)
            if request.book is None:
                return found
            return _publish(request, request.book, results, found)


def would_find(request: WatchRequest, declared: Sequence[Detector]) -> list[Preview]:
    """Tell what the request's detectors would find that they do not find as declared.

    Raises:
        DataError: as for `watch`.
        StorageError: as for `watch`.
    """
    with TemporaryDirectory(prefix="vermilion-") as name, request.engine() as sql:
        history = _read(request, Path(name))
        return preview(sql, history.paths(), declared, request.detectors, request.told)


QUALITY = ("duplicates", "broken_chains", "unknown_parties", "missing_prices")
"""Faults of the data that are counted."""


@contextmanager
def _folder(request: WatchRequest) -> Iterator[Path]:
    """Give the book's own folder, or one that is deleted."""
    if request.book is not None:
        yield request.book.path / FOLDER
        return
    with TemporaryDirectory(prefix="vermilion-") as name:
        yield Path(name)


def _read(request: WatchRequest, folder: Path) -> History:
    """Read what is new into a folder of its own, after what was read before."""
    request.told("reading")
    numbers = sorted(int(old.name.removeprefix("history-")) for old in folder.glob("history-*"))
    earlier = next(
        (place for number in reversed(numbers) if _whole(place := folder / f"history-{number}")),
        None,
    )
    return read_history(
        HistoryRequest(
            folder=folder / f"history-{max(numbers, default=0) + 1}",
            files=request.files,
            mapping=request.mapping,
            book=request.book,
            accounts=request.accounts,
            earlier=earlier,
            chain=request.chain,
            on_bytes=request.on_bytes,
        )
    )


def _whole(folder: Path) -> bool:
    return (folder / "reading.json").is_file()


def _patterns(detectors: Sequence[Detector]) -> list[FindingPattern]:
    return [one.declaration.pattern for one in detectors]


def _of_all(detectors: Sequence[Detector], counts: dict[str, int]) -> dict[str, int]:
    return {one.name: counts.get(one.name, 0) for one in detectors}


def _write(request: WatchRequest, results: Results, folder: Path, history: History) -> None:
    """Copy what was asked for, each file whole or not at all."""

    def copied(name: str) -> Callable[[Path], object]:
        return lambda path: shutil.copyfile(folder / f"{name}.parquet", path)

    if request.findings is not None:
        if rows := evidence_beside(request.findings):
            _whole_file(rows, copied("evidence"))
        _whole_file(request.findings, copied("findings"))
    if request.faults is not None:
        _whole_file(request.faults, copied("faults"))
    if request.flags is not None:
        _whole_file(request.flags, results.write_flags)
    if request.rejects is not None:
        lines = b"" if history.rejects is None else history.rejects.read_bytes()
        _whole_file(request.rejects, lambda path: path.write_bytes(lines))


def _whole_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let a file be written beside its place, and put it there when it is whole.

    What goes to a device or a pipe is made whole elsewhere first, as Parquet cannot be.
    """
    if _streams(path):
        with TemporaryDirectory(prefix="vermilion-") as folder:
            _poured(write, Path(folder) / "part", path)
        return
    part = path.with_name(f".{path.name}.part")
    try:
        write(part)
        part.replace(path.resolve())
    except (OSError, duckdb.Error) as error:
        part.unlink(missing_ok=True)
        raise _unwritable(error, path) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _poured(write: Callable[[Path], object], part: Path, path: Path) -> None:
    """Write to a part, and its bytes to a device or a pipe."""
    try:
        write(part)
        with part.open("rb") as made, path.open("wb") as stream:
            shutil.copyfileobj(made, stream)
    except (OSError, duckdb.Error) as error:
        raise _unwritable(error, path) from None


def _unwritable(error: Exception, path: Path) -> UsageError:
    reason = (getattr(error, "strerror", None) or str(error).splitlines()[0]).lower()
    return UsageError("output_unwritable", f"cannot be written: {reason}", where=str(path))


def _streams(path: Path) -> bool:
    """Say whether a path is a device or a pipe, such as /dev/null."""
    return path.exists() and not path.is_file()


def evidence_beside(findings: Path) -> Path | None:
    """Return where the rows of findings lie: `F.evidence.parquet` beside `F.parquet`.

    None for a device or a pipe, which nothing lies beside.
    """
    if _streams(findings):
        return None
    return findings.with_name(findings.stem + ".evidence.parquet")


def _publish(request: WatchRequest, book: Book, results: Results, found: Watched) -> Watched:
    request.told("publishing")
    now = dt.datetime.now(dt.UTC)
    desk = Desk(book, book.active_engines())
    span = results.span()
    run = Run(
        {one.name: one.parameters for one in request.detectors},
        frozenset(results.sources()),
        *(span or (0, 0)),
    )
    published = publish(desk, results.every, run, now)
    bands = publish_bands(desk, results.bands(), now)
    return msgspec.structs.replace(found, published=published, bands=bands)
