"""Labels that say whether a rule should hit an event: from a simulated truth, or from people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from vermilion.desk.backtest.model import RuleScore, Score
from vermilion.desk.backtest.tally import Said
from vermilion.desk.cases.labels import case_labels
from vermilion.desk.loop.causes import all_causes
from vermilion.desk.sealing import Judgement
from vermilion.errors import DataError, UsageError
from vermilion.facts.events import Event
from vermilion.rulebook import Engine
from vermilion.simulate import Truth
from vermilion.store import identity_of

if TYPE_CHECKING:
    from vermilion.desk.book import Book

Wanted = Mapping[str, bool | None]
"""By rule, whether it should hit the event; None where that cannot be told."""

_TRUTH = msgspec.json.Decoder(Truth).decode


class TruthLabels:
    """The truth about a simulated market: it labels every event for every rule.

    A rule that is not named should not hit; where it should lack a fact nothing is counted. Memory
    grows with what is planted, not with the events.
    """

    complete = True

    def __init__(self, path: Path) -> None:
        self._wanted: dict[bytes, Wanted] = {}
        try:
            with path.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    self._add(line, f"{path}:{number}")
        except OSError as error:
            raise UsageError(
                "truth_unreadable",
                f"the truth cannot be read: {(error.strerror or str(error)).lower()}",
                help="name the truth.ndjson that `vermilion simulate` wrote",
                where=str(path),
            ) from None

    def of(self, event: Event, _recorded: Judgement | None) -> Wanted | None:
        """Return the labels of an event."""
        return self._wanted.get(identity_of(event.source, event.id), {})

    def _add(self, line: bytes, where: str) -> None:
        try:
            truth = _TRUTH(line)
        except msgspec.MsgspecError:
            raise DataError(
                "not_truth",
                "this line is no truth about an event",
                help="name the truth.ndjson that `vermilion simulate` wrote",
                where=where,
            ) from None
        if isinstance(truth.expect, dict):
            said = {
                rule: None if outcome == "missing" else outcome == "hit"
                for rule, outcome in truth.expect.items()
            }
            self._wanted[identity_of(truth.source, truth.id)] = said


class ResolutionLabels:
    """What officers answered in a book: it labels the events and rules that somebody looked at.

    A refusal says that the rule was right, and so does an override, which goes ahead all the same;
    a release says that it was a false alarm. An answer to a cause labels every event that waited
    under it. The last answer counts.
    """

    complete = False

    def __init__(self, book: Book, rulebook: str) -> None:
        self._book = book
        self._events: dict[bytes, dict[str, bool | None]] = {}
        self._causes: dict[str, dict[str, bool]] = {}
        for label in case_labels(book):
            if label.rulebook == rulebook:
                rule = label.rule.rpartition("@")[0]
                right = label.label != "false_alarm"
                if label.event is not None:
                    self._events.setdefault(identity_of(*label.event), {})[rule] = right
                elif label.cause is not None:
                    self._causes.setdefault(label.cause, {})[rule] = right
        self._rules = {rule for found in self._causes.values() for rule in found}
        self.any = bool(self._events or self._causes)
        """Whether anybody answered anything."""

    def of(self, event: Event, recorded: Judgement | None) -> Wanted | None:
        """Return the labels of an event; None where nobody answered anything about it."""
        own = self._events.get(identity_of(event.source, event.id))
        shared = self._by_cause(event, recorded)
        return None if own is None and not shared else shared | (own or {})

    def _by_cause(self, event: Event, recorded: Judgement | None) -> dict[str, bool | None]:
        if recorded is None or event.stage != "proposed" or not self._rules:
            return {}
        rulings = [ruling for ruling, *_ in recorded.ruled]
        if self._rules.isdisjoint(rule.id for ruling in rulings for rule in ruling.rules):
            return {}
        book = self._book
        found: dict[str, bool | None] = {}
        for cause in all_causes(event, rulings, book.kept_engine, book.loop.secret):
            found.update(self._causes.get(cause.digest.hex(), {}))
        return found


Labels = TruthLabels | ResolutionLabels


class _Counts:
    __slots__ = ("missed", "right", "undecided", "wrong")

    def __init__(self) -> None:
        self.right = self.wrong = self.missed = self.undecided = 0

    def score(self) -> Score:
        flagged, wanted = self.right + self.wrong, self.right + self.missed + self.undecided
        return Score(
            right=self.right,
            wrong=self.wrong,
            missed=self.missed,
            undecided=self.undecided,
            precision=round(self.right / flagged, 4) if flagged else None,
            recall=round(self.right / wanted, 4) if wanted else None,
        )


class ScoreTally:
    """Holds the outcomes of two rulebooks against labels."""

    def __init__(self, base: Engine, draft: Engine, sources: Sequence[Labels]) -> None:
        self._rules = tuple({one.rule.id for one in each.rulebook.rules} for each in (base, draft))
        self._sources = sources
        self._complete = any(one.complete for one in sources)
        self._counts: tuple[dict[str, _Counts], dict[str, _Counts]] = ({}, {})
        self.labelled = 0

    def add(self, event: Event, recorded: Judgement | None, before: Said, after: Said) -> None:
        """Count one event."""
        found = [one.of(event, recorded) for one in self._sources]
        wanted = {rule: hit for one in found if one for rule, hit in one.items()}
        self.labelled += self._complete or bool(wanted)
        if not self._complete and not wanted:
            return
        for said, counts in zip((before, after), self._counts, strict=True):
            self._count(said, wanted, counts)

    def _count(self, said: Said, wanted: Wanted, counts: dict[str, _Counts]) -> None:
        outcomes = dict(said.found)
        for rule, outcome in said.found:
            label = wanted.get(rule, False if self._complete else None)
            if outcome == "hit" and label is not None:
                one = counts.setdefault(rule, _Counts())
                one.right += label
                one.wrong += not label
        for rule, label in wanted.items():
            if label and outcomes.get(rule) != "hit":
                one = counts.setdefault(rule, _Counts())
                one.undecided += rule in outcomes
                one.missed += rule not in outcomes

    def scores(self) -> list[RuleScore]:
        """Return the scores of the rules for which anything was counted, by id."""
        before, after = self._counts
        return [
            RuleScore(
                rule,
                *(
                    one.get(rule, _Counts()).score() if rule in rules else None
                    for one, rules in zip(self._counts, self._rules, strict=True)
                ),
            )
            for rule in sorted(before.keys() | after.keys())
            if any(rule in rules for rules in self._rules)
        ]
