"""Events: what is proposed or has happened, as CloudEvents 1.0 envelopes with typed data.

Identity is (`source`, `id`). `stage` says whether the event is proposed, settled or withdrawn;
`subject` ties the stages of one business together.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, get_args

import msgspec

from vermilion.facts.dates import AwareTime, in_utc
from vermilion.facts.entities import (
    MAX_MANY,
    Count,
    Few,
    Fields,
    FundingSource,
    Id,
    ListVersion,
    Many,
    Name,
    Party,
    PaymentInstrument,
    Platform,
    Sha256,
    Token,
    Work,
)
from vermilion.facts.money import Money

Stage = Literal["proposed", "settled", "withdrawn"]
TransferKind = Literal[
    "mint",
    "gift",
    "airdrop",
    "synthesis",
    "refund",
    "redeem",
    "inheritance",
    "court",
    "recall",
    "burn",
]
OfferMode = Literal["fixed_price", "lottery", "blind_box", "auction"]
HoldingPurpose = Literal["own_issue", "marketing", "investment", "custody"]
LoanPurpose = Literal["buy_collectibles", "fund_venue", "other"]
ProductKind = Literal[
    "fund",
    "trust",
    "wealth_management",
    "structured_product",
    "insurance",
    "settlement",
    "custody",
    "lending",
    "marketing",
    "derivative",
    "other",
]
PostPurpose = Literal["advertisement", "sale", "information", "discussion"]
DisclosureItem = Literal[
    "business_address",
    "contact",
    "quantity_and_quality",
    "price_and_fees",
    "performance",
    "safety_and_risk",
    "after_sales",
    "civil_liability",
]
Text = Annotated[str, msgspec.Meta(max_length=100_000)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
Said = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
Cause = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
Signature = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{86}\Z")]
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Serial = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
ResolutionAction = Literal["release", "refuse", "override"]
FindingKind = Literal["bypass", "pattern"]
FindingPattern = Literal[
    "wash_trade",
    "related_party_trade",
    "inflated_sales",
    "price_surge",
    "hidden_matching",
    "short_interval",
    "paid_gift",
    "shared_account",
    "structuring",
    "layering",
    "promised_return",
    "holder_count",
    "concentration",
    "limit_evasion",
    "dormant_awakening",
    "price_swing",
    "statistical_sign",
]
FindingLevel = Literal["party", "entity"]
Closure = Literal["dismissed", "rows_gone", "joined"]
Disposition = Literal["open", "reported", "closed"]
NoticeKind = Literal["rights_complaint", "objection"]
NoticeStep = Literal[
    "received",
    "acted",
    "forwarded",
    "counter_statement",
    "counter_forwarded",
    "complaint_filed",
    "lifted",
    "published",
    "answered",
]
CaseAction = Literal["assign", "note", "attach", "link", "unlink"]
AccessAction = Literal["read", "change"]
ErasureGround = Literal[
    "requested", "consent_withdrawn", "child", "unlawful", "period_over", "ordered"
]
KeyId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
BypassReason = Literal[
    "no_permit",
    "early",
    "expired",
    "other_price",
    "other_party",
    "other_token",
    "other_terms",
    "used_twice",
    "serial_gap",
]
ProposalStanding = Literal["none", "permitted", "held", "denied", "refused", "withdrawn"]


class Provenance(Fields, frozen=True, kw_only=True):
    """Where a fact comes from, since when, and how sure its source is (percent)."""

    source: Name | None = None
    at: AwareTime | None = None
    method: Name | None = None
    confidence: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None

    def __post_init__(self) -> None:
        in_utc(self, "at")


class Inline(Fields, frozen=True, kw_only=True):
    """Entities that travel with an event, so that nobody must state them first."""

    parties: Many[Party] = []
    platforms: Many[Platform] = []
    works: Many[Work] = []
    tokens: Many[Token] = []


class Data(Fields, frozen=True, kw_only=True):
    """What every event may carry beside its own facts."""

    inline: Inline | None = None
    provenance: Annotated[dict[str, Provenance], msgspec.Meta(max_length=MAX_MANY)] | None = None


class Statement(Data, frozen=True, kw_only=True):
    """Standing facts with their validity; from the event's time on where none is stated."""

    valid_from: AwareTime | None = None
    valid_until: AwareTime | None = None

    def __post_init__(self) -> None:
        in_utc(self, "valid_from", "valid_until")


class PartyStatement(Statement, frozen=True, kw_only=True):
    """Standing facts of a party."""

    party: Party


class PlatformStatement(Statement, frozen=True, kw_only=True):
    """Standing facts of a platform."""

    platform: Platform


class WorkStatement(Statement, frozen=True, kw_only=True):
    """Standing facts of a work."""

    work: Work


class ListStatement(Statement, frozen=True, kw_only=True):
    """Which version of a watch list holds from then on."""

    list: ListVersion


class IssueRoles(Fields, frozen=True, kw_only=True):
    """Who takes part in an issue."""

    issuer: Id | None = None


class Issue(Statement, frozen=True, kw_only=True):
    """Creation of a token or collection; its facts stand from then on."""

    token: Token
    parties: IssueRoles | None = None
    platform: Id | None = None


class Disclosure(Fields, frozen=True, kw_only=True):
    """What buyers are told, and whether prominently and before they buy."""

    items: Few[DisclosureItem] | None = None
    prominent: bool | None = None
    before_purchase: bool | None = None
    document_sha256: Sha256 | None = None


class Draw(Fields, frozen=True, kw_only=True):
    """The terms of a lottery or blind box: what was published, and what was drawn from.

    `top_prize` is the value of the highest prize; the two table digests are those of the
    probability table as published and as used.
    """

    terms_sha256: Sha256 | None = None
    terms_published_at: AwareTime | None = None
    probabilities_published: bool | None = None
    values_published: bool | None = None
    published_table_sha256: Sha256 | None = None
    used_table_sha256: Sha256 | None = None
    top_prize: Money | None = None
    per_person_cap: Count | None = None

    def __post_init__(self) -> None:
        in_utc(self, "terms_published_at")


class OfferRoles(Fields, frozen=True, kw_only=True):
    """Who takes part in an offer."""

    issuer: Id | None = None
    seller: Id | None = None


class Offer(Data, frozen=True, kw_only=True):
    """A collectible put up for sale: price, way of selling, disclosure, advertising."""

    token: Id | None = None
    work: Id | None = None
    platform: Id | None = None
    parties: OfferRoles | None = None
    price: Money | None = None
    compared_price: Money | None = None
    mode: OfferMode | None = None
    draw: Draw | None = None
    opens_at: AwareTime | None = None
    closes_at: AwareTime | None = None
    per_person_cap: Count | None = None
    disclosure: Disclosure | None = None
    ad_texts: Few[Text] | None = None

    def __post_init__(self) -> None:
        in_utc(self, "opens_at", "closes_at")


class PaymentLeg(Fields, frozen=True, kw_only=True):
    """One leg of a settlement: what was paid, with which instrument, through whom."""

    amount: Money | None = None
    instrument: PaymentInstrument | None = None
    channel: Name | None = None
    channel_licensed: bool | None = None
    funding: FundingSource | None = None


class SaleRoles(Fields, frozen=True, kw_only=True):
    """Who takes part in a sale."""

    seller: Id | None = None
    buyer: Id | None = None
    issuer: Id | None = None


class Sale(Data, frozen=True, kw_only=True):
    """A collectible changes hands for a price."""

    token: Id | None = None
    work: Id | None = None
    platform: Id | None = None
    offer: Id | None = None
    parties: SaleRoles | None = None
    price: Money | None = None
    settlement: Few[PaymentLeg] | None = None
    mode: OfferMode | None = None
    risk_notice_acknowledged: bool | None = None
    automated: bool | None = None
    purpose: HoldingPurpose | None = None


class TransferRoles(Fields, frozen=True, kw_only=True):
    """Who takes part in a transfer without price."""

    sender: Id | None = None
    recipient: Id | None = None


class Transfer(Data, frozen=True, kw_only=True):
    """A collectible changes hands without a price: mint, gift, airdrop, refund and the like.

    `consideration` is what was given for it after all; `draw` is the subject of the offer whose
    draw it settles.
    """

    kind: TransferKind | None = None
    token: Id | None = None
    platform: Id | None = None
    parties: TransferRoles | None = None
    consideration: Money | None = None
    draw: Id | None = None
    acquired_at: AwareTime | None = None

    def __post_init__(self) -> None:
        in_utc(self, "acquired_at")


class PaymentRoles(Fields, frozen=True, kw_only=True):
    """Who takes part in a payment."""

    payer: Id | None = None
    payee: Id | None = None


class Payment(Data, frozen=True, kw_only=True):
    """Money moves; `sale` is the subject of the sale that it settles."""

    parties: PaymentRoles | None = None
    settlement: Few[PaymentLeg] | None = None
    sale: Id | None = None
    platform: Id | None = None


class HoldingRoles(Fields, frozen=True, kw_only=True):
    """Whose holding it is."""

    holder: Id | None = None


class Holding(Data, frozen=True, kw_only=True):
    """A party reports that it holds a token, and why."""

    token: Id | None = None
    parties: HoldingRoles | None = None
    quantity: Count | None = None
    purpose: HoldingPurpose | None = None


class LoanRoles(Fields, frozen=True, kw_only=True):
    """Who takes part in a loan."""

    lender: Id | None = None
    borrower: Id | None = None


class Loan(Data, frozen=True, kw_only=True):
    """Money is lent: what for, and against which collectibles as collateral."""

    parties: LoanRoles | None = None
    principal: Money | None = None
    purpose: LoanPurpose | None = None
    collateral: Many[Id] | None = None
    platform: Id | None = None


class ProductRoles(Fields, frozen=True, kw_only=True):
    """Who takes part in a financial product or service."""

    provider: Id | None = None
    client: Id | None = None


class Product(Data, frozen=True, kw_only=True):
    """A financial product or service that touches collectibles.

    `platform` is the venue it serves; `token` what its units are issued as.
    """

    kind: ProductKind | None = None
    parties: ProductRoles | None = None
    issued_as_collectibles: bool | None = None
    invests_in_collectibles: bool | None = None
    token: Id | None = None
    platform: Id | None = None


class PostRoles(Fields, frozen=True, kw_only=True):
    """Who wrote a post."""

    author: Id | None = None


class Post(Data, frozen=True, kw_only=True):
    """A public text about collectibles: advertisement, announcement, message.

    `chain_partner_proof` says whether the account showed its cooperation with a filed chain.
    """

    text: Text | None = None
    purpose: PostPurpose | None = None
    chain_partner_proof: bool | None = None
    parties: PostRoles | None = None
    platform: Id | None = None
    token: Id | None = None
    language: Annotated[str, msgspec.Meta(max_length=35)] | None = None


class EventName(Fields, frozen=True, kw_only=True):
    """The identity of an event."""

    source: Id
    id: Id


class By(Fields, frozen=True, kw_only=True):
    """Who did it."""

    by: Id


class Resolution(Data, frozen=True, kw_only=True):
    """A person's answer to a review: release, refusal or override, and for what.

    It is for one `event`, or for every event held by one `cause` and by nothing else, or it
    `confirms` another person's resolution. `until` is the first moment at which it no longer holds.
    `signature` is the officer's, over the event without it.
    """

    action: ResolutionAction
    parties: By
    reason: Reason | None = None
    event: EventName | None = None
    cause: Cause | None = None
    confirms: EventName | None = None
    until: AwareTime | None = None
    signature: Signature | None = None

    def __post_init__(self) -> None:
        in_utc(self, "until")
        if [self.event, self.cause, self.confirms].count(None) != 2:
            raise ValueError("a resolution names one of `event`, `cause` and `confirms`")


class Sentence(Fields, frozen=True, kw_only=True):
    """One plain sentence in Chinese and English."""

    zh: Said
    en: Said


class Figure(Fields, frozen=True, kw_only=True):
    """A number that a detector gives, by its name: a count, milliseconds, basis points."""

    name: Name
    value: Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]


class Finding(Data, frozen=True, kw_only=True):
    """What was seen about an event, about trade, or about numbers of a source that no event has.

    Of a bypass: why no permit covers the event, how its proposal stood, and the permit's id.
    `first_serial` and `last_serial` bound a gap. Of a pattern in trade: which detector saw it, how
    sure it is (percent), the events that show it, what became of it and why, and whether anybody
    concerned was told of it.

    A detector's finding is about `token` or, where it names none, the whole `collection`, about an
    `account` and its `counterparty`; `concerned` are those who take part, at most 20 of
    `concerned_count`. `level` says whether accounts were taken one by one or clusters of them as
    one; `indirect` that it is a statistical sign and not a trade seen. `rows` are the first 100 of
    `moves`, of which `sales` are sales; the finding's id is a digest over all of them. `parts` add
    up to `score`. `supersedes` are the findings that it grew from, and `dismissed` the ones among
    them that a person had dismissed. `closure` says why a closed one is closed: a person dismissed
    it, rows that showed it are gone, or it is part of another one.
    """

    kind: FindingKind
    about: EventName | None = None
    reasons: Few[BypassReason] | None = None
    proposal: ProposalStanding | None = None
    permit: Id | None = None
    changed: Few[Name] | None = None
    platform: Id | None = None
    first_serial: Serial | None = None
    last_serial: Serial | None = None
    pattern: FindingPattern | None = None
    detector: Name | None = None
    version: Count | None = None
    parameters_sha256: Sha256 | None = None
    level: FindingLevel | None = None
    indirect: bool | None = None
    score: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    parts: Few[Figure] | None = None
    figures: Few[Figure] | None = None
    volume: Few[Money] | None = None
    moves: Count | None = None
    sales: Count | None = None
    rows: Annotated[list[EventName], msgspec.Meta(max_length=100)] | None = None
    first_at: AwareTime | None = None
    last_at: AwareTime | None = None
    token: Id | None = None
    collection: Id | None = None
    account: Id | None = None
    counterparty: Id | None = None
    concerned: Annotated[list[Id], msgspec.Meta(max_length=20)] | None = None
    concerned_count: Count | None = None
    sentence: Sentence | None = None
    supersedes: Few[EventName] | None = None
    dismissed: Few[EventName] | None = None
    disposition: Disposition | None = None
    disposition_reason: Reason | None = None
    closure: Closure | None = None
    told_concerned: bool | None = None

    def __post_init__(self) -> None:
        in_utc(self, "first_at", "last_at")


class NoticeRoles(Fields, frozen=True, kw_only=True):
    """Who gave a notice."""

    notifier: Id | None = None


class Notice(Data, frozen=True, kw_only=True):
    """A step in answering a notice: of a breach of rights in a work, or objecting to a measure.

    All steps of one notice bear its `subject`. `initial_proof` says whether the notice, or the
    statement against it, came with initial proof.
    """

    kind: NoticeKind | None = None
    step: NoticeStep | None = None
    initial_proof: bool | None = None
    parties: NoticeRoles | None = None
    token: Id | None = None
    work: Id | None = None
    platform: Id | None = None


class Attachment(Fields, frozen=True, kw_only=True):
    """A file that belongs to a case: SHA-256 of what is stored of it, and its size in bytes."""

    sha256: Sha256
    name: Name
    media_type: Name
    size: Count


class CaseLink(Fields, frozen=True, kw_only=True):
    """What a case hangs together with: another case by its cause, or what it is about by its id.

    Exactly one of the fields is stated. Of two cases the one `follows_from` the other; to be of the
    `same_scheme`, or a `duplicate`, has no direction.
    """

    same_scheme: Cause | None = None
    duplicate: Cause | None = None
    follows_from: Cause | None = None
    party: Id | None = None
    work: Id | None = None
    token: Id | None = None
    finding: Id | None = None

    def __post_init__(self) -> None:
        if sum(one is not None for one in msgspec.structs.astuple(self)) != 1:
            raise ValueError("a link names one thing that the case hangs together with")


class CaseWork(Data, frozen=True, kw_only=True):
    """What a person did on the case of a `cause`.

    Took or gave it, wrote to it, added a file, linked it to something or took a link back. `of` is
    the entry of the record that made the link which is taken back; what it led to is not named
    where it was erased.
    """

    cause: Cause
    action: CaseAction
    parties: By
    assignee: Id | None = None
    note: Reason | None = None
    attachment: Attachment | None = None
    link: CaseLink | None = None
    of: Count | None = None


class Access(Data, frozen=True, kw_only=True):
    """Who read what is personal, or changed who may do what; `what` is a short code."""

    action: AccessAction
    parties: By
    what: Name
    about: Id | None = None


class ErasureRoles(By, frozen=True, kw_only=True):
    """Who erased, and who asked for it where that is somebody else."""

    asked_by: Id | None = None


class Keeping(Fields, frozen=True, kw_only=True):
    """A term for which records of a person may have to be kept, and when it ends.

    `months` are those of the rulebook's `parameter`, with the clause that says so, or none where
    it is policy. From `until` on the term is over; where it is unknown, so is when the clock starts.
    """

    rulebook: Name
    parameter: Name
    months: Count
    instrument: Name | None = None
    pinpoint: Name | None = None
    until: dt.date | None = None


class Erasure(Data, frozen=True, kw_only=True):
    """A person's keys are destroyed: what was known of them can be read no more, by anybody.

    `erased` is the person's id, which stays as a pseudonym; `keys` are the ids of the keys.
    `reference` is where the operator's own files hold the request, and no text about anybody.
    `retention` are the terms that were found, from `relationship_ended` on where they count from
    there; `despite_retention` says that some were not over, or may not have been, and that the
    operator answers for it.
    """

    erased: Id
    parties: ErasureRoles
    ground: ErasureGround
    keys: Few[KeyId]
    reference: Reference | None = None
    relationship_ended: dt.date | None = None
    retention: Few[Keeping] | None = None
    despite_retention: bool | None = None


class Envelope(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="type",
    gc=False,
):
    """The CloudEvents 1.0 attributes, with `stage`, `serial` and `corrects` as extensions.

    `serial` is the source's own running number, without gaps. `corrects` is the id of the settled
    event of the same business that this one puts right.
    """

    id: Id
    source: Id
    time: AwareTime
    stage: Stage
    specversion: Literal["1.0"]
    subject: Id | None = None
    serial: Serial | None = None
    corrects: Id | None = None
    datacontenttype: Literal["application/json"] | None = None
    dataschema: Annotated[str, msgspec.Meta(max_length=512)] | None = None

    def __post_init__(self) -> None:
        in_utc(self, "time")
        if self.datacontenttype is not None:
            msgspec.structs.force_setattr(self, "datacontenttype", None)


class PartyEvent(Envelope, frozen=True, kw_only=True, tag="party"):
    """States standing facts of a party."""

    data: PartyStatement


class PlatformEvent(Envelope, frozen=True, kw_only=True, tag="platform"):
    """States standing facts of a platform."""

    data: PlatformStatement


class WorkEvent(Envelope, frozen=True, kw_only=True, tag="work"):
    """States standing facts of a work."""

    data: WorkStatement


class IssueEvent(Envelope, frozen=True, kw_only=True, tag="issue"):
    """Creates a token or collection."""

    data: Issue


class OfferEvent(Envelope, frozen=True, kw_only=True, tag="offer"):
    """Puts a collectible up for sale."""

    data: Offer


class SaleEvent(Envelope, frozen=True, kw_only=True, tag="sale"):
    """Sells a collectible."""

    data: Sale


class TransferEvent(Envelope, frozen=True, kw_only=True, tag="transfer"):
    """Passes a collectible on without a price."""

    data: Transfer


class PaymentEvent(Envelope, frozen=True, kw_only=True, tag="payment"):
    """Moves money."""

    data: Payment


class HoldingEvent(Envelope, frozen=True, kw_only=True, tag="holding"):
    """Reports a holding."""

    data: Holding


class LoanEvent(Envelope, frozen=True, kw_only=True, tag="loan"):
    """Lends money."""

    data: Loan


class ProductEvent(Envelope, frozen=True, kw_only=True, tag="product"):
    """Provides a financial product or service."""

    data: Product


class PostEvent(Envelope, frozen=True, kw_only=True, tag="post"):
    """Publishes a text."""

    data: Post


class NoticeEvent(Envelope, frozen=True, kw_only=True, tag="notice"):
    """Says what was done about a notice."""

    data: Notice


class ResolutionEvent(Envelope, frozen=True, kw_only=True, tag="resolution"):
    """Answers a review."""

    data: Resolution


class FindingEvent(Envelope, frozen=True, kw_only=True, tag="finding"):
    """Says what was seen."""

    data: Finding


class CaseEvent(Envelope, frozen=True, kw_only=True, tag="case"):
    """Says what was done on a case."""

    data: CaseWork


class AccessEvent(Envelope, frozen=True, kw_only=True, tag="access"):
    """Says who read or changed what."""

    data: Access


class ListEvent(Envelope, frozen=True, kw_only=True, tag="list"):
    """Puts a version of a watch list in force; the desk's own, as the content lies in its book."""

    data: ListStatement


class ErasureEvent(Envelope, frozen=True, kw_only=True, tag="erasure"):
    """Says that a person was erased; the desk's own, as it destroys the keys thereafter."""

    data: Erasure


Event = (
    PartyEvent
    | PlatformEvent
    | WorkEvent
    | IssueEvent
    | OfferEvent
    | SaleEvent
    | TransferEvent
    | PaymentEvent
    | HoldingEvent
    | LoanEvent
    | ProductEvent
    | PostEvent
    | NoticeEvent
    | ResolutionEvent
    | FindingEvent
    | CaseEvent
    | AccessEvent
    | ListEvent
    | ErasureEvent
)

EVENT_TYPES: dict[str, type[Envelope]] = {cls.__struct_config__.tag: cls for cls in get_args(Event)}
"""Every event type by the name that `type` carries."""

_TYPE_NAMES: dict[type[Envelope], str] = {cls: name for name, cls in EVENT_TYPES.items()}

STATED_BY = {"party": "party", "platform": "platform", "work": "work", "issue": "token"}
"""Event types that state standing facts, and the kind of entity that they state."""


def event_type_of(event: Event) -> str:
    """Return the name that the event's `type` carries."""
    return _TYPE_NAMES[type(event)]


def validity(event: Event) -> tuple[dt.datetime, dt.datetime | None]:
    """Return from when, and up to but not including when, what an event states holds."""
    data = event.data
    if isinstance(data, Statement):
        return data.valid_from or event.time, data.valid_until
    return event.time, None
