"""`vermilion record verify`: damage anywhere in a record is found and placed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from vermilion.desk.book import Book

from .samples import complaint, market_file, printed, run

PLACES = 30


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a book with a small market in it."""
    folder = tmp_path_factory.mktemp("market")
    run("check", market_file(folder / "f"), "--book", folder / "b")
    return folder / "b"


def log_of(book: Path) -> Path:
    """Return the only segment of a book's record."""
    (path,) = (book / "record").glob("*.log")
    return path


class TestWhole:
    """A record that nobody touched verifies."""

    def test_its_key(self, book: Path) -> None:
        """The key is printed in the form in which a backup names it, while the book is open too."""
        with Book.open(book) as opened:
            result = run("record", "key", "--book", book)
            assert result.exit_code == 0
            assert result.stdout == f"{opened.keys.verifier.vkey}\n"

    def test_for_people(self, book: Path) -> None:
        """One line, exit code 0."""
        result = run("record", "verify", "--book", book)
        assert result.exit_code == 0
        assert result.stdout.startswith("301 entries verified")

    def test_for_programs(self, book: Path) -> None:
        """One object with exactly these keys."""
        result = run("record", "verify", "--book", book, "--json")
        assert printed(result) == {"entries": 301, "ok": True, "problems": []}

    def test_no_book(self, tmp_path: Path) -> None:
        """A folder that is no book is wrong use."""
        result = run("record", "verify", "--book", tmp_path)
        assert result.exit_code == 2
        assert "there is no book here" in complaint(result)[0]

    @pytest.mark.parametrize("lost", ["keys/keys.db", "keys/kek", "record"])
    def test_a_lost_part(self, book: Path, lost: str) -> None:
        """Without keys or record there is nothing to verify: a failure of storage."""
        (book / lost).rename(book / "aside")
        try:
            result = run("record", "verify", "--book", book)
        finally:
            (book / "aside").rename(book / lost)
        assert result.exit_code == 4
        complaint(result)


class TestDamaged:
    """One byte changed anywhere is found, and its place is named."""

    @pytest.mark.parametrize("number", range(PLACES))
    def test_one_changed_byte_is_found_and_placed(self, book: Path, number: int) -> None:
        """Exit code 1, and a problem whose byte range holds the byte."""
        chance = random.Random(f"flip {number}")
        log = log_of(book)
        whole = log.read_bytes()
        place = chance.randrange(len(whole))
        damaged = bytearray(whole)
        damaged[place] ^= chance.randrange(1, 256)
        log.write_bytes(damaged)
        try:
            result = run("record", "verify", "--book", book, "--json")
        finally:
            log.write_bytes(whole)
        assert result.exit_code == 1
        found = printed(result)
        ranges = [(one["offset"], one["length"]) for one in found["problems"]]
        assert any(start <= place < start + length for start, length in ranges), (place, found)
        assert {one["file"] for one in found["problems"]} == {log.name}
        assert not found["ok"]

    def test_for_people(self, book: Path) -> None:
        """How much is confirmed, and each problem with file, byte and length."""
        log = log_of(book)
        whole = log.read_bytes()
        log.write_bytes(whole.replace(b'"kind":"judgement"', b'"kind":"judgemenT"', 1))
        result = run("record", "verify", "--book", book)
        log.write_bytes(whole)
        assert result.exit_code == 1
        first, *others = result.stdout.splitlines()
        assert first.endswith("; a good checkpoint covers the first 1 entries")
        assert first.startswith(f"problems: {len(others)};")
        assert all(line.startswith(f"  {log.name} byte ") for line in others)

    def test_a_shortened_record_is_found(self, book: Path) -> None:
        """Whole groups that are gone are missed by the guard."""
        log = log_of(book)
        whole = log.read_bytes()
        log.write_bytes(whole[: whole.index(b"\n") + 1])
        result = run("record", "verify", "--book", book, "--json")
        log.write_bytes(whole)
        assert result.exit_code == 1
        assert "301 entries were acknowledged" in result.stdout
