"""Reconciliation: every proposal and every settlement is counted once, and adds up."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.desk.desk import Desk, Sealed
from vermilion.desk.loop.reconcile import NOT_TOLD, Line, Reconciliation, reconcile

from ..samples import event, received
from .samples import NOON, at, house, of, ordinary, price, resolution, sale, say, settle

DOLLARS = price(100, "USD")


def reconciled(desk: Desk, hours: float = 2) -> Reconciliation:
    """Reconcile a book as of some hours after noon."""
    return reconcile(
        desk.book.record.statements(),
        book="b",
        origin=desk.book.keys.origin,
        at=dt.datetime.fromisoformat(NOON) + dt.timedelta(hours=hours),
        terms=desk.book.configuration.permits,
        rows=desk.book.loop.rows,
    )


def counts(line: Line) -> dict[str, int]:
    """Return what of a line is not zero."""
    plain = {name: getattr(line, name) for name in Line.__struct_fields__[2:]}
    return {name: count for name, count in plain.items() if count}


def adds_up(line: Line) -> bool:
    """Tell whether a line's parts make its sums."""
    asked = line.permitted + line.released + line.waiting + line.denied
    asked += line.refused + line.lapsed + line.allowed
    happened = line.covered + line.unexplained + line.imported
    return line.proposed == asked and line.settled == happened and min(counts(line).values()) >= 0


def test_a_day_of_everything(tmp_path: Path) -> None:
    """Each fate of a proposal and each kind of settlement has its column."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        say(
            desk,
            settle("h1", at(-1), subject="old"),
            sale("p1"),
            settle("s1", at(1)),
            sale("p2", subject="d2", price=DOLLARS),
            resolution("r2", at(1), "olga", event=of("p2")),
            settle("s2", at(1.5), subject="d2", price=DOLLARS),
            sale("p3", subject="d3", price=DOLLARS),
            resolution("r3", at(1), "olga", event=of("p3"), action="refuse"),
            sale("p4", subject="d4", price=DOLLARS),
            sale("p5", subject="d5", price=price(1, "EUR")),
            sale("p6", subject="d6"),
            sale("w6", at(1), subject="d6", stage="withdrawn"),
            sale("p7", subject="d7"),
            settle("s8", at(1), subject="d8"),
            settle("s9", at(1), subject="d7", price=price(1)),
            resolution("r9", at(1), "mallory", event=of("none")),
            resolution("r10", at(1), "olga", event=of("p4"), action="override"),
        )
        found = reconciled(desk)
        assert counts(found.total) == {
            "proposed": 7,
            "permitted": 3,
            "released": 1,
            "waiting": 1,
            "denied": 1,
            "refused": 1,
            "gone": 1,
            "settled": 5,
            "covered": 2,
            "unexplained": 2,
            "imported": 1,
            "withdrawn": 1,
        }
        assert adds_up(found.total)
        assert found.resolutions == {"release": 1, "refuse": 1, "void": 1, "waits": 1}
        assert (found.void, found.unconfirmed) == ({"nothing_held": 1}, 1)
        assert found.reasons == {"no_permit": 1, "other_price": 1}
        assert [(one.id, one.reasons) for one in found.unexplained] == [
            ("s8", ["no_permit"]),
            ("s9", ["other_price"]),
        ]


def test_permits_are_open_until_they_end(tmp_path: Path) -> None:
    """A permit that is not used is open, and from its end on unused."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        say(desk, sale("p1"))
        assert counts(reconciled(desk, 23.9).total)["open"] == 1
        assert counts(reconciled(desk, 24).total)["unused"] == 1


def test_days_and_sources_have_lines_of_their_own(tmp_path: Path) -> None:
    """A line is a source on a legal date."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        say(desk, sale("p1"), settle("s1", at(13)), sale("p2", envelope={"source": "//other"}))
        lines = [
            (line.source, line.day, line.proposed, line.settled) for line in reconciled(desk).lines
        ]
        assert lines == [
            ("//other", "2026-03-10", 1, 0),
            ("//test", "2026-03-10", 1, 0),
            ("//test", "2026-03-11", 0, 1),
        ]


def test_it_does_not_rely_on_findings(tmp_path: Path, monkeypatch: Any) -> None:
    """What settled without a permit shows although the desk said nothing."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        say(desk, sale("p1"))
        monkeypatch.setattr("vermilion.desk.loop.live.bypass", lambda *_: None)
        say(desk, settle("s2", at(1), subject="d2"), settle("s1", at(1)))
        (found,) = reconciled(desk).unexplained
        assert (found.id, found.reasons) == ("s2", ["no_permit", NOT_TOLD])


def test_gaps_are_told(tmp_path: Path) -> None:
    """Numbers that never came stand with their source, told by a finding or not yet."""
    with house(tmp_path / "b") as desk:
        for number, serial in enumerate((1, 4, 9)):
            made = event("payment", f"y{number}", at(number * 20), sale="x") | {"serial": serial}
            say(desk, made)
        gaps = [(gap.first, gap.last, gap.told) for gap in reconciled(desk).gaps]
        assert gaps == [(2, 3, False), (5, 8, False)]


STEP = st.tuples(
    st.sampled_from(["proposed", "proposed", "settled", "settled", "withdrawn"]),
    st.integers(0, 3),
    st.sampled_from(["CNY", "CNY", "USD", "EUR"]),
    st.integers(-2, 40),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEP, max_size=25), st.integers(0, 60))
def test_it_always_adds_up(tmp_path_factory: Any, steps: list[Any], hours: int) -> None:
    """Whatever happens in whatever order, parts make sums, and every finding is an unexplained one."""
    with house(tmp_path_factory.mktemp("b") / "b") as desk:
        ordinary(desk)
        findings: list[Sealed] = []
        for number, (stage, deal, currency, hour) in enumerate(steps):
            made = sale(
                f"e{number}", at(hour), stage=stage, subject=f"d{deal}", price=price(5, currency)
            )
            desk.submit([received(made)])
            findings += desk.findings
        found = reconciled(desk, hours)
        assert not counts(found.total) or adds_up(found.total)
        assert all(adds_up(line) for line in found.lines)
        assert found.total.unexplained == len(findings)
        assert not any(NOT_TOLD in one.reasons for one in found.unexplained)


def test_what_is_dated_back_is_counted(tmp_path: Path) -> None:
    """An import that comes after the first proposal, with a time before it, is told apart."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        say(
            desk, settle("h1", at(-2), subject="old"), sale("p1"), settle("h2", at(-1), subject="x")
        )
        total = reconciled(desk).total
        assert (total.imported, total.backdated) == (2, 1)
