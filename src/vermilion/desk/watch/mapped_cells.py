"""Columns of a foreign table in SQL: what a cell says, and whether that is proven to be readable.

What is not proven is not wrong: the row goes to the ordinary reader, which decides. So each test is
as strict as it is simple.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import inspect

from vermilion.facts.money import CURRENCY_CODES
from vermilion.intake.mapping import Column
from vermilion.intake.schema import known

TRUE, FALSE = "TRUE", "FALSE"
_DIGITS = 38
_FIRST, _LAST = dt.datetime(1992, 1, 2, tzinfo=dt.UTC), dt.datetime(2037, 12, 30, tzinfo=dt.UTC)
"""Between them a zone is looked at day by day, whether it ever changes its clock."""

_CLOCK = (
    "[1-8][0-9]{3}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?"
)
_OFFSET = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_YEARS = (
    "BETWEEN TIMESTAMPTZ '1901-01-01 00:00:00+00:00' AND TIMESTAMPTZ '8998-12-31 00:00:00+00:00'"
)


class NotInSqlError(Exception):
    """The mapping uses something that only the ordinary reader knows."""


class Cell(NamedTuple):
    """A column of the table: its SQL, null where unknown, and how it holds values.

    `written` is the text of what is none, such as a decimal.
    """

    sql: str
    holds: Literal["text", "written", "integer", "instant"] = "text"

    def text(self) -> str:
        """Return the SQL of the cell as the text that the ordinary reader sees.

        Raises:
            NotInSqlError: a moment has no text that is worth the proof.
        """
        if self.holds == "instant":
            raise NotInSqlError
        return f"CAST({self.sql} AS VARCHAR)" if self.holds == "integer" else self.sql


class Names:
    """Names for what is computed once for each row, whatever it is used for."""

    def __init__(self) -> None:
        self.levels: dict[str, tuple[int, str]] = {}
        self._names: dict[str, str] = {}

    def name(self, sql: str) -> str:
        """Return the name of what some SQL computes, which may use earlier names."""
        if (known_name := self._names.get(sql)) is not None:
            return known_name
        found = f"v{len(self._names)}_"
        level = 1 + max((at for one, (at, _) in self.levels.items() if one in sql), default=0)
        self.levels[found] = (level, sql)
        self._names[sql] = found
        return found

    def relation(self, inner: str) -> str:
        """Return a relation with a column for each name, over one that has what they use."""
        for level in sorted({level for level, _ in self.levels.values()}):
            here = [f"{sql} AS {one}" for one, (at, sql) in self.levels.items() if at == level]
            inner = f"(SELECT *, {', '.join(here)} FROM {inner})"  # noqa: S608 - our own names
        return inner


class Value(NamedTuple):
    """A value in SQL: itself, whether it is known, and whether it is proven to be right.

    `known` and `good` are never null. Of a moment `sql` is epoch milliseconds, of an amount a
    decimal, of an object None; `fields` are those of an object.
    """

    sql: str | None
    known: str
    good: str
    fields: dict[str, Value] | None = None


def quoted(text: str) -> str:
    """Write a text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def every(tests: Iterable[str]) -> str:
    """Return the SQL that holds if all tests do."""
    found = [one for one in dict.fromkeys(tests) if one != TRUE]
    return " AND ".join(f"({one})" for one in found) or TRUE


def some(tests: Iterable[str]) -> str:
    """Return the SQL that holds if one of the tests does."""
    found = list(dict.fromkeys(tests))
    return TRUE if TRUE in found else " OR ".join(f"({one})" for one in found) or FALSE


def one_of(sql: str, texts: Iterable[str]) -> str:
    """Return the SQL that says whether a text is among others; null where it is."""
    return f"{sql} IN ({', '.join(map(quoted, sorted(texts)))})"


def of_column(column: Column, cell: Cell, schema: inspect.Type | None, names: Names) -> Value:
    """Return the value of a column where a field of some type stands.

    Raises:
        NotInSqlError: only the ordinary reader knows it.
    """
    if column.split is not None or column.id_number is not None:
        raise NotInSqlError
    found = known(schema)
    if column.values is not None:
        if column.holds in {"time", "amount"}:
            raise NotInSqlError
        return _translated(column.values, cell, names)
    if isinstance(found, inspect.DateTimeType):
        return _moment(column.zone, cell, names)
    if column.holds == "amount":
        return _amount(column.decimals, cell, names)
    return of_text(cell.text(), found, names)


def of_text(sql: str, schema: inspect.Type | None, names: Names) -> Value:
    """Return the value that a text is in a field of some type.

    Raises:
        NotInSqlError: the field's form is one that is not proven here.
    """
    match known(schema):
        case inspect.LiteralType(values=values):
            return _leaf(names, sql, sql, one_of(sql, map(str, values)))
        case inspect.StrType(pattern=None, min_length=low, max_length=high):
            return _leaf(names, sql, sql, f"length({sql}) BETWEEN {low or 0} AND {high or 10**6}")
        case inspect.IntType(ge=int(low), le=int(high)):
            number = f"TRY_CAST({sql} AS BIGINT)"
            digits = f"regexp_full_match({sql}, '[0-9]{{1,18}}')"
            return _leaf(names, sql, number, f"{digits} AND {number} BETWEEN {low} AND {high}")
        case inspect.BoolType():
            return _leaf(names, sql, sql, f"{sql} IN ('true', 'false', '1', '0', 'yes', 'no')")
        case inspect.DateTimeType():
            return _moment(None, Cell(sql), names)
        case inspect.UnionType():
            return _amount(None, Cell(sql), names)
        case inspect.DateType():
            form = "[1-8][0-9]{3}-[0-9]{2}-[0-9]{2}"
            exists = f"TRY_CAST({sql} AS DATE) IS NOT NULL"
            return _leaf(names, sql, sql, f"regexp_full_match({sql}, '{form}') AND {exists}")
        case _:
            raise NotInSqlError


def is_currency(value: Value) -> Value:
    """Return a text that is proven to be a listed currency."""
    if value.sql is None:
        raise NotInSqlError
    listed = one_of(value.sql, CURRENCY_CODES)
    return value._replace(good=every([value.good, some([f"{value.sql} IS NULL", listed])]))


def _leaf(names: Names, cell: str, value: str, good: str) -> Value:
    # Each test has a name, as a SELECT computes all parts of AND and OR for every row.
    proven = names.name(f"{cell} IS NULL OR COALESCE({good}, FALSE)")
    return Value(value, f"{cell} IS NOT NULL", proven)


def _translated(values: dict[str, str | int | bool], cell: Cell, names: Names) -> Value:
    text = cell.text()
    cases = " ".join(f"WHEN {quoted(k)} THEN {quoted(str(v))}" for k, v in values.items())
    return _leaf(names, text, f"CASE {text} {cases} END", one_of(text, values))


def _amount(decimals: int | None, cell: Cell, names: Names) -> Value:
    """Return an amount in minor units; what is below zero is left to the ordinary reader."""
    if cell.holds == "integer" and decimals is None:
        return _leaf(names, cell.sql, f"CAST({cell.sql} AS DECIMAL(38,0))", f"{cell.sql} >= 0")
    text = cell.text()
    if decimals is None:
        form = f"regexp_full_match({text}, '0|[1-9][0-9]{{0,{_DIGITS - 1}}}')"
        return _leaf(names, text, f"TRY_CAST({text} AS DECIMAL(38,0))", form)
    point = f"\\.[0-9]{{1,{decimals}}}0{{0,20}}" if decimals else "\\.0{1,20}"
    form = f"regexp_full_match({text}, '[0-9]{{1,{_DIGITS - decimals}}}({point})?')"
    whole = f"split_part({text}, '.', 1)"
    tail = f"rpad(left(split_part({text}, '.', 2), {decimals}), {decimals}, '0')"
    digits = f"{whole} || {tail}" if decimals else whole
    return _leaf(names, text, f"TRY_CAST({digits} AS DECIMAL(38,0))", form)


def _moment(zone: ZoneInfo | None, cell: Cell, names: Names) -> Value:
    """Return a time in epoch milliseconds."""
    if cell.holds == "instant":
        return _leaf(names, cell.sql, _milliseconds(cell.sql, names), f"{cell.sql} {_YEARS}")
    if cell.holds == "integer":
        raise NotInSqlError
    text = cell.sql
    if zone is None:
        moment = names.name(f"TRY_CAST({text} AS TIMESTAMPTZ)")
        good = f"regexp_full_match({text}, '{_CLOCK}{_OFFSET}') AND {moment} {_YEARS}"
        return _leaf(names, text, _milliseconds(moment, names), good)
    offset = _steady(zone)
    stated = f"regexp_matches({text}, '[0-9]{_OFFSET}$')"
    whole = f"CASE WHEN {stated} THEN {text} ELSE {text} || '{offset}' END"
    moment = names.name(f"TRY_CAST({whole} AS TIMESTAMPTZ)")
    steady = f"{moment} BETWEEN TIMESTAMPTZ '{_FIRST}' AND TIMESTAMPTZ '{_LAST}'"
    good = f"regexp_full_match({text}, '{_CLOCK}{_OFFSET}?') AND {steady}"
    return _leaf(names, text, _milliseconds(moment, names), good)


def _milliseconds(moment: str, names: Names) -> str:
    """Return epoch milliseconds, what is finer cut off; DuckDB's own function rounds."""
    micros = names.name(f"epoch_us({moment})")
    return names.name(f"({micros} - ({micros} % 1000 + 1000) % 1000) // 1000")


def _steady(zone: ZoneInfo) -> str:
    """Return the offset of a zone that never changed it within the years looked at."""
    days = (_FIRST + dt.timedelta(days=n) for n in range(-2, 16_808))
    found = {day.astimezone(zone).utcoffset() for day in days}
    if len(found) != 1 or (offset := found.pop()) is None or offset.seconds % 60:
        raise NotInSqlError
    minutes = offset // dt.timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
