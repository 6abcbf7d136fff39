"""`vermilion replay`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from vermilion.cli.output import counting, existing_book, print_json
from vermilion.desk.backtest.drafts import draft_rulebook
from vermilion.desk.replay import replay
from vermilion.pages.words import Language


@click.command("replay")
@click.argument("path", metavar="BOOK", type=click.Path(path_type=Path))
@click.option("--from", "begin", type=click.IntRange(0), default=0, help="First entry compared.")
@click.option("--to", "end", type=click.IntRange(1), help="The entry before which to stop.")
@click.option(
    "--rulebook",
    help="Judge under this rulebook or overlay, by name or folder, in place of those recorded.",
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    path: Path,
    begin: int,
    end: int | None,
    rulebook: str | None,
    lang: Language,
    *,
    as_json: bool,
) -> None:
    """Judge what BOOK recorded once more, as it was known then, and compare byte for byte.

    Exits 1 if a decision comes out otherwise. What was erased is told, and is no difference.
    """
    with existing_book(path) as book:
        draft = None if rulebook is None else draft_rulebook(rulebook, path)
        total = book.record.size if end is None else min(end, book.record.size)
        with counting("replaying", total, quiet=as_json) as advance:
            found = replay(book, begin, end, rulebook=draft, on_entry=advance)
    if as_json:
        print_json(found)
    else:
        from rich.console import Console

        from vermilion.pages.backtest_replay import print_replay

        print_replay(found, Console(highlight=False), lang)
    if found.different:
        sys.exit(1)
