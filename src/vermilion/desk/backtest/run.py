"""Judge a history under two rulebooks in one pass and tell what differs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vermilion.desk.backtest.course import Judged, Turned
from vermilion.desk.backtest.effects import rule_lines
from vermilion.desk.backtest.history import judged_book, judged_files
from vermilion.desk.backtest.labels import Labels, ScoreTally, TruthLabels
from vermilion.desk.backtest.load import MINUTES, LoadTally
from vermilion.desk.backtest.model import Backtest, Comparison, EventName, Source
from vermilion.desk.backtest.tally import ComparisonTally, said_by
from vermilion.desk.book import Book
from vermilion.desk.judge import Ruled
from vermilion.desk.sealing import Judgement
from vermilion.errors import DataError
from vermilion.facts.events import Event
from vermilion.intake import Mapping, Reject
from vermilion.rulebook import Engine


@dataclass(frozen=True)
class Trial:
    """Which two rulebooks are compared, and what the events are held against.

    `minutes` is how long a person takes for a case. `shadow` says that rules in shadow were made
    live in the draft.
    """

    base: Engine
    draft: Engine
    labels: Sequence[Labels] = ()
    minutes: int = MINUTES
    shadow: bool = False


def backtest_files(
    trial: Trial,
    files: Sequence[Path],
    *,
    mapping: Mapping | None = None,
    book: Book | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> Backtest:
    """Judge the events of files under both rulebooks, as `check` would, and compare.

    Effect on nothing: what is needed of the past lies encrypted in a folder that is deleted.

    Args:
        trial: what is compared.
        files: as for `check`; several are one history in order of time.
        mapping: for foreign tables.
        book: one whose standing facts are known too; it is only read.
        on_bytes: is told how many bytes were read since the last call.

    Raises:
        DataError: a file is absent, or none held an event: `nothing_read`.
    """
    count = _Count(trial)
    engines = [trial.base, trial.draft]
    for one in judged_files(engines, files, mapping=mapping, book=book, on_bytes=on_bytes):
        count.take(one)
    if not count.judged:
        raise DataError(
            "nothing_read",
            "the files hold no events that could be judged",
            help="`vermilion check` tells what is wrong with them",
            where=str(files[0]),
        )
    return count.result("files")


def backtest_book(trial: Trial, book: Book, on_entry: Callable[[], None] | None = None) -> Backtest:
    """Judge every event of a book's record under both rulebooks, as it was known then; compare.

    Effect on nothing. Of erased events what is left is taken into account, and they are counted.

    Args:
        trial: what is compared.
        book: whose record is read.
        on_entry: is called for each judgement.

    Raises:
        StorageError: the record is damaged.
        DataError: it holds no judgement: `nothing_read`.
    """
    count = _Count(trial)
    digests = (trial.base.digest, trial.draft.digest)
    engines = [trial.base, trial.draft]
    for step in judged_book(engines, book, lambda _: digests, book.record.size):
        if on_entry is not None:
            on_entry()
        if step.event is None:
            count.erased += 1
        else:
            count.add(step.event, step.recorded, step.ruled)
    if not count.judged:
        raise DataError("nothing_read", "the book holds no judgement yet", where=str(book.path))
    return count.result("book")


def backtest_facts(
    trial: Trial, compared: Comparison, left_out: tuple[int, int], seconds: float
) -> Backtest:
    """Return what a comparison over fact tables comes to; labels and cases need events.

    `left_out` are the duplicates and rejects that the tables were made without.
    """
    count = _Count(trial)
    count.judged = compared.events
    count.duplicate, count.rejected = left_out
    return count.told("facts", compared, seconds, load=False)


class _Count:
    """What is counted of a history while it is judged."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._clock = time.perf_counter()
        base, draft = trial.base, trial.draft
        self._comparison = ComparisonTally(base, draft)
        self._load = LoadTally(base, draft, trial.minutes)
        self._scores = ScoreTally(base, draft, trial.labels)
        self.judged = self.duplicate = self.rejected = self.erased = 0

    def add(self, event: Event, recorded: Judgement | None, ruled: Sequence[Ruled]) -> None:
        """Count one event under both rulebooks."""
        self.judged += 1
        before, after = (one.ruling for one in ruled)
        self._comparison.add(EventName(event.source, event.id), before, after)
        self._load.add(event, before, after)
        if self._trial.labels:
            self._scores.add(event, recorded, said_by(before), said_by(after))

    def take(self, judged: Judged | Turned | Reject) -> None:
        """Count one event of a file, judged, turned away or not read."""
        if isinstance(judged, Judged):
            self.add(judged.event, None, judged.ruled)
        elif isinstance(judged, Turned) and judged.why == "duplicate":
            self.duplicate += 1
        else:
            self.rejected += 1

    def result(self, of: Source) -> Backtest:
        """Return what was counted."""
        seconds = time.perf_counter() - self._clock
        return self.told(of, self._comparison.comparison(), seconds)

    def told(
        self, of: Source, comparison: Comparison, seconds: float, *, load: bool = True
    ) -> Backtest:
        """Return what was counted around a comparison."""
        trial = self._trial
        return Backtest(
            of=of,
            rulebook=trial.draft.rulebook.id,
            shadow=trial.shadow,
            read=self.judged + self.duplicate + self.rejected + self.erased,
            duplicate=self.duplicate,
            rejected=self.rejected,
            erased=self.erased,
            changed=sum(one.events for one in comparison.verdicts if one.before != one.after),
            comparison=comparison,
            rules=rule_lines(comparison, trial.base, trial.draft),
            load=self._load.load() if load else None,
            labels=[
                "truth" if isinstance(one, TruthLabels) else "resolutions" for one in trial.labels
            ],
            labelled=self._scores.labelled,
            scores=self._scores.scores(),
            seconds=round(seconds, 3),
        )
