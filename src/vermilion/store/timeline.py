"""What holds of one entity from moment to moment, put together from statements about it."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from vermilion.facts.entities import Entity

KEPT_STATEMENTS = 64
"""Statements of one entity that are all kept; of one with more its last changes are. Policy."""

READ_STATEMENTS = 4
"""Statements of one entity that are all read at once; of more only those that tell what holds last.
Policy."""

E = TypeVar("E", bound=Entity)
Period = tuple[dt.datetime | None, dt.datetime | None, Entity | None]
"""What holds from a moment and up to another; None is without end."""


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
        self._kept: Period | None = None
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
            self._kept = holding([ready(one) for one in self._statements], moment)
        return self._kept[2]

    @property
    def statements(self) -> Sequence[Statement]:
        """Everything stated, in order of when it holds from."""
        return self._statements

    def __len__(self) -> int:
        return len(self._statements)


class Recent:
    """What holds of an entity of which much was stated, from the last moment on of which it tells.

    Further statements add steps, the last of which are kept. What held before is read again when it
    is asked for, and `kept` is the last such answer.
    """

    __slots__ = ("_last", "kept", "starts", "steps")

    def __init__(self, since: dt.datetime, holds: Entity | None) -> None:
        self._last = since
        self.kept: Period | None = None
        self.starts = [since]
        self.steps = [holds]

    def add(self, statement: Statement) -> bool:
        """Take a statement over; tell whether it comes last and has no end, as it must."""
        if statement.valid_until is not None or statement.valid_from < self._last:
            return False
        self._last = statement.valid_from
        step = overlay(self.steps[-1], statement.entity)
        if step != self.steps[-1]:
            self.starts.append(statement.valid_from)
            self.steps.append(step)
            del self.starts[:-KEPT_STATEMENTS], self.steps[:-KEPT_STATEMENTS]
        return True

    def at(self, moment: dt.datetime) -> Period | None:
        """Return what holds about a moment, or None if it has to be read."""
        if self.starts[0] <= moment:
            return moment, moment, self.steps[bisect_right(self.starts, moment) - 1]
        kept = self.kept
        return kept if kept is not None and _within(moment, *kept[:2]) else None

    def __len__(self) -> int:
        return len(self.steps)


class Readable(NamedTuple):
    """A statement that may not be read yet: when it holds, and the fields that it states at most."""

    valid_from: dt.datetime
    number: int
    valid_until: dt.datetime | None
    fields: frozenset[str]
    read: Callable[[], Entity | None]


def ready(statement: Statement) -> Readable:
    """Return a statement that was read already."""
    begins, number, ends, entity = statement
    return Readable(begins, number, ends, stated_fields(entity), lambda: entity)


def holding(statements: Iterable[Readable], moment: dt.datetime) -> Period:
    """Return between which changes a moment lies, and what holds there; few statements are read."""
    alive: list[Readable] = []
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    for statement in statements:
        begins, ends = statement.valid_from, statement.valid_until
        for change in (begins, ends):
            if change is not None and change <= moment:
                since = change if since is None else max(since, change)
            elif change is not None:
                until = change if until is None else min(until, change)
        if begins <= moment and (ends is None or moment < ends):
            alive.append(statement)
    return since, until, _overlaid(sorted(alive, key=_begins))


def _overlaid(statements: Sequence[Readable]) -> Entity | None:
    """Overlay statements; those are not read all of whose fields are stated by later ones."""
    found: Entity | None = None
    decided: frozenset[str] = frozenset()
    for statement in reversed(statements):
        if statement.fields <= decided:
            continue
        entity = statement.read()
        if entity is not None:
            found = entity if found is None else overlay(entity, found)
            decided |= stated_fields(entity)
    return found


def stated_fields(entity: Entity) -> frozenset[str]:
    """Return the fields of which an entity says something."""
    return frozenset(
        field for field in entity.__struct_fields__ if getattr(entity, field) is not None
    )


def _within(moment: dt.datetime, since: dt.datetime | None, until: dt.datetime | None) -> bool:
    return (since is None or since <= moment) and (until is None or moment < until)


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


def takes(timeline: Timeline | Recent, statement: Statement) -> bool:
    """Let a statement be taken over; tell whether what holds is still known, and not too long."""
    if isinstance(timeline, Recent):
        return timeline.add(statement)
    timeline.add(statement)
    return len(timeline) <= KEPT_STATEMENTS


def _begins(statement: Statement | Readable) -> dt.datetime:
    return statement.valid_from


def timeline_of(statements: Sequence[Readable]) -> Timeline | Recent:
    """Read statements, in order of arrival; of many only what holds once all of them took effect."""
    if len(statements) <= READ_STATEMENTS:
        return Timeline(read_all(statements))
    changes = (change for one in statements for change in (one.valid_from, one.valid_until))
    last = max(change for change in changes if change is not None)
    return Recent(last, holding(statements, last)[2])


def read_all(statements: Iterable[Readable]) -> Iterator[Statement]:
    """Yield statements, without those that were erased."""
    for begins, number, ends, _, read in statements:
        entity = read()
        if entity is not None:
            yield Statement(begins, number, ends, entity)
