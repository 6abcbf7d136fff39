"""`vermilion init`."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from vermilion.cli.asking import ASSOCIATIONS, NONE, ROLES, SIGNED, Asking
from vermilion.cli.check import MAPPING
from vermilion.cli.init_words import FLAGS, SAY, Language
from vermilion.cli.output import print_json, telling
from vermilion.desk.book import make_book, refuse_taken
from vermilion.desk.setup import starting_files
from vermilion.errors import UsageError
from vermilion.intake import Reject, load_mapping, read_events
from vermilion.intake.draft import Draft, Naming, draft_mapping, prefix_of
from vermilion.intake.headings import Outcome
from vermilion.intake.sample import ROWS, read_sample
from vermilion.intake.understood import Understood

ABOUT_TABLES = ("zone", "currency", "amounts", "statuses", "verified_of")


def _one_of(words: Sequence[str]) -> click.Choice[str]:
    return click.Choice([*words, NONE])


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--table",
    type=click.Path(path_type=Path),
    help="Your sale export (CSV): its mapping is drafted into DIR/mapping.yaml.",
)
@click.option("--operator", help="Your name, as reports show it.  [default: unnamed platform]")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ROLES),
    help="What you are to the law; may be repeated.  [default: platform]",
)
@click.option("--territory", help="Where you operate, two letters.  [default: CN]")
@click.option(
    "--membership",
    "memberships",
    multiple=True,
    type=_one_of(ASSOCIATIONS),
    help="Association you belong to; may be repeated.  [default: none]",
)
@click.option(
    "--rulebook",
    "rulebooks",
    multiple=True,
    help="Shipped rulebook or folder to judge by; may be repeated.  [default: cn]",
)
@click.option(
    "--permit-minutes",
    type=click.IntRange(1, 43_200),
    help="How long a permit holds.  [default: 1440]",
)
@click.option(
    "--officer",
    "officers",
    multiple=True,
    help="Id of a person who may answer reviews; may be repeated.  [default: none: anybody may]",
)
@click.option(
    "--two-people",
    multiple=True,
    type=_one_of(SIGNED),
    help="What takes two people; may be repeated.  [default: cause, override]",
)
@click.option("--zone", help="Time zone of the table's times.  [default: the rulebook's]")
@click.option("--currency", help="Currency of the table's amounts, where it names none.")
@click.option(
    "--amounts",
    type=click.Choice(["major", "minor"]),
    help="Unit of whole amounts in the table: yuan or fen.",
)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    metavar="TEXT=OUTCOME",
    help=f"What a status in the table means: {', '.join(get_args(Outcome))}; may be repeated.",
)
@click.option(
    "--verified-of",
    type=click.Choice(["buyer", "seller"]),
    help="Whose identity check the table tells, where it names nobody.",
)
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="en",
    show_default=True,
    help="Language of questions and comments.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(folder: Path, table: Path | None, lang: Language, as_json: bool, **given: Any) -> None:
    """Make a book in DIR, and draft the mapping of your own export.

    What no flag says is asked for in a terminal; elsewhere the defaults are taken and named. With
    --table the first rows of a sale export are looked at: every line of the draft says what was
    guessed and how sure, and what changes a verdict is never guessed in silence.
    """
    refuse_taken(folder)
    if table is None and (
        named := [name for name in ABOUT_TABLES if given[name] not in (None, ())]
    ):
        raise UsageError(
            "table_lacking",
            "this is about a table, and none is named",
            help="name it with --table",
            where=FLAGS[named[0]],
        )
    asking = Asking(given, lang)
    try:
        with telling("reading the table", quiet=as_json):
            understood = None if table is None else Understood(read_sample(table))
        configuration = asking.configuration()
        answers = None if understood is None else asking.answers(understood, configuration)
    except click.Abort:
        raise UsageError("init_aborted", "aborted, nothing was made") from None
    draft = tried = None
    with telling("making the book", quiet=as_json):
        files = starting_files(configuration, lang)
        if table is not None and understood is not None and answers is not None:
            own = "platform" in configuration.roles
            naming = Naming(table.name, prefix_of(folder.resolve().name), own_platform=own)
            draft = draft_mapping(understood, answers, naming, lang)
            tried = _try_out(draft, table)
            files[MAPPING] = draft.text
        make_book(folder, files)
    if asking.defaults:
        taken = "; ".join(f"{flag} {value}" for flag, value in asking.defaults.items())
        click.echo(SAY["defaults"][lang].format(taken=taken), err=True)
    steps = _next_steps(folder, table, lang)
    if as_json:
        mapping = None
        if draft is not None and tried is not None:
            mapping = {"columns": draft.columns, "open": draft.open} | tried
        configured = msgspec.to_builtins(configuration)
        print_json(
            {
                "book": str(folder),
                "configuration": configured,
                "defaults": asking.defaults,
                "mapping": mapping,
                "next": steps,
            }
        )
        return
    click.echo(SAY["made"][lang].format(folder=folder))
    if draft is not None and tried is not None:
        _tell(draft, tried, folder, lang)
    click.echo(SAY["next"][lang])
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}  {step}")


def _try_out(draft: Draft, table: Path) -> dict[str, Any]:
    """Read the first rows through a draft; return how many events and rejects they give."""
    with tempfile.TemporaryDirectory(prefix="vermilion-") as folder:
        path = Path(folder) / "mapping.yaml"
        path.write_text(draft.text, encoding="utf-8")
        items = list(islice(read_events(table, load_mapping(path)), ROWS))
    rejects = [item for item in items if isinstance(item, Reject)]
    first = [
        {"line": one.line, "field": one.field, "code": one.code, "reason": one.reason}
        for one in rejects[:3]
    ]
    return {"events": len(items) - len(rejects), "rejected": len(rejects), "rejects": first}


def _tell(draft: Draft, tried: dict[str, Any], folder: Path, language: Language) -> None:
    file = folder / MAPPING
    words = SAY["drafted"][language]
    click.echo(words.format(file=file, columns=len(draft.columns), **tried))
    for one in tried["rejects"]:
        field = f" {one['field']}" if one["field"] else ""
        click.echo(SAY["reject"][language].format(**one | {"field": field}))
    if draft.open:
        click.echo(SAY["open"][language])
    for line in draft.open:
        click.echo(f"  - {line}")


def _next_steps(folder: Path, table: Path | None, language: Language) -> list[str]:
    book = shlex.quote(str(folder))
    read = MAPPING if table is not None else "book.yaml"
    file = "events.ndjson" if table is None else shlex.quote(str(table))
    return [
        SAY["read"][language].format(file=folder / read),
        f"vermilion check {file} --book {book} --report report.html",
        f"vermilion record verify --book {book}",
    ]
