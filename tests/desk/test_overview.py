"""The numbers of a book at one glance are those of its record and of what waits in it."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path

import pytest

from vermilion.desk.desk import Desk
from vermilion.desk.history import DayCount, History
from vermilion.desk.overview import Overview, health, missing_facts, overview
from vermilion.record.guard import Guarded

from .loop.samples import HOUSE, at, causes, house, known, ordinary, price, resolution, sale, say

NOW = dt.datetime(2026, 3, 12, tzinfo=dt.UTC)


def seen(desk: Desk, now: dt.datetime = NOW) -> Overview:
    """Return how a book stands."""
    with closing(History(desk.book)) as history:
        return overview(desk.book, history, now=now)


def wants(found: Overview) -> dict[str, tuple[int, int]]:
    """Return what each missing fact would free alone, and together with others."""
    return {f"{one.fact} {one.entity}": (one.alone, one.together) for one in found.missing}


class TestWaiting:
    """What is held and why."""

    def test_an_empty_book_waits_for_nothing(self, tmp_path: Path) -> None:
        """Where nothing was proposed nothing is held, missing or permitted."""
        with house(tmp_path / "b") as desk:
            found = seen(desk)
        assert (found.held, found.causes, found.freeable, found.oldest) == (0, 0, 0, None)
        assert (found.days, found.missing, found.unconfirmed, found.permits) == ([], [], 0, 0)

    def test_missing_facts_count_what_they_free(self, tmp_path: Path) -> None:
        """A fact frees alone what waits for nothing else; what waits for a person it does not free."""
        with house(tmp_path / "b") as desk:
            say(
                desk,
                known("ann", kyc={"status": "verified"}),
                *(sale(f"k{n}", subject=f"k{n}", buyer="carl") for n in range(3)),
                sale("d", subject="d", buyer="carl", price=price(currency="USD")),
                sale("e", subject="e", buyer="dora"),
                sale("u", subject="u", buyer="ann", price=price(currency="USD")),
                sale("x", subject="x", buyer="carl", price=price(currency="EUR")),
                sale("p", subject="p", buyer="ann"),
            )
            found = seen(desk)
            waiting = causes(desk)
        assert wants(found) == {"party.kyc.status carl": (3, 4), "party.kyc.status dora": (1, 1)}
        assert [one.entity for one in found.missing] == ["carl", "dora"]
        assert found.missing[0].causes == [waiting["party.kyc.status carl"]]
        assert (found.held, found.freeable, found.causes) == (6, 4, len(waiting))
        assert found.permits == 1

    def test_what_was_answered_is_missed_no_more(self, tmp_path: Path) -> None:
        """A resolution for a cause takes its fact off the list, though something else still holds."""
        with house(tmp_path / "b") as desk:
            say(
                desk,
                sale("1", buyer="carl", price=price(currency="USD")),
                sale("2", subject="2", price=None, buyer="dora"),
            )
            before = seen(desk)
            cause = causes(desk)["party.kyc.status carl"]
            say(desk, resolution("r", at(1), "olga", cause=cause, until=at(days=3)))
            assert wants(seen(desk)) == wants(before)  # nobody confirmed it yet
            name = {"source": "//officers", "id": "r"}
            say(desk, resolution("s", at(2), "omar", confirms=name))
            after = seen(desk)
        assert "party.kyc.status carl" in wants(before)
        assert wants(before)["party.kyc.status dora"][0] == 0  # the price is lacking too
        assert "party.kyc.status carl" not in wants(after)
        assert (after.held, after.causes) == (before.held, before.causes)

    def test_the_oldest_is_by_its_time(self, tmp_path: Path) -> None:
        """The proposal dated first is the oldest, whichever came in first; denied ones do not wait."""
        with house(tmp_path / "b") as desk:
            say(
                desk,
                sale("late", at(2), subject="1", buyer="carl"),
                sale("early", at(1), subject="2", buyer="carl"),
                sale("denied", at(0), subject="3", buyer="carl", price=price(currency="EUR")),
            )
            oldest = seen(desk).oldest
        assert oldest is not None
        assert (oldest.id, oldest.source, oldest.at) == (
            "early",
            "//test",
            "2026-03-10T05:00:00+00:00",
        )

    def test_unconfirmed_resolutions_are_counted(self, tmp_path: Path) -> None:
        """What waits for a second person is counted until somebody confirms it."""
        officers = [{"id": "olga"}, {"id": "omar"}]
        profile = {"officers": officers, "two_people": ["release"]}
        with house(tmp_path / "b", HOUSE, **profile) as desk:
            ordinary(desk)
            say(desk, sale("1", price=price(currency="USD")))
            first = resolution("r", at(1), "olga", event={"source": "//test", "id": "1"})
            say(desk, first)
            waiting = seen(desk).unconfirmed
            name = {"source": "//officers", "id": "r"}
            say(desk, resolution("s", at(2), "omar", confirms=name))
            assert (waiting, seen(desk).unconfirmed) == (1, 0)


class TestDays:
    """Verdicts by day."""

    def test_the_last_thirty_days_are_told(self, tmp_path: Path) -> None:
        """Events of thirty days, today's among them, count by their UTC day, rulebook and verdict."""
        with house(tmp_path / "b") as desk:
            say(
                desk,
                sale("old", "2026-02-10T23:59:59Z", subject="1", price=price(currency="EUR")),
                sale("first", "2026-02-11T00:00:00Z", subject="2", price=price(currency="EUR")),
                sale(
                    "today", "2026-03-12T07:00:00+08:00", subject="3", price=price(currency="EUR")
                ),
            )
            found = seen(desk, NOW)
        assert found.days == [
            DayCount("2026-02-11", "xx", "deny", 1),
            DayCount("2026-03-11", "xx", "deny", 1),
        ]


class TestHealth:
    """The record, its guard and the rulebooks in force."""

    def test_the_record_is_measured(self, tmp_path: Path) -> None:
        """Entries, bytes, last checkpoint and the guard's word are those of the record."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            record, found = desk.book.record, health(desk.book)
            files = (tmp_path / "b" / "record").iterdir()
            assert found.bytes == sum(path.stat().st_size for path in files)
            assert (found.entries, found.size) == (record.size, record.size)
            assert found.root == record.root.hex()
            assert found.recorded_at == record.checkpoint.recorded_at
            assert found.guard_agrees

    @pytest.mark.parametrize("root", [bytes(32), None])
    def test_a_guard_that_says_otherwise_is_told(self, tmp_path: Path, root: bytes | None) -> None:
        """A guard of another root, or torn, does not agree."""
        with house(tmp_path / "b") as desk:
            if root is None:
                (tmp_path / "b" / "keys" / "guard").write_bytes(bytes(72))
            else:
                with closing(desk.book.keys.open_guard()) as guard:
                    guard.write(Guarded(desk.book.record.size, root))
                    guard.write(Guarded(desk.book.record.size, root))
            assert not health(desk.book).guard_agrees

    def test_rulebooks_in_force_say_since_when(self, tmp_path: Path) -> None:
        """Each rulebook in force has its digest and the entry that put it there."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            (found,) = seen(desk).rulebooks
            (engine,) = desk.engines
        assert (found.id, found.digest, found.since) == ("xx", engine.digest, 0)
        assert found.title.en == "xx"


def test_all_missing_facts_are_told_apart_from_the_first(tmp_path: Path) -> None:
    """The list of all missing facts is what the overview's begins with."""
    with house(tmp_path / "b") as desk:
        say(desk, *(sale(f"{n}", subject=f"{n}", buyer=f"b{n}") for n in range(60)))
        every, shown = missing_facts(desk.book), seen(desk).missing
    assert len(every) == 60
    assert shown == every[:50]
