"""`vermilion simulate`."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from vermilion.cli.output import print_json
from vermilion.simulate import UNPLANTED, MarketConfig, Written, write_market

_PER_MILLE = click.IntRange(0, 1_000)
_PATIENCE = 1.0
"""Seconds after which progress is shown."""


@click.command("simulate")
@click.option(
    "-o",
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for events.ndjson and truth.ndjson; made if absent.",
)
@click.option("--events", default=10_000, show_default=True, help="How many events.")
@click.option("--seed", default=1, show_default=True, help="Picks one market of many.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2026-03-02",
    show_default=True,
    help="First day, in China.",
)
@click.option("--days", default=30, show_default=True, help="How many days.")
@click.option(
    "--violations",
    type=_PER_MILLE,
    default=30,
    show_default=True,
    help="Per mille of events planted; each pattern first wrong, then lawful by a hair.",
)
@click.option(
    "--withheld",
    type=_PER_MILLE,
    default=0,
    show_default=True,
    help="Per mille of parties, works, platforms and collections that lack a fact.",
)
@click.option(
    "--duplicates",
    type=_PER_MILLE,
    default=3,
    show_default=True,
    help="Per mille of events that come twice.",
)
@click.option(
    "--late",
    type=_PER_MILLE,
    default=3,
    show_default=True,
    help="Per mille of sales, payments and posts that arrive up to two days late.",
)
@click.option(
    "--corrections",
    type=_PER_MILLE,
    default=3,
    show_default=True,
    help="Per mille of sales that are corrected or withdrawn.",
)
@click.option(
    "--proposed",
    type=_PER_MILLE,
    default=5,
    show_default=True,
    help="Per mille of sales that are proposed before they are settled.",
)
@click.option(
    "--patterns", help="Names of the patterns to plant, with commas between; default all."
)
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary."
)
def command(
    folder: Path,
    events: int,
    seed: int,
    start: dt.datetime,
    days: int,
    violations: int,
    withheld: int,
    duplicates: int,
    late: int,
    corrections: int,
    proposed: int,
    patterns: str | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Write a made-up market, and the truth about it.

    events.ndjson holds the events in the order in which they arrive. truth.ndjson tells of each
    event that is not clean what was planted in it, and what rules should say to it. The same
    options give the same bytes.
    """
    config = MarketConfig(
        seed=seed,
        events=events,
        start=start.date(),
        days=days,
        violation_rate=violations,
        withheld=withheld,
        duplicates=duplicates,
        late=late,
        corrections=corrections,
        proposed=proposed,
        patterns=tuple(name.strip() for name in patterns.split(",")) if patterns else (),
    )
    begin = time.perf_counter()
    with _progress(events, quiet=as_json) as on_events:
        written = write_market(folder, config, force=force, on_events=on_events)
    seconds = time.perf_counter() - begin
    if as_json:
        print_json(_as_json_object(folder, written, seconds))
    else:
        _show(folder, written)


def _show(folder: Path, written: Written) -> None:
    planted, other = _sides(written), _others(written)
    patterns = {name for name, side in written.truth if side == "wrong"}
    click.echo(f"{written.events:,} events in {folder / 'events.ndjson'}")
    click.echo(
        "  " + ", ".join(f"{number:,} {kind}" for kind, number in written.types.most_common())
    )
    click.echo(f"{sum(written.truth.values()):,} lines of truth in {folder / 'truth.ndjson'}")
    click.echo(
        f"  {planted['wrong']:,} events break a rule, by {len(patterns)} patterns; "
        f"{planted['lawful']:,} are lawful twins, a hair within the line"
    )
    if other:
        click.echo("  " + ", ".join(f"{number:,} {name}" for name, number in other.items()))


def _sides(written: Written) -> dict[str, int]:
    """Return how many events were planted on either side."""
    found = {"wrong": 0, "lawful": 0}
    for (name, side), number in written.truth.items():
        if name not in UNPLANTED:
            found[side] += number
    return found


def _others(written: Written) -> dict[str, int]:
    """Return what else is told of events, by name."""
    return {
        name: number for (name, _), number in sorted(written.truth.items()) if name in UNPLANTED
    }


def _as_json_object(folder: Path, written: Written, seconds: float) -> dict[str, object]:
    patterns: dict[str, dict[str, int]] = {}
    for (name, side), number in sorted(written.truth.items()):
        if name not in UNPLANTED:
            patterns.setdefault(name, {})[side] = number
    return {
        "files": {"events": str(folder / "events.ndjson"), "truth": str(folder / "truth.ndjson")},
        "events": written.events,
        "types": dict(sorted(written.types.items())),
        "planted": _sides(written),
        "patterns": patterns,
        "other": _others(written),
        "seconds": round(seconds, 3),
    }


@contextmanager
def _progress(events: int, *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Show a progress bar on stderr where a person watches, once it takes long."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("simulating"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("simulating", total=events)
    begin = time.perf_counter()

    def advance(count: int) -> None:
        bar.advance(task, count)
        if not bar.live.is_started and time.perf_counter() - begin > _PATIENCE:
            bar.start()

    try:
        yield advance
    finally:
        bar.stop()
