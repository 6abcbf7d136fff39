"""Answer the windows of rulebooks over fact tables: by SQL where it is equal, else by replay."""

# Relations and columns are named by us, never by a user.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from vermilion.desk.bulk.columns import WINDOW, column_of
from vermilion.desk.bulk.tables import Facts
from vermilion.features import LATE, Definition, TradingCalendar
from vermilion.features.sql import replay_sql, window_sql
from vermilion.features.sql_replay import Happened, calendar_days, replayed
from vermilion.language import facts_read, tree
from vermilion.language.sql import predicate, value
from vermilion.rulebook import Engine
from vermilion.rulebook.windows import LoadedWindow, nodes_of

_CALENDAR = "trading_calendar"


class Asked(NamedTuple):
    """A window as some rulebooks of one zone ask it: by event type, at which stages."""

    window: LoadedWindow
    zone: int
    stages: dict[str, frozenset[str]]


def asked_of(facts: Facts, engines: Iterable[Engine]) -> dict[bytes, Asked]:
    """Return the windows that rules of some rulebooks read on the events that there are."""
    found: dict[bytes, Asked] = {}
    for engine in engines:
        windows = {one.name: one for one in engine.rulebook.windows}
        for loaded in engine.rulebook.rules:
            if loaded.rule.mode == "off":
                continue
            for kind in set(facts.kinds) & set(loaded.conditions):
                for name in _read(loaded.conditions[kind]):
                    window = windows[name]
                    asked = found.setdefault(window.digest, Asked(window, facts.zone(engine), {}))
                    stages = asked.stages.get(kind, frozenset())
                    asked.stages[kind] = stages | frozenset(loaded.rule.stage)
    return found


def answer(facts: Facts, asked: Asked) -> str:
    """Answer a window for every event that asks it; return the table of `seq`, `answer`."""
    window, sql = asked.window, facts.sql
    name = window.digest.hex()
    definition = Definition(window.window.function, window.digest, window.seconds)
    contributions, revocable = _contributions(facts, asked)
    how: dict[str, Any] = {"including": window.window.including, "revocable": revocable}
    given, asks, told = f"given_{name}", f"asks_{name}", f"told_{name}"
    sql.view(given, contributions)
    sql.view(asks, _questions(facts, asked))
    calendar = _calendar(facts) if definition.function == "trading_days" else None
    sql.keep(told, window_sql(definition, given, asks, calendar=calendar, **how))
    kind = _type(window)
    answered = f"SELECT a.seq, CAST(a.answer AS {kind}) AS answer FROM {told} AS a"
    table = f"answer_{name}"
    (replays,) = next(sql.rows(f"SELECT COUNT(*) FROM {told} AS a WHERE a.replay"))
    if replays:
        happened = sql.rows(replay_sql(definition, given, asks, told, **how))
        again = f"again_{name}"
        sql.load(again, {"seq": "BIGINT", "answer": kind}, _replayed(definition, happened))
        answered += (
            f" WHERE NOT a.replay UNION ALL SELECT r.seq, r.answer FROM {again} AS r"
            f" WHERE r.seq IN (SELECT a.seq FROM {told} AS a WHERE a.replay)"
        )
    sql.keep(table, answered, by="seq")
    sql.drop(told)
    return table


def answered_column(window: LoadedWindow, column: str) -> str:
    """Return the SQL of a window's answer as rules read it: times in microseconds."""
    return f"({column} * 1000000)" if window.type.kind == "time" else column


def _replayed(definition: Definition, rows: Iterator[Any]) -> Iterator[tuple[int, Any]]:
    calendar = TradingCalendar()
    happened = (Happened(*row) for row in rows)
    for seq, found in replayed(definition, happened, calendar=calendar):
        yield seq, None if found is LATE else found


def _calendar(facts: Facts) -> str:
    if _CALENDAR not in facts.made:
        facts.made.add(_CALENDAR)
        facts.sql.load(_CALENDAR, {"begins": "BIGINT", "upto": "BIGINT"}, calendar_days())
    return _CALENDAR


def _contributions(facts: Facts, asked: Asked) -> tuple[str, bool]:
    """Return the relation of what events add, and whether any of it is taken out again."""
    parts = []
    once = asked.window.window.each == "business"
    kinds = [kind for kind in asked.window.folds if kind in facts.kinds]
    revocable = once and any(facts.revoked(kind) for kind in kinds)
    for kind in kinds:
        fold = asked.window.folds[kind]
        held = [f"{one} IS NOT NULL" for one in map(_value, fold.key)]
        if fold.where is not None:
            held.append(predicate(fold.where, {}))
        joined, told = "", "1"
        if fold.value is not None and fold.value.type.kind == "list":
            name = column_of(fold.value).name
            joined, told = (
                f" JOIN {facts.values(kind, name, asked.zone)} AS l ON l.seq = f.seq",
                "l.v",
            )
        elif fold.value is not None:
            told = _value(fold.value)
            held.append(f"{told} IS NOT NULL")
        until = "CAST(NULL AS BIGINT)"
        if revocable and (revoked := facts.revoked(kind)) is not None:
            joined += f" LEFT JOIN {revoked} AS r ON r.seq = f.seq"
            until = "r.until"
        parts.append(
            f"SELECT f.seq AS seq, f.t AS t, {_key(fold.key)} AS k, {told} AS v, {until} AS until"
            f" FROM {facts.relation(kind, asked.zone)} AS f{joined}"
            f" WHERE f.counts AND {' AND '.join(held)}"
        )
    if not parts:
        kind = "BIGINT" if asked.window.type.kind != "str" else "STRING"
        key = "STRING"
        parts.append(
            f"SELECT CAST(0 AS BIGINT) AS seq, CAST(0 AS BIGINT) AS t, CAST('' AS {key}) AS k,"
            f" CAST(NULL AS {kind}) AS v, CAST(NULL AS BIGINT) AS until WHERE FALSE"
        )
    return " UNION ALL ".join(parts), revocable


def _questions(facts: Facts, asked: Asked) -> str:
    parts = []
    window = asked.window
    for kind, stages in asked.stages.items():
        key = window.asks[kind]
        known = [f"{one} IS NOT NULL" for one in map(_value, key)]
        listed = ", ".join(f"'{stage}'" for stage in sorted(stages))
        own, joined = _own(facts, asked, kind)
        parts.append(
            f"SELECT f.seq AS seq, f.t AS t, {_key(key)} AS k{own}"
            f" FROM {facts.relation(kind, asked.zone)} AS f{joined}"
            f" WHERE f.stage IN ({listed}) AND {' AND '.join(known)}"
        )
    return " UNION ALL ".join(parts)


def _own(facts: Facts, asked: Asked, kind: str) -> tuple[str, str]:
    """Return the column of what the asking event itself adds, and what is joined for it."""
    window = asked.window
    if not window.window.including:
        return "", ""
    fold = window.folds.get(kind)
    if fold is None:
        nothing = "STRING" if _of_text(window) else "BIGINT"
        return f", CAST(NULL AS {nothing}) AS own", ""
    same = [f"{_key(fold.key)} = {_key(window.asks[kind])}"]
    if fold.where is not None:
        same.append(predicate(fold.where, {}))
    holds = " AND ".join(same)
    if fold.value is None:
        return f", CASE WHEN {holds} THEN 1 END AS own", ""
    if fold.value.type.kind == "list":
        name = column_of(fold.value).name
        joined = f" LEFT JOIN {facts.values(kind, name, asked.zone)} AS l ON l.seq = f.seq"
        return f", CASE WHEN {holds} THEN l.v END AS own", joined
    return f", CASE WHEN {holds} THEN {_value(fold.value)} END AS own", ""


def _key(parts: Sequence[tree.Node]) -> str:
    """Return the SQL of a key as one column; of several parts a text that tells them apart."""
    if len(parts) == 1:
        return _value(parts[0])
    written = []
    for place, part in enumerate(parts, 1):
        text = f"CAST({_value(part)} AS STRING)"
        if part.type.kind == "str" and place < len(parts):
            written.append(f"CAST(LENGTH({_value(part)}) AS STRING) || ':'")
        written.append(text)
        if place < len(parts):
            written.append("'|'")
    return f"({' || '.join(written)})"


def _value(node: tree.Node) -> str:
    return value(node, {})


def _of_text(window: LoadedWindow) -> bool:
    values = [fold.value for fold in window.folds.values() if fold.value is not None]
    return any(
        one.type.kind == "str" or (one.type.element is not None and one.type.element.kind == "str")
        for one in values
    )


def _type(window: LoadedWindow) -> str:
    match window.window.function:
        case "first" | "last" if window.type.kind == "str":
            return "STRING"
        case "sum" | "min" | "max" | "first" | "last":
            return "DECIMAL(38,0)"
        case _:
            return "BIGINT"


def _read(condition: Any) -> set[str]:
    return {
        path.root.removeprefix(WINDOW)
        for node in nodes_of(condition)
        for path in facts_read(node, bound=True)
        if path.root.startswith(WINDOW)
    }
