"""`vermilion watch`."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vermilion.cli.output import existing_book, print_json, write_page
from vermilion.errors import DataError, UsageError
from vermilion.intake import load_mapping
from vermilion.pages.words import Language

if TYPE_CHECKING:
    from vermilion.desk.book import Book
    from vermilion.desk.watch.preview import Preview
    from vermilion.desk.watch.run import Watched, WatchRequest
    from vermilion.market.declaration import Detector
    from vermilion.rulebook import Engine
    from vermilion.sql import SqlEngine

MEMORY = "3GB"
"""What DuckDB may take; the process needs about twice as much. Policy."""

_PATH = click.Path(path_type=Path)


@click.command("watch")
@click.argument("files", nargs=-1, type=_PATH)
@click.option("--mapping", type=_PATH, help="YAML that maps foreign tables to events.")
@click.option(
    "--book",
    type=_PATH,
    help="A book: its record is watched too, and what is found is published in it.",
)
@click.option("--accounts", type=_PATH, help="CSV or YAML of service accounts, with dates.")
@click.option("--chain", default=1, show_default=True, help="The EVM chain of raw logs.")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="What computes.",
)
@click.option(
    "--spark",
    "url",
    default="sc://localhost:15002",
    show_default=True,
    help="Where Spark Connect answers.",
)
@click.option(
    "--spark-folder",
    type=_PATH,
    help="A folder that Spark's workers reach by the same path, for tables on the way.",
)
@click.option("--memory", default=MEMORY, show_default=True, help="What DuckDB may take.")
@click.option("--detectors", help="Run these only; names with commas between. Default: all.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    help="Another value for a number: DETECTOR.PARAMETER=VALUE; may be repeated.",
)
@click.option(
    "--preview", is_flag=True, help="Only tell which findings would come and go with --set."
)
@click.option("--report", type=_PATH, help="Write an HTML report here.")
@click.option("--out", type=_PATH, help="Write the findings here, as Parquet, with rows beside.")
@click.option("--flags", type=_PATH, help="Write a row for each sale in a finding, as Parquet.")
@click.option("--rejects", type=_PATH, help="Write the rows that cannot be read here, one a line.")
@click.option("--faults", type=_PATH, help="Write the rows that are wrong, as Parquet.")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="en",
    show_default=True,
    help="Language of summary and report.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@click.option("--fail-on", type=click.Choice(["finding"]), help="Exit 1 if anything is found.")
def command(files: tuple[Path, ...], lang: Language, **options: Any) -> None:
    """Find what people do against a market's rules in its history.

    FILES are events as check takes them, foreign tables with a mapping, canonical tables in Parquet
    or Arrow, a folder of such, or raw logs of an EVM chain. What is found are signs: rulebooks judge
    them where a --book is named, and people decide.
    """
    from vermilion.desk.watch.run import watch, would_find

    quiet = options["as_json"]
    outputs = {name: options[name] for name in ("out", "flags", "faults", "rejects", "report")}
    _writable(outputs, files, options)
    _sensible(files, options)
    _memory(options["memory"])
    declared = _chosen(options["detectors"])
    with ExitStack() as stack:
        opened = options["book"] and stack.enter_context(existing_book(options["book"]))
        told = stack.enter_context(_stages(quiet=quiet))
        request = _request(files, options, with_settings(declared, options["settings"]), told)
        request = dataclasses.replace(request, book=opened, rulebooks=_rulebooks(options, opened))
        if options["preview"]:
            previews = would_find(request, declared)
        else:
            found = watch(request)
    if options["preview"]:
        _show_preview(previews, lang, as_json=quiet)
        return
    if outputs["report"] is not None:
        from vermilion.pages.watch import render_watch

        write_page(outputs["report"], render_watch(found.report, lang))
    _show(found, lang, outputs, as_json=quiet)
    if files and all(one.rows <= one.rejected for one in found.report.inputs):
        raise DataError(
            "nothing_read",
            "no row could be read" if found.rejected else "the files hold no rows",
            help="foreign tables need a --mapping; --rejects writes what is wrong with each row",
        )
    if options["fail_on"] and found.report.all_findings:
        sys.exit(1)


def _sensible(files: tuple[Path, ...], options: dict[str, Any]) -> None:
    """Refuse what asks for nothing."""
    if not files and options["book"] is None:
        raise UsageError(
            "nothing_asked", "there is nothing to watch", help="name files, or a --book"
        )
    if options["preview"] and not options["settings"]:
        raise UsageError("nothing_set", "a preview needs another number", help="name it with --set")


def _memory(text: str) -> None:
    """Refuse what DuckDB would not take as an amount of memory."""
    if not re.fullmatch(r"\d+(\.\d+)? *([KMGT]i?B)", text, re.IGNORECASE):
        raise UsageError("bad_memory", f"`{text}` is no amount of memory", help="write it like 3GB")


def _request(
    files: tuple[Path, ...],
    options: dict[str, Any],
    detectors: list[Detector],
    told: Callable[[str], None],
) -> WatchRequest:
    from vermilion.desk.watch.run import WatchRequest

    mapping = options["mapping"]
    return WatchRequest(
        detectors=detectors,
        engine=_engine(options),
        engine_name=options["engine"],
        files=files,
        mapping=None if mapping is None else load_mapping(mapping),
        accounts=options["accounts"],
        chain=options["chain"],
        findings=options["out"],
        flags=options["flags"],
        faults=options["faults"],
        rejects=options["rejects"],
        told=told,
    )


def _rulebooks(options: dict[str, Any], book: Book | None) -> Sequence[Engine]:
    """Return the rulebooks whose clauses a report names: the book's, or the default ones."""
    if options["report"] is None:
        return ()
    if book is not None:
        return book.active_engines()
    from vermilion.desk.activation import rulebooks_of
    from vermilion.rulebook import Configuration, Engine

    configuration = Configuration()
    profile = configuration.profile
    return [Engine(one, profile) for one in rulebooks_of(None, configuration.rulebooks)]


def _engine(options: dict[str, Any]) -> Callable[[], SqlEngine]:
    from vermilion.sql import DuckDb, SparkConnect

    if options["engine"] == "duckdb":
        return lambda: DuckDb(options["memory"])
    return lambda: SparkConnect(options["url"], options["spark_folder"])


def _chosen(names: str | None) -> list[Detector]:
    from vermilion.market.declaration import chosen

    return chosen(None if names is None else names.split(","))


def with_settings(detectors: Sequence[Detector], settings: Sequence[str]) -> list[Detector]:
    """Return detectors with the numbers that are set as `DETECTOR.PARAMETER=VALUE`.

    Raises:
        UsageError: a setting is none, or there is no such detector or number.
    """
    values: dict[str, dict[str, int]] = {one.name: {} for one in detectors}
    for setting in settings:
        named, _, value = setting.partition("=")
        detector, _, parameter = named.rpartition(".")
        if not detector or not value.removeprefix("-").isdecimal():
            raise UsageError(
                "bad_setting",
                f"`{setting}` sets nothing",
                help="write DETECTOR.PARAMETER=VALUE, the value a whole number",
            )
        if detector not in values:
            raise UsageError(
                "detector_unknown",
                f"detector `{detector}` does not run here",
                help="there run: " + ", ".join(values),
            )
        values[detector][parameter] = int(value)
    return [one.with_parameters(values[one.name]) for one in detectors]


def _writable(outputs: dict[str, Path | None], files: tuple[Path, ...], options: Any) -> None:
    """Refuse, before the work, outputs that overwrite an input or one another, or cannot be there."""
    from vermilion.desk.check import refuse_overwriting
    from vermilion.desk.watch.run import evidence_beside

    written = [path for path in outputs.values() if path is not None]
    if outputs["out"] is not None and (rows := evidence_beside(outputs["out"])):
        written.append(rows)
    inputs = [one for path in files for one in (path.iterdir() if path.is_dir() else (path,))]
    inputs += [path for name in ("mapping", "accounts") if (path := options[name]) is not None]
    refuse_overwriting(inputs, written, options["book"])
    for path in written:
        if not path.resolve().parent.is_dir():
            raise UsageError("output_unwritable", "there is no such folder", where=str(path.parent))
        if path.is_dir():
            raise UsageError("output_unwritable", "it is a folder", where=str(path))


@contextmanager
def _stages(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show on stderr what is being done, where a person watches."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("reading") as status:
        yield status.update


def _show(
    found: Watched, language: Language, outputs: dict[str, Path | None], *, as_json: bool
) -> None:
    if as_json:
        print_json(_as_json(found))
        return
    from rich.console import Console

    from vermilion.pages.watch_terminal import print_watch

    print_watch(found, Console(highlight=False), language)
    for name, path in outputs.items():
        if path is not None:
            click.echo(f"{name}: {path}")


def _show_preview(found: Sequence[Preview], language: Language, *, as_json: bool) -> None:
    if as_json:
        print_json({"preview": found})
        return
    from rich.console import Console

    from vermilion.pages.watch_terminal import print_preview

    print_preview(found, Console(highlight=False), language)


def _as_json(found: Watched) -> dict[str, Any]:
    """Return what `--json` prints."""
    counts = found.report.counts
    return {
        "trades": counts.trades,
        "transfers": counts.transfers + counts.mints + counts.burns,
        "quality": found.quality,
        "findings": found.found,
        "flagged": found.flagged,
        "entities": found.joined,
        "rejected": found.rejected,
        "published": found.published,
        "bands": found.bands,
        "seconds": round(found.report.seconds, 3),
    }
