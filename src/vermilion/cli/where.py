"""`vermilion where`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec

from vermilion.cli.output import moment, print_json, telling, write_page
from vermilion.errors import DataError

if TYPE_CHECKING:
    from vermilion.desk.matrix import Goods
    from vermilion.pages.words import Language
    from vermilion.rulebook import Words

MOST_EVENTS = 100_000
"""Policy. The most events that are looked through for one collection."""


class _Plan(msgspec.Struct, forbid_unknown_fields=True):
    """A file of answers, as `vermilion may-i --save` writes it."""

    plan: str
    at: str | None = None
    answers: dict[str, Any] = {}


class _Read(NamedTuple):
    goods: Goods
    title: Words | None


@click.command("where")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--token", help="The collection, where FILE issues or offers more than one.")
@click.option(
    "--rulebook",
    "rulebooks",
    multiple=True,
    help="Jurisdiction to ask, shipped or a folder; may be repeated.  [default: all shipped]",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Apply the rules of this day.  [default: the day of the events in each place]",
)
@click.option(
    "--memo",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the memo as a printable page, in both languages.",
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
def command(
    file: Path,
    token: str | None,
    rulebooks: tuple[str, ...],
    as_of: dt.datetime | None,
    memo: Path | None,
    lang: Language,
    *,
    as_json: bool,
) -> None:
    """Ask each jurisdiction's rulebook whether one collection may be sold there.

    FILE is NDJSON of events that issue or offer the collection, with what is known of it, or a plan
    with its answers as `vermilion may-i --save` writes it. Each jurisdiction answers for itself, and
    what several lack is asked once. Nothing is recorded.
    """
    from vermilion.desk.matrix import JURISDICTIONS, matrix
    from vermilion.rulebook import find_rulebook, load_rulebook

    with telling("reading the collection", quiet=as_json):
        read = _read(file, token)
    with telling("reading rulebooks", quiet=as_json):
        books = [load_rulebook(find_rulebook(name)) for name in rulebooks or JURISDICTIONS]
        found = matrix(read.goods, books, as_of=None if as_of is None else as_of.date())
    if memo is not None:
        from vermilion.pages.matrix import render_matrix

        write_page(memo, render_matrix(found, language=lang, title=read.title))
    if as_json:
        print_json(found)
        return
    from rich.console import Console

    from vermilion.pages.matrix_terminal import print_matrix

    print_matrix(found, Console(), lang, read.title)


def _read(path: Path, token: str | None) -> _Read:
    """Read a plan, where the file is one JSON object that names it, and events otherwise."""
    from vermilion.desk.matrix import goods_of_events, goods_of_plan
    from vermilion.desk.may_i import plan_of

    given = _plan(path)
    if given is None:
        return _Read(goods_of_events(_events(path), token), None)
    chosen = plan_of(given.plan)
    at = dt.datetime.now(dt.UTC) if given.at is None else moment(given.at)
    return _Read(goods_of_plan(chosen, given.answers, at), chosen.title)


def _plan(path: Path) -> _Plan | None:
    from vermilion.cli.may_i import MOST_BYTES

    try:
        if path.is_file() and path.stat().st_size <= MOST_BYTES:
            return msgspec.json.decode(path.read_bytes(), type=_Plan)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return None
    return None


def _events(path: Path) -> list[Any]:
    from vermilion.intake import Reject, read_events

    events: list[Any] = []
    rejects: list[Reject] = []
    for item in read_events(path):
        if isinstance(item, Reject):
            rejects.append(item)
        else:
            events.append(item.event)
        if len(events) > MOST_EVENTS:
            raise DataError(
                "too_many_events",
                f"there are more than {MOST_EVENTS:,} events",
                help="keep those of the collection",
                where=str(path),
            )
    for one in rejects:
        click.echo(f"left out: {one.file}:{one.line}: {one.reason}; {one.remedy}", err=True)
    if not events:
        raise DataError(
            "nothing_read",
            "no event could be read",
            help="write one event a line, or a plan as `vermilion may-i --save` does",
            where=str(path),
        )
    return events
