"""`vermilion backtest`."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from vermilion.cli.output import counting, existing_book, print_json, progress, write_page
from vermilion.desk.backtest.drafts import (
    base_rulebook,
    draft_rulebook,
    engine_in_force,
    with_shadow_live,
)
from vermilion.desk.backtest.labels import Labels, ResolutionLabels, TruthLabels
from vermilion.desk.backtest.load import MINUTES
from vermilion.desk.backtest.model import Backtest
from vermilion.desk.backtest.run import Trial, backtest_book, backtest_facts, backtest_files
from vermilion.errors import UsageError
from vermilion.intake import load_mapping
from vermilion.pages.words import Language
from vermilion.rulebook import Configuration, Engine

if TYPE_CHECKING:
    from vermilion.desk.book import Book


@click.command("backtest")
@click.argument("events", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--against", help="The draft: a rulebook by name or folder, or an overlay's folder.")
@click.option(
    "--rulebook",
    "base",
    help="What the draft is held against. Default: what the book has in force, or what is shipped.",
)
@click.option(
    "--shadow", is_flag=True, help="Take rules in shadow as if they counted; needs no --against."
)
@click.option("--mapping", type=click.Path(path_type=Path), help="As for check.")
@click.option(
    "--book",
    type=click.Path(path_type=Path),
    help="With files: a book whose operator, overlay and standing facts count. It is only read.",
)
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    help="The truth.ndjson beside a simulated market, for precision and recall.",
)
@click.option("--rules", help="Tell of these rules only; ids with commas between.")
@click.option(
    "--minutes",
    type=click.IntRange(1, 10_000),
    default=MINUTES,
    show_default=True,
    help="What a case takes a person. Policy.",
)
@click.option("--report", type=click.Path(path_type=Path), help="Write an HTML report here.")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="en",
    show_default=True,
    help="Language of summary and report.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@click.option("--fail-on", type=click.Choice(["change"]), help="Exit 1 if a verdict changes.")
def command(
    events: tuple[Path, ...],
    against: str | None,
    base: str | None,
    shadow: bool,
    mapping: Path | None,
    book: Path | None,
    truth: Path | None,
    rules: str | None,
    minutes: int,
    report: Path | None,
    lang: Language,
    as_json: bool,
    fail_on: str | None,
) -> None:
    """Tell what a draft rulebook would change about EVENTS.

    EVENTS are files as check takes them, a book, whose record is judged again as it was known then,
    or a folder of fact tables. Both rulebooks judge every event; nothing is sealed or put in force.
    """
    if against is None and not shadow:
        raise UsageError(
            "no_draft", "there is no draft to hold against", help="name one with --against"
        )
    own = events[0] if len(events) == 1 and (events[0] / "book.yaml").is_file() else None
    with ExitStack() as stack:
        place = own or book
        opened = None if place is None else stack.enter_context(existing_book(place))
        engines = _engines(against, base, opened, shadow=shadow)
        labels: list[Labels] = [] if truth is None else [TruthLabels(truth)]
        if opened is not None:
            resolved = ResolutionLabels(opened, engines[0].rulebook.id)
            labels += [resolved] if resolved.any else []
        trial = Trial(*engines, labels=labels, minutes=minutes, shadow=shadow)
        if own is not None and opened is not None:
            with counting("backtesting", opened.record.size, quiet=as_json) as advance:
                found = backtest_book(trial, opened, advance)
        elif len(events) == 1 and events[0].is_dir():
            found = _facts(trial, events[0], quiet=as_json)
        else:
            read = None if mapping is None else load_mapping(mapping)
            with progress(list(events), quiet=as_json) as on_bytes:
                found = backtest_files(trial, events, mapping=read, book=opened, on_bytes=on_bytes)
    if rules is not None:
        found = _only(found, rules.split(","))
    _show(found, lang, report, as_json=as_json)
    if fail_on and found.changed:
        sys.exit(1)


def _engines(
    against: str | None, base: str | None, book: Book | None, *, shadow: bool
) -> tuple[Engine, Engine]:
    """Return base and draft, ready to judge for the book's operator."""
    path = None if book is None else book.path
    profile = Configuration().profile if book is None else book.profile
    draft = None if against is None else Engine(draft_rulebook(against, path), profile)
    standing: Engine | None = None
    if book is not None and base is None:
        ids = [one.rulebook.id for one in book.active_engines()]
        if draft is not None:
            standing = engine_in_force(book, draft.rulebook.id)
        elif len(ids) == 1:
            standing = engine_in_force(book, ids[0])
    if standing is None:
        if draft is None and base is None:
            raise UsageError(
                "no_base",
                "it is not clear whose rules in shadow are meant",
                help="name the rulebook with --rulebook",
            )
        known = None if draft is None else draft.rulebook
        standing = Engine(base_rulebook(known, base, path), profile)
    draft = draft or standing
    return standing, with_shadow_live(draft) if shadow else draft


def _facts(trial: Trial, folder: Path, *, quiet: bool) -> Backtest:
    """Compare over fact tables; labels are about events, which these are not.

    Raises:
        UsageError: `labels_need_events`.
    """
    from vermilion.desk.bulk import compare, read_manifest

    if any(isinstance(one, TruthLabels) for one in trial.labels):
        raise UsageError(
            "labels_need_events",
            "precision and recall are told of events, not of fact tables",
            help="name the file of events, or leave --truth out",
        )
    shown = None if quiet or not sys.stderr.isatty() else _say
    trial = dataclasses.replace(trial, labels=())
    begun = time.perf_counter()
    compared = compare(folder, trial.base, trial.draft, progress=shown)
    seconds = time.perf_counter() - begun
    made = read_manifest(folder)
    return backtest_facts(trial, compared, (made.duplicate, made.rejected), seconds)


def _say(word: str) -> None:
    click.echo(word, err=True)


def _only(found: Backtest, rules: Sequence[str]) -> Backtest:
    """Return a backtest without what it says of other rules."""
    known = {one.rule for one in found.rules}
    for rule in rules:
        if rule not in known:
            raise UsageError(
                "rule_unknown", f"neither rulebook has a rule `{rule}`", help="see `rules list`"
            )
    compared = found.comparison
    changes = [one for one in compared.changes if one.rule in rules]
    return msgspec.structs.replace(
        found,
        comparison=msgspec.structs.replace(compared, changes=changes),
        rules=[one for one in found.rules if one.rule in rules],
        scores=[one for one in found.scores if one.rule in rules],
    )


def _show(found: Backtest, language: Language, report: Path | None, *, as_json: bool) -> None:
    if report is not None:
        from vermilion.pages.backtest import render_backtest

        write_page(report, render_backtest(found, language=language))
    if as_json:
        print_json(found)
        return
    from rich.console import Console

    from vermilion.pages.backtest_table import print_backtest

    print_backtest(found, Console(highlight=False), language=language)
    if report is not None:
        click.echo(f"report: {report}")
