"""`vermilion rules export`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec

from vermilion.cli.output import existing_book, print_json, telling, write_page
from vermilion.desk import verification
from vermilion.desk.activation import rulebooks_of
from vermilion.errors import UsageError
from vermilion.pages.words import LANGUAGES, Language
from vermilion.rulebook import Configuration, Profile, Rulebook, load_configuration
from vermilion.rulebook.verification import Verification, clause_key

if TYPE_CHECKING:
    from vermilion.desk.book import Book
    from vermilion.rulebook.oscal_results import Found

_PATH = click.Path(path_type=Path)


class _Export(NamedTuple):
    """What every format is written from."""

    languages: Sequence[Language]
    as_of: dt.date | None
    profile: Profile
    verified: Mapping[bytes, Verification]
    found: Mapping[str, Found]


@click.command("export")
@click.argument("rulebooks", nargs=-1, metavar="[RULEBOOK]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "markdown", "cel", "oscal"]),
    required=True,
    help="What is written for each rulebook.",
)
@click.option("--out", type=_PATH, required=True, help="The folder to write to; made if absent.")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en", "both"]),
    default="both",
    show_default=True,
    help="Of the handbook.",
)
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Only what is in force on this day."
)
@click.option(
    "--book",
    type=_PATH,
    help="Lay this book's overlay over the rulebooks and show who verified what; with oscal, what its record holds is assessed.",
)
@click.option(
    "--decisions",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With oscal: assess these decisions, as `check --out` writes them, in place of a record.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: the files written.")
def export(
    rulebooks: tuple[str, ...],
    form: str,
    out: Path,
    lang: str,
    as_of: dt.datetime | None,
    book: Path | None,
    decisions: Path | None,
    *,
    as_json: bool,
) -> None:
    """Write rulebooks as a handbook, or for other systems.

    `html` and `markdown` are the handbook: clause beside rule beside cases. `cel` is each condition
    in the Common Expression Language. `oscal` is a control catalogue, and with --book or --decisions
    assessment results. Without RULEBOOK those of the book are written, else cn.
    """
    if decisions is not None and form != "oscal":
        raise UsageError(
            "decisions_not_used",
            "decisions are assessed in oscal only",
            help="leave --decisions out, or write --format oscal",
        )
    own = Configuration() if book is None else _configuration(book)
    with ExitStack() as stack:
        stack.enter_context(telling("reading rulebooks", quiet=as_json))
        loaded = rulebooks_of(book, rulebooks or own.rulebooks)
        opened = None if book is None else stack.enter_context(existing_book(book))
        told = _Export(
            languages=LANGUAGES if lang == "both" else [one for one in LANGUAGES if one == lang],
            as_of=None if as_of is None else as_of.date(),
            profile=own.profile,
            verified={} if opened is None else dict(_verified(opened, loaded)),
            found=_found(opened, decisions, loaded) if form == "oscal" else {},
        )
        files = [file for one in loaded for file in _FORMS[form](one, told)]
    _write(out, files)
    paths = [str(out / name) for name, _ in files]
    if as_json:
        print_json({"files": paths})
        return
    for path in paths:
        click.echo(path)


def _configuration(book: Path) -> Configuration:
    from vermilion.desk.book import require_book

    require_book(book)
    return load_configuration(book / "book.yaml")


def _verified(book: Book, rulebooks: Sequence[Rulebook]) -> Iterator[tuple[bytes, Verification]]:
    for rulebook in rulebooks:
        for loaded in rulebook.rules:
            for one in loaded.rule.citations:
                said = verification.standing(book.state.rows, one)
                if said is not None:
                    yield clause_key(said.instrument, said.pinpoint, said.quote_sha256), said


def _found(
    book: Book | None, decisions: Path | None, rulebooks: Sequence[Rulebook]
) -> Mapping[str, Found]:
    from vermilion.cli.rules_export_found import of_book, of_decisions

    ids = [one.id for one in rulebooks]
    if decisions is not None:
        return of_decisions(decisions, ids)
    return {} if book is None else of_book(book, ids)


_File = tuple[str, str]


def _html(rulebook: Rulebook, told: _Export) -> Iterator[_File]:
    from vermilion.pages.handbook import render_handbook

    page = render_handbook(
        rulebook,
        languages=told.languages,
        as_of=told.as_of,
        profile=told.profile,
        verified=told.verified,
    )
    yield f"{rulebook.id}.html", page


def _markdown(rulebook: Rulebook, told: _Export) -> Iterator[_File]:
    from vermilion.pages.handbook_markdown import markdown
    from vermilion.pages.handbook_view import view

    for one in told.languages:
        shown = view(rulebook, one, as_of=told.as_of, profile=told.profile, verified=told.verified)
        yield f"{rulebook.id}.{one}.md", markdown(shown, one)


def _cel(rulebook: Rulebook, told: _Export) -> Iterator[_File]:
    from vermilion.pages.handbook_cel import cel_book

    yield (
        f"{rulebook.id}.cel.json",
        _json(cel_book(rulebook, as_of=told.as_of, profile=told.profile)),
    )


def _oscal(rulebook: Rulebook, told: _Export) -> Iterator[_File]:
    from vermilion.rulebook.oscal import catalogue
    from vermilion.rulebook.oscal_results import results

    catalog = catalogue(rulebook, as_of=told.as_of, profile=told.profile, verified=told.verified)
    yield f"{rulebook.id}.catalog.json", _json(catalog)
    if rulebook.id in told.found:
        found = results(catalog, rulebook, told.found[rulebook.id])
        yield f"{rulebook.id}.assessment-results.json", _json(found)


_FORMS = {"html": _html, "markdown": _markdown, "cel": _cel, "oscal": _oscal}


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _write(out: Path, files: Sequence[_File]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            "output_unwritable", f"the folder cannot be made: {reason}", where=str(out)
        ) from None
    for name, text in files:
        write_page(out / name, text)
