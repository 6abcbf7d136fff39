"""`vermilion check`."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import click

from vermilion.cli.output import print_json, progress, write_page
from vermilion.desk.activation import rulebooks_of
from vermilion.desk.check import CheckRequest, NothingReadError, check, refuse_overwriting
from vermilion.desk.summary import RuleLine, Summary
from vermilion.errors import UsageError
from vermilion.intake import load_mapping
from vermilion.pages.words import Language
from vermilion.rulebook import Configuration, load_configuration

MAPPING = "mapping.yaml"
"""The file in a book through which its tables are read."""

FAILS_ON = {"deny": ("deny",), "review": ("deny", "review")}


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="YAML that maps foreign tables to events. Default for CSV: the book's mapping.yaml.",
)
@click.option(
    "--book",
    type=click.Path(path_type=Path),
    help="Book to seal in; made if absent. Default: a temporary one.",
)
@click.option(
    "--rulebook",
    "rulebooks",
    multiple=True,
    help="Shipped rulebook or folder; may be repeated. Default: those of the book, else cn.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="What if the rules of this day applied? Seals nothing.",
)
@click.option("--report", type=click.Path(path_type=Path), help="Write an HTML report here.")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="en",
    show_default=True,
    help="Language of summary and report.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write every decision here, one a line."
)
@click.option(
    "--rejects", type=click.Path(path_type=Path), help="Write every reject here, one a line."
)
@click.option(
    "--permits",
    type=click.Path(path_type=Path),
    help="Write the permits that proposals got here, one a line; needs --book.",
)
@click.option(
    "--customers",
    type=click.Path(path_type=Path),
    help="Write what customers may be told of their proposals here, one a line.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary."
)
@click.option(
    "--fail-on",
    type=click.Choice(["deny", "review"]),
    help="Exit 1 if an event is denied, or needs review too.",
)
def command(
    files: tuple[Path, ...],
    mapping: Path | None,
    book: Path | None,
    rulebooks: tuple[str, ...],
    as_of: dt.datetime | None,
    report: Path | None,
    lang: Language,
    out: Path | None,
    rejects: Path | None,
    permits: Path | None,
    customers: Path | None,
    as_json: bool,
    fail_on: str | None,
) -> None:
    """Judge the events of FILES and seal every judgement.

    FILES are NDJSON, Parquet or Arrow IPC of CloudEvents, or tables with a mapping; gzip and
    Zstandard are read too. Several files are judged as one history, in order of time.

    With --as-of nothing is sealed. The rules of that day apply to the events as they were; all that
    the book knows by now counts, also what it learned after an event was first judged. Numbers over
    past events begin with the first event of FILES.
    """
    mapping = mapping or _own_mapping(book, files)
    inputs = [*files, mapping] if mapping else files
    refuse_overwriting(inputs, [out, rejects, permits, customers, report], book)
    if permits is not None and (book is None or as_of is not None):
        raise UsageError(
            "permits_without_book",
            "permits are a book's, and a what-if issues none",
            help="name a --book, and leave --as-of out",
        )
    request = CheckRequest(
        files=files,
        rulebooks=rulebooks_of(book, rulebooks or _own_rulebooks(book)),
        mapping=None if mapping is None else load_mapping(mapping),
        book=book,
        as_of=None if as_of is None else as_of.date(),
        out=out,
        rejects=rejects,
        permits=permits,
        customers=customers,
    )
    try:
        with progress(list(files), quiet=as_json) as on_bytes:
            summary = check(request, on_bytes)
    except NothingReadError as error:
        show(error.summary, lang, report, as_json=as_json)
        raise
    if summary.elsewhere:
        click.echo(
            f"note: {summary.elsewhere:,} events were judged before under another rulebook or "
            "profile, and those answers stand; name a new --book, or ask with --as-of",
            err=True,
        )
    if summary.withheld and book is not None:
        click.echo(
            "note: no permits, because not every rulebook in force in the book judged; "
            "name them all, or leave --rulebook out",
            err=True,
        )
    for id in summary.replaced:
        click.echo(
            f"note: rulebook {id} changed and is in force from here on; the next time "
            "`vermilion rules upgrade` tells what changes before a run puts it in force",
            err=True,
        )
    show(summary, lang, report, as_json=as_json)
    if fail_on is not None:
        found = {verdict for line in summary.rulebooks for verdict, n in line.verdicts.items() if n}
        if found.intersection(FAILS_ON[fail_on]):
            sys.exit(1)


def _own_rulebooks(book: Path | None) -> list[str]:
    """Return the rulebooks that a book is judged by; the default ones where it is to be made."""
    if book is None or not (book / "book.yaml").is_file():
        return Configuration().rulebooks
    return load_configuration(book / "book.yaml").rulebooks


def _own_mapping(book: Path | None, files: tuple[Path, ...]) -> Path | None:
    """Return a book's mapping where all files are tables, and there is one."""
    if book is None or not (book / MAPPING).is_file():
        return None
    names = [path.name.lower().removesuffix(".gz").removesuffix(".zst") for path in files]
    tables = all(name.endswith(".csv") for name in names)
    return book / MAPPING if tables else None


def show(summary: Summary, language: Language, report: Path | None, *, as_json: bool) -> None:
    """Print a summary for people or programs, and write the report if one is wanted."""
    if report is not None:
        from vermilion.pages.report import render_report

        write_page(report, render_report(summary, language=language))
    if as_json:
        print_json(as_json_object(summary))
        return
    from rich.console import Console

    from vermilion.pages.terminal import print_summary

    print_summary(summary, Console(highlight=False), language=language)
    if report is not None:
        click.echo(f"report: {report}")


def _by_id(rules: list[RuleLine]) -> dict[str, list[RuleLine]]:
    found: dict[str, list[RuleLine]] = {}
    for line in rules:
        found.setdefault(line.id, []).append(line)
    return found


def as_json_object(summary: Summary) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "read": summary.read,
        "judged": summary.judged,
        "duplicate": summary.duplicate,
        "rejected": summary.rejected,
        "permitted": summary.permitted,
        "found": summary.found,
        "verdicts": {
            line.id: {verdict: n for verdict, n in line.verdicts.items() if n}
            for line in summary.rulebooks
        },
        "rules": {
            id: {
                "hit": sum(line.hit for line in lines),
                "missing": sum(line.missing for line in lines),
            }
            for id, lines in _by_id(summary.rules).items()
        },
        "missing": [
            {"fact": line.fact, "entities": line.entities, "events": line.events}
            for line in summary.missing
        ],
        "waiting": summary.waiting,
        "plan": [
            {
                "source": step.source,
                "facts": step.facts,
                "things": step.things,
                "events": step.events,
                "frees": step.frees,
                "freed": step.freed,
            }
            for step in summary.plan
        ],
        "seconds": round(summary.seconds, 3),
    }
