"""What the desk remembers: the windows of the active rulebooks, folded over settled events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vermilion.facts.events import Event
from vermilion.features import LATE, Definition, Key, Reader, TradingCalendar, Windows
from vermilion.rulebook import Engine, Fused

REMEMBERED_KEYS = 300_000
"""Keys of windows kept in memory; the rest is read from the state again when it is needed."""

SETTLED = "settled"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SECOND = dt.timedelta(seconds=1)


class Added(NamedTuple):
    """What an event adds to a window: which, under which key, and with which value."""

    window: int
    key: Key
    value: Any


class _Asked(NamedTuple):
    """A window that rules in force read: by number, name and root, and how its answer is read."""

    number: int
    name: str
    root: str
    including: bool
    moment: bool
    answer: Reader


class Memory:
    """The windows of some rulebooks; those that count alike are kept once.

    Args:
        engines: the active rulebooks.
        secret: key of the digests that stand for ids in stored rows.
        load: returns the stored row of an id, or None.
    """

    def __init__(
        self,
        engines: Sequence[Engine],
        *,
        secret: bytes = b"",
        load: Callable[[bytes], bytes | None] | None = None,
    ) -> None:
        definitions: dict[bytes, Definition] = {}
        for engine in engines:
            for one in engine.rulebook.windows:
                definition = Definition(one.window.function, one.digest, one.seconds)
                definitions.setdefault(one.digest, definition)
        self.definitions = tuple(definitions)
        each_event = {
            one.digest
            for engine in engines
            for one in engine.rulebook.windows
            if one.window.each == "event"
        }
        self._numbers = {digest: number for number, digest in enumerate(definitions)}
        self._for_good = frozenset(self._numbers[digest] for digest in each_event)
        self._windows = Windows(
            tuple(definitions.values()),
            secret=secret,
            load=load,
            calendar=TradingCalendar(),
            max_keys=REMEMBERED_KEYS,
        )

        self._adders = [self._windows.adder(number) for number in range(len(definitions))]

    def of(self, engine: Engine) -> Recall:
        """Return the windows as one rulebook's rules ask for them."""
        numbers = [self._numbers[one.digest] for one in engine.rulebook.windows]
        return Recall(engine, self._windows, numbers)

    def add(self, event: Event, added: Iterable[Added]) -> None:
        """Take over what a settled event adds."""
        moment, adders = _second(event.time), self._adders
        for window, key, value in added:
            add = adders[window]
            if isinstance(value, list):
                for one in value:
                    add(key, moment, one)
            else:
                add(key, moment, value)

    def keep(self, keys: int) -> None:
        """Keep the windows of so many keys in memory from here on; the others stay in the state."""
        self._windows.keep(keys)

    def nothing_stored(self) -> None:
        """Take note that no windows were stored before."""
        self._windows.nothing_stored()

    def revocable(self, added: Iterable[Added]) -> tuple[Added, ...]:
        """Return what of this a correction or withdrawal takes out again."""
        return tuple(one for one in added if one.window not in self._for_good)

    def remove(self, event: Event, added: Iterable[Added]) -> None:
        """Take out what a settled event added, because it was corrected or withdrawn."""
        moment = _second(event.time)
        for window, key, value in added:
            for one in value if isinstance(value, list) else (value,):
                self._windows.remove(window, key, moment, one)

    def changed(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Give the rows that changed since they were last stored; None deletes one."""
        return self._windows.changed()

    def stored(self, most: int | None = None) -> bool:
        """Note that what changed is stored; return whether no more calls are needed.

        Args:
            most: windows forgotten at a time; the others are with the next call.
        """
        return self._windows.stored(most)


class Recall:
    """One rulebook's view of the memory: what its rules read, and what events add for it."""

    def __init__(self, engine: Engine, windows: Windows, numbers: Sequence[int]) -> None:
        self._engine = engine
        self._windows = windows
        self._numbers = numbers
        self._by_name = {
            one.name: number for one, number in zip(engine.rulebook.windows, numbers, strict=True)
        }
        self._asked: dict[int, tuple[Fused, tuple[_Asked, ...]]] = {}

    def added(self, event: Event, event_type: str, roots: Mapping[str, Any]) -> list[Added]:
        """Return what an event adds to windows, once it is settled."""
        fold = self._engine.folds.get(event_type)
        if fold is None:
            return []
        numbers = self._numbers
        return [Added(numbers[index], key, value) for index, key, value in fold(event.data, roots)]

    def read(
        self, fused: Fused, event: Event, roots: dict[str, Any], added: Sequence[Added]
    ) -> dict[str, Any]:
        """Put the answers of the windows that rules read among the facts, and return them by name.

        An answer is None where it is unknown: the key is, or what it needs was let go.
        """
        keys = fused.ask(event.data, roots)
        moment = _second(event.time)
        found: dict[str, Any] = {}
        for asked, key in zip(self._asked_by(fused), keys, strict=True):
            answer: Any = None
            if key is not None:
                own = _own(asked, key, added) if asked.including else None
                answer = (
                    asked.answer(key, moment, own)
                    if not isinstance(own, list)
                    else (_with_each(asked.answer, key, moment, own))
                )
                if answer is LATE:
                    answer = None
            found[asked.name] = answer
            if asked.moment and answer is not None:
                answer = _EPOCH + answer * _SECOND
            roots[asked.root] = answer
        return found

    def is_late(self, fused: Fused, event: Event, roots: Mapping[str, Any], name: str) -> bool:
        """Tell whether a window is unknown because the past that it needs was let go."""
        keys = fused.ask(event.data, roots)
        return any(
            asked.name == name
            and key is not None
            and asked.answer(key, _second(event.time), None) is LATE
            for asked, key in zip(self._asked_by(fused), keys, strict=True)
        )

    def _asked_by(self, fused: Fused) -> tuple[_Asked, ...]:
        known = self._asked.get(id(fused))
        if known is None:
            asked = tuple(
                _Asked(
                    self._by_name[one.name],
                    one.name,
                    f"windows.{one.name}",
                    one.window.including,
                    one.type.kind == "time",
                    self._windows.reader(self._by_name[one.name]),
                )
                for one in fused.windows
            )
            known = self._asked[id(fused)] = fused, asked
        return known[1]


def _own(asked: _Asked, key: Key, added: Sequence[Added]) -> Any:
    """Return what the judged event itself adds to a window under the key it asks for, or None."""
    for one in added:
        if one.window == asked.number and one.key == key:
            return 1 if one.value is None else one.value
    return None


def _with_each(answer: Reader, key: Key, moment: int, own: Sequence[Any]) -> Any:
    """Return how many different values there are with some that the judged event adds."""
    before: Any = answer(key, moment, None)
    if before is LATE:
        return LATE
    new: list[Any] = [answer(key, moment, one) for one in set(own)]
    return before + sum(one - before for one in new)


def _second(moment: dt.datetime) -> int:
    """Return the epoch second that a moment lies in."""
    since = moment - _EPOCH
    return since.days * 86_400 + since.seconds
