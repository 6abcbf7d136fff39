"""`vermilion backup`."""

from __future__ import annotations

from pathlib import Path

import click

from vermilion.cli.output import print_json, telling
from vermilion.desk.backup import back_up
from vermilion.desk.backup_files import Manifest

_UNREADABLE = (
    "without keys: times, verdicts, rules and digests can be read and verified; events, parties, "
    "free text, what decisions rest on and attachments cannot, nor can the book be opened; keep "
    "its key store apart, and copy it after the record"
)


@click.command("backup")
@click.argument("book", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    "to",
    required=True,
    type=click.Path(path_type=Path),
    help="A new file whose name ends in .tar.zst, or a new folder.",
)
@click.option(
    "--without-keys", is_flag=True, help="Leave the keys out: nothing sealed can be read from it."
)
@click.option("--only-keys", is_flag=True, help="Copy the keys alone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(book: Path, to: Path, *, without_keys: bool, only_keys: bool, as_json: bool) -> None:
    """Copy a book while it is in use.

    The copy ends at the last entry that was acknowledged when it began. What was left out because
    it is derived from the record is made anew when the restored book is opened.
    """
    if without_keys and only_keys:
        raise click.UsageError("--without-keys and --only-keys exclude each other")
    with telling("copying the book", quiet=as_json):
        made = back_up(book, to, record=not only_keys, keys=not without_keys)
    if as_json:
        print_json(
            {
                "entries": made.size,
                "checkpoint": made.checkpoint,
                "record": made.record,
                "keys": made.keys,
                "kek": made.kek,
                "bytes": sum(file.size for file in made.files),
            }
        )
    else:
        click.echo(f"{_what(made)} up to entry {made.size:,}: {to}")
    for line in _warnings(made):
        click.echo(line, err=True)


def _what(made: Manifest) -> str:
    if not made.record:
        return "keys of the record"
    return "record, configuration and keys" if made.keys else "record and configuration"


def _warnings(made: Manifest) -> list[str]:
    """Tell what cannot be read from a backup, or by whom it can."""
    if not made.keys:
        return [_UNREADABLE]
    erased = "keys that are erased later stay in this backup until it is destroyed"
    if made.kek:
        return ["the key-encryption key is inside: who has this backup reads everything", erased]
    return ["the key-encryption key is not inside: keep it where it survives the machine", erased]
