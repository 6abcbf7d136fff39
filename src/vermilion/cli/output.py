"""How results, progress and errors reach people and programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from vermilion.errors import Error


def fail(error: Error) -> NoReturn:
    """Say on stderr what is wrong and what to do, and exit with the error's code."""
    click.echo(f"error: {error}", err=True)
    if error.help:
        click.echo(f"  help: {error.help}", err=True)
    sys.exit(error.exit_code)


def print_json(value: Any) -> None:
    """Print one JSON object on stdout."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


@contextmanager
def progress(paths: list[Path], *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Show a progress bar over the bytes of files on stderr, where a person watches."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    total = sum(path.stat().st_size for path in paths if path.is_file())
    with Progress(
        TextColumn("checking"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("checking", total=total)

        def advance(count: int) -> None:
            bar.advance(task, count)

        yield advance
