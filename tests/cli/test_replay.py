"""`vermilion replay`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from vermilion.desk.book import Book
from vermilion.rulebook.load import SHIPPED

from .samples import complaint, market_file, printed, run


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a book with a small market in it, judged by the rules on gifts."""
    folder = tmp_path_factory.mktemp("replay")
    events = market_file(folder / "events.ndjson", 150)
    run("check", events, "--book", folder / "book", "--rulebook", "platform")
    return folder / "book"


def test_equal(book: Path) -> None:
    """What was recorded is equal to the byte, which exits 0, in words and as JSON."""
    result = run("replay", book)
    assert result.exit_code == 0
    assert "equal to the byte" in result.stdout
    found = printed(run("replay", book, "--json"))
    assert found["rulings"] == found["equal"] == 150
    assert "逐字节相同" in run("replay", book, "--lang", "zh").stdout


def test_under_another_rulebook(book: Path, tmp_path: Path) -> None:
    """With a changed rule the first difference is named, and it exits 1."""
    draft = tmp_path / "draft"
    shutil.copytree(SHIPPED / "platform", draft)
    path = draft / "rules" / "PF-RESALE-01.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("mode: live", 'mode: "off"'), encoding="utf-8")
    result = run("replay", book, "--rulebook", draft)
    assert result.exit_code == 1
    assert "First difference" in result.stdout
    assert "PF-RESALE-01" in result.stdout
    assert run("replay", book, "--rulebook", "platform").exit_code == 0


def test_a_part(book: Path) -> None:
    """Entries from one on, up to another."""
    found = printed(run("replay", book, "--from", 10, "--to", 20, "--json"))
    assert (found["begin"], found["end"], found["events"]) == (10, 20, 10)


def test_nothing_recorded(tmp_path: Path) -> None:
    """A book without a judgement is told as such, and exits 3."""
    Book.open(tmp_path / "b").close()
    result = run("replay", tmp_path / "b")
    assert result.exit_code == 3
    assert "no judgement yet" in complaint(result)[0]


def test_in_words(book: Path, tmp_path: Path) -> None:
    """What differs is called by its name in both languages, not by its field's."""
    draft = tmp_path / "draft"
    shutil.copytree(SHIPPED / "platform", draft)
    for rule in (draft / "rules").glob("*.yaml"):
        text = rule.read_text(encoding="utf-8")
        rule.write_text(text.replace("mode: live", "mode: shadow"), encoding="utf-8")
    for language, words in (("zh", "不属于某条规则：结论"), ("en", "of no single rule: verdict")):
        assert words in run("replay", book, "--rulebook", draft, "--lang", language).stdout


def test_wrong_use(book: Path, tmp_path: Path) -> None:
    """No book, no such entries, and a rulebook that never judged are refused."""
    for arguments, message in (
        ((tmp_path,), "no book"),
        ((book, "--from", 9_999), "no entries"),
        ((book, "--rulebook", "permits"), "no event was judged"),
    ):
        result = run("replay", *arguments)
        assert result.exit_code == 2
        assert message in complaint(result)[0]
