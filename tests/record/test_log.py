"""The record keeps what it acknowledged, sealed, erasable and in order."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidTag

from vermilion.errors import DataError, StorageError, UsageError
from vermilion.record import Erased, KeyStore, Location, Record, Section, verify
from vermilion.record.note import open_note, parse_checkpoint
from vermilion.record.tree import EMPTY_ROOT

from .conftest import ORIGIN, Book

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_append_then_commit_then_read(book: Book) -> None:
    """What was appended comes back from its location: statement, contents, commitments."""
    sections = [Section("class/a", b"one"), Section("person/li", b"two"), Section("class/a", b"")]
    index = book.record.append("judgement", b'{"id":"e1"}', sections, {"event": b"sale"})
    assert (index, book.record.pending, book.record.size) == (0, 1, 0)
    checkpoint = book.record.commit()
    assert (book.record.pending, book.record.size) == (0, 1)
    entry = book.record.read(checkpoint.locations[0])
    assert (entry.index, entry.contents) == (0, (b"one", b"two", b""))
    assert bytes(entry.envelope.statement) == b'{"id":"e1"}'
    assert entry.envelope.recorded_at == checkpoint.recorded_at
    assert entry.salt is not None
    assert entry.envelope.commitments == {"event": sha256(entry.salt + b"sale").hexdigest()}


def test_checkpoint_is_a_signed_note_over_the_root(book: Book) -> None:
    """The checkpoint's note opens under the log's key and says size and root."""
    book.add(5)
    checkpoint = book.record.commit()
    text = open_note(checkpoint.note, book.keys.verifier)
    assert parse_checkpoint(text) == (ORIGIN, 5, checkpoint.root)
    assert checkpoint.root == book.record.root


def test_receipts_name_the_entry_and_its_checkpoint(book: Book) -> None:
    """A receipt leads to its entry, and is given only for entries of its own group."""
    book.add(2)
    book.record.commit()
    book.add(3)
    checkpoint = book.record.commit()
    receipt = checkpoint.receipt(3)
    assert (receipt.index, receipt.size) == (3, 5)
    assert book.record.read(Location(receipt.segment, receipt.position)).index == 3
    for index in (1, 5):
        with pytest.raises(IndexError):
            checkpoint.receipt(index)


def test_empty_commit_changes_nothing(book: Book) -> None:
    """With nothing queued commit returns the last checkpoint and writes nothing."""
    assert (book.record.commit().size, book.record.root) == (0, EMPTY_ROOT)
    book.add(1)
    written = book.record.commit()
    size = book.segment().stat().st_size
    assert book.record.commit() is written
    assert book.segment().stat().st_size == size


def test_reopened_record_goes_on(book: Book) -> None:
    """After reopening, root, size and checkpoint are the same and appends follow on."""
    book.add(3)
    before = book.record.commit()
    record = book.reopen()
    assert (record.size, record.root, record.checkpoint.note) == (3, before.root, before.note)
    assert record.checkpoint.recorded_at == before.recorded_at
    assert book.add(2) == [3, 4]
    record.commit()
    assert [entry.index for entry in record.entries()] == [0, 1, 2, 3, 4]
    assert verify(book.path, book.keys).ok


def test_segments_roll_at_the_first_commit_past_the_limit(book: Book) -> None:
    """Each segment is named by its first entry, and all entries are found across them."""
    record = book.reopen(segment_bytes=1500)
    for _ in range(8):
        book.add(2)
        record.commit()
    firsts = sorted(int(path.stem) for path in book.path.iterdir())
    assert len(firsts) > 2
    for first in firsts:
        line = book.segment(first).read_bytes().split(b"\n", 1)[0]
        assert line == b"vermilion-record/1 example.com/book %d" % first
    for start in (0, 1, firsts[1], firsts[1] + 1, 15, 16, 99):
        assert [entry.index for entry in record.entries(start)] == list(range(start, 16))
    assert verify(book.path, book.keys).entries == 16
    assert book.reopen(segment_bytes=1500).size == 16


def test_discarded_entries_leave_nothing_behind(book: Book) -> None:
    """Entries forgotten before their group was committed reach no file, and give back their indexes."""
    book.add(2)
    kept = book.record.commit()
    size = book.segment().stat().st_size
    assert book.add(3) == [2, 3, 4]
    book.record.discard()
    assert book.record.commit() is kept
    assert book.segment().stat().st_size == size
    assert book.add(1) == [2]
    book.record.commit()
    assert [entry.index for entry in book.record.entries()] == [0, 1, 2]
    assert verify(book.path, book.keys).entries == 3


def test_erased_section_hides_the_rest_stays(book: Book) -> None:
    """Destroying a person's key erases that person's sections alone; the record stays valid."""
    book.add(1, person="person/li")
    book.add(3, person="person/su")
    checkpoint = book.record.commit()
    book.record.read(checkpoint.locations[0])
    book.keys.destroy("person/li")
    first, *others = book.record.entries()
    assert first.contents[1] == Erased()
    assert isinstance(first.contents[0], bytes)
    assert first.salt is None
    assert not any(isinstance(content, Erased) for entry in others for content in entry.contents)
    assert verify(book.path, book.keys).ok
    assert next(book.reopen().entries()) == first


def test_no_plaintext_and_no_key_name_reaches_a_file(book: Book) -> None:
    """Neither contents, committed values nor key names occur in any file of record or keys."""
    book.add(6)
    book.record.commit()
    for path in [*book.path.iterdir(), *book.key_path.iterdir()]:
        data = path.read_bytes()
        for secret in (b"Qingzhao", b"terms", b"value 1", b"li-4711", b"class/transaction"):
            assert secret not in data, path


def test_no_nonce_or_salt_is_used_twice(book: Book) -> None:
    """Blobs of equal content under one key differ in their nonces."""
    for _ in range(20):
        sections = [Section("class/a", b"same")] * 50
        book.record.append("judgement", b"{}", sections, {})
    book.record.commit()
    nonces = [
        blob[at : at + 12]
        for blob in _bodies(book)
        for at in range(0, len(blob), len(b"same") + 44)
    ]
    assert len(nonces) == 1000 == len(set(nonces))


def _bodies(book: Book) -> list[bytes]:
    data = book.segment().read_bytes()
    return [
        data[start : start + sum(section.size for section in entry.envelope.sections)]
        for entry in book.record.entries()
        for start in [entry.location.position + 11 + len(entry.leaf)]
    ]


def test_blob_moved_to_another_entry_does_not_open(book: Book) -> None:
    """A blob is bound to origin, entry and section: elsewhere it fails even under its own key."""
    for _ in range(2):
        book.record.append("judgement", b"{}", [Section("class/a", b"same")] * 2, {})
    book.record.commit()
    blob = _bodies(book)[0][:48]
    cipher = book.keys.find(
        book.record.read(Location(0, book.record.checkpoint.locations[0][1]))
        .envelope.sections[0]
        .key
    )
    assert cipher is not None
    plain = cipher.decrypt(blob[:12], blob[12:], b"example.com/book\n0\n0\n")
    assert plain[16:] == b"same"
    for bound in (b"example.com/book\n0\n1\n", b"example.com/book\n1\n0\n", b"example.com\n0\n0\n"):
        with pytest.raises(InvalidTag):
            cipher.decrypt(blob[:12], blob[12:], bound)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda r: r.append("Judgement", b"{}", [], {}), "bad_name"),
        (lambda r: r.append("judgement", b"[]", [], {}), "bad_statement"),
        (lambda r: r.append("judgement", b'{"a":tru}', [], {}), "bad_statement"),
        (lambda r: r.append("judgement", b'{"a":"\xff"}', [], {}), "bad_statement"),
        (lambda r: r.append("judgement", b"{} {}", [], {}), "bad_statement"),
        (lambda r: r.append("judgement", b"{}", [], {"event": b"x"}), "commitment_without_section"),
        (lambda r: r.append("j", b"{}", [Section("k", b"")], {'a"b': b"x"}), "bad_name"),
    ],
)
def test_bad_entries_are_refused_before_anything_is_queued(
    book: Book, change: Callable[[Record], int], code: str
) -> None:
    """An entry that could not be read back is refused at append, and the queue stays as it was."""
    with pytest.raises(DataError) as caught:
        change(book.record)
    assert (caught.value.code, book.record.pending) == (code, 0)


@pytest.mark.parametrize("sections", [0, 1, 12])
def test_envelope_limit_is_exact(book: Book, sections: int) -> None:
    """An envelope of 65,535 bytes is taken, one byte more is refused before anything is written."""
    given = [Section("class/a", b"x" * 10**n) for n in range(sections and 4)] * (sections // 4 + 1)
    given = given[:sections]
    commit = {"event": b"a", "facts": b"b"} if sections else {}
    book.record.append("judgement", b'{"a":""}', given, commit)
    book.record.commit()
    room = 65_535 - len(next(book.record.entries()).leaf)
    full = json.dumps({"a": "x" * room}, separators=(",", ":")).encode()
    with pytest.raises(DataError) as caught:
        book.record.append("judgement", full.replace(b'""', b'"x"')[:-2] + b'x"}', given, commit)
    assert caught.value.code == "envelope_too_long"
    assert book.record.pending == 0
    book.record.append("judgement", full, given, commit)
    book.record.commit()
    assert [len(entry.leaf) for entry in book.record.entries(1)] == [65_535]


def test_read_refuses_a_place_without_entry(book: Book) -> None:
    """A location that is not an entry's start, or lies in no segment, is refused."""
    book.add(1)
    book.record.commit()
    for location in (Location(0, 0), Location(0, 10**6), Location(7, 0)):
        with pytest.raises(DataError) as caught:
            book.record.read(location)
        assert caught.value.code == "no_entry"


def test_damaged_body_is_told_at_reading(book: Book) -> None:
    """Reading an entry whose body was changed names file and offset, and gives no content."""
    book.add(1)
    location = book.record.commit().locations[0]
    data = bytearray(book.segment().read_bytes())
    entry = next(book.record.entries())
    data[location.position + 11 + len(entry.leaf) + 20] ^= 1
    book.segment().write_bytes(data)
    with pytest.raises(StorageError, match="section 0") as caught:
        book.record.read(location)
    assert caught.value.code == "record_damaged"
    assert str(book.segment()) in str(caught.value)


def test_short_writes_are_completed(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system takes a few bytes at a time, the group is whole nevertheless."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, bytes(data[:7])))
    book.add(3)
    book.record.commit()
    monkeypatch.undo()
    assert verify(book.path, book.keys).ok
    assert book.reopen().size == 3


@pytest.mark.parametrize("call", ["fdatasync", "write", "pwrite"])
def test_failed_writer_stays_dead(book: Book, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """After an error from the disk nothing is acknowledged any more, even if the disk recovers."""
    book.add(2)
    kept = book.record.commit()
    book.add(1)

    def broken(*_: object) -> int:
        raise OSError(5, "input/output error")

    monkeypatch.setattr(os, call, broken)
    with pytest.raises(StorageError) as caught:
        book.record.commit()
    monkeypatch.undo()
    assert caught.value.code == "record_failed"
    for attempt in (book.record.commit, lambda: book.add(1)):
        with pytest.raises(StorageError, match="input/output error"):
            attempt()
    assert (book.record.size, book.record.checkpoint) == (2, kept)
    assert book.reopen().size in (2, 3)
    assert verify(book.path, book.keys).ok


def test_interrupted_commit_kills_the_writer(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit broken off by Ctrl-C leaves no writer that could write over its traces."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    book.add(1)
    monkeypatch.setattr(os, "fdatasync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        book.record.commit()
    monkeypatch.undo()
    with pytest.raises(StorageError, match="interrupted"):
        book.record.commit()
    assert book.reopen().size == 1


def test_new_key_is_durable_before_its_frame(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the group reaches the file, another process already finds the keys it uses."""
    seen = []
    write = os.write

    def spy(file: int, data: bytes) -> int:
        other = KeyStore.open(book.key_path)
        seen.append(other._database.execute("SELECT count(*) FROM keys").fetchone()[0])
        other.close()
        return write(file, data)

    monkeypatch.setattr(os, "write", spy)
    book.add(1)
    book.record.commit()
    assert seen == [2]


def test_create_refuses_the_wrong_state(book: Book, tmp_path: Path) -> None:
    """A record is not made over another, and not with a key store of another origin."""
    with pytest.raises(UsageError, match="already"):
        Record.create(book.path, book.keys, ORIGIN)
    with pytest.raises(UsageError, match="belongs to"):
        Record.create(tmp_path / "other", book.keys, "example.com/other")
    with pytest.raises(StorageError, match="no record"):
        Record.open(tmp_path / "nothing", book.keys)


def test_closed_record_takes_nothing(book: Book) -> None:
    """A closed record refuses entries instead of losing them."""
    book.record.close()
    with pytest.raises(StorageError, match="closed"):
        book.add(1)
