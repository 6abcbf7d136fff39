"""Verify a book from its files alone: its record, and the rulebooks it keeps."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from vermilion.desk.book import lock_book
from vermilion.errors import UsageError
from vermilion.record import KeyStore, Problem, Verification, verify


def verify_book(path: Path) -> Verification:
    """Recompute a book's record, and hold its kept rulebooks against their digests.

    Raises:
        UsageError: there is no book.
        StorageError: the keys cannot be opened, or another process has the book open.
    """
    if not (path / "book.yaml").is_file():
        raise UsageError("not_a_book", "there is no book here", where=str(path))
    with ExitStack() as stack:
        stack.callback(os.close, lock_book(path))
        keys = KeyStore.open(path / "keys")
        stack.callback(keys.close)
        found = verify(path / "record", keys)
    problems = (*found.problems, *_altered_rulebooks(path / "rulebooks"))
    return msgspec.structs.replace(found, problems=problems)


def _altered_rulebooks(folder: Path) -> Iterator[Problem]:
    for file in sorted(folder.glob("*.json")):
        content = file.read_bytes()
        if hashlib.sha256(content).hexdigest() != file.stem:
            what = "the kept rulebook is not the one of its digest"
            yield Problem(f"rulebooks/{file.name}", 0, len(content), None, what)
