"""`vermilion demo`."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from vermilion.cli.check import show
from vermilion.cli.output import progress
from vermilion.desk.check import CheckRequest, check
from vermilion.pages.words import Language
from vermilion.rulebook import find_rulebook, load_rulebook
from vermilion.simulate import SAMPLE, write_events

DAY = msgspec.structs.replace(SAMPLE, days=1)
"""One day of the sample market."""


@click.command("demo")
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default="vermilion-demo"
)
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="en",
    show_default=True,
    help="Language of summary and report.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary."
)
def command(folder: Path, lang: Language, *, as_json: bool) -> None:
    """Check a made-up market of a day and write a report.

    Leaves in FOLDER: the events, every decision, the report in both languages, and the book with
    its record. The same seed makes the same market each time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    events = folder / "events.ndjson"
    write_events(events, DAY)
    request = CheckRequest(
        files=[events],
        rulebooks=[load_rulebook(find_rulebook("cn"))],
        book=folder / "book",
        out=folder / "decisions.ndjson",
        rejects=folder / "rejects.ndjson",
    )
    with progress([events], quiet=as_json) as on_bytes:
        summary = check(request, on_bytes)
    show(summary, lang, folder / "report.html", as_json=as_json)
    if not as_json:
        click.echo(f"verify: vermilion record verify --book {folder / 'book'}")
