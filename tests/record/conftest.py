"""A small record to play with, and ways to damage it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest

from vermilion.record import KeyStore, Record, Section, keys
from vermilion.record.frames import ENTRY_HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIGIN = "example.com/book"
VECTORS = Path(__file__).parents[3] / "shared" / "data" / "tlog_vectors"


def load_vectors(name: str) -> Any:
    """Read a file of published test vectors, or skip the test that wants it."""
    path = VECTORS / name
    if not path.exists():
        pytest.skip(f"published test vectors are not at {path}")
    return json.loads(path.read_text())


def entry_frame(envelope: bytes, body: bytes) -> bytes:
    """Write one entry's frame, as docs/record-format.md tells it."""
    return ENTRY_HEAD.pack(b"E", len(envelope), len(body), crc32(envelope)) + envelope + body


class Book:
    """A record and its key store in a directory."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "record"
        self.key_path = directory / "keys"
        self.keys = KeyStore.create(self.key_path, ORIGIN)
        self.record = Record.create(self.path, self.keys, ORIGIN)

    def add(self, count: int = 1, *, person: str = "person/li-4711", bulk: int = 40) -> list[int]:
        """Queue entries of mixed shape: a class section, now and then a person's, now and then none."""
        indexes = []
        for _ in range(count):
            number = self.record.size + self.record.pending
            sections = [
                Section(
                    key="class/transaction/2026-11", content=b"terms %d " % number * (bulk // 8)
                ),
                Section(key=person, content=b"Li Qingzhao, Jinan"),
            ][: 2 - number % 3]
            commit = {"event": b"value %d" % number} if sections else {}
            statement = json.dumps({"id": f"e{number}"}).encode()
            indexes.append(self.record.append("judgement", statement, sections, commit))
        return indexes

    def reopen(self, **options: int) -> Record:
        """Close the record and open it again, as the next process would."""
        self.record.close()
        self.record = Record.open(self.path, self.keys, **options)
        return self.record

    def segment(self, first: int = 0) -> Path:
        """Return the path of a segment file."""
        return self.path / f"{first:012d}.log"


@pytest.fixture(autouse=True)
def _close_databases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what a test left open, so that no test need end with closing."""
    opened = []
    connect = keys._connect

    def remember(path: Path) -> sqlite3.Connection:
        opened.append(connect(path))
        return opened[-1]

    monkeypatch.setattr(keys, "_connect", remember)
    yield
    for database in opened:
        database.close()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """An empty record, closed after the test."""
    made = Book(tmp_path)
    yield made
    if made.record._failure != "it was closed":
        made.record.close()
    made.keys.close()
