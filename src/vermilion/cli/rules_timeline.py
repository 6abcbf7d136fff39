"""`vermilion rules timeline`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from vermilion.cli.output import print_json, telling, write_page
from vermilion.desk.activation import rulebooks_of
from vermilion.pages.words import Language
from vermilion.rulebook.timeline import timeline

_DAY = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("timeline")
@click.argument("rulebook", default="cn")
@click.option("--from", "first", type=_DAY, help="First day shown.")
@click.option("--to", "last", type=_DAY, help="Last day shown.")
@click.option("--rule", help="One rule, with what it rests on.")
@click.option(
    "--book", type=click.Path(path_type=Path), help="Lay this book's overlay over the rulebook."
)
@click.option("--html", type=_FILE, help="Write the picture as one HTML file in both languages.")
@click.option("--svg", type=_FILE, help="Write the picture as an SVG file.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def timeline_(
    rulebook: str,
    first: dt.datetime | None,
    last: dt.datetime | None,
    rule: str | None,
    book: Path | None,
    html: Path | None,
    svg: Path | None,
    lang: Language,
    *,
    as_json: bool,
) -> None:
    """Tell when each rule is in force and by what, what repeals what, and which numbers hold."""
    from vermilion.pages.timeline import render_page, render_svg, text

    days = (None if day is None else day.date() for day in (first, last))
    begin, end = days
    with telling("reading the rulebook", quiet=as_json):
        (loaded,) = rulebooks_of(book, [rulebook])
        shown = timeline(loaded, first=begin, last=end, rule=rule)
    for path, render in ((html, render_page), (svg, render_svg)):
        if path is not None:
            write_page(path, render(shown, lang))
            click.echo(f"wrote {path}", err=True)
    if as_json:
        print_json(shown)
    elif html is None and svg is None:
        for line in text(shown, lang):
            click.echo(line)
