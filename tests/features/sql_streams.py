"""Random streams as the relations that windows in bulk are asked of, and the two ways to answer."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa

from vermilion.features import (
    KEEP,
    LATE,
    VALUELESS,
    Answer,
    Definition,
    TradingCalendar,
    Windows,
)
from vermilion.features.sql import history_sql, replay_history_sql
from vermilion.features.sql_replay import ADDED, ASKED, TAKEN_OUT, Happened, replayed

from .streams import HUGE, TEXTUAL, Step

CALENDAR = TradingCalendar()
NOON = 1_700_000_000
HOURS = 5 * 3_600

Run = Callable[[str], list[tuple[Any, ...]]]
"""Runs a SELECT on an engine and returns its rows."""


class Contribution(NamedTuple):
    """A row of what is added."""

    seq: int
    t: int
    k: str
    v: Any
    until: int | None


class Question(NamedTuple):
    """A row of what is asked."""

    seq: int
    t: int
    k: str
    own: Any


class History(NamedTuple):
    """A row of both."""

    seq: int
    t: int
    k: str
    asks: bool
    v: Any
    until: int | None
    own: Any


class Relations(NamedTuple):
    """What is asked of what, for one definition."""

    definition: Definition
    contributions: list[Contribution]
    questions: list[Question]

    def happened(self) -> list[Happened]:
        """Return all of it in order of sequence, as the state machine meets it."""
        rows = [Happened(c.k, c.seq, ADDED, c.t, c.v) for c in self.contributions]
        rows += [
            Happened(c.k, c.until, TAKEN_OUT, c.t, c.v)
            for c in self.contributions
            if c.until is not None
        ]
        rows += [Happened(q.k, q.seq, ASKED, q.t, q.own) for q in self.questions]
        return sorted(rows, key=lambda one: (one.seq, one.kind))

    def without_own(self) -> Relations:
        """Return the same where no question takes in what its event adds."""
        asked = dict.fromkeys(one._replace(own=None) for one in self.questions)
        return self._replace(questions=list(asked))

    def history(self) -> list[History]:
        """Return all of it as rows that ask, add, or do both."""
        adding: dict[int, list[Contribution]] = {}
        for one in self.contributions:
            adding.setdefault(one.seq, []).append(one)
        rows = []
        for seq, t, k, own in self.questions:
            added = [one for one in adding.get(seq, []) if own is None or one.v == own]
            if added:
                adding[seq].remove(added[0])
            rows.append(History(seq, t, k, True, *(added[0][3:] if added else (None, None)), own))
        rest = [one for more in adding.values() for one in more]
        return rows + [History(c.seq, c.t, c.k, False, c.v, c.until, None) for c in rest]

    def arrow(self) -> dict[str, pa.Table]:
        """Return all as Arrow tables."""
        kind = self.value_type()
        return {
            "contributions": _table(self.contributions, Contribution, kind),
            "questions": _table(self.questions, Question, kind),
            "history": _table(self.history(), History, kind),
        }

    def value_type(self) -> pa.DataType:
        function = self.definition.function
        if function in VALUELESS:
            return pa.int64()
        return pa.string() if function in TEXTUAL else pa.decimal128(38, 0)


def crowd(seed: int, number: int = 60, late: float = 0.1) -> list[list[Step]]:
    """Return streams like those of the properties, as many as are wanted, from a seed.

    Every second one takes nothing out, and every third is in order of time.
    """
    draw = random.Random(seed)
    made: list[list[Step]] = []
    for place in range(number):
        acts = ["event"] * 5 + ["ask"] * 2 + ["remove"] * 2 * (place % 2)
        moment, steps = draw.choice([-20, 1000]), []
        for _ in range(draw.randrange(1, 60)):
            back = place % 3 and draw.random() < late
            strides = [-1, -6, -30, -90] if back else [0, 0, 0, 1, 1, 2, 3, 5, 6, 20, 41, 100]
            moment += draw.choice(strides)
            number = draw.choice([None, -3, -2, -1, 0, 1, 2, 3, 2**63, 2**64])
            key = draw.choice([("hot",), ("hot",), ("hot",), ("cold", 7)])
            steps.append(Step(draw.choice(acts), key, moment, number, draw.randrange(31)))
        made.append(steps)
    return made


def scaled(definition: Definition, many: Sequence[Sequence[Step]]) -> tuple[Relations, int]:
    """Return the relations, in seconds, or hours of this century where trading days are asked."""
    if definition.function != "trading_days":
        return relations(definition, many), 1
    within = definition.within and definition.within * HOURS
    wide = Definition(definition.function, definition.digest, within)
    return relations(wide, many, scale=HOURS, begin=NOON), HOURS


def relations(
    definition: Definition, streams: Sequence[Sequence[Step]], scale: int = 1, begin: int = 0
) -> Relations:
    """Return what happens in some streams, each under keys of its own, one after the other in turn.

    An event asks, asks with itself taken in, and is added. What is taken out is, like a correction,
    by a step that then asks.
    """
    contributions: list[Contribution] = []
    questions: list[Question] = []
    several = definition.function == "distinct"
    for stream, steps in enumerate(streams):
        live: list[int] = []
        for number, step in enumerate(steps):
            seq = 2 * (number * len(streams) + stream)
            t, key = begin + step.moment * scale, f"{stream} {step.key}"
            values = _values(definition, step, several=several)
            match step.act:
                case "ask" | "event":
                    questions.append(Question(seq, t, key, None))
                    questions += [Question(seq + 1, t, key, one) for one in values or [None]]
                    if step.act == "event":
                        live += range(len(contributions), len(contributions) + len(values))
                        contributions += [Contribution(seq + 1, t, key, v, None) for v in values]
                case "remove" if live:
                    place = live.pop(step.place % len(live))
                    gone = contributions[place] = contributions[place]._replace(until=seq)
                    questions.append(Question(seq, t, gone.k, None))
    return Relations(definition, contributions, questions)


def online(asked: Relations, keep: int = KEEP) -> dict[int, Answer]:
    """Return the state machine's answer to each question, by sequence."""
    windows = Windows([asked.definition], secret=b"", calendar=CALENDAR, keep=keep)
    own: dict[int, list[Any]] = {}
    for question in asked.questions:
        own.setdefault(question.seq, []).append(question.own)
    answers: dict[int, Answer] = {}
    for key, seq, kind, t, value in asked.happened():
        if kind == ADDED:
            windows.add(0, key, t, value if value is not None else None)
        elif kind == TAKEN_OUT:
            windows.remove(0, key, t, value)
        elif len(own[seq]) == 1:
            answers[seq] = windows.value(0, key, t, including=value)
        else:
            before = windows.value(0, key, t)
            each = [windows.value(0, key, t, including=one) for one in set(own[seq])]
            more = 0 if before is LATE else sum(one - before for one in each)
            answers[seq] = before if before is LATE else before + more
    return answers


class InBulk(NamedTuple):
    """Answers by sequence, and which of them came by replay."""

    answers: dict[int, Answer]
    again: set[int]


def in_bulk(run: Run, asked: Relations, keep: int = KEEP, history: str = "history") -> InBulk:
    """Return the answers of SQL, and those of the replay where it says so."""
    return answered(run, asked, text_for(asked.definition, history), keep, history)


def text_for(definition: Definition, history: str = "history") -> str:
    """Return the SELECT for a definition."""
    several = definition.function == "distinct"
    return history_sql(definition, history, including=True, several=several, calendar="days")


def answered(
    run: Run, asked: Relations, text: str, keep: int = KEEP, history: str = "history"
) -> InBulk:
    """Return the answers of a SELECT, and those of the replay where it says so."""
    rows = run(text)
    answers = {seq: plain(answer) for seq, _, answer, _ in rows}
    assert len(answers) == len(rows)
    again = {seq for seq, _, _, replay in rows if replay}
    if again:
        rows = run(replay_history_sql(history, f"({text})", including=True))
        happened = [Happened(*row) for row in rows]
        exact = dict(replayed(asked.definition, happened, calendar=CALENDAR, keep=keep))
        answers |= {seq: exact[seq] for seq in again}
    return InBulk(answers, again)


def plain(value: Any) -> Any:
    """Return an engine's number as a whole one."""
    return int(value) if isinstance(value, Decimal) else value


def _values(definition: Definition, step: Step, *, several: bool) -> list[Any]:
    function = definition.function
    if function in VALUELESS:
        return [1]
    if step.number is None:
        return []
    number = step.number if abs(step.number) < HUGE else step.number // 1000
    if several and step.place % 3 == 0:
        return [f"value {number}", f"value {step.place % 7}", f"value {number}"]
    return [f"value {number}" if function in TEXTUAL else number]


def _table(rows: Iterable[tuple[Any, ...]], shape: Any, kind: pa.DataType) -> pa.Table:
    types = {"k": pa.string(), "asks": pa.bool_(), "v": kind, "own": kind}
    columns = list(zip(*rows, strict=True)) or [()] * len(shape._fields)
    arrays = [
        pa.array(_as(column, types.get(name)), types.get(name, pa.int64()))
        for name, column in zip(shape._fields, columns, strict=True)
    ]
    return pa.table(arrays, names=list(shape._fields))


def _as(column: Sequence[Any], kind: pa.DataType | None) -> Sequence[Any]:
    if kind is None or not pa.types.is_decimal(kind):
        return column
    return [None if one is None else Decimal(one) for one in column]
