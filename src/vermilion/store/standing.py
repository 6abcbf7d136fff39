"""Standing facts: what holds of an entity at a moment, from every statement made about it so far."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from math import inf

from vermilion.facts.entities import Entity
from vermilion.store.state import Place, State, StatementRow
from vermilion.store.timeline import (
    Readable,
    Recent,
    Statement,
    Timeline,
    holding,
    read_all,
    ready,
    takes,
    timeline_of,
)

CACHED_STATEMENTS = 65_536
"""Statements kept in memory, of all entities, some 1.3 KB each, where nobody says; the rest is read
from the record again when it is needed. Policy."""

Reader = Callable[[str, str, Place], Entity | None]


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
        self._cache: OrderedDict[tuple[str, str], Timeline | Recent] = OrderedDict()
        self.most = CACHED_STATEMENTS
        """Statements kept in memory."""
        self._held = 0
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
        self._fresh.setdefault(key, []).append(statement)
        timeline = self._cache.get(key)
        if timeline is not None:
            before = len(timeline)
            if takes(timeline, statement):
                self._keep(key, timeline, len(timeline) - before)
            else:
                del self._cache[key]
                self._held -= before
        known = self._ids.get(kind)
        if known is not None:
            self.news += 1
            if statement.entity.id not in known:
                known.append(statement.entity.id)

    def forget(self) -> None:
        """Know nothing any more that was erased: what was stated of parties is read again."""
        for key in [one for one in self._cache if one[0] == "party"]:
            self._held -= len(self._cache.pop(key))
        state, read = self._sources[-1]
        again: dict[tuple[str, str], list[Statement]] = {}
        for row in state.unwritten("party"):
            again.setdefault((row.kind, row.id), []).extend(read_all([_readable(row, read)]))
        others = {key: said for key, said in self._fresh.items() if key[0] != "party"}
        self._fresh = others | again

    def stored(self, before: float = inf) -> None:
        """Note that what was stated before an entry is in the state, so that the cache may forget it."""
        later = (
            (key, [one for one in said if one.number >= before])
            for key, said in self._fresh.items()
        )
        self._fresh = {key: said for key, said in later if said}

    def at(self, kind: str, id: str, moment: dt.datetime) -> Entity | None:
        """Return what holds of an entity at a moment, or None if nothing is known."""
        key = (kind, id)
        known = self._cache.get(key)
        if known is None:
            known = self._timeline(key)
            if not known:
                return None
        # Most moments come after the last change; a call saved here is saved six times an event.
        if known.starts and known.starts[-1] <= moment:
            return known.steps[-1]
        if isinstance(known, Timeline):
            return known.at(moment)
        found = known.at(moment)
        if found is None:
            found = known.kept = holding(self._load(key), moment)
        return found[2]

    def at_before(self, kind: str, id: str, moment: dt.datetime, number: int) -> Entity | None:
        """Return what holds of an entity at a moment by what was stated before an entry."""
        known = self._timeline((kind, id))
        if isinstance(known, Timeline):
            return Timeline(one for one in known.statements if one.number < number).at(moment)
        return holding((one for one in self._load((kind, id)) if one.number < number), moment)[2]

    def statements(self, kind: str, id: str) -> Sequence[Statement]:
        """Return everything stated about an entity, in order of when it holds from."""
        return Timeline(read_all(self._load((kind, id)))).statements

    def _timeline(self, key: tuple[str, str]) -> Timeline | Recent:
        known = self._cache.get(key)
        if known is None:
            known = timeline_of(list(self._load(key)))
            if known:
                self._keep(key, known, len(known))
        return known

    def _keep(self, key: tuple[str, str], timeline: Timeline | Recent, more: int) -> None:
        """Keep what grew by some statements; of others those kept first go."""
        self._cache[key] = timeline
        self._held += more
        while self._held > self.most and len(self._cache) > 1:
            self._held -= len(self._cache.popitem(last=False)[1])

    def _load(self, key: tuple[str, str]) -> Iterator[Readable]:
        """Yield everything stated about an entity, in order of arrival."""
        last = -1
        for state, read in self._sources:
            last, limit = -1, self._before if state is self._sources[-1][0] else None
            for row in state.statements(*key):
                if limit is None or row.number < limit:
                    last = row.number
                    yield _readable(row, read)
        # The state may have written more than it was said to.
        yield from (ready(one) for one in self._fresh.get(key, ()) if one.number > last)


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
        return self._standing.at_before(kind, id, moment, self._number)


def _readable(row: StatementRow, read: Reader) -> Readable:
    until = row.valid_until
    return Readable(
        dt.datetime.fromisoformat(row.valid_from),
        row.number,
        None if until is None else dt.datetime.fromisoformat(until),
        _fields(row.fields),
        partial(read, row.kind, row.id, Place(row.segment, row.position)),
    )


@lru_cache(maxsize=1_024)
def _fields(said: str) -> frozenset[str]:
    return frozenset(said.split())
