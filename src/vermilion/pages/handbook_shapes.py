"""What the handbook shows of a rulebook in one language, ready to be set in any of its faces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vermilion.pages.handbook_cases import CaseLine
from vermilion.pages.handbook_sentences import Sentence


class ClauseView(NamedTuple):
    """A citation: where it stands, what it says, whom it binds, and how it is known."""

    instrument: str
    title: str
    pinpoint: str
    quote: str | None
    essence: str | None
    binding: str
    tier: str
    verified: bool
    status: str
    bound: str
    days: str
    source: str | None


class ParameterView(NamedTuple):
    """A parameter: each value with its first day and where it comes from."""

    name: str
    title: str
    values: Sequence[tuple[str, str, str]]


class ListView(NamedTuple):
    """A list: its values, told where they have a name, and what does not count."""

    name: str
    title: str
    source: str
    values: Sequence[tuple[str, str]]
    exceptions: str


class Told(NamedTuple):
    """What a condition says on some event types."""

    events: str
    sentence: Sentence


class Condition(NamedTuple):
    """A condition as its author wrote it, and in sentences."""

    text: str
    told: Sequence[Told]


class RuleView(NamedTuple):
    """A rule with everything that stands beside it."""

    id: str
    key: str
    title: str
    verdict: str
    verdict_text: str
    missing_text: str
    events: str
    stages: str
    mode: str
    house: bool
    confidential: bool
    days: str
    classes: str
    clauses: Sequence[ClauseView]
    applies: Condition | None
    violates: Condition
    parameters: Sequence[ParameterView]
    lists: Sequence[ListView]
    windows: Sequence[tuple[str, str]]
    reason: str
    remedy: str
    question: str | None
    open_question: str | None
    readings: Sequence[tuple[str, Condition]]
    cases: Sequence[CaseLine]


class ClauseIndex(NamedTuple):
    """A clause and the ids of the rules that it carries."""

    instrument: str
    title: str
    pinpoint: str
    rules: Sequence[str]


class BookView(NamedTuple):
    """A rulebook in one language."""

    id: str
    title: str
    version: int
    territory: str
    zone: str
    digest: str
    as_of: str | None
    rules: Sequence[RuleView]
    clauses: Sequence[ClauseIndex]
    not_covered: Sequence[str]
    drafts: int
    citations: int
    cases: int
