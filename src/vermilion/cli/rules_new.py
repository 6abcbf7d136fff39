"""`vermilion rules new`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from vermilion.cli.output import print_json
from vermilion.desk.activation import rulebooks_of
from vermilion.desk.book import require_book
from vermilion.errors import RulebookError, UsageError
from vermilion.rulebook import Rulebook, Words, find_rulebook, run_cases
from vermilion.rulebook.load import SHIPPED
from vermilion.rulebook.overlay import read_overlay
from vermilion.rulebook.skeleton import check_id, policy_text, rule_text, wanted, write_new


@click.command("new")
@click.argument("rule_id")
@click.option("--title-zh", required=True, help="Its title in Chinese.")
@click.option("--title-en", required=True, help="Its title in English.")
@click.option("--event", default="sale", show_default=True, help="Event type that it applies to.")
@click.option("--cites", help="Instrument that it cites; the last one where left out.")
@click.option("--rulebook", default="cn", show_default=True, help="Shipped name, or your folder.")
@click.option("--book", type=click.Path(path_type=Path), help="Write it into this book's overlay.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def new(
    rule_id: str,
    title_zh: str,
    title_en: str,
    event: str,
    cites: str | None,
    rulebook: str,
    book: Path | None,
    *,
    as_json: bool,
) -> None:
    """Write the skeleton of a rule, in a book's overlay or in a rulebook's folder of your own.

    It loads, is in shadow, and its cases fail until it is filled in. Nothing is overwritten.
    """
    check_id(rule_id)
    title = Words(title_zh, title_en)
    folder = _folder(rulebook, book)
    with _undone() as written:
        own = frozenset[str]()
        if book is not None:
            own = _policies(folder, rule_id, written)
        (loaded,) = rulebooks_of(book, [rulebook])
        made = wanted(loaded.document, rule_id, title, event=event, instrument=cites, own=own)
        path = folder / "rules" / f"{rule_id}.yaml"
        write_new(path, rule_text(made))
        written.append(path)
        failing = _failing(book, rulebook, rule_id)
    if as_json:
        print_json({"written": [str(one) for one in written], "failing_cases": failing})
        return
    for one in written:
        click.echo(f"wrote {one}")
    at = f" --book {book}" if book is not None else ""
    click.echo(
        "fill in: violates_if, citations, reason, remedy, question, and the facts of the cases"
    )
    click.echo(f"{failing} of its 5 cases fail until then: vermilion rules test {rulebook}{at}")


def _folder(rulebook: str, book: Path | None) -> Path:
    """Return where the rule's folder lies; a shipped rulebook is added to in a book only."""
    found = find_rulebook(rulebook)
    if book is not None:
        require_book(book)
        return book / "overlay" / _id(rulebook)
    if found.is_relative_to(SHIPPED):
        raise UsageError(
            "rulebook_shipped",
            f"`{rulebook}` is shipped, and rules of your own lie over it",
            help="name the --book to write into, or the folder of a rulebook of your own",
        )
    return found


def _id(rulebook: str) -> str:
    (loaded,) = rulebooks_of(None, [rulebook])
    return loaded.id


def _policies(folder: Path, rule_id: str, written: list[Path]) -> frozenset[str]:
    """Return the operator's own instruments; where there is none, one is written."""
    path = folder / "instruments.yaml"
    if not path.exists():
        write_new(path, policy_text(f"{rule_id[:2]}-OUR-POLICY", dt.date(2022, 1, 1)))
        written.append(path)
    return frozenset(one.id for one in read_overlay(folder).overlay.instruments)


@contextmanager
def _undone() -> Iterator[list[Path]]:
    """Take away again what was written, where something is refused afterwards."""
    written: list[Path] = []
    try:
        yield written
    except (UsageError, RulebookError):
        for path in written:
            path.unlink()
        raise


def _failing(book: Path | None, rulebook: str, rule_id: str) -> int:
    loaded: Rulebook
    (loaded,) = rulebooks_of(book, [rulebook])
    results = (result for result in run_cases(loaded) if result.rule == rule_id)
    return sum(bool(result.problems) for result in results)
