"""`vermilion rules coverage`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vermilion.cli.output import counting, existing_book, print_json, progress, telling
from vermilion.desk.backtest.coverage import coverage
from vermilion.desk.backtest.drafts import draft_rulebook
from vermilion.desk.backtest.model import EventName
from vermilion.intake import Mapping, load_mapping
from vermilion.pages.words import Language
from vermilion.rulebook import Configuration, Engine

if TYPE_CHECKING:
    from vermilion.desk.book import Book
    from vermilion.desk.decision import Ruling


@click.command("coverage")
@click.argument("rulebook")
@click.argument("events", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--book",
    type=click.Path(path_type=Path),
    help="A book: its record is the history where no EVENTS are named.",
)
@click.option("--mapping", type=click.Path(path_type=Path), help="As for check.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def coverage_(
    rulebook: str,
    events: tuple[Path, ...],
    book: Path | None,
    mapping: Path | None,
    lang: Language,
    *,
    as_json: bool,
) -> None:
    """Tell which outcomes of each rule its cases reach, and which a history reached."""
    with ExitStack() as stack:
        opened = None if book is None else stack.enter_context(existing_book(book))
        profile = Configuration().profile if opened is None else opened.profile
        with telling("reading the rulebook", quiet=as_json):
            engine = Engine(draft_rulebook(rulebook, book), profile)
        if events:
            read = None if mapping is None else load_mapping(mapping)
            on_bytes = stack.enter_context(progress(list(events), quiet=as_json))
            history = _of_files(engine, events, read, opened, on_bytes)
        elif opened is not None:
            size = opened.record.size
            advance = stack.enter_context(counting("judging", size, quiet=as_json))
            history = _of_book(engine, opened, advance)
        else:
            history = None
            stack.enter_context(telling("running cases", quiet=as_json))
        found = coverage(engine, history)
    if as_json:
        print_json(found)
        return
    from rich.console import Console

    from vermilion.pages.backtest_coverage import print_coverage

    print_coverage(found, Console(highlight=False), lang)


def _of_files(
    engine: Engine,
    files: tuple[Path, ...],
    mapping: Mapping | None,
    book: Book | None,
    on_bytes: Callable[[int], None] | None,
) -> Iterator[tuple[EventName, Ruling]]:
    from vermilion.desk.backtest.course import Judged
    from vermilion.desk.backtest.history import judged_files

    for one in judged_files([engine], files, mapping=mapping, book=book, on_bytes=on_bytes):
        if isinstance(one, Judged):
            yield EventName(one.event.source, one.event.id), one.ruled[0].ruling


def _of_book(
    engine: Engine, book: Book, advance: Callable[[], None] | None
) -> Iterator[tuple[EventName, Ruling]]:
    from vermilion.desk.backtest.history import judged_book

    digests = [engine.digest]
    for step in judged_book([engine], book, lambda _: digests, book.record.size):
        if advance is not None:
            advance()
        if step.event is not None:
            yield EventName(step.event.source, step.event.id), step.ruled[0].ruling
