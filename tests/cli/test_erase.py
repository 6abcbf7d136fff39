"""`vermilion erase`: somebody is erased while the desk is stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vermilion.cli import main
from vermilion.desk.book import Book


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a book under the shipped rulebook of China, in which ann is known."""
    state(tmp_path / "b", "ann")
    return tmp_path / "b"


def state(book: Path, id: str) -> None:
    """Let somebody be known in a book."""
    said = {"specversion": "1.0", "type": "party", "source": "//test", "id": f"p-{id}"}
    said |= {"time": "2026-03-10T12:00:00+08:00", "stage": "settled"}
    file = book.parent / "party.ndjson"
    file.write_text(json.dumps(said | {"data": {"party": {"id": id, "name": id.title()}}}))
    done = CliRunner().invoke(main, ["check", str(file), "--book", str(book), "--rulebook", "cn"])
    assert done.exit_code == 0, done.stderr


def run(book: Path, *arguments: str, typed: str = "") -> Result:
    """Run the command."""
    ground = () if "--ground" in arguments else ("--ground", "requested")
    given = ["erase", "--book", str(book), "--by", "ada", *ground, *arguments]
    return CliRunner().invoke(main, given, input=typed)


def keys(book: Path, id: str = "ann") -> list[str]:
    """Return the ids of a person's keys."""
    with Book.open(book) as opened:
        return opened.keys.ids(f"person/{id}")


def test_it_is_refused_by_clause(book: Path) -> None:
    """Where records may have to be kept the command says by which clause, and asks nothing."""
    done = run(book, "ann")
    assert done.exit_code == 2
    assert "CN-AML-2024-OBLIGED" in done.stderr
    assert "for good" not in done.stderr
    assert keys(book)


@pytest.mark.parametrize(("typed", "gone"), [("y\n", True), ("n\n", False), ("", False)])
def test_it_asks_whether_it_is_meant(book: Path, typed: str, gone: bool) -> None:
    """What is lost is said first, and without a yes nothing is done."""
    done = run(book, "ann", "--despite-retention", "--reference", "dpo-4", typed=typed)
    assert "This is final" in done.stderr
    assert (done.exit_code == 0) is gone
    assert (keys(book) == []) is gone


def test_as_text_and_as_json(book: Path) -> None:
    """People and programs are told what was recorded."""
    despite = ("--despite-retention", "--reference", "dpo-4", "--yes")
    said = json.loads(run(book, "ann", *despite, "--ended", "2026-03-11", "--json").stdout)
    assert (said["person"], said["by"], said["reference"]) == ("ann", "ada", "dpo-4")
    assert said["retention"][0]["until"] == "2036-03-12"
    state(book, "bob")
    told = run(book, "bob", *despite, "--lang", "zh").stdout
    assert "已删除：bob" in told
    assert "第三十四条第三款" in told
    assert run(book, "bob", *despite).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("eve", "--yes"), "nothing that could be erased"),
        (("ann", "--yes", "--ended", "soon"), "the erasure cannot be read"),
        (("ann", "--yes", "--ground", "whim"), "Invalid value for '--ground'"),
    ],
)
def test_what_cannot_be(book: Path, arguments: tuple[str, ...], words: str) -> None:
    """It is refused as wrong use, with its reason."""
    done = run(book, *arguments)
    assert (done.exit_code, words in done.stderr) == (2, True)
    assert keys(book)


def test_while_the_book_is_taken(book: Path) -> None:
    """It leads to the desk that has the book."""
    with Book.open(book):
        done = run(book, "ann", "--yes")
    assert done.exit_code == 4
    assert "/v1/parties/ID/erasure" in done.stderr
