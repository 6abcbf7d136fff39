"""`vermilion erase`."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path
from typing import TypedDict, Unpack, get_args

import click

from vermilion.cli.output import existing_book, print_json
from vermilion.errors import StorageError
from vermilion.facts.events import ErasureGround
from vermilion.pages.erasure_words import ERASURE, erased_lines
from vermilion.pages.text import visible
from vermilion.pages.words import Language, pick


class _Why(TypedDict):
    """Who erases, for whom and why."""

    by: str
    ground: ErasureGround
    asked_by: str | None
    reference: str | None
    relationship_ended: str | None
    despite_retention: bool


@click.command("erase")
@click.argument("id")
@click.option("--book", "path", type=click.Path(path_type=Path), required=True, help="The book.")
@click.option("--by", required=True, help="Who does it: your id.")
@click.option(
    "--ground", type=click.Choice(get_args(ErasureGround)), required=True, help="On what ground."
)
@click.option("--asked-by", help="The id of who asked for it, where that is somebody else.")
@click.option("--reference", help="Where your own files hold the request; no name, no text.")
@click.option(
    "--ended",
    "relationship_ended",
    help="The day on which the relationship ended, such as 2026-02-27.",
)
@click.option(
    "--despite-retention", is_flag=True, help="Erase although records may have to be kept."
)
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    id: str, path: Path, lang: Language, *, yes: bool, as_json: bool, **why: Unpack[_Why]
) -> None:
    """Erase the person called ID for good, and record it.

    What was stated of the person, and what the person wrote, can be read no more, by anybody. The
    id stays where events name it.
    """
    from vermilion.desk.desk import Desk
    from vermilion.desk.erase import erase, erasure_asked, refuse_early
    from vermilion.desk.history import History

    asked = erasure_asked(id, **why)
    now = dt.datetime.now(dt.UTC)
    try:
        with existing_book(path) as book, closing(History(book)) as history:
            desk = Desk(book, book.active_engines())
            if not yes:
                refuse_early(desk, history, asked, now)
                click.echo(pick(ERASURE["lost"], lang), err=True)
                question = pick(ERASURE["sure"], lang).format(person=visible(id))
                click.confirm(question, abort=True, err=True)
            done = erase(desk, history, asked, now)
            desk.store()
    except StorageError as error:
        if error.code != "book_busy":
            raise
        raise StorageError(
            error.code,
            error.message,
            help="where it is `vermilion serve`, an administrator asks the desk, at `/erasure` of the"
            " console or with `POST /v1/parties/ID/erasure`; else wait until it ends",
            where=error.where,
        ) from None
    if as_json:
        print_json(done)
        return
    for line in erased_lines(done, lang):
        click.echo(line)
