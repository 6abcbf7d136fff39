"""`vermilion lists`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack
from urllib.parse import quote

import click

from vermilion.cli.lists_words import DIFF_WORDS, WORDS, match_line, version_line
from vermilion.cli.output import counting, existing_book, moment, print_json, telling
from vermilion.errors import StorageError, UsageError
from vermilion.facts.dates import FIRST_YEAR
from vermilion.pages.words import Language
from vermilion.screening import FORMATS, Format, Matcher, WatchList, list_diff, load_list, prepared
from vermilion.screening.load import ListHeading

if TYPE_CHECKING:
    from vermilion.desk.book import Book
    from vermilion.desk.rescreen import Rescreened
    from vermilion.facts.entities import ListMatch

_SHOWN = 20
"""Matches told one by one; `--json` has all."""

_FILE = click.Path(path_type=Path, dir_okay=False)
_BOOK = click.option("--book", "path", type=click.Path(path_type=Path), help="The book.")
_IN_BOOK = click.option(
    "--book", "path", type=click.Path(path_type=Path), required=True, help="The book."
)
_LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_FORMAT = click.option(
    "--format",
    "format",
    type=click.Choice(FORMATS),
    help="What the file is. Default: what it shows itself to be.",
)

_UNDATED = dt.date(FIRST_YEAR, 1, 1)
"""Stands for the day of a list that is only compared, and never kept."""


class _Said(TypedDict):
    """What is said of a list that is added, from when it holds, and when to fail."""

    format: Format | None
    date: str | None
    version: str | None
    source: str | None
    begins: str | None
    fail_on: str | None


@click.group("lists")
def command() -> None:
    """Put watch lists in force, and see whom they name."""


@command.command("add")
@click.argument("name")
@click.argument("file", type=_FILE)
@_IN_BOOK
@_FORMAT
@click.option("--date", help="The day the list is of, such as 2026-02-27.")
@click.option("--version", help="What its issuer calls it. Default: its day.")
@click.option("--source", help="Where it comes from. Default: the file's name.")
@click.option(
    "--from", "begins", help="From when it holds. Default: the beginning of its day, UTC."
)
@click.option("--fail-on", type=click.Choice(["hit"]), help="Exit 1 if somebody is newly named.")
@_LANG
@_JSON
def add(
    name: str, file: Path, path: Path, lang: Language, *, as_json: bool, **said: Unpack[_Said]
) -> None:
    """Put the list in FILE in force under NAME, and screen everybody who is known.

    A version of a list takes the place of the one before under the same name. Events are held
    against the version that was in force at their time, and known when they were judged.
    """
    from vermilion.desk.rescreen import in_force, put_in_force, rescreen

    heading = ListHeading(name, said["format"], said["version"], _day(said["date"]), said["source"])
    with telling("reading the list", quiet=as_json):
        found = load_list(file, heading)
    now, begins = dt.datetime.now(dt.UTC), said["begins"]
    with _unserved(path, f"POST /v1/lists/{quote(name)}", " with the file as the body") as book:
        added = put_in_force(
            book, found, begins=None if begins is None else moment(begins), now=now
        )
        came = _rescreened(book, now, rescreen, quiet=as_json)
        counts = added in in_force(book, now)
    if not counts:
        click.echo(WORDS[lang]["not_now"].format(name=name), err=True)
    if as_json:
        print_json({"list": added, "in_force": counts, **_as_json(came)})
    else:
        click.echo(version_line(added, lang))
        _tell(came, lang)
    if said["fail_on"] and any(_names(one.after) - _names(one.before) for one in came.changes):
        sys.exit(1)


@command.command("remove")
@click.argument("name")
@_IN_BOOK
@_LANG
@_JSON
def remove(name: str, path: Path, lang: Language, *, as_json: bool) -> None:
    """Let the list called NAME screen nobody any more; what it holds stays in the book."""
    from vermilion.desk.rescreen import in_force, rescreen, retire

    now = dt.datetime.now(dt.UTC)
    with _unserved(path, f"POST /v1/lists/{quote(name)}/removal") as book:
        _known(name, [one.id for one in in_force(book, now)])
        retire(book, name, now)
        came = _rescreened(book, now, rescreen, quiet=as_json)
    if as_json:
        print_json(_as_json(came))
    else:
        _tell(came, lang)


@command.command("show")
@_IN_BOOK
@click.option("--at", help="A moment with its offset. Default: now.")
@_LANG
@_JSON
def show(path: Path, at: str | None, lang: Language, *, as_json: bool) -> None:
    """Show which version of each list is in force."""
    from vermilion.desk.rescreen import in_force

    when = dt.datetime.now(dt.UTC) if at is None else moment(at)
    with _unserved(path, "GET /v1/lists") as book:
        found = in_force(book, when)
    if as_json:
        print_json({"at": when, "lists": found})
    elif found:
        for one in found:
            click.echo(version_line(one, lang))
    else:
        click.echo(WORDS[lang]["none"])


@command.command("screen")
@click.argument("file", type=_FILE, required=False)
@_BOOK
@click.option(
    "--list", "files", type=_FILE, multiple=True, help="A list in a file; may be repeated."
)
@click.option("--fail-on", type=click.Choice(["hit"]), help="Exit 1 if somebody is named.")
@_LANG
@_JSON
def screen(
    file: Path | None,
    path: Path | None,
    files: tuple[Path, ...],
    fail_on: str | None,
    lang: Language,
    *,
    as_json: bool,
) -> None:
    """Screen the parties in FILE, or, without one, everybody who is known in a book.

    FILE is a CSV table with any of the columns `id`, `name`, `identity`, `wallet`. It is held
    against the lists in force in the book, or those in files; nothing of it is kept.
    """
    if file is None:
        _screen_known(path, lang, as_json=as_json)
        return
    from vermilion.screening.people import read_subjects

    with telling("reading lists", quiet=as_json):
        matchers = _matchers(path, files)
    parties = unknown = 0
    hits: list[dict[str, Any]] = []
    for subject in read_subjects(file):
        compared = prepared(subject)
        results = [matcher.hold(compared) for matcher in matchers]
        matches = [match for one in results for match in one.matches]
        parties += 1
        unknown += not matches and not any(one.complete for one in results)
        if matches:
            hits.append({"party": subject.id, "matches": matches})
            if not as_json and len(hits) <= _SHOWN:
                click.echo("\n".join(match_line(subject.id, one, lang) for one in matches))
    if as_json:
        print_json({"parties": parties, "unknown": unknown, "hits": hits})
    else:
        said = WORDS[lang]["screened"]
        click.echo(said.format(parties=parties, hits=len(hits), unknown=unknown))
    if fail_on and hits:
        sys.exit(1)


@command.command("diff")
@click.argument("before", type=_FILE)
@click.argument("after", type=_FILE)
@_FORMAT
@_LANG
@_JSON
def diff(
    before: Path, after: Path, format: Format | None, lang: Language, *, as_json: bool
) -> None:
    """Tell what changed from the list in BEFORE to the one in AFTER."""
    # Neither is put in force, so that their days do not matter.
    with telling("reading lists", quiet=as_json):
        old, new = (
            load_list(one, ListHeading("list", format, date=_UNDATED)) for one in (before, after)
        )
        found = list_diff(old, new)
    if as_json:
        print_json(found._asdict())
        return
    for part, words in DIFF_WORDS[lang].items():
        ids: Sequence[str] = getattr(found, part)
        colon = "：" if lang == "zh" else ": "
        click.echo(f"{words}{colon}{len(ids):,}")
        for id in ids[:_SHOWN]:
            click.echo(f"  {id}")
        if len(ids) > _SHOWN:
            click.echo("  …")


@command.command("identity-key")
@click.argument("file", type=_FILE)
@_IN_BOOK
def identity_key(file: Path, path: Path) -> None:
    """Write the key by which a mapping turns identity numbers into identities of this book.

    Whoever has FILE can find out who is behind an identity; keep it as you keep the numbers.
    """
    from vermilion.identity import make_secret

    with existing_book(path) as book:
        make_secret(file, book.lists.secret)


@contextmanager
def _unserved(path: Path, call: str, how: str = "") -> Iterator[Book]:
    """Open a book; where a desk has it, name the call by which the desk does the same."""
    try:
        with existing_book(path) as book:
            yield book
    except StorageError as error:
        if error.code != "book_busy":
            raise
        raise StorageError(
            error.code,
            error.message,
            help=f"where it is `vermilion serve`, ask the desk: `{call}`{how}, see docs/screening.md;"
            " else wait until it ends",
            where=error.where,
        ) from None


def _matchers(path: Path | None, files: Sequence[Path]) -> list[Matcher]:
    """Return the lists to screen against: those in force in a book, and those in files."""
    from vermilion.desk.rescreen import in_force

    found: list[Matcher] = []
    if path is not None:
        with existing_book(path) as book:
            versions = in_force(book, dt.datetime.now(dt.UTC))
            found = [book.lists.matcher(one.digest) for one in versions if one.digest]
    for file in files:
        heading = ListHeading(_name(file), date=_UNDATED, version="-")
        loaded: WatchList = load_list(file, heading)
        found.append(Matcher(loaded))
    if not found:
        raise UsageError(
            "no_list",
            "there is no list to screen against",
            help="name a book with lists, or a list in a file with `--list`",
        )
    return found


def _name(file: Path) -> str:
    """Call a list by its file, and by the folder where several have the same name."""
    return file.stem if file.stem not in {"names", "addresses"} else file.parent.name


def _screen_known(path: Path | None, lang: Language, *, as_json: bool) -> None:
    from vermilion.desk.rescreen import rescreen

    if path is None:
        raise UsageError("no_parties", "there is nobody to screen", help="name a file or a book")
    with existing_book(path) as book:
        came = _rescreened(book, dt.datetime.now(dt.UTC), rescreen, quiet=as_json)
    if as_json:
        print_json(_as_json(came))
    else:
        _tell(came, lang)


def _rescreened(book: Book, now: dt.datetime, rescreen: Any, *, quiet: bool) -> Rescreened:
    with counting("screening", book.record.size, quiet=quiet) as on_step:
        came: Rescreened = rescreen(book, now, on_step)
    return came


def _as_json(came: Rescreened) -> dict[str, Any]:
    return {
        "parties": came.parties,
        "keys": came.keys,
        "changes": [one._asdict() for one in came.changes],
    }


def _tell(came: Rescreened, lang: Language) -> None:
    new = [one for one in came.changes if one.after]
    gone = [one for one in came.changes if not one.after]
    for one in new[:_SHOWN]:
        click.echo("\n".join(match_line(one.party, match, lang) for match in one.after))
    for one in gone[:_SHOWN]:
        click.echo(WORDS[lang]["gone"].format(party=one.party))
    said = WORDS[lang]["rescreened"]
    click.echo(said.format(parties=came.parties, new=len(new), gone=len(gone)))


def _names(matches: Sequence[ListMatch]) -> set[tuple[str, str]]:
    return {(one.list, one.entry) for one in matches}


def _known(name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise UsageError(
            "list_unknown",
            f"there is no list `{name}` in force",
            help=f"name one of: {', '.join(names) or '-'}",
        )


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            "bad_date", f"`{text}` is not a day", help="write it like 2026-02-27"
        ) from None
