"""A backup taken at any moment restores to a book that verifies and is a beginning of the live one."""

from __future__ import annotations

import hashlib
import io
import random
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import zstandard

from vermilion.desk import backup as backups
from vermilion.desk.backup import back_up
from vermilion.desk.backup_files import Manifest
from vermilion.desk.book import Book, make_book
from vermilion.desk.restore import Request, Restored, drill, restore
from vermilion.desk.setup import starting_files
from vermilion.errors import DataError, StorageError, UsageError
from vermilion.record import KeyStore, Record, Section
from vermilion.record import log as record_log
from vermilion.record.guard import Guard
from vermilion.record.keys import KEK_VARIABLE

WRITER = """
import sys
from pathlib import Path
from vermilion.desk.book import Book
from vermilion.record import Section
with Book.open(Path(sys.argv[1])) as book:
    while sys.stdin.readline():
        for number in range(20):
            name = f"party/{book.record.size}"
            book.record.append("test", b"{}", [Section(name, name.encode())], {})
            book.record.commit()
        print(book.record.size, flush=True)
"""
"""Goes on by twenty groups, each with a key of its own, for each line that it is sent."""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return an empty book."""
    make_book(tmp_path / "book", starting_files())
    return tmp_path / "book"


def add(book: Path, *texts: str) -> None:
    """Record each text as an entry and group of its own, sealed under a key named after it."""
    with Book.open(book) as opened:
        for text in texts:
            section = Section(f"party/{text}", text.encode())
            opened.record.append("test", b"{}", [section], {})
            opened.record.commit()


def gone(book: Path) -> None:
    """Let the book's machine be lost."""
    book.rename(book.with_name(f"{book.name}-lost"))


def said(book: Path) -> list[str]:
    """Return what the entries of a book say, as far as it can be read."""
    with Book.open(book) as opened:
        return [
            "erased" if not isinstance(part, bytes) else part.decode()
            for entry in opened.record.entries()
            for part in entry.contents
        ]


def segments(book: Path) -> dict[str, bytes]:
    """Return the bytes of each segment of a record."""
    return {path.name: path.read_bytes() for path in sorted((book / "record").iterdir())}


def is_beginning(part: Path, whole: Path) -> bool:
    """Tell whether a record's bytes are a beginning of another's."""
    early, late = b"".join(segments(part).values()), b"".join(segments(whole).values())
    return late.startswith(early)


class TestAnyMoment:
    """The property that backups are for."""

    def test_at_each_step_of_a_commit(
        self, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Wherever in a commit it falls, all acknowledged is in the copy, and the copy verifies."""
        taken: list[tuple[int, Path]] = []
        acknowledged = 0
        busy = False

        def moment() -> None:
            nonlocal busy
            if busy:
                return
            busy = True
            place = tmp_path / f"backup-{len(taken)}"
            back_up(book, place)
            taken.append((acknowledged, place))
            busy = False

        def stepped(step: Callable[..., Any]) -> Callable[..., Any]:
            def run(*arguments: Any) -> Any:
                moment()
                result = step(*arguments)
                moment()
                return result

            return run

        write = record_log._write_all

        def in_halves(file: int, data: bytes) -> None:
            write(file, data[: len(data) // 2])
            moment()
            write(file, data[len(data) // 2 :])
            moment()

        monkeypatch.setattr(record_log, "_write_all", in_halves)
        monkeypatch.setattr(Record, "_roll", stepped(Record._roll))
        monkeypatch.setattr(Guard, "write", stepped(Guard.write))
        monkeypatch.setattr(KeyStore, "flush", stepped(KeyStore.flush))
        with (
            closing(KeyStore.open(book / "keys")) as keys,
            closing(Record.open(book / "record", keys, segment_bytes=1_500)) as record,
        ):
            for number in range(8):
                for part in range(2):
                    section = Section(f"party/{number}-{part}", b"x" * 300)
                    record.append("test", b"{}", [section], {})
                record.commit()
                acknowledged = record.size
        busy = True
        assert len(segments(book)) > 2
        assert len(taken) > 40
        for least, place in taken:
            restored = drill(Request(place))
            assert least <= restored.entries <= least + 2
            assert is_beginning(place / "book", book)

    def test_while_it_is_being_taken(
        self, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is recorded between any two of its files takes nothing from the copy."""
        put = backups._Copy._put
        with (
            closing(KeyStore.open(book / "keys")) as keys,
            closing(Record.open(book / "record", keys, segment_bytes=1_000)) as record,
        ):

            def commit() -> None:
                record.append("test", b"{}", [Section(f"party/{record.size}", b"x" * 300)], {})
                record.commit()

            def with_entry(*arguments: Any) -> None:
                commit()
                put(*arguments)
                commit()

            commit()
            commit()
            monkeypatch.setattr(backups._Copy, "_put", with_entry)
            made = back_up(book, tmp_path / "b")
            assert record.size > 2 + len(made.files)
        assert made.size == 2
        assert drill(Request(tmp_path / "b")).entries == 2
        assert is_beginning(tmp_path / "b" / "book", book)

    def test_while_another_process_writes(self, book: Path, tmp_path: Path) -> None:
        """Copies of a book that another process owns reach ever further, and each verifies."""
        command = [sys.executable, "-c", WRITER, str(book)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdin is not None
            assert writer.stdout is not None
            sizes = [0]
            for number in range(4):
                # The next twenty groups are being written while the copy is taken.
                print("on", file=writer.stdin, flush=True)
                sizes.append(back_up(book, tmp_path / f"{number}.tar.zst").size)
                sizes.append(int(writer.stdout.readline()))
            writer.stdin.close()
        assert writer.returncode == 0
        assert sizes == sorted(sizes)
        gone(book)
        for number in range(4):
            place = tmp_path / f"restored-{number}"
            assert (
                restore(Request(tmp_path / f"{number}.tar.zst"), place).entries
                == sizes[2 * number + 1]
            )
            assert is_beginning(place, book.with_name("book-lost"))
            assert said(place) == [f"party/{index}" for index in range(sizes[2 * number + 1])]

    @pytest.mark.parametrize("form", ["folder", "file.tar.zst"])
    def test_a_kill_leaves_nothing_under_the_name(
        self, book: Path, tmp_path: Path, form: str
    ) -> None:
        """Killed after any number of files, there is no backup, and the next one is whole."""
        add(book, "a", "b")
        script = (
            "import os, signal, sys\n"
            "from pathlib import Path\n"
            "from vermilion.desk import backup, backup_files\n"
            "left = [int(sys.argv[3])]\n"
            "def dying(put):\n"
            "    def run(self, name, source, size):\n"
            "        digest = put(self, name, source, size)\n"
            "        left[0] -= 1\n"
            "        if not left[0]: os.kill(os.getpid(), signal.SIGKILL)\n"
            "        return digest\n"
            "    return run\n"
            "for one in (backup_files.FolderSink, backup_files.ArchiveSink):\n"
            "    one.put = dying(one.put)\n"
            "backup.back_up(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        )
        place = tmp_path / form
        for files in (1, 3, 7):
            command = [sys.executable, "-c", script, str(book), str(place), str(files)]
            assert subprocess.run(command, check=False).returncode == -9
            assert not place.exists()
        assert back_up(book, place).size == 2
        assert drill(Request(place)).entries == 2


class TestWhatIsInside:
    """What a backup holds, and what not."""

    def test_derived_files_are_left_out(self, book: Path, tmp_path: Path) -> None:
        """State, index, locks and files of the moment stay behind; all other files come along."""
        add(book, "a")
        (book / "index.db").write_bytes(b"not even a database")
        (book / "rulebooks").mkdir()
        (book / "rulebooks" / "half.json.partial").write_bytes(b"{")
        (book / "attachments" / "ab").mkdir(parents=True)
        (book / "attachments" / "ab" / "sealed").write_bytes(b"\0" * 100)
        made = back_up(book, tmp_path / "b")
        assert {file.name for file in made.files} == {
            "attachments/ab/sealed",
            "book.yaml",
            "keys/guard",
            "keys/kek",
            "keys/keys.db",
            "overlay/README.md",
            "record/000000000000.log",
        }

    def test_a_database_in_use_is_copied_as_it_stands(self, book: Path, tmp_path: Path) -> None:
        """What a transaction committed is in the copy, though it lies in a log beside the file."""
        with closing(sqlite3.connect(book / "access.db", isolation_level=None)) as access:
            access.execute("PRAGMA journal_mode = WAL").fetchall()
            access.execute("CREATE TABLE key (name TEXT)")
            access.execute("INSERT INTO key VALUES ('kept')")
            access.execute("BEGIN IMMEDIATE")
            access.execute("INSERT INTO key VALUES ('not yet')")
            back_up(book, tmp_path / "b")
            access.execute("ROLLBACK")
        with closing(sqlite3.connect(tmp_path / "b" / "book" / "access.db")) as copied:
            assert copied.execute("SELECT name FROM key").fetchall() == [("kept",)]

    def test_links_are_followed_and_circles_are_not(self, book: Path, tmp_path: Path) -> None:
        """A folder on another disk comes along; a link back into the book does no harm."""
        (tmp_path / "disk").mkdir()
        (tmp_path / "disk" / "note").write_text("n")
        (book / "elsewhere").symlink_to(tmp_path / "disk")
        (tmp_path / "disk" / "back").symlink_to(book)
        made = back_up(book, tmp_path / "b")
        assert [file.name for file in made.files if "elsewhere" in file.name] == ["elsewhere/note"]

    def test_a_file_that_goes_away_is_left_out(
        self, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is swept up between listing and copying is no reason to have no backup."""
        (book / "a-draft").write_text("d")
        listed = backups._other_files

        def swept(place: Path) -> Iterator[Path]:
            for path in listed(place):
                if path.name == "a-draft":
                    path.unlink()
                yield path

        monkeypatch.setattr(backups, "_other_files", swept)
        made = back_up(book, tmp_path / "b")
        assert "a-draft" not in {file.name for file in made.files}
        assert drill(Request(tmp_path / "b")).entries == 0

    def test_a_key_file_elsewhere_stays_there(
        self, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A key-encryption key outside the book is not copied, and without it nothing opens."""
        (book / "keys" / "kek").rename(tmp_path / "kek")
        monkeypatch.setenv(KEK_VARIABLE, str(tmp_path / "kek"))
        add(book, "a")
        made = back_up(book, tmp_path / "b")
        assert not made.kek
        assert "keys/kek" not in {file.name for file in made.files}
        assert drill(Request(tmp_path / "b")).entries == 1
        monkeypatch.setenv(KEK_VARIABLE, str(tmp_path / "lost"))
        with pytest.raises(StorageError) as refused:
            drill(Request(tmp_path / "b"))
        assert refused.value.code == "kek_missing"

    @pytest.mark.parametrize("place", ["book/inside", "there"])
    def test_bad_places_are_refused(self, book: Path, tmp_path: Path, place: str) -> None:
        """Nothing is written into the book itself, nor over what is there."""
        (tmp_path / "there").write_text("mine")
        with pytest.raises(UsageError):
            back_up(book, tmp_path / place)
        assert (tmp_path / "there").read_text() == "mine"
        assert not (book / "inside").exists()

    def test_a_full_disk_is_told(
        self, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The error says what happened, and no draft is left."""

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(backups, "copy_database", full)
        with pytest.raises(StorageError, match="no space left on device") as refused:
            back_up(book, tmp_path / "b")
        assert refused.value.code == "backup_failed"
        assert [path.name for path in tmp_path.iterdir()] == ["book"]

    def test_a_shorter_record_is_told(self, book: Path, tmp_path: Path) -> None:
        """A record that lost acknowledged entries is not copied as if it were whole."""
        add(book, "a", "b")
        log = book / "record" / "000000000000.log"
        log.write_bytes(log.read_bytes()[:-1])
        with pytest.raises(StorageError) as refused:
            back_up(book, tmp_path / "b")
        assert refused.value.code == "record_damaged"


class TestKeys:
    """Keys apart from the record, and erased ones."""

    def test_record_and_keys_apart(self, book: Path, tmp_path: Path) -> None:
        """Alone the record verifies and does not open; with the keys copied after it, it does."""
        add(book, "a")
        assert not back_up(book, tmp_path / "r.tar.zst", keys=False).keys
        add(book, "b")
        assert back_up(book, tmp_path / "k", record=False).size == 2
        alone = drill(Request(tmp_path / "r.tar.zst"))
        assert (alone.entries, alone.openable) == (1, False)
        gone(book)
        keys = tmp_path / "k" / "book" / "keys"
        restored = restore(Request(tmp_path / "r.tar.zst", keys), book)
        assert (restored.entries, restored.openable, restored.acknowledged) == (1, True, 2)
        assert said(book) == ["a"]

    def test_keys_older_than_the_record_are_told(self, book: Path, tmp_path: Path) -> None:
        """Where a key is lacking the book is not put in place."""
        back_up(book, tmp_path / "k", record=False)
        add(book, "a")
        back_up(book, tmp_path / "r", keys=False)
        gone(book)
        with pytest.raises(DataError, match="does not know key"):
            restore(Request(tmp_path / "r", tmp_path / "k" / "book" / "keys"), book)
        assert not book.exists()

    def test_erased_in_the_live_store_stays_erased(self, book: Path, tmp_path: Path) -> None:
        """Old keys bring an erased person back; the store of today does not."""
        add(book, "anna", "bert")
        back_up(book, tmp_path / "all")
        back_up(book, tmp_path / "r", keys=False)
        with closing(KeyStore.open(book / "keys")) as keys:
            assert keys.destroy("party/anna") == 1
        back_up(book, tmp_path / "k", record=False)
        gone(book)
        restore(Request(tmp_path / "r", tmp_path / "k" / "book" / "keys"), tmp_path / "one")
        restore(Request(tmp_path / "all"), tmp_path / "two")
        assert said(tmp_path / "one") == ["erased", "bert"]
        assert said(tmp_path / "two") == ["anna", "bert"]

    def test_wrong_keys_are_refused(self, book: Path, tmp_path: Path) -> None:
        """Keys of another book, keys for a backup with keys, and keys alone are wrong use."""
        make_book(tmp_path / "other", starting_files())
        back_up(book, tmp_path / "r", keys=False)
        back_up(book, tmp_path / "all")
        back_up(book, tmp_path / "k", record=False)
        for backup, keys, code in (
            ("r", tmp_path / "other" / "keys", "other_keys"),
            ("all", book / "keys", "keys_given"),
            ("k", None, "no_record"),
        ):
            with pytest.raises(UsageError) as refused:
                drill(Request(tmp_path / backup, keys))
            assert refused.value.code == code


class TestRestored:
    """What a restored book is."""

    def test_it_goes_on(self, book: Path, tmp_path: Path) -> None:
        """A restored book opens, takes entries, and verifies afterwards."""
        add(book, "a")
        back_up(book, tmp_path / "b.tar.zst")
        gone(book)
        restore(Request(tmp_path / "b.tar.zst"), book)
        assert (book / "keys" / "kek").stat().st_mode & 0o077 == 0
        assert book.stat().st_mode & 0o077 == 0
        add(book, "b")
        assert said(book) == ["a", "b"]
        back_up(book, tmp_path / "c")
        assert drill(Request(tmp_path / "c")).entries == 2

    def test_not_beside_the_living(self, book: Path, tmp_path: Path) -> None:
        """While the book is still there no second one is made of its backup; a drill leaves none."""
        add(book, "a")
        back_up(book, tmp_path / "b")
        with pytest.raises(UsageError) as refused:
            restore(Request(tmp_path / "b"), tmp_path / "second")
        assert refused.value.code == "book_alive"
        assert drill(Request(tmp_path / "b")).entries == 1
        assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "book"]

    def test_a_second_restore_is_told(self, book: Path, tmp_path: Path) -> None:
        """Where a book of the same record lies beside it, with keys to go on, that one is named."""
        back_up(book, tmp_path / "b")
        gone(book)
        (tmp_path / "book-lost" / "keys").rename(tmp_path / "keys-lost")
        make_book(tmp_path / "other", starting_files())
        assert restore(Request(tmp_path / "b"), tmp_path / "first").others == []
        again = restore(Request(tmp_path / "b"), tmp_path / "second")
        assert again.others == [str(tmp_path / "first")]

    def test_nothing_is_overwritten(self, book: Path, tmp_path: Path) -> None:
        """A folder with anything in it is refused."""
        back_up(book, tmp_path / "b")
        gone(book)
        book.mkdir()
        (book / "mine").write_text("m")
        with pytest.raises(UsageError) as refused:
            restore(Request(tmp_path / "b"), book)
        assert refused.value.code == "not_empty"
        assert [path.name for path in book.iterdir()] == ["mine"]


class TestCheckpoint:
    """A checkpoint kept elsewhere tells a record that lags, and one that was forked."""

    def held(self, backup: Path, made: Manifest) -> Restored:
        """Hold a backup to another one's checkpoint."""
        return drill(Request(backup, checkpoint=made.checkpoint.encode()))

    def test_lag_is_noticed(self, book: Path, tmp_path: Path) -> None:
        """Same, behind and ahead are told apart, with the checkpoint's size."""
        none = back_up(book, tmp_path / "0")
        add(book, "a")
        early = back_up(book, tmp_path / "1")
        add(book, "b", "c")
        late = back_up(book, tmp_path / "2")
        assert self.held(tmp_path / "1", early).checkpoint == "same"
        assert self.held(tmp_path / "1", none).checkpoint == "ahead"
        assert self.held(tmp_path / "2", early).checkpoint == "ahead"
        lagging = self.held(tmp_path / "1", late)
        assert (lagging.checkpoint, lagging.noted, lagging.entries) == ("behind", 3, 1)

    def test_a_fork_is_refused(self, book: Path, tmp_path: Path) -> None:
        """Where two copies went on, a checkpoint of one convicts the other."""
        add(book, "a")
        back_up(book, tmp_path / "b")
        gone(book)
        restore(Request(tmp_path / "b"), book)
        add(book, "b")
        add(tmp_path / "book-lost", "c")
        other = back_up(tmp_path / "book-lost", tmp_path / "1")
        back_up(book, tmp_path / "2")
        with pytest.raises(DataError) as refused:
            self.held(tmp_path / "2", other)
        assert refused.value.code == "record_forked"

    def test_a_forged_checkpoint_is_refused(self, book: Path, tmp_path: Path) -> None:
        """Only what the record's own key signed counts."""
        made = back_up(book, tmp_path / "b")
        forged = made.checkpoint.replace("\n0\n", "\n7\n")
        with pytest.raises(DataError) as refused:
            drill(Request(tmp_path / "b", checkpoint=forged.encode()))
        assert refused.value.code == "bad_note"


LONGEST_HEADER = 18
"""Bytes of a Zstandard frame's header, at most (RFC 8878, 3.1.1.1): one may ask for more memory."""


class TestDamage:
    """A damaged backup is told as such and never becomes a book."""

    @pytest.mark.parametrize("number", range(20))
    def test_an_archive_with_one_wrong_byte(self, book: Path, tmp_path: Path, number: int) -> None:
        """Wherever it lies behind the header, which has no content, the archive is refused."""
        add(book, "a")
        place = tmp_path / "b.tar.zst"
        back_up(book, place)
        chance = random.Random(number)
        data = bytearray(place.read_bytes())
        data[chance.randrange(LONGEST_HEADER, len(data))] ^= chance.randrange(1, 256)
        place.write_bytes(data)
        with pytest.raises(DataError) as refused:
            drill(Request(place))
        assert refused.value.code == "backup_damaged"

    @pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9])
    def test_an_archive_that_was_cut(self, book: Path, tmp_path: Path, part: float) -> None:
        """What a broken transfer left is refused."""
        add(book, "a")
        place = tmp_path / "b.tar.zst"
        back_up(book, place)
        data = place.read_bytes()
        place.write_bytes(data[: int(len(data) * part)])
        with pytest.raises(DataError) as refused:
            drill(Request(place))
        assert refused.value.code == "backup_damaged"

    @pytest.mark.parametrize(
        "harm",
        [
            lambda made: (made / "book" / "book.yaml").write_text("operator: me\n"),
            lambda made: (made / "book" / "book.yaml").unlink(),
            lambda made: (made / "book" / "more.yaml").write_text("{}"),
            lambda made: (made / "backup.json").unlink(),
            lambda made: (made / "backup.json").write_text("{}"),
        ],
    )
    def test_a_folder_that_was_changed(
        self, book: Path, tmp_path: Path, harm: Callable[[Path], object]
    ) -> None:
        """A file changed, lacking or added is refused."""
        back_up(book, tmp_path / "b")
        harm(tmp_path / "b")
        with pytest.raises(DataError) as refused:
            drill(Request(tmp_path / "b"))
        assert refused.value.code == "backup_damaged"

    def test_a_list_that_was_changed_too(self, book: Path, tmp_path: Path) -> None:
        """Whoever rewrites files and their list still cannot forge the record."""
        add(book, "a")
        made = back_up(book, tmp_path / "b")
        log = tmp_path / "b" / "book" / "record" / "000000000000.log"
        data = bytearray(log.read_bytes())
        data[-300] ^= 1
        log.write_bytes(data)
        old = next(file.sha256 for file in made.files if file.name.startswith("record"))
        listed = tmp_path / "b" / "backup.json"
        new = hashlib.sha256(data).hexdigest()
        listed.write_text(listed.read_text().replace(old, new))
        with pytest.raises(DataError, match="problems in its record"):
            drill(Request(tmp_path / "b"))

    @pytest.mark.parametrize(
        "name", ["book/../../out", "/tmp/out", "out", "book/..", "book/a\\..\\out"]
    )
    def test_no_file_leaves_the_folder(self, tmp_path: Path, name: str) -> None:
        """An archive made to write elsewhere is refused before it does."""
        entry = tarfile.TarInfo(name)
        entry.size = 4
        self.packed(tmp_path / "x" / "b.tar.zst", entry, b"evil")
        with pytest.raises(DataError) as refused:
            drill(Request(tmp_path / "x" / "b.tar.zst"))
        assert refused.value.code == "backup_damaged"
        assert [path.name for path in tmp_path.rglob("*")] == ["x", "b.tar.zst"]

    @pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
    def test_no_links(self, tmp_path: Path, kind: bytes) -> None:
        """Links and devices are refused."""
        entry = tarfile.TarInfo("book/book.yaml")
        entry.type, entry.linkname = kind, "/etc/passwd"
        self.packed(tmp_path / "b.tar.zst", entry, b"")
        with pytest.raises(DataError, match="no plain file"):
            drill(Request(tmp_path / "b.tar.zst"))

    def packed(self, place: Path, entry: tarfile.TarInfo, content: bytes) -> None:
        """Write an archive of one entry."""
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w") as archive:
            archive.addfile(entry, io.BytesIO(content))
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(zstandard.compress(plain.getvalue()))
