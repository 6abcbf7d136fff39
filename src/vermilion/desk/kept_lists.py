"""The content of watch lists that a book keeps, by digest, and whom they name.

Entries of the record name a list's content by digest; it lies in `lists/` beside the record.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

from vermilion.desk.durable import write_durably
from vermilion.errors import StorageError
from vermilion.identity import identity_of, identity_secret, read_number
from vermilion.screening import Identifier, Matcher, WatchList, packed, unpacked

_SCHEMES = {
    "national_id": ("cn",),
    "company": ("uscc", "lei"),
    "passport": ("passport",),
}
"""What a list's identifier may be a number of, by the kind that the list gives."""

_CHECKED = ("cn", "uscc", "lei")
"""What one of any other kind may be a number of: those whose check digits tell."""

MADE_LATELY = 4
"""Versions that stay ready until somebody screens by them. Policy."""


class KeptLists:
    """Versions of lists in a folder.

    Args:
        folder: where they lie; made with the first.
        key: the book's key for digests. Identifiers are compared by keyed digest.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self.secret = identity_secret(key)
        # A version of 50,000 names takes 14 MB: it is ready while somebody screens by it.
        self._matchers: WeakValueDictionary[str, Matcher] = WeakValueDictionary()
        self._lately: deque[Matcher] = deque(maxlen=MADE_LATELY)
        self._keeping = Lock()  # a list may be sent twice at once

    def keep(self, found: WatchList) -> str:
        """Keep a version and return its digest; durable on return. What is damaged is made good."""
        digest, content = packed(found)
        with self._keeping:
            if not self._is_whole(digest):
                write_durably(self._path(digest), content)
        return digest

    def has(self, digest: str) -> bool:
        """Tell whether a version is kept."""
        return digest in self._matchers or self._path(digest).exists()

    def content(self, digest: str) -> WatchList:
        """Return a version.

        Raises:
            StorageError: `list_lost`, `list_altered`.
        """
        try:
            content = self._path(digest).read_bytes()
        except OSError:
            raise lost(digest, self._path(digest)) from None
        return unpacked(content, digest)

    def matcher(self, digest: str) -> Matcher:
        """Return a version made ready; it stays so while it is used, and some time longer.

        Raises:
            StorageError: `list_lost`, `list_altered`.
        """
        found = self._matchers.get(digest)
        if found is None:
            found = self._matchers[digest] = Matcher(self.content(digest), self.identify)
            self._lately.append(found)
        return found

    def identify(self, identifier: Identifier) -> str | None:
        """Return the identity of whoever bears an identifier; None where it cannot be compared."""
        for scheme in _SCHEMES.get(identifier.kind, _CHECKED):
            number = read_number(identifier.number, scheme, dt.date.max, identifier.country)
            if number.valid:
                return identity_of(number, self.secret)
        return None

    def _is_whole(self, digest: str) -> bool:
        try:
            self.content(digest)
        except StorageError:
            return False
        return True

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.zst"


def lost(digest: str, path: Path | None = None) -> StorageError:
    """Return the error that a list is not kept."""
    return StorageError(
        "list_lost",
        f"the book does not keep list `{digest}`",
        help="add the same list again, or bring the file back from a copy; nobody is judged without",
        where=None if path is None else str(path),
    )
