"""Standing facts: what holds of an entity at a moment, from every statement made about it so far."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from vermilion.facts.entities import Entity
from vermilion.store.state import Place, State, StatementRow

CACHED_ENTITIES = 50_000
"""Entities kept in memory; the rest is read from the record again when it is needed."""

E = TypeVar("E", bound=Entity)
Reader = Callable[[str, str, Place], Entity | None]


class Statement(NamedTuple):
    """One statement about an entity, and when it holds: from, and up to but not including, until."""

    valid_from: dt.datetime
    number: int
    valid_until: dt.datetime | None
    entity: Entity


class Timeline:
    """What holds of one entity from moment to moment.

    While statements come in order and without an end, `steps[i]` holds from `starts[i]` on, and a
    new one adds a step. Otherwise there are no steps, and what holds at a moment is put together
    when it is asked for.
    """

    __slots__ = ("_kept", "_statements", "starts", "steps")

    def __init__(self, statements: Iterable[Statement] = ()) -> None:
        self._statements: list[Statement] = []
        self._kept: tuple[dt.datetime | None, dt.datetime | None, Entity | None] | None = None
        self.starts: list[dt.datetime] = []
        self.steps: list[Entity] = []
        for statement in statements:
            self.add(statement)

    def add(self, statement: Statement) -> None:
        """Take a statement over."""
        begins = statement.valid_from
        stepping = len(self.steps) == len(self._statements)
        in_order = not self.starts or begins >= self.starts[-1]
        insort(self._statements, statement, key=_begins)
        self._kept = None
        if stepping and in_order and statement.valid_until is None:
            before = self.steps[-1] if self.steps else None
            self.starts.append(begins)
            self.steps.append(overlay(before, statement.entity))
        else:
            self.starts, self.steps = [], []

    def at(self, moment: dt.datetime) -> Entity | None:
        """Return what holds at a moment, or None."""
        if self.steps:
            position = bisect_right(self.starts, moment)
            return self.steps[position - 1] if position else None
        if self._kept is None or not _within(moment, *self._kept[:2]):
            self._kept = self._holding(moment)
        return self._kept[2]

    @property
    def statements(self) -> Sequence[Statement]:
        """Everything stated, in order of when it holds from."""
        return self._statements

    @property
    def empty(self) -> bool:
        """Whether nothing was stated."""
        return not self._statements

    def _holding(
        self, moment: dt.datetime
    ) -> tuple[dt.datetime | None, dt.datetime | None, Entity | None]:
        """Return between which changes a moment lies, and what holds there."""
        found: Entity | None = None
        since: dt.datetime | None = None
        until: dt.datetime | None = None
        for statement in self._statements:
            begins, ends = statement.valid_from, statement.valid_until
            for change in (begins, ends):
                if change is not None and change <= moment:
                    since = change if since is None else max(since, change)
                elif change is not None:
                    until = change if until is None else min(until, change)
            if begins <= moment and (ends is None or moment < ends):
                found = overlay(found, statement.entity)
        return since, until, found


def _within(moment: dt.datetime, since: dt.datetime | None, until: dt.datetime | None) -> bool:
    return (since is None or since <= moment) and (until is None or moment < until)


class StandingFacts:
    """What is known of parties, platforms, works and tokens.

    Statements overlay each other field by field in order of (valid from, sequence): the later one
    decides where both state a field.

    Args:
        sources: states that hold where the statements lie, earlier ones first; each with what
            returns the entity of a kind and id that an entry stated, or None if it is erased.
    """

    def __init__(self, *sources: tuple[State, Reader]) -> None:
        self._sources = sources
        self._before: int | None = None
        self._cache: dict[tuple[str, str], Timeline] = {}
        self._fresh: dict[tuple[str, str], list[Statement]] = {}
        self._ids: dict[str, list[str]] = {}
        self.news = 0
        """How often something was stated of a kind whose ids were asked for."""

    @property
    def lists(self) -> Sequence[object]:
        """What keeps the content of the lists that the sources name."""
        return [state.lists for state, _ in self._sources if state.lists is not None]

    def ids(self, kind: str) -> list[str]:
        """Return the ids of everything of a kind of few things that was ever stated.

        What is stated from here on is added to the same list.
        """
        found = self._ids.get(kind)
        if found is None:
            stated = (id for state, _ in self._sources for id in state.ids(kind))
            found = self._ids[kind] = list(dict.fromkeys(stated))
        return found

    def before(self, number: int) -> StandingFacts:
        """Return what was known before an entry of the last source's record; it may learn on."""
        found = StandingFacts(*self._sources)
        found._before = number
        return found

    def then(self, number: int) -> Earlier:
        """Return a view of what was known before an entry of the last source's record."""
        return Earlier(self, number)

    def state_fact(self, kind: str, statement: Statement) -> None:
        """Take a new statement over; it holds for every event judged after it."""
        key = (kind, statement.entity.id)
        timeline = self._timeline(key)
        if timeline.empty:
            self._keep(key, timeline)
        timeline.add(statement)
        self._fresh.setdefault(key, []).append(statement)
        known = self._ids.get(kind)
        if known is not None:
            self.news += 1
            if statement.entity.id not in known:
                known.append(statement.entity.id)

    def stored(self) -> None:
        """Note that every new statement is in the state now, so that the cache may forget it."""
        self._fresh.clear()

    def at(self, kind: str, id: str, moment: dt.datetime) -> Entity | None:
        """Return what holds of an entity at a moment, or None if nothing is known."""
        key = (kind, id)
        known = self._cache.get(key)
        if known is None:
            known = self._timeline(key)
            if known.empty:
                return None
        # Most moments come after the last change; a call saved here is saved six times an event.
        if known.starts and known.starts[-1] <= moment:
            return known.steps[-1]
        return known.at(moment)

    def statements(self, kind: str, id: str) -> Sequence[Statement]:
        """Return everything stated about an entity."""
        return self._timeline((kind, id)).statements

    def _timeline(self, key: tuple[str, str]) -> Timeline:
        known = self._cache.get(key)
        if known is None:
            known = Timeline([*self._load(key), *self._fresh.get(key, ())])
            if known.empty:
                return known
            self._keep(key, known)
        return known

    def _keep(self, key: tuple[str, str], timeline: Timeline) -> None:
        if len(self._cache) >= CACHED_ENTITIES:
            del self._cache[next(iter(self._cache))]
        self._cache[key] = timeline

    def _load(self, key: tuple[str, str]) -> Iterator[Statement]:
        for state, read in self._sources:
            limit = self._before if state is self._sources[-1][0] else None
            for row in state.statements(*key):
                if limit is not None and row.number >= limit:
                    continue
                entity = read(row.kind, row.id, Place(row.segment, row.position))
                if entity is not None:
                    yield _statement(row, entity)


class Earlier:
    """What was known before an entry: the same statements, without those of it and later ones."""

    def __init__(self, standing: StandingFacts, number: int) -> None:
        self._standing = standing
        self._number = number

    @property
    def lists(self) -> Sequence[object]:
        """What keeps the content of the lists that the sources name."""
        return self._standing.lists

    @property
    def news(self) -> int:
        """How often something was stated of a kind whose ids were asked for."""
        return self._standing.news

    def ids(self, kind: str) -> list[str]:
        """Return the ids of everything of a kind of few things that was ever stated."""
        return self._standing.ids(kind)

    def statements(self, kind: str, id: str) -> Sequence[Statement]:
        """Return everything stated about an entity, also later."""
        return self._standing.statements(kind, id)

    def at(self, kind: str, id: str, moment: dt.datetime) -> Entity | None:
        """Return what held of an entity at a moment, as far as it was known then."""
        statements = self._standing.statements(kind, id)
        return Timeline(one for one in statements if one.number < self._number).at(moment)


def overlay(under: E | None, over: E) -> E:
    """Return an entity with every field that `over` knows, and those of `under` for the rest."""
    if under is None:
        return over
    stated = {
        field: value
        for field in over.__struct_fields__
        if (value := getattr(over, field)) is not None
    }
    return msgspec.structs.replace(under, **stated)


def _begins(statement: Statement) -> dt.datetime:
    return statement.valid_from


def _statement(row: StatementRow, entity: Entity) -> Statement:
    until = row.valid_until
    return Statement(
        dt.datetime.fromisoformat(row.valid_from),
        row.number,
        None if until is None else dt.datetime.fromisoformat(until),
        entity,
    )
