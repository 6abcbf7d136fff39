"""What happened to the keys of a window, as rows in order of arrival: the start of each SELECT."""

# Relations are the caller's own names and SELECTs, never a user's text.
# ruff: noqa: S608

from __future__ import annotations

from typing import NamedTuple

from vermilion.features.model import Definition

UPTO = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
"""Frames of all window functions begin so: engines run them in one pass over a partition."""

BEFORE = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
"""The same without the row itself: what an event adds comes after what it asks."""

SIDES = "(SELECT 0 AS side UNION ALL SELECT 1 AS side)"
"""Makes two rows of one, without reading what it comes from twice."""

WIDE = 10**27
"""From here on a summand is replayed: fewer than 10^10 smaller ones stay within 38 digits."""

_ARRIVAL = "PARTITION BY h.k ORDER BY h.seq, h.kind"


class Asked(NamedTuple):
    """A window, the history to ask it of, and what that may hold; see `vermilion.features.sql`."""

    definition: Definition
    history: str
    including: bool
    revocable: bool
    several: bool


def either(contributions: str, questions: str, *, including: bool, revocable: bool) -> str:
    """Return a history, in parentheses, of what is added and what is asked."""
    own = (", NULL AS own", ", q.own") if including else ("", "")
    until = (", c.until", ", NULL AS until") if revocable else ("", "")
    return f"""(SELECT c.seq, c.t, c.k, FALSE AS asks, c.v{own[0]}{until[0]} FROM {contributions} AS c
UNION ALL SELECT q.seq, q.t, q.k, TRUE AS asks, NULL AS v{own[1]}{until[1]} FROM {questions} AS q)"""


def arrived(asked: Asked) -> str:
    """Return the first CTEs, up to `w_arrived`. All begin with `w_`, so that none hides a relation.

    A row is of `kind` 0 (taken out), 1 (asks, and may add) or 2 (adds), in this order within a
    `seq`. `since` is the moment of the event or of what is taken out, `v` what is added or taken
    out, `own` what the question takes in. `reached` is the latest moment of an event so far, and
    `replay` is 1 where SQL does not tell what is asked.
    """
    return f"""WITH w_happened AS (
{_happened(asked)}
), w_met AS (
SELECT h.k, h.seq, h.kind, h.since, h.v, h.own,
MAX(h.at_event) OVER ({_ARRIVAL} {UPTO}) AS reached,
{_shaken(asked)} AS shaken
FROM w_happened AS h
), w_arrived AS (
SELECT a.k, a.seq, a.kind, a.since, a.v, a.own, a.reached,
CASE WHEN a.since < a.reached OR a.shaken = 1 THEN 1 ELSE 0 END AS replay
FROM w_met AS a
)"""


def _happened(asked: Asked) -> str:
    """Return the SELECT of what happened, in the order in which it happens within a sequence."""
    history = asked.history
    decimal = asked.definition.function == "sum"
    value = "CAST(h.v AS DECIMAL(38, 0))" if decimal else "h.v"
    # An own value is compared with and put in the place of what is added: one type.
    own = value.replace("h.v", "h.own") if asked.including else f"CASE WHEN 0 = 1 THEN {value} END"
    none = f"CASE WHEN 0 = 1 THEN {value} END"
    if asked.several:
        # What an event adds by one row must not count in what it asks by another; and a list may
        # hold a value twice.
        happened = f"""SELECT DISTINCT h.k, h.seq, 1 AS kind, h.t AS since, h.t AS at_event,
{none} AS v, {own} AS own FROM {history} AS h WHERE h.asks
UNION ALL
SELECT h.k, h.seq, 2 AS kind, h.t AS since, h.t AS at_event, {value} AS v, {none} AS own
FROM {history} AS h WHERE h.v IS NOT NULL"""
    else:
        happened = f"""SELECT h.k, h.seq, CASE WHEN h.asks THEN 1 ELSE 2 END AS kind,
h.t AS since, h.t AS at_event, {value} AS v, {own} AS own
FROM {history} AS h WHERE h.asks OR h.v IS NOT NULL"""
    if not asked.revocable:
        return happened
    return f"""{happened}
UNION ALL
SELECT h.k, h.until AS seq, 0 AS kind, h.t AS since, CAST(NULL AS BIGINT) AS at_event,
{value} AS v, {none} AS own
FROM {history} AS h WHERE h.v IS NOT NULL AND h.until IS NOT NULL"""


def _shaken(asked: Asked) -> str:
    """Return the column that is 1 if something came that makes later answers other than SQL tells."""
    match asked.definition.function:
        case "sum":
            shaking = " OR ".join(
                f"h.{name} >= {WIDE} OR h.{name} <= -{WIDE}" for name in ("v", "own")
            )
        case "count" | "distinct":
            return "0"
        case _ if asked.revocable:
            shaking = "h.kind = 0"
        case _:
            return "0"
    return f"MAX(CASE WHEN {shaking} THEN 1 ELSE 0 END) OVER ({_ARRIVAL} {UPTO})"
