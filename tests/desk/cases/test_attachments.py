"""Attachments are encrypted, held against the record, and leave nothing behind when they fail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.desk.book import Book
from vermilion.desk.cases import FOLDER, Cases
from vermilion.desk.cases.attachments import (
    ANY_TYPE,
    LONGEST_NAME,
    MOST_BYTES,
    Attachments,
    clean_name,
    clean_type,
)
from vermilion.desk.desk import Desk
from vermilion.errors import DataError, Error, StorageError, UsageError

from ..loop.samples import house, ordinary, sale, say
from .samples import DOLLARS, causes, held_by_carol, moment

SECRET = b"a passport, page 2, of somebody" * 40


def files(desk: Desk) -> list[Path]:
    """Return the files beside the record."""
    folder = desk.book.path / FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


def attached(desk: Desk, content: bytes = SECRET) -> tuple[Cases, str, str]:
    """Attach a file to Carol's case; return the cases, the cause and the file's digest."""
    cause = held_by_carol(desk, "p1")
    cases = Cases(desk)
    return cases, cause, cases.attach(cause, "olga", "papers.pdf", "application/pdf", content)


class TestKept:
    """What is attached comes back, and is nowhere in clear."""

    def test_it_comes_back_after_reopening(self, tmp_path: Path) -> None:
        """Name, type and bytes are those that were attached, also with the state made anew."""
        with house(tmp_path / "b") as desk:
            _, cause, sha256 = attached(desk)
        (tmp_path / "b" / "state.db").unlink()
        with house(tmp_path / "b") as desk:
            found = Cases(desk).attachment(cause, sha256)
            detail = Cases(desk).case(cause, moment(1))
        assert found == ("papers.pdf", "application/pdf", SECRET)
        assert detail is not None
        (item,) = detail.journal
        assert item.attachment is not None
        assert (item.by, item.attachment.sha256) == (["olga"], sha256)
        assert item.attachment.size == len(SECRET)

    def test_nothing_of_it_is_in_clear(self, tmp_path: Path) -> None:
        """No file of the book holds its bytes or its name, and equal contents have other names."""
        with house(tmp_path / "b") as desk:
            cases, cause, sha256 = attached(desk)
            again = cases.attach(cause, "olga", "papers.pdf", "application/pdf", SECRET)
        assert again != sha256
        for path in (tmp_path / "b").rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert SECRET[:31] not in content
                assert b"papers.pdf" not in content

    @pytest.mark.parametrize("size", [1, MOST_BYTES])
    def test_from_one_byte_to_the_most(self, tmp_path: Path, size: int) -> None:
        """The smallest and the largest allowed file come back whole."""
        content = os.urandom(size)
        with house(tmp_path / "b") as desk:
            cases, cause, sha256 = attached(desk, content)
            assert cases.attachment(cause, sha256).content == content

    @pytest.mark.parametrize(
        ("size", "code"), [(0, "attachment_empty"), (MOST_BYTES + 1, "attachment_too_large")]
    )
    def test_other_sizes_are_refused(self, tmp_path: Path, size: int, code: str) -> None:
        """What is empty or too large is neither stored nor recorded."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            entries = desk.book.record.size
            with pytest.raises(UsageError) as refused:
                Cases(desk).attach(cause, "olga", "a", "text/plain", bytes(size))
            assert (files(desk), desk.book.record.size) == ([], entries)
        assert refused.value.code == code


class TestRefused:
    """What is not the recorded file of the case is not given out."""

    @pytest.mark.parametrize("place", [0, 30, 45, 60, -1])
    def test_a_changed_file_is_damaged(self, tmp_path: Path, place: int) -> None:
        """A file with one bit changed anywhere is refused."""
        with house(tmp_path / "b") as desk:
            cases, cause, sha256 = attached(desk)
            (path,) = files(desk)
            changed = bytearray(path.read_bytes())
            changed[place] ^= 1
            path.write_bytes(changed)
            with pytest.raises(StorageError) as refused:
                cases.attachment(cause, sha256)
        assert refused.value.code == "attachment_damaged"

    def test_a_lost_file_is_told(self, tmp_path: Path) -> None:
        """A file that is gone is asked for by name."""
        with house(tmp_path / "b") as desk:
            cases, cause, sha256 = attached(desk)
            files(desk)[0].unlink()
            with pytest.raises(StorageError) as refused:
                cases.attachment(cause, sha256)
        assert refused.value.code == "attachment_lost"
        assert sha256 in str(refused.value.where)

    def test_another_case_s_file_is_unknown(self, tmp_path: Path) -> None:
        """A file is read through its own case only, and is bound to it by its encryption."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            cases, cause, sha256 = attached(desk)
            say(desk, sale("p2", subject="p2", buyer="ann", price=DOLLARS))
            (other,) = [hex for hex in causes(desk).values() if hex != cause]
            with pytest.raises(UsageError) as refused:
                cases.attachment(other, sha256)
            assert refused.value.code == "unknown_attachment"
            store = Attachments(desk.book.path / FOLDER, desk.book.keys)
            with pytest.raises(StorageError) as damaged:
                store.load(sha256, other)
            assert damaged.value.code == "attachment_damaged"

    @pytest.mark.parametrize(
        "sha256", ["", "0" * 64, "../../keys/kek", "../" * 21 + "k", "G" * 64, "A" * 64]
    )
    def test_no_digest_reaches_another_file(self, tmp_path: Path, sha256: str) -> None:
        """What no entry names is unknown, be it a path."""
        with house(tmp_path / "b") as desk:
            cases, cause, _ = attached(desk)
            with pytest.raises(UsageError) as refused:
                cases.attachment(cause, sha256)
        assert refused.value.code == "unknown_attachment"

    @pytest.mark.parametrize("name", ["person/olga", "class/transaction"])
    def test_what_is_erased_says_so(self, tmp_path: Path, name: str) -> None:
        """With the key of its author or of its month destroyed, the file answers `erased`."""
        with house(tmp_path / "b") as desk:
            cases, cause, sha256 = attached(desk)
            identity = desk.book.loop.cases.journal(bytes.fromhex(cause))[0].event
            entry = desk.book.read(desk.book.state.find([identity])[identity])
            if name.startswith("class"):
                name = f"{name}/{entry.envelope.recorded_at[:7]}"
            assert desk.book.keys.destroy(name) == 1
            with pytest.raises(DataError) as refused:
                cases.attachment(cause, sha256)
        assert refused.value.code == "erased"


class TestCrash:
    """A crash leaves either nothing, or a file that nobody names."""

    def test_a_file_without_its_entry_is_swept(self, tmp_path: Path, monkeypatch: Any) -> None:
        """The file is there before the entry; where the entry never comes it is removed at open."""
        with house(tmp_path / "b") as desk:
            cases, cause, sha256 = attached(desk)

            def fail() -> None:
                assert len(files(desk)) == 2
                raise StorageError("disk_full", "no room")

            monkeypatch.setattr(desk.book.record, "commit", fail)
            with pytest.raises(StorageError):
                cases.attach(cause, "olga", "b.txt", "text/plain", b"more")
            monkeypatch.undo()
            assert len(files(desk)) == 2
            (tmp_path / "b" / FOLDER / ("0" * 64 + ".partial")).write_bytes(b"half")
            (tmp_path / "b" / FOLDER / "notes.txt").write_bytes(b"somebody's own")
        with house(tmp_path / "b") as desk:
            again = Cases(desk)
            assert sorted(path.name for path in files(desk)) == sorted([sha256, "notes.txt"])
            assert again.attachment(cause, sha256).content == SECRET

    def test_its_key_is_durable_before_it(self, tmp_path: Path, monkeypatch: Any) -> None:
        """When the file is written, its key is in the key store for other processes to see."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            begun: list[bool] = []
            write = Attachments._write

            def watched(self: Attachments, name: str, stored: bytes) -> None:
                begun.append(desk.book.keys._database.in_transaction)
                write(self, name, stored)

            monkeypatch.setattr(Attachments, "_write", watched)
            Cases(desk).attach(cause, "olga", "a.txt", "text/plain", b"content")
        assert begun == [False]

    def test_where_nothing_can_be_written_nothing_is_recorded(
        self, tmp_path: Path, monkeypatch: Any
    ) -> None:
        """A folder that cannot be made is told, and no entry names a file that is not there."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            (tmp_path / "b" / FOLDER).write_bytes(b"in the way")
            entries = desk.book.record.size
            with pytest.raises(StorageError) as refused:
                Cases(desk).attach(cause, "olga", "a", "text/plain", b"x")
            assert desk.book.record.size == entries
        assert refused.value.code == "attachment_unwritable"


class TestNames:
    """Names and types are made harmless."""

    @given(st.text(max_size=300))
    def test_a_name_is_one_that_any_folder_can_hold(self, name: str) -> None:
        """A cleaned name has no path, shows as it is, is short, and stays as it is when cleaned."""
        cleaned = clean_name(name)
        assert 1 <= len(cleaned) <= LONGEST_NAME
        assert cleaned.isprintable()
        assert not {"/", "\\"} & set(cleaned)
        assert not cleaned.startswith(".")
        assert clean_name(cleaned) == cleaned

    @pytest.mark.parametrize(
        ("name", "cleaned"),
        [
            ("papers.pdf", "papers.pdf"),
            ("身份证.jpg", "身份证.jpg"),
            ("/etc/passwd", "passwd"),
            ("C:\\Users\\eve\\a.doc", "a.doc"),
            ("../..", "file"),
            ("", "file"),
            ("a\u202egpj.exe", "agpj.exe"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
            (".htaccess", "htaccess"),
            ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ],
    )
    def test_what_becomes_of_names(self, name: str, cleaned: str) -> None:
        """Paths, what does not show and excess go; the ending stays."""
        assert clean_name(name) == cleaned

    @pytest.mark.parametrize(
        ("media_type", "cleaned"),
        [
            ("image/png", "image/png"),
            ("Text/Plain; charset=utf-8", "text/plain"),
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",) * 2,
            ("text/html\r\nX: y", ANY_TYPE),
            ("image", ANY_TYPE),
            ("", ANY_TYPE),
            ("a/" + "b" * 100, ANY_TYPE),
        ],
    )
    def test_what_becomes_of_types(self, media_type: str, cleaned: str) -> None:
        """A media type loses its parameters; what is none is just bytes."""
        assert clean_type(media_type) == cleaned


class TestWork:
    """Who did what is recorded, or refused before anything is."""

    def test_who_did_it_is_sealed_in_the_record(self, tmp_path: Path) -> None:
        """A note is a `case` event of the desk that names its author; its words lie under their key."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            before = desk.book.record.size
            entry = Cases(desk).note(cause, "olga", "asked for her papers")
            assert (entry, desk.book.record.size) == (before, before + 1)
            (recorded,) = desk.book.record.entries(entry)
        statement = bytes(recorded.envelope.statement)
        assert b'"source":"vermilion:desk"' in statement
        assert b'"type":"case"' in statement
        assert b"papers" not in statement
        first, second = recorded.contents
        assert b'"by":"olga"' in first  # type: ignore[operator]
        assert b"papers" not in first  # type: ignore[operator]
        assert b"papers" in second  # type: ignore[operator]

    @pytest.mark.parametrize(
        ("call", "code"),
        [
            (lambda cases, cause: cases.note(cause, "olga", ""), "bad_case_work"),
            (lambda cases, cause: cases.note(cause, "olga", "x" * 4_001), "bad_case_work"),
            (lambda cases, cause: cases.note(cause, "", "x"), "bad_case_work"),
            (lambda cases, cause: cases.note(cause, "olga", "a\u0000b"), "bad_case_work"),
            (lambda cases, cause: cases.assign(cause, "olga", ""), "bad_case_work"),
            (lambda cases, cause: cases.attach(cause, "", "a", "b/c", b"x"), "bad_case_work"),
            (lambda cases, cause: cases.note("0" * 32, "olga", "x"), "unknown_case"),
            (lambda cases, cause: cases.note("../keys", "olga", "x"), "unknown_case"),
            (lambda cases, cause: cases.attach("0" * 32, "o", "a", "b/c", b"x"), "unknown_case"),
        ],
    )
    def test_what_cannot_be_is_refused(self, tmp_path: Path, call: Any, code: str) -> None:
        """What could not be read back, or is on no case, is neither stored nor recorded."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            entries = desk.book.record.size
            with pytest.raises(Error) as refused:
                call(Cases(desk), cause)
            assert (files(desk), desk.book.record.size) == ([], entries)
        assert refused.value.code == code

    def test_every_book_has_its_folder_only_when_needed(self, tmp_path: Path) -> None:
        """A book without attachments has no folder for them."""
        with Book.open(tmp_path / "b") as book:
            Cases(Desk(book, []))
            assert not (book.path / FOLDER).exists()
