"""What a rulebook consists of: instruments, rules with their citations and cases, lists, parameters.

The shapes are those of the YAML files; `docs/rulebook-format.md` tells them to their authors.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec

from vermilion.facts.entities import Association

BindingClass = Literal["S", "R", "N", "J", "G", "V", "P", "O"]
"""Statute, rule, notice, judgment, guidance, voluntary, platform terms, operator policy."""

Tier = Literal["A", "B", "C", "D"]
"""How the words are known: read in the text, reproduced, summarised, recalled."""

Binds = Literal["law", "membership", "policy", "guidance"]
Verdict = Literal["deny", "review", "condition", "allow", "not_applicable"]
Outcome = Literal["hit", "missing", "pass", "not_applicable"]
Mode = Literal["off", "shadow", "live"]
WindowFunction = Literal[
    "count",
    "sum",
    "distinct",
    "min",
    "max",
    "first",
    "last",
    "first_seen",
    "held_for",
    "trading_days",
]
OperatorRole = Literal[
    "platform",
    "issuer",
    "museum",
    "brand",
    "artist",
    "bank",
    "broker",
    "insurer",
    "payment_institution",
    "social_platform",
    "auction_house",
    "trading_venue",
]

VERDICT_ORDER: tuple[Verdict, ...] = ("deny", "review", "condition", "allow")
"""Strongest first; `not_applicable` is neutral."""

BINDS_ORDER: tuple[Binds, ...] = ("law", "membership", "policy", "guidance")
"""Strongest first."""

Ident = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}-[A-Z0-9][A-Z0-9-]*\Z", max_length=64)]
Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*\Z", max_length=64)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything an author writes: unknown fields are refused."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in Chinese and English."""

    zh: Text
    en: Text


class Period(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Days from one day on, up to but not including another; open where null."""

    from_: dt.date | None = None
    to: dt.date | None = None

    def covers(self, day: dt.date) -> bool:
        """Tell whether a day lies in the period."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day < self.to)


class Addressees(Shape, frozen=True, kw_only=True):
    """Whom an instrument binds; null means no restriction of that kind."""

    territory: str | None = None
    roles: list[OperatorRole] | None = None
    memberships: list[Association] | None = None
    text: Words


class Instrument(Shape, frozen=True, kw_only=True):
    """A law, notice, decision, guideline or self-regulation, with its dates in force."""

    id: Ident
    title: Words
    issuer: Words
    number: str | None = None
    in_force: Period
    repealed_by: Ident | None = None
    addressees: Addressees
    source: str | None = None
    note: Words | None = None


class Citation(Shape, frozen=True, kw_only=True):
    """A clause that carries a rule: its words where they are known, and how we know them."""

    instrument: Ident
    pinpoint: Text
    quote: str | None = None
    quote_sha256: str | None = None
    essence: Words | None = None
    binding: BindingClass
    tier: Tier
    status: Literal["draft", "verified"]


class NamedList(Shape, frozen=True, kw_only=True):
    """A list of texts that rules read as `lists.<name>`.

    `exceptions` are phrases in which a term of a list for `matches` does not count.
    """

    title: Words
    source: str
    values: Annotated[list[str], msgspec.Meta(min_length=1)]
    exceptions: list[str] = []


class Window(Shape, frozen=True, kw_only=True):
    """A number over past settled events that rules read as `windows.<name>`.

    It covers the events of the types in `of` whose `key` equals what `asked_by` (by default the
    same facts) is on the event that is judged, that satisfy `where` and happened `within` the time
    before it. `including` counts the judged event too, where it belongs. `each` says whether a
    business counts once, as it stands last, or each of its settled events does.
    """

    title: Words
    function: WindowFunction
    of: Annotated[list[Word], msgspec.Meta(min_length=1)]
    value: str | None = None
    key: Annotated[list[str], msgspec.Meta(min_length=1, max_length=4)]
    asked_by: list[str] | None = None
    within: Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,4}[smhd]\Z")] | None = None
    where: str | None = None
    including: bool = False
    each: Literal["business", "event"] = "business"


class ClauseRef(Shape, frozen=True, kw_only=True):
    """Where a parameter's value comes from."""

    instrument: Ident
    pinpoint: Text


class ParameterValue(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A parameter's value from a day on: of a clause, or the operator's policy."""

    from_: dt.date
    value: int | str
    source: ClauseRef | Literal["policy"]


class Parameter(Shape, frozen=True, kw_only=True):
    """A dated number or text that rules read as `params.<name>`."""

    title: Words
    values: Annotated[list[ParameterValue], msgspec.Meta(min_length=1)]


class Case(Shape, frozen=True, kw_only=True):
    """One test of a rule: facts on a day, and what must come out."""

    kind: Literal["comply", "violate", "missing", "day_before", "day_of"]
    event: Word
    at: str
    stage: Literal["proposed", "settled", "withdrawn"] = "proposed"
    facts: dict[str, Any] = {}
    expect: Outcome
    missing: list[str] | None = None
    alive: list[Ident] | None = None


class Reading(Shape, frozen=True, kw_only=True):
    """A rival reading of the clauses that carry a rule: what it says, and the wrong as it sees it."""

    text: Words
    violates_if: str


class Rule(Shape, frozen=True, kw_only=True):
    """A rule as its author writes it.

    `readings` judge nothing: they are shown beside what the rule finds.
    """

    id: Ident
    version: Annotated[int, msgspec.Meta(ge=1)]
    title: Words
    applies_to: Annotated[list[Word], msgspec.Meta(min_length=1)]
    stage: list[Literal["proposed", "settled", "withdrawn"]] = msgspec.field(
        default_factory=lambda: ["proposed", "settled"]
    )
    applies_if: str | None = None
    violates_if: str
    verdict: Literal["deny", "review", "condition"]
    on_missing: Literal["deny", "review", "condition"] = "review"
    mode: Mode = "live"
    in_force: Period = Period()
    citations: Annotated[list[Citation], msgspec.Meta(min_length=1)]
    confidential: bool = False
    open_question: Words | None = None
    readings: list[Reading] | msgspec.UnsetType = msgspec.UNSET
    reason: Words
    remedy: Words
    question: Words | None = None
    parameters: list[Word] = []
    cases: list[Case] = []

    @property
    def key(self) -> str:
        """The rule's id with its version, such as `CN-N4-01@1`."""
        return f"{self.id}@{self.version}"


class Heading(Shape, frozen=True, kw_only=True):
    """What a rulebook is called, where it holds and whose clock decides the legal date.

    `not_covered` tells what of the territory's law it leaves out.
    """

    id: Word
    title: Words
    territory: str
    time_zone: str
    version: Annotated[int, msgspec.Meta(ge=1)]
    not_covered: list[Words] | msgspec.UnsetType = msgspec.UNSET


class ParameterAddition(Shape, frozen=True, kw_only=True):
    """Values for a shipped parameter; with a title, a parameter of the operator's own."""

    title: Words | None = None
    values: Annotated[list[ParameterValue], msgspec.Meta(min_length=1)]


class ListAddition(Shape, frozen=True, kw_only=True):
    """What is added to a shipped list; with title and source, a list of the operator's own."""

    title: Words | None = None
    source: str | None = None
    values: list[str] = []
    exceptions: list[str] = []


class Overlay(Shape, frozen=True, kw_only=True):
    """What an operator lays over a shipped rulebook: policy, lists and house rules of its own."""

    instruments: list[Instrument] = []
    lists: dict[Word, ListAddition] = {}
    parameters: dict[Word, ParameterAddition] = {}
    windows: dict[Word, Window] = {}
    rules: list[Rule] = []


class Layer(Shape, frozen=True, kw_only=True):
    """How a merged rulebook came about, so that both parts can be told from it again.

    `shipped` and `own` are the SHA-256 digests of the shipped rulebook and of the overlay, which
    `overlay` holds as it was written; `lists` and `parameters` are the shipped ones that it adds
    to, as they were.
    """

    shipped: str
    own: str
    overlay: Overlay
    lists: dict[Word, NamedList]
    parameters: dict[Word, Parameter]


class Document(Shape, frozen=True, kw_only=True):
    """A whole rulebook as plain data: what its digest is taken over and a book keeps.

    `overlay` is there where an operator's overlay is merged in.
    """

    rulebook: Heading
    instruments: list[Instrument]
    lists: dict[Word, NamedList]
    parameters: dict[Word, Parameter]
    windows: dict[Word, Window] = {}
    rules: list[Rule]
    overlay: Layer | msgspec.UnsetType = msgspec.UNSET


Signed = Literal["release", "refuse", "override", "cause", "activation"]
"""What people decide: a resolution by its action, one for a whole cause, a rulebook's activation."""


class Officer(Shape, frozen=True, kw_only=True):
    """A person who may resolve and activate; `key` is the Ed25519 public key, 32 bytes in base64.

    Whoever has a key signs. `may` narrows what the person decides.
    """

    id: Text
    key: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/]{43}=\Z")] | None = None
    may: list[Signed] | None = None


class PermitTerms(Shape, frozen=True, kw_only=True):
    """How long a permit holds, and which sources need one though they never proposed. Policy."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=43_200)] = 1_440
    required_of: list[str] = []


class Profile(Shape, frozen=True, kw_only=True):
    """Who the operator is: decides which norms bind it; part of the rulebook's digest.

    `adopts` names instruments or rules that the operator follows as its own policy though they do
    not bind it. Where `officers` are named, nobody else resolves or signs for a rulebook. What
    is in `two_people` takes two of them; a rulebook is activated by the operator's process where
    `activation` is not. `permits` are its terms of permits. All three are policy.
    """

    operator: Text = "unnamed platform"
    roles: list[OperatorRole] = msgspec.field(default_factory=lambda: ["platform"])
    memberships: list[Association] = []
    territory: str = "CN"
    adopts: list[Ident] = []
    officers: list[Officer] = []
    two_people: list[Signed] = msgspec.field(default_factory=lambda: ["cause", "override"])
    permits: PermitTerms = PermitTerms()
