"""`vermilion rules diff`."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import click
import msgspec

from vermilion.cli.output import print_json, telling
from vermilion.desk.activation import rulebooks_of
from vermilion.desk.book import Kept, require_book
from vermilion.errors import StorageError, UsageError
from vermilion.pages.words import Language
from vermilion.rulebook import Document
from vermilion.rulebook.diff import Changes, diff

_DIGEST = re.compile(r"[0-9a-f]{8,64}")


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--book",
    type=click.Path(path_type=Path),
    help="A book: OLD and NEW may be digests that it keeps; names have its overlay over them.",
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option("--table", is_flag=True, help="One row a change, in place of sentences.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def diff_(
    old: str, new: str, book: Path | None, lang: Language, *, table: bool, as_json: bool
) -> None:
    """Tell what differs between two rulebooks.

    OLD and NEW are shipped names, folders, or digests that a book keeps (their first 8 digits do).
    """
    if book is not None:
        require_book(book)
    with telling("reading rulebooks", quiet=as_json):
        changes = diff(_document(old, book), _document(new, book))
    if as_json:
        print_json(changes)
    elif table:
        _print_table(changes, lang)
    else:
        _print_sentences(changes, lang)


def _document(name: str, book: Path | None) -> Document:
    if book is not None and _DIGEST.fullmatch(name):
        return _kept(name, book)
    (rulebook,) = rulebooks_of(book, [name])
    return rulebook.document


def _kept(digest: str, book: Path) -> Document:
    """Return a rulebook that a book keeps; read without opening the book, which may be served."""
    found = sorted((book / "rulebooks").glob(f"{digest}*.json"))
    if len(found) != 1:
        held = sorted(path.stem[:16] for path in (book / "rulebooks").glob("*.json"))
        several = f"{len(found)} rulebooks" if found else "no rulebook"
        raise UsageError(
            "rulebook_unknown",
            f"the book keeps {several} of digest `{digest}`",
            help=f"it keeps: {', '.join(held)}" if held else "it keeps none yet",
        )
    content = found[0].read_bytes()
    if hashlib.sha256(content).hexdigest() != found[0].stem:
        raise StorageError(
            "rulebook_altered",
            "the kept rulebook is not the one of its digest",
            help="bring the file back from a copy",
            where=str(found[0]),
        )
    return msgspec.json.decode(content, type=Kept).document


def _print_sentences(changes: Changes, lang: Language) -> None:
    from vermilion.pages.rules_diff import sentences
    from vermilion.pages.rules_diff_words import WORDS

    for line in sentences(changes, lang) or [WORDS[lang]["same"]]:
        click.echo(line)


def _print_table(changes: Changes, lang: Language) -> None:
    from rich.console import Console
    from rich.table import Table

    from vermilion.pages.rules_diff import headings, rows

    shown = Table(*headings(lang))
    for row in rows(changes, lang):
        shown.add_row(*row)
    Console(highlight=False).print(shown)
