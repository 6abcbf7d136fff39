"""Windows through the desk: what rules read of the past, through corrections, crashes and rebuilds."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.desk.desk import Desk
from vermilion.desk.sealing import Judgement
from vermilion.intake import Received
from vermilion.rulebook import Rulebook
from vermilion.store import state

from .samples import (
    contents,
    desk_in,
    event,
    party,
    rule,
    rulebook,
    rulings,
    sale,
    submit,
    verdicts,
    window,
)

BOUGHT = window("count", "sale", "buyer.person", within="1d", including=True)
SPENT = window("sum", "sale", "buyer.id", value='amount(price, "CNY")', within="1d")
PAID = window("last", "sale", "token.series", value='amount(price, "CNY")')
LOWEST = window("min", "sale", "token.series", value='amount(price, "CNY")', within="7d")
BUYERS = window("distinct", "sale", "token.series", value="buyer.id", including=True)
HELD = window("held_for", "sale", "buyer.id token.series", asked_by=["seller.id", "token.series"])
WINDOWS = {
    "bought": BOUGHT,
    "spent": SPENT,
    "paid": PAID,
    "lowest": LOWEST,
    "buyers": BUYERS,
    "held": HELD,
}
ALL = rulebook(
    rule(
        "XX-ALL",
        "sale",
        "windows.bought > 3 or windows.spent > 500 or windows.paid > 900 or windows.lowest > 900"
        " or windows.buyers > 100 or windows.held < 60",
    ),
    windows=WINDOWS,
)
TWO_A_DAY = rulebook(rule("XX-CAP", "sale", "windows.bought > 2"), windows={"bought": BOUGHT})


def at(second: int) -> str:
    """Return a moment so many seconds after noon."""
    noon = dt.datetime(2026, 3, 10, 4, tzinfo=dt.UTC)
    return (noon + dt.timedelta(seconds=second)).isoformat()


def priced(id: str, second: int, fen: int, **data: Any) -> dict[str, Any]:
    """Return a sale of one token at a price in fen."""
    price = {"amount": fen, "currency": "CNY"}
    return sale(id, at(second), token="t", price=price, **data)


class TestWhatCounts:
    """Settled events count, each business once, as it stands last."""

    def test_the_judged_event_counts_where_it_is_included(self, tmp_path: Path) -> None:
        """The third purchase within a day is one too many, and not a day after the second."""
        with desk_in(tmp_path / "b", TWO_A_DAY) as desk:
            day = 86_400
            found = verdicts(
                desk, *(sale(str(n), at(s)) for n, s in enumerate((0, 1, day - 1, day + 1)))
            )
        assert found == ["allow", "allow", "deny", "allow"]

    def test_accounts_of_one_person_count_together(self, tmp_path: Path) -> None:
        """Three accounts of one identity share one cap."""
        accounts = [party(id, identity="cn:id:7") for id in ("a", "b", "c")]
        sales = [sale(id, buyer=id) for id in ("a", "b", "c")]
        with desk_in(tmp_path / "b", TWO_A_DAY) as desk:
            assert verdicts(desk, *accounts, *sales)[-3:] == ["allow", "allow", "deny"]

    def test_proposed_and_withdrawn_events_do_not_count(self, tmp_path: Path) -> None:
        """What was only proposed, or was withdrawn after it settled, leaves room."""
        with desk_in(tmp_path / "b", TWO_A_DAY) as desk:
            found = verdicts(
                desk,
                sale("1", stage="proposed", subject="s1"),
                sale("2", subject="s1"),
                sale("3", subject="s2"),
                sale("4", stage="withdrawn", subject="s2"),
                sale("5", subject="s3"),
                sale("6", subject="s4"),
            )
        assert found == ["allow", "allow", "allow", "not_applicable", "allow", "deny"]

    @pytest.mark.parametrize("apart", [True, False], ids=["in groups of their own", "in one group"])
    def test_a_correction_stands_for_what_it_corrects(self, tmp_path: Path, apart: bool) -> None:
        """The later settled event of a business replaces the earlier one, by its subject or id."""
        first, again = priced("1", 0, 700), priced("2", 5, 40, subject="1")
        probe = priced("3", 9, 1, buyer="b")
        with desk_in(tmp_path / "b", ALL) as desk:
            if apart:
                *_, last = rulings(desk, first, again, probe)
            else:
                last = submit(desk, first, again, probe)[-1].judged.ruled[0].ruling  # type: ignore[union-attr]
        assert (last.features["bought"], last.features["spent"]) == (2, 40)
        assert (last.features["paid"], last.features["lowest"]) == (40, 40)

    def test_a_correction_is_found_again_as_things_were_known_then(self, tmp_path: Path) -> None:
        """What an event added is taken out under the person that its buyer was known as then."""
        with desk_in(tmp_path / "b", TWO_A_DAY) as desk:
            rulings(desk, sale("1", subject="s"), sale("2"))
        with desk_in(tmp_path / "b", TWO_A_DAY) as desk:
            # The identity is stated later, for the time of the first sale already.
            late = party("b", identity="cn:id:9", valid_from=at(-60))
            rulings(desk, late, sale("3", stage="withdrawn", subject="s"))
            features = rulings(desk, party("b", number=1, identity="b"), sale("4"))[-1].features
        assert features == {"bought": 2}

    def test_a_payment_of_the_same_order_leaves_its_sale(self, tmp_path: Path) -> None:
        """A business is of one event type: events of others under its number do not replace it."""
        paid = window("count", "payment", "payer.id")
        windows = {"bought": BOUGHT, "paid": paid}
        both = rulebook(
            rule("XX-CAP", "sale", "windows.bought > 2"),
            rule("XX-PAID", "payment", "windows.paid > 9"),
            windows=windows,
        )
        with desk_in(tmp_path / "b", both) as desk:
            found = []
            for number in range(3):
                found += verdicts(desk, sale(f"s{number}", subject=f"order{number}"))
                parties = {"payer": "b"}
                verdicts(
                    desk, event("payment", f"p{number}", subject=f"order{number}", parties=parties)
                )
        assert found == ["allow", "allow", "deny"]

    @pytest.mark.parametrize("groups", [1, 5], ids=["in one group", "one by one"])
    def test_nothing_is_taken_out_twice(self, tmp_path: Path, groups: int) -> None:
        """An event that is named by its id and by its subject is one business only."""
        steps = [
            priced("1", 0, 500),
            priced("2", 1, 100, subject="1"),
            priced("3", 2, 900, subject="x"),
            priced("4", 3, 1, stage="withdrawn", subject="2"),
            priced("5", 4, 1, stage="withdrawn", subject="1"),
        ]
        book = tmp_path / "b"
        with desk_in(book, ALL) as desk:
            for start in range(0, 5, 5 // groups):
                submit(desk, *steps[start : start + 5 // groups])
            live = rulings(desk, priced("6", 9, 0, stage="proposed"))[0].features
        (book / "state.db").unlink()
        with desk_in(book, ALL) as desk:
            rebuilt = rulings(desk, priced("7", 9, 0, stage="proposed"))[0].features
        assert live == rebuilt
        assert (live["spent"], live["bought"]) == (900, 2)

    def test_what_lies_in_the_future_is_refused(self, tmp_path: Path) -> None:
        """One wrong year does not outdate the windows of everything that comes after it."""
        ahead = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).isoformat()
        with desk_in(tmp_path / "b", TWO_A_DAY) as desk:
            refused, proposed = submit(
                desk, sale("1", ahead), sale("2", ahead, stage="proposed"), sale("3")
            )[:2]
            assert refused.error.code == "in_the_future"  # type: ignore[union-attr]
            assert proposed.judged.ruled[0].ruling.verdict == "allow"  # type: ignore[union-attr]
            assert rulings(desk, sale("4"))[0].features == {"bought": 2}

    def test_a_window_whose_key_is_unknown_asks_for_it(self, tmp_path: Path) -> None:
        """Where the buyer is not named, the buyer is what is lacking."""
        with desk_in(tmp_path / "b", TWO_A_DAY) as desk:
            (found,) = rulings(desk, sale("1", buyer=None))
        assert found.verdict == "review"
        assert [(one.fact, one.entity) for one in found.missing] == [("sale.parties.buyer", "1")]
        assert found.features == {"bought": None}

    def test_where_nothing_came_before_an_earlier_event_is_asked_for(self, tmp_path: Path) -> None:
        """A last price that was never paid is unknown, and is not told of as late."""
        unpaid = rulebook(rule("XX-P", "sale", "windows.paid > 5"), windows={"paid": PAID})
        with desk_in(tmp_path / "b", unpaid) as desk:
            (found,) = rulings(desk, priced("1", 0, 7))
        assert [one.fact for one in found.missing] == ["event.earlier"]

    def test_what_was_let_go_is_unknown(self, tmp_path: Path) -> None:
        """An event that comes weeks late is reviewed and not judged on half of its past."""
        with desk_in(tmp_path / "b", TWO_A_DAY) as desk:
            *_, late = rulings(desk, *(sale(str(n), at(n * 86_400)) for n in range(30)), sale("x"))
        assert [one.fact for one in late.missing] == ["event.history"]


Step = tuple[str, int, int, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["settled"] * 6 + ["proposed", "withdrawn"]),
        st.integers(0, 3),  # business: few, so that many are corrections
        st.integers(0, 2),  # buyer
        st.integers(0, 400_000),  # second: in any order
        st.integers(0, 1_000),  # fen
    ),
    min_size=1,
    max_size=25,
)


def line(number: int, step: Step) -> dict[str, Any]:
    """Return a step of a random stream as an event."""
    stage, business, buyer, second, fen = step
    subject = {} if business == 0 else {"subject": f"s{business}"}
    parties = {"buyer": f"b{buyer}", "seller": f"b{(buyer + 1) % 3}"}
    return event(
        "sale",
        f"e{number}",
        at(second),
        stage=stage,
        token="t",
        price={"amount": fen, "currency": "CNY"},
        parties=parties,
        **subject,
    )


def expected(steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    """Yield the features of each step by looking through everything before it."""
    standing: dict[object, Step] = {}
    for number, step in enumerate(steps):
        stage, business, buyer, second, _ = step
        name: object = business or f"alone {number}"
        if stage != "proposed":
            standing.pop(name, None)
        past = [one for one in standing.values() if one[3] <= second]
        # Of one second, the one that came later is the later one.
        day = [one for one in past if one[3] > second - 86_400]
        week = [one[4] for one in past if one[3] > second - 7 * 86_400]
        acquired = [one[3] for one in past if one[2] == (buyer + 1) % 3]
        yield {
            "bought": 1 + sum(one[2] == buyer for one in day),
            "spent": sum(one[4] for one in day if one[2] == buyer),
            "paid": max(past, key=lambda one: one[3])[4] if past else None,
            "lowest": min(week, default=None),
            "buyers": len({one[2] for one in past} | {buyer}),
            "held": second - max(acquired) if acquired else 10**9,
        }
        if stage == "settled":
            standing.pop(name, None)
            standing[name] = step


class TestAnyStream:
    """Whatever comes in whatever order, and however often the book is closed between."""

    @given(steps=STEPS, breaks=st.lists(st.integers(1, 24), max_size=3), drop=st.booleans())
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_features_are_those_of_the_obvious_reading(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        steps: list[Step],
        breaks: list[int],
        drop: bool,
    ) -> None:
        """Each ruling's features equal those found by looking through the whole past again."""
        # The reference sorts ties by arrival; keep latest-by-time unambiguous.
        steps = [(*step[:3], step[3] * 30 + n, step[4]) for n, step in enumerate(steps)]
        steps = [(*step[:3], step[3] % 250_000, step[4]) for step in steps]
        book = tmp_path_factory.mktemp("b") / "book"
        found: list[dict[str, Any]] = []
        cuts = sorted({0, len(steps), *(b for b in breaks if b < len(steps))})
        for begin, end in pairwise(cuts):
            if drop:
                (book / "state.db").unlink(missing_ok=True)
            with desk_in(book, ALL) as desk:
                lines = [line(n, steps[n]) for n in range(begin, end)]
                found += [one.judged.ruled[0].ruling.features for one in submit(desk, *lines)]  # type: ignore[union-attr]
        assert found == [
            {} if step[0] == "withdrawn" else features
            for step, features in zip(steps, expected(steps), strict=True)
        ]


class TestStored:
    """The stored windows are a fold over the record, and no more."""

    def fill(self, desk: Desk) -> None:
        """Settle some sales."""
        submit(desk, *(line(n, ("settled", n % 4, n % 3, n * 1_000, n)) for n in range(40)))

    def probe(self, book: Path, judging: Rulebook = ALL) -> dict[str, Any]:
        """Return the features of one more proposed sale."""
        with desk_in(book, judging) as desk:
            (found,) = rulings(desk, line(99, ("proposed", 0, 1, 50_000, 5)))
        return found.features

    def test_another_rulebook_counts_what_came_before_it(self, tmp_path: Path) -> None:
        """Windows that a new rulebook brings are filled from the record."""
        with desk_in(tmp_path / "b", TWO_A_DAY) as desk:
            self.fill(desk)
        with desk_in(tmp_path / "c", ALL) as desk:
            self.fill(desk)
        assert self.probe(tmp_path / "b") == self.probe(tmp_path / "c")

    def test_a_failed_group_leaves_no_trace(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What could not be recorded is not counted, now or after the book is opened again."""
        with desk_in(tmp_path / "b", ALL) as desk:
            self.fill(desk)
            monkeypatch.setattr(desk.book.record, "commit", lambda: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                submit(desk, *(line(n, ("settled", 0, 1, 45_000, 5)) for n in range(50, 60)))
            monkeypatch.undo()
        with desk_in(tmp_path / "c", ALL) as desk:
            self.fill(desk)
        assert self.probe(tmp_path / "b") == self.probe(tmp_path / "c")

    def test_a_group_that_breaks_off_leaves_no_trace(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was folded before its group broke off is not stored when the book is closed."""
        with desk_in(tmp_path / "b", ALL) as desk:
            self.fill(desk)
            judge = desk.judge

            def fail_at_last(one: Received) -> Judgement:
                return judge(one) if one.line < 5 else 1 / 0  # type: ignore[return-value]

            monkeypatch.setattr(desk, "judge", fail_at_last)
            with pytest.raises(ZeroDivisionError):
                submit(desk, *(line(n, ("settled", 0, 1, 45_000, 5)) for n in range(50, 55)))
            monkeypatch.undo()
        with desk_in(tmp_path / "c", ALL) as desk:
            self.fill(desk)
        assert self.probe(tmp_path / "b") == self.probe(tmp_path / "c")

    def test_a_rebuild_knows_no_more_than_was_known(self, tmp_path: Path) -> None:
        """A statement recorded after a sale does not change under whom the sale was counted."""
        identity = party("b", identity="cn:id:9", valid_from=at(-60))
        with desk_in(tmp_path / "b", TWO_A_DAY) as desk:
            rulings(desk, sale("1"), identity)
        (tmp_path / "b" / "state.db").unlink()
        with desk_in(tmp_path / "b", TWO_A_DAY) as desk:
            (found,) = rulings(desk, sale("2"))
        assert found.features == {"bought": 1}

    def test_a_rebuild_is_written_in_portions(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A rebuild holds a bounded number of changes, and comes to the same whatever the bound."""
        with desk_in(tmp_path / "b", ALL) as desk:
            submit(desk, party("b1", identity="x"))
            self.fill(desk)
        expected = self.probe(tmp_path / "b")
        (tmp_path / "b" / "state.db").unlink()
        monkeypatch.setattr(state, "FLUSH_AT", 7)
        pending: list[int] = []
        flush = state.State.flush

        def noted(self: state.State) -> None:
            pending.append(len(self._taken.businesses))
            flush(self)

        monkeypatch.setattr(state.State, "flush", noted)
        again = line(98, ("proposed", 0, 1, 50_000, 5))
        with desk_in(tmp_path / "b", ALL) as desk:
            (found,) = rulings(desk, again)
        assert found.features == expected
        assert max(pending) <= 7

    def test_a_state_of_another_layout_is_made_anew(self, tmp_path: Path) -> None:
        """A file of an older layout is emptied and filled from the record, not misread."""
        with desk_in(tmp_path / "b", ALL) as desk:
            self.fill(desk)
        with closing(sqlite3.connect(tmp_path / "b" / "state.db")) as old:
            old.execute("PRAGMA user_version=1")
            old.execute("UPDATE window SET state = x'00'")
            old.commit()
        with desk_in(tmp_path / "c", ALL) as desk:
            self.fill(desk)
        assert self.probe(tmp_path / "b") == self.probe(tmp_path / "c")

    def test_no_id_of_a_person_lies_in_the_state(self, tmp_path: Path) -> None:
        """State rows stand under keyed digests, and hold no party's id."""
        name = "person-whose-name-is-searched-for"
        with desk_in(tmp_path / "b", ALL) as desk:
            submit(desk, *(priced(str(n), n, 5, buyer=name) for n in range(3)))
        for path, found in contents(tmp_path / "b").items():
            if "state.db" in path:
                assert name.encode() not in found, path


class TestEachEvent:
    """A window may count every settled event of a business: for what must not change."""

    def test_a_revision_is_held_against_what_it_revises(self, tmp_path: Path) -> None:
        """The first price of an offer is remembered through its revisions and its withdrawal."""
        first = {"value": 'amount(price, "CNY")', "each": "event"}
        unchanged = rulebook(
            rule("XX-SAME", "offer", 'windows.times > 0 and windows.first != amount(price, "CNY")'),
            windows={
                "first": window("first", "offer", "event.subject", **first),
                "times": window("count", "offer", "event.subject", each="event"),
            },
        )

        def offer(number: int, fen: int, **more: Any) -> dict[str, Any]:
            price = {"amount": fen, "currency": "CNY"}
            return event("offer", f"o{number}", at(number), subject="s", price=price, **more)

        with desk_in(tmp_path / "b", unchanged) as desk:
            found = verdicts(desk, offer(1, 50), offer(2, 50), offer(3, 51))
        with desk_in(tmp_path / "b", unchanged) as desk:
            found += verdicts(desk, offer(4, 50), offer(5, 50, stage="withdrawn"), offer(6, 49))
        assert found == ["allow", "allow", "deny", "allow", "not_applicable", "deny"]
