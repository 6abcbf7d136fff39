"""After a crash nothing acknowledged is missing; damage and roll-back are refused."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from vermilion.errors import StorageError
from vermilion.record import KeyStore, Record, verify

from .conftest import Book

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import sys
from pathlib import Path
from vermilion.record import KeyStore, Record, Section
keys = KeyStore.open(Path(sys.argv[1]))
record = Record.open(Path(sys.argv[2]), keys, segment_bytes=60_000)
number = record.size
while True:
    for _ in range(1 + number % 7):
        sections = [Section("class/a", b"x" * 600), Section(f"person/{number % 50}", b"y" * 90)]
        record.append("judgement", b'{"n":%d}' % number, sections, {"event": b"value"})
        number += 1
    record.commit()
    print(record.size, record.root.hex(), flush=True)
"""


@pytest.fixture
def filled(book: Book) -> Book:
    """A record of three groups: 2, 3 and 4 entries."""
    for count in (2, 3, 4):
        book.add(count)
        book.record.commit()
    book.record.close()
    return book


def refused(book: Book) -> StorageError:
    """Open a record, expect it to be refused, and return why."""
    with pytest.raises(StorageError) as caught:
        Record.open(book.path, book.keys)
    assert "vermilion record verify" in (caught.value.help or "")
    return caught.value


def group_ends(book: Book) -> list[int]:
    """Return the offsets at which the groups of the first segment end."""
    data = book.segment().read_bytes()
    return [
        at
        for at in range(len(data) + 1)
        if data[:at].endswith(b"=\n") and data[at : at + 1] in (b"E", b"")
    ]


def flip(path: Path, offset: int) -> None:
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[offset] ^= 4
    path.write_bytes(data)


def test_killed_writer_loses_nothing_acknowledged(book: Book) -> None:
    """Killed at ten random moments, a writer's record opens with every acknowledged entry."""
    book.record.close()
    moments = random.Random(7)
    for _ in range(10):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(book.key_path), str(book.path)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout
        lines = [process.stdout.readline()]
        time.sleep(moments.uniform(0, 0.12))
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
        process.wait()
        process.stdout.close()
        size, root = [line for line in lines if line.endswith(b"\n")][-1].split()
        keys = KeyStore.open(book.key_path)
        assert verify(book.path, keys).ok  # also before anything is cut
        record = Record.open(book.path, keys, segment_bytes=60_000)
        assert record.size >= int(size)
        if record.size == int(size):
            assert record.root.hex() == root.decode()
        assert [entry.contents[0] for entry in record.entries()] == [b"x" * 600] * record.size
        found = verify(book.path, keys)
        assert (found.ok, found.entries) == (True, record.size), found.problems[:3]
        record.close()
        keys.close()


@pytest.mark.parametrize("segment_bytes", [10**6, 1])
def test_torn_group_is_cut_wherever_it_was_torn(book: Book, segment_bytes: int) -> None:
    """A group that was not acknowledged may end at any byte: it goes, and all before it stays."""
    record = book.reopen(segment_bytes=segment_bytes)
    book.add(2)
    kept = record.commit()
    guard = (book.key_path / "guard").read_bytes()
    book.add(1)
    before = {path.name: path.stat().st_size for path in book.path.iterdir()}
    record.commit()
    record.close()
    path = book.segment(0 if segment_bytes > 1 else 2)
    whole = path.read_bytes()
    for end in range(before.get(path.name, 0), len(whole)):
        path.write_bytes(whole[:end])
        (book.key_path / "guard").write_bytes(guard)
        book.record = Record.open(book.path, book.keys, segment_bytes=segment_bytes)
        assert (book.record.size, book.record.root) == (2, kept.root), end
        book.record.close()
        assert {p.name: p.stat().st_size for p in book.path.iterdir()} == before
    book.record = Record.open(book.path, book.keys, segment_bytes=segment_bytes)
    assert book.add(1) == [2]
    book.record.commit()
    assert verify(book.path, book.keys).ok


def test_unacknowledged_group_that_is_whole_stays(filled: Book) -> None:
    """A crash between the record's and the guard's write keeps the group and moves the guard."""
    shutil.copy(filled.key_path / "guard", filled.key_path / "old")
    filled.record = Record.open(filled.path, filled.keys)
    filled.add(1)
    filled.record.commit()
    (filled.key_path / "old").replace(filled.key_path / "guard")
    assert filled.reopen().size == 10
    assert filled.keys.open_guard().last().size == 10


def test_group_with_a_hole_that_was_never_acknowledged_is_cut(filled: Book) -> None:
    """A power cut may keep a group's end and lose its middle, also in a body: the group goes."""
    guard = (filled.key_path / "guard").read_bytes()
    filled.record = Record.open(filled.path, filled.keys)
    filled.add(2, bulk=4000)
    filled.record.commit()
    filled.record.close()
    start, end = group_ends(filled)[-2:]
    whole = filled.segment().read_bytes()
    for hole in (start, start + 100, start + 1000, end - 50):
        filled.segment().write_bytes(whole[:hole] + bytes(20) + whole[hole + 20 :])
        (filled.key_path / "guard").write_bytes(guard)
        record = Record.open(filled.path, filled.keys)
        assert record.size == 9, hole
        record.close()
        assert filled.segment().stat().st_size == start


def test_damage_among_acknowledged_entries_is_refused(filled: Book) -> None:
    """A changed root in any checkpoint is refused with file and offset, and nothing is cut."""
    whole = filled.segment().read_bytes()
    ends = group_ends(filled)
    for group, end in enumerate(ends):
        flip(filled.segment(), whole.rindex(b"\n\n", 0, end) - 10)
        error = refused(filled)
        assert error.code == "record_damaged"
        start = ends[group - 1] if group else whole.index(b"\n") + 1
        assert error.where == f"{filled.segment()} byte {start}"
        assert len(filled.segment().read_bytes()) == len(whole)
        filled.segment().write_bytes(whole)


def test_damage_is_refused_though_the_guard_is_old(filled: Book) -> None:
    """With a guard restored from long ago, damage before signed groups is not taken for a crash."""
    (filled.key_path / "guard").write_bytes(_first_guard(filled))
    flip(filled.segment(), group_ends(filled)[0] + 30)
    assert refused(filled).code == "record_damaged"


def _first_guard(book: Book) -> bytes:
    other = KeyStore.open(book.key_path)
    path = book.key_path / "guard"
    guard = other.open_guard()
    record_root = next(iter(_roots(book)))
    guard.slots = [None, None]
    for _ in range(2):
        guard.write(record_root)
    guard.close()
    other.close()
    return path.read_bytes()


def _roots(book: Book) -> list:  # type: ignore[type-arg]
    from vermilion.record.guard import Guarded
    from vermilion.record.note import parse_checkpoint, parse_note

    data = book.segment().read_bytes()
    found = []
    at = 0
    while (at := data.find(b"example.com/book\n", at + 1)) != -1:
        length = int.from_bytes(data[at - 2 : at], "big")
        if data[at - 3 : at - 2] == b"C":
            _, size, root = parse_checkpoint(parse_note(data[at : at + length])[0])
            found.append(Guarded(size, root))
    return found


def test_older_copy_of_the_record_is_refused(filled: Book, tmp_path: Path) -> None:
    """A record put back from a backup, whole but short of acknowledged entries, is refused."""
    shutil.copytree(filled.path, tmp_path / "backup")
    filled.record = Record.open(filled.path, filled.keys)
    filled.add(1)
    filled.record.commit()
    filled.record.close()
    shutil.rmtree(filled.path)
    shutil.copytree(tmp_path / "backup", filled.path)
    error = refused(filled)
    assert error.code == "record_rolled_back"
    assert "ends at 9 entries, but 10" in error.message


def test_rewritten_history_is_refused(filled: Book, tmp_path: Path) -> None:
    """A record that was cut back and written on with the log's own key is not the guarded one."""
    guard = (filled.key_path / "guard").read_bytes()
    end = group_ends(filled)[0]
    with filled.segment().open("r+b") as file:
        file.truncate(end)
    (filled.key_path / "guard").write_bytes(_first_guard(filled))
    filled.record = Record.open(filled.path, filled.keys)
    for _ in range(9):
        filled.add(1)
        filled.record.commit()
    filled.record.close()
    (filled.key_path / "guard").write_bytes(guard)
    assert refused(filled).code == "record_rolled_back"


def test_missing_segment_is_refused(book: Book) -> None:
    """A segment that is gone, first, middle or last, is found out."""
    record = book.reopen(segment_bytes=1)
    for _ in range(4):
        book.add(1)
        record.commit()
    record.close()
    for path in sorted(book.path.iterdir()):
        data = path.read_bytes()
        path.unlink()
        assert refused(book).code in ("record_damaged", "record_rolled_back")
        path.write_bytes(data)
    book.record = Record.open(book.path, book.keys)
    assert book.record.size == 4


@pytest.mark.parametrize("slot", [0, 4096])
def test_torn_guard_slot_is_healed(filled: Book, slot: int) -> None:
    """With one slot torn, the other serves, and opening writes the torn one anew."""
    flip(filled.key_path / "guard", slot + 50)
    record = Record.open(filled.path, filled.keys)
    assert record.size == 9
    record.close()
    guard = filled.keys.open_guard()
    assert guard.intact
    assert guard.last().size == 9
    guard.close()


def test_without_a_believable_guard_nothing_opens(filled: Book) -> None:
    """A guard that is gone, or false in both slots, is refused; so is a torn one with a torn tail."""
    path = filled.key_path / "guard"
    whole = path.read_bytes()
    flip(path, 50)
    with filled.segment().open("ab") as file:
        file.write(b"E torn")
    assert refused(filled).code == "record_damaged"
    flip(path, 4096 + 50)
    with pytest.raises(StorageError) as caught:
        Record.open(filled.path, filled.keys)
    assert caught.value.code == "guard_damaged"
    path.unlink()
    with pytest.raises(StorageError) as caught:
        Record.open(filled.path, filled.keys)
    assert caught.value.code == "guard_missing"
    path.write_bytes(whole)
    assert Record.open(filled.path, filled.keys).size == 9


def test_key_store_of_another_book_is_refused(filled: Book, tmp_path: Path) -> None:
    """A record does not open under another log's keys, even of the same name."""
    other = KeyStore.create(tmp_path / "others", "example.com/book")
    with pytest.raises(StorageError) as caught:
        Record.open(filled.path, other)
    assert caught.value.code == "record_damaged"
    assert filled.segment().stat().st_size > 1000
