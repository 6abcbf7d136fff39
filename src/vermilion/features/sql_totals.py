"""`count`, `sum` and `distinct` in SQL: running totals over what enters and leaves the window."""

# Relations are the caller's own names and SELECTs, never a user's text.
# ruff: noqa: S608

from __future__ import annotations

from vermilion.features.sql_rows import SIDES, UPTO, WIDE, Asked, arrived

_EXPIRED = -1
"""Sequence of what leaves by time: before all else that happens in its second."""

_ORDER = f"ORDER BY m.place, m.turn, m.kind {UPTO}"

_CHANGE = """CASE WHEN c.there > 0 AND c.there - c.moved <= 0 THEN 1
WHEN c.there <= 0 AND c.there - c.moved > 0 THEN -1 ELSE 0 END"""


def total_sql(asked: Asked) -> str:
    """Return the SELECT of a count or sum: what entered less what left, and what is taken in."""
    if asked.definition.function == "sum":
        # A wide summand is replayed; it is left out so that the total cannot overflow.
        each, own, kept = _narrow("a.v"), f"COALESCE({_narrow('s.own')}, 0)", "DECIMAL(38, 0)"
    else:
        each, own, kept = "1", "CASE WHEN s.own IS NULL THEN 0 ELSE 1 END", "BIGINT"
    return f"""{arrived(asked)}, w_moved AS (
{_moved(asked, each)}
), w_summed AS (
SELECT m.k, m.seq, m.kind, m.own, m.replay,
SUM(m.moved) OVER (PARTITION BY m.k {_ORDER}) - m.moved AS total
FROM w_moved AS m
)
SELECT s.seq, s.k, CAST(s.total + {own} AS {kept}) AS answer,
CASE WHEN s.replay = 1 THEN TRUE ELSE FALSE END AS replay
FROM w_summed AS s WHERE s.kind = 1"""


def different_sql(asked: Asked) -> str:
    """Return the SELECT of a number of different values.

    `there` tells how often a value is in the window; the number changes where that leaves or
    reaches nought.
    """
    return f"""{arrived(asked)}, w_moved AS (
{_moved(asked, "1")}
), w_counted AS (
SELECT m.k, m.seq, m.kind, m.own, m.replay, m.place, m.turn, m.moved,
SUM(m.moved) OVER (PARTITION BY m.k, COALESCE(m.v, m.own) {_ORDER}) AS there
FROM w_moved AS m
), w_changed AS (
SELECT c.k, c.seq, c.kind, c.own, c.replay, c.there - c.moved AS there_before,
SUM({_CHANGE}) OVER (PARTITION BY c.k {_ORDER.replace("m.", "c.")}) - {_CHANGE} AS different
FROM w_counted AS c
)
{_of_questions(asked)}"""


def _of_questions(asked: Asked) -> str:
    new = "CASE WHEN c.own IS NOT NULL AND c.there_before = 0 THEN 1 ELSE 0 END"
    if not asked.several:
        return f"""SELECT c.seq, c.k, CAST(c.different + {new} AS BIGINT) AS answer,
CASE WHEN c.replay = 1 THEN TRUE ELSE FALSE END AS replay
FROM w_changed AS c WHERE c.kind = 1"""
    return f"""SELECT c.seq, c.k, CAST(MIN(c.different) + SUM({new}) AS BIGINT) AS answer,
CASE WHEN MAX(c.replay) = 1 THEN TRUE ELSE FALSE END AS replay
FROM w_changed AS c WHERE c.kind = 1 GROUP BY c.seq, c.k"""


def _moved(asked: Asked, each: str) -> str:
    """Return the SELECT of what enters and leaves: how much (`moved`), and where in the order.

    What is added enters where it arrives, at (`reached`, `seq`), and leaves at the beginning of
    the second since + within. What is taken out leaves where that happens, and takes its later
    leaving back. What left before it arrives, or before it is taken out, does not move.
    """
    within = asked.definition.within
    columns = "a.k, a.seq, a.kind, a.v, a.own, a.replay"
    if within is None:
        return f"""SELECT {columns}, a.reached AS place, a.seq AS turn,
CASE WHEN a.v IS NULL THEN 0 WHEN a.kind = 0 THEN -({each}) ELSE {each} END AS moved
FROM w_arrived AS a"""
    return f"""SELECT a.k, a.seq, CASE WHEN s.side = 0 THEN a.kind ELSE 0 END AS kind,
a.v, a.own, a.replay,
CASE WHEN s.side = 0 THEN a.reached ELSE a.since + {within} END AS place,
CASE WHEN s.side = 0 THEN a.seq ELSE {_EXPIRED} END AS turn,
CASE WHEN a.v IS NULL OR a.since + {within} <= a.reached THEN 0
WHEN a.kind = 0 AND s.side = 0 OR a.kind <> 0 AND s.side = 1 THEN -({each}) ELSE {each} END AS moved
FROM w_arrived AS a CROSS JOIN {SIDES} AS s
WHERE a.kind = 1 AND s.side = 0 OR a.v IS NOT NULL AND a.since + {within} > a.reached"""


def _narrow(value: str) -> str:
    return (
        f"CASE WHEN {value} > -{WIDE} AND {value} < {WIDE} THEN {value}"
        " ELSE CAST(0 AS DECIMAL(38, 0)) END"
    )
