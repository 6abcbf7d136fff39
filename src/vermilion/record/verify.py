"""Check a record from the first byte to the last, and name the place of whatever is wrong.

Nothing is believed: every header, length, checksum, envelope, section hash, root and signature is
computed again. Each problem's byte range contains the damage. Once the entries of a group are not
those that its checkpoint signed, later roots cannot be computed either: that is told once, and what
follows is still checked by everything but the roots.
"""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from vermilion.errors import DataError, StorageError
from vermilion.record import envelope as envelopes
from vermilion.record import frames, note, segments
from vermilion.record.frames import EntryFrame, FrameError
from vermilion.record.guard import SLOT_OFFSETS, SLOT_SIZE
from vermilion.record.keys import KeyStore
from vermilion.record.recovery import recover
from vermilion.record.sealing import open_blob, split
from vermilion.record.tree import EMPTY_ROOT, Tree, leaf_hashes

if TYPE_CHECKING:
    from pathlib import Path

    from vermilion.record.envelope import Envelope
    from vermilion.record.frames import Buffer, CommitFrame


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong, and where: `length` bytes of a file from `offset` on.

    `file` is a segment file's name or `guard`; a length of 0 says that bytes are missing there.
    `index` is the entry concerned, as far as it is known.
    """

    file: str
    offset: int
    length: int
    index: int | None
    what: str


class Verification(msgspec.Struct, frozen=True):
    """What a check found: entries covered by a good checkpoint, and every problem in file order.

    `trusted` says whether signatures were checked against a known key. `unacknowledged` is the
    length in bytes of what a crash left of a group that was never acknowledged: opening the record
    cuts it off, and it is no problem.
    """

    entries: int
    trusted: bool
    unacknowledged: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(directory: Path, key: KeyStore | str | None = None) -> Verification:
    """Check a whole record and return what was found; damage is never an exception.

    Args:
        directory: the record's.
        key: whom to believe. A key store: signatures, roll-back guard, and that every section whose
            key exists decrypts. A vkey (the log key's text form): signatures; a record that lost
            its last groups cannot be told from a shorter one, nor what a crash left from damage.
            None: only that the record agrees with itself, which whoever can write its files can
            arrange.

    Raises:
        DataError: `bad_note`: the vkey is malformed.
        StorageError: `record_missing`.
        OSError: a file cannot be read.
    """
    keys = key if isinstance(key, KeyStore) else None
    verifier = keys.verifier if keys else note.parse_vkey(key) if isinstance(key, str) else None
    firsts = segments.first_indexes(directory)
    if not firsts:
        raise StorageError("record_missing", "there is no record here", where=str(directory))
    check = _Check(keys, verifier)
    for first in firsts:
        path = directory / frames.segment_name(first)
        with segments.mapped(path) as data:
            _Segment(check, path.name, data).run(first)
    unacknowledged = 0
    if keys:
        if check.problems:
            unacknowledged = _excuse_tail(check, directory, keys)
        _check_guard(check, keys, path.name, path.stat().st_size)
    trusted = verifier is not None
    return Verification(check.covered, trusted, unacknowledged, tuple(check.problems))


class _Check:
    """What is known across segments."""

    def __init__(self, keys: KeyStore | None, verifier: note.Verifier | None) -> None:
        self.keys = keys
        self.verifier = verifier
        self.origin = verifier.name if verifier else ""
        self.next = 0
        self.tree = Tree()
        self.covered = 0
        self.signed = 0
        self.broken = False
        self.sizes = [0]
        self.roots = {0: EMPTY_ROOT}
        self.problems: list[Problem] = []


class _Segment:
    """The check of one segment file."""

    def __init__(self, check: _Check, name: str, data: Buffer) -> None:
        self.check = check
        self.name = name
        self.data = data
        self.group = 0
        self.leaves: list[bytes] = []

    def run(self, first: int) -> None:
        """Check the file's bytes in order, going on after damage at the next frame."""
        offset = start = self.group = self._header(first)
        told = len(self.check.problems)
        while offset < len(self.data):
            try:
                frame = frames.parse(self.data, offset)
            except FrameError as error:
                end = frames.find_frame(self.data, offset + 1, self.check.origin)
                self._report(offset, end, str(error), entry=True)
                offset = end
                continue
            if isinstance(frame, EntryFrame):
                offset = self._entry(frame)
            else:
                self._commit(frame)
                offset = frame.end
                told = len(self.check.problems)
        if self.leaves or (self.group < len(self.data) and told == len(self.check.problems)):
            self._report(self.group, len(self.data), "no checkpoint closes these bytes")
        elif self.group == start and first > 0:
            self._report(0, len(self.data), "the segment holds no entries")

    def _header(self, first: int) -> int:
        """Check the header line and return where it ends."""
        line = bytes(self.data[: self.data.find(b"\n") + 1])
        if not self.check.origin:
            words = line.split()
            self.check.origin = words[1].decode(errors="replace") if len(words) > 1 else ""
        if first != self.check.next:
            what = f"the segment starts at entry {first}, the one before ends at {self.check.next}"
            self._report(0, len(line), what)
            self.check.next = first
        right = frames.header(self.check.origin, first)
        if line == right:
            return len(line)
        end = frames.find_frame(self.data, 0, self.check.origin)
        self._report(0, end, "the header is not that of this record and file name")
        return end

    def _entry(self, frame: EntryFrame) -> int:
        """Check an entry and return where the next frame is to be looked for."""
        self.leaves.append(frame.envelope)
        try:
            envelope = envelopes.decode(frame.envelope)
        except DataError as error:
            self._report(frame.offset, frame.end, error.message, entry=True)
            self.check.next += 1
            return frame.end
        if envelope.index != self.check.next:
            what = f"entry {envelope.index} stands where entry {self.check.next} belongs"
            self._report(frame.offset, frame.end, what, entry=True)
        self.check.next = envelope.index + 1
        try:
            spans = split(envelope, frame)
        except FrameError as error:
            # The envelope fits its CRC-32, the length does not: believe the envelope.
            end = frame.body + sum([section.size for section in envelope.sections])
            end = min(end, len(self.data))
            self._report(frame.offset, end, str(error), index=envelope.index)
            return end
        for number, span in enumerate(spans):
            self._section(envelope, number, *span)
        return frame.end

    def _section(self, envelope: Envelope, number: int, start: int, end: int) -> None:
        section = envelope.sections[number]
        blob = bytes(self.data[start:end])
        if sha256(blob).hexdigest() != section.sha256:
            what = f"section {number} does not have the hash that the envelope states"
            self._report(start, end, what, index=envelope.index)
        elif self.check.keys:
            try:
                open_blob(blob, envelope.index, number, section.key, self.check.keys)
            except FrameError as error:
                self._report(start, end, str(error), index=envelope.index)
            except StorageError as error:
                self._report(start, end, error.message, index=envelope.index)

    def _commit(self, frame: CommitFrame) -> None:
        """Check a checkpoint against the tree, and its signature."""
        check = self.check
        check.tree.extend(leaf_hashes(self.leaves))
        empty = not self.leaves
        self.leaves = []
        group, self.group = self.group, frame.end
        try:
            size, root = self._open(frame.note)
        except DataError as error:
            self._report(frame.offset, frame.end, error.message)
            return
        check.signed = max(check.signed, size)
        good = (size, root) == (check.tree.size, check.tree.root()) and not empty
        if good:
            check.sizes.append(size)
            check.roots[size] = root
            check.covered = size
        elif not check.broken:
            # INVARIANT: once broken, no later root can be computed, so this is told once.
            what = f"the entries up to {size} are not those signed; later roots cannot be checked"
            self._report(group, frame.end, what)
            check.broken = True

    def _open(self, data: bytes) -> tuple[int, bytes]:
        """Read a commit's note: a checkpoint of this origin and exactly one signature line."""
        text, signatures = note.parse_note(data)
        origin, size, root = note.parse_checkpoint(text)
        if text != note.checkpoint_text(self.check.origin, size, root) or len(signatures) != 1:
            raise DataError("bad_note", f"a checkpoint of `{origin}` is not one of this record")
        if self.check.verifier:
            note.open_note(data, self.check.verifier)
        return size, root

    def _report(
        self, start: int, end: int, what: str, *, index: int | None = None, entry: bool = False
    ) -> None:
        index = self.check.next if entry else index
        self.check.problems.append(Problem(self.name, start, end - start, index, what))


def _excuse_tail(check: _Check, directory: Path, keys: KeyStore) -> int:
    """Take back what was said of a tail that recovery would cut, and return its length."""
    try:
        with closing(keys.open_guard()) as guard:
            found = recover(directory, keys.verifier, guard)
    except (DataError, StorageError):
        return 0
    if not found.torn:
        return 0
    path = directory / frames.segment_name(found.firsts[-1])
    check.problems = [
        problem
        for problem in check.problems
        if problem.file != path.name or problem.offset < found.end
    ]
    # A group whose bodies alone are torn has a good checkpoint, and goes nevertheless.
    check.covered = min(check.covered, found.tree.size)
    return path.stat().st_size - found.end


def _check_guard(check: _Check, keys: KeyStore, last: str, end: int) -> None:
    """Hold the record against the checkpoint that was last acknowledged."""

    def report(what: str, file: str = "guard", offset: int = 0, length: int = 0) -> None:
        check.problems.append(Problem(file, offset, length, None, what))

    try:
        guard = keys.open_guard()
    except StorageError as error:
        report(error.message)
        return
    guard.close()
    for slot, offset in zip(guard.slots, SLOT_OFFSETS, strict=True):
        if slot is None:
            report("this slot of the roll-back guard is torn or forged", "guard", offset, SLOT_SIZE)
    try:
        size, root = guard.last()
    except StorageError:
        return
    if size > check.signed:
        report(f"{size} entries were acknowledged, {check.signed} are signed", last, end)
    elif check.broken:
        return  # roots after the break are unknown, and the break is told
    elif check.roots.get(size) != root:
        report(f"the first {size} entries are not those acknowledged", last, end)
    elif check.sizes.index(size) < len(check.sizes) - 2:
        report(f"the guard stopped at {size} entries, several checkpoints ago", length=SLOT_SIZE)
