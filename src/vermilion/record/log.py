"""The record: an append-only, encrypted log with one writer that proves itself.

The way of an entry: `append` checks and queues it; `commit` seals the queue as one group, makes new
keys durable, writes the group and its signed checkpoint with one write, waits for the disk, moves
the roll-back guard, and only then returns. What `commit` returned is never lost; what it did not
return may be gone after a crash.

One thread of one process at a time may use a record.
"""

from __future__ import annotations

import os
import sqlite3
from bisect import bisect_right
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from vermilion.errors import DataError, StorageError, UsageError
from vermilion.record import envelope as envelopes
from vermilion.record import frames, note, segments
from vermilion.record.frames import EntryFrame, FrameError
from vermilion.record.guard import Guard, Guarded
from vermilion.record.model import Checkpoint, Entry, Location, Section
from vermilion.record.recovery import Recovered, recover
from vermilion.record.sealing import Queued, open_entry, seal
from vermilion.record.tree import EMPTY_ROOT, leaf_hashes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from vermilion.record.frames import Buffer
    from vermilion.record.keys import KeyStore

SEGMENT_BYTES = 256 * 2**20
"""A segment that reached this size takes no further group."""

MAX_BODY = 2**32 - 2**22
"""Bytes of content in one entry: its length field's limit, less what sealing adds."""


class Record:
    """An open record. Make one with `create` or `open`, and end with `close`.

    `checkpoint` is the last acknowledged one.
    """

    def __init__(
        self, directory: Path, keys: KeyStore, guard: Guard, found: Recovered, segment_bytes: int
    ) -> None:
        self.directory = directory
        self._keys = keys
        self._guard = guard
        self._firsts = found.firsts
        self._tree = found.tree
        self._segment_bytes = segment_bytes
        self._queue: list[Queued] = []
        self._end = found.end
        self._file = os.open(self._path(), os.O_WRONLY | os.O_APPEND)
        self._failure: str | None = None
        self.checkpoint = found.checkpoint or _empty_checkpoint(keys)

    @classmethod
    def create(
        cls, directory: Path, keys: KeyStore, origin: str, *, segment_bytes: int = SEGMENT_BYTES
    ) -> Self:
        """Make an empty record in a directory, which is made too.

        Raises:
            UsageError: `record_exists`, or `origin_differs` from the key store's.
        """
        if origin != keys.origin:
            raise UsageError(
                "origin_differs", f"the key store belongs to `{keys.origin}`, not to `{origin}`"
            )
        directory.mkdir(parents=True, exist_ok=True)
        if segments.first_indexes(directory):
            raise UsageError("record_exists", "a record is there already", where=str(directory))
        with (directory / frames.segment_name(0)).open("xb") as file:
            file.write(frames.header(origin, 0))
            file.flush()
            os.fsync(file.fileno())
        segments.sync_directory(directory)
        return cls.open(directory, keys, segment_bytes=segment_bytes)

    @classmethod
    def open(cls, directory: Path, keys: KeyStore, *, segment_bytes: int = SEGMENT_BYTES) -> Self:
        """Open a record, cutting off what a crash left of a group that was never acknowledged.

        Hashes every envelope again; bodies are skipped.

        Raises:
            StorageError: `record_missing`, `record_damaged`, `record_rolled_back`, `guard_missing`,
                `guard_damaged`.
        """
        guard = keys.open_guard()
        try:
            found = recover(directory, keys.verifier, guard)
            if found.torn:
                found = _cut(directory, found)
            if found.tree.size > guard.last().size or not guard.intact:
                guard.write(Guarded(found.tree.size, found.tree.root()))
            return cls(directory, keys, guard, found, segment_bytes)
        except BaseException:
            guard.close()
            raise

    @property
    def size(self) -> int:
        """Entries acknowledged."""
        return self._tree.size

    @property
    def root(self) -> bytes:
        """Root over the entries acknowledged, 32 bytes."""
        return self._tree.root()

    @property
    def pending(self) -> int:
        """Entries queued and not yet durable."""
        return len(self._queue)

    def append(
        self,
        kind: str,
        statement: bytes,
        sections: Sequence[Section],
        commit: Mapping[str, bytes],
    ) -> int:
        """Queue an entry for the next `commit` and return its index. Nothing is durable yet.

        Args:
            kind: what the entry is, such as `judgement`.
            statement: one JSON object, stored in clear and hashed byte for byte.
            sections: content to be encrypted, each under the key of a name.
            commit: values to commit to under a name; erasing any section hides them.

        Raises:
            DataError: `bad_name`, `bad_statement`, `envelope_too_long`, `body_too_long`, or
                `commitment_without_section`; nothing is queued.
            StorageError: `record_failed`.
        """
        self._check_alive()
        envelopes.check_name(kind)
        for name in commit:
            envelopes.check_name(name)
        envelopes.check_statement(statement)
        if commit and not sections:
            raise DataError(
                "commitment_without_section",
                "an entry that commits to values needs a section, whose salt hides them",
            )
        index = self._tree.size + len(self._queue)
        # An upper bound first: only a long envelope is measured exactly.
        if len(statement) + 256 * (1 + len(commit) + len(sections)) > envelopes.MAX_ENVELOPE:
            _check_length(index, kind, statement, sections, commit)
        if sum([len(section.content) for section in sections]) > MAX_BODY:
            raise DataError("body_too_long", f"the entry's content is longer than {MAX_BODY} bytes")
        self._queue.append((kind, statement, tuple(sections), tuple(commit.items())))
        return index

    def commit(self) -> Checkpoint:
        """Make all queued entries durable and return the checkpoint that acknowledges them.

        With nothing queued it returns the last checkpoint again. After any failure the record takes
        no more entries: what reached the disk is then unknown, and a second fsync would not tell.

        Raises:
            StorageError: `record_failed`; the queued entries are not acknowledged.
        """
        self._check_alive()
        if not self._queue:
            return self.checkpoint
        self._failure = "a commit was interrupted"  # stays, unless the last line below is reached
        try:
            self.checkpoint = self._write_group()
        except (OSError, sqlite3.Error) as error:
            self._failure = str(error)
            raise self._failed() from error
        self._queue = []
        self._failure = None
        return self.checkpoint

    def discard(self) -> None:
        """Forget the queued entries, as when their group cannot be completed; their indexes go too."""
        self._queue = []

    def read(self, location: Location) -> Entry:
        """Return the entry at a location, decrypted as far as its keys exist.

        Raises:
            DataError: `no_entry`: no entry starts there.
            StorageError: `record_damaged`, `key_missing`.
        """
        path = self.directory / frames.segment_name(location.segment)
        try:
            with segments.mapped(path) as data:
                frame = frames.parse(data, location.position)
                if isinstance(frame, EntryFrame):
                    return self._open(data, frame, location)
        except (FileNotFoundError, FrameError):
            pass
        raise DataError("no_entry", "no entry starts there", where=_place(path, location.position))

    def entries(self, start: int = 0) -> Iterator[Entry]:
        """Yield the acknowledged entries from an index on, decrypted as far as their keys exist.

        Raises:
            StorageError: `record_damaged`, `key_missing`.
        """
        for data, frame, location in self._walk(start):
            yield self._open(data, frame, location)

    def statements(self, start: int = 0) -> Iterator[tuple[int, str, bytes]]:
        """Yield index, kind and statement of the acknowledged entries from an index on.

        No key is needed for them, and nothing is decrypted.

        Raises:
            StorageError: `record_damaged`.
        """
        for index, (_, frame, location) in enumerate(self._walk(start), start):
            try:
                kind, statement = envelopes.statement_of(frame.envelope)
            except DataError as error:
                raise self._damaged(location.segment, frame.offset, str(error)) from error
            yield index, kind, statement

    def close(self) -> None:
        """Close the files. Queued entries that were not committed are lost; keys stay open."""
        os.close(self._file)
        self._guard.close()
        self._failure = "it was closed"

    def _write_group(self) -> Checkpoint:
        """Write the queue as one group; the steps are numbered as docs/record-format.md has them."""
        # 1. Seal. A group that starts a segment carries the segment's header before it.
        size = self._tree.size
        recorded_at = _now()
        rolls = self._end >= self._segment_bytes and size > self._firsts[-1]
        head = frames.header(self._keys.origin, size) if rolls else b""
        at = len(head) if rolls else self._end
        sealed = seal(self._queue, size, recorded_at, at, self._keys)
        # 2. Hash the envelopes into the tree, and sign its root.
        tree = self._tree.copy()
        tree.extend(leaf_hashes(sealed.leaves))
        root = tree.root()
        signed = self._keys.sign(note.checkpoint_text(self._keys.origin, tree.size, root))
        group = b"".join([head, *sealed.parts, frames.commit_frame(signed)])
        # 3. Make new keys durable, 4. write the group, 5. wait for the disk.
        self._keys.flush()
        if rolls:
            self._roll(size)
        _write_all(self._file, group)
        os.fdatasync(self._file)
        if rolls:
            segments.sync_directory(self.directory)
        # 6. Move the guard. From here on the group is acknowledged.
        self._guard.write(Guarded(tree.size, root))
        self._end += len(group)
        self._tree = tree
        segment = self._firsts[-1]
        locations = tuple([Location(segment, position) for position in sealed.positions])
        return Checkpoint(tree.size, root, signed, recorded_at, locations)

    def _roll(self, first: int) -> None:
        """Turn to a new, empty segment file."""
        path = self.directory / frames.segment_name(first)
        fresh = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o666)
        os.close(self._file)
        self._file = fresh
        self._firsts.append(first)
        self._end = 0

    def _path(self) -> Path:
        return self.directory / frames.segment_name(self._firsts[-1])

    def _walk(self, start: int) -> Iterator[tuple[Buffer, EntryFrame, Location]]:
        """Yield the frames of acknowledged entries from an index on, with the mapped file."""
        end = self._tree.size
        number = max(bisect_right(self._firsts, start) - 1, 0)
        index = self._firsts[number]
        for first in self._firsts[number:]:
            with segments.mapped(self.directory / frames.segment_name(first)) as data:
                offset = len(frames.header(self._keys.origin, first))
                while offset < len(data) and index < end:
                    try:
                        frame = frames.parse(data, offset)
                    except FrameError as error:
                        raise self._damaged(first, offset, str(error)) from error
                    if isinstance(frame, EntryFrame):
                        if index >= start:
                            yield data, frame, Location(first, offset)
                        index += 1
                    offset = frame.end

    def _open(self, data: Buffer, frame: EntryFrame, location: Location) -> Entry:
        try:
            return open_entry(data, frame, location, self._keys)
        except (FrameError, DataError) as error:
            raise self._damaged(location.segment, frame.offset, str(error)) from error

    def _damaged(self, segment: int, offset: int, what: str) -> StorageError:
        return StorageError(
            "record_damaged",
            f"the record is damaged: {what}",
            help="run `vermilion record verify`",
            where=_place(self.directory / frames.segment_name(segment), offset),
        )

    def _check_alive(self) -> None:
        if self._failure is not None:
            raise self._failed()

    def _failed(self) -> StorageError:
        return StorageError(
            "record_failed",
            f"the record takes no more entries: {self._failure}",
            help="put the storage right and open the book again",
            where=str(self.directory),
        )


def _check_length(
    index: int,
    kind: str,
    statement: bytes,
    sections: Sequence[Section],
    commit: Mapping[str, bytes],
) -> None:
    """Refuse an entry whose envelope would be longer than the format allows."""
    sizes = [len(section.content) + envelopes.OVERHEAD for section in sections]
    length = envelopes.encoded_length(index, kind, statement, list(commit), sizes)
    if length > envelopes.MAX_ENVELOPE:
        raise DataError(
            "envelope_too_long",
            f"the entry's envelope is {length} bytes, the limit is {envelopes.MAX_ENVELOPE}",
            help="move part of the statement into a section",
        )


def _empty_checkpoint(keys: KeyStore) -> Checkpoint:
    signed = keys.sign(note.checkpoint_text(keys.origin, 0, EMPTY_ROOT))
    return Checkpoint(0, EMPTY_ROOT, signed, _now())


def _cut(directory: Path, found: Recovered) -> Recovered:
    """Cut off a torn tail, or remove a segment file that holds no whole group."""
    path = directory / frames.segment_name(found.firsts[-1])
    if found.end:
        with path.open("r+b") as file:
            file.truncate(found.end)
            os.fsync(file.fileno())
        return found
    path.unlink()
    segments.sync_directory(directory)
    firsts = found.firsts[:-1]
    end = (directory / frames.segment_name(firsts[-1])).stat().st_size
    return found._replace(firsts=firsts, end=end)


def _write_all(file: int, data: bytes) -> None:
    """Write all bytes, however few the system takes at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _now() -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return now.removesuffix("+00:00") + "Z"


def _place(path: Path, offset: int) -> str:
    return f"{path} byte {offset}"
