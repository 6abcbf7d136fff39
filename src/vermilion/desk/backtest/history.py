"""Judge a whole history, of files or of a book's record, and clean up afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from vermilion.desk.backtest.course import GROUP, Files, Judged, Recorded, Step, Turned
from vermilion.desk.book import Book
from vermilion.desk.check import by_time, rarely_collecting
from vermilion.intake import Mapping, Received, Reject, read_events
from vermilion.record import Entry
from vermilion.rulebook import Engine


def judged_files(
    engines: Sequence[Engine],
    files: Sequence[Path],
    *,
    mapping: Mapping | None = None,
    book: Book | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> Iterator[Judged | Turned | Reject]:
    """Yield the events of files, each judged by every rulebook as `check` would.

    What is needed of the past lies encrypted in a folder that is deleted in the end.

    Args:
        engines: judge in this order.
        files: as for `check`; several are one history in order of time.
        mapping: for foreign tables.
        book: one whose standing facts are known too; it is only read.
        on_bytes: is told how many bytes were read since the last call.

    Raises:
        DataError: a file is absent.
    """
    if book is not None:
        book.state.flush()
    streams = [read_events(path, mapping, on_bytes=on_bytes) for path in files]
    with ExitStack() as stack:
        stack.enter_context(rarely_collecting())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vermilion-")))
        scratch = stack.enter_context(Book.open(folder / "book"))
        course = Files(scratch, engines, base=book)
        for group in _groups(streams[0] if len(streams) == 1 else by_time(streams)):
            yield from (one for one in group if isinstance(one, Reject))
            yield from course.judge([one for one in group if isinstance(one, Received)])


def judged_book(
    engines: Sequence[Engine], book: Book, digests: Callable[[Entry], Sequence[str]], end: int
) -> Iterator[Step]:
    """Yield the judgements of a book's record, judged again as it was known then.

    Args:
        engines: those that may judge.
        book: is only read.
        digests: says which of them judge an entry, in order.
        end: how many entries of the record.

    Raises:
        StorageError: the record is damaged.
    """
    book.state.flush()
    with ExitStack() as stack:
        stack.enter_context(rarely_collecting())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vermilion-")))
        course = Recorded(book, engines, folder)
        stack.callback(course.close)
        yield from course.steps(digests, end)


def _groups(items: Iterable[Received | Reject]) -> Iterator[list[Received | Reject]]:
    group: list[Received | Reject] = []
    for item in items:
        group.append(item)
        if len(group) >= GROUP:
            yield group
            group = []
    if group:
        yield group
