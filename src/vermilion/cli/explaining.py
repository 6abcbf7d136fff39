"""`vermilion rules explain`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from vermilion.cli.output import existing_book, print_json, telling
from vermilion.desk.activation import rulebooks_of
from vermilion.desk.decision import Decision
from vermilion.desk.passing import Passing
from vermilion.desk.summarise import window_lines
from vermilion.desk.summary import WindowLine
from vermilion.errors import DataError, UsageError
from vermilion.pages.words import Language
from vermilion.rulebook import Rulebook, shipped_rulebooks

if TYPE_CHECKING:
    from vermilion.desk.book import Book
    from vermilion.desk.passing_again import Again

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("explain")
@click.argument("decisions", type=_FILE)
@click.argument("event_id")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option(
    "--book",
    type=click.Path(path_type=Path),
    help="The book that they were sealed in: also tell what would make the event pass.",
)
@click.option(
    "--events",
    type=_FILE,
    help="Without a book, the file that was checked: also tell what would make the event pass.",
)
@click.option("--mapping", type=_FILE, help="YAML that maps a foreign table to events.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(
    decisions: Path,
    event_id: str,
    lang: Language,
    book: Path | None,
    events: Path | None,
    mapping: Path | None,
    *,
    as_json: bool,
) -> None:
    """Explain the decisions on one event, from a file that `check --out` wrote."""
    if book is not None and events is not None:
        raise UsageError("two_histories", "a book holds its events; leave --events out")
    with ExitStack() as stack:
        stack.enter_context(telling("explaining", quiet=as_json))
        opened = None if book is None else stack.enter_context(existing_book(book))
        found = [
            _explained(decision, lang, opened, events, mapping)
            for decision in _decisions(decisions, event_id)
        ]
    if not found:
        raise UsageError("event_unknown", f"there is no decision on `{event_id}` in the file")
    if as_json:
        print_json({"decisions": found})
        return
    click.echo("\n".join("\n".join((one.explanation, *one.told)) for one in found))


class _Explained(msgspec.Struct, frozen=True):
    """A decision, in words too, and what would make the event pass; null where it was not asked.

    `told` is the latter in words.
    """

    decision: dict[str, Any]
    explanation: str
    passing: Sequence[Passing] | None
    told: Sequence[str]


def _explained(
    decision: dict[str, Any],
    language: Language,
    book: Book | None,
    events: Path | None,
    mapping: Path | None,
) -> _Explained:
    from vermilion.pages.decision import explain_decision

    rulebook = _rulebook(decision, book)
    windows = {} if rulebook is None else window_lines(rulebook)
    text = explain_decision(decision, language, windows)
    if book is not None:
        again = _from_book(decision, book)
    elif events is not None:
        again = _from_file(decision, events, mapping, rulebook)
    else:
        return _Explained(decision, text, None, ())
    return _Explained(decision, text, again.passing, [*_passing_told(again, language, windows)])


def _rulebook(decision: dict[str, Any], book: Book | None) -> Rulebook | None:
    """Return the rulebook as the book keeps it, else the shipped one; None for any other."""
    if book is not None:
        return book.kept_engine(decision["rulebook"]["digest"]).rulebook
    name = decision["rulebook"]["id"]
    return rulebooks_of(None, [name])[0] if name in shipped_rulebooks() else None


def _from_book(decision: dict[str, Any], book: Book) -> Again:
    from vermilion.desk.passing_again import would_pass_in

    event = decision["event"]
    again = would_pass_in(book, event["source"], event["id"], decision["rulebook"]["digest"])
    if again is None:
        raise UsageError(
            "event_unknown",
            f"the book holds no such decision on `{event['id']}`",
            help="name the book that the decisions were sealed in",
        )
    return again


def _from_file(
    decision: dict[str, Any], events: Path, mapping: Path | None, rulebook: Rulebook | None
) -> Again:
    """Judge the file again up to the event."""
    from vermilion.desk.passing_again import would_pass_again
    from vermilion.intake import Received, load_mapping, read_events

    name, event = decision["rulebook"]["id"], decision["event"]
    if rulebook is None:
        raise UsageError(
            "rulebook_unknown", f"rulebook `{name}` is not shipped", help="name the --book"
        )
    read = read_events(events, None if mapping is None else load_mapping(mapping))
    received = (one for one in read if isinstance(one, Received))
    again = would_pass_again(received, rulebook, event["source"], event["id"])
    if again is None:
        raise UsageError("event_unknown", f"there is no event `{event['id']}` in `{events}`")
    if again.digest != decision["rulebook"]["digest"]:
        raise UsageError(
            "other_rulebook",
            f"the decision was given under another version of `{name}`, or for another operator",
            help="name the --book that it was sealed in, or check the file again",
        )
    return again


def _passing_told(
    again: Again, language: Language, windows: dict[str, WindowLine]
) -> Iterator[str]:
    from vermilion.pages.passing import passing_lines
    from vermilion.pages.telling import Teller

    for passing in again.passing:
        head, *lines = passing_lines(passing, Teller(language, windows), again.event_type)
        yield f"\n{passing.rule} {head}"
        yield from (f"  {line}" for line in lines)


def _decisions(path: Path, event_id: str) -> Iterator[dict[str, Any]]:
    needle = msgspec.json.encode(event_id)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if needle in line:
                decision = _decision(line, f"{path}:{number}")
                if decision["event"]["id"] == event_id:
                    yield decision


def _decision(line: bytes, where: str) -> dict[str, Any]:
    try:
        msgspec.json.decode(line, type=Decision)
    except msgspec.MsgspecError:
        raise DataError(
            "not_a_decision",
            "this is not a decision",
            help="name a file that `vermilion check --out` wrote",
            where=where,
        ) from None
    decision: dict[str, Any] = msgspec.json.decode(line)
    return decision
