"""Tell whether a judgement that comes out otherwise may do so because of what was erased before it.

What is erased cannot be known again, so that a difference which may rest on it proves nothing. It
is never taken for equal; only for one that nobody can tell about any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from vermilion.desk.backtest.differences import WINDOW, Differing
from vermilion.desk.book import Book
from vermilion.facts.events import STATED_BY, Event, event_type_of
from vermilion.facts.namespace import roles
from vermilion.record import Entry
from vermilion.rulebook import Engine
from vermilion.rulebook.windows import windows_read
from vermilion.store import StandingFacts


class _Event(msgspec.Struct, frozen=True):
    type: str


class _Said(msgspec.Struct, frozen=True):
    event: _Event


_SAID = msgspec.json.Decoder(_Said).decode


class Gone:
    """What was erased of a record so far, as far as later judgements may rest on it."""

    def __init__(self, book: Book) -> None:
        self._standing = StandingFacts((book.state, book.stated))
        self._whole: set[str] = set()
        """Types of events of which nothing is left; they counted, and may have stated anything."""
        self._persons = False
        """Whether statements about parties are gone."""

    def note(self, entry: Entry, event: Event | None) -> None:
        """Take note of an entry of which a part is erased, and what is left of its event."""
        kind = _SAID(bytes(entry.envelope.statement)).event.type
        if event is None and kind != "party":
            self._whole.add(kind)
        elif event is None or kind in STATED_BY or event.data.inline is not None:
            self._persons = True

    def explains(
        self, engine: Engine, event: Event, entry: int, found: Sequence[Differing]
    ) -> bool:
        """Tell whether every difference between two rulings on an event may rest on what is gone."""
        if not (self._whole or self._persons):
            return False
        windows = {one.fact.removeprefix(WINDOW) for one in found if one.fact.startswith(WINDOW)}
        rules = {one.rule for one in found if one.rule is not None}
        return all(self._counted(engine, name) for name in windows) and all(
            self._read(engine, event, entry, id, found) for id in rules
        )

    def _counted(self, engine: Engine, name: str) -> bool:
        """Tell whether a window may have counted what is gone, or counted it under other facts."""
        of = {one.name: one.window.of for one in engine.rulebook.windows}.get(name, [])
        return self._persons or bool(self._whole & {*of, *STATED_BY})

    def _read(
        self, engine: Engine, event: Event, entry: int, id: str, found: Sequence[Differing]
    ) -> bool:
        """Tell whether a rule may have read what is gone."""
        kind = event_type_of(event)
        conditions = [one.conditions for one in engine.rulebook.rules if one.rule.id == id]
        if not conditions or kind not in conditions[0]:
            return False
        windows = {f"{WINDOW}{name}" for name in windows_read(conditions[0][kind])}
        return (
            any(one.fact in windows for one in found)
            or any(one.rule == id and "missing" in {one.fact, one.again} for one in found)
            or bool(self._whole)
            or self._nobody(event, entry)
        )

    def _nobody(self, event: Event, entry: int) -> bool:
        """Tell whether nothing is known any more of a party of an event."""
        then = self._standing.then(entry)
        parties: Any = getattr(event.data, "parties", None)
        ids = [getattr(parties, role, None) for role in roles(event_type_of(event))]
        return self._persons and any(
            then.at("party", id, event.time) is None for id in ids if id is not None
        )
