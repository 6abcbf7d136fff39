"""A replay of any honest book is equal to the byte, and names the first thing that is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.desk.book import Book
from vermilion.desk.check import check
from vermilion.desk.desk import Desk
from vermilion.desk.judge import Ruled
from vermilion.desk.replay import Difference, Replay, replay
from vermilion.desk.sealing import KIND, Judgement, sealable
from vermilion.errors import StorageError, UsageError
from vermilion.rulebook import find_rulebook, load_rulebook

from .samples import (
    CN,
    desk_in,
    party,
    received,
    request,
    rule,
    rulebook,
    sale,
    simulated,
    submit,
    window,
    write_lines,
)
from .test_backtest import decisions, house, outcomes

BOUGHT = window("count", "sale", "buyer.person", within="1d", including=True)
CAPPED = rulebook(rule("XX-CAP", "sale", "windows.bought > 1"), windows={"bought": BOUGHT})
ADULT = rule("XX-AGE", "sale", "age(buyer.birth_date) < 18")
LATER = "2026-03-10T13:00:00+08:00"


def replayed(path: Path, *args: Any, **options: Any) -> Replay:
    """Replay a book in a folder."""
    with Book.open(path) as book:
        return replay(book, *args, **options)


def equal(found: Replay) -> bool:
    """Tell whether there was something to compare and all of it is equal."""
    return found.rulings == found.equal > 0 and found.first is None


class TestEqual:
    """What is recorded comes out again."""

    @given(st.integers(1, 10_000))
    @settings(
        max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_a_simulated_market(self, tmp_path_factory: Any, seed: int) -> None:
        """Any market is equal to the byte, corrections, late events and withheld facts among it."""
        path = tmp_path_factory.mktemp("books") / "b"
        platform = load_rulebook(find_rulebook("platform"))
        permits = load_rulebook(find_rulebook("permits"))
        market = simulated(150, seed=seed, corrections=50, late=50, proposed=100, duplicates=10)
        with desk_in(path, CN, platform, permits) as desk:
            for start in range(0, len(market), 70):
                desk.submit(market[start : start + 70])
        found = replayed(path)
        assert equal(found)
        assert found.rulings == 3 * found.events
        assert len(found.rulebooks) == 3

    def test_after_other_rulebooks_were_put_in_force(self, tmp_path: Path) -> None:
        """Each event is judged under what was in force then; a new window knows what came before."""
        path = tmp_path / "b"
        with desk_in(path, rulebook(ADULT)) as desk:
            submit(desk, sale("1"), sale("2"))
        wider = {"bought": BOUGHT | {"within": "2d"}}
        capped = rule("XX-CAP", "sale", "windows.bought > 2")
        for number, one in enumerate((CAPPED, rulebook(capped, windows=wider), rulebook(ADULT)), 3):
            with desk_in(path, one) as desk:
                (sealed,) = submit(desk, sale(str(number), LATER))
                assert isinstance(sealed.judged, Judgement)  # type: ignore[union-attr]
        found = replayed(path)
        assert equal(found)
        assert (found.events, sorted(found.rulebooks.values())) == (5, [1, 1, 3])

    def test_what_was_learnt_later_does_not_count(self, tmp_path: Path) -> None:
        """Visibility is sequence: a birth date stated after a sale leaves that sale undecided."""
        path = tmp_path / "b"
        with desk_in(path, rulebook(ADULT)) as desk:
            submit(desk, sale("1"))
            submit(desk, party("b", "2026-03-01T12:00:00+08:00", birth_date="2015-01-01"))
            submit(desk, sale("2"))
        assert equal(replayed(path))

    def test_standing_facts_are_let_go_and_read_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However few statements are kept in memory, the record has them."""
        path = tmp_path / "b"
        with desk_in(path, house(2)) as desk:
            desk.submit(simulated(300))
        monkeypatch.setattr("vermilion.desk.backtest.course.LEARNT", 5)
        monkeypatch.setattr("vermilion.desk.backtest.course.GROUP", 16)
        assert equal(replayed(path))

    def test_a_kept_rulebook_judges_like_the_one_that_was_loaded(self, tmp_path: Path) -> None:
        """The order in which a file lists its windows changes no byte of a decision."""
        windows = {"zzz": BOUGHT, "aaa": BOUGHT | {"within": "7d"}}
        both = rulebook(
            rule("XX-CAP", "sale", "windows.zzz > 9 or windows.aaa > 9"), windows=windows
        )
        path = tmp_path / "b"
        with desk_in(path, both) as desk:
            submit(desk, sale("1"), sale("2"))
        found = replayed(path)
        assert equal(found), found.first

    def test_a_part(self, tmp_path: Path) -> None:
        """From an entry on, up to one: what came before is taken into account and not compared."""
        path = tmp_path / "b"
        with desk_in(path, CAPPED) as desk:
            submit(desk, *(sale(str(number)) for number in range(6)))
        found = replayed(path, 3, 5)
        assert (found.begin, found.end, found.events) == (3, 5, 2)
        assert equal(found)
        for begin, end in ((5, 5), (9, None)):
            with pytest.raises(UsageError, match="no entries"):
                replayed(path, begin, end)

    def test_nothing_is_changed(self, tmp_path: Path) -> None:
        """The record stays as it is."""
        path = tmp_path / "b"
        with desk_in(path, CAPPED) as desk:
            submit(desk, sale("1"))
            root = desk.book.record.root
            replay(desk.book)
            assert desk.book.record.root == root


def forged(desk: Desk, plain: dict[str, Any], **changes: Any) -> None:
    """Seal an event with a ruling that was altered, as only the book's own process could."""
    judged = desk.judge(received(plain))
    ruling = msgspec.structs.replace(judged.ruled[0].ruling, **changes)
    altered = judged._replace(ruled=[Ruled(ruling, msgspec.json.encode(ruling))])
    statement, sections, commit = sealable(altered, "2026-03")
    desk.book.record.append(KIND, statement, sections, commit)
    desk.book.record.commit()


class TestDifferent:
    """The first difference is named."""

    def test_a_forged_verdict(self, tmp_path: Path) -> None:
        """A ruling that the rules do not bear out is named with entry, rule and both values."""
        path = tmp_path / "b"
        with desk_in(path, CAPPED) as desk:
            submit(desk, sale("1"), sale("2"))
            forged(desk, sale("3"), rules=[], passed=["XX-CAP@1"], verdict="allow")
        found = replayed(path)
        assert (found.equal, found.different, found.examples) == (2, 1, [3])
        assert found.first == Difference(
            3, "//test", "3", "xx", "XX-CAP", "outcome", "passed", "hit"
        )
        assert found.by_rule == {"XX-CAP": 1}

    def test_a_forged_number(self, tmp_path: Path) -> None:
        """A number over the past that is not the true one is named before what follows from it."""
        path = tmp_path / "b"
        with desk_in(path, CAPPED) as desk:
            forged(desk, sale("1"), features={"bought": 7})
        first = replayed(path).first
        assert first is not None
        assert (first.rule, first.fact, first.recorded, first.again) == (
            None,
            "windows.bought",
            7,
            1,
        )

    def test_one_changed_number_gives_what_two_checks_give(self, tmp_path: Path) -> None:
        """Under another parameter exactly the events differ whose two decisions differ."""
        write_lines(tmp_path / "events.ndjson", *simulated(400, corrections=30))
        before = decisions(tmp_path, "before", house(2))
        after = decisions(tmp_path, "after", house(1))
        check(request(tmp_path / "events.ndjson", rulebooks=(house(2),), book=tmp_path / "b"))
        found = replayed(tmp_path / "b", rulebook=house(1))
        for one in (*before.values(), *after.values()):
            one["rulebook"] = None
            for each in one["rules"]:
                each["citations"] = None
        differing = [name for name, one in before.items() if one != after[name]]
        assert found.different == len(differing) > 0
        assert found.first is not None
        assert (found.first.source, found.first.id) == differing[0]
        rules = [one.rule.id for one in house(2).rules]
        was, now = (outcomes(each[differing[0]], rules) for each in (before, after))
        assert found.first.rule is not None
        assert was[found.first.rule] != now[found.first.rule]
        assert found.substituted is not None

    def test_the_same_rulebook_in_its_own_place(self, tmp_path: Path) -> None:
        """Substituting what was recorded changes nothing; one that never judged is refused."""
        path = tmp_path / "b"
        with desk_in(path, CAPPED) as desk:
            submit(desk, sale("1"), sale("2"))
        assert equal(replayed(path, rulebook=CAPPED))
        with pytest.raises(UsageError, match="no event was judged"):
            replayed(path, rulebook=rulebook(id="yy"))

    def test_a_lost_rulebook(self, tmp_path: Path) -> None:
        """Without the rulebook that judged nothing can be judged again, and it is said."""
        path = tmp_path / "b"
        with desk_in(path, CAPPED) as desk:
            submit(desk, sale("1"))
        for kept in (path / "rulebooks").iterdir():
            kept.unlink()
        with pytest.raises(StorageError, match="does not keep"):
            replayed(path)


@pytest.fixture
def sold(tmp_path: Path) -> Path:
    """Return a book with two adults, a sale to each, and a count of what each bought."""
    capped = rule("XX-CAP", "sale", "windows.bought > 9")
    both = rulebook(ADULT, capped, windows={"bought": BOUGHT})
    path = tmp_path / "b"
    early = "2026-03-01T12:00:00+08:00"
    with desk_in(path, both) as desk:
        submit(desk, party("b", early, birth_date="1990-01-01", person="p"))
        submit(desk, party("c", early, birth_date="1990-01-01"))
        submit(desk, sale("1"), sale("2", buyer="c"), sale("3", LATER))
    assert equal(replayed(path))
    return path


class TestErased:
    """Erased is not different, and what rests on it is not called equal."""

    def test_a_person(self, sold: Path) -> None:
        """What a person's birth date decided cannot be told any more; others are still compared."""
        with Book.open(sold) as book:
            book.keys.destroy("person/b")
        found = replayed(sold)
        assert (found.different, found.first) == (0, None)
        assert (found.erased, found.erased_examples) == (1, [1])
        assert (found.unclear, found.unclear_examples) == (2, [3, 5])
        assert found.equal == 2

    def test_also_with_a_state_made_anew(self, sold: Path) -> None:
        """A state that was rebuilt after the erasure, and knows less, says the same."""
        with Book.open(sold) as book:
            book.keys.destroy("person/b")
        (sold / "state.db").unlink()
        found = replayed(sold)
        assert (found.different, found.unclear, found.erased, found.equal) == (0, 2, 1, 2)

    def test_a_forgery_is_not_excused(self, sold: Path) -> None:
        """That somebody was erased does not cover a difference about somebody else."""
        with Book.open(sold) as book:
            book.keys.destroy("person/b")
        capped = rule("XX-CAP", "sale", "windows.bought > 9")
        both = rulebook(ADULT, capped, windows={"bought": BOUGHT})
        with desk_in(sold, both) as desk:
            forged(desk, sale("4", LATER, buyer="c"), passed=["XX-CAP@1"])
        found = replayed(sold)
        assert found.different == 1
        assert found.first is not None
        assert (found.first.id, found.first.rule) == ("4", "XX-AGE")

    def test_a_month(self, sold: Path) -> None:
        """Where the key of a class and month is gone, its events are erased, numbers unclear."""
        with Book.open(sold) as book:
            month = next(book.record.entries(3)).envelope.recorded_at[:7]
            assert book.keys.destroy(f"class/transaction/{month}") == 1
        with desk_in(sold, CAPPED) as desk:
            submit(desk, sale("9", LATER))
        found = replayed(sold)
        assert (found.erased, found.different) == (3, 0)
        assert (found.equal, found.unclear, found.unclear_examples) == (2, 1, [7])


def test_the_result_is_plain_data(tmp_path: Path) -> None:
    """What a replay returns can be written as JSON and says where it lies."""
    path = tmp_path / "b"
    with desk_in(path, CAPPED) as desk:
        forged(desk, sale("1"), features={})
    told = json.loads(msgspec.json.encode(replayed(path)))
    assert told["first"]["entry"] == 1
