"""Windows in bulk: one SELECT for each window, equal to the online state machine or saying where not.

`window_sql` makes the SELECT, in the dialect that DuckDB, Spark and Sail read alike. It gives one row
for each question: `seq`, `k`, `answer`, and `replay`. Where `replay` is true the answer stands for
nothing: SQL cannot tell it exactly, and the window is replayed for the keys of those questions:
`replay_sql` selects what happened to them, and `replayed` performs it on the state machine.

Two relations are read, by name (none that begins with `w_`) or as a SELECT in parentheses: what is
added, and what is asked.

| column | of | type | meaning |
|---|---|---|---|
| `seq` | both | BIGINT | sequence of the event, from 0 |
| `t` | both | BIGINT | its time in epoch seconds (the second it lies in), as the state machine counts |
| `k` | both | any | the key: one column, text or number, injective in what the key consists of; never null |
| `v` | added | any | what is added, 1 for functions of moments; null adds nothing. At most 38 digits where it is a number |
| `until` | added | BIGINT | read only if `revocable`: sequence of the event that takes it out again (the correction's or withdrawal's own), null where it stands |
| `own` | asked | as `v` | read only if `including`: what the event itself adds, or would if it were settled, under the key it asks for; null where nothing |

For lists (of `distinct`) there is a row for each value. An event first takes out what its business
added before, then asks, then adds: all three at its `seq`.

`history_sql` and `replay_history_sql` do the same for one relation with the columns of both and `asks`
(BOOLEAN), in which an event that asks and adds under the same key is one row. That costs half.

How it is exact. Rows of a key in order of sequence have a running maximum of time. A question that
is at that maximum is *on time*: whatever was added before it lies at or before its moment, so that
only what left the window has to be told, and that is known in advance: it leaves at t + within.
Contributions that arrive late, or go again, take effect at the running maximum of their arrival.
So each answer is a running total over what enters and leaves, linear in the number of rows. A
question that is not on time is replayed; some others are where `window_sql` says so.
"""

# Relations are the caller's own names and SELECTs, never a user's text.
# ruff: noqa: S608

from __future__ import annotations

from vermilion.features.model import Definition
from vermilion.features.sql_extremes import blocks_sql, outermost_sql
from vermilion.features.sql_rows import Asked, either
from vermilion.features.sql_totals import different_sql, total_sql

_IN_BLOCKS = frozenset({"min", "max", "first", "first_seen"})


def window_sql(
    definition: Definition,
    contributions: str,
    questions: str,
    *,
    including: bool = False,
    revocable: bool = True,
    calendar: str | None = None,
) -> str:
    """Return the SELECT of `seq`, `k`, `answer` and `replay`, a row for each question.

    Replayed is a question
    - that is not on time: its moment lies before that of an earlier row of its key;
    - of a sum, after a value of 10^27 or more under its key, or with such a one of its own;
    - of a function other than `count`, `sum` and `distinct`, after something under its key was
      taken out;
    - of `min`, `max`, `first` or `first_seen` of a bounded window, where what arrived after it lies
      in its window.

    Args:
        definition: the window.
        contributions: relation of what is added.
        questions: relation of what is asked.
        including: whether `own` counts.
        revocable: whether anything is ever taken out.
        calendar: for `trading_days`, the relation of `calendar_days`, with columns `begins`, `upto`.

    Returns:
        `answer` is a BIGINT for counts, seconds and days, a DECIMAL(38,0) for a sum, else of the
        type of `v`; null where the state machine answers None. It is never LATE where `replay` is
        false.

    Raises:
        ValueError: trading days are asked and there is no calendar.
    """
    return history_sql(
        definition,
        either(contributions, questions, including=including, revocable=revocable),
        including=including,
        revocable=revocable,
        several=definition.function == "distinct" and including,
        calendar=calendar,
    )


def history_sql(
    definition: Definition,
    history: str,
    *,
    including: bool = False,
    revocable: bool = True,
    several: bool = False,
    calendar: str | None = None,
) -> str:
    """Return the SELECT of `window_sql` from one relation with the columns of both, and `asks`.

    Args:
        definition: the window.
        history: relation of what happened. `v` is null where a row adds nothing, `own` where it
            does not ask.
        including: whether `own` counts; where a row asks and adds, `own` is `v` or null.
        revocable: whether anything is ever taken out.
        several: whether an event may have several rows that ask, for `distinct` of lists.
        calendar: for `trading_days`, the relation of `calendar_days`, with columns `begins`, `upto`.

    Raises:
        ValueError: trading days are asked and there is no calendar.
    """
    if definition.function == "trading_days" and calendar is None:
        raise ValueError("trading days need a calendar")
    asked = Asked(definition, history, including, revocable, several)
    match definition.function:
        case "count" | "sum":
            return total_sql(asked)
        case "distinct":
            return different_sql(asked)
        case function if definition.within is not None and function in _IN_BLOCKS:
            return blocks_sql(asked)
        case _:
            return outermost_sql(asked, calendar)


def replay_sql(
    definition: Definition,  # noqa: ARG001 - callers have one for all of a window's SELECTs
    contributions: str,
    questions: str,
    answered: str,
    *,
    including: bool = False,
    revocable: bool = True,
) -> str:
    """Return the SELECT of what `replayed` performs: questions to be replayed, and all of their keys.

    Args:
        definition: the window.
        contributions: relation of what is added.
        questions: relation of what is asked.
        answered: relation of what the SELECT of `window_sql` gave.
        including: as for `window_sql`.
        revocable: as for `window_sql`.

    Returns:
        A SELECT of `k`, `seq`, `kind`, `t`, `v` in order of key, sequence and kind.
    """
    history = either(contributions, questions, including=including, revocable=revocable)
    return replay_history_sql(history, answered, including=including, revocable=revocable)


def replay_history_sql(
    history: str, answered: str, *, including: bool = False, revocable: bool = True
) -> str:
    """Return the SELECT of `replay_sql` from one relation, as `history_sql` reads it."""
    own = "h.own" if including else "NULL"
    again = f"FROM {answered} AS a WHERE a.replay"
    happened = f"""SELECT h.k, h.seq, 2 AS kind, h.t, h.v FROM {history} AS h WHERE h.v IS NOT NULL
UNION ALL SELECT h.k, h.seq, 1 AS kind, h.t, {own} AS v FROM {history} AS h
WHERE h.asks AND h.seq IN (SELECT a.seq {again})"""
    if revocable:
        happened += f"""
UNION ALL SELECT h.k, h.until AS seq, 0 AS kind, h.t, h.v FROM {history} AS h
WHERE h.v IS NOT NULL AND h.until IS NOT NULL"""
    return f"""SELECT r.k, r.seq, r.kind, r.t, r.v FROM ({happened}) AS r
WHERE r.k IN (SELECT a.k {again})
ORDER BY r.k, r.seq, r.kind"""
