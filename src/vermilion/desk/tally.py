"""Count what a run comes to, in memory that does not grow with the number of events."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable

from vermilion.desk.decision import MissingFact, RuleOutcome, Ruling
from vermilion.desk.summary import Example, RejectLine
from vermilion.facts.events import Event, event_type_of

EXAMPLES = 5
"""Examples kept for each rule and each missing fact."""
COMBINATIONS = 10_000
"""Combinations of lacking facts kept; events beyond them count as waiting and never as freed."""
REJECTS_SHOWN = 50
"""Rejects kept as examples; all of them are in the rejects file."""


_ANSWERED_BY = {
    "party": "party",
    "platform": "platform",
    "token": "collection",
    "work": "collection",
}


def who_answers(fact: str) -> str:
    """Return where a fact comes from: the platform, a collection, a party, or the export itself."""
    return _ANSWERED_BY.get(fact.partition(".")[0], "export")


class DistinctCounter:
    """Counts distinct texts exactly but for hash collisions, in 8 bytes each.

    Two of a million texts collide with a probability of about 3 in 10^8.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self._limit = 65_536

    def add(self, text: str) -> None:
        """Count a text unless it was counted before."""
        self._hashes.append(hash(text))
        if len(self._hashes) >= self._limit:
            self._compact()
            self._limit = 2 * len(self._hashes) + 65_536

    def __len__(self) -> int:
        self._compact()
        return len(self._hashes)

    def _compact(self) -> None:
        self._hashes = array("q", set(self._hashes))


class MissingTally:
    """How often one fact was lacking, of how many things, and what it alone would free."""

    def __init__(self) -> None:
        self.events = 0
        self.frees = 0
        self.entities = DistinctCounter()
        self.examples: dict[str, None] = {}
        self.rules: set[str] = set()

    def add(self, entity: str) -> None:
        """Count one thing that lacks the fact."""
        self.entities.add(entity)
        if len(self.examples) < EXAMPLES:
            self.examples[entity] = None


class RuleTally:
    """What one rule did."""

    def __init__(self) -> None:
        self.hit = 0
        self.missing = 0
        self.passed = 0
        self.examples: dict[str, list[Example]] = {"hit": [], "missing": []}

    def add(self, event: Event, rule: RuleOutcome) -> None:
        """Count a hit or unknown, and keep the first few as examples."""
        if rule.outcome == "hit":
            self.hit += 1
        else:
            self.missing += 1
        kept = self.examples[rule.outcome]
        if len(kept) < EXAMPLES:
            kept.append(
                Example(
                    source=event.source,
                    id=event.id,
                    type=event_type_of(event),
                    subject=event.subject,
                    time=event.time.isoformat(),
                    outcome=rule.outcome,
                    facts=rule.facts,
                    missing=rule.missing,
                )
            )


class RulebookTally:
    """What one rulebook came to.

    Args:
        shadow: ids of rules in shadow; what they lack nobody waits for, and nobody is asked.
    """

    def __init__(self, shadow: frozenset[str] = frozenset()) -> None:
        self._shadow = shadow
        self.verdicts: Counter[str] = Counter()
        self.by_day: Counter[tuple[str, str]] = Counter()
        self.rules: dict[str, RuleTally] = {}
        self.missing: dict[str, MissingTally] = {}
        self.asked_of: dict[str, DistinctCounter] = {}
        """By who can answer, how many things are asked about."""
        self.waiting: Counter[frozenset[str]] = Counter()
        """Events by the facts that they wait for."""
        self.waiting_otherwise = 0
        """Events that wait for one more combination than is kept."""
        self.last_day: str | None = None
        self._passed: Counter[tuple[str, ...]] = Counter()

    def add(self, event: Event, day: str, ruling: Ruling) -> None:
        """Count one ruling on an event of a legal date (ISO)."""
        self.verdicts[ruling.verdict] += 1
        self.by_day[day, ruling.verdict] += 1
        if self.last_day is None or day > self.last_day:
            self.last_day = day
        self._passed[tuple(ruling.passed)] += 1
        for rule in ruling.rules:
            self.rules.setdefault(rule.id, RuleTally()).add(event, rule)
        if ruling.missing:
            self._add_missing(ruling)

    def _add_missing(self, ruling: Ruling) -> None:
        by_fact: dict[str, list[MissingFact]] = {}
        for lacking in ruling.missing:
            if not self._shadow.issuperset(lacking.rules):
                by_fact.setdefault(lacking.fact, []).append(lacking)
        if not by_fact:
            return
        waits_for = frozenset(by_fact)
        if waits_for in self.waiting or len(self.waiting) < COMBINATIONS:
            self.waiting[waits_for] += 1
        else:
            self.waiting_otherwise += 1
        for fact, entities in by_fact.items():
            asked_of = self.asked_of.setdefault(who_answers(fact), DistinctCounter())
            for lacking in entities:
                asked_of.add(lacking.entity)
            tally = self.missing.setdefault(fact, MissingTally())
            tally.events += 1
            tally.frees += len(by_fact) == 1
            for lacking in entities:
                tally.add(lacking.entity)
                tally.rules.update(one for one in lacking.rules if one not in self._shadow)

    def finish(self) -> None:
        """Add up the rules that passed."""
        for names, count in self._passed.items():
            for name in names:
                id = name.partition("@")[0]
                self.rules.setdefault(id, RuleTally()).passed += count
        self._passed.clear()


class RejectTally:
    """Rejects by code, and the first few."""

    def __init__(self) -> None:
        self.count = 0
        self.by_code: Counter[str] = Counter()
        self.shown: list[RejectLine] = []

    def add(self, rejects: Iterable[RejectLine]) -> None:
        """Count rejects."""
        for reject in rejects:
            self.count += 1
            self.by_code[reject.code] += 1
            if len(self.shown) < REJECTS_SHOWN:
                self.shown.append(reject)
