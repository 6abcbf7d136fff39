"""How results, progress and errors reach people and programs."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
import msgspec

from vermilion.errors import Error, UsageError

if TYPE_CHECKING:
    from vermilion.desk.book import Book

COUNTED_FROM = 1_000
"""Fewer steps than this are over before a person looks."""

COUNTED_BY = 100
"""Steps by which a progress bar moves."""


def fail(error: Error) -> NoReturn:
    """Say on stderr what is wrong and what to do, and exit with the error's code."""
    click.echo(f"error: {error}", err=True)
    if error.help:
        click.echo(f"  help: {error.help}", err=True)
    sys.exit(error.exit_code)


def print_json(value: Any) -> None:
    """Print one JSON object on stdout."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def write_page(path: Path, text: str) -> None:
    """Write a page to a file.

    Raises:
        UsageError: `output_unwritable`.
    """
    # Beside its place first, so that a full disk leaves what was there; devices have none.
    whole = path.exists() and not path.is_file()
    part = path if whole else path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        if not whole:
            part.replace(path.resolve())
    except OSError as error:
        if not whole:
            part.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            "output_unwritable", f"cannot be written: {reason}", where=str(path)
        ) from None


def moment(text: str) -> dt.datetime:
    """Read a moment with its offset.

    Raises:
        UsageError: `bad_time`.
    """
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError(
            "bad_time",
            f"`{text}` is not a moment with its offset",
            help="write it like 2026-11-22T14:00:00+08:00",
        )
    return found


@contextmanager
def existing_book(path: Path) -> Iterator[Book]:
    """Open a book that is there; none is made.

    Raises:
        UsageError: `not_a_book`.
        StorageError: as for `Book.open`.
    """
    from vermilion.desk.book import Book, require_book

    require_book(path)
    with Book.open(path) as book:
        yield book


@contextmanager
def telling(what: str, *, quiet: bool) -> Iterator[None]:
    """Say on stderr what is being done, where a person watches."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


@contextmanager
def counting(what: str, total: int, *, quiet: bool) -> Iterator[Callable[[], None] | None]:
    """Show a progress bar over so many steps on stderr, where a person watches."""
    if quiet or total < COUNTED_FROM or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        done = 0

        def advance() -> None:
            nonlocal done
            done += 1
            if done % COUNTED_BY == 0:
                bar.advance(task, COUNTED_BY)

        yield advance


@contextmanager
def progress(paths: list[Path], *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Show a progress bar over the bytes of files on stderr, where a person watches."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    total = sum(path.stat().st_size for path in paths if path.is_file())
    with Progress(
        TextColumn("checking"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("checking", total=total)

        def advance(count: int) -> None:
            bar.advance(task, count)

        yield advance
