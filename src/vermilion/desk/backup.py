"""Copy a book while another process owns it and writes to it.

The record says where the copy ends: at what the roll-back guard says is acknowledged. Segments only
grow, so that each is copied up to there. All else is copied afterwards, because whatever an entry
needs (its keys, its rulebook, its attachment) was made durable before the entry was. State and
index are derived from the record and left out.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from vermilion.desk.backup_files import (
    ARCHIVE,
    BOOK,
    MANIFEST,
    Filed,
    Manifest,
    Sink,
    sink,
    sync_folders,
)
from vermilion.desk.book import require_book
from vermilion.desk.durable import PARTIAL
from vermilion.errors import StorageError, UsageError
from vermilion.record import KeyStore, note
from vermilion.record.frames import CommitFrame, FrameError, header, parse, segment_name
from vermilion.record.guard import Guarded
from vermilion.record.keys import KEK_VARIABLE
from vermilion.record.segments import first_indexes, mapped, sync_directory
from vermilion.record.tree import EMPTY_ROOT

FORMAT = "vermilion-backup/1"

DERIVED = frozenset({"state.db", "index.db"})
"""Databases that are rebuilt from the record. Whoever owns the book keeps them locked."""

_APART = frozenset({"record", "keys"})
_BESIDE = ("-wal", "-shm", "-journal", PARTIAL)
"""How the names of files end that belong to a moment of work on another one."""


class Acknowledged(NamedTuple):
    """How far a record is acknowledged: entries, signed note, bytes of each segment by its name."""

    guarded: Guarded
    note: bytes
    segments: dict[str, int]


def back_up(book: Path, to: Path, *, record: bool = True, keys: bool = True) -> Manifest:
    """Copy a book to a new folder, or a new file whose name ends in `.tar.zst`; durable on return.

    The book may be in use. The copy appears under its name whole or not at all.

    Args:
        book: the book's folder.
        to: the new folder or file.
        record: copy everything but the keys. Without it the copy is of the keys alone.
        keys: copy the keys, and the key-encryption key where it lies beside them.

    Raises:
        UsageError: `not_a_book`, `backup_exists`, `backup_inside`.
        StorageError: the keys cannot be opened, the record is damaged, or `backup_failed` where the
            disk refuses.
    """
    require_book(book)
    _refuse_place(book, to)
    try:
        with _draft_of(to) as draft, closing(KeyStore.open(book / "keys")) as store:
            made = draft / "made"
            scratch = draft / "scratch"
            scratch.mkdir()
            if not to.name.endswith(ARCHIVE):
                made.mkdir(mode=0o700)
            with sink(made, archive=to.name.endswith(ARCHIVE)) as files:
                manifest = _Copy(book, store, files, scratch).run(record=record, keys=keys)
            sync_folders(made)
            _refuse_place(book, to)
            made.rename(to)
            sync_directory(to.parent)
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise StorageError(
            "backup_failed",
            f"the backup cannot be made: {reason.lower()}",
            help="check the disk that it goes to; nothing was left under its name",
            where=str(to),
        ) from error
    return manifest


class _Copy:
    """One run over a book."""

    def __init__(self, book: Path, keys: KeyStore, files: Sink, scratch: Path) -> None:
        self._book = book
        self._keys = keys
        self._sink = files
        self._scratch = scratch
        self._filed: list[Filed] = []

    def run(self, *, record: bool, keys: bool) -> Manifest:
        """Copy in the one order that is safe: the record's end first, the keys last."""
        found = acknowledged(self._book / "record", self._keys)
        if record:
            for name, size in found.segments.items():
                self._put(f"record/{name}", self._book / "record" / name, size)
            for path in _other_files(self._book):
                name = path.relative_to(self._book).as_posix()
                # What is gone by now was of the moment: an entry's own files stay.
                with suppress(FileNotFoundError):
                    self._put(name, self._database(path) if path.suffix == ".db" else path)
        # Where the variable names another file, one that lies here is not this store's.
        beside = KEK_VARIABLE not in os.environ and (self._book / "keys" / "kek").is_file()
        with_kek = keys and beside
        if keys:
            self._copy_keys(found.guarded, with_kek=with_kek)
        manifest = Manifest(
            format=FORMAT,
            origin=self._keys.origin,
            vkey=self._keys.verifier.vkey,
            size=found.guarded.size,
            checkpoint=found.note.decode(),
            taken_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            home=str(self._book.resolve()),
            record=record,
            keys=keys,
            kek=with_kek,
            files=self._filed,
        )
        listed = self._scratch / MANIFEST
        listed.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        with listed.open("rb") as file:
            self._sink.put(MANIFEST, file, listed.stat().st_size)
        return manifest

    def _copy_keys(self, guarded: Guarded, *, with_kek: bool) -> None:
        """Copy the key store, with a guard that stands exactly where the copied record ends."""
        folder = self._scratch / "keys"
        folder.mkdir(mode=0o700)
        copy_database(self._book / "keys" / "keys.db", folder / "keys.db")
        if with_kek:
            shutil.copyfile(self._book / "keys" / "kek", folder / "kek")
        set_guard(folder, guarded)
        for path in sorted(folder.iterdir()):
            self._put(f"keys/{path.name}", path)

    def _database(self, path: Path) -> Path:
        copy = self._scratch / path.name
        copy_database(path, copy)
        return copy

    def _put(self, name: str, path: Path, size: int | None = None) -> None:
        length = path.stat().st_size if size is None else size
        with path.open("rb") as file:
            digest = self._sink.put(f"{BOOK}/{name}", file, length)
        self._filed.append(Filed(name, length, digest))


def acknowledged(record: Path, keys: KeyStore) -> Acknowledged:
    """Tell how far a record is acknowledged, and where that lies in its files.

    The record may be in use: what its writer adds meanwhile is not looked at.

    Raises:
        StorageError: `guard_missing`, `guard_damaged`; `record_damaged`: it does not hold what was
            acknowledged.
    """
    with closing(keys.open_guard()) as guard:
        last = guard.last()
    firsts = [first for first in first_indexes(record) if first == 0 or first < last.size]
    names = [segment_name(first) for first in firsts]
    sizes = {name: (record / name).stat().st_size for name in names[:-1]}
    if not firsts:
        raise StorageError("record_missing", "there is no record here", where=str(record))
    start = len(header(keys.origin, firsts[-1]))
    if last.size == 0:
        empty = keys.sign(note.checkpoint_text(keys.origin, 0, EMPTY_ROOT))
        return Acknowledged(last, empty, {**sizes, names[-1]: start})
    commit = _commit_of(record / names[-1], start, last, keys)
    return Acknowledged(last, commit.note, {**sizes, names[-1]: commit.end})


def _commit_of(path: Path, offset: int, last: Guarded, keys: KeyStore) -> CommitFrame:
    """Return the commit frame of the last acknowledged group; nothing behind it is touched."""
    wanted = note.checkpoint_text(keys.origin, last.size, last.root).encode() + b"\n"
    with mapped(path) as data:
        try:
            while True:
                frame = parse(data, offset)
                if isinstance(frame, CommitFrame) and frame.note.startswith(wanted):
                    return frame
                offset = frame.end
        except FrameError as error:
            raise StorageError(
                "record_damaged",
                f"the record does not hold the {last.size} entries acknowledged: {error}",
                help="run `vermilion record verify`",
                where=f"{path} byte {offset}",
            ) from None


def copy_database(path: Path, to: Path) -> None:
    """Copy an SQLite database as it is at one moment, while others use it.

    It is read in one go: whoever destroys a key waits for readers before its bytes are gone.
    """
    # Only what is there: by itself SQLite would make an empty database of a name that is not.
    there = f"{path.absolute().as_uri()}?mode=rw"
    with (
        closing(sqlite3.connect(there, uri=True)) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target)
    to.chmod(0o600)


def set_guard(keys: Path, guarded: Guarded) -> None:
    """Put a new roll-back guard into a copied key store; both of its slots say the same."""
    path = keys / "guard"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    with closing(KeyStore.open(keys)) as store, closing(store.open_guard()) as guard:
        guard.write(guarded)
        guard.write(guarded)


def _other_files(book: Path) -> Iterator[Path]:
    """Yield a book's files apart from record, keys and what is derived or of the moment."""
    seen: set[Path] = set()
    for folder, folders, files in os.walk(book, followlinks=True):
        here = Path(folder)
        seen.add(here.resolve())
        apart = _APART if here == book else frozenset()
        # A link may lead to another disk, but not in a circle.
        folders[:] = sorted(
            name
            for name in folders
            if name not in apart and (here / name).resolve() not in seen and name[0] != "."
        )
        for name in sorted(files):
            passing = name.endswith(_BESIDE) or (here == book and name in {*DERIVED, "lock"})
            if not passing and (here / name).is_file():
                yield here / name


def _refuse_place(book: Path, to: Path) -> None:
    if to.exists() or to.is_symlink():
        raise UsageError(
            "backup_exists",
            "something is there already, and was not changed",
            help="name a new file or folder for each backup",
            where=str(to),
        )
    if to.resolve().is_relative_to(book.resolve()):
        raise UsageError(
            "backup_inside",
            "a backup inside the book would be part of the next one, and be lost with the book",
            help="name a place on another disk",
            where=str(to),
        )


@contextmanager
def _draft_of(to: Path) -> Iterator[Path]:
    """Make a private folder beside a place, and remove it with all that was not moved away."""
    to.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
    try:
        yield draft
    finally:
        shutil.rmtree(draft)
