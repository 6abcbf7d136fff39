"""`vermilion rules verify`, and what `rules show` tells of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vermilion.cli.output import existing_book, print_json
from vermilion.desk import verification as desk
from vermilion.desk.activation import rulebooks_of
from vermilion.errors import StorageError, UsageError
from vermilion.rulebook import Citation, LoadedRule
from vermilion.rulebook.verification import Verification, citation_of, revoke, verify

if TYPE_CHECKING:
    from vermilion.store import Rows


@click.command("verify")
@click.argument("rule_id")
@click.option("--citation", "number", type=int, help="Which citation, from 1 on.")
@click.option("--by", required=True, help="Your id, as book.yaml lists it where it lists any.")
@click.option(
    "--text",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The text that you checked the quote against.",
)
@click.option("--book", type=click.Path(path_type=Path), required=True, help="The book.")
@click.option("--revoke", "take_back", is_flag=True, help="Take the verification back.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify_(
    rule_id: str,
    number: int | None,
    by: str,
    file: Path | None,
    book: Path,
    *,
    take_back: bool,
    as_json: bool,
) -> None:
    """Record that you checked a citation's quote against its text, so that it is no draft here.

    The quote must stand in the text. Who, when and the text's digest are sealed in the book's
    record and shown by `rules show --book`. No decision changes by it.
    """
    if (file is None) is not take_back:
        raise UsageError(
            "text_needed" if file is None else "text_not_needed",
            "a verification is held against a text"
            if file is None
            else "nothing is held against a text",
            help="name it with --text" if file is None else "leave --text out, or --revoke",
        )
    now = dt.datetime.now(dt.UTC)
    with existing_book(book) as opened:
        rule = _rule(rule_id, book, opened.configuration.rulebooks).rule
        citation = citation_of(rule, number)
        if file is None:
            said = revoke(rule, citation, by, now)
        else:
            said = verify(rule, citation, _text(file), by, now)
        desk.seal(opened, said, citation)
    if as_json:
        print_json(said)
        return
    done = "taken back" if take_back else "verified"
    click.echo(f"{said.instrument} {said.pinpoint}: {done} by {said.by} at {said.at.isoformat()}")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(
            "text_not_utf8", "the text is not UTF-8", help="save it as UTF-8", where=str(file)
        ) from None


def _rule(rule_id: str, book: Path, names: Sequence[str]) -> LoadedRule:
    for rulebook in rulebooks_of(book, names):
        for loaded in rulebook.rules:
            if loaded.rule.id == rule_id:
                return loaded
    raise UsageError(
        "rule_unknown",
        f"the book's rulebooks have no rule `{rule_id}`",
        help=f"they are: {', '.join(names)}",
    )


def standing(book: Path | None, citations: Sequence[Citation]) -> Mapping[int, Verification]:
    """Return what a book's record says of citations, by position; nothing while it is served."""
    if book is None or not (book / "book.yaml").is_file():
        return {}
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(existing_book(book))
        except StorageError as error:
            if error.code != "book_busy":
                raise
            click.echo("another process has the book open: verifications are not shown", err=True)
            return {}
        return dict(_found(opened.state.rows, citations))


def _found(rows: Rows, citations: Sequence[Citation]) -> Iterator[tuple[int, Verification]]:
    for number, citation in enumerate(citations):
        found = desk.standing(rows, citation)
        if found is not None:
            yield number, found
