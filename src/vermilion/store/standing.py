"""Standing facts: what holds of an entity at a moment, from every statement made about it so far."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable
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
        self._cache: OrderedDict[tuple[str, str], list[Statement]] = OrderedDict()
        self._fresh: dict[tuple[str, str], list[Statement]] = {}

    def state_fact(self, kind: str, statement: Statement) -> None:
        """Take a new statement over; it holds for every event judged after it."""
        key = (kind, statement.entity.id)
        known = self._statements(key)
        known.append(statement)
        known.sort(key=_order)
        self._fresh.setdefault(key, []).append(statement)

    def stored(self) -> None:
        """Note that every new statement is in the state now, so that the cache may forget it."""
        self._fresh.clear()

    def at(self, kind: str, id: str, moment: dt.datetime) -> Entity | None:
        """Return what holds of an entity at a moment, or None if nothing is known."""
        known = self._statements((kind, id))
        if not known:
            return None
        holding = [
            statement.entity
            for statement in known
            if statement.valid_from <= moment
            and (statement.valid_until is None or moment < statement.valid_until)
        ]
        if not holding:
            return None
        found = holding[0]
        for later in holding[1:]:
            found = overlay(found, later)
        return found

    def _statements(self, key: tuple[str, str]) -> list[Statement]:
        known = self._cache.get(key)
        if known is not None:
            self._cache.move_to_end(key)
            return known
        known = self._load(key) + self._fresh.get(key, [])
        known.sort(key=_order)
        self._cache[key] = known
        if len(self._cache) > CACHED_ENTITIES:
            self._cache.popitem(last=False)
        return known

    def _load(self, key: tuple[str, str]) -> list[Statement]:
        found = []
        for state, read in self._sources:
            for row in state.statements(*key):
                entity = read(row.kind, row.id, Place(row.segment, row.position))
                if entity is not None:
                    found.append(_statement(row, entity))
        return found


def overlay(under: E, over: E) -> E:
    """Return an entity with every field that `over` knows, and those of `under` for the rest."""
    stated = {
        field: value
        for field in over.__struct_fields__
        if (value := getattr(over, field)) is not None
    }
    return msgspec.structs.replace(under, **stated)


def _statement(row: StatementRow, entity: Entity) -> Statement:
    until = row.valid_until
    return Statement(
        dt.datetime.fromisoformat(row.valid_from),
        row.number,
        None if until is None else dt.datetime.fromisoformat(until),
        entity,
    )


def _order(statement: Statement) -> dt.datetime:
    """Sort by valid from; the sort is stable and statements come in order of sequence."""
    return statement.valid_from
