"""`vermilion lists`: lists put in force, shown, compared, and parties screened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vermilion.cli import main
from vermilion.desk.book import Book
from vermilion.identity import read_secret

WALLET = "0x722122dF12d4E14e13Ac3b6895a86e84145b6967"
FIRST = f'id,type,name,address\ne1,person,"SMITH, Bob",\ne2,,,{WALLET}\n'
SECOND = "id,type,name,address\ne3,person,Ann Lee,\n"
PEOPLE = f"id,name,wallet\np1,Bob Smith,\np2,Ann Lee,\np3,,eip155:1:{WALLET.lower()}\np4,,\n"


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, ["lists", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two versions of a list, some parties and an empty book."""
    for name, text in {"1.csv": FIRST, "2.csv": SECOND, "people.csv": PEOPLE}.items():
        (tmp_path / name).write_text(text)
    Book.open(tmp_path / "b").close()
    return tmp_path


def add(folder: Path, file: str, date: str, *more: object) -> Result:
    """Put a list in force."""
    return run("add", "un", folder / file, "--date", date, "--book", folder / "b", *more)


def test_add_and_show(folder: Path) -> None:
    """The version in force at a moment is shown with what it holds, for people and programs."""
    done = add(folder, "1.csv", "2026-02-01")
    assert done.exit_code == 0
    assert "un 2026-02-01" in done.stdout
    assert add(folder, "2.csv", "2026-03-01").exit_code == 0
    shown = run("show", "--book", folder / "b", "--at", "2026-02-15T00:00:00Z", "--json")
    (one,) = json.loads(shown.stdout)["lists"]
    assert (one["version"], one["entries"], one["names"], one["wallets"]) == ("2026-02-01", 2, 1, 1)
    assert "un 2026-03-01（" in run("show", "--book", folder / "b", "--lang", "zh").stdout
    early = run("show", "--book", folder / "b", "--at", "2026-01-15T00:00:00Z")
    assert "no list is in force" in early.stdout


@pytest.mark.parametrize("where", ["book", "file"])
def test_screen_a_table(folder: Path, where: str) -> None:
    """Parties are held against the book's lists, or one in a file; who is open is counted."""
    add(folder, "1.csv", "2026-02-01")
    against = ("--book", folder / "b") if where == "book" else ("--list", folder / "1.csv")
    done = run("screen", folder / "people.csv", *against, "--json", "--fail-on", "hit")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (found["parties"], found["unknown"]) == (4, 1)
    by = {one["party"]: one["matches"][0]["by"] for one in found["hits"]}
    assert by == {"p1": "name", "p3": "wallet"}
    assert "4 screened, 2 named, 1 " in run("screen", folder / "people.csv", *against).stdout


def test_screen_without_a_table_screens_whoever_is_known(folder: Path) -> None:
    """An empty book has nobody to screen, and says so."""
    add(folder, "1.csv", "2026-02-01")
    assert "0 known parties" in run("screen", "--book", folder / "b").stdout


def test_diff(folder: Path) -> None:
    """What came and went is told entry by entry."""
    done = run("diff", folder / "1.csv", folder / "2.csv", "--json")
    found = json.loads(done.stdout)
    assert (found["added"], found["removed"]) == (["e3"], ["e1", "e2"])
    assert found["wallets_removed"] == [WALLET.lower()]
    assert "移除钱包：1" in run("diff", folder / "1.csv", folder / "2.csv", "--lang", "zh").stdout


def test_remove(folder: Path) -> None:
    """A removed list is in force no more; one that is not there cannot be removed."""
    add(folder, "1.csv", "2026-02-01")
    assert run("remove", "un", "--book", folder / "b").exit_code == 0
    assert "no list is in force" in run("show", "--book", folder / "b").stdout
    again = run("remove", "un", "--book", folder / "b")
    assert (again.exit_code, "there is no list `un`" in again.stderr) == (2, True)


def test_a_version_that_does_not_count_is_told(folder: Path) -> None:
    """An older version, and one of a day to come, are kept and said not to be in force."""
    add(folder, "1.csv", "2026-02-01")
    older = add(folder, "2.csv", "2026-01-01", "--json")
    assert ("not in force today" in older.stderr, json.loads(older.stdout)["in_force"]) == (
        True,
        False,
    )
    assert "目前不生效" in add(folder, "2.csv", "2999-01-01", "--lang", "zh").stderr
    assert add(folder, "2.csv", "2026-03-01").stderr == ""


def test_identity_key(folder: Path) -> None:
    """The key that mappings use is the one that the book compares identities by."""
    assert run("identity-key", folder / "key", "--book", folder / "b").exit_code == 0
    with Book.open(folder / "b") as book:
        assert read_secret(folder / "key") == book.lists.secret


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "un", "{f}/1.csv", "--book", "{f}/b"], 2, "of which day"),
        (["add", "un", "{f}/1.csv", "--book", "{f}/b", "--date", "soon"], 2, "is not a day"),
        (["add", "un", "{f}/none.csv", "--book", "{f}/b"], 3, "cannot be read"),
        (["add", "un", "{f}/1.csv", "--book", "{f}", "--date", "2026-01-01"], 2, "no book"),
        (["screen"], 2, "nobody to screen"),
        (["screen", "{f}/people.csv"], 2, "no list to screen against"),
        (["show", "--book", "{f}/b", "--at", "noon"], 2, "is not a moment"),
    ],
)
def test_mistakes_are_told(folder: Path, arguments: list[str], code: int, said: str) -> None:
    """What is wrong is said on stderr with what to do, and the exit code tells whose turn it is."""
    done = run(*(one.format(f=folder) for one in arguments))
    assert done.exit_code == code
    assert said in done.stderr
    assert "help:" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (("add", "un list", "1.csv", "--date", "2026-02-01"), "`POST /v1/lists/un%20list`"),
        (("remove", "un"), "`POST /v1/lists/un/removal`"),
        (("show",), "`GET /v1/lists`"),
    ],
)
def test_a_book_that_is_served_names_the_call(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], call: str
) -> None:
    """Where a desk has the book, the remedy is the call by which the desk does the same."""
    monkeypatch.chdir(folder)
    with Book.open(folder / "b"):
        done = run(*arguments, "--book", "b")
    assert done.exit_code == 4
    assert call in done.stderr
