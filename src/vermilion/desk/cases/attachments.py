"""Keep the attachments of cases: encrypted files beside the record, which names them by their hash.

A file is the line `vermilion attachment 1`, the id of its key (16 bytes), a nonce (12 bytes) and the
content under AES-256-GCM (NIST SP 800-38D), bound to the record and the case. Its name is the
SHA-256 of all that, which tells nothing of the content, as the nonce is random.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from cryptography.exceptions import InvalidTag

from vermilion.desk.durable import PARTIAL, write_durably
from vermilion.errors import DataError, StorageError, UsageError
from vermilion.record import KeyStore

MOST_BYTES = 10 * 2**20
"""Size of an attachment at most. Policy."""

LONGEST_NAME = 120
"""Characters kept of a file's name, of which its ending is among the last. Policy."""

ANY_TYPE = "application/octet-stream"
"""The media type of what names none that can be read."""

_MAGIC = b"vermilion attachment 1\n"
_HEAD = len(_MAGIC) + 16
_NONCE = 12
_NAME = re.compile(r"[0-9a-f]{64}\Z")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\Z")


class Attachments:
    """The attachments of one book.

    Args:
        folder: where they lie; made when the first one is stored.
        keys: the book's keys.
    """

    def __init__(self, folder: Path, keys: KeyStore) -> None:
        self._folder = folder
        self._keys = keys

    def store(self, content: bytes, cause: str, key: str) -> str:
        """Encrypt and store an attachment; return the SHA-256 under which it lies, durable.

        Args:
            content: its bytes.
            cause: the case that it belongs to.
            key: the name of the key: retention class and month.

        Raises:
            UsageError: `attachment_too_large`, `attachment_empty`.
            StorageError: `attachment_unwritable`.
        """
        _check_size(content)
        key_id, cipher = self._keys.get_or_create(key)
        # A key that is lost with a crash must not have been used.
        self._keys.flush()
        nonce = os.urandom(_NONCE)
        sealed = cipher.encrypt(nonce, content, self._bound(cause))
        stored = b"".join((_MAGIC, bytes.fromhex(key_id), nonce, sealed))
        digest = hashlib.sha256(stored).hexdigest()
        try:
            self._write(digest, stored)
        except OSError as error:
            raise StorageError(
                "attachment_unwritable",
                f"the attachment cannot be stored: {(error.strerror or str(error)).lower()}",
                help="check the disk and its permissions; nothing was recorded",
                where=str(self._folder),
            ) from error
        return digest

    def load(self, sha256: str, cause: str) -> bytes:
        """Return an attachment's bytes, after holding them against the hash that is recorded.

        Raises:
            DataError: `erased`: its key was destroyed.
            StorageError: `attachment_lost`, `attachment_damaged`, `key_missing`.
        """
        path = self._folder / sha256
        try:
            stored = path.read_bytes()
        except OSError as error:
            raise StorageError(
                "attachment_lost",
                f"the attachment cannot be read: {(error.strerror or str(error)).lower()}",
                help="bring the file back from a backup",
                where=str(path),
            ) from error
        if hashlib.sha256(stored).hexdigest() != sha256 or not stored.startswith(_MAGIC):
            raise _damaged(path)
        cipher = self._keys.find(stored[len(_MAGIC) : _HEAD].hex())
        if cipher is None:
            raise erased()
        begin = _HEAD + _NONCE
        try:
            return cipher.decrypt(stored[_HEAD:begin], stored[begin:], self._bound(cause))
        except InvalidTag:
            raise _damaged(path) from None

    def sweep(self, recorded: Callable[[str], bool]) -> int:
        """Remove what a crash left that no entry names; return how many files there were."""
        if not self._folder.is_dir():
            return 0
        found = [one for one in self._folder.iterdir() if _is_orphan(one.name, recorded)]
        for path in found:
            path.unlink()
        return len(found)

    def _bound(self, cause: str) -> bytes:
        return f"vermilion attachment 1\n{self._keys.origin}\n{cause}\n".encode()

    def _write(self, name: str, stored: bytes) -> None:
        write_durably(self._folder / name, stored, private=True)


def clean_name(name: str) -> str:
    """Return the name of a file without path, and without what does not show."""
    # The end, which has the ending: to put accents in order takes quadratic time.
    text = unicodedata.normalize("NFC", name[-4 * LONGEST_NAME :]).replace("\\", "/")
    shown = "".join(one for one in text if one.isprintable())
    path = PurePosixPath(shown.rpartition("/")[2].strip().lstrip(".").strip() or "file")
    ending = path.suffix[:20]
    return path.stem[: LONGEST_NAME - len(ending)] + ending


def clean_type(media_type: str) -> str:
    """Return a media type without parameters; `ANY_TYPE` for what is none."""
    bare = media_type.partition(";")[0].strip().lower()
    return bare if _TYPE.match(bare) else ANY_TYPE


def erased() -> DataError:
    """Return the error that says that an attachment was erased."""
    return DataError(
        "erased", "the attachment was erased", help="its entry in the record stays, and verifies"
    )


def _check_size(content: bytes) -> None:
    if not content:
        raise UsageError("attachment_empty", "the attachment is empty")
    if len(content) > MOST_BYTES:
        raise UsageError(
            "attachment_too_large",
            f"the attachment has {len(content)} bytes, which is more than {MOST_BYTES}",
            help="attach it in parts, or say in a note where it is kept",
        )


def _is_orphan(name: str, recorded: Callable[[str], bool]) -> bool:
    bare = name.removesuffix(PARTIAL)
    return _NAME.match(bare) is not None and (bare != name or not recorded(bare))


def _damaged(path: Path) -> StorageError:
    return StorageError(
        "attachment_damaged",
        "the attachment is not the one that was recorded",
        help="bring the file back from a backup",
        where=str(path),
    )
