"""Windows of a rulebook, read and typed: what each counts, and on which events it can be asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from vermilion.errors import RulebookError
from vermilion.facts.events import EVENT_TYPES
from vermilion.facts.namespace import ALIASES, roles
from vermilion.language import (
    Condition,
    Fold,
    Place,
    Scope,
    Type,
    parse,
    parse_value,
    roots_of,
    tree,
)
from vermilion.language.types import INT, TIME
from vermilion.rulebook.model import NamedList, Window
from vermilion.rulebook.yaml_source import Key

_CANONICAL = msgspec.json.Encoder(order="sorted")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_IDS_OF_THINGS = frozenset({"id", "collection", "series", "whole", "work"})
_OF_VALUES = frozenset({"sum", "distinct", "min", "max", "first", "last"})
_OF_NUMBERS = frozenset({"sum", "min", "max"})


@dataclass(frozen=True)
class LoadedWindow:
    """A window with its texts read, typed and checked.

    `digest` identifies what it counts, whatever it is called: windows of equal digest share their
    past. `folds` has, by type of past event, what it adds; `asks` the key by type of judged event.
    """

    name: str
    window: Window
    digest: bytes
    type: Type
    folds: Mapping[str, Fold]
    asks: Mapping[str, tuple[tree.Node, ...]]
    unaskable: Mapping[str, str]

    @property
    def seconds(self) -> int | None:
        """Width of the window in seconds; None for all time."""
        within = self.window.within
        return None if within is None else int(within[:-1]) * _SECONDS[within[-1]]


def load_window(
    name: str,
    window: Window,
    lists: Mapping[str, NamedList],
    zone: str,
    place: Callable[[Key], Place],
) -> LoadedWindow:
    """Read and check a window.

    Args:
        name: what rules call it.
        window: the window as its author wrote it.
        lists: the rulebook's lists.
        zone: the rulebook's time zone, in which days are counted.
        place: returns where a part of the window stands, for errors.

    Raises:
        RulebookError: a text is refused, or the function does not go with what it is given.
    """
    reader = _Reader(window, lists, zone, place)
    reader.check_function()
    folds = {kind: reader.fold(kind, index) for index, kind in enumerate(window.of)}
    asks, unaskable = reader.asks()
    return LoadedWindow(
        name, window, reader.digest(folds), reader.type_of(folds), folds, asks, unaskable
    )


class _Reader:
    def __init__(
        self,
        window: Window,
        lists: Mapping[str, NamedList],
        zone: str,
        place: Callable[[Key], Place],
    ) -> None:
        self.zone = zone
        self.window = window
        self.lists = lists
        self.values = {name: tuple(entry.values) for name, entry in lists.items()}
        self.exceptions = {name: tuple(entry.exceptions) for name, entry in lists.items()}
        self.place = place

    def scope(self, event_type: str) -> Scope:
        return Scope(
            roots_of(event_type),
            ALIASES.get(event_type, {}),
            self.values,
            exceptions=self.exceptions,
        )

    def check_function(self) -> None:
        window = self.window
        needs = window.function in _OF_VALUES
        if needs is (window.value is None):
            raise self.error(
                ("value",) if window.value is not None else (),
                f"`{window.function}` {'needs a `value`' if needs else 'takes no `value`'}",
            )
        asked = window.asked_by
        if asked is not None and len(asked) != len(window.key):
            raise self.error(("asked_by",), "`asked_by` and `key` differ in length")

    def fold(self, event_type: str, index: int) -> Fold:
        if event_type not in EVENT_TYPES:
            raise self.error(("of", index), f"there is no event type `{event_type}`")
        window, scope = self.window, self.scope(event_type)
        value = None
        key = tuple(
            self.key_part(text, scope, ("key", number)) for number, text in enumerate(window.key)
        )
        if window.value is not None:
            several = window.function == "distinct"
            value = parse_value(window.value, scope, self.place(("value",)), several=several)
            if value.type.kind == "list":
                return Fold(key, value, self.condition(scope))
            kinds = {"int"} if window.function in _OF_NUMBERS else {"int", "str"}
            if value.type.kind not in kinds:
                raise self.error(("value",), f"`{window.function}` takes no {value.type}")
            if window.function in {"first", "last"}:
                self.check_impersonal(value, event_type)
        return Fold(key, value, self.condition(scope))

    def check_impersonal(self, value: tree.Node, event_type: str) -> None:
        """Refuse to keep in clear what may be a person's: `first` and `last` tell it again."""
        for part in tree.walk(value):
            if not isinstance(part, tree.Path) or part.type.kind != "str" or part.type.values:
                continue
            last = part.steps[-1] if part.steps else part.root
            thing = part.root in {"token", "work", "platform"} and last in _IDS_OF_THINGS
            person = part.root in {"party", *roles(event_type)}
            if person or not (thing or last.endswith("sha256")):
                raise self.error(
                    ("value",),
                    f"`{self.window.function}` keeps its value, and `{part}` may be a person's",
                )

    def condition(self, scope: Scope) -> tree.Node | None:
        where = self.window.where
        return None if where is None else parse(where, scope, self.place(("where",)))

    def key_part(self, text: str, scope: Scope, key: Key) -> tree.Node:
        node = parse_value(text, scope, self.place(key))
        if node.type.kind not in {"str", "int", "date"}:
            raise self.error(key, f"a key is a text, a whole number or a date, not a {node.type}")
        return node

    def asks(self) -> tuple[dict[str, tuple[tree.Node, ...]], dict[str, str]]:
        """Return the key as each event type asks for it, and why the others cannot."""
        found, unaskable = {}, {}
        field = "key" if self.window.asked_by is None else "asked_by"
        texts = self.window.asked_by or self.window.key
        for event_type in EVENT_TYPES:
            scope = self.scope(event_type)
            named = {text.partition(".")[0] for text in texts}
            strange = sorted(named - set(scope.roots) - set(scope.aliases))
            if strange:
                article = "an" if event_type[0] in "aeiou" else "a"
                unaskable[event_type] = f"{article} {event_type} has no `{strange[0]}`"
                continue
            try:
                found[event_type] = tuple(
                    self.key_part(text, scope, (field, number)) for number, text in enumerate(texts)
                )
            except RulebookError as error:
                unaskable[event_type] = error.message
        if not found:
            raise self.error((field,), f"no event type has these facts: {min(unaskable.values())}")
        return found, unaskable

    def type_of(self, folds: Mapping[str, Fold]) -> Type:
        match self.window.function:
            case "first" | "last":
                kinds = [fold.value.type for fold in folds.values() if fold.value is not None]
                return Type(kinds[0].kind)
            case "first_seen":
                return TIME
            case _:
                return INT

    def digest(self, folds: Mapping[str, Fold]) -> bytes:
        read = {
            part.name
            for fold in folds.values()
            for node in (*fold.key, fold.value, fold.where)
            if node is not None
            for part in tree.walk(node)
            if isinstance(part, tree.Values) and part.name is not None
        }
        said = {
            "window": {**msgspec.to_builtins(self.window), "title": None},
            "zone": self.zone,
            "lists": {name: self.lists[name] for name in sorted(read)},
        }
        return hashlib.blake2b(_CANONICAL.encode(said), digest_size=16).digest()

    def error(self, key: Key, message: str) -> RulebookError:
        return RulebookError("rule_refused", message, where=str(self.place(key)))


def nodes_of(condition: Condition) -> tuple[tree.Node, ...]:
    """Return the trees that a condition consists of."""
    return tuple(node for node in (condition.applies, condition.violates) if node is not None)


def windows_read(condition: Condition) -> frozenset[str]:
    """Return the names of the windows that a condition reads."""
    return frozenset(
        part.root.partition(".")[2]
        for node in nodes_of(condition)
        for part in tree.walk(node)
        if isinstance(part, tree.Path) and part.root.startswith("windows.")
    )
