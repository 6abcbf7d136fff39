"""The index finds what it took over, pending or written, and says when it is damaged."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.errors import StorageError
from vermilion.store import Place, index
from vermilion.store.index import Index, Term

SECRET = b"k" * 32
PARTS = ("deny", "sale", "//shop")


def opened(path: Path, origin: str = "origin") -> Index:
    """Open an index."""
    return Index(path / "index.db", origin, SECRET)


def take(made: Index, entry: int, *terms: Term, parts: Term = PARTS) -> None:
    """Let an index take a judgement over."""
    made.judgement(entry, Place(0, 10 * entry), parts, terms)


def under(made: Index, *term: str) -> list[int]:
    """Return all entries under a term, newest first."""
    found, mentions, at = [], made.under(term), made.size
    while (entry := mentions.at_most(at)) is not None:
        found.append(entry)
        at = entry - 1
    return found


class TestIndex:
    """Taking over, writing and finding again."""

    def test_finds_what_is_pending_and_what_is_written(self, tmp_path: Path) -> None:
        """An entry is found before it is written, after, and when the file is opened again."""
        made = opened(tmp_path)
        take(made, 3, ("party", "p"))
        made.skip(4, Place(0, 40), "permit")
        for _ in range(2):
            assert under(made, "party", "p") == [3]
            assert made.places([3, 4, 5]) == {3: Place(0, 30)}
            assert (made.size, made.last, made.kinds()) == (
                5,
                (0, 40),
                {"judgement": 1, "permit": 1},
            )
            made.flush(b"mark")
        made.close()
        again = opened(tmp_path)
        assert under(again, "party", "p") == [3]
        assert (again.size, again.last, again.mark) == (5, (0, 40), b"mark")
        again.close()

    def test_any_part_may_be_left_empty(self, tmp_path: Path) -> None:
        """A judgement is found by each choice of its parts, and by no other value of one."""
        made = opened(tmp_path)
        take(made, 0)
        take(made, 1, parts=("deny", "loan", "//shop"))
        assert under(made, "", "", "") == under(made, "deny", "", "//shop") == [1, 0]
        assert under(made, "deny", "sale", "//shop") == under(made, "", "sale", "") == [0]
        assert under(made, "allow", "", "") == under(made, "", "sale", "//other") == []
        made.close()

    def test_days_and_kinds_add_up_over_flushes(self, tmp_path: Path) -> None:
        """Counts are the sum of what is written and what is pending, from the day asked for on."""
        made = opened(tmp_path)
        for entry, day in enumerate(["2026-03-02", "2026-03-01", "2026-03-02"]):
            take(made, entry)
            made.count(day, "cn", "deny")
            if entry == 0:
                made.flush(b"")
        assert made.days("2026-03-02") == {("2026-03-02", "cn", "deny"): 2}
        made.flush(b"")
        assert made.days("2026-03-01")["2026-03-02", "cn", "deny"] == 2
        assert made.kinds() == {"judgement": 3}
        made.close()

    def test_what_cannot_be_written_is_still_found(self, tmp_path: Path) -> None:
        """A flush that fails says so and loses nothing; the next one writes it."""
        made = opened(tmp_path)
        take(made, 0, ("party", "p"))
        read_only(made, "ON")
        with pytest.raises(StorageError) as caught:
            made.flush(b"")
        assert caught.value.code == "index_damaged"
        assert under(made, "party", "p") == [0]
        read_only(made, "OFF")
        made.flush(b"")
        made.close()
        assert under(opened(tmp_path), "party", "p") == [0]

    def test_is_due_once_enough_is_pending(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether to write is told by the number of entries since the last flush."""
        monkeypatch.setattr(index, "FLUSH_AT", 2)
        made = opened(tmp_path)
        seen = []
        for entry in range(3):
            take(made, entry)
            seen.append(made.due)
            if made.due:
                made.flush(b"")
        assert seen == [False, True, False]
        made.close()

    def test_holds_no_text_of_what_it_finds(self, tmp_path: Path) -> None:
        """Ids and sources are in the file as keyed digests only."""
        made = opened(tmp_path)
        take(made, 0, ("party", "somebody-4711"), parts=("deny", "sale", "//secret-source"))
        made.flush(b"")
        made.close()
        stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert b"4711" not in stored
        assert b"secret-source" not in stored
        other = Index(tmp_path / "index.db", "origin", b"other" * 4)
        assert under(other, "party", "somebody-4711") == []
        other.close()

    def test_one_of_another_record_or_layout_is_emptied(self, tmp_path: Path) -> None:
        """What does not belong to this record, or was laid out otherwise, is not used."""
        first = opened(tmp_path)
        take(first, 0, ("party", "p"))
        first.flush(b"")
        first.close()
        other = opened(tmp_path, "other")
        assert (other.size, other.last, under(other, "party", "p")) == (0, None, [])
        take(other, 0, ("party", "p"))
        other.flush(b"")
        other._db.execute("PRAGMA user_version=0")
        other.close()
        again = opened(tmp_path, "other")
        assert (again.size, under(again, "party", "p")) == (0, [])
        again.close()

    def test_empty_forgets_what_is_written_and_what_is_pending(self, tmp_path: Path) -> None:
        """After `empty` the same entries can be taken over again."""
        made = opened(tmp_path)
        take(made, 0, ("party", "p"))
        made.flush(b"")
        take(made, 1, ("party", "p"))
        made.empty()
        assert (made.size, made.kinds(), made.places([0, 1])) == (0, {}, {})
        take(made, 0, ("party", "p"))
        made.flush(b"")
        assert under(made, "party", "p") == [0]
        made.close()

    def test_a_damaged_file_is_told_with_its_remedy(self, tmp_path: Path) -> None:
        """A file that is no index, or one whose rows are cut, leads to an error that says what to do."""
        (tmp_path / "index.db").write_bytes(b"no database" * 1000)
        with pytest.raises(StorageError) as caught:
            opened(tmp_path)
        assert caught.value.code == "index_damaged"
        assert "delete the file; it is rebuilt" in (caught.value.help or "")
        (tmp_path / "index.db").unlink()
        made = opened(tmp_path)
        take(made, 0, ("party", "p"))
        made.flush(b"")
        made.close()
        with sqlite3.connect(tmp_path / "index.db") as database:
            database.execute("UPDATE mention SET others = x'00'")
            database.execute("UPDATE judgement SET places = x'0000'")
        database.close()
        again = opened(tmp_path)
        for ask in (lambda: under(again, "party", "p"), lambda: again.places([0])):
            with pytest.raises(StorageError) as caught:
                ask()
            assert caught.value.code == "index_damaged"
        again.close()


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sets(st.sampled_from("abc")),
            st.integers(1, 3),
            st.sampled_from(["nothing", "write", "write", "write", "fail", "flush", "crash"]),
        ),
        max_size=60,
    ),
    row=st.integers(1, 7),
    span=st.integers(1, 40),
    portion=st.integers(1, 4),
)
def test_any_grouping_finds_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[set[str], int, str]],
    row: int,
    span: int,
    portion: int,
) -> None:
    """However entries are grouped into writes, rows and spans, each term has exactly its entries.

    A crash leaves those up to some size, under the mark that was given with it.
    """
    folder = tmp_path_factory.mktemp("index")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "ROW_ENTRIES", row)
        patch.setattr(index, "SPAN", span)
        patch.setattr(index, "ROW_PLACES", row)
        patch.setattr(index, "PORTION", portion)
        made = opened(folder)
        taken: list[tuple[int, set[str]]] = []
        durable = 0
        for terms, ahead, then in steps:
            entry = made.size - 1 + ahead
            take(made, entry, *(("party", one) for one in terms))
            made.count(f"2026-03-0{1 + entry % 3}", "cn", "deny")
            taken.append((entry, terms))
            if then == "write":
                made.write(b"%d" % made.size)
                made._writer.wait()
            elif then == "fail":
                read_only(made, "ON")
                with suppress(StorageError):
                    made.flush(b"%d" % made.size)
                read_only(made, "OFF")
            elif then == "flush":
                made.flush(b"%d" % made.size)
                durable = made.size
            elif then == "crash":
                made.close()
                made = opened(folder)
                assert durable <= made.size
                assert made.mark == (b"%d" % made.size if made.size else b"")
                taken = [one for one in taken if one[0] < made.size]
            assert made.kinds() == ({"judgement": len(taken)} if taken else {})
            for day in range(3):
                since = {key[0]: count for key, count in made.days(f"2026-03-0{1 + day}").items()}
                assert since == {
                    f"2026-03-0{1 + one}": count
                    for one in range(day, 3)
                    if (count := sum(entry % 3 == one for entry, _ in taken))
                }
        entry = made.size - 1
        expected: dict[str, list[int]] = {}
        for one, terms in taken:
            for term in ("", *terms):
                expected.setdefault(term, []).insert(0, one)
        everything = expected.pop("", [])
        assert under(made, "", "", "") == everything
        for one in "abc":
            assert under(made, "party", one) == expected.get(one, [])
        assert made.places(range(entry + 1)) == {one: Place(0, 10 * one) for one in everything}
        for at in range(entry + 2):
            lower = [one for one in expected.get("a", []) if one <= at]
            assert made.under(("party", "a")).at_most(at) == (lower[0] if lower else None)
        made.close()


def read_only(made: Index, on: str) -> None:
    """Let nothing be written, or everything again, in the thread that writes."""
    writer = made._writer
    writer._thread.submit(writer._db.execute, f"PRAGMA query_only={on}").result()
