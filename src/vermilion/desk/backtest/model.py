"""What changes if another rulebook judged: per rule and per verdict, with the events that show it."""

from __future__ import annotations

from typing import Literal

import msgspec

from vermilion.rulebook import Verdict, Words

Outcome = Literal["hit", "unknown", "passed", "not_applicable"]
"""What a rule says to an event; `unknown` where a fact is lacking."""

Source = Literal["files", "book", "facts"]
"""Where the events of a backtest came from."""

EXAMPLES = 5
"""Events named for a change: the first in the order of the events. Policy."""


class EventName(msgspec.Struct, frozen=True, order=True, gc=False):
    """An event by its identity."""

    source: str
    id: str


class Change(msgspec.Struct, frozen=True):
    """How many events a rule gave `before` under the base and gives `after` under the draft.

    None is a rulebook that has no such rule, or has it switched off. `before` may equal `after`.
    `examples` are the first events, at most `EXAMPLES`.
    """

    rule: str
    before: Outcome | None
    after: Outcome | None
    events: int
    examples: list[EventName]


class VerdictChange(msgspec.Struct, frozen=True):
    """How many events had one verdict under the base and have another, or the same, under the draft."""

    before: Verdict
    after: Verdict
    events: int
    examples: list[EventName]


class Comparison(msgspec.Struct, frozen=True):
    """Two rulebooks over the same events; `base` and `draft` are their digests.

    Unchanged cells stand in it too: the events of `verdicts` sum up to `events`, and so do those of
    `changes` for each rule.
    """

    events: int
    base: str
    draft: str
    changes: list[Change]
    verdicts: list[VerdictChange]


class Effects(msgspec.Struct, frozen=True):
    """Events that a rule denies, sends to review, or puts under a condition."""

    deny: int = 0
    review: int = 0
    condition: int = 0


class RuleLine(msgspec.Struct, frozen=True):
    """What a rule would newly do to events, and what it would do no more.

    An event that it denied and would review is a lost denial and a new review. A rule in shadow
    does nothing to events. `title` is the draft's, or the base's of a rule that the draft lacks.
    """

    rule: str
    title: Words
    new: Effects
    lost: Effects


class Score(msgspec.Struct, frozen=True):
    """How a rule's hits agree with labels.

    `right` are hits where the label says so, `wrong` hits where it says otherwise; `missed` are
    events that should be hit and passed, or to which the rule did not apply, and `undecided` those
    for which it lacked a fact. `precision` is right / (right + wrong), `recall` right / (right +
    missed + undecided); null where nothing is there to divide by.
    """

    right: int
    wrong: int
    missed: int
    undecided: int
    precision: float | None
    recall: float | None


class RuleScore(msgspec.Struct, frozen=True):
    """A rule held against labels, under the base and under the draft; null where it is not in it."""

    rule: str
    before: Score | None
    after: Score | None


class CaseLoad(msgspec.Struct, frozen=True):
    """What reviews cost people: one case per cause, `minutes` each, whatever the number of events.

    `new` are cases of the draft alone, `gone` those of the base alone. `minutes` is policy. Hours
    are rounded to a hundredth.
    """

    minutes: int
    before: int
    after: int
    new: int
    gone: int
    hours_before: float
    hours_after: float


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backtest came to.

    `of` says where the events came from; read = judged + duplicate + rejected + erased; of
    `changed` the verdict changes. `scores` are
    there where `labels` says where labels came from, `labelled` counts the events that have one.
    `load` is null where rulings were not at hand, as with facts in bulk. `shadow` says that rules in
    shadow were taken as if they counted.
    """

    of: Source
    rulebook: str
    shadow: bool
    read: int
    duplicate: int
    rejected: int
    erased: int
    changed: int
    comparison: Comparison
    rules: list[RuleLine]
    load: CaseLoad | None
    labels: list[Literal["truth", "resolutions"]]
    labelled: int
    scores: list[RuleScore]
    seconds: float
