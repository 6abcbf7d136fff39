"""Loads a mapping: YAML is read into checked nodes, and anything wrong is refused with its place.

What can be known without a table is checked here: keys, event types, fields, constants, templates.
Columns are checked against the heading when a table is read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import inspect

from vermilion.errors import UsageError
from vermilion.facts.events import EVENT_TYPES
from vermilion.facts.money import CURRENCIES
from vermilion.identity import read_secret
from vermilion.intake.document import Document, Place
from vermilion.intake.id_numbers import SCHEMES, IdNumber, has_birth
from vermilion.intake.items import did_you_mean, shown
from vermilion.intake.mapping import (
    FORMATS,
    Array,
    Column,
    Condition,
    Const,
    Delimiter,
    Emit,
    Encoding,
    Mapping,
    Node,
    Object,
    Template,
)
from vermilion.intake.number_columns import numbers_shown
from vermilion.intake.schema import Slot, event_slot, in_words, known

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEMPLATE = re.compile(r"\{\{|\}\}|\{(?P<column>[^{}]+)\}|(?P<stray>[{}])")
_LEAVES = ("column", "const", "template")
_OPTIONS = ("zone", "decimals_of", "split", "values", "id_number")
_FORM = {"encoding": get_args(Encoding), "delimiter": get_args(Delimiter)}
_TESTS = ("present", "in", "not_in")
_QUOTE = "write it as text in quotes"


def load_mapping(path: Path) -> Mapping:
    """Load a mapping from a YAML file.

    Raises:
        RulebookError: the file cannot be read or anything in it is wrong; `where` names file, line
            and place.
    """
    return _Grammar(Document(path), str(path)).mapping()


class _Grammar:
    """Reads one document; every method returns a checked node or raises."""

    def __init__(self, document: Document, file: str) -> None:
        self._wrong = document.wrong
        self._root = document.value
        self._file = file
        self._nulls: dict[str, frozenset[str]] = {}
        self._key_file: object = None

    def mapping(self) -> Mapping:
        root = self._keyed(
            self._root, (), ("source", "format", "emit"), ("nulls", "identity_key", *_FORM)
        )
        self._key_file = root.get("identity_key")
        source, format = root["source"], root["format"]
        if not isinstance(source, str) or not 0 < len(source) <= 512:
            raise self._wrong(
                ("source",),
                f"{shown(source)} cannot name a source",
                "give a text such as `//market.example/sales`",
            )
        if format not in FORMATS:
            listed = ", ".join(f"`{one}`" for one in FORMATS[:-1])
            raise self._wrong(
                ("format",),
                f"{shown(format)} is not a format",
                f"give {listed} or `{FORMATS[-1]}`",
            )
        for column, texts in self._object(root.get("nulls", {}), ("nulls",)).items():
            self._nulls[column] = frozenset(self._texts(texts, ("nulls", column)))
        entries = self._list(root["emit"], ("emit",))
        emits = tuple(self._emit(entry, ("emit", n)) for n, entry in enumerate(entries))
        for where, message, remedy in numbers_shown(emits):
            raise self._wrong(where, message, remedy)
        form = {key: self._form(key, root[key], format) for key in _FORM if key in root}
        return Mapping(self._file, source, format, self._nulls, emits, **form)

    def _form(self, key: str, word: object, format: str) -> Any:
        if format != "csv":
            raise self._wrong((key,), "only tables have it", f"leave `{key}` out")
        if word not in _FORM[key]:
            listed = ", ".join(f"`{one!r}`" for one in _FORM[key]).replace("'", '"')
            raise self._wrong((key,), f"{shown(word)} is not read", f"give one of {listed}")
        return word

    def _emit(self, raw: object, place: Place) -> Emit:
        entry = self._keyed(
            raw, place, ("type", "stage", "time", "data"), ("when", "id", "subject")
        )
        name = entry.pop("type")
        if not isinstance(name, str) or name not in EVENT_TYPES:
            raise self._wrong(
                (*place, "type"),
                f"{shown(name)} is not a type of event",
                _suggest(str(name), EVENT_TYPES),
            )
        conditions = entry.pop("when", [])
        listed = conditions if isinstance(conditions, list) else [conditions]
        when = tuple(self._condition(one, (*place, "when")) for one in listed)
        if isinstance(entry["stage"], str):
            entry["stage"] = {"const": entry["stage"]}
        slot = event_slot(name)
        fields = {
            key: self._value(raw, slot.field(key), (*place, key)) for key, raw in entry.items()
        }
        return Emit(name, when, Object(fields))

    def _condition(self, raw: object, place: Place) -> Condition:
        entry = self._keyed(raw, place, ("column",), _TESTS)
        column = self._text(entry.pop("column"), (*place, "column"))
        if len(entry) != 1:
            raise self._wrong(
                place, "a condition states one test", "give one of `present`, `in`, `not_in`"
            )
        ((test, operand),) = entry.items()
        if test == "present":
            if not isinstance(operand, bool):
                raise self._wrong(
                    (*place, test), f"{shown(operand)} is not an answer", "give `true` or `false`"
                )
            return Condition(column=column, present=operand)
        texts = frozenset(self._texts(operand, (*place, test)))
        if never := texts & self._nulls.get(column, frozenset()):
            raise self._wrong(
                (*place, test),
                f"{shown(min(never))} means unknown in this column, and unknown is in no list",
                "test `present: false`, or take the text out of `nulls`",
            )
        if test == "in":
            return Condition(column=column, among=texts)
        return Condition(column=column, not_among=texts)

    def _value(self, raw: object, slot: Slot, place: Place) -> Node:
        if isinstance(raw, list):
            return self._array(raw, slot, place)
        if not isinstance(raw, dict):
            raise self._wrong(
                place,
                f"{shown(raw)} is not a value",
                "write `{const: ...}`, `{column: ...}` or `{template: ...}`",
            )
        kinds = [kind for kind in _LEAVES if kind in raw]
        if not kinds:
            return self._fields(raw, slot, place)
        entry = self._keyed(raw, place, (kinds[0],), _OPTIONS if kinds == ["column"] else ())
        match kinds[0]:
            case "column":
                return self._column(entry, slot, place)
            case "const":
                return self._const(entry["const"], slot, place)
            case _:
                self._refuse_parts(slot, place)
                return self._template(self._text(entry["template"], place), place)

    def _fields(self, raw: dict[object, object], slot: Slot, place: Place) -> Node:
        entry = self._object(raw, place)
        if isinstance(slot.schema, inspect.DictType):
            return Object({k: self._value(v, slot.item(), (*place, k)) for k, v in entry.items()})
        options = slot.fields()
        if not options:
            raise self._wrong(
                place,
                "the field is not an object",
                f"give {in_words(slot.schema)} as `{{column: ...}}`, `{{const: ...}}` or "
                "`{template: ...}`",
            )
        mandatory = frozenset(name for name, field in options.items() if field.required)
        self._keyed(raw, place, tuple(sorted(mandatory)), tuple(options))
        fields = {k: self._value(v, slot.field(k), (*place, k)) for k, v in entry.items()}
        if slot.is_money():
            self._check_currency(fields, place)
        return Object(fields, mandatory)

    def _array(self, raw: list[object], slot: Slot, place: Place) -> Node:
        if not isinstance(slot.schema, inspect.ListType):
            raise self._wrong(place, "the field is not a list", f"give {in_words(slot.schema)}")
        if not raw:
            raise self._wrong(
                place, "the list is empty", "write `{const: []}` where it is known to be empty"
            )
        return Array(
            tuple(self._value(v, slot.item(), (*place, n)) for n, v in enumerate(raw)),
        )

    def _column(self, entry: dict[str, Any], slot: Slot, place: Place) -> Column:
        holds = _holds(slot.schema)
        split = entry.get("split")
        if isinstance(slot.schema, inspect.ListType):
            holds = _holds(slot.item().schema) if slot.item().schema else None
            if not isinstance(split, str) or not split:
                raise self._wrong(
                    place,
                    "the field is a list",
                    'say what separates its items, such as `split: ";"`',
                )
        elif split is not None:
            raise self._wrong((*place, "split"), "the field is not a list", "leave `split` out")
        if holds is None:
            raise self._wrong(
                place, "one column cannot fill this field", f"give {in_words(slot.schema)}"
            )
        return Column(
            name=self._text(entry["column"], (*place, "column")),
            zone=self._zone(entry, holds, place),
            decimals=self._decimals(entry, holds, place),
            split=split,
            values=self._values(entry, slot, place),
            holds=holds,
            id_number=self._id_number(entry, slot, place),
        )

    def _id_number(self, entry: dict[str, Any], slot: Slot, place: Place) -> IdNumber | None:
        """Read a column of identity numbers: of a date it gives the birthday, of text who it is."""
        if "id_number" not in entry:
            return None
        place, scheme = (*place, "id_number"), entry["id_number"]
        if scheme not in SCHEMES:
            raise self._wrong(
                place, f"{shown(scheme)} is no kind of number", _suggest(str(scheme), SCHEMES)
            )
        match known(slot.schema):
            case inspect.DateType() if has_birth(scheme):
                return IdNumber(scheme)
            case inspect.StrType():
                return IdNumber(scheme, self._secret(place))
        raise self._wrong(
            place,
            "a number gives no value of this field",
            "give `identity`, or of a person's number `birth_date`",
        )

    def _secret(self, place: Place) -> bytes:
        if self._key_file is None:
            raise self._wrong(
                place,
                "there is no key that hides the numbers",
                "name its file under `identity_key`; `vermilion lists identity-key` writes it",
            )
        at = ("identity_key",)
        file = Path(self._file).parent / self._text(self._key_file, at)
        try:
            return read_secret(file)
        except UsageError as error:
            raise self._wrong(at, error.message, error.help or "") from error

    def _zone(self, entry: dict[str, Any], holds: str, place: Place) -> ZoneInfo | None:
        if "zone" not in entry:
            return None
        place = (*place, "zone")
        if holds != "time":
            raise self._wrong(place, "the field is not a time", "leave `zone` out")
        name = self._text(entry["zone"], place)
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise self._wrong(
                place, f"{shown(name)} is not a time zone", "give an IANA name: `Asia/Shanghai`"
            ) from error

    def _decimals(self, entry: dict[str, Any], holds: str, place: Place) -> int | None:
        if "decimals_of" not in entry:
            return None
        place = (*place, "decimals_of")
        if holds != "amount":
            raise self._wrong(place, "the field is not an amount", "leave `decimals_of` out")
        code = self._currency(entry["decimals_of"], place)
        return CURRENCIES[code].decimals

    def _values(self, entry: dict[str, Any], slot: Slot, place: Place) -> dict[str, Any] | None:
        if "values" not in entry:
            return None
        place = (*place, "values")
        item = slot.item() if isinstance(slot.schema, inspect.ListType) else slot
        pairs = self._object(entry["values"], place)
        return {
            text: self._const(value, item, (*place, text)).value for text, value in pairs.items()
        }

    def _const(self, value: object, slot: Slot, place: Place) -> Const:
        try:
            slot.check(value)
        except msgspec.ValidationError as error:
            near = did_you_mean(str(value), slot.choices())
            raise self._wrong(
                place,
                f"{shown(value)} cannot stand in this field",
                f"did you mean `{near}`?" if near else f"give {in_words(slot.schema)}",
            ) from error
        return Const(value)

    def _template(self, text: str, place: Place) -> Node:
        parts = [""]
        end = 0
        for found in _TEMPLATE.finditer(text):
            parts[-1] += text[end : found.start()]
            end = found.end()
            if found["stray"]:
                raise self._wrong(
                    place,
                    f"{shown(text)} has a brace without its partner",
                    "write columns as `{name}`, and a brace that is meant as `{{` or `}}`",
                )
            if found["column"]:
                parts += [found["column"], ""]
            else:
                parts[-1] += found[0][0]
        parts[-1] += text[end:]
        return Const(parts[0]) if len(parts) == 1 else Template(tuple(parts))

    def _refuse_parts(self, slot: Slot, place: Place) -> None:
        if _holds(slot.schema) in {None, "integer", "boolean"}:
            raise self._wrong(place, "a template makes text", f"give {in_words(slot.schema)}")

    def _check_currency(self, fields: dict[str, Node], place: Place) -> None:
        currency, amount = fields["currency"], fields["amount"]
        if not isinstance(currency, Const):
            return
        code = self._currency(currency.value, (*place, "currency"))
        decimals = CURRENCIES[code].decimals
        if isinstance(amount, Column) and amount.decimals not in (None, decimals):
            raise self._wrong(
                (*place, "amount", "decimals_of"),
                f"`{code}` has {decimals} decimals, and the amount is read with {amount.decimals}",
                f"write `decimals_of: {code}`",
            )

    def _currency(self, code: object, place: Place) -> str:
        if not isinstance(code, str) or code not in CURRENCIES:
            raise self._wrong(
                place,
                f"{shown(code)} is not a known currency",
                _suggest(str(code), CURRENCIES, "give an ISO 4217 code"),
            )
        return code

    def _keyed(
        self, raw: object, place: Place, mandatory: Iterable[str], optional: Iterable[str]
    ) -> dict[str, Any]:
        """Return an object that has the mandatory keys and no other than the optional ones."""
        entry = self._object(raw, place)
        allowed = [*mandatory, *optional]
        for key in entry:
            if key not in allowed:
                raise self._wrong(
                    (*place, key), f"{shown(key)} is not known here", _suggest(key, allowed)
                )
        for key in mandatory:
            if key not in entry:
                raise self._wrong(place, f"`{key}` is not stated", f"add `{key}`")
        return entry

    def _object(self, raw: object, place: Place) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise self._wrong(place, f"{shown(raw)} is not an object", "write `name: value` lines")
        return dict(raw)

    def _list(self, raw: object, place: Place) -> list[object]:
        if not isinstance(raw, list) or not raw:
            raise self._wrong(place, f"{shown(raw)} is not a list", "write `- ` before each item")
        return raw

    def _texts(self, raw: object, place: Place) -> list[str]:
        return [self._text(text, (*place, n)) for n, text in enumerate(self._list(raw, place))]

    def _text(self, raw: object, place: Place) -> str:
        if not isinstance(raw, str):
            raise self._wrong(place, f"{shown(raw)} is not text", _QUOTE)
        return raw


def _holds(
    schema: inspect.Type | None,
) -> Literal["text", "integer", "boolean", "time", "amount"] | None:
    match known(schema):
        case inspect.StrType() | inspect.LiteralType() | inspect.DateType():
            return "text"
        case inspect.IntType():
            return "integer"
        case inspect.BoolType():
            return "boolean"
        case inspect.DateTimeType():
            return "time"
        case inspect.UnionType():
            return "amount"
        case _:
            return None


def _suggest(word: str, known_words: Iterable[str], otherwise: str | None = None) -> str:
    words = list(known_words)
    near = did_you_mean(word, words)
    if near:
        return f"did you mean `{near}`?"
    return otherwise or "give one of " + ", ".join(f"`{one}`" for one in words)
