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
    `known_memberships` and `known_lists_hit` grow only.
    """

    controllers: Many[Id] | None = None
    memberships: Few[Association] | None = None
    lists_hit: Many[Name] | None = None
    known_memberships: Few[Association] | None = None
    known_lists_hit: Many[Name] | None = None


class Party(Fields, frozen=True, kw_only=True):
    """A person or organisation that issues, sells, buys, gives, receives, pays or holds.

    Several accounts of one person name the same `identity`. `person` and `beneficial` follow:
    who is behind the account, and for whom it holds in the end.
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
    control: Control | None = None
    person: Id | None = None
    beneficial: Many[Id] | None = None


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


class Work(Fields, frozen=True, kw_only=True):
    """The creation behind a token: its author, files, licences and subject."""

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
    series: Id | None = None
    whole: Id | None = None


Entity = Party | Platform | Work | Token

ENTITY_KINDS: dict[str, type[Party] | type[Platform] | type[Work] | type[Token]] = {
    cls.__name__.lower(): cls for cls in get_args(Entity)
}
"""The four kinds of things that standing facts are about, by name."""


_CAIP_19 = re.compile(r"(?P<collection>[^/:]+:[^/]+/[^/:]+:[^/]+)/[^/]+")


def collection_of(token_id: str) -> str | None:
    """Return the collection that a CAIP-19 token id names, or None for another kind of id.

    `eip155:1/erc721:0xabc/7` names `eip155:1/erc721:0xabc`.
    """
    found = _CAIP_19.fullmatch(token_id)
    return found["collection"] if found else None
