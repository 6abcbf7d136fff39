"""Verify a book's record from its files alone."""

from __future__ import annotations

from pathlib import Path

from vermilion.errors import UsageError
from vermilion.record import KeyStore, Verification, verify


def verify_book(path: Path) -> Verification:
    """Recompute a book's record: hashes, roots, signatures, sections, guard.

    Raises:
        UsageError: there is no book.
        StorageError: the keys cannot be opened.
    """
    if not (path / "book.yaml").is_file():
        raise UsageError("not_a_book", "there is no book here", where=str(path))
    keys = KeyStore.open(path / "keys")
    try:
        return verify(path / "record", keys)
    finally:
        keys.close()
