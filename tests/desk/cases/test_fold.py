"""Cases are a fold over the record: the same whether they were followed or made anew from it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.desk.cases import CaseQuery, Cases
from vermilion.desk.cases.fold import MOST_PENDING
from vermilion.desk.desk import Desk
from vermilion.errors import StorageError
from vermilion.facts.events import CaseLink

from ..loop.samples import (
    at,
    causes,
    house,
    known,
    of,
    ordinary,
    price,
    resolution,
    sale,
    say,
    settle,
)
from ..samples import received
from .samples import CAROL, DOLLARS, answered, held_by_carol, listed, moment, one, rows, work_of

UNTIL = at(days=30)


class TestStatus:
    """A case is open, waits for a second person, is answered, or closed."""

    def test_it_opens_with_the_first_event_and_counts_the_others(self, tmp_path: Path) -> None:
        """The case has the time of the first event held, and tells how many wait."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1", time=at(1))
            held_by_carol(desk, "p2", "p3", time=at(2))
            case = one(Cases(desk), cause, moment(3))
        assert (case.status, case.events, case.opened_at) == (
            "open",
            3,
            "2026-03-10T05:00:00+00:00",
        )
        assert (case.rule, case.fact, case.entity) == ("XX-KYC@1", "party.kyc.status", "carol")
        assert sorted(case.examples) == ["p1", "p2", "p3"]

    def test_an_earlier_event_makes_it_older(self, tmp_path: Path) -> None:
        """A case is as old as the earliest event held since it opened, in whatever order they came."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1", time=at(2))
            held_by_carol(desk, "p2", time=at(1))
            assert one(Cases(desk), cause, moment(3)).opened_at == "2026-03-10T05:00:00+00:00"

    def test_two_people_answer_and_it_closes(self, tmp_path: Path) -> None:
        """It waits for the second person, and is closed when what waited has permits."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1", "p2")
            cases = Cases(desk)
            say(desk, resolution("r1", at(1), "olga", cause=cause, until=UNTIL))
            assert one(cases, cause, moment(2)).status == "waiting_confirmation"
            confirms = {"source": "//officers", "id": "r1"}
            say(desk, resolution("r2", at(3), "oskar", confirms=confirms))
            case = one(cases, cause, moment(4))
        assert (case.status, case.events, case.examples) == ("closed", 0, [])
        assert case.closed_at == "2026-03-10T07:00:00+00:00"

    def test_what_nobody_confirms_in_a_week_is_open_again(self, tmp_path: Path) -> None:
        """A second after the time for confirming, somebody has to answer anew."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            say(desk, resolution("r1", at(1), "olga", cause=cause, until=UNTIL))
            cases = Cases(desk)
            assert one(cases, cause, moment(0.999, days=7)).status == "waiting_confirmation"
            assert one(cases, cause, moment(1, days=7)).status == "open"

    def test_what_is_taken_back_waits_no_longer(self, tmp_path: Path) -> None:
        """When the first person's resolution is withdrawn, the case is open."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            say(desk, resolution("r1", at(1), "olga", cause=cause, until=UNTIL))
            ends = {"source": "//officers", "id": "r1"}
            gone = resolution("w1", at(2), "olga", stage="withdrawn", confirms=ends)
            say(desk, gone | {"subject": "r1"})
            detail = Cases(desk).case(cause, moment(3))
        assert detail is not None
        assert detail.case.status == "open"
        assert [item.id for item in detail.journal] == ["r1", "w1"]

    def test_it_is_answered_while_something_else_holds(self, tmp_path: Path) -> None:
        """A cause that is answered stays so until its answer ends, while events wait for another."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            say(desk, sale("p1", buyer="carol", price=DOLLARS))
            cause = causes(desk)[CAROL]
            answered(desk, cause, at(1), until=UNTIL)
            cases = Cases(desk)
            assert one(cases, cause, moment(2)).status == "answered"
            assert one(cases, cause, moment(days=29)).status == "answered"
            assert one(cases, cause, moment(days=30)).status == "open"
            other = next(hex for hex in causes(desk).values() if hex != cause)
            assert one(cases, other, moment(2)).status == "open"

    def test_a_second_person_is_awaited_for_each_event(self, tmp_path: Path) -> None:
        """Resolutions of single events make it wait for confirmation once all events have one."""
        with house(tmp_path / "b", two_people=["release"]) as desk:
            cause = held_by_carol(desk, "p1", "p2")
            cases = Cases(desk)
            say(desk, resolution("r1", at(1), "olga", event=of("p1")))
            assert one(cases, cause, moment(2)).status == "open"
            say(desk, resolution("r2", at(1), "olga", event=of("p2")))
            assert one(cases, cause, moment(2)).status == "waiting_confirmation"
            say(desk, sale("p2b", at(3), subject="p2", buyer="carol"))
            assert one(cases, cause, moment(4)).status == "open"

    def test_what_waited_for_an_event_goes_with_it(self, tmp_path: Path) -> None:
        """An event that leaves takes its unconfirmed resolution along: the others are open."""
        with house(tmp_path / "b", two_people=["release"]) as desk:
            cause = held_by_carol(desk, "p1", "p2")
            say(desk, resolution("r1", at(1), "olga", event=of("p1")))
            say(desk, sale("w1", at(2), stage="withdrawn", subject="p1", buyer="carol"))
            case = one(Cases(desk), cause, moment(3))
        assert (case.status, case.events) == ("open", 1)

    def test_it_closes_when_the_permit_begins(self, tmp_path: Path) -> None:
        """Freed by two answers that came in another order than their dates, it closes at the later."""
        with house(tmp_path / "b", two_people=[]) as desk:
            ordinary(desk)
            say(desk, sale("p1", buyer="carol", price=DOLLARS))
            carol = causes(desk)[CAROL]
            (dollars,) = [hex for hex in causes(desk).values() if hex != carol]
            say(desk, resolution("r1", at(5), "olga", cause=carol, until=UNTIL))
            say(desk, resolution("r2", at(3), "olga", cause=dollars, until=UNTIL))
            case = one(Cases(desk), dollars, moment(6))
        assert (case.status, case.closed_at) == ("closed", "2026-03-10T09:00:00+00:00")

    def test_more_resolutions_wait_than_are_looked_at(self, tmp_path: Path) -> None:
        """However many wait for a second person, a case's row keeps the last of them only."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            for number in range(MOST_PENDING + 2):
                say(desk, resolution(f"r{number}", at(1), "olga", cause=cause, until=UNTIL))
            row = desk.book.loop.cases.case(bytes.fromhex(cause))
        assert row is not None
        assert len(row.pending) == MOST_PENDING

    @pytest.mark.parametrize("how", ["withdrawn", "settled", "replaced", "refused"])
    def test_it_closes_however_its_events_leave(self, tmp_path: Path, how: str) -> None:
        """Withdrawn, settled, proposed anew with other facts or refused: nothing waits any more."""
        leaving = {
            "withdrawn": sale("x1", at(5), stage="withdrawn", subject="p1", buyer="carol"),
            "settled": settle("x1", at(5), subject="p1", buyer="carol"),
            "replaced": sale("x1", at(5), subject="p1", buyer="ann"),
            "refused": resolution("x1", at(5), "olga", event=of("p1"), action="refuse"),
        }
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            cause = held_by_carol(desk, "p1")
            say(desk, leaving[how])
            case = one(Cases(desk), cause, moment(6))
        assert (case.status, case.closed_at) == ("closed", "2026-03-10T09:00:00+00:00")

    def test_a_proposal_made_again_does_not_close_it(self, tmp_path: Path) -> None:
        """The same business proposed anew under the same cause is neither closing nor reopening."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            say(desk, sale("p1b", at(1), subject="p1", buyer="carol"))
            case = one(Cases(desk), cause, moment(2))
        assert (case.events, case.reopened, case.opened_at) == (1, 0, "2026-03-10T04:00:00+00:00")

    def test_it_opens_again(self, tmp_path: Path) -> None:
        """A cause that everything left and that comes back is the same case, opened anew."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            cases = Cases(desk)
            cases.assign(cause, "olga", "olga")
            say(desk, sale("w1", at(1), stage="withdrawn", subject="p1", buyer="carol"))
            assert [case.cause for case in listed(cases, moment(2), status="closed")] == [cause]
            assert listed(cases, moment(2)) == []
            assert held_by_carol(desk, "p2", time=at(days=3)) == cause
            case = one(cases, cause, moment(days=4))
            assert [found.cause for found in listed(cases, moment(days=4))] == [cause]
            assert listed(cases, moment(days=4), status="closed") == []
        assert (case.status, case.reopened, case.assignee) == ("open", 1, "olga")
        assert (case.opened_at, case.closed_at) == ("2026-03-13T04:00:00+00:00", None)


class TestJournal:
    """The journal tells in order what people did."""

    def test_it_is_in_the_order_of_the_record(self, tmp_path: Path) -> None:
        """Work and resolutions, on the cause and on its events, void ones too, come as recorded."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1", "p2")
            cases = Cases(desk)
            cases.note(cause, "olga", "asked her for her papers")
            say(desk, resolution("r1", at(1), "olga", event=of("p1"), reason="seen them"))
            cases.assign(cause, "olga", "oskar")
            say(desk, resolution("r2", at(2), "olga", cause=cause))
            detail = cases.case(cause, moment(3))
        assert detail is not None
        items = detail.journal
        assert [item.kind for item in items] == ["note", "resolution", "assign", "resolution"]
        assert [item.text for item in items] == [
            "asked her for her papers",
            "seen them",
            None,
            "looked at it",
        ]
        assert [item.by for item in items] == [["olga"]] * 4
        assert items == sorted(items, key=lambda item: item.entry)
        effects = [item.resolution for item in items if item.resolution is not None]
        assert [(one.effect, one.void) for one in effects] == [("frees", []), ("void", ["no_end"])]
        assert [event.id for event in detail.events] == ["p2"]

    def test_another_s_case_work_is_not_taken_for_the_desk_s(self, tmp_path: Path) -> None:
        """A `case` event of another source, or on a cause that is none, changes no case."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            before = rows(desk)
            desk.submit([work_of("//test", "x", cause=cause, action="assign", assignee="eve")])
            desk.submit([work_of("vermilion:desk", "y", cause="0" * 32, action="note", note="n")])
            assert rows(desk) == before

    def test_only_the_last_entries_are_read(self, tmp_path: Path, monkeypatch: Any) -> None:
        """Of a long journal the end is shown, and how much comes before it."""
        monkeypatch.setattr("vermilion.desk.cases.journal.MOST_ITEMS", 2)
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            cases = Cases(desk)
            for number in range(5):
                cases.note(cause, "olga", f"note {number}")
            detail = cases.case(cause, moment(1))
            assert detail is not None
            before = cases.case(cause, moment(1), before=detail.journal[0].entry)
        assert before is not None
        assert [item.text for item in detail.journal] == ["note 3", "note 4"]
        assert [item.text for item in before.journal] == ["note 1", "note 2"]
        assert (detail.earlier, before.earlier) == (3, 1)

    def test_an_erased_author_s_words_are_gone(self, tmp_path: Path) -> None:
        """With the author's key destroyed, the journal says that something was said, and not what."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            cases = Cases(desk)
            cases.note(cause, "olga", "words")
            cases.assign(cause, "oskar", "oskar")
            desk.book.keys.destroy("person/olga")
            detail = cases.case(cause, moment(1))
        assert detail is not None
        first, second = detail.journal
        assert (first.kind, first.by, first.text, first.erased) == ("note", ["olga"], None, True)
        assert (second.assignee, second.erased) == ("oskar", False)

    def test_an_expired_class_leaves_the_place(self, tmp_path: Path) -> None:
        """With the month's key destroyed, the entry is still there, and says that it was erased."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            cases = Cases(desk)
            entry = cases.note(cause, "olga", "words")
            month = desk.book.read(desk.book.state.find([_identity(desk, cause)]).popitem()[1])
            name = f"class/transaction/{month.envelope.recorded_at[:7]}"
            assert desk.book.keys.destroy(name) == 1
            detail = cases.case(cause, moment(1))
        assert detail is not None
        (item,) = detail.journal
        assert (item.entry, item.kind, item.erased, item.by) == (entry, "erased", True, [])


def _identity(desk: Desk, cause: str) -> bytes:
    return desk.book.loop.cases.journal(bytes.fromhex(cause))[0].event


# --- The property: any stream, any grouping, the book closed and opened in the middle -------------

BUYERS = st.sampled_from(["ann", "bob", "carol", "dave"])
SUBJECTS = st.sampled_from(["s1", "s2", "s3"])
HOURS = st.integers(0, 400)


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Return something that happens; what it names by number is looked up when it does."""
    kind = draw(
        st.sampled_from(["sale", "sale", "sale", "event", "cause", "confirm", "end", "work"])
    )
    match kind:
        case "sale":
            facts: dict[str, Any] = {
                "stage": draw(st.sampled_from(["proposed", "proposed", "settled", "withdrawn"])),
                "subject": draw(SUBJECTS),
                "buyer": draw(BUYERS),
                "price": price(100, draw(st.sampled_from(["CNY", "USD", "GBP", "EUR"]))),
            }
        case "event" | "cause":
            facts = {
                "by": draw(st.sampled_from(["olga", "oskar"])),
                "action": draw(st.sampled_from(["release", "release", "refuse", "override"])),
                "number": draw(st.integers(0, 5)),
            }
        case "confirm" | "end":
            facts = {
                "by": draw(st.sampled_from(["olga", "oskar"])),
                "number": draw(st.integers(0, 5)),
            }
        case _:
            facts = {
                "number": draw(st.integers(0, 5)),
                "action": draw(
                    st.sampled_from(["assign", "note", "attach", "link", "link", "unlink"])
                ),
            }
    return kind, facts | {"hours": draw(HOURS), "more": draw(st.booleans())}


def perform(desk: Desk, stream: list[tuple[str, dict[str, Any]]], start: int) -> None:
    """Let things happen, those with `more` in one group with the next."""
    group: list[Any] = []
    for number, (kind, facts) in enumerate(stream, start):
        time = at(facts["hours"])
        if kind == "work":
            desk.submit(group)
            group = []
            work(desk, facts)
            continue
        made = event_of(desk, kind, f"e{number}", time, facts)
        if made is not None:
            group.append(received(made))
        if not facts["more"]:
            desk.submit(group)
            group = []
    desk.submit(group)


def event_of(
    desk: Desk, kind: str, id: str, time: str, facts: dict[str, Any]
) -> dict[str, Any] | None:
    """Return what happens as an event; None where it is about nothing."""
    rows = desk.book.loop.rows
    number = facts.get("number", 0)
    if kind == "sale":
        return sale(id, time, **{key: facts[key] for key in ("stage", "subject", "buyer", "price")})
    if kind == "event":
        names = sorted(row.name for row in rows.stopped())
        said = {"event": of(names[number % len(names)][1])} if names else None
    elif kind == "cause":
        found = sorted(known_causes(desk))
        said = {"cause": found[number % len(found)], "until": at(600)} if found else None
    else:
        waiting = sorted(one.answer.names[-1] for one in rows.unconfirmed())
        name = waiting[number % len(waiting)] if waiting else ("//officers", "none")
        said = {"confirms": {"source": name[0], "id": name[1]}}
        if kind == "end":
            ended = resolution(id, time, facts["by"], stage="withdrawn", **said)
            return ended | {"subject": name[1]}
    if said is None:
        return None
    return resolution(id, time, facts["by"], action=facts.get("action", "release"), **said)


def known_causes(desk: Desk) -> list[str]:
    """Return the causes that ever held something, in an order that does not depend on keys."""
    scanned = desk.book.state.rows.scan(b"cc")
    return [key[2:].hex() for key, _ in scanned]


def work(desk: Desk, facts: dict[str, Any]) -> None:
    """Work on a case that was open once."""
    cases = Cases(desk)
    found = [hex for hex in sorted(known_causes(desk)) if cases.case(hex, moment()) is not None]
    if not found:
        return
    cause = found[facts["number"] % len(found)]
    match facts["action"]:
        case "assign":
            cases.assign(cause, "olga", "oskar" if facts["more"] else None)
        case "note":
            cases.note(cause, "oskar", "a word")
        case "link" if len(found) > 1 and facts["more"]:
            other = found[(facts["number"] + 1) % len(found)]
            cases.link(cause, "olga", CaseLink(follows_from=other))
        case "link":
            cases.link(cause, "olga", CaseLink(work="w1"))
        case "unlink":
            for one in cases.links("case", cause)[:1]:
                cases.unlink(cause, "oskar", one.entry)
        case _:
            cases.attach(cause, "oskar", "a.txt", "text/plain", b"content")


def seen(desk: Desk) -> Any:
    """Return all that people see of all cases, late enough for some to be overdue."""
    cases, now = Cases(desk, now=moment(days=12)), moment(days=12)
    statuses = ("open", "waiting_confirmation", "answered", "closed")
    pages = [listed(cases, now, status=status, limit=2) for status in statuses]
    details = [cases.case(case.cause, now) for page in pages for case in page]
    return pages, details


def begin(desk: Desk) -> None:
    """State that Ann is verified and Dave not; of Bob and Carol nothing is known."""
    say(desk, known("ann", kyc={"status": "verified"}), known("dave", kyc={"status": "failed"}))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stream=st.lists(steps(), max_size=30), cut=st.integers(0, 30))
def test_cases_made_anew_equal_the_live_ones(
    stream: list[tuple[str, dict[str, Any]]], cut: int
) -> None:
    """Rows and pages are equal after following, after reopening, and made anew from the record."""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "b"
        with house(book) as desk:
            begin(desk)
            perform(desk, stream[:cut], 0)
        with house(book) as desk:
            perform(desk, stream[cut:], cut)
            live, shown = rows(desk), seen(desk)
            counted = {one.digest: one.events for one in desk.book.loop.rows.causes()}
            for cause in desk.book.loop.cases.open():
                row = desk.book.loop.cases.case(cause)
                assert row is not None
                assert row.waiting == counted.pop(cause)
            assert counted == {}
        (book / "state.db").unlink()
        with house(book) as desk:
            assert rows(desk) == live
            assert seen(desk) == shown


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stream=st.lists(steps(), min_size=5, max_size=25))
def test_a_queue_that_follows_equals_a_fresh_one(
    stream: list[tuple[str, dict[str, Any]]],
) -> None:
    """Pages of a queue kept through all changes are those of one that is put in order anew."""
    with tempfile.TemporaryDirectory() as folder, house(Path(folder) / "b") as desk:
        begin(desk)
        kept = Cases(desk, now=moment())
        for number, step in enumerate(stream):
            now = moment(step[1]["hours"])
            perform(desk, [step], number)
            assert listed(kept, now, limit=3) == listed(Cases(desk, now=now), now, limit=200)


def test_a_group_that_is_not_recorded_changes_no_case(tmp_path: Path, monkeypatch: Any) -> None:
    """Where the record cannot be written, cases stay as they were."""
    with house(tmp_path / "b") as desk:
        cause = held_by_carol(desk, "p1")
        cases, before = Cases(desk), rows(desk)

        def fail() -> None:
            raise StorageError("disk_full", "no room")

        monkeypatch.setattr(desk.book.record, "commit", fail)
        with pytest.raises(StorageError):
            desk.submit([received(sale("p2", subject="p2", buyer="carol"))])
        assert rows(desk) == before
        page = cases.page(CaseQuery(), moment(1))
    assert [(case.cause, case.events) for case in page.items] == [(cause, 1)]
