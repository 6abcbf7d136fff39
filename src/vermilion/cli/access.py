"""`vermilion access`."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vermilion.cli.output import print_json
from vermilion.web.access.rights import PERSON_ROLES, ROLES, Role

if TYPE_CHECKING:
    from vermilion.web.access import Access, KeyLine, PersonLine

_BOOK = click.option(
    "--book", required=True, type=click.Path(path_type=Path), help="The book's folder."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_OFFICER = click.option("--officer", help="An officer's id, as the profile lists it.")


@click.group("access")
def command() -> None:
    """Say who may use a book that is served: programs by keys, people by passwords.

    It works while the book is served, and holds from the next request on. What is changed here is
    recorded by `vermilion serve`, in the name of who is signed in to this machine.
    """


@command.group("key")
def key() -> None:
    """Make, list and revoke API keys."""


@key.command("add")
@click.argument("name")
@_BOOK
@click.option("--role", required=True, type=click.Choice(ROLES), help="What it may do.")
@click.option(
    "--source",
    "sources",
    multiple=True,
    help="Source whose events it hands in and reads; may be repeated; all if left out.",
)
@click.option("--officer", "person", help="Whose key it is, as the profile lists the officer.")
@_JSON
def add_key(
    name: str, book: Path, role: Role, sources: list[str], person: str | None, *, as_json: bool
) -> None:
    """Make the key NAME and print it; it is not kept, and cannot be shown again."""
    with _access(book) as access:
        made = access.add_key(name, role, person, list(sources), by=_who())
    if as_json:
        print_json({"name": name, "key": made})
        return
    click.echo(made)
    if role == "platform" and not sources:
        click.echo("it speaks for every source; name --source to bind it to some", err=True)


@key.command("list")
@_BOOK
@_JSON
def list_keys(book: Path, *, as_json: bool) -> None:
    """List all keys, revoked ones too, without what opens anything."""
    with _access(book) as access:
        lines = access.keys()
    if as_json:
        print_json({"keys": lines})
        return
    click.echo("\n".join(_key_row(one) for one in lines) or "no keys")


@key.command("revoke")
@click.argument("name")
@_BOOK
@_JSON
def revoke_key(name: str, book: Path, *, as_json: bool) -> None:
    """Let the key NAME open nothing any more."""
    with _access(book) as access:
        access.revoke_key(name, by=_who())
    _done("revoked", name, as_json=as_json)


@command.group("person")
def person() -> None:
    """Add, list and disable people, and give them roles and passwords."""


@person.command("add")
@click.argument("name")
@_BOOK
@click.option("--role", required=True, type=click.Choice(PERSON_ROLES), help="What they may do.")
@_OFFICER
@click.option("--display", help="The name as it is shown.")
@_JSON
def add_person(
    name: str, book: Path, role: Role, officer: str | None, display: str | None, *, as_json: bool
) -> None:
    """Add the person NAME, with a password that is asked for, or read from stdin."""
    with _access(book) as access:
        access.add_person(name, role, _password(), officer=officer, display=display, by=_who())
    _done("added", name, as_json=as_json)


@person.command("list")
@_BOOK
@_JSON
def list_people(book: Path, *, as_json: bool) -> None:
    """List all people, disabled ones too."""
    with _access(book) as access:
        lines = access.people()
    if as_json:
        print_json({"people": lines})
        return
    click.echo("\n".join(_person_row(one) for one in lines) or "no people")


@person.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(PERSON_ROLES))
@_BOOK
@_OFFICER
@_JSON
def set_role(name: str, role: Role, book: Path, officer: str | None, *, as_json: bool) -> None:
    """Give the person NAME another ROLE; their sessions end."""
    with _access(book) as access:
        access.set_role(name, role, officer, by=_who())
    _done("changed", name, as_json=as_json)


@person.command("disable")
@click.argument("name")
@_BOOK
@_JSON
def disable(name: str, book: Path, *, as_json: bool) -> None:
    """Let the person NAME sign in no more; their sessions end."""
    with _access(book) as access:
        access.disable(name, by=_who())
    _done("disabled", name, as_json=as_json)


@person.command("password")
@click.argument("name")
@_BOOK
@_JSON
def set_password(name: str, book: Path, *, as_json: bool) -> None:
    """Give the person NAME another password, asked for or read from stdin; their sessions end."""
    with _access(book) as access:
        access.set_password(name, _password(), by=_who())
    _done("changed", name, as_json=as_json)


@contextmanager
def _access(book: Path) -> Iterator[Access]:
    """Open who may use a book that is there."""
    from vermilion.desk.book import require_book
    from vermilion.web.access import Access

    require_book(book)
    with closing(Access(book)) as access:
        yield access


def _password() -> str:
    """Return a password; none is taken from the command line, which others can read."""
    if sys.stdin.isatty():
        asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")


def _who() -> str:
    """Return who works at this machine."""
    return f"{getpass.getuser()} (command line)"


def _done(what: str, name: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "done": what})
    else:
        click.echo(f"{name}: {what}")


def _key_row(line: KeyLine) -> str:
    state = f"revoked {line.revoked_at}" if line.revoked_at else f"made {line.made_at}"
    used = f"used {line.last_used}" if line.last_used else "never used"
    sources = ", ".join(line.sources) or line.person or "-"
    return "  ".join((line.name, line.role, sources, state, used))


def _person_row(line: PersonLine) -> str:
    state = f"disabled {line.disabled_at}" if line.disabled_at else f"added {line.made_at}"
    return "  ".join((line.name, line.role, line.officer or "-", line.display, state))
