"""`vermilion reconcile`."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from vermilion.cli.output import counting, existing_book, print_json, write_page
from vermilion.desk.loop.reconcile import Reconciliation, reconcile
from vermilion.pages.words import Language


@click.command("reconcile")
@click.option("--book", required=True, type=click.Path(path_type=Path), help="The book's folder.")
@click.option("--at", type=str, help="The moment at which permits are open; now if left out.")
@click.option("--report", type=click.Path(path_type=Path), help="Write an HTML report here.")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="en",
    show_default=True,
    help="Language of table and report.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
@click.option(
    "--fail-on",
    type=click.Choice(["unexplained"]),
    help="Exit 1 if something settled that no permit explains.",
)
def command(
    book: Path,
    at: str | None,
    report: Path | None,
    lang: Language,
    as_json: bool,
    fail_on: str | None,
) -> None:
    """Hold what settled against what was permitted, per source and day.

    What a source settled before its first proposal of that type of event, and what a source that
    never proposed imports, needs no permit and counts as imported.
    """
    found = _reconciled(book, at, quiet=as_json)
    if report is not None:
        from vermilion.pages.reconcile import render_reconciliation

        write_page(report, render_reconciliation(found, language=lang))
    if as_json:
        print_json(found)
    else:
        from rich.console import Console

        from vermilion.pages.reconcile_table import print_reconciliation

        print_reconciliation(found, Console(highlight=False), language=lang)
        if report is not None:
            click.echo(f"report: {report}")
    if fail_on and (found.total.unexplained or found.gaps):
        sys.exit(1)


def _reconciled(path: Path, at: str | None, *, quiet: bool) -> Reconciliation:
    from vermilion.cli.output import moment

    now = dt.datetime.now(dt.UTC) if at is None else moment(at)
    with existing_book(path) as book:
        total = book.record.size
        with counting("reconciling", total, quiet=quiet) as advance:
            return reconcile(
                book.record.statements(),
                book=str(path),
                origin=book.keys.origin,
                at=now,
                terms=book.configuration.permits,
                rows=book.loop.rows,
                on_entry=advance,
            )
