"""`vermilion rules schema`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from vermilion.cli.output import write_page
from vermilion.errors import UsageError
from vermilion.rulebook.schema import SHAPES, schema_of


@click.command("schema")
@click.argument("file", type=click.Choice(list(SHAPES)), default="rule")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write all of them to a folder."
)
def schema(file: str, out: Path | None) -> None:
    """Print the JSON Schema of a rulebook's file, for editors that complete and check as you type.

    With the YAML language server, a file names its schema in a comment on its first line:
    `# yaml-language-server: $schema=.schemas/rule.schema.json`.
    """
    if out is None:
        click.echo(_text(file), nl=False)
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            "output_unwritable", f"cannot be written: {reason}", where=str(out)
        ) from None
    for name in SHAPES:
        write_page(out / f"{name}.schema.json", _text(name))
        click.echo(f"wrote {out / name}.schema.json")


def _text(name: str) -> str:
    return json.dumps(schema_of(name), ensure_ascii=False, indent=2) + "\n"
