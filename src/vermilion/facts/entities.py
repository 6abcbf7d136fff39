"""Parties, platforms, works and tokens: what may be known of those who trade and what is traded.

Every field but the id may be unknown (absent or null); `[]` and false are known.
An id is CAIP-10 for a wallet, CAIP-19 for a token on a public chain, otherwise
`platform:kind:local`.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal, TypeVar, get_args

import msgspec

from vermilion.facts.dates import AwareTime, in_utc
from vermilion.facts.money import Money

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]

MAX_FEW = 64
"""Most items of a list that a person writes: rights, licences, links of a licence chain, payments."""
MAX_MANY = 256
"""Most items of a list that a registry writes: controllers, lists hit, things told inline."""
MAX_PLACES = 300
"""Most territories or media of a licence; ISO 3166 lists 249 countries and territories."""

T = TypeVar("T")
Few = Annotated[list[T], msgspec.Meta(max_length=MAX_FEW)]
Many = Annotated[list[T], msgspec.Meta(max_length=MAX_MANY)]
Places = Annotated[list[Name], msgspec.Meta(max_length=MAX_PLACES)]

Association = Literal["NIFA", "CBA", "SAC", "PCAC", "CMCA", "CAICI", "CCIA"]
KycStatus = Literal["verified", "pending", "failed", "expired", "none"]
PartyKind = Literal["person", "organisation"]
ConsentPurpose = Literal["purchase", "data_processing", "blind_box"]
ChainPermission = Literal["permissioned", "permissionless"]
PlatformFeature = Literal[
    "fixed_price_sale",
    "lottery_sale",
    "blind_box",
    "gift",
    "order_book",
    "call_auction",
    "continuous_auction",
    "electronic_matching",
    "market_maker",
    "anonymous_trading",
    "standing_bid",
    "consignment",
    "continuous_listing",
    "standardised_contract",
    "timed_auction",
    "forward_contract",
    "option_contract",
]
WorkKind = Literal["image", "video", "audio", "text", "model_3d", "software", "other"]
Right = Literal[
    "reproduction",
    "distribution",
    "network_dissemination",
    "exhibition",
    "adaptation",
    "all_rights",
]
RelicDataKind = Literal["raw_capture", "restoration", "derivative_creation"]
RelicSource = Literal["cultural_institution", "licensee", "other"]
RelicCopyMethod = Literal["replica", "rubbing", "photograph", "scan"]
ApprovalLevel = Literal["national", "provincial", "none"]
AiLabel = Literal["visible", "metadata"]
WorkSubject = Literal["hero_or_martyr", "map", "state_symbol", "state_leader"]
RestraintKind = Literal["takedown", "adverse_decision"]
UnderlyingClass = Literal[
    "artwork",
    "cultural_item",
    "ticket",
    "membership",
    "physical_good",
    "game_item",
    "security",
    "insurance",
    "loan",
    "receivable",
    "fund",
    "precious_metal",
    "real_estate",
    "other_financial",
    "cultural_relic",
    "collectible",
]
ConveyedRight = Literal[
    "display",
    "private_use",
    "commercial_use",
    "redemption",
    "access",
    "ownership",
    "income",
    "dividend",
    "interest",
    "buy_back",
    "guaranteed_price",
    "profit_share",
]
ListMatchBy = Literal["identifier", "wallet", "name"]
PaymentInstrument = Literal[
    "bank_transfer", "third_party_payment", "e_cny", "cash", "points", "virtual_currency"
]
FundingSource = Literal["own_funds", "credit", "instalment", "margin", "pledge"]


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Base of everything stated: immutable, keyword only, unknown fields refused."""


class Fields(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """Base of facts whose unknown fields are not written."""


class Kyc(Fields, frozen=True, kw_only=True):
    """How well a party's real identity is established."""

    status: KycStatus | None = None
    level: Name | None = None
    method: Name | None = None
    verified_at: AwareTime | None = None
    expires_on: dt.date | None = None

    def __post_init__(self) -> None:
        in_utc(self, "verified_at")


class AccountCheck(Fields, frozen=True, kw_only=True):
    """What a check for duplicate and made-up accounts found."""

    duplicate: bool | None = None
    fictitious: bool | None = None


class GuardianConsent(Fields, frozen=True, kw_only=True):
    """A guardian's consent: for what, up to how much, until when."""

    guardian: Id
    purposes: Few[ConsentPurpose]
    limit: Money | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None


class Control(Fields, frozen=True, kw_only=True):
    """What follows from who controls a party, over every step of the control chain.

    Attested, or computed from `controlled_by`; unknown where a link is unknown, the chain turns
    back on itself or is deeper than the limit. What the known links alone show stays known:
    `known_memberships` and `known_lists_hit` grow only; they hold, too, what is known of those for
    whom the party holds.
    """

    controllers: Many[Id] | None = None
    memberships: Few[Association] | None = None
    lists_hit: Many[Name] | None = None
    known_memberships: Few[Association] | None = None
    known_lists_hit: Many[Name] | None = None


class ListMatch(Fields, frozen=True, kw_only=True):
    """One entry of a watch list that screening found to fit a party, and how it fits.

    `kind` says which of an entry's names or identifiers it was, such as `alias` or `passport`.
    `confidence` is in percent; a name alone is weaker than an identifier or a wallet.
    """

    list: Name
    version: Name
    entry: Name
    by: ListMatchBy
    kind: Name | None = None
    confidence: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None


class Party(Fields, frozen=True, kw_only=True):
    """A person or organisation that issues, sells, buys, gives, receives, pays or holds.

    Several accounts of one person name the same `identity`. `registered_name` and `business_scope`
    are as the company register has them. `person` and `beneficial` follow:
    who is behind the account, and for whom it holds in the end. `list_matches` says behind each
    list in `lists_hit` that screening found, which entry and how.
    """

    id: Id
    kind: PartyKind | None = None
    name: Name | None = None
    memberships: Few[Association] | None = None
    controlled_by: Many[Id] | None = None
    kyc: Kyc | None = None
    birth_date: dt.date | None = None
    self_supporting: bool | None = None
    guardian_consents: Few[GuardianConsent] | None = None
    residency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z")] | None = None
    lists_hit: Many[Name] | None = None
    identity: Id | None = None
    holds_for: Many[Id] | None = None
    related_to: Many[Id] | None = None
    account_check: AccountCheck | None = None
    registered_name: Name | None = None
    business_scope: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)] | None = None
    control: Control | None = None
    person: Id | None = None
    beneficial: Many[Id] | None = None
    wallets: Many[Id] | None = None
    list_matches: Many[ListMatch] | None = None


class Licence(Fields, frozen=True, kw_only=True):
    """A platform's administrative licence or filing."""

    type: Name
    number: Name | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None


class Chain(Fields, frozen=True, kw_only=True):
    """The ledger a platform writes to, and its filing with the authority."""

    name: Name | None = None
    filing_number: Name | None = None
    permission: ChainPermission | None = None


class Points(Fields, frozen=True, kw_only=True):
    """The points or vouchers of a platform, and how much they are like money."""

    convertible: bool | None = None
    transferable: bool | None = None
    capped: bool | None = None


class Retention(Fields, frozen=True, kw_only=True):
    """How long a platform keeps its records, in full months, and whether it then deletes them.

    Months are counted from the end of the relationship for identity material, from completion for
    what was traded, and from creation for logs and posts.
    """

    identity_months: Count | None = None
    transaction_months: Count | None = None
    trade_information_months: Count | None = None
    network_log_months: Count | None = None
    content_months: Count | None = None
    reconstructable: bool | None = None
    deletes_when_due: bool | None = None


class Platform(Fields, frozen=True, kw_only=True):
    """A venue that issues, sells or passes on collectibles."""

    id: Id
    operator: Id | None = None
    licences: Few[Licence] | None = None
    chain: Chain | None = None
    features: Few[PlatformFeature] | None = None
    payment_channels: Few[Name] | None = None
    filing_number_shown: bool | None = None
    financing_offered: bool | None = None
    points: Points | None = None
    retention: Retention | None = None


class CopyrightLicence(Fields, frozen=True, kw_only=True):
    """One link of a licence chain: who lets whom do what with the work."""

    licensor: Id
    licensee: Id
    rights: Few[Right] | None = None
    territories: Places | None = None
    media: Places | None = None
    edition_limit: Count | None = None
    edition_unlimited: bool | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    document_sha256: Sha256 | None = None


class LicenceReach(Fields, frozen=True, kw_only=True):
    """What the licence chain from a work's author gives to the issuer of an event, on its day.

    Attested, or computed from `author` and `licence_chain`; unknown where a link that matters is
    unknown or the chain has more links than are searched.
    """

    unbroken: bool | None = None
    in_force: bool | None = None
    rights: Few[Right] | None = None
    territories: Places | None = None
    edition_limit: Count | None = None
    edition_unlimited: bool | None = None


class Relic(Fields, frozen=True, kw_only=True):
    """What is known of the cultural relic that a work shows."""

    institution: Id | None = None
    inventory_number: Name | None = None
    grade: Literal["first", "second", "third", "general", "ungraded"] | None = None
    released_by: RelicSource | None = None
    data_kind: RelicDataKind | None = None
    copy_method: RelicCopyMethod | None = None
    approval_number: Name | None = None
    approval_level: ApprovalLevel | None = None
    institution_authorised: bool | None = None
    creative_contribution: bool | None = None


class RightsReview(Fields, frozen=True, kw_only=True):
    """What a review of a work's rights found before it was minted.

    `similarity_bp` is how like the work is to the likest known one of somebody else, in
    ten-thousandths; a mismatch is a visible watermark or signature of another than the author.
    """

    initial_proof: bool | None = None
    similarity_bp: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    watermark_mismatch: bool | None = None


class ContentReview(Fields, frozen=True, kw_only=True):
    """What a review of a work's content found: codes of what is forbidden, and what was done.

    `reported` says whether what was found was kept on record and reported.
    """

    done: bool | None = None
    hits: Few[Name] | None = None
    reported: bool | None = None


class Restraint(Fields, frozen=True, kw_only=True):
    """What bars dealing in a work: a takedown after a notice, or a decision against it."""

    kind: RestraintKind
    document: Name | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None


class Work(Fields, frozen=True, kw_only=True):
    """The creation behind a token: its author, files, licences, subjects and what was found of it.

    `subject_approved` and `map_approved` say whether whoever must approve what it shows did.
    """

    id: Id
    kind: WorkKind | None = None
    sha256: Sha256 | None = None
    title: Name | None = None
    author: Id | None = None
    ai_generated: bool | None = None
    ai_labels: Few[AiLabel] | None = None
    licence_chain: Few[CopyrightLicence] | None = None
    licence: LicenceReach | None = None
    depicts_relic: bool | None = None
    relic: Relic | None = None
    subjects: Few[WorkSubject] | None = None
    subject_approved: bool | None = None
    map_approved: bool | None = None
    review: RightsReview | None = None
    content_review: ContentReview | None = None
    restraints: Few[Restraint] | None = None


class Edition(Fields, frozen=True, kw_only=True):
    """How many units exist, which one this is, and what tells the units apart."""

    limited: bool | None = None
    size: Count | None = None
    serial: Count | None = None
    fixed: bool | None = None
    numbered: bool | None = None
    own_metadata: bool | None = None


class TokenReach(Fields, frozen=True, kw_only=True):
    """What a token comes to in the end, through everything it may be redeemed for or has a share in.

    Attested, or computed from `underlying`, `redeemable_for`, `redeems` and `holds`; unknown where
    a link is unknown, the chain turns back on itself or is deeper than the limit. What the known
    links alone show stays known: `known_classes` grows only.
    """

    classes: Few[UnderlyingClass] | None = None
    known_classes: Few[UnderlyingClass] | None = None
    collectibles: bool | None = None


class Character(Fields, frozen=True, kw_only=True):
    """What a token is like in use: the facts by which most countries tell collectibles from assets.

    `unique` is more than an id of its own: each unit differs in what it is valued for. The other
    fields speak against a collectible where they are true: its units stand for one another, are
    parts of something, pass from hand to hand, pay for goods, are bought for investment, are
    exchanged for coins among anybody; buyers are led to expect a profit, or that the issuer's
    efforts raise the value; holders have a claim to be paid; what it comes to is a financial asset.
    Attested, and completed from what the token's structure, rights and reach show; where the two
    differ, what speaks against it stands.
    """

    unique: bool | None = None
    fungible_in_practice: bool | None = None
    fractional: bool | None = None
    transferable: bool | None = None
    payment_use: bool | None = None
    investment_use: bool | None = None
    coin_exchange: bool | None = None
    profit_promise: bool | None = None
    efforts_promise: bool | None = None
    financial_rights: bool | None = None
    financial_asset: bool | None = None


class Scheme(Fields, frozen=True, kw_only=True):
    """What a collective investment scheme consists of, as far as a token is a share in one.

    An arrangement about property; holders without day-to-day control of it; managed as a whole, or
    contributions and profits pooled; and holders are to share in its profits or income. Attested,
    and completed as a token's character is.
    """

    arrangement: bool | None = None
    no_daily_control: bool | None = None
    managed_or_pooled: bool | None = None
    profit_sharing: bool | None = None


class Synthesis(Fields, frozen=True, kw_only=True):
    """How fragments are put together to make a token: what may be done with them, and the recipe."""

    fragments_sold: bool | None = None
    fragments_transferable_for_value: bool | None = None
    recipe_published: bool | None = None
    recipe_fixed: bool | None = None


class ValueSupport(Fields, frozen=True, kw_only=True):
    """What supports a token's price: the dossier, the value that it shows, and comparable prices."""

    documented: bool | None = None
    supported_value: Money | None = None
    comparable_price: Money | None = None
    document_sha256: Sha256 | None = None


class PriceBand(Fields, frozen=True, kw_only=True):
    """Between which prices a token may be offered and sold, and as of when."""

    low: Money | None = None
    high: Money | None = None
    as_of: AwareTime | None = None

    def __post_init__(self) -> None:
        in_utc(self, "as_of")


class ChainRecord(Fields, frozen=True, kw_only=True):
    """Whether a token is said to be recorded on a chain, and whether it was found there."""

    claimed: bool | None = None
    found: bool | None = None


class Token(Fields, frozen=True, kw_only=True):
    """A collectible, or the collection that a collectible belongs to.

    Facts stated of a collection hold for its tokens unless the token states its own. `redeems`
    names what it may be exchanged for, `holds` what it is a basket or fund of. `series` and `whole`
    follow: the collection, or the token itself; and the thing whose parts its holders share.
    """

    id: Id
    collection: Id | None = None
    work: Id | None = None
    issuer: Id | None = None
    underlying: Few[UnderlyingClass] | None = None
    redeemable_for: Few[UnderlyingClass] | None = None
    redeems: Many[Id] | None = None
    holds: Many[Id] | None = None
    reach: TokenReach | None = None
    rights: Few[ConveyedRight] | None = None
    edition: Edition | None = None
    divisible: bool | None = None
    decimals: Count | None = None
    fraction_of: Many[Id] | None = None
    pooled: bool | None = None
    co_owned: bool | None = None
    metadata_sha256: Sha256 | None = None
    transferable_for_value: bool | None = None
    approval_number: Name | None = None
    synthesis: Synthesis | None = None
    value_support: ValueSupport | None = None
    price_band: PriceBand | None = None
    chain_record: ChainRecord | None = None
    character: Character | None = None
    scheme: Scheme | None = None
    series: Id | None = None
    whole: Id | None = None


class ListVersion(Fields, frozen=True, kw_only=True):
    """Which version of a watch list is in force under a name (`id`), and what it holds.

    `digest` names the content, which a book keeps beside its record. A retired list screens nobody.
    """

    id: Id
    version: Name | None = None
    date: dt.date | None = None
    digest: Sha256 | None = None
    source: Name | None = None
    entries: Count | None = None
    names: Count | None = None
    identifiers: Count | None = None
    wallets: Count | None = None
    retired: bool | None = None


Traded = Party | Platform | Work | Token
Entity = Traded | ListVersion
"""What standing facts are about: those who trade, what is traded, and the lists in force."""

ENTITY_KINDS: dict[str, type[Party] | type[Platform] | type[Work] | type[Token]] = {
    cls.__name__.lower(): cls for cls in get_args(Traded)
}
"""The four kinds of things that standing facts are about, by name."""


_CAIP_19 = re.compile(r"(?P<collection>[^/:]+:[^/]+/[^/:]+:[^/]+)/[^/]+")


def collection_of(token_id: str) -> str | None:
    """Return the collection that a CAIP-19 token id names, or None for another kind of id.

    `eip155:1/erc721:0xabc/7` names `eip155:1/erc721:0xabc`.
    """
    found = _CAIP_19.fullmatch(token_id)
    return found["collection"] if found else None
