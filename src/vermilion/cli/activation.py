"""`vermilion rules upgrade`, `activate` and `officer-key`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from vermilion.cli.output import existing_book, print_json, telling
from vermilion.desk import activation
from vermilion.desk.book import Book
from vermilion.pages.words import Language
from vermilion.rulebook import Engine, find_rulebook
from vermilion.rulebook.diff import Change, Upgrade, in_words, upgrade
from vermilion.rulebook.load import read_document
from vermilion.rulebook.model import Overlay
from vermilion.rulebook.overlay import Merged, OwnPart, merge, read_overlay

_BOOK = click.option(
    "--book", "path", type=click.Path(path_type=Path), required=True, help="The book."
)
_RULEBOOKS = click.option(
    "--rulebook",
    "names",
    multiple=True,
    help="Shipped rulebook or folder; may be repeated. Default: those of the book.",
)


@click.command("upgrade")
@_BOOK
@_RULEBOOKS
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def upgrade_(path: Path, names: tuple[str, ...], lang: Language, *, as_json: bool) -> None:
    """Tell what activating the rulebooks as they are now would change; changes nothing.

    Tells what moved in the shipped rulebook and in the overlay since the active one, what of the
    overlay is carried over, and what is in conflict. Exits 1 if a conflict would lose something.
    """
    with telling("reading rulebooks", quiet=as_json), existing_book(path) as book:
        reports = [_report(book, name) for name in names or book.configuration.rulebooks]
    if as_json:
        print_json({"rulebooks": reports})
    else:
        for report in reports:
            _tell(report, lang)
    if any(report["report"].refused for report in reports):
        sys.exit(1)


@click.command("activate")
@_BOOK
@_RULEBOOKS
@click.option("--officer", required=True, help="Your id, as book.yaml lists it.")
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path), help="File of your key, to sign with."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def activate(
    path: Path, names: tuple[str, ...], officer: str, key_file: Path | None, *, as_json: bool
) -> None:
    """Put the rulebooks as they are now in force, or approve it as the first of two officers."""
    from vermilion.desk.officer_key import load_key

    key = None if key_file is None else load_key(key_file)
    found: list[dict[str, Any]] = []
    with telling("reading rulebooks", quiet=as_json), existing_book(path) as book:
        rulebooks = activation.rulebooks_of(path, names or book.configuration.rulebooks)
        for rulebook in rulebooks:
            engine = Engine(rulebook, book.profile)
            approval = activation.approve(activation.signed_text(book, engine), officer, key)
            said = activation.activate(book, engine, approval)
            standing = activation.active(book.state.rows, rulebook.id)
            is_active = standing is not None and standing.digest == engine.digest
            outcome = "unchanged" if said is None else "activated" if is_active else "waiting"
            found.append({"rulebook": rulebook.id, "digest": engine.digest, "outcome": outcome})
    if as_json:
        print_json({"rulebooks": found})
        return
    words = {
        "unchanged": "in force already",
        "activated": "in force from here on",
        "waiting": "approved once; another officer approves with the same command",
    }
    for one in found:
        click.echo(f"{one['rulebook']} {one['digest'][:16]}: {words[one['outcome']]}")


@click.command("officer-key")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def officer_key(file: Path, *, as_json: bool) -> None:
    """Make an officer's signing key in FILE and print its public part for book.yaml.

    Of a FILE that is there already it prints the public part.
    """
    from vermilion.desk.officer_key import load_key, make_key, public_text

    key = public_text(load_key(file) if file.exists() else make_key(file))
    if as_json:
        print_json({"file": str(file), "key": key})
    else:
        click.echo(key)


def _merged(path: Path, name: str) -> Merged:
    folder = find_rulebook(name)
    document, sources = read_document(folder)
    id = document.rulebook.id
    overlay = activation.overlays_of(path, [id]).get(id)
    own = OwnPart(Overlay(), {}) if overlay is None else read_overlay(overlay)
    return merge(document, sources, own)


def _report(book: Book, name: str) -> dict[str, Any]:
    """Return the digests before and after, and what lies between them."""
    merged = _merged(book.path, name)
    engine = Engine(merged.rulebook, book.profile)
    standing = activation.active(book.state.rows, engine.rulebook.id)
    kept = None if standing is None else book.kept(standing.digest)
    first = activation.waiting(book.state.rows, engine.rulebook.id)
    report = upgrade(None if kept is None else kept.document, merged)
    return {
        "active": None if standing is None else standing.digest,
        "new": None if report.refused else engine.digest,
        "profile_changed": kept is not None and kept.profile != book.profile,
        "needs_two": activation.needs_two(book, engine),
        "approved_by": [one.officer for one in first.signatures]
        if first is not None and first.digest == engine.digest
        else [],
        "report": report,
    }


_HEADINGS: dict[Language, dict[str, str]] = {
    "en": {
        "shipped": "in the shipped rulebook",
        "overlay": "in the overlay",
        "carried": "items of the overlay carried over",
        "profile": "the profile in book.yaml changed",
        "none": "nothing changed",
        "refused": "conflict",
        "notice": "note",
        "two": "two officers activate it with `vermilion rules activate`",
    },
    "zh": {
        "shipped": "随附规则集的变化",
        "overlay": "自定内容的变化",
        "carried": "保留的自定内容（项）",
        "profile": "book.yaml 中的运营方资料有变化",
        "none": "没有变化",
        "refused": "冲突",
        "notice": "提示",
        "two": "须由两名负责人以 `vermilion rules activate` 启用",
    },
}


def _tell(found: dict[str, Any], language: Language) -> None:
    report: Upgrade = found["report"]
    words = _HEADINGS[language]
    active = "-" if found["active"] is None else found["active"][:16]
    new = "-" if found["new"] is None else found["new"][:16]
    click.echo(f"{report.rulebook}: {active} → {new}")
    if active == new:
        click.echo(f"  {words['none']}")
    if found["profile_changed"]:
        click.echo(f"  {words['profile']}")
    _tell_changes(words["shipped"], report.shipped.changes, language)
    _tell_changes(words["overlay"], report.overlay.changes, language)
    if report.carried:
        click.echo(f"  {words['carried']}: {len(report.carried)}")
    for note in report.notes:
        kind = words["refused" if note.refuses else "notice"]
        click.echo(f"  {kind}: {note.where}: {getattr(note.message, language)} [{note.code}]")
        if note.remedy is not None:
            click.echo(f"    → {getattr(note.remedy, language)}")
    if found["needs_two"] and active != new:
        click.echo(f"  {words['two']}")


def _tell_changes(heading: str, changes: Sequence[Change], language: Language) -> None:
    if changes:
        click.echo(f"  {heading}: {len(changes)}")
    for change in changes:
        click.echo(f"    {getattr(in_words(change), language)}")
