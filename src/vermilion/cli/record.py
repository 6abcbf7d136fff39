"""`vermilion record`."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click
import msgspec

from vermilion.cli.output import print_json, telling
from vermilion.desk.audit import verify_book
from vermilion.record import KeyStore


@click.group("record")
def command() -> None:
    """Verify the record of a book, and hand out the key that verifies it."""


@command.command("verify")
@click.option("--book", required=True, type=click.Path(path_type=Path), help="The book's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(book: Path, *, as_json: bool) -> None:
    """Recompute everything in a record and name the place of any damage.

    Exits 1 if a problem was found.
    """
    with telling("verifying the record", quiet=as_json):
        found = verify_book(book)
    if as_json:
        print_json(
            {
                "entries": found.entries,
                "ok": found.ok,
                "problems": [msgspec.to_builtins(problem) for problem in found.problems],
            }
        )
    elif found.ok:
        click.echo(
            f"{found.entries:,} entries verified: hashes, roots, signatures, sections, guard, "
            "activations, permits, resolutions"
        )
        if found.unacknowledged:
            click.echo(
                f"{found.unacknowledged:,} bytes of a group that was never acknowledged follow; "
                "the next run cuts them off"
            )
    else:
        click.echo(
            f"problems: {len(found.problems)}; a good checkpoint covers the first {found.entries:,} entries"
        )
        for problem in found.problems:
            entry = "" if problem.index is None else f" (entry {problem.index})"
            click.echo(
                f"  {problem.file} byte {problem.offset} +{problem.length}{entry}: {problem.what}"
            )
    if not found.ok:
        sys.exit(1)


@command.command("key")
@click.option("--book", required=True, type=click.Path(path_type=Path), help="The book's folder.")
def key(book: Path) -> None:
    """Print the public key that verifies a book's record: name, key id and key, as C2SP notes have it.

    It works while the book is served.
    """
    from vermilion.desk.book import require_book

    require_book(book)
    with closing(KeyStore.open(book / "keys")) as keys:
        click.echo(keys.verifier.vkey)
