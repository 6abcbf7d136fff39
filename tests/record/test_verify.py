"""Verification finds any damage and names a place that contains it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from vermilion.errors import DataError, StorageError
from vermilion.record import KeyStore, Problem, Record, Section, verify
from vermilion.record.frames import EntryFrame, header, parse

from .conftest import ORIGIN, Book, entry_frame

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def filled(book: Book) -> Book:
    """A record of two groups, 3 and 2 entries."""
    for count in (3, 2):
        book.add(count)
        book.record.commit()
    book.record.close()
    return book


def problems(book: Book) -> tuple[Problem, ...]:
    """Verify with everything known, and check that a damaged record is not called whole."""
    found = verify(book.path, book.keys)
    assert found.ok == (not found.problems)
    return found.problems


def pieces(book: Book) -> list[bytes]:
    """Cut the first segment into header and frames."""
    data = book.segment().read_bytes()
    offset = len(header(ORIGIN, 0))
    cut = [data[:offset]]
    while offset < len(data):
        end = parse(data, offset).end
        cut.append(data[offset:end])
        offset = end
    return cut


def covers(problem: Problem, name: str, offset: int) -> bool:
    """Tell whether a problem's range contains a byte."""
    return problem.file == name and problem.offset <= offset < problem.offset + problem.length


def test_whole_record_has_no_problem(filled: Book) -> None:
    """A whole record verifies with key store, with vkey alone and, untrusted, without either."""
    for key, trusted in ((filled.keys, True), (filled.keys.verifier.vkey, True), (None, False)):
        found = verify(filled.path, key)
        assert (found.ok, found.entries, found.trusted) == (True, 5, trusted)


def test_every_flipped_bit_is_found_and_placed(tmp_path: Path) -> None:
    """Whichever single bit of a record flips, a problem's range contains it, and no tail excuses it."""
    keys = KeyStore.create(tmp_path / "keys", "a.cn/b")
    record = Record.create(tmp_path / "record", keys, "a.cn/b")
    for group in (2, 3):
        for number in range(group):
            sections = [Section("class/a", b"body"), Section("person/li", b"")][: number % 3]
            commit = {"event": b"x"} if number == 1 else {}
            record.append("sale", b'{"n":%d}' % number, sections, commit)
        record.commit()
    record.close()
    path = tmp_path / "record" / "000000000000.log"
    whole = path.read_bytes()
    vkey = keys.verifier.vkey
    missed = []
    excused = []
    with path.open("r+b", buffering=0) as file:
        for offset, byte in enumerate(whole):
            for bit in range(8):
                os.pwrite(file.fileno(), bytes([byte ^ 1 << bit]), offset)
                found = verify(path.parent, vkey)
                if not any(covers(problem, path.name, offset) for problem in found.problems):
                    missed.append((offset, bit, found.problems))
            if verify(path.parent, keys).ok:
                excused.append(offset)
            os.pwrite(file.fileno(), bytes([byte]), offset)
    assert not missed
    assert not excused
    assert verify(path.parent, vkey).ok
    keys.close()


def test_damage_is_one_problem_and_the_rest_is_checked(filled: Book) -> None:
    """Two damaged bodies are two problems with their entries; entries around them stay covered."""
    data = bytearray(filled.segment().read_bytes())
    spots = [e.location.position + 11 + len(e.leaf) + 5 for e in filled.record.entries()]
    for index in (0, 4):
        data[spots[index]] ^= 1
    filled.segment().write_bytes(data)
    found = verify(filled.path, filled.keys)
    assert [problem.index for problem in found.problems] == [0, 4]
    assert found.entries == 5


def test_forged_envelope_with_a_fitting_checksum(filled: Book) -> None:
    """An envelope rewritten with its CRC-32 put right is caught by the signed root."""
    parts = pieces(filled)
    frame = parse(parts[2], 0)
    assert isinstance(frame, EntryFrame)
    forged = frame.envelope.replace(b'"e1"', b'"e9"')
    parts[2] = entry_frame(forged, parts[2][frame.body :])
    filled.segment().write_bytes(b"".join(parts))
    (problem,) = problems(filled)
    assert covers(problem, "000000000000.log", len(parts[0] + parts[1]) + 40)
    assert "not those signed" in problem.what


def test_forgery_after_a_damaged_checkpoint(filled: Book) -> None:
    """A checkpoint that cannot be read does not stop the next from covering both groups."""
    parts = pieces(filled)
    parts[4] = b"X" + parts[4][1:]
    filled.segment().write_bytes(b"".join(parts))
    assert len(problems(filled)) == 1  # the guard's checkpoint is the later one
    frame = parse(parts[5], 0)
    assert isinstance(frame, EntryFrame)
    forged = frame.envelope.replace(b'"e3"', b'"e9"')
    parts[5] = entry_frame(forged, parts[5][frame.body :])
    filled.segment().write_bytes(b"".join(parts))
    assert "not those signed" in problems(filled)[1].what


def test_segment_without_entries(filled: Book) -> None:
    """A segment that holds a header alone is left by a crash only; a file of another name is none."""
    filled.segment(5).write_bytes(header(ORIGIN, 5))
    (filled.path / "5.log").write_bytes(b"no segment's name")
    found = verify(filled.path, filled.keys)
    assert (found.ok, found.unacknowledged) == (True, len(header(ORIGIN, 5)))
    (problem,) = verify(filled.path, filled.keys.verifier.vkey).problems
    assert (problem.file, problem.what) == ("000000000005.log", "the segment holds no entries")
    filled.record = Record.open(filled.path, filled.keys)
    assert not filled.segment(5).exists()


@pytest.mark.parametrize(
    ("envelope", "what"),
    [
        (b'{"v":1,"index":1}', "cannot be read"),
        (b'{"v":1,"index":1,"index":1}', "cannot be read"),
        (b"nonsense", "cannot be read"),
    ],
)
def test_envelope_that_is_not_one(filled: Book, envelope: bytes, what: str) -> None:
    """An envelope with a good checksum and bad JSON is told as such."""
    parts = pieces(filled)
    parts[2] = entry_frame(envelope, b"")
    filled.segment().write_bytes(b"".join(parts))
    assert what in problems(filled)[0].what
    assert problems(filled)[0].index == 1


def test_respelt_envelope(filled: Book) -> None:
    """An envelope that means the same in other bytes is refused."""
    parts = pieces(filled)
    frame = parse(parts[2], 0)
    assert isinstance(frame, EntryFrame)
    parts[2] = entry_frame(frame.envelope.replace(b'{"v":1,', b'{"v": 1,'), parts[2][frame.body :])
    filled.segment().write_bytes(b"".join(parts))
    assert "spelt" in problems(filled)[0].what


def test_removed_entry(filled: Book) -> None:
    """An entry taken out is noticed at the entry after it."""
    parts = pieces(filled)
    del parts[2]
    filled.segment().write_bytes(b"".join(parts))
    first = problems(filled)[0]
    assert (first.offset, first.what) == (
        len(parts[0] + parts[1]),
        "entry 2 stands where entry 1 belongs",
    )


def test_duplicated_entry(filled: Book) -> None:
    """An entry that stands twice is noticed the second time."""
    parts = pieces(filled)
    parts.insert(3, parts[2])
    filled.segment().write_bytes(b"".join(parts))
    assert problems(filled)[0].what == "entry 1 stands where entry 2 belongs"


def test_reordered_entries(filled: Book) -> None:
    """Entries that changed places are noticed."""
    parts = pieces(filled)
    parts[1], parts[2] = parts[2], parts[1]
    filled.segment().write_bytes(b"".join(parts))
    assert problems(filled)[0].what == "entry 1 stands where entry 0 belongs"


def test_removed_checkpoint(filled: Book) -> None:
    """A checkpoint taken out leaves a tree that the guard's history does not know, or an open end."""
    parts = pieces(filled)
    filled.segment().write_bytes(b"".join(parts[:-1]))
    first, *_ = problems(filled)
    assert first.what == "no checkpoint closes these bytes"


def test_cut_tail(filled: Book) -> None:
    """A whole group cut off is seen by the guard, and by it alone."""
    parts = pieces(filled)
    filled.segment().write_bytes(b"".join(parts[:5]))
    (problem,) = problems(filled)
    assert problem.what == "5 entries were acknowledged, 3 are signed"
    assert (problem.offset, problem.length) == (len(b"".join(parts[:5])), 0)
    assert verify(filled.path, filled.keys.verifier.vkey).entries == 3


@pytest.mark.parametrize("garbage", [b"\0", b"garbage", b"E" * 500, b"C\0\1x"])
def test_appended_garbage(filled: Book, garbage: bytes) -> None:
    """To the public key bytes after the last checkpoint are a problem of exactly that range."""
    size = filled.segment().stat().st_size
    with filled.segment().open("ab") as file:
        file.write(garbage)
    first = verify(filled.path, filled.keys.verifier.vkey).problems[0]
    assert (first.offset, first.length) == (size, len(garbage))
    found = verify(filled.path, filled.keys)
    assert (found.ok, found.entries, found.unacknowledged) == (True, 5, len(garbage))


@pytest.mark.parametrize("segment_bytes", [10**6, 1])
def test_torn_tail_is_no_problem_unless_it_was_acknowledged(book: Book, segment_bytes: int) -> None:
    """A group torn at any byte is told by its length; had the guard acknowledged it, as damage."""
    record = book.reopen(segment_bytes=segment_bytes)
    book.add(2)
    record.commit()
    guard = book.key_path / "guard"
    before = guard.read_bytes()
    start = book.segment().stat().st_size if segment_bytes > 1 else 0
    book.add(1)
    record.commit()
    record.close()
    after = guard.read_bytes()
    path = book.segment(0 if start else 2)
    whole = path.read_bytes()
    for end in range(start, len(whole)):
        path.write_bytes(whole[:end])
        guard.write_bytes(before)
        found = verify(book.path, book.keys)
        assert (found.ok, found.entries, found.unacknowledged) == (True, 2, end - start), end
        assert verify(book.path, book.keys.verifier.vkey).ok == (end == start > 0)
        guard.write_bytes(after)
        found = verify(book.path, book.keys)
        assert (found.ok, found.unacknowledged) == (False, 0), end
    path.write_bytes(whole)
    for state in (before, after):  # before: a crash between the record's write and the guard's
        guard.write_bytes(state)
        found = verify(book.path, book.keys)
        assert (found.ok, found.entries, found.unacknowledged) == (True, 3, 0)


def test_torn_tail_excuses_nothing_before_it(filled: Book) -> None:
    """Damage in an acknowledged body is told although a torn tail follows."""
    parts = pieces(filled)
    whole = b"".join(parts)
    spot = len(parts[0] + parts[1]) - 1
    filled.segment().write_bytes(whole[:spot] + bytes([whole[spot] ^ 1]) + whole[spot + 1 :] + b"E")
    found = verify(filled.path, filled.keys)
    assert [covers(problem, "000000000000.log", spot) for problem in found.problems] == [True]
    assert found.unacknowledged == 1


def test_group_with_torn_bodies_counts_no_entries(filled: Book) -> None:
    """A group that kept its envelopes and checkpoint but lost body bytes is one to be cut."""
    size = filled.segment().stat().st_size
    guard = (filled.key_path / "guard").read_bytes()
    filled.record = Record.open(filled.path, filled.keys)
    filled.add(1)
    location = filled.record.commit().locations[0]
    data = bytearray(filled.segment().read_bytes())
    body = parse(bytes(data), location.position)
    assert isinstance(body, EntryFrame)
    data[body.body : body.body + 20] = bytes(20)
    filled.segment().write_bytes(data)
    assert not verify(filled.path, filled.keys).ok
    (filled.key_path / "guard").write_bytes(guard)
    found = verify(filled.path, filled.keys)
    assert (found.ok, found.entries, found.unacknowledged) == (True, 5, len(data) - size)
    assert filled.reopen().size == 5


def test_repeated_group_is_not_taken_for_a_crash(filled: Book) -> None:
    """A copy of a signed group at the end is none that was interrupted: neither is it cut."""
    parts = pieces(filled)
    filled.segment().write_bytes(b"".join(parts + parts[5:]))
    assert problems(filled)
    with pytest.raises(StorageError, match="checkpoints follow"):
        Record.open(filled.path, filled.keys)


def test_removed_segment(book: Book) -> None:
    """A missing segment is told at the next one, or by the guard where it was the last."""
    record = book.reopen(segment_bytes=1)
    for _ in range(4):
        book.add(1)
        record.commit()
    record.close()
    for first in range(1, 4):
        path = book.segment(first)
        data = path.read_bytes()
        path.unlink()
        told = problems(book)[0].what
        expected = f"the segment starts at entry {first + 1}, the one before ends at {first}"
        assert told == (expected if first < 3 else "4 entries were acknowledged, 3 are signed")
        path.write_bytes(data)
    assert not problems(book)


def test_segment_of_another_record(filled: Book, tmp_path: Path) -> None:
    """A file whose header names another origin is refused at its header."""
    data = filled.segment().read_bytes()
    filled.segment().write_bytes(data.replace(b"example.com/book 0", b"example.com/cook 0", 1))
    first = problems(filled)[0]
    assert covers(first, "000000000000.log", 30)


def test_guard(filled: Book) -> None:
    """A guard that is gone, torn, or of another history is a problem."""
    path = filled.key_path / "guard"
    whole = path.read_bytes()
    path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    assert [(p.file, p.offset, p.length) for p in problems(filled)] == [("guard", 0, 72)]
    path.write_bytes(bytes(8192))
    assert len(problems(filled)) == 2
    path.unlink()
    (problem,) = problems(filled)
    assert "cannot be opened" in problem.what


def test_guard_left_behind(filled: Book) -> None:
    """A guard restored from a backup, several checkpoints behind the record, is told."""
    shutil.copy(filled.key_path / "guard", filled.key_path / "old")
    filled.record = Record.open(filled.path, filled.keys)
    for _ in range(2):
        filled.add(1)
        filled.record.commit()
    (filled.key_path / "old").replace(filled.key_path / "guard")
    (problem,) = problems(filled)
    assert "stopped at 5 entries" in problem.what


def test_wrong_signature_key(filled: Book, tmp_path: Path) -> None:
    """Under another log's key every checkpoint is a problem."""
    other = KeyStore.create(tmp_path / "other", ORIGIN)
    found = verify(filled.path, other.verifier.vkey)
    assert len(found.problems) == 2
    assert found.entries == 0


def test_lost_keys_are_not_erasures(filled: Book, tmp_path: Path) -> None:
    """Sections whose keys the store lost are problems; sections whose keys were destroyed are not."""
    filled.keys.destroy("person/li-4711")
    assert not problems(filled)
    filled.keys._database.execute("DELETE FROM keys WHERE wrapped IS NOT NULL")
    filled.keys._opening.clear()
    assert {problem.index for problem in problems(filled)} == {0, 1, 3, 4}


def test_no_record_and_no_key(tmp_path: Path, filled: Book) -> None:
    """Verification of nothing, or with a malformed key, is an error and not a finding."""
    with pytest.raises(StorageError):
        verify(tmp_path)
    with pytest.raises(DataError):
        verify(filled.path, "not a key")
