"""Cases come overdue first, then the gravest, then the soonest due, page by page."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.desk.cases import CaseQuery, Cases
from vermilion.desk.cases.assess import Assessed, RuleText
from vermilion.desk.cases.fold import CaseRow
from vermilion.desk.cases.queue import Queue
from vermilion.desk.cases.severity import SEVERITIES
from vermilion.desk.loop.rows import KnownCause
from vermilion.errors import UsageError
from vermilion.rulebook import CaseSettings, Deadline

from ..loop.samples import at, house, ordinary, resolution, sale, say
from .samples import DOLLARS, POUNDS, held_by_carol, later, listed, moment, one

DAY = 86_400
KNOWN = KnownCause("xx", "XX-A@1", "hit", "fact", "entity", "law")
TEXT = RuleText(None, None, confidential=False)


def assessed(cause: bytes, now: int, opened: int, grave: int, assignee: str | None) -> Assessed:
    """Return a case that is due a day after it opened, and graver by one from two days on."""
    due = opened + DAY
    grave = min(grave + (now >= opened + 2 * DAY), 3)
    row = CaseRow(waiting=1, rounds=1, opened=opened, assignee=assignee)
    turns = min((one for one in (due, opened + 2 * DAY) if one > now), default=None)
    moment = dt.datetime.fromtimestamp(due, dt.UTC)
    status, severity = "open", SEVERITIES[grave]
    return Assessed(cause, row, KNOWN, TEXT, status, severity, moment, "policy", now >= due, turns)  # type: ignore[arg-type]


def key(number: int) -> bytes:
    """Return a cause."""
    return number.to_bytes(16, "big")


CASES = st.dictionaries(
    st.integers(0, 20).map(key),
    st.tuples(st.integers(0, 5 * DAY), st.integers(0, 3), st.sampled_from([None, "olga", "oskar"])),
)


@given(
    changes=st.lists(st.tuples(st.integers(0, 8 * DAY), CASES), min_size=1, max_size=6),
    limit=st.integers(1, 5),
    assignee=st.sampled_from([None, "", "olga"]),
    overdue=st.sampled_from([None, True, False]),
)
def test_pages_are_what_sorting_everything_gives(
    changes: list[tuple[int, dict[bytes, tuple[int, int, str | None]]]],
    limit: int,
    assignee: str | None,
    overdue: bool | None,
) -> None:
    """However cases change and time goes to and fro, pages list all that is asked for, in order."""
    known: dict[bytes, tuple[int, int, str | None]] = {}

    def assess(cause: bytes, now: int) -> Assessed | None:
        return assessed(cause, now, *known[cause]) if cause in known else None

    queue = Queue(assess)
    queue.fill([], 0)
    for now, changed in changes:
        gone = list(known)[: len(known) // 2]
        for cause in gone:
            del known[cause]
        known |= changed
        queue.update([*gone, *changed])
        queue.pass_to(now)
        found: list[bytes] = []
        before = None
        while True:
            query = CaseQuery(assignee=assignee, overdue=overdue, limit=limit, before=before)
            causes, before = queue.find(query)
            assert len(causes) <= limit
            found += causes
            if before is None:
                break
        every = [assessed(cause, now, *facts) for cause, facts in known.items()]
        wanted = [
            case
            for case in every
            if assignee in {None, case.row.assignee or ""} and overdue in {None, case.overdue}
        ]
        order = sorted(
            wanted,
            key=lambda case: (
                not case.overdue,
                -SEVERITIES.index(case.severity),
                case.due,
                case.cause,
            ),
        )
        assert found == [case.cause for case in order]


def test_a_page_looks_at_no_more_cases_than_it_shows() -> None:
    """With 10,000 cases in order, a page, and time that changes one of them, assess few anew."""
    looked: list[bytes] = []

    def assess(cause: bytes, now: int) -> Assessed | None:
        looked.append(cause)
        number = int.from_bytes(cause, "big")
        return assessed(cause, now, number, number % 4, None)

    queue = Queue(assess)
    queue.fill(map(key, range(10_000)), 0)
    looked.clear()
    causes, _ = queue.find(CaseQuery())
    queue.update([key(17)])
    queue.pass_to(DAY + 1)
    assert len(causes) == 50
    assert looked == [key(17), key(0), key(1)] or looked == [key(17), key(1), key(0)]


def test_many_that_turn_at_once_follow_call_by_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more cases than turn together, each call puts some where they belong, until all are."""
    monkeypatch.setattr("vermilion.desk.cases.queue.TURNED_TOGETHER", 4)
    queue = Queue(lambda cause, now: assessed(cause, now, 0, 0, None))
    queue.fill(map(key, range(10)), 0)
    counts = []
    for _ in range(4):
        queue.pass_to(DAY)
        counts.append(len(queue.find(CaseQuery(overdue=True))[0]))
    assert counts == [4, 8, 10, 10]


class TestPages:
    """Queries over a book's cases."""

    def test_the_order_is_by_urgency(self, tmp_path: Path) -> None:
        """What is overdue comes before what is graver, and what is graver before what is due."""
        soon = [Deadline(from_=moment().date(), days=2, basis="policy")]
        usual = [Deadline(from_=moment().date(), days=30, basis="policy")]
        settings = CaseSettings(deadlines={"": usual, "XX-KYC": soon})
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            held_by_carol(desk, "p1")
            say(desk, sale("p2", at(1), subject="p2", buyer="ann", price=DOLLARS))
            say(desk, sale("p3", at(2), subject="p3", buyer="ann", price=POUNDS))
            cases = Cases(desk, settings)
            early = listed(cases, moment(3))
            late = listed(cases, moment(days=5))
            few = listed(cases, moment(days=5), overdue=True)
        assert [case.rule for case in early] == ["XX-LAWFUL@1", "XX-KYC@1", "XX-LOOK@1"]
        assert [case.rule for case in late] == ["XX-KYC@1", "XX-LAWFUL@1", "XX-LOOK@1"]
        assert [case.rule for case in few] == ["XX-KYC@1"]
        assert few[0].overdue

    def test_what_is_answered_is_not_overdue(self, tmp_path: Path) -> None:
        """A case that closed long after its deadline asks nobody to hurry."""
        with house(tmp_path / "b", two_people=[]) as desk:
            cause = held_by_carol(desk, "p1")
            cases = Cases(desk)
            assert one(cases, cause, moment(days=50)).overdue
            say(desk, resolution("r", at(days=50), "olga", cause=cause, until=at(days=60)))
            assert not one(cases, cause, moment(days=51)).overdue

    def test_filters(self, tmp_path: Path) -> None:
        """Cases are found by who has them, nobody included, and by how they stand."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            carol = held_by_carol(desk, "p1")
            say(desk, sale("p2", at(1), subject="p2", buyer="ann", price=DOLLARS))
            cases = Cases(desk)
            (dollars,) = [case.cause for case in listed(cases, moment(2)) if case.cause != carol]
            cases.assign(carol, "olga", "oskar")
            now = moment(2)
            assert [case.cause for case in listed(cases, now, assignee="oskar")] == [carol]
            assert [case.cause for case in listed(cases, now, assignee="")] == [dollars]
            say(desk, resolution("r", at(1), "olga", cause=carol, until=at(days=9)))
            waiting = listed(cases, now, status="waiting_confirmation")
            assert [case.cause for case in waiting] == [carol]
            assert [case.cause for case in listed(cases, now, status="open")] == [dollars]
            cases.assign(carol, "olga", None)
            assert listed(cases, now, assignee="oskar") == []

    @pytest.mark.parametrize(
        ("text", "rules"),
        [
            ("carol", ["XX-KYC@1"]),
            ("CAROL", ["XX-KYC@1"]),
            ("xx-kyc", ["XX-KYC@1"]),
            ("oskar", ["XX-LOOK@1"]),
            ("xx-", ["XX-KYC@1", "XX-LOOK@1"]),
            ("nobody of that name", []),
        ],
    )
    def test_cases_are_found_by_typing(self, tmp_path: Path, text: str, rules: list[str]) -> None:
        """A part of its rule, of what it is about or of who has it finds a case."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            held_by_carol(desk, "p1")
            say(desk, sale("p2", at(1), subject="p2", buyer="ann", price=DOLLARS))
            cases = Cases(desk)
            (look,) = [one for one in listed(cases, moment(2)) if one.rule == "XX-LOOK@1"]
            cases.assign(look.cause, "olga", "oskar")
            found = listed(cases, moment(2), text=text, limit=1)
            assert sorted(case.rule for case in found) == rules

    def test_cases_are_found_by_title_and_number(self, tmp_path: Path) -> None:
        """So does its title in either language and its number, also once it is closed."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            cases = Cases(desk)
            (case,) = listed(cases, moment(2))
            assert case.title is not None
            texts = (case.title.zh, case.title.en, cause[:8])
            for text in texts:
                assert [one.cause for one in listed(cases, moment(2), text=text)] == [cause]
            assert cases.titles([cause]) == {cause: case.title}
            gone = sale("w", at(3), stage="withdrawn", subject="p1", buyer="carol")
            say(desk, gone)
            for text in texts:
                found = listed(cases, moment(4), text=text, status="closed")
                assert [one.cause for one in found] == [cause]
            assert listed(cases, moment(4), text="dave", status="closed") == []

    def test_closed_ones_come_back_day_by_day(self, tmp_path: Path, monkeypatch: Any) -> None:
        """Closed cases are listed the last closed first, each once, whatever is looked at at once."""
        monkeypatch.setattr("vermilion.desk.cases.closed.LOOKED_AT", 2)
        hours = [1, 2, 30, 60, 60, 61, 200]
        with house(tmp_path / "b") as desk:
            for number, hour in enumerate(hours):
                buyer, subject = f"buyer-{number}", f"s{number}"
                say(desk, sale(f"p{number}", subject=subject, buyer=buyer))
                gone = sale(f"w{number}", at(hour), stage="withdrawn", subject=subject, buyer=buyer)
                say(desk, gone)
            cases = Cases(desk)
            cases.assign(listed(cases, moment(300), status="closed")[-1].cause, "olga", "olga")
            found = listed(cases, moment(300), status="closed", limit=2)
            mine = listed(cases, moment(300), status="closed", assignee="olga")
            first = cases.page(CaseQuery(status="closed", assignee="olga"), moment(300))
            late = listed(cases, moment(300), status="closed", overdue=True)
        closed = [later(case.closed_at) for case in found]
        assert closed == sorted((moment(hour) for hour in hours), reverse=True)
        assert len({case.cause for case in found}) == len(hours)
        assert [case.closed_at for case in mine] == ["2026-03-10T05:00:00+00:00"]
        assert late == []
        assert (first.items, first.next is None) == ([], False)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"limit": 0}, "bad_limit"),
            ({"limit": 201}, "bad_limit"),
            ({"before": "x"}, "bad_cursor"),
            ({"before": "cases.1." + "0" * 32}, "bad_cursor"),
            ({"before": "cases.1.2." + "0" * 32}, "bad_cursor"),
            ({"before": "cases.1.2.3." + "0" * 32, "status": "closed"}, "bad_cursor"),
            ({"before": "closed_cases.1." + "0" * 32}, "bad_cursor"),
            ({"before": "cases.1.2.3." + "0" * 32 + "\n"}, "bad_cursor"),
            ({"before": "cases.1.2.3." + "z" * 32}, "bad_cursor"),
            ({"before": "cases." + "9" * 400 + ".2.3." + "0" * 32}, "bad_cursor"),
        ],
    )
    def test_what_cannot_be_asked_is_refused(
        self, tmp_path: Path, changes: dict[str, Any], code: str
    ) -> None:
        """A page of no size or too large a one, and a cursor that is none, are refused."""
        with house(tmp_path / "b") as desk, pytest.raises(UsageError) as refused:
            Cases(desk).page(CaseQuery(**changes), moment())
        assert refused.value.code == code

    def test_a_cause_that_is_none_is_no_case(self, tmp_path: Path) -> None:
        """What was never seen, or is no digest at all, is no case."""
        with house(tmp_path / "b") as desk:
            cases = Cases(desk)
            for cause in ("0" * 32, "x", "../../keys", "0" * 31 + "G", ""):
                assert cases.case(cause, moment()) is None

    def test_changes_are_told_once(self, tmp_path: Path) -> None:
        """`follow` names each case that changed since it was last asked, whoever read pages since."""
        with house(tmp_path / "b") as desk:
            cases = Cases(desk)
            cause = held_by_carol(desk, "p1", "p2")
            cases.page(CaseQuery(), moment(1))
            assert cases.follow(moment(1)) == [cause]
            assert cases.follow(moment(1)) == []

    def test_many_that_wait_are_read_in_parts(self, tmp_path: Path, monkeypatch: Any) -> None:
        """Of more waiting events than are read at once, fifty that wait under the case are shown."""
        monkeypatch.setattr("vermilion.desk.cases.view._TOGETHER", 100)
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, *(f"p{number}" for number in range(300)))
            detail = Cases(desk).case(cause, moment(1))
        assert detail is not None
        assert (detail.case.events, len(detail.events)) == (300, 50)
        assert len({event.id for event in detail.events}) == 50
        assert [event.entry for event in detail.events] == sorted(e.entry for e in detail.events)

    def test_an_example_is_found_when_those_named_have_left(self, tmp_path: Path) -> None:
        """Where all events that the case names are gone, it names another one that waits."""
        ids = [f"p{number}" for number in range(7)]
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, *ids)
            cases = Cases(desk)
            named = one(cases, cause, moment(1)).examples
            for id in named:
                say(desk, sale(f"w-{id}", at(1), stage="withdrawn", subject=id, buyer="carol"))
            case = one(cases, cause, moment(2))
        assert (len(named), case.events) == (5, 2)
        assert len(case.examples) == 1
        assert set(case.examples) <= set(ids) - set(named)
