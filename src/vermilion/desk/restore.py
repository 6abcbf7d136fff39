"""Make a book of a backup, and say up to which entry it reaches.

Everything is checked in a draft beside the book's place; a book appears there whole and verified,
or not at all.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Literal

import msgspec

from vermilion.desk.audit import verify_book
from vermilion.desk.backup import FORMAT, copy_database, set_guard
from vermilion.desk.backup_files import BOOK, Manifest, damaged, sync_folders, unpack
from vermilion.errors import DataError, StorageError, UsageError
from vermilion.record import KeyStore, Verification, note, verify
from vermilion.record.frames import EntryFrame, parse, segment_name
from vermilion.record.guard import Guarded
from vermilion.record.segments import first_indexes, mapped, sync_directory
from vermilion.record.tree import Tree, leaf_hashes

Standing = Literal["same", "behind", "ahead", "forked"]
"""How a record stands to a checkpoint: it ends there, lacks entries, has more, or contradicts it."""


class Restored(msgspec.Struct, frozen=True):
    """What came of a backup.

    `entries` is how many a good checkpoint covers. `openable` is false where there are no keys.
    `acknowledged` is how many entries the given key store knows to have been acknowledged, and
    `checkpoint` how the record stands to the given checkpoint, which is of `noted` entries.
    `others` are the folders beside it that hold the same record and its keys too.
    """

    entries: int
    taken_at: str
    openable: bool
    acknowledged: int | None = None
    checkpoint: Standing | None = None
    noted: int | None = None
    others: list[str] = []


class Request(msgspec.Struct, frozen=True):
    """What to restore: the backup, a key store for one without keys, a checkpoint to hold it to."""

    backup: Path
    keys: Path | None = None
    checkpoint: bytes | None = None


def restore(request: Request, book: Path) -> Restored:
    """Make a book of a backup in an empty or absent folder; durable on return.

    Raises:
        UsageError: `not_empty`; `book_alive`: the book that it was taken of is still there;
            `keys_given`, `other_keys`, `no_record`.
        DataError: `backup_damaged`; `record_forked`: the checkpoint contradicts it; `bad_note`.
        StorageError: the keys cannot be opened, or `restore_failed` where the disk refuses.
    """
    if book.exists() and (not book.is_dir() or any(book.iterdir())):
        raise UsageError(
            "not_empty",
            "a book is restored into an empty or absent folder",
            help="move what is there aside; it is not overwritten",
            where=str(book),
        )
    with _draft_at(book.absolute().parent, book) as draft:
        manifest = _unpacked(request, draft)
        refuse_alive(manifest)
        restored = _checked(request, manifest, draft / BOOK)
        sync_folders(draft / BOOK)
        (draft / BOOK).chmod(0o700)
        (draft / BOOK).rename(book)
        sync_directory(book.absolute().parent)
    return msgspec.structs.replace(restored, others=_others(book.absolute(), manifest))


def drill(request: Request) -> Restored:
    """Restore beside the backup, verify, and remove it again: it never becomes a second book.

    Raises:
        UsageError, DataError, StorageError: as for `restore`, but for the book's place.
    """
    with _draft_at(request.backup.absolute().parent, request.backup) as draft:
        return _checked(request, _unpacked(request, draft), draft / BOOK)


def refuse_alive(manifest: Manifest) -> None:
    """Refuse to make a second book of a record that is in use on this machine.

    Raises:
        UsageError: `book_alive`.
    """
    if _origin_of(Path(manifest.home)) == manifest.origin:
        raise UsageError(
            "book_alive",
            "the book that this backup was taken of is still there",
            help="two books that go on under one name write two histories of one record: move its "
            "`keys` away first, or use `--drill` to try a backup out",
            where=manifest.home,
        )


def _others(book: Path, manifest: Manifest) -> list[str]:
    """Return the books in the same folder that hold the same record, and keys to go on with it."""
    beside = (one.parent for one in book.parent.glob("*/record"))
    return sorted(str(one) for one in beside if one != book and _origin_of(one) == manifest.origin)


def _origin_of(book: Path) -> str | None:
    """Return the name of the record that a book's keys are of; None where there are none to read."""
    database = book / "keys" / "keys.db"
    if not database.is_file():
        return None
    query = "SELECT value FROM meta WHERE name = 'origin'"
    with closing(sqlite3.connect(database)) as connection, suppress(sqlite3.DatabaseError):
        for (origin,) in connection.execute(query):
            return str(origin)
    return None


def stands_to(record: Path, checkpoint: bytes, vkey: str) -> tuple[Standing, int]:
    """Hold a record to a signed checkpoint of it, and return how it stands and that one's size.

    Raises:
        DataError: `bad_note`: it is no checkpoint, or not signed by the record's key.
    """
    size, root = note.parse_checkpoint(note.open_note(checkpoint, note.parse_vkey(vkey)))[1:]
    tree = Tree()
    at = tree.root() if size == 0 else None
    for envelope in _envelopes(record):
        tree.extend(leaf_hashes([envelope]))
        if tree.size == size:
            at = tree.root()
    if tree.size < size:
        return "behind", size
    if at != root:
        return "forked", size
    return ("same" if tree.size == size else "ahead"), size


def _unpacked(request: Request, draft: Path) -> Manifest:
    manifest = unpack(request.backup, draft)
    if manifest.format != FORMAT:
        raise damaged(request.backup, f"its format is `{manifest.format}`, not `{FORMAT}`")
    if not manifest.record:
        raise UsageError(
            "no_record",
            "this backup holds keys alone",
            help="restore one of the record, and name these keys with `--keys`",
            where=str(request.backup),
        )
    return manifest


def _checked(request: Request, manifest: Manifest, book: Path) -> Restored:
    """Put the keys in, verify, and hold to the checkpoint."""
    known = None if request.keys is None else _put_keys(request.keys, manifest, book)
    openable = manifest.keys or request.keys is not None
    found = verify_book(book) if openable else verify(book / "record", manifest.vkey)
    _refuse_damage(request.backup, manifest, found)
    standing, noted = None, None
    if request.checkpoint is not None:
        standing, noted = stands_to(book / "record", request.checkpoint, manifest.vkey)
        if standing == "forked":
            raise DataError(
                "record_forked",
                f"the checkpoint of {noted:,} entries contradicts this record: there are two "
                "histories under one name",
                help="find out which of the two was shown to others before you open either",
                where=str(request.backup),
            )
    (book / "lock").unlink(missing_ok=True)
    return Restored(found.entries, manifest.taken_at, openable, known, standing, noted)


def _put_keys(keys: Path, manifest: Manifest, book: Path) -> int:
    """Copy a key store into a book that has none; return how many entries it knows of."""
    if manifest.keys:
        raise UsageError("keys_given", "this backup has keys of its own; leave `--keys` out")
    with closing(KeyStore.open(keys)) as store:
        if store.origin != manifest.origin:
            raise UsageError(
                "other_keys",
                f"these keys are of `{store.origin}`, the backup is of `{manifest.origin}`",
                where=str(keys),
            )
        with closing(store.open_guard()) as guard:
            known = guard.last().size
    folder = book / "keys"
    folder.mkdir(mode=0o700)
    copy_database(keys / "keys.db", folder / "keys.db")
    if (keys / "kek").is_file():
        shutil.copyfile(keys / "kek", folder / "kek")
        (folder / "kek").chmod(0o600)
    root = note.parse_checkpoint(note.parse_note(manifest.checkpoint.encode())[0]).root
    set_guard(folder, Guarded(manifest.size, root))
    return known


def _refuse_damage(backup: Path, manifest: Manifest, found: Verification) -> None:
    if found.problems:
        first = found.problems[0]
        raise damaged(
            backup,
            f"{len(found.problems)} problems in its record, the first in {first.file} at byte "
            f"{first.offset}: {first.what}; a good checkpoint covers {found.entries:,} entries",
        )
    if found.entries != manifest.size:
        raise damaged(backup, f"{manifest.size} entries are listed, {found.entries} are there")


def _envelopes(record: Path) -> Iterator[bytes]:
    """Yield the envelopes of a record that was verified."""
    for first in first_indexes(record):
        with mapped(record / segment_name(first)) as data:
            offset = data.find(b"\n") + 1
            while offset < len(data):
                frame = parse(data, offset)
                if isinstance(frame, EntryFrame):
                    yield frame.envelope
                offset = frame.end


@contextmanager
def _draft_at(parent: Path, beside: Path) -> Iterator[Path]:
    """Make a private folder to restore into, and remove it with all that was not moved away."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{beside.name}.", dir=parent))
        try:
            yield draft
        finally:
            shutil.rmtree(draft)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            "restore_failed",
            f"the backup cannot be restored: {str(error).lower()}",
            help="check the path and the disk; nothing was put in place",
            where=str(beside),
        ) from error
