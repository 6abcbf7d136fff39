"""The state finds again what it took over, also after it was closed, and says when it is damaged."""

from __future__ import annotations

import random
import sqlite3
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
        opened._db.close()
        again = State(tmp_path / "state.db", "origin")
        assert (again.applied, again.find([ONE])) == (0, {})
        again.close()


class TestPortions:
    """Writing a little at a time, and making it durable seldom."""

    @settings(max_examples=40)
    @given(
        st.lists(
            st.tuples(st.sampled_from(["nothing", "write", "flush", "crash"]), st.integers(1, 3))
        )
    )
    def test_what_outlasts_a_crash_is_told_by_its_size(self, steps: list[tuple[str, int]]) -> None:
        """Wherever it ends, the file holds what was taken over up to `applied`, and nothing else."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "state.db"
            opened = State(path, "origin")
            durable = taken = 0
            for then, events in steps:
                for n in range(taken, taken + events):
                    opened.rows.put(b"last", b"%d" % n)
                    opened.rows.keep()
                    opened.apply({identity_of("s", str(n)): Place(0, n)}, [row(str(n), n)], n + 1)
                taken += events
                if then == "write":
                    opened.write()
                elif then == "flush":
                    opened.flush()
                    durable = taken
                elif then == "crash":
                    opened._db.close()
                    opened = State(path, "origin")
                    taken = durable
                assert opened.applied == taken
                every = [identity_of("s", str(n)) for n in range(taken + 4)]
                assert opened.find(every) == {
                    one: Place(0, n) for n, one in enumerate(every[:taken])
                }
                assert opened.rows.get(b"last") == (b"%d" % (taken - 1) if taken else None)
            opened._db.close()

    def test_a_portion_that_fails_takes_those_before_it_along(self, tmp_path: Path) -> None:
        """What memory let go of is lost, so that nothing later may be written; what was durable stays."""
        opened = State(tmp_path / "state.db", "origin")
        opened.apply({ONE: Place(0, 1)}, [], 1)
        opened.flush()
        opened.apply({TWO: Place(0, 2)}, [], 2)
        opened.write()
        opened._db.set_authorizer(_no_insert)
        opened.apply({identity_of("s", "3"): Place(0, 3)}, [], 3)
        with pytest.raises(StorageError):
            opened.write()
        opened._db.set_authorizer(None)
        with pytest.raises(StorageError, match="lost"):
            opened.flush()
        opened.close()
        again = State(tmp_path / "state.db", "origin")
        assert (again.applied, again.find([ONE, TWO])) == (1, {ONE: Place(0, 1)})
        again.close()

    @pytest.mark.parametrize("denied", [sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_INSERT])
    def test_what_is_lost_is_known_to_be_lost(self, tmp_path: Path, denied: int) -> None:
        """Also where not even going back succeeds: the state is not sound, and takes nothing more."""
        opened = State(tmp_path / "state.db", "origin")
        opened.apply({ONE: Place(0, 1)}, [], 1)
        opened.write()
        assert opened.sound
        opened._db.set_authorizer(lambda action, *_: int(action == denied))
        with pytest.raises(StorageError):
            opened.flush()
        opened._db.set_authorizer(None)
        assert not opened.sound
        with pytest.raises(StorageError, match="lost"):
            opened.write()
        opened.close()
        again = State(tmp_path / "state.db", "origin")
        assert (again.sound, again.applied) == (True, 0)
        again.close()

    def test_a_portion_that_fails_alone_is_written_later(self, tmp_path: Path) -> None:
        """Where nothing was lost, what waits goes on waiting."""
        opened = State(tmp_path / "state.db", "origin")
        opened.apply({ONE: Place(0, 1)}, [], 1)
        opened._db.set_authorizer(_no_insert)
        with pytest.raises(StorageError):
            opened.write()
        opened._db.set_authorizer(None)
        assert opened.sound
        opened.flush()
        opened.close()
        again = State(tmp_path / "state.db", "origin")
        assert again.applied == 1
        again.close()


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
