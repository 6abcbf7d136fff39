"""What settled is held against what was permitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vermilion.desk.desk import Refused

from ..samples import event, submit
from .samples import accused, at, house, ordinary, permitted, price, resolution, sale, say, settle

CHANGES: list[tuple[dict[str, Any], list[str]]] = [
    ({"price": price(99)}, ["other_price"]),
    ({"price": price(100, "USD")}, ["other_price"]),
    ({"buyer": "bob"}, ["other_party"]),
    ({"token": "t:2"}, ["other_token"]),
    ({"mode": "auction"}, ["other_terms"]),
    ({"price": price(1), "token": "t:2"}, ["other_token", "other_price"]),
    ({"price": None}, ["other_price"]),
]


def test_what_settles_as_permitted_is_not_accused(tmp_path: Path) -> None:
    """An honest settlement within the permit's time leads to no finding, with more told or not."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        more = {"risk_notice_acknowledged": True}
        honest = [
            sale("p1"),
            settle("s1", at(23.9)),
            sale("p2", subject="d2"),
            settle("s2", at(1), subject="d2", **more),
        ]
        assert accused(desk, *honest) == []


@pytest.mark.parametrize(("changes", "reasons"), CHANGES)
def test_other_terms_are_found(tmp_path: Path, changes: dict[str, Any], reasons: list[str]) -> None:
    """Whatever the proposal stated and the settlement states otherwise is told by its kind."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        assert accused(desk, sale("p1"), settle("s1", at(1), **changes)) == [reasons]


class TestNoPermit:
    """What settled and had no permit."""

    @pytest.mark.parametrize(
        ("first", "proposal"),
        [
            (sale("p1", price=price(100, "USD")), "held"),
            (sale("p1", price=price(100, "EUR")), "denied"),
            (sale("p1", subject="another"), "none"),
        ],
    )
    def test_it_says_how_the_proposal_stood(
        self, tmp_path: Path, first: dict[str, Any], proposal: str
    ) -> None:
        """What settled without a permit is found, and whether it was held, denied or never asked."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            say(desk, first, settle("s1", at(1), price=first["data"]["price"]))
            (found,) = desk.findings
            said: Any = found.judged.event.data
            assert (said.reasons, said.proposal, said.permit) == (["no_permit"], proposal, None)

    def test_without_a_subject_nothing_ties_it_to_a_permit(self, tmp_path: Path) -> None:
        """A settled event that names no business has no permit."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            assert accused(desk, sale("p1"), settle("s1", at(1), subject=None)) == [["no_permit"]]

    def test_after_a_withdrawal_there_is_none(self, tmp_path: Path) -> None:
        """A withdrawn proposal's permit covers nothing."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            gone = sale("w1", at(1), stage="withdrawn")
            assert accused(desk, sale("p1"), gone, settle("s1", at(2))) == [["no_permit"]]

    def test_a_new_proposal_replaces_the_permit(self, tmp_path: Path) -> None:
        """The last proposal of a business stands, even where it was denied."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            dearer = sale("p2", at(1), price=price(100, "EUR"))
            assert accused(desk, sale("p1"), dearer, settle("s1", at(2))) == [["no_permit"]]


class TestTime:
    """A permit holds from its proposal on, for a time."""

    def test_an_expired_permit_covers_nothing(self, tmp_path: Path) -> None:
        """From the moment of expiry on, a settlement is found; a second before it is not."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            late = [sale("p1"), settle("s1", at(24))]
            in_time = [sale("p2", subject="d2"), settle("s2", at(24 - 1 / 3600), subject="d2")]
            assert accused(desk, *late, *in_time) == [["expired"]]

    def test_what_settled_before_its_proposal_is_found(self, tmp_path: Path) -> None:
        """A permit asked for after the fact covers nothing."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            first = sale("p0", at(-5), subject="d0")
            assert accused(desk, first, sale("p1"), settle("s1", at(-1))) == [["early"]]


class TestTwice:
    """One permit is for one settlement."""

    def test_a_permit_is_used_once(self, tmp_path: Path) -> None:
        """A second settlement of the business is found."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            twice = [sale("p1"), settle("s1", at(1)), settle("s2", at(2))]
            assert accused(desk, *twice) == [["used_twice"]]

    def test_a_correction_is_no_second_use(self, tmp_path: Path) -> None:
        """What corrects the standing settlement is not accused, even after the permit's end."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            corrected = settle("s2", at(30), envelope={"corrects": "s1"})
            assert accused(desk, sale("p1"), settle("s1", at(1)), corrected) == []

    def test_a_correction_changes_no_terms(self, tmp_path: Path) -> None:
        """A correction to another price is found like any other."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            corrected = settle("s2", at(2), price=price(50), envelope={"corrects": "s1"})
            assert accused(desk, sale("p1"), settle("s1", at(1)), corrected) == [["other_price"]]

    def test_what_corrects_something_else_is_a_second_use(self, tmp_path: Path) -> None:
        """Only the settlement that stands can be corrected."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            other = settle("s2", at(2), envelope={"corrects": "s0"})
            assert accused(desk, sale("p1"), settle("s1", at(1)), other) == [["used_twice"]]


class TestWhoIsHeldToIt:
    """Which settled events need a permit."""

    def test_a_source_that_never_proposed_is_not_accused(self, tmp_path: Path) -> None:
        """Imported history needs no permits, whatever other sources do."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            imported = settle("s1", at(1), envelope={"source": "//archive"})
            assert accused(desk, sale("p1"), imported) == []

    def test_what_settled_before_the_first_proposal_is_not_accused(self, tmp_path: Path) -> None:
        """Permits are needed from the first proposal's time on, and for its type of event."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            gift = event("payment", "g", at(2), sale="x")
            assert accused(desk, sale("p1"), settle("s1", at(-1), subject="old"), gift) == []

    def test_a_source_may_be_held_to_it_from_the_start(self, tmp_path: Path) -> None:
        """A source named in the configuration needs permits though it never proposed."""
        with house(tmp_path / "b", permits={"required_of": ["//test"]}) as desk:
            ordinary(desk)
            assert accused(desk, settle("s1", at(1))) == [["no_permit"]]


class TestTheFinding:
    """A finding is an event like any other."""

    def test_rulebooks_judge_it(self, tmp_path: Path) -> None:
        """A finding is judged by the rules on findings, and lies in the record once."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            say(desk, sale("p1"), settle("s1", at(1), price=price(1)))
            (found,) = desk.findings
            assert found.judged.ruled[0].ruling.verdict == "deny"
            size = desk.book.record.size
            submit(desk, settle("s1", at(1), price=price(1)))
            assert (desk.findings, desk.book.record.size) == ([], size)

    def test_nobody_else_speaks_in_the_book_s_name(self, tmp_path: Path) -> None:
        """An event under the book's own source is refused, so that no finding can be forestalled."""
        with house(tmp_path / "b") as desk:
            forged = event("payment", "bypass-x", sale="x", source=desk.book.keys.origin)
            (answer,) = submit(desk, forged)
            assert isinstance(answer, Refused)
            assert answer.error.code == "source_taken"


class TestSerials:
    """A source's own numbers have no gaps."""

    def numbered(self, id: str, hours: float, serial: int) -> dict[str, Any]:
        """Return an imported event with a number."""
        return event("payment", id, at(hours), sale="x") | {"serial": serial}

    def test_a_gap_is_told_after_a_day(self, tmp_path: Path) -> None:
        """Numbers left out are told once a later event shows that they did not come in time."""
        with house(tmp_path / "b") as desk:
            events = [self.numbered("a", 0, 7), self.numbered("b", 1, 10)]
            assert accused(desk, *events, self.numbered("c", 24.9, 11)) == []
            say(desk, self.numbered("d", 25, 12))
            said: Any = desk.findings[0].judged.event.data
            assert (said.reasons, said.first_serial, said.last_serial) == (["serial_gap"], 8, 9)
            assert desk.findings[0].judged.ruled[0].ruling.verdict == "review"
            assert accused(desk, self.numbered("e", 60, 13)) == []

    def test_what_comes_late_fills_its_place(self, tmp_path: Path) -> None:
        """A number that arrives within the day is no gap; the rest of its gap stays one."""
        with house(tmp_path / "b") as desk:
            events = [self.numbered("a", 0, 1), self.numbered("b", 1, 4), self.numbered("c", 2, 2)]
            say(desk, *events, self.numbered("d", 26, 5))
            said: Any = desk.findings[0].judged.event.data
            assert (said.first_serial, said.last_serial) == (3, 3)


def test_an_erased_proposal_cannot_be_compared(tmp_path: Path) -> None:
    """Where the proposal was erased and the settlement is not the same, that is told."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        assert permitted(desk, sale("p1")) == ["p1"]
        desk.book.keys.destroy(f"class/transaction/{desk._now:%Y-%m}")
        assert accused(desk, settle("s1", at(1), price=price(1))) == [["other_terms"]]


def test_a_permit_by_resolution_covers_too(tmp_path: Path) -> None:
    """What people released settles without being accused, from the release on."""
    with house(tmp_path / "b", two_people=[]) as desk:
        ordinary(desk)
        dollars = price(100, "USD")
        released = resolution("r1", at(2), "olga", event={"source": "//test", "id": "p1"})
        assert accused(desk, sale("p1", price=dollars), released) == []
        assert accused(desk, settle("s0", at(1), price=dollars)) == [["early"]]
