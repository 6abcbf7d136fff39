"""`vermilion resolve`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from vermilion.cli.output import existing_book, moment, print_json, telling
from vermilion.errors import UsageError
from vermilion.facts.events import By, EventName, Resolution, ResolutionAction
from vermilion.pages.loop_words import VOIDS
from vermilion.pages.words import Language, counted

if TYPE_CHECKING:
    from vermilion.cli.resolving import Place
    from vermilion.desk.loop.resolve import Effect

_BOOK = click.option(
    "--book", required=True, type=click.Path(path_type=Path), help="The book's folder."
)
_LANGUAGE = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_BY = click.option("--by", required=True, help="Your id, as the profile lists it.")
_REASON = click.option("--reason", required=True, help="Why; it is kept in the record.")
_KEY = click.option(
    "--key", type=click.Path(path_type=Path), help="Your private key, where the profile lists one."
)


_PLACE = click.option(
    "--book", type=click.Path(path_type=Path), help="The book's folder, while nobody serves it."
)
_DESK = click.option(
    "--desk",
    metavar="URL",
    help="The desk that serves the book, asked with the key in VERMILION_API_KEY.",
)


@click.group("resolve")
def command() -> None:
    """See what is held, and release, refuse or override it.

    A resolution is an event in the record. It never changes a decision: it frees or stops what it
    names. Where the profile asks for two people, the first one's waits until another confirms it.
    One without effect is recorded too, and exits 1.
    """


@command.command("list")
@_BOOK
@click.option(
    "--most", default=20, show_default=True, help="Most causes shown; --json has all of them."
)
@_LANGUAGE
@_JSON
def list_(book: Path, most: int, lang: Language, *, as_json: bool) -> None:
    """List what is held: one cause for all events that wait for the same, what frees most first."""
    from vermilion.desk.loop.answer import held_causes, unconfirmed
    from vermilion.pages.held import held_lines

    with telling("reading the book", quiet=as_json), existing_book(book) as opened:
        causes, waiting = held_causes(opened), unconfirmed(opened)
        total = sum(1 for row in opened.loop.rows.stopped() if row.standing == "held")
    if as_json:
        print_json({"held": total, "causes": causes, "unconfirmed": waiting})
        return
    click.echo("\n".join(held_lines(total, causes, waiting, most, lang)))


def _answers(action: ResolutionAction, help: str) -> None:
    @command.command(action, help=help)
    @_PLACE
    @_DESK
    @click.option("--event", help="Id of the held event.")
    @click.option("--source", help="Its source; may be left out where only one has that id.")
    @click.option("--cause", help="Everything that this cause holds, and nothing else does.")
    @click.option("--until", help="The first moment at which it no longer holds, with offset.")
    @_BY
    @_REASON
    @_KEY
    @_JSON
    def run(
        book: Path | None,
        desk: str | None,
        event: str | None,
        source: str | None,
        cause: str | None,
        until: str | None,
        by: str,
        reason: str,
        key: Path | None,
        *,
        as_json: bool,
    ) -> None:
        if (event is None) == (cause is None):
            raise UsageError(
                "scope_unclear",
                "a resolution is for one event or for one cause",
                help="name --event or --cause; `vermilion resolve list` shows both",
            )
        ends = None if until is None else moment(until)

        def said(place: Place) -> Resolution:
            named = None if event is None else place.named(event, source)
            roles = By(by=by)
            return Resolution(
                action=action, parties=roles, reason=reason, event=named, cause=cause, until=ends
            )

        _resolve((book, desk), said, key, as_json=as_json)


_answers("release", "Say that a concern does not hold; what it held is permitted.")
_answers("refuse", "Say that a concern holds; what it held is stopped for good.")
_answers("override", "Go ahead although a concern holds; never where law or a duty binds.")


@command.command("confirm")
@click.argument("resolution")
@_PLACE
@_DESK
@_BY
@_REASON
@_KEY
@_JSON
def confirm(
    resolution: str,
    book: Path | None,
    desk: str | None,
    by: str,
    reason: str,
    key: Path | None,
    *,
    as_json: bool,
) -> None:
    """Complete another person's RESOLUTION, by its id."""

    def said(place: Place) -> Resolution:
        first = next((one for one in place.waiting() if one.id == resolution), None)
        if first is None:
            raise UsageError(
                "nothing_to_confirm",
                f"no resolution `{resolution}` waits for a second person",
                help="`vermilion resolve list` shows those that do",
            )
        confirmed = EventName(source=first.source, id=first.id)
        roles = By(by=by)
        return Resolution(action=first.action, parties=roles, reason=reason, confirms=confirmed)

    _resolve((book, desk), said, key, as_json=as_json)


@command.command("end")
@click.argument("resolution")
@_PLACE
@_DESK
@_BY
@_REASON
@_KEY
@_JSON
def end(
    resolution: str,
    book: Path | None,
    desk: str | None,
    by: str,
    reason: str,
    key: Path | None,
    *,
    as_json: bool,
) -> None:
    """Let RESOLUTION, for a cause, hold no longer; what it freed stays permitted."""

    def said(_: Place) -> Resolution:
        from vermilion.desk.loop.answer import SOURCE

        ended, roles = EventName(source=SOURCE, id=resolution), By(by=by)
        return Resolution(action="release", parties=roles, reason=reason, confirms=ended)

    _resolve((book, desk), said, key, ends=resolution, as_json=as_json)


@command.command("labels")
@_BOOK
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, not one a line.")
def labels_(book: Path, *, as_json: bool) -> None:
    """Print what people answered to which rules, one a line, as labels for backtests."""
    from vermilion.desk.loop.answer import labels

    with telling("reading the record", quiet=as_json), existing_book(book) as opened:
        found = list(labels(opened))
    if as_json:
        print_json({"labels": found})
        return
    for label in found:
        click.echo(msgspec.json.encode(label))


def _resolve(
    where: tuple[Path | None, str | None],
    said: Callable[[Place], Resolution],
    key: Path | None,
    *,
    ends: str | None = None,
    as_json: bool,
) -> None:
    """Record what is said in view of what is held, and tell what it did."""
    from vermilion.cli.resolving import resolved
    from vermilion.desk.officer_key import load_key

    private = None if key is None else load_key(key)
    done = resolved(*where, private, lambda place: place.record(said(place), ends))
    if as_json:
        print_json(done)
    else:
        _say(done.id, done.effect, done.permits)
    if done.effect.effect == "void":
        sys.exit(1)


def _say(id: str, effect: Effect, permits: int) -> None:
    words = {
        "frees": f"done: {counted('event', permits, 'en')} permitted by it",
        "stops": "done: what it held is stopped",
        "waits": f"recorded: it waits for a second person (vermilion resolve confirm {id})",
        "ends": "done: it holds no longer",
        "void": "without effect, and recorded as such",
    }
    click.echo(f"{id}  {words[effect.effect]}")
    for code in effect.void:
        click.echo(f"  {VOIDS[code].en} [{code}]")
