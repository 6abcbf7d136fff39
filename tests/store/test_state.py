"""The state finds again what it took over, also after it was closed, and says when it is damaged."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.errors import StorageError
from vermilion.store import Place, State, StatementRow, identity_of, rows, state

ONE, TWO = identity_of("s", "1"), identity_of("s", "2")


def row(id: str, number: int) -> StatementRow:
    """Return a row about a party."""
    return StatementRow("party", id, number, "2026-01-01T00:00:00+00:00", None, 0, 0, "id")


class TestIdentity:
    """Sixteen bytes stand for source and id."""

    def test_source_and_id_do_not_run_together(self) -> None:
        """The border between source and id counts."""
        assert identity_of("a", "bc") != identity_of("ab", "c")
        assert len(ONE) == 16


class TestState:
    """Taking over, writing and finding again."""

    def test_finds_what_is_pending_and_what_is_written(self, tmp_path: Path) -> None:
        """An identity is found before and after it is written."""
        opened = State(tmp_path / "state.db", "origin")
        assert not opened.apply({ONE: Place(0, 7)}, [], 1)
        assert opened.find([ONE, TWO]) == {ONE: Place(0, 7)}
        opened.flush()
        assert opened.find([ONE, TWO]) == {ONE: Place(0, 7)}
        opened.close()

    def test_finds_among_more_than_one_query_holds(self, tmp_path: Path) -> None:
        """Any number of identities can be asked for at once."""
        many = {identity_of("s", str(n)): Place(0, n) for n in range(3 * state.BATCH + 1)}
        opened = State(tmp_path / "state.db", "origin")
        opened.apply(many, [], len(many))
        opened.flush()
        assert opened.find([*many, identity_of("s", "none")]) == many
        opened.close()

    def test_statements_come_in_order_of_sequence(self, tmp_path: Path) -> None:
        """Rows come in order of number, and only those about the entity asked for."""
        opened = State(tmp_path / "state.db", "origin")
        opened.apply({}, [row("p", 5), row("p", 2), row("q", 3)], 6)
        opened.flush()
        assert [one.number for one in opened.statements("party", "p")] == [2, 5]
        assert opened.statements("work", "p") == []
        opened.close()

    def test_counts_each_thing_once(self, tmp_path: Path) -> None:
        """A thing counts from when it is stated, and no second time when it is stated again."""
        opened = State(tmp_path / "state.db", "origin")
        opened.apply({}, [row("p", 1), row("q", 2), row("p", 3)], 3)
        assert opened.count("party") == 2
        opened.flush()
        opened.apply({}, [row("p", 4), row("r", 5)], 5)
        assert (opened.count("party"), opened.count("work")) == (3, 0)
        opened.close()

    def test_a_reopened_state_knows_the_same(self, tmp_path: Path) -> None:
        """Closing writes; opening reads size, identities and statements back."""
        first = State(tmp_path / "state.db", "origin")
        first.apply({ONE: Place(2, 9)}, [row("p", 1)], 4)
        first.close()
        again = State(tmp_path / "state.db", "origin")
        assert (again.applied, again.find([ONE])) == (4, {ONE: Place(2, 9)})
        assert again.statements("party", "p") == [row("p", 1)]
        again.close()

    def test_writes_once_enough_is_pending(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`apply` tells when what it took over is written."""
        monkeypatch.setattr(state, "FLUSH_AT", 2)
        opened = State(tmp_path / "state.db", "origin")
        assert not opened.apply({ONE: Place(0, 1)}, [], 1)
        assert opened.apply({TWO: Place(0, 2)}, [], 2)
        opened.close()

    def test_nothing_is_written_before_it_is_flushed(self, tmp_path: Path) -> None:
        """What a crash loses is told by `applied`: identities and size are one transaction."""
        opened = State(tmp_path / "state.db", "origin")
        opened.apply({ONE: Place(0, 1)}, [row("p", 0)], 1)
        assert opened.statements("party", "p") == []
        _drop(opened)
        again = State(tmp_path / "state.db", "origin")
        assert (again.applied, again.find([ONE])) == (0, {})
        again.close()


class Fold:
    """Stands for windows: one row of each last digit of what was added, with how often it was."""

    def __init__(self, load: Callable[[bytes], bytes | None]) -> None:
        self.load = load
        self.counts: dict[int, int] = {}
        self.dirty: set[int] = set()
        self.given: set[int] = set()

    def id(self, digit: int) -> bytes:
        """Return the row that holds a digit."""
        return b"%016d" % digit

    def add(self, number: int) -> None:
        """Count a number."""
        digit = number % 10
        if digit not in self.counts:
            self.counts[digit] = int(self.load(self.id(digit)) or 0)
        self.counts[digit] += 1
        self.dirty.add(digit)

    def changed(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Give what is not stored, as it is now."""
        self.given, self.dirty = self.given | self.dirty, set()
        return iter([(self.id(one), b"%d" % self.counts[one]) for one in sorted(self.given)])

    def stored(self, most: int) -> bool:
        """Forget what is stored and did not change since, one at a time."""
        self.given -= self.dirty
        for one in list(self.given)[:1]:
            self.given.remove(one)
            del self.counts[one]
        return not self.given


class TestPortions:
    """Writing a little at a time, and making all of it durable together."""

    @settings(max_examples=150)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["nothing", "write", "write", "fail", "flush", "crash"]),
                st.integers(0, 3),
                st.integers(1, 8),
            ),
            max_size=20,
        ),
        st.integers(1, 3),
    )
    def test_what_outlasts_a_crash_is_told_by_its_size(
        self, steps: list[tuple[str, int, int]], portion: int
    ) -> None:
        """Wherever it ends, the file holds what was taken over up to `applied`, and nothing else."""
        with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(state, "PORTION", portion)
            path = Path(folder) / "state.db"
            opened, fold, _ = _opened(path)
            durable = taken = begun = 0
            for then, events, writes in steps:
                for n in range(taken, taken + events):
                    opened.rows.put(b"last", b"%d" % n)
                    opened.rows.keep()
                    fold.add(n)
                    opened.folded = n + 1
                    of = {identity_of("b", str(n % 5)): Place(0, n)}
                    seen = {identity_of("s", str(n)): Place(0, n)}
                    opened.apply(seen, [row(str(n % 5), n)], n + 1, of)
                taken += events
                if then == "write":
                    for _ in range(writes):
                        if not opened.writing:
                            begun = taken
                        if _write(opened):
                            assert opened.durable == begun
                    durable = opened.durable
                elif then == "fail":
                    if not opened.writing:
                        begun = taken
                    _authorize(opened, _no_insert)
                    with suppress(StorageError):
                        while not _write(opened):
                            pass
                    _authorize(opened, None)
                    durable = opened.durable
                elif then == "flush":
                    opened.flush()
                    durable = taken
                elif then == "crash":
                    _drop(opened)
                    opened, fold, folded = _opened(path)
                    assert durable <= opened.applied == folded <= taken
                    durable = taken = opened.applied
                assert opened.applied == taken
                every = [identity_of("s", str(n)) for n in range(taken + 4)]
                assert opened.find(every) == {
                    one: Place(0, n) for n, one in enumerate(every[:taken])
                }
                assert opened.businesses([identity_of("b", str(n)) for n in range(5)]) == {
                    identity_of("b", str(n % 5)): Place(0, n) for n in range(taken)
                }
                assert opened.rows.get(b"last") == (b"%d" % (taken - 1) if taken else None)
                for n in range(5):
                    said = [one.number for one in opened.statements("party", str(n))]
                    assert said == list(range(n, opened.durable, 5))
                for n in range(10):
                    count = fold.counts.get(n) or int(opened.window(fold.id(n)) or 0)
                    assert count == len(range(n, taken, 10))
            _drop(opened)

    @pytest.mark.parametrize("denied", [sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_INSERT])
    def test_what_could_not_be_written_is_written_later(self, tmp_path: Path, denied: int) -> None:
        """Nothing is lost, wherever writing failed; nothing of it is in the file before it all is."""
        opened = State(tmp_path / "state.db", "origin")
        opened.apply({ONE: Place(0, 1)}, [], 1)
        opened.flush()
        opened.apply({TWO: Place(0, 2)}, [], 2)
        opened.write()
        _authorize(opened, lambda action, *_: int(action == denied))
        opened.apply({identity_of("s", "3"): Place(0, 3)}, [], 3)
        for _ in range(2):
            with pytest.raises(StorageError):
                opened.flush()
            assert opened.durable == 1
        _authorize(opened, None)
        assert opened.sound
        opened.close()
        again = State(tmp_path / "state.db", "origin")
        assert (again.applied, len(again.find([ONE, TWO, identity_of("s", "3")]))) == (3, 3)
        again.close()

    def test_a_failure_leaves_what_was_durable(self, tmp_path: Path) -> None:
        """A state that is closed while it cannot be written says so, and is as it was before."""
        opened = State(tmp_path / "state.db", "origin")
        opened.apply({ONE: Place(0, 1)}, [], 1)
        opened.flush()
        opened.apply({TWO: Place(0, 2)}, [], 2)
        _authorize(opened, _no_insert)
        with pytest.raises(StorageError):
            opened.close()
        again = State(tmp_path / "state.db", "origin")
        assert (again.applied, again.find([ONE, TWO])) == (1, {ONE: Place(0, 1)})
        again.close()

    def test_other_windows_take_nothing_of_those_before(self, tmp_path: Path) -> None:
        """What was begun for windows that are kept no longer does not come among the new ones."""
        opened, fold, _ = _opened(tmp_path / "state.db")
        fold.add(1)
        opened.folded = 1
        opened.apply({ONE: Place(0, 1)}, [], 1)
        while opened._writer._work is None:
            opened.write()
        other = Fold(opened.window)
        assert opened.attach(other, b"other") == 0
        opened.close()
        again = State(tmp_path / "state.db", "origin")
        assert (again.applied, again.attach(other, b"other")) == (1, 0)
        assert again.window(fold.id(1)) is None
        again.close()


def _opened(path: Path) -> tuple[State, Fold, int]:
    """Open a state with windows; tell how much they cover."""
    opened = State(path, "origin")
    fold = Fold(opened.window)
    return opened, fold, opened.attach(fold, b"definitions")


class TestFilter:
    """The filter saves queries and never an answer."""

    @pytest.mark.parametrize("bits", [2**6, 2**10, 2**16])
    def test_never_hides_a_stated_entity(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int
    ) -> None:
        """Whatever was stated is found, in the process that stated it and in the next."""
        monkeypatch.setattr(state, "FILTER_BITS", bits)
        ids = [f"p{number}" for number in range(500)]
        first = State(tmp_path / "state.db", "origin")
        first.apply({}, [row(id, number) for number, id in enumerate(ids)], 500)
        first.flush()
        assert all(first.statements("party", id) for id in ids)
        first.close()
        again = State(tmp_path / "state.db", "origin")
        assert all(again.statements("party", id) for id in ids)
        again.close()

    def test_asks_the_file_about_nobody_unknown(self, tmp_path: Path) -> None:
        """Of a thousand entities never stated, the file is asked about a few."""
        opened = State(tmp_path / "state.db", "origin")
        opened.apply({}, [row(f"p{n}", n) for n in range(500)], 500)
        opened.flush()
        asked: list[str] = []
        opened._db.set_trace_callback(asked.append)
        assert not any(opened.statements("party", f"x{n}") for n in range(1_000))
        assert len(asked) < 20
        opened.close()


class TestDamage:
    """A damaged state is an error with a remedy, never another answer."""

    def full(self, folder: Path) -> Path:
        """Write a state of many pages and return its path."""
        opened = State(folder / "state.db", "origin")
        many = {identity_of("s", str(n)): Place(0, n) for n in range(5_000)}
        opened.apply(many, [row(f"p{n}", n) for n in range(5_000)], 5_000)
        opened.close()
        return folder / "state.db"

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        """Garbage is told of with its path and what to do."""
        (tmp_path / "state.db").write_bytes(b"not a database" * 500)
        with pytest.raises(StorageError, match=r"state\.db") as caught:
            State(tmp_path / "state.db", "origin")
        assert caught.value.code == "state_damaged"
        assert "delete the file" in str(caught.value.help)

    @pytest.mark.parametrize("seed", range(8))
    def test_pages_that_are_overwritten(self, tmp_path: Path, seed: int) -> None:
        """Damage that is met only later, on a query, is the same error."""
        path = self.full(tmp_path)
        chance = random.Random(seed)
        content = bytearray(path.read_bytes())
        for page in range(1, len(content) // 4096):
            if chance.random() < 0.5:
                content[page * 4096 : (page + 1) * 4096] = chance.randbytes(4096)
        path.write_bytes(content)
        with pytest.raises(StorageError) as caught:
            _use(path)
        assert caught.value.code == "state_damaged"
        assert caught.value.exit_code == 4


def _write(opened: State) -> bool:
    """Go on with a write, and let its thread do what it has to."""
    done = opened.write()
    opened._writer.wait()
    return done


def _authorize(opened: State, refuse: Callable[..., int] | None) -> None:
    """Have SQLite ask whether it may write, in the thread that does."""
    opened._writer._thread.submit(opened._writer._db.set_authorizer, refuse).result()


def _drop(opened: State) -> None:
    """Close a state without writing what was taken over."""
    opened._writer.close()
    opened._db.close()


def _no_insert(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_INSERT else sqlite3.SQLITE_OK


def _use(path: Path) -> None:
    opened = State(path, "origin")
    try:
        opened.find([identity_of("s", str(n)) for n in range(5_000)])
        for n in range(5_000):
            opened.statements("party", f"p{n}")
    finally:
        opened._db.close()


def test_a_scan_ends_where_its_prefix_does(tmp_path: Path) -> None:
    """Also where no key can follow: at the highest bytes, and with no prefix at all."""
    keys = [b"", b"a", b"a\xff", b"a\xff\x00", b"b", b"\xfe", b"\xff", b"\xff\xff", b"\xff\xff\x01"]
    opened = State(tmp_path / "state.db", "origin")
    for key in keys:
        opened.rows.put(key or b"x", key)
    opened.rows.keep()
    kept = sorted({b"x", *keys[1:]})
    for _ in ("pending", "written"):
        for prefix in (b"", b"a", b"a\xff", b"\xff", b"\xff\xff", b"c"):
            found = [key for key, _ in opened.rows.scan(prefix)]
            assert found == [key for key in kept if key.startswith(prefix)]
        opened.flush()
    opened.close()


def test_rows_that_are_only_read_are_not_kept_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where many ask and nothing changes, each gets what is there and few rows stay in memory."""
    monkeypatch.setattr(rows, "MOST_READ", 3)
    opened = State(tmp_path / "state.db", "origin")
    for n in range(9):
        opened.rows.put(b"%d" % n, b"value %d" % n)
    opened.rows.keep()
    opened.flush()
    opened.rows.expect([b"0", b"1"])
    assert [opened.rows.get(b"%d" % n) for n in range(10)][:-1] == [
        b"value %d" % n for n in range(9)
    ]
    assert len(opened.rows._read) <= 3
    opened.close()
