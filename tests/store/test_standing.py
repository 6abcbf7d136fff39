"""Standing facts hold as a slow and obvious reading of all statements says."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.facts.entities import Entity, Party
from vermilion.store import (
    Place,
    StandingFacts,
    State,
    Statement,
    StatementRow,
    overlay,
    standing,
    stated_fields,
    timeline,
)
from vermilion.store.timeline import Timeline

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def at(hour: int) -> dt.datetime:
    """Return a moment some hours after the start."""
    return START + dt.timedelta(hours=hour)


def said(begins: int, ends: int | None = None, *, id: str = "p", **facts: object) -> Statement:
    """Return a statement about a party that holds between two hours."""
    until = None if ends is None else at(ends)
    return Statement(at(begins), 0, until, Party(id=id, **facts))  # type: ignore[arg-type]


def obviously(statements: Sequence[Statement], moment: dt.datetime) -> Entity | None:
    """Overlay all statements that hold at a moment in order of begin, then of arrival."""
    known: dict[str, object] = {}
    for statement in sorted(statements, key=lambda one: one.valid_from):
        ended = statement.valid_until is not None and moment >= statement.valid_until
        if statement.valid_from <= moment and not ended:
            fields = statement.entity.__struct_fields__
            stated = {field: getattr(statement.entity, field) for field in fields}
            known |= {field: value for field, value in stated.items() if value is not None}
    return Party(**known) if known else None  # type: ignore[arg-type]


STATEMENTS = st.lists(
    st.builds(
        said,
        st.integers(0, 8),
        st.none() | st.integers(-2, 12),
        id=st.sampled_from("pq"),
        kind=st.none() | st.sampled_from(["person", "organisation"]),
        name=st.none() | st.sampled_from(string.ascii_lowercase),
        memberships=st.none() | st.sampled_from([[], ["NIFA"]]),
        lists_hit=st.none() | st.just([]),
    ),
    max_size=8,
)
MOMENTS = [at(hour) for hour in range(-3, 14)]


class TestTimeline:
    """What holds of one entity from moment to moment."""

    @given(STATEMENTS)
    def test_equals_the_obvious_reading(self, statements: list[Statement]) -> None:
        """Ties, ends, arrival out of order and corrections give what reading everything gives."""
        statements = [one._replace(entity=_renamed(one.entity)) for one in statements]
        timeline = Timeline(statements)
        for moment in MOMENTS:
            assert timeline.at(moment) == obviously(statements, moment)

    @given(STATEMENTS)
    def test_is_right_after_every_statement(self, statements: list[Statement]) -> None:
        """What was known before a statement arrived does not depend on it."""
        timeline = Timeline()
        for number, statement in enumerate(statements, start=1):
            timeline.add(statement._replace(entity=_renamed(statement.entity)))
            taken = [s._replace(entity=_renamed(s.entity)) for s in statements[:number]]
            assert timeline.at(at(6)) == obviously(taken, at(6))

    def test_starts_stay_in_order_where_validity_ends_before_it_begins(self) -> None:
        """A statement that never holds changes nothing, and nothing around it."""
        timeline = Timeline([said(10, name="a"), said(20, 5, name="b")])
        assert timeline.starts == sorted(timeline.starts)
        assert [timeline.at(at(hour)).name for hour in (10, 15, 25)] == ["a", "a", "a"]  # type: ignore[union-attr]

    def test_the_end_is_the_first_moment_at_which_it_no_longer_holds(self) -> None:
        """Validity is half-open."""
        timeline = Timeline([said(1, 3, name="a")])
        held = [timeline.at(at(hour)) is not None for hour in (0, 1, 2, 3)]
        assert held == [False, True, True, False]

    def test_a_later_arrival_wins_a_tie(self) -> None:
        """Of two statements from the same moment the one read later decides."""
        timeline = Timeline([said(1, name="a"), said(1, name="b")])
        assert timeline.at(at(1)) == Party(id="p", name="b")

    def test_an_end_uncovers_what_stood_below(self) -> None:
        """When a correction ends, the earlier statement decides again."""
        timeline = Timeline([said(0, name="a"), said(1, 3, name="b")])
        assert [timeline.at(at(hour)).name for hour in (0, 1, 2, 3)] == ["a", "b", "b", "a"]  # type: ignore[union-attr]


def _renamed(entity: Entity) -> Party:
    return Party(
        **{field: getattr(entity, field) for field in entity.__struct_fields__} | {"id": "p"}
    )


class TestOverlay:
    """Statements overlay each other field by field."""

    def test_fields_add_up(self) -> None:
        """Two sources may each state their part."""
        over = overlay(Party(id="p", name="a"), Party(id="p", lists_hit=[]))
        assert over == Party(id="p", name="a", lists_hit=[])

    def test_known_to_be_empty_replaces(self) -> None:
        """An empty list is known and replaces a full one; an absent one does not."""
        under = Party(id="p", lists_hit=["x"], memberships=["NIFA"])
        assert overlay(under, Party(id="p", lists_hit=[])) == Party(
            id="p", lists_hit=[], memberships=["NIFA"]
        )


class Shelf:
    """Keeps what was stated as the record would, by position."""

    def __init__(self, folder: Path) -> None:
        self.state = State(folder / "state.db", "origin")
        self.entities: list[Entity | None] = []
        self.facts = StandingFacts((self.state, self.read))

    def read(self, kind: str, id: str, place: Place) -> Entity | None:
        """Return what was stated at a place."""
        return self.entities[place.position]

    def state_fact(self, statement: Statement) -> None:
        """Take a statement over, in memory and in the state."""
        number = len(self.entities)
        self.entities.append(statement.entity)
        self.facts.state_fact("party", statement._replace(number=number))
        until = statement.valid_until
        row = StatementRow(
            "party",
            statement.entity.id,
            number,
            statement.valid_from.isoformat(),
            None if until is None else until.isoformat(),
            0,
            number,
            " ".join(stated_fields(statement.entity)),
        )
        if self.state.apply({}, [row], number + 1):
            self.facts.stored()


class TestStandingFacts:
    """Facts in memory and in the state are one."""

    @given(
        statements=STATEMENTS,
        cached=st.integers(1, 2),
        kept=st.integers(1, 3),
        flush_at=st.sampled_from([1, 3, 9]),
        moment=st.sampled_from(MOMENTS),
        before=st.integers(0, 8),
    )
    def test_eviction_and_writing_change_no_answer(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        statements: list[Statement],
        cached: int,
        kept: int,
        flush_at: int,
        moment: dt.datetime,
        before: int,
    ) -> None:
        """However little is kept, whenever the state is written, now and as of then: it is right."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(standing, "CACHED_STATEMENTS", cached)
            patch.setattr(timeline, "KEPT_STATEMENTS", kept)
            patch.setattr(timeline, "READ_STATEMENTS", kept)
            patch.setattr("vermilion.store.state.FLUSH_AT", flush_at)
            patch.setattr("vermilion.store.state.FILTER_BITS", 2**12)
            shelf = Shelf(tmp_path_factory.mktemp("shelf"))
            for number, statement in enumerate(statements, start=1):
                shelf.state_fact(statement)
                for id in "pqr":
                    about = [s for s in statements[:number] if s.entity.id == id]
                    assert shelf.facts.at("party", id, moment) == obviously(about, moment)
            earlier = shelf.facts.then(before)
            for id in "pqr":
                about = [s for s in statements[:before] if s.entity.id == id]
                assert earlier.at("party", id, moment) == obviously(about, moment)
            shelf.state.close()

    def test_what_is_evicted_before_it_is_written_is_still_known(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The state does not tell of it yet, and memory is full: it is known all the same."""
        monkeypatch.setattr(standing, "CACHED_STATEMENTS", 1)
        shelf = Shelf(tmp_path)
        shelf.state_fact(said(1, id="p", name="a"))
        shelf.state_fact(said(1, id="q", name="b"))
        assert [shelf.facts.at("party", id, at(2)).name for id in "pqp"] == ["a", "b", "a"]  # type: ignore[union-attr]
        shelf.state.close()

    def test_what_is_written_is_told_once(self, tmp_path: Path) -> None:
        """Where the state is written before memory hears of it, no statement counts twice."""
        shelf = Shelf(tmp_path)
        for name in "ab":
            shelf.state_fact(said(1, name=name))
            shelf.state.flush()
        shelf.state_fact(said(1, name="c"))
        names = [one.entity.name for one in shelf.facts.statements("party", "p")]  # type: ignore[attr-defined]
        assert names == ["a", "b", "c"]
        shelf.state.close()

    def test_what_changed_nothing_still_decides_over_what_holds_from_before(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A statement that repeats what held is no step, and one that arrives late stays below it."""
        monkeypatch.setattr(timeline, "KEPT_STATEMENTS", 1)
        monkeypatch.setattr(timeline, "READ_STATEMENTS", 1)
        shelf = Shelf(tmp_path)
        told = [said(hour, name=name) for hour, name in ((0, "a"), (1, "b"), (5, "b"), (3, "c"))]
        for one in told:
            shelf.state_fact(one)
        for hour in (0, 2, 4, 6):
            assert shelf.facts.at("party", "p", at(hour)) == obviously(told, at(hour))
        shelf.state.close()

    def test_of_much_that_was_stated_little_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However much was stated, no question reads more statements than an entity has fields."""
        monkeypatch.setattr(standing, "CACHED_STATEMENTS", 1)
        shelf = Shelf(tmp_path)
        told = [said(n, name=f"{n}", memberships=[] if n % 40 else ["NIFA"]) for n in range(400)]
        told += [said(n, n + 9, kind="person") for n in range(0, 400, 7)]
        for one in told:
            shelf.state_fact(one)
        shelf.state.flush()
        facts = StandingFacts((shelf.state, lambda *asked: read.append(1) or shelf.read(*asked)))  # type: ignore[func-returns-value]
        for hour in (500, 150, 3, 120):
            read: list[int] = []
            assert facts.at("party", "p", at(hour)) == obviously(told, at(hour))
            assert 0 < len(read) <= 2 * len(Party.__struct_fields__)
            read.clear()
            then = [one for number, one in enumerate(told) if number < 90]
            assert facts.then(90).at("party", "p", at(hour)) == obviously(then, at(hour))
            assert 0 < len(read) <= len(Party.__struct_fields__)
        shelf.state.close()

    def test_sources_are_overlaid_in_order(self, tmp_path: Path) -> None:
        """What a second source says counts as said later."""
        shelves = [Shelf(_made(tmp_path / name)) for name in "ab"]
        for shelf, name in zip(shelves, "ab", strict=True):
            shelf.state_fact(said(1, name=name))
            shelf.state.flush()
        both = StandingFacts(*[(shelf.state, shelf.read) for shelf in shelves])
        assert both.at("party", "p", at(2)) == Party(id="p", name="b")
        for shelf in shelves:
            shelf.state.close()

    def test_erased_statements_are_not_known(self, tmp_path: Path) -> None:
        """What the record cannot open any more is unknown."""
        shelf = Shelf(tmp_path)
        shelf.state_fact(said(1, name="a"))
        shelf.state.flush()
        shelf.entities[0] = None
        assert StandingFacts((shelf.state, shelf.read)).at("party", "p", at(2)) is None
        shelf.state.close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
