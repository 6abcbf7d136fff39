"""Carry a simulated week between platform, officers and desk, and hold it against the truth."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crash import BrokenError

from vermilion.desk.book import Book
from vermilion.desk.desk import Desk, Duplicate, Sealed
from vermilion.desk.loop.live import parties_named
from vermilion.desk.loop.reconcile import Reconciliation, reconcile
from vermilion.desk.loop.rows import business_of
from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import Event, ResolutionEvent
from vermilion.intake import Received
from vermilion.rulebook import Engine, find_rulebook, load_rulebook
from vermilion.simulate import Held, LoopConfig, Officers, Outcome, Platform

RULEBOOKS = ("cn", "permits")
SESSION = dt.timedelta(hours=6)
"""The officers look at what is held every so often."""

Name = tuple[str, str]


@contextmanager
def desk_of(folder: Path) -> Iterator[Desk]:
    """Open a book with its rulebooks."""
    with Book.open(folder) as book:
        engines = [Engine(load_rulebook(find_rulebook(name)), book.profile) for name in RULEBOOKS]
        for engine in engines:
            book.activate(engine)
        yield Desk(book, engines)


@dataclass
class Week:
    """What was sent and what came back, over a whole week."""

    platform: Platform
    officers: Officers
    events: list[bytes] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    resolutions: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What resolutions should do, and did."""
    found: dict[Name, set[str]] = field(default_factory=dict)
    """Reasons by settled event."""
    told: dict[str, dict[int, str]] = field(default_factory=dict)
    """Numbers left out, by source, with the event on which they were told."""
    faults: list[str] = field(default_factory=list)


class Driver:
    """Carries events and answers between platform, officers and desk."""

    def __init__(self, desk: Desk, config: LoopConfig) -> None:
        self.desk = desk
        self.week = Week(Platform(config), Officers())

    def run(self) -> Week:
        """Run the week to its end."""
        platform, session = self.week.platform, None
        while sent := platform.send():
            platform.told(self._outcomes(sent))
            session = session or platform.now
            if platform.now - session >= SESSION:
                session = platform.now
                self._review()
        return self.week

    def _submit(self, events: Sequence[Event]) -> Iterator[Sealed | Duplicate]:
        """Submit a group, note what was found, and give the answers."""
        received = [Received(*canonical_form(one), "week", 1) for one in events]
        answers = self.desk.submit(received)
        self.week.events += [one.canonical for one in received]
        for one in self.desk.findings:
            said: Any = one.judged.event.data
            if said.first_serial is not None:
                numbers = range(said.first_serial, said.last_serial + 1)
                told = self.week.told.setdefault(said.about.source, {})
                self.week.faults += [f"{one} was told twice" for one in numbers if one in told]
                told |= dict.fromkeys(numbers, said.about.id)
                self.week.counts["gaps told"] += 1
            else:
                name = (said.about.source, said.about.id)
                if name in self.week.found:
                    self.week.faults.append(f"{name} was found twice")
                self.week.found[name] = set(said.reasons)
        for answer in answers:
            if not isinstance(answer, Sealed | Duplicate):
                raise BrokenError(f"an event was refused: {answer}")
            yield answer
        for permit in self.desk.permits:
            ended = {one.id for one in permit.said.resolutions} & self.week.officers.ended
            self.week.faults += [f"a permit rests on `{one}`, which was ended" for one in ended]

    def _outcomes(self, sent: Sequence[Event]) -> Iterator[Outcome]:
        """Submit what the platform sends; tell what came of its proposals."""
        counts, rows = self.week.counts, self.desk.book.loop.rows
        answers = list(self._submit(sent))
        permits = {
            (one.said.event.source, one.said.event.id): one.said for one in self.desk.permits
        }
        for answer in answers:
            event = answer.judged.event
            kind = "repeated" if isinstance(answer, Duplicate) else event.stage
            counts[kind] += 1
            if kind != "proposed":
                continue
            name = (event.source, event.id)
            said = permits.get(name)
            denied = any(one.ruling.verdict == "deny" for one in answer.judged.ruled)
            if said is not None:
                counts["permitted by a standing release" if said.resolutions else "at once"] += 1
                yield Outcome(*name, "permitted", said.nbf, said.exp)
            elif denied:
                counts["denied"] += 1
                yield Outcome(*name, "denied")
            elif (row := rows.proposal(business_of(event))) and row.standing == "held":
                counts["held"] += 1
                yield Outcome(*name, "held")
            else:
                counts["refused by a standing refusal"] += 1
                yield Outcome(*name, "refused")

    def _review(self) -> None:
        """Let the officers look at what is held, and tell the platform what came of it."""
        week, held = self.week, self._held()
        week.counts["causes"] = max(
            week.counts["causes"], len({cause for one in held for cause in one.causes})
        )
        resolutions = week.officers.review(week.platform.now, held)
        answers = list(self._submit(resolutions)) if resolutions else []
        for answer in answers:
            event = answer.judged.event
            if isinstance(answer, Sealed) and isinstance(event, ResolutionEvent):
                effect = answer.effect
                did = "nothing" if effect is None else " ".join(effect.void) or effect.effect
                week.resolutions[week.officers.expect[event.source, event.id], did] += 1
        permits = self.desk.permits if resolutions else []
        freed = {(one.said.event.source, one.said.event.id): one.said for one in permits}
        still = {one.name for one in self._held()}
        stopped = {one.name for one in held} - still - set(freed)
        for what, wanted, came in (
            ("freed", week.officers.freed, set(freed)),
            ("stopped", week.officers.stopped, stopped),
        ):
            week.counts[what] += len(came)
            week.faults += [f"{name} was not {what}" for name in sorted(wanted - came)]
            week.faults += [f"{name} was {what}" for name in sorted(came - wanted)]
        outcomes = [Outcome(*name, "permitted", said.nbf, said.exp) for name, said in freed.items()]
        week.platform.told([*outcomes, *(Outcome(*name, "refused") for name in sorted(stopped))])

    def _held(self) -> list[Held]:
        found = []
        for row in self.desk.book.loop.rows.stopped():
            event = self.desk.recorded(row.event).event
            if row.standing == "held" and event is not None:
                causes = tuple(one.hex() for one in row.causes)
                found.append(Held(*row.name, causes, tuple(parties_named(event))))
        return sorted(found, key=lambda one: one.name)


def reconciled(book: Book, at: dt.datetime) -> Reconciliation:
    """Return the record's own answer."""
    return reconcile(
        book.record.statements(),
        book="the book",
        origin=book.keys.origin,
        at=at,
        terms=book.configuration.permits,
        rows=book.loop.rows,
    )


def faults(week: Week, found: Reconciliation) -> Iterator[str]:
    """Give whatever is not as the truth has it."""
    yield from week.faults
    truth = {name: set(one.reasons) for name, one in week.platform.truth.items() if one.reasons}
    told = {(one.source, one.id): set(one.reasons) for one in found.unexplained}
    for who, said in (("the desk", week.found), ("the reconciliation", told)):
        for name in sorted({*truth, *said}):
            wanted, was = truth.get(name, set()), said.get(name, set())
            if wanted != was:
                kind = week.platform.truth[name].kind
                yield f"{name} ({kind}): {sorted(wanted)} expected, {who} found {sorted(was)}"
    numbers = {one: told for one, told in week.platform.numbers.told.items() if told}
    if week.told != numbers:
        yield f"numbers left out: {numbers} expected, {week.told} told"
    lacking: dict[str, set[int]] = {}
    for gap in found.gaps:
        lacking.setdefault(gap.source, set()).update(range(gap.first, gap.last + 1))
    if lacking != week.platform.numbers.open():
        yield f"numbers lacking: {week.platform.numbers.open()} expected, {lacking} told"
    for (should, did), count in sorted(week.resolutions.items()):
        if should != did:
            yield f"{count} resolutions that should have been `{should}` were `{did}`"


def table(week: Week) -> Iterator[str]:
    """Give, by what was settled and how, how many were found as they should be."""
    counts: Counter[tuple[str, str]] = Counter()
    reasons: dict[str, set[str]] = {}
    for name, one in week.platform.truth.items():
        counts[one.kind, "sent"] += 1
        counts[one.kind, "right"] += week.found.get(name, set()) == one.reasons
        reasons.setdefault(one.kind, set()).add(" ".join(sorted(one.reasons)) or "-")
    yield f"{'what settled':<24}{'to be found as':<30}{'settled':>9}{'right':>9}"
    for kind in sorted(reasons, key=lambda kind: ("-" not in reasons[kind], kind)):
        yield (
            f"{kind:<24}{', '.join(sorted(reasons[kind])):<30}"
            f"{counts[kind, 'sent']:>9,}{counts[kind, 'right']:>9,}"
        )


def live(book: Path, config: LoopConfig) -> tuple[Week, Reconciliation, float]:
    """Run the week, and return what came of it and the CPU seconds that it took."""
    begin = time.thread_time()
    with desk_of(book) as desk:
        week = Driver(desk, config).run()
        spent = time.thread_time() - begin
        return week, reconciled(desk.book, closing(week)), spent


def closing(week: Week) -> dt.datetime:
    """Return a moment after all that happened."""
    return week.platform.now + dt.timedelta(days=2)
