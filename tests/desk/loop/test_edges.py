"""Edges of the loop: each test fails when one line of it is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vermilion.desk.loop.causes import MAX_CAUSES
from vermilion.desk.loop.issue import Permits
from vermilion.desk.loop.rows import Serials
from vermilion.desk.loop.serials import GRACE, MAX_GAPS, counted, told

from ..samples import event, rule, rulebook
from .samples import (
    HOUSE,
    POLICY,
    accused,
    at,
    causes,
    house,
    of,
    ordinary,
    permitted,
    price,
    resolution,
    sale,
    say,
    settle,
    void,
)
from .test_reconcile import reconciled

DOLLARS = price(100, "USD")
CAROL = "party.kyc.status carol"


class TestCauses:
    """What holds an event, and what does not."""

    def test_a_rule_in_shadow_holds_nothing(self, tmp_path: Path) -> None:
        """Beside a live review, a rule in shadow that hits as well is no cause."""
        live = rule("XX-A", "sale", 'price.currency == "USD"', verdict="review", citations=[POLICY])
        shadow = rule(
            "XX-B", "sale", 'token.id == "t:1"', verdict="review", mode="shadow", citations=[POLICY]
        )
        with house(tmp_path / "b", rulebook(live, shadow)) as desk:
            say(desk, sale("p1", price=DOLLARS))
            assert [one.cause.rule for one in desk.book.loop.rows.causes()] == ["XX-A@1"]

    def test_too_many_causes_are_answered_for_the_event_only(self, tmp_path: Path) -> None:
        """With more causes than are kept, none frees it, and a release of the event does."""
        rules = [
            rule(
                f"XX-R{n}", "sale", 'price.currency == "USD"', verdict="review", citations=[POLICY]
            )
            for n in range(MAX_CAUSES + 1)
        ]
        with house(tmp_path / "b", rulebook(*rules), two_people=[]) as desk:
            assert permitted(desk, sale("p1", price=DOLLARS)) == []
            assert causes(desk) == {}
            over = resolution("r1", at(1), "olga", event=of("p1"), action="override")
            assert void(desk, over) == ["binds"]
            assert permitted(desk, resolution("r2", at(1), "olga", event=of("p1"))) == ["p1"]

    def test_a_number_over_the_past_is_the_event_s_own_cause(self, tmp_path: Path) -> None:
        """Two buyers' events on which a window decided do not share what holds them."""
        from ..samples import window

        counted_rule = rule(
            "XX-W",
            "sale",
            "windows.bought >= 0 and token.id == token.id",
            verdict="review",
            citations=[POLICY],
        )
        book = rulebook(
            counted_rule, windows={"bought": window("count", "sale", "token.id", within="24h")}
        )
        with house(tmp_path / "b", book) as desk:
            say(desk, sale("p1"), sale("p2", subject="d2"))
            assert len(list(desk.book.loop.rows.causes())) == 2


class TestAnswers:
    """How long and for what a resolution stands."""

    def waiting(self, desk: Any) -> str:
        """Propose a sale to Carol and return what holds it."""
        ordinary(desk)
        say(desk, sale("c0", subject="c0", buyer="carol"))
        return causes(desk)[CAROL]

    def test_ninety_days_are_allowed_and_a_second_more_is_not(self, tmp_path: Path) -> None:
        """The longest end is exactly ninety days off."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = self.waiting(desk)
            most = resolution("r1", at(1), "olga", cause=cause, until=at(1, days=90))
            more = resolution("r2", at(1), "olga", cause=cause, until=at(1 + 1 / 3600, days=90))
            assert (void(desk, more), void(desk, most)) == (["too_long"], [])

    def test_a_refused_cause_is_refused_until_its_end(self, tmp_path: Path) -> None:
        """After the refusal's end what comes is held again."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = self.waiting(desk)
            refused = resolution("r1", at(1), "olga", cause=cause, until=at(5), action="refuse")
            say(desk, refused, sale("n1", at(4), subject="n1", buyer="carol"))
            assert causes(desk) == {}
            say(desk, sale("n2", at(5), subject="n2", buyer="carol"))
            assert causes(desk)[CAROL] == cause

    def test_the_end_of_an_old_answer_leaves_the_new_one(self, tmp_path: Path) -> None:
        """Withdrawing what was replaced since does nothing."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = self.waiting(desk)
            first = resolution("r1", at(1), "olga", cause=cause, until=at(days=5))
            second = resolution("r2", at(2), "petr", cause=cause, until=at(days=9))
            gone = resolution("r3", at(3), "petr", cause=cause, stage="withdrawn")
            assert void(desk, first, second, gone | {"subject": "r1"}) == ["nothing_to_confirm"]
            assert permitted(desk, sale("n1", at(4), subject="n1", buyer="carol")) == ["n1"]

    def test_a_cause_answered_before_a_proposal_s_time_frees_it_from_the_answer_on(
        self, tmp_path: Path
    ) -> None:
        """Of two that wait, an answer dated between them frees the one before it only."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = self.waiting(desk)
            say(desk, sale("c1", at(3), subject="c1", buyer="carol"))
            answer = resolution("r1", at(2), "olga", cause=cause, until=at(days=5))
            assert permitted(desk, answer) == ["c0"]

    def test_parties_told_inline_are_parties(self, tmp_path: Path) -> None:
        """Who travels with the event does not release it."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            say(desk, sale("p1", price=DOLLARS, inline={"parties": [{"id": "olga"}]}))
            assert void(desk, resolution("r1", at(1), "olga", event=of("p1"))) == ["party_to_event"]


class TestBusiness:
    """What is known of a business through all that happens to it."""

    def test_a_new_proposal_remembers_what_settled(self, tmp_path: Path) -> None:
        """Proposed anew after it settled, it does not settle again without correcting."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            again = [sale("p1"), settle("s1", at(1)), sale("p2", at(2)), settle("s2", at(3))]
            assert accused(desk, *again) == [["used_twice"]]

    def test_what_was_withdrawn_may_settle_anew(self, tmp_path: Path) -> None:
        """After a withdrawal a new proposal and settlement are a first use."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            gone = sale("w1", at(2), stage="withdrawn")
            anew = [sale("p2", at(3)), settle("s2", at(4))]
            assert accused(desk, sale("p1"), settle("s1", at(1)), gone, *anew) == []
            assert reconciled(desk, 5).total.unexplained == 0

    def test_before_1970_there_is_no_permit(self, tmp_path: Path) -> None:
        """A proposal whose time a permit cannot hold gets none, and nothing fails."""
        with house(tmp_path / "b") as desk:
            assert permitted(desk, sale("p1", "1969-12-31T23:59:59+00:00", buyer="x")) == []

    def test_a_replaced_proposal_s_permit_is_not_handed_out_again(self, tmp_path: Path) -> None:
        """Seen again, the earlier of two proposals has no permit any more."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            first, second = say(desk, sale("p1"), sale("p2", at(1)))
            permits = Permits(desk.book)
            assert permits.standing(first.judged.event, first.entry) is None
            assert permits.standing(second.judged.event, second.entry) is not None
            rows = desk.book.loop.rows
            assert rows.shown(first.judged.event) == "waiting"
            assert rows.shown(second.judged.event) == "permitted"

    def test_statements_need_no_permit(self, tmp_path: Path) -> None:
        """A source that proposes a statement about a party may settle others freely."""
        with house(tmp_path / "b", permits={"required_of": ["//test"]}) as desk:
            stated = event("party", "x", at(1), party={"id": "x"})
            assert accused(desk, stated | {"stage": "proposed", "id": "y"}, stated) == []

    def test_a_finding_names_no_permit_that_does_not_stand(self, tmp_path: Path) -> None:
        """After a withdrawal the finding names no permit; of other terms it names the permit."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            say(desk, sale("p1"), sale("w1", at(1), stage="withdrawn"), settle("s1", at(2)))
            (found,) = desk.findings
            assert found.judged.event.data.permit is None  # type: ignore[union-attr]
            say(desk, sale("p2", subject="d2"))
            entry = desk.permits[0].entry
            say(desk, settle("s2", at(1), subject="d2", price=price(1)))
            (found,) = desk.findings
            assert found.judged.event.data.permit.endswith(f"/{entry}")  # type: ignore[union-attr]

    def test_reconciliation_knows_who_needs_permits(self, tmp_path: Path) -> None:
        """A source that must have them and never proposed is not taken for an importer."""
        with house(tmp_path / "b", permits={"required_of": ["//test"]}) as desk:
            ordinary(desk)
            say(desk, settle("s1", at(1)))
            total = reconciled(desk).total
            assert (total.unexplained, total.imported) == (1, 0)

    @pytest.mark.parametrize("hours", [-1, 30])
    def test_reconciliation_sees_the_time_by_itself(
        self, tmp_path: Path, monkeypatch: Any, hours: float
    ) -> None:
        """Too early and too late show though the desk said nothing."""
        with house(tmp_path / "b", HOUSE) as desk:
            ordinary(desk)
            say(desk, sale("p1"))
            monkeypatch.setattr("vermilion.desk.loop.live.bypass", lambda *_: None)
            say(desk, settle("s1", at(hours)))
            (one,) = reconciled(desk).unexplained
            assert one.reasons[0] == ("early" if hours < 0 else "expired")


class TestSerials:
    """Numbers that a source leaves out."""

    def test_parts_of_a_told_gap_stay_told(self) -> None:
        """A number that fills the middle of a told gap leaves two told gaps."""
        row = told(Serials(9, ((2, 8, 0, False),)), 2, 8)
        after, due = counted(row, 5, 10 * GRACE)
        assert after.gaps == ((2, 4, 0, True), (6, 8, 0, True))
        assert due == []

    def test_gaps_past_the_limit_are_told_at_once(self) -> None:
        """Of one gap too many the oldest is told without waiting."""
        row: Serials | None = None
        due: Any = ()
        for number in range(1, 2 * MAX_GAPS + 4, 2):
            row, due = counted(row, number, number)
        assert list(due) == [(2, 2)]
