"""Find where a record's last whole group ends, without decrypting anything.

What may be cut off is what a crash can leave behind: bytes of one group that was never acknowledged.
Anything else is damage or roll-back, and is refused for a person to look at.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from vermilion.errors import DataError, StorageError
from vermilion.record import envelope as envelopes
from vermilion.record import frames, note, segments
from vermilion.record.frames import EntryFrame, FrameError
from vermilion.record.model import Checkpoint
from vermilion.record.sealing import split
from vermilion.record.tree import EMPTY_ROOT, Tree, leaf_hashes

if TYPE_CHECKING:
    from pathlib import Path

    from vermilion.record.frames import Buffer, CommitFrame
    from vermilion.record.guard import Guard
    from vermilion.record.note import Verifier

_REMEDY = "run `vermilion record verify`; restore record and keys from the same backup"


class Recovered(NamedTuple):
    """Where writing goes on.

    `firsts` are the first indexes of all segments, `end` is the last whole group's end in the last
    of them (0: the file holds no whole group and is to be removed), `torn` says whether bytes
    follow it that a crash left.
    """

    firsts: list[int]
    end: int
    torn: bool
    tree: Tree
    checkpoint: Checkpoint | None


class _Scan:
    """The state of following a record's groups from its beginning."""

    def __init__(self, verifier: Verifier, guarded_size: int) -> None:
        self.verifier = verifier
        self.guarded_size = guarded_size
        self.guarded_root = EMPTY_ROOT if guarded_size == 0 else None
        self.tree = Tree()
        self.checkpoint: Checkpoint | None = None

    def follow(self, data: Buffer, offset: int) -> int:
        """Follow groups from an offset and return the end of the last whole one."""
        end = offset
        group: list[EntryFrame] = []
        while True:
            try:
                frame = frames.parse(data, offset)
            except FrameError:
                return end
            offset = frame.end
            if isinstance(frame, EntryFrame):
                group.append(frame)
            elif self._close(data, group, frame):
                end = offset
                group = []
            else:
                return end

    def _close(self, data: Buffer, group: list[EntryFrame], commit: CommitFrame) -> bool:
        """Take a group over if its commit frame is true of it."""
        tree = self.tree.copy()
        tree.extend(leaf_hashes([frame.envelope for frame in group]))
        root = tree.root()
        text = note.checkpoint_text(self.verifier.name, tree.size, root)
        if not group or not commit.note.startswith(text.encode() + b"\n"):
            return False
        # A root that is known good covers all before it, so older signatures need no check.
        if tree.size >= self.guarded_size and not self.signed(commit):
            return False
        # Only the group after the guard can have been torn, and with it its bodies.
        if tree.size > self.guarded_size and not all(_whole(data, frame) for frame in group):
            return False
        if tree.size == self.guarded_size:
            self.guarded_root = root
        recorded_at = ""
        if tree.size >= self.guarded_size:
            recorded_at = envelopes.decode(group[-1].envelope).recorded_at
        self.tree = tree
        self.checkpoint = Checkpoint(tree.size, root, commit.note, recorded_at)
        return True

    def signed(self, commit: CommitFrame) -> bool:
        """Tell whether a commit's note carries the log's good signature."""
        try:
            note.open_note(commit.note, self.verifier)
        except DataError:
            return False
        return True

    def signs_more(self, commit: CommitFrame) -> bool:
        """Tell whether a commit is the log's own, and of a group after the last whole one."""
        return self.signed(commit) and _size(commit) > self.tree.size


def recover(directory: Path, verifier: Verifier, guard: Guard) -> Recovered:
    """Follow every group and decide what to do with what comes after the last whole one.

    Raises:
        StorageError: `record_missing`, `record_damaged`, `record_rolled_back`, `guard_damaged`.
    """
    guarded = guard.last()
    scan = _Scan(verifier, guarded.size)
    firsts = segments.first_indexes(directory)
    if not firsts:
        raise StorageError("record_missing", "there is no record here", where=str(directory))
    end = length = 0
    for first in firsts:
        path = directory / frames.segment_name(first)
        if end != length or first != scan.tree.size:
            raise _damaged(path, 0, "it does not go on where the segment before it ends")
        with segments.mapped(path) as data:
            length = len(data)
            head = frames.header(verifier.name, first)
            if data[: len(head)] == head:
                end = scan.follow(data, len(head))
                if end == len(head) and first > 0:
                    end = 0  # a segment is made with its first group, never without
            elif first == 0:
                raise _damaged(path, 0, "its header is not that of this record")
            else:
                end = 0
            if end != length:
                _check_tail(path, data, end, scan, guard)
    if guarded.size > scan.tree.size or guarded.root != scan.guarded_root:
        raise StorageError(
            "record_rolled_back",
            f"the record ends at {scan.tree.size} entries, but {guarded.size} were acknowledged"
            if guarded.size > scan.tree.size
            else f"the record's first {guarded.size} entries are not those acknowledged",
            help=_REMEDY,
            where=f"{path} byte {end}",
        )
    return Recovered(firsts, end, end < max(length, 1), scan.tree, scan.checkpoint)


def _check_tail(path: Path, data: Buffer, end: int, scan: _Scan, guard: Guard) -> None:
    """Refuse a tail that one crash cannot have left."""
    if guard.last().size > scan.tree.size:
        raise _damaged(path, end, "acknowledged entries cannot be read from here on")
    if not guard.intact:
        raise _damaged(path, end, "both a group and the roll-back guard are torn")
    later = [
        commit for commit in frames.find_commits(data, end, scan.verifier.name) if _note(commit)
    ]
    if not later:
        return
    # A power cut may keep a group's last bytes and lose earlier ones. That group alone may go.
    (first, *others) = later
    interrupted = first.end == len(data) and scan.signs_more(first) and not others
    if not interrupted or guard.last().size != scan.tree.size:
        raise _damaged(path, end, "checkpoints follow bytes that cannot be read")


def _size(commit: CommitFrame) -> int:
    """Read how many entries a signed commit covers."""
    return note.parse_checkpoint(note.parse_note(commit.note)[0])[1]


def _note(commit: CommitFrame) -> bool:
    """Tell whether what looks like a commit frame holds a note, whoever signed it."""
    try:
        note.parse_note(commit.note)
    except DataError:
        return False
    return True


def _whole(data: Buffer, frame: EntryFrame) -> bool:
    """Tell whether an entry's body is what its envelope says."""
    try:
        envelope = envelopes.decode(frame.envelope)
        spans = split(envelope, frame)
    except (DataError, FrameError):
        return False
    return all(
        sha256(data[start:end]).hexdigest() == section.sha256
        for (start, end), section in zip(spans, envelope.sections, strict=True)
    )


def _damaged(path: Path, offset: int, what: str) -> StorageError:
    return StorageError(
        "record_damaged",
        f"the record is damaged: {what}",
        help=_REMEDY,
        where=f"{path} byte {offset}",
    )
