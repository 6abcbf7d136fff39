"""What one run of `check` came to: the numbers behind the terminal summary and the report."""

from __future__ import annotations

import msgspec

from vermilion.rulebook import Words


class CitationLine(msgspec.Struct, frozen=True, kw_only=True):
    """A clause as shown to people: where it stands, what it says, whom it binds, how we know it."""

    instrument: str
    title: Words
    pinpoint: str
    quote: str | None
    essence: Words | None
    """What it says in our words, where the clause's own are not known or carry one case only."""
    binding: str
    """Class of norm: S statute, R rule, N notice, J decision, G guidance, V voluntary, P terms."""
    tier: str
    """Evidence tier A to D: how the words are known."""
    status: str
    """`draft` until a person has checked the citation, then `verified`."""
    binds: str
    """`law`, `membership`, `policy` or `guidance` for this operator."""
    addressees: Words
    in_force_from: str
    in_force_to: str | None
    """First day no longer in force, or None."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One event that a rule hit, or could not decide."""

    source: str
    id: str
    type: str
    subject: str | None
    time: str
    outcome: str
    """`hit` or `missing`."""
    facts: dict[str, object]
    missing: list[str]


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule did in a run."""

    id: str
    version: int
    rulebook: str
    title: Words
    verdict: str
    reason: Words
    remedy: Words
    question: Words | None
    open_question: Words | None
    passed: int
    hit: int
    missing: int
    citations: list[CitationLine]
    """Those in force on the day of the run's last event, what binds most strongly first."""
    examples: list[Example]


class MissingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that people are asked for, once for all events that wait for it."""

    fact: str
    """Kind of thing and path, such as `work.licence_chain` or `sale.parties.buyer`."""
    entities: int
    events: int
    """Events that wait for this fact."""
    frees: int
    """Events that wait for nothing else."""
    examples: list[str]
    """Some ids of the things concerned."""
    rules: list[str]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """All that one source can answer, asked at once; the best next step comes first."""

    source: str
    """`platform`, `collection`, `party`, or `export` for columns of the events themselves."""
    facts: list[str]
    things: int
    """Platforms, collections, parties or events that are asked about."""
    events: int
    """Events that wait for something of this source."""
    frees: int
    """Events that wait for nothing else."""
    freed: int
    """Events that wait for nothing more once this and the steps before are answered.

    An answer may lead to a further question, so this is the most that is freed.
    """


class RejectLine(msgspec.Struct, frozen=True, kw_only=True):
    """One row or line that could not be read."""

    file: str
    line: int
    field: str | None
    code: str
    reason: str
    remedy: str


class WindowLine(msgspec.Struct, frozen=True, kw_only=True):
    """A number over past events, and how its values are to be read."""

    title: Words
    function: str
    """`count`, `sum`, `held_for` and so on; see `rulebook.model.WindowFunction`."""
    currency: str | None = None
    """Where values are amounts of money: the currency in whose minor units they are."""


class RulebookLine(msgspec.Struct, frozen=True, kw_only=True):
    """A rulebook that judged, and what it came to."""

    id: str
    title: Words
    digest: str
    verdicts: dict[str, int]
    """Events by verdict: deny, review, condition, allow, not_applicable."""
    by_day: list[tuple[str, dict[str, int]]]
    """Events by legal date (ISO) and verdict, in order of date."""
    windows: dict[str, WindowLine] = {}
    """By the name that rules call them, without the `windows.` before it."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one run."""

    files: list[str]
    operator: str
    roles: list[str]
    memberships: list[str]
    territory: str
    as_of: str | None
    """The day whose rules were applied in a what-if, or None."""
    sealed: bool
    book: str | None
    started_at: str
    seconds: float
    read: int
    judged: int
    duplicate: int
    rejected: int
    elsewhere: int = 0
    """Events whose recorded answer stands under another rulebook than this run's."""
    replaced: list[str] = []
    """Rulebooks that changed since the book was last judged by them, and were put in force."""
    permitted: int = 0
    """Permits issued."""
    withheld: bool = False
    """Whether proposals got none because a rulebook in force in the book did not judge."""
    found: int = 0
    """Findings on settled events that no permit covers; they were judged beside the files' events."""
    rulebooks: list[RulebookLine]
    rules: list[RuleLine]
    shadow: list[RuleLine] = []
    """Rules in shadow: judged, and without effect on verdicts and questions."""
    missing: list[MissingLine]
    plan: list[Step] = []
    """The missing facts gathered by who can answer them, in the order that frees most."""
    waiting: int = 0
    """Events that wait for some fact."""
    rejects_by_code: dict[str, int]
    rejects: list[RejectLine]
    """The first few, as examples."""
    size: int
    """Entries in the record after the run."""
    root: str | None
    """Root hash of the record, hexadecimal."""
