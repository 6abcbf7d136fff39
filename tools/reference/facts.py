"""The facts' reference page: events, entities, what rules see, money, limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args, get_type_hints

import msgspec

from reference.markdown import document, sentences, table
from reference.shapes import fields, in_words, structs_in, vocabularies
from vermilion.facts.dates import FIRST_YEAR, LAST_YEAR
from vermilion.facts.entities import ENTITY_KINDS, Id, Name
from vermilion.facts.events import (
    EVENT_TYPES,
    STATED_BY,
    Data,
    Envelope,
    Inline,
    Provenance,
    Stage,
    Statement,
    Text,
)
from vermilion.facts.money import CURRENCIES, MAX_JSON_INTEGER, MAX_MINOR_UNITS, Money
from vermilion.facts.namespace import (
    ALIASES,
    OPTIONAL_ROLES,
    EventFacts,
    data_type,
    namespace,
    roles,
)

FIELD_HEAD = ("field", "type", "may be unknown")


def page() -> str:
    """Return the page."""
    return document(
        "# Facts",
        "Every field that an event may carry, and every name that a rule may read.\n"
        "How to write events is told in [events.md](../events.md); the same shapes for programs are the [JSON Schemas](schemas/event.schema.json).\n"
        "Unknown is absent or null; `[]` and `false` are known.\n"
        "A field that is not listed here is refused.\n"
        "Brackets give the fewest and most characters of a text, or the least and greatest number.",
        *_envelope(),
        "## Event types",
        *(part for name in EVENT_TYPES for part in _event_type(name)),
        "## Entities",
        *(part for struct in ENTITY_KINDS.values() for part in _shape(struct)),
        "## Shapes",
        *(part for struct in _inner_shapes() for part in _shape(struct)),
        "## Vocabularies",
        *_vocabularies(),
        "## Currencies",
        *_currencies(),
        "## Limits",
        _limits(),
    )


def _envelope() -> Iterator[str]:
    yield "## Envelope"
    yield sentences(Envelope.__doc__)
    names = ", ".join(f"`{name}`" for name in EVENT_TYPES)
    rows = [
        ("`type`", f"one of {names}", "no, required"),
        *_rows(Envelope),
        ("`data`", "the fields of the event's type", "no, required"),
    ]
    yield table(FIELD_HEAD, rows)
    yield "Every `data` may carry `inline` and `provenance`; an event that states standing facts may carry `valid_from` and `valid_until` too."
    yield table(FIELD_HEAD, _rows(Statement))


def _event_type(name: str) -> Iterator[str]:
    struct, data = EVENT_TYPES[name], data_type(name)
    yield f"### `{name}` event"
    effect, content = sentences(struct.__doc__), sentences(data.__doc__)
    yield effect if content.lower() in effect.lower() else f"{effect}\n{content}"
    yield "\n".join(f"- {line}" for line in _properties(name))
    common = {*Data.__struct_fields__, *Statement.__struct_fields__, "parties"}
    own = [
        (f"`data.{one.name}`", one.type, one.unknown)
        for one in fields(data)
        if one.name not in common
    ]
    party = [
        (f"`data.parties.{one.name}`", one.type, one.unknown)
        for struct in structs_in(get_type_hints(data).get("parties"))
        for one in fields(struct)
    ]
    yield table(FIELD_HEAD, [*own, *party])
    yield f"A rule on `{name}` sees:"
    yield table(("name", "type", "from"), _seen(name))


def _properties(name: str) -> Iterator[str]:
    yield f"Schema: [{name}.schema.json](schemas/{name}.schema.json)"
    yield f"Stages: {', '.join(f'`{stage}`' for stage in get_args(Stage))}"
    if name in STATED_BY:
        yield f"States standing facts of: [{STATED_BY[name]}](#{STATED_BY[name]})"
    if found := roles(name):
        yield f"Roles: {', '.join(f'`{role}`' for role in found)}"
    for role in sorted(OPTIONAL_ROLES.get(name, ())):
        yield f"`{role}` counts among the `parties` only where the event names it"


def _seen(name: str) -> Iterator[tuple[str, str, str]]:
    origins = {"data": "the event's `data`", "known": "what is known of it"}
    for root, source in namespace(name).items():
        origin = "the event itself" if source.annotation is EventFacts else origins[source.origin]
        yield f"`{root}`", in_words(source.annotation), origin
    for alias, role in ALIASES.get(name, {}).items():
        yield f"`{alias}`", in_words(namespace(name)[role].annotation), f"another name of `{role}`"


def _shape(struct: type[msgspec.Struct]) -> Iterator[str]:
    yield f"### {struct.__name__}"
    yield sentences(struct.__doc__)
    yield table(FIELD_HEAD, _rows(struct))
    if struct is Money:
        yield "`currency` is one of the [currencies](#currencies)."
        yield "A rule reads `currency` as it is, and the amount through `amount(money, currency)`."


def _inner_shapes() -> list[type[msgspec.Struct]]:
    """Return the structs that events and entities are made of, by name."""
    top = {*ENTITY_KINDS.values(), *(data_type(name) for name in EVENT_TYPES)}
    roles_of = {
        struct for data in top for struct in structs_in(get_type_hints(data).get("parties"))
    }
    found: set[type[msgspec.Struct]] = set()
    waiting: list[type[msgspec.Struct]] = [*top, Inline, Provenance, EventFacts, Money]
    while waiting:
        struct = waiting.pop()
        if struct not in found:
            found.add(struct)
            waiting += (
                inner for hint in get_type_hints(struct).values() for inner in structs_in(hint)
            )
    return sorted(found - top - roles_of, key=lambda struct: struct.__name__)


def _vocabularies() -> Iterator[str]:
    for values, name in sorted(vocabularies().items(), key=lambda pair: pair[1]):
        yield f"### {name}"
        yield ", ".join(f"`{value}`" for value in values)


def _currencies() -> Iterator[str]:
    yield "An amount is a whole number of minor units: 1990 is 19.90 CNY, because CNY has two decimals."
    groups: dict[tuple[str, int], list[str]] = {}
    for currency in CURRENCIES.values():
        groups.setdefault((currency.kind, currency.decimals), []).append(currency.code)
    rows = [
        (kind, str(decimals), " ".join(sorted(codes)))
        for (kind, decimals), codes in sorted(groups.items())
    ]
    yield table(("kind", "decimals", "codes"), rows)


def _limits() -> str:
    from vermilion.desk.closures import MAX_CONTROL_DEPTH, MAX_LICENCE_LINKS
    from vermilion.intake import MAX_DEPTH, MAX_LINE_BYTES

    rows = [
        ("amount of money, absolute", f"{MAX_MINOR_UNITS} minor units"),
        ("amount written as a JSON number", f"{MAX_JSON_INTEGER}; a string of digits above"),
        ("id", in_words(Id)),
        ("name", in_words(Name)),
        ("long text", in_words(Text)),
        ("moment", f"years {FIRST_YEAR} to {LAST_YEAR} in UTC"),
        ("line of a file", f"{MAX_LINE_BYTES} bytes"),
        ("nesting of a line", f"{MAX_DEPTH} levels"),
        ("steps of a control chain", f"{MAX_CONTROL_DEPTH}; unknown beyond"),
        ("links of a licence chain", f"{MAX_LICENCE_LINKS}; refused beyond"),
    ]
    return table(("what", "at most"), rows)


def _rows(struct: type[msgspec.Struct]) -> list[tuple[str, str, str]]:
    return [(f"`{field.name}`", field.type, field.unknown) for field in fields(struct)]
