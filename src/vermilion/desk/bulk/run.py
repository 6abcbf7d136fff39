"""Judge fact tables under rulebooks in bulk, and compare two of them."""

# Relations and columns are named by us, never by a user.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.backtest.model import EXAMPLES, Comparison, EventName
from vermilion.desk.backtest.tally import COMBINATIONS, ComparisonTally, Said, Seen
from vermilion.desk.bulk.answers import answer, asked_of
from vermilion.desk.bulk.judge import Period, Taken, judged, outcomes, periods, verdict
from vermilion.desk.bulk.tables import Facts
from vermilion.language.sql import HIT, PASSED, UNKNOWN
from vermilion.rulebook import Engine
from vermilion.sql import DuckDb, SqlEngine

AT_ONCE = 4_000_000
"""Sequences judged together, so that what is joined stays within memory."""

MEMORY = "1200MB"
"""What DuckDB may take; with Python and DuckDB's overhead the process stays under 2 GB."""

Progress = Callable[[str], None]


class Combination(NamedTuple):
    """Events of a type and stage to which each of some rulebooks says the same.

    `said` has, by rulebook, period and outcome of each of its rules; `first` the first sequences.
    """

    kind: str
    stage: str
    said: Sequence[tuple[Period, Sequence[int]]]
    events: int
    first: Sequence[int]


class BulkRun:
    """Fact tables with the windows of some rulebooks answered; a context manager.

    Args:
        folder: the fact tables.
        engines: the rulebooks that may be asked for.
        sql: what runs the SQL; DuckDB with `MEMORY` where none is given. It is closed at the end.
        progress: is told in a word what is being done.

    Raises:
        DataError: the folder holds no fact tables.
        RulebookError: a rulebook reads what the tables do not have.
        StorageError: memory or room for temporary files runs out.
    """

    def __init__(
        self,
        folder: Path,
        engines: Sequence[Engine],
        *,
        sql: SqlEngine | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.sql = sql or DuckDb(MEMORY)
        self._progress = progress or (lambda _: None)
        try:
            self.facts = Facts(folder, self.sql)
            for engine in engines:
                self.facts.check(engine)
            self._answers: dict[bytes, str] = {}
            for digest, asked in asked_of(self.facts, engines).items():
                self._progress(f"windows: {asked.window.name}")
                self._answers[digest] = answer(self.facts, asked)
        except BaseException:
            self.sql.close()
            raise

    def __enter__(self) -> BulkRun:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.sql.close()

    def combinations(self, engines: Sequence[Engine]) -> Iterator[Combination]:
        """Yield what rulebooks say together, each combination with the number of its events.

        A combination may come more than once.
        """
        for kind, stage, sides, query in self._queries(engines):
            words = [
                f"w{number}_{place}"
                for number, (_, period) in enumerate(sides)
                for place in range(len(period.words))
            ]
            listed = "".join(f"{word}, " for word in words)
            grouped = f" GROUP BY {', '.join(words)}" if words else ""
            counted = f"COUNT(*) AS events, {self.sql.first('seq', EXAMPLES)} AS first"
            for row in self.sql.rows(f"SELECT {listed}{counted} FROM ({query}) AS j{grouped}"):
                *found, events, first = row
                if events:
                    yield Combination(kind, stage, _said(sides, found), events, first)

    def outcomes(self, engine: Engine) -> str:
        """Return the table of what a rulebook says to each event.

        Its columns are `seq`, `source`, `id`, `event_type`, `stage`, `verdict`, and the ids of rules
        with spaces between: `hit`, `unknown` and `passed`.
        """
        zone = self.facts.zone(engine)
        name = f"outcomes_{engine.digest[:16]}"
        if name in self.facts.made:
            return name
        self.facts.made.add(name)
        parts = []
        for number, (kind, stage, sides, query) in enumerate(self._queries([engine])):
            period = sides[0][1]
            words = [f"w0_{place}" for place in range(len(period.words))]
            listed = "".join(f", j.{word}" for word in words)
            kept, means = f"{name}_{number}", f"{name}_{number}_means"
            self.sql.keep(kept, query)
            said = self.sql.rows(f"SELECT DISTINCT {', '.join(words) or '0'} FROM {kept}")
            columns = dict.fromkeys(words, "BIGINT") | dict.fromkeys(_MEANS, "STRING")
            rows = [(*row[: len(words)], *_means(period, row)) for row in said]
            self.sql.load(means, columns, iter(rows))
            same = " AND ".join(f"m.{word} = j.{word}" for word in words) or "TRUE"
            told = "".join(f", m.{one}" for one in _MEANS)
            parts.append(
                f"SELECT f.seq, f.source, f.id, '{kind}' AS event_type, '{stage}' AS stage{told}"
                f" FROM (SELECT j.seq{listed} FROM {kept} AS j) AS j JOIN {means} AS m ON {same}"
                f" JOIN {self.facts.relation(kind, zone)} AS f ON f.seq = j.seq"
            )
        self.sql.view(name, " UNION ALL ".join(parts))
        return name

    def names(self, seqs: Sequence[int]) -> dict[int, EventName]:
        """Return the events of some sequences by identity."""
        found: dict[int, EventName] = {}
        listed = ", ".join(map(str, sorted(set(seqs))))
        for kind in self.facts.kinds if listed else ():
            relation = self.facts.relation(kind, 0)
            rows = self.sql.rows(
                f"SELECT f.seq, f.source, f.id FROM {relation} AS f WHERE f.seq IN ({listed})"
            )
            found |= {seq: EventName(source, id) for seq, source, id in rows}
        return found

    def _queries(
        self, engines: Sequence[Engine]
    ) -> Iterator[tuple[str, str, Sequence[tuple[int, Period]], str]]:
        """Yield by event type, stage and period the SELECT of what rulebooks say."""
        manifest = self.facts.manifest
        for kind in self.facts.kinds:
            for stage in manifest.tables[kind].stages:
                self._progress(f"judging: {kind}, {stage}")
                for sides in self._sides(engines, kind, stage):
                    for start in range(0, max(manifest.events, 1), AT_ONCE):
                        seqs = None
                        if manifest.events > AT_ONCE:
                            seqs = (start, start + AT_ONCE)
                        taken = Taken(kind, stage, seqs)
                        query = judged(self.facts, taken, sides, self._answers)
                        yield kind, stage, sides, query

    def _sides(
        self, engines: Sequence[Engine], kind: str, stage: str
    ) -> Iterator[list[tuple[int, Period]]]:
        """Yield the periods of rulebooks that may overlap."""
        found: list[list[tuple[int, Period]]] = [[]]
        for engine in engines:
            zone = self.facts.zone(engine)
            days = self.facts.manifest.days[zone]
            own = periods(engine, kind, stage, days)
            found = [
                [*sides, (zone, period)]
                for sides in found
                for period in own
                if all(
                    other != zone or (one.first < period.end and period.first < one.end)
                    for other, one in sides
                )
            ]
        yield from found


_MEANS = ("verdict", "hit", "unknown", "passed")


def compare(
    facts: Path,
    base: Engine,
    draft: Engine,
    *,
    limit_memory: str = MEMORY,
    sql: SqlEngine | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Return what changes if one rulebook judged the events of fact tables in place of another.

    Args:
        facts: the folder.
        base: the rulebook that is held against.
        draft: the one that would judge instead.
        limit_memory: what DuckDB may take; its own overhead and Python come on top.
        sql: another engine than DuckDB.
        progress: is told in a word what is being done.

    Raises:
        DataError: the folder holds no fact tables.
        RulebookError: a rulebook reads what the tables do not have: `facts_lacking`.
        StorageError: memory or room for temporary files runs out.
    """
    tally = _Tally(base, draft)
    with BulkRun(facts, [base, draft], sql=sql or DuckDb(limit_memory), progress=progress) as run:
        for one in run.combinations([base, draft]):
            before, after = (said_of(period, found) for period, found in one.said)
            tally.count(before, after, one.events, one.first)
        found = tally.comparison()
        places = [int(name.id) for change in found.changes for name in change.examples]
        places += [int(name.id) for change in found.verdicts for name in change.examples]
        names = run.names(places)
    return msgspec.structs.replace(
        found,
        changes=[_named(one, names) for one in found.changes],
        verdicts=[_named(one, names) for one in found.verdicts],
    )


def said_of(period: Period, found: Sequence[int]) -> Said:
    """Return what a rulebook says to an event, given the outcomes of its rules."""
    rules = [(one.rule, code) for one, code in zip(period.rules, found, strict=True)]
    return Said(
        verdict(period, found),
        tuple(rule.key for rule, code in rules if code == PASSED),
        tuple(
            (rule.id, "hit" if code == HIT else "missing")
            for rule, code in rules
            if code in {HIT, UNKNOWN}
        ),
    )


class _Tally(ComparisonTally):
    """Counts combinations of many events at once; events are named by their sequence."""

    def count(self, before: Said, after: Said, events: int, first: Sequence[int]) -> None:
        seen = Seen()
        seen.events = events
        seen.first = [(seq, EventName("", str(seq))) for seq in first]
        if len(self._pairs) >= COMBINATIONS:
            self._add_up()
        self._pairs.setdefault((before, after), Seen()).merge(seen)
        self._events += events


def _named(change: Any, names: dict[int, EventName]) -> Any:
    examples = [names[int(one.id)] for one in change.examples]
    return msgspec.structs.replace(change, examples=examples)


def _said(
    sides: Sequence[tuple[int, Period]], words: Sequence[int]
) -> list[tuple[Period, list[int]]]:
    found, begin = [], 0
    for _, period in sides:
        end = begin + len(period.words)
        found.append((period, outcomes(period, words[begin:end])))
        begin = end
    return found


def _means(period: Period, words: Sequence[int]) -> tuple[str, str, str, str]:
    found = outcomes(period, words)
    ids = [
        " ".join(
            one.rule.id for one, code in zip(period.rules, found, strict=True) if code == wanted
        )
        for wanted in (HIT, UNKNOWN, PASSED)
    ]
    return (verdict(period, found), *ids)  # type: ignore[return-value]
