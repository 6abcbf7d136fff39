"""Random facts of any event type, made when they are read, near to what conditions ask about."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from vermilion.facts.money import MAX_JSON_INTEGER as MAX_FACT
from vermilion.facts.money import MAX_MINOR_UNITS
from vermilion.facts.namespace import namespace
from vermilion.language.tree import Constant, Path, Values, walk
from vermilion.language.types import fields_of, roots_of

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    import msgspec

    from vermilion.language.tree import Node
    from vermilion.language.types import Field, Type

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
BIRTHS = [dt.date(year, 3, day) for year in (2008, 2010, 2018) for day in (1, 2)]
DAYS = [*BIRTHS, *(dt.date(2026, 3, 1) + dt.timedelta(days) for days in (-40, -1, 0, 1, 40))]


class RandomFacts:
    """Draws facts; each is unknown as often as `unknown` says.

    The words and numbers of the conditions come up often, so that these are decided both ways.
    """

    def __init__(self, source: random.Random, nodes: Iterable[Node], unknown: float) -> None:
        self.source = source
        self.unknown = unknown
        parts = [part for node in nodes for part in walk(node)]
        self.words = ["a", "b"]
        self.numbers = [0, 1, 2, 18]
        self.windows = {
            part.root: part.type
            for part in parts
            if isinstance(part, Path) and part.root.startswith("windows.")
        }
        for part in parts:
            match part:
                case Constant(value=bool()):
                    pass
                case Constant(value=int() as number):
                    self.numbers += [number, number - 1, number + 1]
                case Constant(value=str() as word):
                    self.words.append(word)
                case Values(values=words):
                    self.words += words[:20]
                case _:
                    pass

    def event(self, event_type: str) -> tuple[Any, dict[str, Any]]:
        """Return the data of an event and what is known to it."""
        roots = roots_of(event_type)
        drawn = {name: self.field(field) for name, field in roots.items()}
        sources = namespace(event_type)
        data = _Data(
            **{name: value for name, value in drawn.items() if sources[name].origin == "data"}
        )
        known = {name: value for name, value in drawn.items() if sources[name].origin == "known"}
        for window, kind in self.windows.items():
            value = self._large() if kind.kind == "int" else self.value(kind)
            known[window] = None if self.source.random() < self.unknown else value
        return data, known

    def _large(self) -> int:
        return self.source.choice([one for one in self.numbers if abs(one) <= MAX_MINOR_UNITS])

    def field(self, field: Field) -> Any:
        """Return a fact, or None for unknown."""
        if field.nullable and self.source.random() < self.unknown:
            return None
        return self.value(field.type)

    def value(self, kind: Type) -> Any:
        """Return a known value of a type."""
        choose = self.source.choice
        match kind.kind:
            case "bool":
                return self.source.random() < 0.5
            case "int":
                return choose([one for one in self.numbers if abs(one) <= MAX_FACT])
            case "date":
                return choose(DAYS)
            case "time":
                return NOON + dt.timedelta(microseconds=choose([-1, 0, 1]))
            case "str":
                fitting = [word for word in self.words if not kind.values or word in kind.values]
                every = sorted(kind.values) if kind.values else self.words
                return choose(fitting or every) if self.source.random() < 0.7 else choose(every)
            case "money":
                amount = self._large()
                written = amount if abs(amount) <= MAX_FACT else str(amount)
                return _Data(amount=written, currency=choose(["CNY", "CNY", "ETH"]))
            case "list":
                return [self.value(kind.element) for _ in range(choose([0, 1, 1, 2, 3]))]
            case _:
                return _Thing(kind.struct, self)


class _Data:
    def __init__(self, **facts: Any) -> None:
        self.__dict__.update(facts)


class _Thing:
    """Something whose facts are drawn when they are read for the first time."""

    def __init__(self, struct: type[msgspec.Struct], facts: RandomFacts) -> None:
        self._struct = struct
        self._facts = facts

    def __getattr__(self, name: str) -> Any:
        found = self._facts.field(fields_of(self._struct)[name])
        self.__dict__[name] = found
        return found
