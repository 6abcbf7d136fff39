"""`vermilion simulate-history`."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from vermilion.cli.output import print_json

if TYPE_CHECKING:
    from vermilion.simulate.history import HistoryConfig, WrittenHistory
    from vermilion.simulate.history.config import Style

_PER_MILLE = click.IntRange(0, 1_000)
_PLANTED = click.IntRange(0, 300)


@click.command("simulate-history")
@click.option(
    "-o",
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for moves.parquet, the other tables and truth.parquet; made if absent.",
)
@click.option("--trades", default=100_000, show_default=True, help="About how many sales.")
@click.option("--seed", default=1, show_default=True, help="Picks one history of many.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2023-01-02",
    show_default=True,
    help="First day, UTC.",
)
@click.option("--days", default=730, show_default=True, help="How many days.")
@click.option(
    "--style",
    type=click.Choice(["both", "chain", "platform"]),
    default="both",
    show_default=True,
    help="Wallets that pay in ether, accounts of a platform that pay in yuan, or both.",
)
@click.option(
    "--platform-share",
    type=_PER_MILLE,
    default=200,
    show_default=True,
    help="Per mille of the trade that is the platform's where there are both.",
)
@click.option(
    "--planted", type=_PLANTED, default=10, show_default=True, help="Per mille of sales planted."
)
@click.option(
    "--innocents",
    type=_PLANTED,
    default=10,
    show_default=True,
    help="Per mille of sales that only look like abuse; 0 leaves them out.",
)
@click.option(
    "--duplicates", type=_PER_MILLE, default=1, show_default=True, help="Per mille that come twice."
)
@click.option(
    "--broken",
    type=_PER_MILLE,
    default=1,
    show_default=True,
    help="Per mille of ordinary transfers left out.",
)
@click.option(
    "--missing-prices",
    type=_PER_MILLE,
    default=3,
    show_default=True,
    help="Per mille of ordinary sales without a price.",
)
@click.option(
    "--unknown-parties",
    type=_PER_MILLE,
    default=1,
    show_default=True,
    help="Per mille of ordinary sales without a seller.",
)
@click.option(
    "--listings",
    type=_PER_MILLE,
    default=100,
    show_default=True,
    help="Per mille of sales that were listed before.",
)
@click.option("--patterns", help="Patterns to plant, with commas between; default all.")
@click.option("--without", help="Patterns and look-alikes to leave out, with commas between.")
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary."
)
def command(
    folder: Path,
    start: dt.datetime,
    patterns: str | None,
    without: str | None,
    *,
    force: bool,
    as_json: bool,
    style: str,
    **figures: int,
) -> None:
    """Write a made-up market history with planted abuse, and the truth about it.

    The tables are those that market surveillance reads. truth.parquet names each planted move and
    payment with its pattern, its plant and the plant's figures, and tells abuse from what only
    looks like it. The same options give the same bytes.
    """
    from vermilion.simulate.history import HistoryConfig, write_history

    config = HistoryConfig(
        start=start.date(),
        style=cast("Style", style),
        patterns=_names(patterns),
        without=_names(without),
        **figures,
    )
    begin = time.perf_counter()
    with _progress(config, quiet=as_json) as on_rows:
        written = write_history(config, folder, force=force, on_rows=on_rows)
    seconds = time.perf_counter() - begin
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "sales": written.sales,
                "rows": written.rows,
                "planted": written.planted,
                "innocent": written.innocent,
                "seconds": round(seconds, 3),
            }
        )
    else:
        _show(folder, written)


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip()) if text else ()


def _show(folder: Path, written: WrittenHistory) -> None:
    click.echo(f"{written.sales:,} sales in {folder / 'moves.parquet'}")
    click.echo("  " + ", ".join(f"{number:,} {name}" for name, number in written.rows.items()))
    for title, told in (("planted", written.planted), ("innocent", written.innocent)):
        click.echo(f"{sum(told.values()):,} {title}")
        if told:
            click.echo("  " + ", ".join(f"{number:,} {name}" for name, number in told.items()))


@contextmanager
def _progress(config: HistoryConfig, *, quiet: bool) -> Iterator[Callable[[str, int], None] | None]:
    """Show a progress bar on stderr where a person watches and it takes long."""
    if quiet or config.trades < 10_000 or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("making up the market", total=None)

        def advance(table: str, rows: int) -> None:
            # Moves are half again as many as sales, about.
            bar.update(task, description=f"writing {table}", total=config.trades * 3 // 2)
            bar.advance(task, rows if table == "moves" else 0)

        yield advance
