"""`vermilion rules shadow`."""

from __future__ import annotations

from pathlib import Path

import click

from vermilion.cli.output import print_json


@click.command("shadow")
@click.argument("draft")
@click.option(
    "-o",
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the copy; absent or empty.",
)
@click.option("--id", help="Id of the copy. Default: that of the draft, with _draft behind.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def shadow(draft: str, folder: Path, id: str | None, *, as_json: bool) -> None:
    """Copy a whole draft rulebook so that it judges beside the live one and stops nothing.

    Name the copy in the book's configuration, beside the live rulebook.
    """
    from vermilion.desk.backtest.shadow import write_shadow
    from vermilion.rulebook import find_rulebook, load_rulebook

    source = find_rulebook(draft)
    made = write_shadow(source, folder, id or f"{load_rulebook(source).id}_draft")
    in_shadow = sum(one.rule.mode == "shadow" for one in made.rules)
    if as_json:
        print_json({"rulebook": made.id, "folder": str(folder), "in_shadow": in_shadow})
        return
    click.echo(f"{made.id}: {in_shadow} rules in shadow, in {folder}")
    click.echo(f"add `{folder.resolve()}` to `rulebooks` in the book's book.yaml")
