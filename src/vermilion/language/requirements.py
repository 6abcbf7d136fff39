"""What a fact must be like: requirements on one value, and an example that meets several at once."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import msgspec

from vermilion.facts.entities import MAX_MANY
from vermilion.language.terms import terms_of
from vermilion.language.tree import Matches
from vermilion.language.types import MONEY, Type, fields_of

RequirementKind = Literal[
    "known",
    "unknown",
    "stays",
    "one of",
    "none of",
    "at least",
    "at most",
    "contains one of",
    "contains none of",
    "contains only",
    "no shorter than",
    "no longer than",
    "no term of",
    "a term of",
]

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
_TOO_LARGE = 10**38
_SOME_DAY = dt.date(2000, 1, 1)
_SOME_TIME = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class TermList:
    """A named list of terms, with the phrases that cancel a term."""

    name: str
    terms: tuple[str, ...]
    exceptions: tuple[str, ...]

    @classmethod
    def of(cls, node: Matches) -> TermList:
        """Return the list that a condition looks for."""
        return cls(node.terms.name or "", node.terms.values, node.exceptions)

    def found(self, text: str) -> tuple[str, ...]:
        """Return the terms found in a text."""
        return terms_of(self.terms, self.exceptions).found(text)


class Requirement(msgspec.Struct, frozen=True, gc=False):
    """One thing that a value must satisfy.

    The operand of `one of`, `none of` and of those that begin with `contains` is a tuple, that of
    `no term of` and `a term of` a `TermList`; `known` and `unknown` have none. `stays` holds a fact
    at its value while another one is fitted to it.
    """

    kind: RequirementKind
    operand: Any = None

    def holds(self, value: Any) -> bool:
        """Tell whether a value satisfies it; an unknown value satisfies `unknown` only."""
        if value is None:
            return self.kind == "unknown"
        return _TESTS[self.kind](value, self.operand)


def _stays(value: Any, operand: Any) -> bool:
    return bool((tuple(value) if isinstance(value, list) else value) == operand)


_TESTS: Mapping[RequirementKind, Callable[[Any, Any], bool]] = {
    "known": lambda _value, _: True,
    "unknown": lambda _value, _: False,
    "stays": _stays,
    "one of": lambda value, operand: value in operand,
    "none of": lambda value, operand: value not in operand,
    "at least": operator.ge,
    "at most": operator.le,
    "contains one of": lambda value, operand: any(one in value for one in operand),
    "contains none of": lambda value, operand: not any(one in value for one in operand),
    "contains only": lambda value, operand: all(one in operand for one in value),
    "no shorter than": lambda value, operand: len(value) >= operand,
    "no longer than": lambda value, operand: len(value) <= operand,
    "no term of": lambda value, operand: not operand.found(value),
    "a term of": lambda value, operand: bool(operand.found(value)),
}

Requirements = tuple[Requirement, ...]

KNOWN = (Requirement("known"),)


def meets(value: Any, tests: Sequence[Requirement]) -> bool:
    """Tell whether a value satisfies every requirement."""
    for test in tests:  # noqa: SIM110  (three times as fast, and asked of every fact)
        if not test.holds(value):
            return False
    return True


def example(kind: Type, value: Any, wanted: Sequence[Requirement]) -> Any:
    """Return a value of a type that satisfies all requirements, near to the present one.

    None where there is none among those tried: the operands, their neighbours, the words of a
    closed vocabulary. No number below 0 is tried: counts and prices have none.
    """
    values = _lists(kind, value, wanted) if kind.kind == "list" else _scalars(kind, wanted)
    if kind.kind == "int":
        values = (one for one in values if 0 <= one < _TOO_LARGE)
    return next((one for one in values if meets(one, wanted)), None)


def _scalars(kind: Type, wanted: Sequence[Requirement]) -> Iterator[Any]:
    for test in wanted:
        if test.kind in {"one of", "stays", "at least", "at most"}:
            yield from test.operand if test.kind == "one of" else (test.operand,)
    match kind.kind:
        case "bool":
            yield from (True, False)
        case "str":
            yield from sorted(kind.values or ())
            yield from _free_texts(wanted)
        case "struct" | "money":
            if kind.struct is not None or kind.kind == "money":
                yield blank(kind)
        case _:
            yield from _numbers(kind, wanted)


def _free_texts(wanted: Sequence[Requirement]) -> Iterator[str]:
    for test in wanted:
        if test.kind == "a term of":
            yield from test.operand.terms
    yield from ("", "other", "another")


def _numbers(kind: Type, wanted: Sequence[Requirement]) -> Iterator[Any]:
    """Give the neighbours of the operands, and something to begin with."""
    start, step = {"date": (_SOME_DAY, DAY), "time": (_SOME_TIME, SECOND)}.get(kind.kind, (0, 1))
    for test in wanted:
        if test.kind in {"at least", "at most", "none of"}:
            for edge in test.operand if test.kind == "none of" else (test.operand,):
                for steps in range(1, 3 + len(wanted)):
                    yield edge + step * steps
                    yield edge - step * steps
    yield start


def _lists(kind: Type, value: Any, wanted: Sequence[Requirement]) -> Iterator[Any]:
    """Give the present list with the least taken out and put in."""
    bad = {one for test in wanted if test.kind == "contains none of" for one in test.operand}
    only = [set(test.operand) for test in wanted if test.kind == "contains only"]
    found = [one for one in value or () if not _unfit(one, bad, only)]
    needed = []
    for test in wanted:
        if test.kind == "stays":
            yield list(test.operand)
        if test.kind == "contains one of" and not test.holds(found):
            new = next((one for one in test.operand if not _unfit(one, bad, only)), None)
            needed += [] if new is None else [new]
            found += [] if new is None else [new]
    longest = min((one.operand for one in wanted if one.kind == "no longer than"), default=None)
    if longest is not None and len(found) > longest:
        asked = [one for test in wanted if test.kind == "contains one of" for one in test.operand]
        found.sort(key=lambda one: 0 if one in needed else 1 if one in asked else 2)
        found = found[:longest]
    shortest = max((one.operand for one in wanted if one.kind == "no shorter than"), default=0)
    if shortest > MAX_MANY:
        return
    while len(found) < shortest:
        found.append(_one_more(kind.element, bad, only))
    yield found


def _unfit(one: Any, bad: set[Any], only: Sequence[set[Any]]) -> bool:
    if not bad and not only:
        return False
    return one in bad or any(one not in words for words in only)


def _one_more(element: Type | None, bad: set[Any], only: Sequence[set[Any]]) -> Any:
    if element is None or element.kind != "struct":
        words = [*sorted((element and element.values) or ()), *(w for s in only for w in sorted(s))]
        words += ["other", "another"]
        return next((word for word in words if not _unfit(word, bad, only)), words[0])
    return blank(element)


def blank(kind: Type) -> Any:
    """Return a thing of which only what must not be unknown is filled in."""
    if kind.kind == "money" or kind.struct is MONEY.struct:
        return MONEY.struct(0, "CNY")  # type: ignore[misc]
    if kind.struct is None:
        raise TypeError(str(kind))
    needed = _required(kind.struct)
    return kind.struct(**{name: [] if many else "other" for name, many in needed.items()})


@cache
def _required(struct: type[msgspec.Struct]) -> Mapping[str, bool]:
    """Return the fields that must be given, and whether each is a list; once for each type."""
    types = fields_of(struct)
    fields = msgspec.structs.fields(struct)
    return {one.name: types[one.name].type.kind == "list" for one in fields if one.required}


def summed_up(wanted: Sequence[Requirement], kind: Type) -> Requirements:
    """Return the same in the fewest words: what must be one of some values needs no more said."""
    operands: dict[RequirementKind, list[Any]] = {}
    for test in dict.fromkeys(wanted):
        operands.setdefault(test.kind, []).append(test.operand)
    if kind.kind != "list":
        allowed = [*operands.get("one of", ()), *((one,) for one in operands.get("stays", ()))]
        if kind.kind == "bool":
            allowed.append((True, False))
        if allowed:
            return (Requirement("one of", tuple(v for v in allowed[0] if meets(v, wanted))),)
    found = [
        Requirement(name, one)
        for name, sum_up in _SUMS.items()
        if name in operands
        for one in sum_up(operands[name])
    ]
    return tuple(found) or KNOWN


def _joined(operands: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(dict.fromkeys(one for operand in operands for one in operand))]


_SUMS: Mapping[RequirementKind, Callable[[list[Any]], list[Any]]] = {
    "none of": _joined,
    "at least": lambda edges: [max(edges)],
    "at most": lambda edges: [min(edges)],
    "contains one of": list,
    "no term of": list,
    "a term of": list,
    "contains only": list,
    "contains none of": _joined,
    "no shorter than": lambda edges: [max(edges)],
    "no longer than": lambda edges: [min(edges)],
}
"""How several requirements of a kind are told, in the order in which they are."""
