"""`vermilion restore`."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from vermilion.cli.output import print_json, telling
from vermilion.desk.restore import Request, Restored, drill, restore


@click.command("restore")
@click.argument("backup", type=click.Path(path_type=Path, exists=True))
@click.argument("book", type=click.Path(path_type=Path), required=False)
@click.option(
    "--keys",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Key store for a backup without keys: a folder with keys.db.",
)
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A signed checkpoint of the record, kept elsewhere, to hold the backup to.",
)
@click.option("--drill", "rehearse", is_flag=True, help="Restore, verify, and remove it again.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    backup: Path,
    book: Path | None,
    keys: Path | None,
    checkpoint: Path | None,
    *,
    rehearse: bool,
    as_json: bool,
) -> None:
    """Make a book of a backup, verify it, and say up to which entry it reaches.

    BOOK is an empty or absent folder; with --drill there is none.
    """
    if rehearse == (book is not None):
        raise click.UsageError("name a folder for the book, or use --drill without one")
    request = Request(backup, keys, None if checkpoint is None else checkpoint.read_bytes())
    with telling("restoring the book", quiet=as_json):
        restored = drill(request) if book is None else restore(request, book)
    if as_json:
        print_json(msgspec.to_builtins(restored))
    else:
        click.echo(f"{restored.entries:,} entries verified, as of {restored.taken_at}")
        for line in _gaps(restored):
            click.echo(line)
    if book is not None:
        for line in _next_steps(restored):
            click.echo(line, err=True)


def _gaps(restored: Restored) -> list[str]:
    """Tell what is known to be lacking."""
    lines = []
    lacking = (restored.acknowledged or 0) - restored.entries
    if lacking > 0:
        lines.append(f"the key store knows of {lacking:,} entries more, which are not in it")
    match restored.checkpoint:
        case "same":
            lines.append("it ends exactly at the checkpoint")
        case "ahead":
            lines.append(f"it goes on from the checkpoint of {restored.noted:,} entries")
        case "behind":
            lines.append(
                f"it lags: the checkpoint is of {restored.noted:,} entries, "
                f"{(restored.noted or 0) - restored.entries:,} of which are not in it"
            )
    return lines


def _next_steps(restored: Restored) -> list[str]:
    if not restored.openable:
        return ["without keys it can be verified, and not be opened"]
    return [
        *(
            f"`{one}` goes on under the same name: see that only one is opened"
            for one in restored.others
        ),
        "end the old book for good before this one is opened: two that go on write two histories",
        "have each source send again what it sent since; what is known is answered as a duplicate",
        "erase again whoever was erased since: their keys have come back with the backup",
    ]
