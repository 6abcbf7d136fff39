"""Events of every type, built from the types themselves."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from vermilion.facts.events import EVENT_TYPES, CaseLink, Resolution
from vermilion.facts.money import CURRENCY_CODES, MAX_MINOR_UNITS, Money

OFFSETS = st.integers(-12 * 60, 14 * 60).map(
    lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))
)
_FIRST = dt.datetime(1970, 1, 2)  # noqa: DTZ001  (the strategy adds the zone)
_LAST = dt.datetime(2100, 1, 1)  # noqa: DTZ001
MOMENTS = st.datetimes(_FIRST, _LAST, timezones=OFFSETS | st.just(dt.UTC))
AMOUNTS = st.integers(-MAX_MINOR_UNITS, MAX_MINOR_UNITS) | st.integers(-(2**54), 2**54)
ALTERNATIVES: dict[type[msgspec.Struct], tuple[str, ...]] = {
    Resolution: ("event", "cause", "confirms"),
    CaseLink: tuple(field.name for field in msgspec.structs.fields(CaseLink)),
}
"""Fields of which a struct states exactly one."""
MONEY = st.builds(Money, amount=AMOUNTS, currency=st.sampled_from(sorted(CURRENCY_CODES)))


def events() -> st.SearchStrategy[Any]:
    """Return events of any type."""
    return st.sampled_from(sorted(EVENT_TYPES)).flatmap(lambda name: values(EVENT_TYPES[name]))


@cache
def values(hint: Any) -> st.SearchStrategy[Any]:
    """Return what a type admits."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _limited(arguments[0], hint.__metadata__)
    if origin in {Union, types.UnionType}:
        # Null is what a left-out field is; leaving it out is tried elsewhere.
        return st.one_of(*(values(one) for one in arguments if one is not types.NoneType))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is list:
        return st.lists(values(arguments[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=2)
    if hint is Money:
        return MONEY
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return structs(hint)
    return _plain()[hint]


@st.composite
def structs(draw: st.DrawFn, kind: type[msgspec.Struct]) -> Any:
    """Return structs of a kind: half of the optional fields stated, the rest left out."""
    hints = get_type_hints(kind, include_extras=True)
    alternatives = ALTERNATIVES.get(kind, ())
    chosen = draw(st.sampled_from(alternatives)) if alternatives else None
    stated = {
        field.name: draw(values(hints[field.name]))
        for field in msgspec.structs.fields(kind)
        if field.required
        or field.name == chosen
        or (field.name not in alternatives and draw(st.booleans()))
    }
    return kind(**stated)


def structs_in(hint: Any) -> Iterator[type[msgspec.Struct]]:
    """Yield the structs that a type is made of, at any depth."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
        for inner in get_type_hints(hint).values():
            yield from structs_in(inner)
    for argument in get_args(hint):
        yield from structs_in(argument)


def _plain() -> dict[Any, st.SearchStrategy[Any]]:
    return {
        str: st.text(max_size=8),
        int: st.integers(-(2**53), 2**53),
        bool: st.booleans(),
        dt.date: st.dates(),
    }


def _limited(kind: Any, metas: tuple[msgspec.Meta, ...]) -> st.SearchStrategy[Any]:
    if get_origin(kind) in {list, dict}:
        return values(kind)
    (meta,) = metas
    if kind is dt.datetime:
        return MOMENTS
    if kind is int:
        return st.integers(cast("int", meta.ge), cast("int", meta.le))
    if meta.pattern is not None:
        return st.from_regex(meta.pattern, fullmatch=True)
    return st.text(min_size=meta.min_length or 0, max_size=8)
