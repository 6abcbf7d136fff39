"""`vermilion facts`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vermilion.cli.output import print_json, progress
from vermilion.desk.activation import rulebooks_of
from vermilion.intake import load_mapping
from vermilion.pages.words import Language
from vermilion.rulebook import Configuration, Engine, load_configuration

if TYPE_CHECKING:
    from vermilion.desk.bulk import Manifest

_WORDS = {
    "en": {
        "events": "{events:,} events in {out}, {duplicate:,} duplicates and {rejected:,} rejects left out",
        "rulebooks": "columns for {rulebooks}",
        "table": "  {kind}: {rows:,} rows, {columns} columns",
    },
    "zh": {
        "events": "{out} 中有 {events:,} 条事件；另有 {duplicate:,} 条重复、{rejected:,} 条不可读，未收入",
        "rulebooks": "含 {rulebooks} 所需各列",
        "table": "  {kind}：{rows:,} 行，{columns} 列",
    },
}


@click.command("facts")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder to make; must not be there.",
)
@click.option(
    "--rulebook",
    "rulebooks",
    multiple=True,
    help="Shipped rulebook or folder; may be repeated. Default: cn and what goes with it.",
)
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="YAML that maps foreign tables to events."
)
@click.option(
    "--book",
    type=click.Path(path_type=Path),
    help="Book whose operator, rulebooks and overlays count; it is only read.",
)
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    files: tuple[Path, ...],
    out: Path,
    rulebooks: tuple[str, ...],
    mapping: Path | None,
    book: Path | None,
    lang: Language,
    *,
    as_json: bool,
) -> None:
    """Write the facts that rules read on the events of FILES as Parquet.

    There is a table for each event type and a column for each fact, in clear. Rulebooks that read
    these columns are then judged over the tables in bulk, as `vermilion backtest` does. FILES are
    read as `vermilion check` reads them; nothing is judged or sealed.
    """
    from vermilion.desk.bulk import make_facts

    configuration = Configuration() if book is None else load_configuration(book / "book.yaml")
    profile = configuration.profile
    loaded = rulebooks_of(book, rulebooks or configuration.rulebooks)
    begin = time.perf_counter()
    with progress(list(files), quiet=as_json) as on_bytes:
        manifest = make_facts(
            files,
            [Engine(rulebook, profile) for rulebook in loaded],
            out,
            mapping=None if mapping is None else load_mapping(mapping),
            on_bytes=on_bytes,
        )
    seconds = time.perf_counter() - begin
    if as_json:
        print_json(_as_json_object(out, manifest, seconds))
    else:
        _show(out, manifest, _WORDS[lang])


def _show(out: Path, manifest: Manifest, words: dict[str, str]) -> None:
    counts = {name: getattr(manifest, name) for name in ("events", "duplicate", "rejected")}
    click.echo(words["events"].format(out=out, **counts))
    click.echo(words["rulebooks"].format(rulebooks=", ".join(one.id for one in manifest.rulebooks)))
    for kind, table in manifest.tables.items():
        click.echo(words["table"].format(kind=kind, rows=table.rows, columns=len(table.columns)))


def _as_json_object(out: Path, manifest: Manifest, seconds: float) -> dict[str, Any]:
    return {
        "folder": str(out),
        "events": manifest.events,
        "duplicate": manifest.duplicate,
        "rejected": manifest.rejected,
        "rulebooks": {one.id: one.digest for one in manifest.rulebooks},
        "tables": {kind: table.rows for kind, table in manifest.tables.items()},
        "seconds": round(seconds, 3),
    }
