"""A book is whole or not there, belongs to one process, and rebuilds its state from its record."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from vermilion.desk.audit import verify_book
from vermilion.desk.book import ACTIVATION, Book
from vermilion.errors import RulebookError, StorageError, UsageError
from vermilion.record import Record
from vermilion.rulebook import Engine, Profile, load_configuration

from .samples import CN, contents, desk_in, party, rule, rulebook, sale, simulated, submit, verdicts

SMALL = rulebook(rule("XX-A", "sale", "len(buyer.lists_hit) > 0"))
HOLD = """
import sys, pathlib
from vermilion.desk.book import Book
with Book.open(pathlib.Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


def rows(path: Path) -> list[tuple[object, ...]]:
    """Return everything that a state holds, in order."""
    with closing(sqlite3.connect(path)) as db:
        tables = ("seen", "statement", "applied")
        return [row for t in tables for row in db.execute(f"SELECT * FROM {t} ORDER BY 1, 2")]


def activations(book: Book) -> int:
    """Return how many activations a book's record holds."""
    return sum(one.envelope.kind == ACTIVATION for one in book.record.entries())


class TestMaking:
    """A book is made where there is none."""

    def test_an_absent_book_is_made_with_the_default_profile(self, tmp_path: Path) -> None:
        """Folders above it are made too."""
        with Book.open(tmp_path / "a" / "b" / "book") as book:
            assert (book.profile, book.record.size) == (Profile(), 0)

    def test_an_empty_folder_becomes_a_book(self, tmp_path: Path) -> None:
        """A folder that somebody made beforehand is taken."""
        (tmp_path / "b").mkdir()
        with Book.open(tmp_path / "b") as book:
            assert book.record.size == 0

    def test_nothing_else_is_left_beside_it(self, tmp_path: Path) -> None:
        """The draft is gone once the book is in place."""
        Book.open(tmp_path / "b").close()
        assert [path.name for path in tmp_path.iterdir()] == ["b"]

    def test_a_half_made_book_is_never_in_place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is interrupted before its end leaves no book, and the next try makes one."""
        with monkeypatch.context() as patch:
            patch.setattr(Record, "create", _interrupted)
            with pytest.raises(KeyboardInterrupt):
                Book.open(tmp_path / "b")
        assert not (tmp_path / "b").exists()
        Book.open(tmp_path / "b").close()
        assert verify_book(tmp_path / "b").ok

    @pytest.mark.parametrize("kind", ["file", "other folder", "half a book"])
    def test_what_is_something_else_is_left_alone(self, tmp_path: Path, kind: str) -> None:
        """A file, or a folder with anything but a whole book, is refused and not written to."""
        place = tmp_path / "b"
        if kind == "file":
            place.write_text("mine")
        else:
            (place / ("record" if kind == "half a book" else "mine")).mkdir(parents=True)
        before = contents(tmp_path), sorted(tmp_path.rglob("*"))
        with pytest.raises(UsageError) as caught:
            Book.open(place)
        assert caught.value.code == "not_a_book"
        assert (contents(tmp_path), sorted(tmp_path.rglob("*"))) == before

    @pytest.mark.parametrize("place", ["/proc/none/book", "{0}/file/book"])
    def test_a_place_where_none_can_be_made_is_told(self, tmp_path: Path, place: str) -> None:
        """What the system refuses is an error with its reason, not an accident."""
        (tmp_path / "file").touch()
        with pytest.raises(StorageError) as caught:
            Book.open(Path(place.format(tmp_path)))
        assert caught.value.code == "book_unusable"


def _interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


class TestLock:
    """One process owns a book."""

    def test_a_second_process_is_told_that_it_is_busy(self, tmp_path: Path) -> None:
        """While another process has it the book does not open; afterwards it does."""
        Book.open(tmp_path / "b").close()
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path / "b")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert holder.stdout
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(StorageError) as caught:
            Book.open(tmp_path / "b")
        holder.communicate()
        assert caught.value.code == "book_busy"
        Book.open(tmp_path / "b").close()

    @pytest.mark.parametrize("damaged", ["book.yaml", "state.db", "record/000000000000.log"])
    def test_a_failed_opening_leaves_nothing_open(self, tmp_path: Path, damaged: str) -> None:
        """Lock and files are given back, so that the repaired book opens in the same process."""
        Book.open(tmp_path / "b").close()
        file = tmp_path / "b" / damaged
        good = file.read_bytes()
        file.write_bytes(b"[" * 10_000)
        before = len(list(Path("/proc/self/fd").iterdir()))
        with pytest.raises((StorageError, RulebookError)):
            Book.open(tmp_path / "b")
        assert len(list(Path("/proc/self/fd").iterdir())) == before
        file.write_bytes(good)
        Book.open(tmp_path / "b").close()


class TestProfile:
    """Who the operator is stands in the book's configuration."""

    def test_is_read_from_the_configuration(self, tmp_path: Path) -> None:
        """Roles, memberships, territory and adopted norms are the operator's own words."""
        (tmp_path / "book.yaml").write_text("operator: 甲\nroles: [bank]\nmemberships: [CBA]\n")
        assert load_configuration(tmp_path / "book.yaml").profile == Profile(
            operator="甲", roles=["bank"], memberships=["CBA"]
        )

    @pytest.mark.parametrize(
        "text",
        [
            "roles: [king]",
            "colour: red",
            "[1, 2]",
            "a: [",
            "operator: ''",
            "territory: [2026-99-99]",
            "\xff",
        ],
    )
    def test_what_is_wrong_in_it_names_the_file_in_one_line(
        self, tmp_path: Path, text: str
    ) -> None:
        """The author is told which file to put right."""
        (tmp_path / "book.yaml").write_bytes(text.encode("latin-1"))
        with pytest.raises(RulebookError) as caught:
            load_configuration(tmp_path / "book.yaml")
        assert str(caught.value.where).startswith("book.yaml:")
        assert "\n" not in str(caught.value)


class TestActivation:
    """The record says which rulebook judged from when on."""

    def test_is_recorded_once_for_each_digest(self, tmp_path: Path) -> None:
        """The same rulebook again adds nothing; another one, or the first again, does."""
        other = rulebook(rule("XX-A", "sale", "len(buyer.lists_hit) > 1"))
        with Book.open(tmp_path / "b") as book:
            for one in (SMALL, SMALL, other, other, SMALL):
                book.activate(Engine(one, book.profile))
            assert activations(book) == 3

    def test_a_crash_right_after_recording_does_not_record_it_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What the record says is the active rulebook, also where nothing else was written."""
        with monkeypatch.context() as patch, Book.open(tmp_path / "b") as book:
            patch.setattr(Book, "note_activation", _interrupted)
            with pytest.raises(KeyboardInterrupt):
                book.activate(Engine(SMALL, book.profile))
        with Book.open(tmp_path / "b") as book:
            book.activate(Engine(SMALL, book.profile))
            assert activations(book) == 1

    def test_a_lost_rulebook_is_told(self, tmp_path: Path) -> None:
        """Decisions of a rulebook that the book does not keep cannot be written out."""
        with Book.open(tmp_path / "b") as book, pytest.raises(StorageError) as caught:
            book.kept_engine("0" * 64)
        assert caught.value.code == "rulebook_lost"

    def test_a_kept_rulebook_has_the_digest_that_it_is_kept_under(self, tmp_path: Path) -> None:
        """Read back from the book it is the same rulebook for the same operator."""
        with Book.open(tmp_path / "b") as book:
            engine = Engine(CN, book.profile)
            book.activate(engine)
            assert book.kept_engine(engine.digest).digest == engine.digest


class TestRebuild:
    """The state is a fold over the record."""

    def filled(self, folder: Path) -> Path:
        """Make a book with a market in it and return its state's path."""
        with desk_in(folder, CN) as desk:
            for start in range(0, 600, 100):
                desk.submit(simulated(600)[start : start + 100])
        return folder / "state.db"

    def test_a_deleted_state_is_rebuilt_equal(self, tmp_path: Path) -> None:
        """Every row comes back from the record."""
        state = self.filled(tmp_path / "b")
        before = rows(state)
        state.unlink()
        Book.open(tmp_path / "b").close()
        assert rows(state) == before
        assert len(before) > 700

    def test_an_older_state_catches_up(self, tmp_path: Path) -> None:
        """A state from an earlier day and today's record give today's state."""
        state = tmp_path / "b" / "state.db"
        with desk_in(tmp_path / "b", CN) as desk:
            desk.submit(simulated(600)[:200])
        older = state.read_bytes()
        with desk_in(tmp_path / "b", CN) as desk:
            desk.submit(simulated(600)[200:])
        before = rows(state)
        state.write_bytes(older)
        Book.open(tmp_path / "b").close()
        assert rows(state) == before

    def test_a_state_deleted_without_its_write_ahead_log_is_rebuilt(self, tmp_path: Path) -> None:
        """What a killed process left beside the state does not come back into it."""
        state = self.filled(tmp_path / "b")
        before = rows(state)
        state.with_name("state.db-wal").write_bytes(b"stale" * 1_000)
        state.unlink()
        Book.open(tmp_path / "b").close()
        assert rows(state) == before

    @pytest.mark.parametrize("state", ["kept", "deleted", "older"])
    def test_answers_are_the_same(self, tmp_path: Path, state: str) -> None:
        """Standing facts and duplicates are known whatever became of the state."""
        path = tmp_path / "b" / "state.db"
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, party("b", lists_hit=["x"]))
        older = path.read_bytes()
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, party("b", number=1, lists_hit=[]), sale("1"))
        if state != "kept":
            path.unlink()
        if state == "older":
            path.write_bytes(older)
        with desk_in(tmp_path / "b", SMALL) as desk:
            assert verdicts(desk, sale("2")) == ["allow"]
            (again,) = submit(desk, sale("1"))
        assert type(again).__name__ == "Duplicate"

    def test_a_state_ahead_of_its_record_is_refused(self, tmp_path: Path) -> None:
        """A state that knows more than the record is not believed."""
        Book.open(tmp_path / "b").close()
        shutil.copytree(tmp_path / "b", tmp_path / "older")
        self.filled(tmp_path / "b").rename(tmp_path / "older" / "state.db")
        with pytest.raises(StorageError) as caught:
            Book.open(tmp_path / "older")
        assert caught.value.code == "state_ahead"
        assert "delete the state" in str(caught.value.help)

    def test_a_state_of_another_book_is_refused(self, tmp_path: Path) -> None:
        """A state names the record that it belongs to."""
        Book.open(tmp_path / "other").close()
        self.filled(tmp_path / "b").rename(tmp_path / "other" / "state.db")
        with pytest.raises(StorageError) as caught:
            Book.open(tmp_path / "other")
        assert caught.value.code == "state_damaged"

    def test_a_state_that_names_wrong_places_is_told_as_damage(self, tmp_path: Path) -> None:
        """A place where no entry starts is the state's fault, and the remedy is to delete it."""
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, sale("1"))
            desk.book.state._db.execute("UPDATE seen SET position = position + 1")
            desk.book.state.flush()
            desk.book.state._db.execute("UPDATE seen SET position = position + 1")
            with pytest.raises(StorageError) as caught:
                submit(desk, sale("1"))
        assert caught.value.code == "state_damaged"


class TestTornTail:
    """What a crash left of an unacknowledged group goes; nothing else does."""

    @pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.99])
    def test_a_torn_group_is_cut_off_by_the_next_opening(
        self, tmp_path: Path, share: float
    ) -> None:
        """Verification tells of the tail and does not hold it against the record; then it is gone."""
        log = tmp_path / "b" / "record" / "000000000000.log"
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, sale("1"))
        whole, guard = log.read_bytes(), (tmp_path / "b/keys/guard").read_bytes()
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, sale("2"))
        group = log.read_bytes()[len(whole) :]
        log.write_bytes(whole + group[: int(len(group) * share)])
        (tmp_path / "b/keys/guard").write_bytes(guard)
        (tmp_path / "b/state.db").unlink()
        found = verify_book(tmp_path / "b")
        assert (found.ok, found.unacknowledged) == (True, int(len(group) * share))
        with desk_in(tmp_path / "b", SMALL) as desk:
            assert log.read_bytes() == whole
            (again,) = submit(desk, sale("2"))
        assert type(again).__name__ == "Sealed"
        assert verify_book(tmp_path / "b").ok
