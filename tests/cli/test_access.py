"""`vermilion access`: keys and people of a book, also while it is served."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from vermilion.cli import COMMANDS, main
from vermilion.web.access import Access
from vermilion.web.access.passwords import Cost

from .samples import complaint, printed

PASSWORD = "kept quiet by the river"


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "access", "say who may use a book that is served")

    def cheap(book: Path) -> Access:
        # Half a second for each password is for those who guess.
        return Access(book, cost=Cost(16, 1, 1))

    monkeypatch.setattr("vermilion.web.access.Access", cheap)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a folder that is taken for a book."""
    (tmp_path / "book.yaml").write_text("")
    return tmp_path


@pytest.fixture
def served(book: Path) -> Iterator[Access]:
    """Return the access of a book that another process serves."""
    with closing(Access(book)) as opened:
        yield opened


def run(book: Path, *arguments: str, typed: str = "") -> Result:
    """Run a command on a book, with something on stdin."""
    return CliRunner().invoke(main, ["access", *arguments, "--book", str(book)], input=typed)


def add(book: Path, name: str, *arguments: str, typed: str = f"{PASSWORD}\n") -> Result:
    """Add a person."""
    return run(book, "person", "add", name, *arguments, typed=typed)


def test_a_key(book: Path, served: Access) -> None:
    """A key is printed alone, works at once where the book is served, and stops when revoked."""
    made = run(book, "key", "add", "shop", "--role", "platform", "--source", "//a")
    assert made.exit_code == 0
    key = made.stdout.strip()
    assert key.startswith("vk_")
    assert made.stderr == ""
    caller = served.caller_of_key(key)
    assert caller is not None
    assert (caller.name, caller.role, caller.sources) == ("shop", "platform", ("//a",))
    listed = run(book, "key", "list")
    assert "shop  platform  //a  made 20" in listed.stdout
    assert key not in listed.stdout
    assert run(book, "key", "revoke", "shop").exit_code == 0
    assert served.caller_of_key(key) is None
    assert "revoked 20" in run(book, "key", "list").stdout


def test_an_unbound_key(book: Path) -> None:
    """That a platform's key speaks for all sources is said, beside the result."""
    made = run(book, "key", "add", "shop", "--role", "platform")
    assert "every source" in made.stderr
    assert len(made.stdout.split()) == 1


def test_a_person(book: Path, served: Access) -> None:
    """A person signs in with the password on stdin, gets a role and a password, and is disabled."""
    assert add(book, "Olga", "--role", "officer", "--officer", "o-17").exit_code == 0
    assert "olga  officer  o-17  Olga  added 20" in run(book, "person", "list").stdout
    token = served.sign_in("olga", PASSWORD, "a")
    assert token is not None
    assert run(book, "person", "role", "olga", "auditor").exit_code == 0
    assert served.caller_of_session(token) is None
    other = "nine lanterns under snow"
    assert run(book, "person", "password", "olga", typed=f"{other}\r\n").exit_code == 0
    assert served.sign_in("olga", PASSWORD, "a") is None
    assert served.sign_in("olga", other, "a") is not None
    assert run(book, "person", "disable", "olga").exit_code == 0
    assert served.sign_in("olga", other, "a") is None
    assert "disabled 20" in run(book, "person", "list").stdout


def test_what_is_changed_waits_for_the_record(book: Path, served: Access) -> None:
    """Each change is left for the record, in the name of who works at the machine."""
    run(book, "key", "add", "k", "--role", "auditor")
    add(book, "olga", "--role", "auditor")
    found = served.changes()
    assert [one.what for one in found] == ["key_added", "person_added"]
    assert {one.by.endswith(" (command line)") for one in found} == {True}


def test_json(book: Path) -> None:
    """Every command prints one object for programs, and none holds a password or its hash."""
    made = printed(run(book, "key", "add", "k", "--role", "admin", "--json"))
    assert set(made) == {"name", "key"}
    assert printed(add(book, "olga", "--role", "auditor", "--json")) == {
        "name": "olga",
        "done": "added",
    }
    (key,) = printed(run(book, "key", "list", "--json"))["keys"]
    assert (key["name"], key["role"], key["revoked_at"]) == ("k", "admin", None)
    (person,) = printed(run(book, "person", "list", "--json"))["people"]
    assert set(person) == {
        "name",
        "display",
        "role",
        "officer",
        "issuer",
        "made_at",
        "disabled_at",
    }
    done: list[tuple[list[str], str]] = [
        (["person", "role", "olga", "reviewer"], "changed"),
        (["person", "password", "olga"], "changed"),
        (["person", "disable", "olga"], "disabled"),
        (["key", "revoke", "k"], "revoked"),
    ]
    for arguments, what in done:
        assert printed(run(book, *arguments, "--json", typed=PASSWORD))["done"] == what


def test_nothing_yet(book: Path) -> None:
    """Empty lists are told as such."""
    assert run(book, "key", "list").stdout == "no keys\n"
    assert run(book, "person", "list").stdout == "no people\n"


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (["key", "revoke", "none"], "", "no key `none`"),
        (["key", "add", "a b", "--role", "admin"], "", "no name"),
        (["key", "add", "k", "--role", "officer"], "", "a person's"),
        (["person", "add", "o", "--role", "officer"], PASSWORD, "needs an id"),
        (["person", "add", "o", "--role", "admin"], "short", "fewer than 12"),
        (["person", "add", "o", "--role", "admin"], "", "fewer than 12"),
        (["person", "add", "o", "--role", "admin"], "password1234", "tried first"),
        (["person", "disable", "none"], "", "no person `none`"),
    ],
)
def test_wrong_use(book: Path, arguments: list[str], typed: str, words: str) -> None:
    """Exit code 2, what is wrong, and nothing is changed."""
    result = run(book, *arguments, typed=typed)
    assert result.exit_code == 2
    assert words in complaint(result)[0]
    with closing(Access(book)) as access:
        assert (access.keys(), access.people(), access.changes()) == ([], [], [])


def test_no_book(tmp_path: Path) -> None:
    """Where there is no book, none is made."""
    result = run(tmp_path / "none", "key", "list")
    assert result.exit_code == 2
    assert not (tmp_path / "none").exists()


def test_a_damaged_file(book: Path) -> None:
    """A file that cannot be read is the operator's to mend: exit code 4."""
    with closing(sqlite3.connect(book / "access.db")) as database:
        database.execute("PRAGMA user_version=1")
    result = run(book, "key", "list")
    assert result.exit_code == 4
    assert "cannot be read" in complaint(result)[0]


def test_no_password_on_the_command_line(book: Path) -> None:
    """Others on the machine could read it there."""
    result: Any = add(book, "olga", "--role", "auditor", "--password", PASSWORD)
    assert result.exit_code == 2
