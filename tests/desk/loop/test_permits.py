"""Permits: who gets one, for how long, and what is left of it after a crash."""

from __future__ import annotations

from pathlib import Path

from vermilion.desk.desk import Desk

from ..samples import submit
from .samples import (
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
)


class TestWhoGetsOne:
    """Which proposals get a permit."""

    def test_what_every_rulebook_allows_is_permitted_at_once(self, tmp_path: Path) -> None:
        """An allowed proposal has a permit that holds from its own time for a day."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            assert permitted(desk, sale("p1")) == ["p1"]
            said = desk.permits[0].said
            assert said.exp - said.nbf == 86_400
            assert said.nbf == 1773115200

    def test_what_is_held_or_denied_is_not(self, tmp_path: Path) -> None:
        """Neither review nor deny leads to a permit; a condition does."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            held = sale("p1", price=price(100, "USD"))
            denied = sale("p2", subject="d2", price=price(100, "EUR"))
            on_condition = sale("p3", subject="d3", mode="lottery")
            assert permitted(desk, held, denied, on_condition) == ["p3"]

    def test_what_is_far_ahead_is_not(self, tmp_path: Path) -> None:
        """A proposal dated more than a day ahead gets no permit: facts may change till then."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            assert permitted(desk, sale("p1", "2099-01-01T00:00:00+08:00")) == []

    def test_what_settled_needs_none(self, tmp_path: Path) -> None:
        """A settled event leads to no permit."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            assert permitted(desk, settle("s1", at(1))) == []

    def test_the_same_proposal_again_leads_to_none(self, tmp_path: Path) -> None:
        """A duplicate gets no second permit."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            permitted(desk, sale("p1"))
            size = desk.book.record.size
            submit(desk, sale("p1"))
            assert (desk.permits, desk.book.record.size) == ([], size)


class TestAfterACrash:
    """The state is a fold over the record."""

    def test_everything_stands_as_before_when_the_state_is_made_anew(self, tmp_path: Path) -> None:
        """The loop's rows made from the record equal those of the run, row for row."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            say(
                desk,
                sale("p1"),
                settle("s1", at(1)),
                sale("p2", subject="d2", buyer="bob"),
                sale("p3", subject="d3", buyer="bob"),
                sale("p4", subject="d4", price=price(100, "USD")),
                sale("p5", subject="d5"),
                sale("w5", at(2), subject="d5", stage="withdrawn"),
                settle("s6", at(2), subject="d6", envelope={"serial": 3}),
                settle("s7", at(3), subject="d6", envelope={"serial": 6}),
                settle("s8", at(50), subject="d6", envelope={"serial": 7}),
                resolution("r1", at(3), "olga", event=of("p4")),
                resolution("r2", at(3), "olga", cause="0" * 32, until=at(days=9)),
            )
            cause = next(iter(causes(desk).values()))
            say(
                desk,
                resolution("r3", at(4), "olga", cause=cause, until=at(days=9)),
                resolution("r4", at(5), "petr", confirms={"source": "//officers", "id": "r3"}),
                resolution("r5", at(6), "olga", cause=cause, until=at(days=8)),
                sale("p7", at(7), subject="d7", price=price(100, "USD")),
            )
            before = rows(desk)
        (tmp_path / "b" / "state.db").unlink()
        with house(tmp_path / "b") as desk:
            assert {key[:1] for key, _ in before} == {bytes([kind]) for kind in b"APCKRBWGSHc"}
            assert rows(desk) == before


def rows(desk: Desk) -> list[tuple[bytes, bytes]]:
    """Return all rows of the loop and its cases."""
    return list(desk.book.state.rows.scan(b""))
