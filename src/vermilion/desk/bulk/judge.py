"""The rules of one event type as SQL: all outcomes of an event in a few whole numbers."""

# Relations and columns are named by us, never by a user.
# ruff: noqa: S608

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vermilion.desk.bulk.answers import answered_column
from vermilion.desk.bulk.tables import DAY, Facts
from vermilion.desk.judge import stronger
from vermilion.language import Condition
from vermilion.language.sql import HIT, NOT_APPLICABLE, PASSED, UNKNOWN, predicate
from vermilion.rulebook import Engine, RuleInForce, Verdict
from vermilion.rulebook.windows import LoadedWindow

PER_WORD = 31
"""Rules whose outcomes, two bits each, lie in one whole number of 64 bits."""

_WINDOW = re.compile(r"\bf_windows__(\w+)")


@dataclass(frozen=True)
class Period:
    """Days in which events of a type and stage are held against the same rules, as SQL.

    `first` and `end` are ordinals, the end not included; `words` hold the outcomes of `rules` in
    order, `PER_WORD` in each; `windows` are those that they read.
    """

    first: int
    end: int
    rules: tuple[RuleInForce, ...]
    words: tuple[str, ...]
    windows: tuple[LoadedWindow, ...]


def periods(engine: Engine, kind: str, stage: str, days: tuple[int, int]) -> list[Period]:
    """Return the periods of a rulebook between two days, the last included, for a type and stage."""
    changes = {one.toordinal() for one in engine.changes}
    first, last = days
    begins = sorted({first, *(one for one in changes if first < one <= last)})
    found: list[Period] = []
    for begin, end in zip(begins, [*begins[1:], last + 1], strict=True):
        period = _period(engine, kind, stage, begin, end)
        before = found[-1] if found else None
        if before is not None and _says(before) == _says(period):
            found[-1] = Period(before.first, end, period.rules, period.words, period.windows)
        else:
            found.append(period)
    return found


def outcomes(period: Period, words: Sequence[int]) -> list[int]:
    """Return the outcome of each rule of a period: `HIT`, `UNKNOWN`, `PASSED`, `NOT_APPLICABLE`."""
    return [
        words[place // PER_WORD] >> 2 * (place % PER_WORD) & 3 for place in range(len(period.rules))
    ]


def verdict(period: Period, found: Sequence[int]) -> Verdict:
    """Return the strongest verdict of the live rules, as `desk.judge` has it."""
    strongest: Verdict = "not_applicable"
    for one, outcome in zip(period.rules, found, strict=True):
        if one.rule.mode == "live" and outcome != NOT_APPLICABLE:
            said: Mapping[int, Verdict] = {
                HIT: one.rule.verdict,
                UNKNOWN: one.rule.on_missing,
                PASSED: "allow",
            }
            strongest = stronger(strongest, said[outcome])
    return strongest


class Taken(NamedTuple):
    """Which events are judged together: type, stage, and between which sequences, the end excluded."""

    kind: str
    stage: str
    seqs: tuple[int, int] | None = None

    def between(self, relation: str) -> str:
        """Return the condition on the sequences of a relation."""
        if self.seqs is None:
            return "TRUE"
        return f"{relation}.seq >= {self.seqs[0]} AND {relation}.seq < {self.seqs[1]}"


def judged(
    facts: Facts,
    taken: Taken,
    sides: Sequence[tuple[int, Period]],
    answers: Mapping[bytes, str],
) -> str:
    """Return the SELECT of `seq` and the words of each side, for the days that all sides cover.

    Args:
        facts: the tables.
        taken: the events.
        sides: rulebooks as their zone and period; the words of side n are `w<n>_0`, `w<n>_1`, ...
        answers: by digest of the window, the table of its answers.
    """
    columns, joined = [], []
    for zone in dict.fromkeys(zone for zone, _ in sides):
        own = [(number, period) for number, (of, period) in enumerate(sides) if of == zone]
        names = [f"w{number}_{n}" for number, period in own for n in range(len(period.words))]
        texts = [word for _, period in own for word in _renamed(period)]
        words = "".join(f", {text} AS {name}" for text, name in zip(texts, names, strict=True))
        inner = _joined(facts, taken, zone, [period for _, period in own], answers)
        joined.append((f"z{zone}", f"(SELECT e.seq AS seq{words} FROM ({inner}) AS e)"))
        columns += [f"z{zone}.{name}" for name in names]
    (first, relation), *others = joined
    listed = "".join(f", {one}" for one in columns)
    text = f"SELECT {first}.seq AS seq{listed} FROM {relation} AS {first}"
    for name, other in others:
        text += f" JOIN {other} AS {name} ON {name}.seq = {first}.seq"
    return text


def _period(engine: Engine, kind: str, stage: str, begin: int, end: int) -> Period:
    fused = engine.on(kind, stage, dt.date.fromordinal(begin))
    words = []
    for start in range(0, len(fused.rules), PER_WORD):
        rules = fused.rules[start : start + PER_WORD]
        passed = sum(PASSED * 4**place for place in range(len(rules)))
        codes = [_code(one.condition, fused.parameters, 4**n) for n, one in enumerate(rules)]
        words.append(f"{passed} + {' + '.join(codes)}")
    return Period(begin, end, fused.rules, tuple(words), fused.windows)


def _says(period: Period) -> tuple[object, ...]:
    return period.words, [one.rule.key for one in period.rules], period.windows


def _code(condition: Condition, parameters: Mapping[str, object], unit: int) -> str:
    """Return the SQL of what a rule's outcome adds to `PASSED`, in units of its place in a word.

    It is arithmetic on truth values where it can be: engines are slow at CASE.
    """
    hit, unknown, beyond = ((one - PASSED) * unit for one in (HIT, UNKNOWN, NOT_APPLICABLE))
    violates = predicate(condition.violates, parameters)
    code = f"COALESCE(CAST({violates} AS BIGINT) * {hit}, {unknown})"
    if condition.applies is None:
        return code
    applies = predicate(condition.applies, parameters)
    return f"CASE WHEN {applies} THEN {code} WHEN NOT {applies} THEN {beyond} ELSE {unknown} END"


def _renamed(period: Period) -> list[str]:
    """Return the words with each window called by its digest, which two rulebooks may name alike."""
    column = {
        one.name.replace(".", "__"): answered_column(one, f"a_{one.digest.hex()}")
        for one in period.windows
    }
    return [_WINDOW.sub(lambda found: column[found[1]], word) for word in period.words]


def _joined(
    facts: Facts,
    taken: Taken,
    zone: int,
    periods: Sequence[Period],
    answers: Mapping[bytes, str],
) -> str:
    windows = {one.digest: one.digest.hex() for period in periods for one in period.windows}
    listed = "".join(f", x{name}.answer AS a_{name}" for name in windows.values())
    text = f"SELECT f.*{listed} FROM {facts.relation(taken.kind, zone)} AS f"
    for digest, name in windows.items():
        asked = f"SELECT q.seq, q.answer FROM {answers[digest]} AS q WHERE {taken.between('q')}"
        text += f" LEFT JOIN ({asked}) AS x{name} ON x{name}.seq = f.seq"
    first = max(period.first for period in periods)
    end = min(period.end for period in periods)
    days = f"f.{DAY} >= {first} AND f.{DAY} < {end}"
    return f"{text} WHERE f.stage = '{taken.stage}' AND {days} AND {taken.between('f')}"
