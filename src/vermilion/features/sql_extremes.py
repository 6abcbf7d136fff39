"""The least, the greatest, the first and the last in SQL: running extremes."""

# Relations are the caller's own names and SELECTs, never a user's text.
# ruff: noqa: S608

from __future__ import annotations

from vermilion.features.model import NEVER, Function
from vermilion.features.sql_rows import BEFORE, SIDES, UPTO, Asked, arrived

_LATEST = frozenset({"max", "last", "held_for", "trading_days"})
_TURNS = 10**19
"""More than any sequence: a moment times this, plus the sequence, is one number in total order."""

_SHANGHAI = 8 * 3_600
"""Offset of the exchanges' time zone, constant since 1992."""

_DAY = 86_400


def outermost_sql(asked: Asked, calendar: str | None) -> str:
    """Return the SELECT of an extreme over all that was added, or of the last one in a window.

    All that was added before a question that is on time lies at or before it. So the latest of it
    is in the window if any is, and of all time nothing needs to leave.
    """
    function, within = asked.definition.function, asked.definition.within
    extreme = "MAX" if function in _LATEST else "MIN"
    order = f"OVER (PARTITION BY b.k ORDER BY b.seq, b.kind {BEFORE})"
    latest, found = "", "b.found"
    if within is not None:
        latest = f",\nMAX({_added('b.since')}) {order} AS latest"
        found = f"CASE WHEN b.latest > b.since - {within} THEN b.found END"
    return f"""{arrived(asked)}, w_seen AS (
SELECT b.k, b.seq, b.kind, b.since, b.own, b.replay,
{extreme}({_rank(function)}) {order} AS found{latest}
FROM w_arrived AS b
), w_asked AS (
SELECT b.seq, b.k, b.since, b.own, b.replay, {found} AS found
FROM w_seen AS b WHERE b.kind = 1
)
{_answers(asked, calendar)}"""


def blocks_sql(asked: Asked) -> str:
    """Return the SELECT of an extreme in a bounded window.

    Time is cut in blocks as wide as the window, which then covers the beginning of its moment's
    block and the end of the block before (van Herk 1992, Gil and Werman 1993): two running extremes,
    one forwards and one backwards. What arrived after the question does not belong to it; where
    such is met, `newest` tells.
    """
    function, within = asked.definition.function, asked.definition.within
    extreme = "MAX" if function in _LATEST else "MIN"
    forwards = f"OVER (PARTITION BY b.k, b.block ORDER BY b.place, b.seq, b.kind {BEFORE})"
    backwards = f"OVER (PARTITION BY b.k, b.block ORDER BY b.place DESC, b.side DESC {UPTO})"
    return f"""{arrived(asked)}, w_placed AS (
SELECT a.k, a.seq, a.kind, a.since, a.own, a.replay, s.side,
CASE WHEN s.side = 0 THEN a.v END AS v, a.since - s.side * {within} AS place
FROM w_arrived AS a CROSS JOIN {SIDES} AS s
WHERE a.kind = 1 OR a.kind = 2 AND s.side = 0
), w_blocked AS (
SELECT p.k, p.seq, p.kind, p.since, p.v, p.own, p.replay, p.side, p.place,
p.place - ((p.place % {within}) + {within}) % {within} AS block
FROM w_placed AS p
), w_seen AS (
SELECT b.k, b.seq, b.kind, b.since, b.own, b.replay, b.side,
{extreme}({_rank(function)}) {forwards} AS before_it, MAX({_added("b.seq")}) {forwards} AS newest_before,
{extreme}({_rank(function)}) {backwards} AS after_it, MAX({_added("b.seq")}) {backwards} AS newest_after
FROM w_blocked AS b
), w_both_sides AS (
SELECT n.seq, n.k, MIN(n.since) AS since, MIN(n.own) AS own, MAX(n.replay) AS replay,
{extreme}(CASE WHEN n.side = 0 THEN n.before_it ELSE n.after_it END) AS found,
MAX(CASE WHEN n.side = 0 THEN n.newest_before ELSE n.newest_after END) AS newest
FROM w_seen AS n WHERE n.kind = 1 GROUP BY n.seq, n.k
), w_asked AS (
SELECT g.seq, g.k, g.since, g.own, g.found,
CASE WHEN g.newest > g.seq THEN 1 ELSE g.replay END AS replay
FROM w_both_sides AS g
)
{_answers(asked, None)}"""


def _added(value: str) -> str:
    return f"CASE WHEN b.v IS NOT NULL AND b.kind <> 0 THEN {value} END"


def _rank(function: Function) -> str:
    """Return what the extreme is taken of."""
    match function:
        case "min" | "max":
            return _added("b.v")
        case "first" | "last":
            return _added(_turn("b.since", "b.seq"))
        case _:
            return _added("b.since")


def _turn(moment: str, seq: str) -> str:
    return f"CAST({moment} AS DECIMAL(19, 0)) * {_TURNS} + {seq}"


def _answers(asked: Asked, calendar: str | None) -> str:
    """Return the SELECT of the answers from `w_asked`, where `found` is the extreme or null."""
    match asked.definition.function:
        case "min":
            return _select(
                "CASE WHEN a.own IS NULL OR a.found <= a.own THEN a.found ELSE a.own END"
            )
        case "max":
            return _select(
                "CASE WHEN a.own IS NULL OR a.found >= a.own THEN a.found ELSE a.own END"
            )
        case "first":
            return _select("COALESCE(c.v, a.own)") + _at_turn(asked)
        case "last":
            return _select("COALESCE(a.own, c.v)") + _at_turn(asked)
        case "first_seen":
            own = "CASE WHEN a.own IS NULL THEN a.found ELSE COALESCE(a.found, a.since) END"
            return _select(own)
        case "held_for":
            held = f"COALESCE(a.since - a.found, {NEVER})"
            return _select(f"CASE WHEN a.own IS NOT NULL THEN 0 ELSE {held} END")
        case _:
            return _trading_days(calendar)


def _select(answer: str) -> str:
    return f"""SELECT a.seq, a.k, {answer} AS answer,
CASE WHEN a.replay = 1 THEN TRUE ELSE FALSE END AS replay
FROM w_asked AS a"""


def _at_turn(asked: Asked) -> str:
    """Return the join with what was added then; at most one row to each question."""
    return (
        f" LEFT JOIN (SELECT h.t, h.seq, h.v FROM {asked.history} AS h WHERE h.v IS NOT NULL) AS c"
        f" ON {_turn('c.t', 'c.seq')} = a.found"
    )


def _trading_days(calendar: str | None) -> str:
    last = "CASE WHEN a.own IS NULL THEN a.found ELSE a.since END"
    days = f"CASE WHEN {last} IS NULL THEN {NEVER} ELSE e.upto - b.upto END"
    return (
        f"{_select(days)}\n"
        f"LEFT JOIN {calendar} AS b ON b.begins = {_midnight(last)}\n"
        f"LEFT JOIN {calendar} AS e ON e.begins = {_midnight('a.since')}"
    )


def _midnight(moment: str) -> str:
    """Return the epoch second at which the day of a moment begins in Shanghai."""
    return f"({moment}) - ((({moment}) + {_SHANGHAI}) % {_DAY} + {_DAY}) % {_DAY}"
