"""The tables that a mapping's SELECT runs over: lines of CSV taken apart in SQL, or columns as they are.

A line is taken apart only where every reader of CSV would take it apart in the same way.
"""

# The SQL is made of the mapping's own constants, quoted.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Mapping as ByName
from collections.abc import Sequence

import msgspec

from vermilion.desk.watch.mapped_cells import Cell, NotInSqlError, one_of, quoted
from vermilion.desk.watch.mapped_sql import Selected, select
from vermilion.intake.mapping import Mapping

_LONGEST_QUOTED = 131_072
"""Characters of a line with quotes; a field of more is refused by the ordinary reader."""

_INTEGERS = {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
_TEXTS = {"string", "large_string", "string_view"}
_MOMENT = re.compile(r"timestamp\[(?:s|ms|us), tz=(?:UTC|\+00:00)\]")


def by_digest(mapping: Mapping) -> bool:
    """Tell whether no entry of a mapping states an id, so that rows are called by a digest."""
    return all("id" not in emit.event.fields for emit in mapping.emit)


def over_lines(mapping: Mapping, heading: Sequence[str], base: int) -> Selected:
    """Return the SELECT over `batch(line, text, plain)`, lines of a table with a heading.

    Raises:
        NotInSqlError: the mapping uses what only the ordinary reader knows.
    """
    mark = quoted(mapping.delimiter)
    quote = "contains(text, '\"')"
    outside = re.escape(mapping.delimiter)
    fields = quoted(f'("(?:[^"]|"")*"|[^"{mapping.delimiter}]*){outside}')
    split = (
        f"SELECT line, text, plain, {quote} AS quoted, CASE WHEN {quote} THEN regexp_extract_all("
        f"text || {mark}, {fields}, 1) ELSE string_split(text, {mark}) END AS parts FROM batch"
    )
    # Fields and marks that fill the line leave nothing that a quote could change.
    filled = "list_sum(list_transform(parts, lambda x: length(x))) + len(parts) = length(text) + 1"
    tests = [
        f"plain AND len(parts) = {len(heading)} AND text <> ''",
        f"(NOT quoted OR (length(text) <= {_LONGEST_QUOTED} AND {filled}))",
    ]
    if len(heading) == 1 or mapping.delimiter == "\t":  # else a blank line has too few fields
        tests.append("NOT regexp_full_match(text, '[ \\t]*')")
    names = list(mapping.columns())
    columns = [f"{_field(heading.index(name) + 1)} AS r{n}" for n, name in enumerate(names)]
    lexed = f"COALESCE({' AND '.join(tests)}, FALSE)"
    relation = f"SELECT line, {lexed} AS lexed, {', '.join(columns)} FROM ({split})"
    given = {name: Cell(f"r{n}") for n, name in enumerate(names)}
    return _over(mapping, given, relation, ({""}, base))


def over_columns(mapping: Mapping, types: ByName[str, str], base: int) -> Selected:
    """Return the SELECT over `batch(line, ...)`, rows with columns of some Arrow types.

    Raises:
        NotInSqlError: the mapping uses what only the ordinary reader knows, or a column holds it.
    """
    names = list(mapping.columns())
    if not set(names) <= set(types) or "line" in {name.lower() for name in types}:
        raise NotInSqlError
    if len({name.lower() for name in types}) != len(types):
        raise NotInSqlError
    given = {name: _given(name, types[name]) for name in names}
    return _over(mapping, given, "SELECT *, TRUE AS lexed FROM batch", (set(), base))


def _field(number: int) -> str:
    part = f"parts[{number}]"
    plain = f"replace({part}[2:-2], '\"\"', '\"')"
    return f"CASE WHEN quoted AND {part}[1] = '\"' THEN {plain} ELSE {part} END"


def _given(name: str, kind: str) -> Cell:
    sql = '"' + name.replace('"', '""') + '"'
    value = kind.removeprefix("dictionary<values=").partition(",")[0]
    if value in _TEXTS:
        return Cell(sql)
    if kind in _INTEGERS:
        return Cell(sql, "integer")
    if kind == "bool" or kind.startswith("decimal128("):
        return Cell(f"CAST({sql} AS VARCHAR)", "written")
    if _MOMENT.fullmatch(kind):
        return Cell(sql, "instant")
    raise NotInSqlError


def _over(
    mapping: Mapping, given: ByName[str, Cell], relation: str, form: tuple[set[str], int]
) -> Selected:
    """Return the SELECT over a relation of cells, in which what means unknown becomes null.

    `form` is what means unknown in every column, and what positions begin with.
    """
    unknown, base = form
    cells, columns = {}, ["line", "lexed"]
    for number, (name, cell) in enumerate(given.items()):
        nulls = mapping.nulls.get(name, frozenset()) | unknown
        sql = cell.sql
        if nulls:
            sql = f"CASE WHEN {one_of(cell.text(), nulls)} THEN NULL ELSE {sql} END"
        columns.append(f"{sql} AS c{number}")
        cells[name] = Cell(f"c{number}", cell.holds)
    digest = None
    if by_digest(mapping):
        digest = "digest"
        # Of lines that are plain, a tab is the only one that a text may have.
        strange = "contains({}, chr(9))" if unknown else "regexp_matches({}, '[\\x00-\\x1f\\x7f]')"
        used = {name: given[name] for name in sorted(mapping.used())}
        columns.append(f"{_digest(used, strange)} AS digest")
    inner = f"(SELECT {', '.join(columns)} FROM ({relation}))"
    return select(mapping, cells, inner, digest, base)


def _digest(used: ByName[str, Cell], strange: str) -> str:
    """Return the SQL of the digest that the ordinary reader calls a row by; null where unsure.

    Args:
        used: the cells that it is made of.
        strange: the SQL that finds control characters, which JSON writes in several ways.
    """
    parts = []
    for name, cell in used.items():
        if cell.holds not in {"text", "integer"}:
            raise NotInSqlError
        value = cell.text()
        if cell.holds == "text":
            escaped = f"replace(replace({value}, '\\', '\\\\'), '\"', '\\\"')"
            plain = f"NOT {strange.format(value)}"
            value = f"CASE WHEN {plain} THEN '\"' || {escaped} || '\"' END"
        key = quoted(f"{msgspec.json.encode(name).decode()}:")
        parts.append(f"{key} || CASE WHEN {cell.sql} IS NULL THEN 'null' ELSE {value} END")
    listed = " || ',' || ".join(parts)
    return f"left(sha256('{{' || {listed} || '}}'), 32)"
