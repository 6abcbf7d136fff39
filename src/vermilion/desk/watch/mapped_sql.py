"""A mapping as one SELECT that fills canonical columns for the rows it can prove good.

A row is proven if every entry of the mapping that takes it gives an event that the ordinary reader
would give too, field for field, whether the canonical tables have the field or not. Anything else
is left to that reader.
"""

# The SQL is made of the mapping's own constants, quoted.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping as ByName
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import inspect

from vermilion.desk.watch.mapped_cells import (
    FALSE,
    TRUE,
    Cell,
    Names,
    NotInSqlError,
    Value,
    every,
    is_currency,
    of_column,
    of_text,
    one_of,
    quoted,
    some,
)
from vermilion.desk.watch.reading_ids import (
    collection_by_id,
    collection_sql,
    has_many,
    is_nobody_sql,
    many_sql,
)
from vermilion.facts.history import TABLES
from vermilion.intake.mapping import (
    Array,
    Column,
    Condition,
    Const,
    Emit,
    Mapping,
    Node,
    Object,
    Template,
)
from vermilion.intake.schema import Slot, event_slot, known

NOTHING = Value("NULL", FALSE, TRUE)
EVENT_BITS = 8
"""Bits of a position that tell apart the events of one row."""

MOST_EMITS = 2**EVENT_BITS


class Selected(NamedTuple):
    """The SELECT over a relation of cells, and the canonical tables that its columns fill.

    Its columns are `line`, `ok`, and for each table `TABLE` (which entry of the mapping fills it,
    null if none), `TABLE_COLUMN` for each column, and `TABLE_subject` where it is not the id.
    """

    sql: str
    tables: tuple[str, ...]


class _Scope(NamedTuple):
    """What an entry's SQL is made of."""

    cells: ByName[str, Cell]
    names: Names


class _Filled(NamedTuple):
    """What an entry fills: the table, its columns in SQL, and when it takes a row."""

    table: str
    takes: str
    good: str
    columns: dict[str, str]


def select(
    mapping: Mapping, cells: ByName[str, Cell], relation: str, digest: str | None, base: int
) -> Selected:
    """Return the SELECT of a mapping over a relation.

    Args:
        mapping: the mapping.
        cells: the table's columns in the relation, which also has `line` and `lexed` (whether the
            cells are those of the row).
        relation: what stands in FROM.
        digest: the SQL of the digest of a row, for mappings without ids.
        base: what positions begin with.

    Raises:
        NotInSqlError: it uses what only the ordinary reader knows.
    """
    if len(mapping.emit) >= MOST_EMITS:
        raise NotInSqlError
    names = Names()
    filled = [_emit(emit, mapping.source, _Scope(cells, names), digest) for emit in mapping.emit]
    if any(digest is None and "id" not in emit.event.fields for emit in mapping.emit):
        raise NotInSqlError
    if digest is not None and any("id" in emit.event.fields for emit in mapping.emit):
        raise NotInSqlError
    tables = tuple(name for name in TABLES if any(one.table == name for one in filled))
    proven = [some([f"NOT ({one.takes})", one.good]) for one in filled]
    # An entry that fills a table already filled from the row has no place in the columns.
    once = [f"{_count(one.takes for one in filled if one.table == table)} <= 1" for table in tables]
    ok = every(["lexed", some(one.takes for one in filled), *proven, *once])
    columns = ["line", f"COALESCE({ok}, FALSE) AS ok"]
    for table in tables:
        columns += _table(table, filled, digest, base)
    return Selected(f"SELECT {', '.join(columns)} FROM {names.relation(relation)}", tables)


def _count(tests: object) -> str:
    return " + ".join(f"CAST(({one}) AS INT)" for one in tests)  # type: ignore[attr-defined]


def _table(table: str, filled: Sequence[_Filled], digest: str | None, base: int) -> list[str]:
    own = [(number, one) for number, one in enumerate(filled) if one.table == table]
    which = " ".join(f"WHEN {one.takes} THEN {number}" for number, one in own)
    columns = [f"CASE {which} END AS {table}"]
    ids = "NULL"
    for name in [*TABLES[table], "subject"]:
        if name == "position":
            said = [
                f"{base} + (line << {EVENT_BITS}) + {_before(filled, number)}" for number, _ in own
            ]
        elif name == "id" and digest is not None:
            said = [_row_id(filled, number, digest) for number, _ in own]
        else:
            said = [one.columns[name] for _, one in own]
        if len(set(said)) == 1:
            whole = said[0]
        else:
            cases = (
                f"WHEN {one.takes} THEN {sql}" for (_, one), sql in zip(own, said, strict=True)
            )
            whole = f"CASE {' '.join(cases)} END"
        if name == "subject":
            whole = f"CASE WHEN {whole} <> {ids} THEN CAST({whole} AS VARCHAR) END"
        elif name == "id":
            ids = whole
        columns.append(f"{whole} AS {table}_{name}")
    return columns


def _before(filled: Sequence[_Filled], number: int) -> str:
    """Return how many events of a row come before that of an entry."""
    return _count(one.takes for one in filled[:number]) or "0"


def _row_id(filled: Sequence[_Filled], number: int, digest: str) -> str:
    first = f"{digest} || '-1'"
    if not number:
        return first
    place = f"({_before(filled, number)})"
    return f"{first} || CASE WHEN {place} > 0 THEN '.' || ({place} + 1) ELSE '' END"


def _emit(emit: Emit, source: str, scope: _Scope, digest: str | None) -> _Filled:
    fill = _FILLED.get(emit.type)
    if fill is None:
        raise NotInSqlError
    event = _Event(emit, scope)
    if event.const("stage") != "settled":
        raise NotInSqlError
    table, columns, needed = fill(event)
    columns |= {
        "source": quoted(source),
        "id": event.sql("id") if digest is None else "NULL",
        "ms": event.sql("time"),
        "subject": event.sql("subject"),
    }
    mandatory = [event.at(name).known for name in ("time", "stage", "data", *needed)]
    mandatory.append(event.at("id").known if digest is None else f"{digest} IS NOT NULL")
    takes = every(_holds(one, scope.cells) for one in emit.when)
    if takes != TRUE:
        takes = scope.names.name(takes)
    return _Filled(table, takes, every([event.value.good, *mandatory]), columns)


def _holds(condition: Condition, cells: ByName[str, Cell]) -> str:
    cell = cells[condition.column]
    if condition.present is not None:
        return f"{cell.sql} IS {'NOT ' if condition.present else ''}NULL"
    if condition.among is not None:
        return f"COALESCE({one_of(cell.text(), condition.among)}, FALSE)"
    return f"NOT COALESCE({one_of(cell.text(), condition.not_among or ())}, FALSE)"


class _Event:
    """The event of an entry, field by field."""

    def __init__(self, emit: Emit, scope: _Scope) -> None:
        self._emit = emit
        self._cells, self._names = scope
        self.value = self._of(emit.event, event_slot(emit.type))

    def at(self, path: str) -> Value:
        """Return the value of a field, unknown where an object around it is."""
        value, whole = self.value, TRUE
        for name in path.split("."):
            value = (value.fields or {}).get(name, NOTHING)
            if value.fields is not None and name != "data":
                whole = every([whole, value.known])
        known_sql = every([whole, value.known])
        if value.sql is None or whole == TRUE:
            return value._replace(known=known_sql)
        return Value(f"CASE WHEN {whole} THEN {value.sql} END", known_sql, value.good)

    def sql(self, path: str) -> str:
        """Return the SQL of a field, NULL where the mapping does not state it."""
        return self.at(path).sql or "NULL"

    def has(self, name: str) -> bool:
        """Tell whether the mapping states a field of the data."""
        return name in ((self.value.fields or {})["data"].fields or {})

    def node(self, name: str) -> Node | None:
        """Return how the mapping fills a field of the data."""
        data = self._emit.event.fields["data"]
        return data.fields.get(name) if isinstance(data, Object) else None

    def cell(self, name: str) -> Cell:
        """Return a column of the table."""
        return self._cells[name]

    def const(self, name: str) -> object:
        """Return the constant of a field of the envelope; None where it is none."""
        node = self._emit.event.fields.get(name)
        return node.value if isinstance(node, Const) else None

    def _of(self, node: Node, slot: Slot) -> Value:
        match node:
            case Const(value=value):
                return _const(value, slot)
            case Column():
                return of_column(node, self._cells[node.name], slot.schema, self._names)
            case Template(parts=parts):
                texts = [
                    self._cells[part].text() if place % 2 else quoted(part)
                    for place, part in enumerate(parts)
                    if part
                ]
                return of_text(self._names.name(" || ".join(texts)), slot.schema, self._names)
            case Array():
                return self._array(node, slot)
            case Object():
                return self._object(node, slot)

    def _array(self, node: Array, slot: Slot) -> Value:
        schema = slot.schema
        if not isinstance(schema, inspect.ListType) or len(node.items) > (schema.max_length or 0):
            raise NotInSqlError
        items = [self._of(item, slot.item()) for item in node.items]
        fields = {str(number): item for number, item in enumerate(items)}
        return Value(None, some(i.known for i in items), every(i.good for i in items), fields)

    def _object(self, node: Object, slot: Slot) -> Value:
        if isinstance(slot.schema, inspect.DictType) or "inline" in node.fields:
            raise NotInSqlError
        fields = {name: self._of(one, slot.field(name)) for name, one in node.fields.items()}
        if slot.is_money():
            fields["currency"] = is_currency(fields["currency"])
        mandatory = [fields[name].known for name in sorted(node.mandatory)]
        known_sql = every([some(one.known for one in fields.values()), *mandatory])
        return Value(None, known_sql, every(one.good for one in fields.values()), fields)


def _const(value: object, slot: Slot) -> Value:
    match known(slot.schema):
        case inspect.DateTimeType():
            raise NotInSqlError
        case inspect.UnionType() if not str(value).isdigit():  # an amount below zero
            raise NotInSqlError
    match value:
        case bool():
            return Value(quoted("true" if value else "false"), TRUE, TRUE)
        case str():
            return Value(quoted(value), TRUE, TRUE)
        case int():
            return Value(str(value), TRUE, TRUE)
        case list() if not value:
            return Value(None, TRUE, TRUE, {})
        case _:
            raise NotInSqlError


_Fill = tuple[str, dict[str, str], Sequence[str]]


def _traded(event: _Event) -> dict[str, str]:
    token = event.sql("data.token")
    collection, many = collection_sql(token), many_sql(token)
    node = event.node("token")
    if isinstance(node, Template) and len(node.parts) == 3 and node.parts[0][-1:] in {":", "/"}:
        # What fills the end of an id and has no mark in it changes neither.
        begins, own, _ = node.parts
        tail = event.cell(own).text()
        plain = f"regexp_full_match({tail}, '[^:/]+')"
        like = f"{begins}x"
        collection = (
            f"CASE WHEN {plain} THEN {quoted(collection_by_id(like))} ELSE {collection} END"
        )
        many = f"CASE WHEN {plain} THEN {has_many(like)} ELSE {many} END"
    return {
        "collection": collection,
        "many": many,
        "token": token,
        "platform": event.sql("data.platform"),
        "quantity": "CAST(1 AS DECIMAL(38,0))",
        "tx": "NULL",
    }


def _sale(event: _Event) -> _Fill:
    columns = _traded(event) | {
        "kind": "'sale'",
        "sender": event.sql("data.parties.seller"),
        "recipient": event.sql("data.parties.buyer"),
        "price": _amount_sql(event, "data.price"),
        "currency": event.sql("data.price.currency"),
    }
    return "moves", columns, ["data.token"]


def _transfer(event: _Event) -> _Fill:
    if event.has("consideration"):
        raise NotInSqlError
    sender, recipient = event.sql("data.parties.sender"), event.sql("data.parties.recipient")
    said = event.sql("data.kind")
    mint = f"COALESCE({said} = 'mint', FALSE) OR COALESCE({is_nobody_sql(sender)}, FALSE)"
    burn = f"COALESCE({said} = 'burn', FALSE) OR COALESCE({is_nobody_sql(recipient)}, FALSE)"
    columns = _traded(event) | {
        "kind": f"CASE WHEN {mint} THEN 'mint' WHEN {burn} THEN 'burn' ELSE 'transfer' END",
        "sender": f"CASE WHEN NOT ({mint}) THEN {sender} END",
        "recipient": f"CASE WHEN {mint} OR NOT ({burn}) THEN {recipient} END",
        "price": "CAST(NULL AS DECIMAL(38,0))",
        "currency": "NULL",
    }
    return "moves", columns, ["data.token"]


def _payment(event: _Event) -> _Fill:
    legs = event.at("data.settlement")
    if len(legs.fields or ()) > 1:
        raise NotInSqlError
    columns = {
        "payer": event.sql("data.parties.payer"),
        "payee": event.sql("data.parties.payee"),
        "amount": _amount_sql(event, "data.settlement.0.amount"),
        "currency": event.sql("data.settlement.0.amount.currency"),
        "tx": "NULL",
    }
    return "payments", columns, []


def _offer(event: _Event) -> _Fill:
    if event.has("per_person_cap") or event.has("draw"):
        raise NotInSqlError
    parties = event.sql("data.parties.seller"), event.sql("data.parties.issuer")
    columns = _traded(event) | {
        "seller": f"COALESCE({', '.join(parties)})",
        "price": _amount_sql(event, "data.price"),
        "currency": event.sql("data.price.currency"),
        "until_ms": event.sql("data.closes_at"),
    }
    return "listings", columns, ["data.token"]


def _amount_sql(event: _Event, path: str) -> str:
    value = event.at(f"{path}.amount").sql
    return (
        "CAST(NULL AS DECIMAL(38,0))"
        if value in {None, "NULL"}
        else f"CAST({value} AS DECIMAL(38,0))"
    )


_FILLED = {"sale": _sale, "transfer": _transfer, "payment": _payment, "offer": _offer}
