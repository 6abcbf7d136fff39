"""Closures: what follows from a chain of facts. Unknown where a link that matters is unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple, TypeVar

from vermilion.facts.entities import (
    Association,
    Character,
    Control,
    ConveyedRight,
    CopyrightLicence,
    Edition,
    Fields,
    LicenceReach,
    Party,
    Right,
    Scheme,
    Token,
    TokenReach,
    UnderlyingClass,
    Work,
    collection_of,
)

MAX_CONTROL_DEPTH = 16
"""Longest control chain followed; real groups are shallower, and loops end sooner."""
MAX_CONTROL_PARTIES = 256
"""Most parties that control or nominees are followed to."""
MAX_LICENCE_LINKS = 64
"""Most links of a licence chain that are searched."""

MAX_LICENCE_PLACES = 64
"""Most territories that a licence chain is searched for; with more of them they stay unknown."""

MAX_NOMINEE_DEPTH = 8
"""Longest chain of nominees that is seen through."""
MAX_REACH_TOKENS = 256
"""Most tokens that redemption and baskets are followed to."""

COLLECTIBLE_CLASSES: frozenset[UnderlyingClass] = frozenset(
    {"artwork", "cultural_item", "ticket", "membership", "game_item", "collectible"}
)
"""What a token stands for where it is a collectible and not an instrument of finance."""

PROFIT_RIGHTS: frozenset[ConveyedRight] = frozenset(
    {"income", "dividend", "interest", "profit_share"}
)
"""Rights to a share in profits or income."""

FINANCIAL_RIGHTS: frozenset[ConveyedRight] = PROFIT_RIGHTS | {"guaranteed_price", "buy_back"}
"""Rights by which a holder has a claim to be paid."""

FINANCIAL_CLASSES: frozenset[UnderlyingClass] = frozenset(
    {"security", "insurance", "loan", "receivable", "fund", "other_financial"}
)
"""Classes of underlying things that are financial assets wherever they are kept."""

Lacking = tuple[str, str]
"""A fact that a closure could not go on without: (path below the entity, its id)."""

T = TypeVar("T")
F = TypeVar("F", bound=Fields)

ALL_RIGHTS: tuple[Right, ...] = (
    "reproduction",
    "distribution",
    "network_dissemination",
    "exhibition",
    "adaptation",
)


class ControlFound(NamedTuple):
    """A party's control closure, and the facts that were lacking for it."""

    control: Control
    lacking: tuple[Lacking, ...]


NOBODY = Control(
    controllers=[], memberships=[], lists_hit=[], known_memberships=[], known_lists_hit=[]
)
"""The closure of a party that nobody controls."""

_UNKNOWN = Control(known_memberships=[], known_lists_hit=[])
"""The closure of a party of whom it is not known who controls it."""


def control_of(party: Party, find: Callable[[str], Party | None]) -> ControlFound:
    """Follow who controls a party, over every step, and collect memberships and list hits.

    Unknown where a link is unknown, the chain turns back on itself or is longer than the limit.

    Args:
        party: where the chain starts; it does not count as its own controller.
        find: returns what is known of a party by id.
    """
    if not party.controlled_by:
        if party.controlled_by is None:
            return ControlFound(_UNKNOWN, (("controlled_by", party.id),))
        return ControlFound(NOBODY, ())
    found: dict[str, Party | None] = {party.id: party}
    level, steps = [party.id], 0
    while level and steps < MAX_CONTROL_DEPTH and len(found) <= MAX_CONTROL_PARTIES:
        above = [one for id in level for one in _controllers(found[id])]
        level = [id for id in dict.fromkeys(above) if id not in found]
        found |= {id: find(id) for id in level[:MAX_CONTROL_PARTIES]}
        steps += 1
    too_deep = any(id not in found for last in level for id in _controllers(found[last]))
    lacking = [
        ("controlled_by", id)
        for id, one in found.items()
        if one is None or one.controlled_by is None
    ]
    if too_deep or _turns_back(found):
        lacking.append(("controlled_by", party.id))
    chain_known = not lacking
    del found[party.id]
    known = [one for one in found.values() if one is not None]
    lacking += [
        (field, one.id)
        for one in known
        for field in ("memberships", "lists_hit")
        if getattr(one, field) is None
    ]
    return ControlFound(
        Control(
            controllers=list(found) if chain_known else None,
            memberships=_union(one.memberships for one in known) if chain_known else None,
            lists_hit=_union(one.lists_hit for one in known) if chain_known else None,
            known_memberships=_union(one.memberships or [] for one in known),
            known_lists_hit=_union(one.lists_hit or [] for one in known),
        ),
        tuple(lacking),
    )


def _controllers(party: Party | None) -> list[str]:
    """Return who is known to control a party directly."""
    return [] if party is None else party.controlled_by or []


def _turns_back(found: dict[str, Party | None]) -> bool:
    """Tell whether somebody controls itself over some steps; to meet at one controller is no loop."""
    try:
        TopologicalSorter({id: _controllers(one) for id, one in found.items()}).prepare()
    except CycleError:
        return True
    return False


def _union(lists: Iterable[list[T] | None]) -> list[T] | None:
    found: dict[T, None] = {}
    for values in lists:
        if values is None:
            return None
        found.update(dict.fromkeys(values))
    return list(found)


def joined_control(attested: Control | None, computed: Control) -> Control:
    """Join what was attested of a party's control with what its chain shows; nothing is lost."""
    return _by_field(attested, computed, _either)


def _by_field(attested: F | None, computed: F, join: Callable[[Any, Any], Any]) -> F:
    """Return what a closure computed, each field joined with what was attested of it."""
    if attested is None:
        return computed
    return type(computed)(
        **{
            field: join(getattr(attested, field), getattr(computed, field))
            for field in computed.__struct_fields__
        }
    )


def _either(a: list[T] | None, b: list[T] | None) -> list[T] | None:
    return [*dict.fromkeys([*(a or []), *(b or [])])] if a is not None or b is not None else None


class BeneficialFound(NamedTuple):
    """Whom a party holds for in the end, and the facts that were lacking for it."""

    persons: list[str] | None
    lacking: tuple[Lacking, ...]


def person_of(party: Party) -> str:
    """Return who is behind an account: the attested identity, else the account itself."""
    return party.person or party.identity or party.id


def beneficial_of(party: Party, find: Callable[[str], Party | None]) -> BeneficialFound:
    """See through nominees: who holds in the end what a party holds.

    Unknown where a nominee's principals are unknown, nominees hold for each other or the chain is
    longer than the limit. Source: State Council General Office [2012] 37, which counts real holders.
    """
    persons: dict[str, None] = {}
    level, behind = [party], {party.id}
    for _ in range(MAX_NOMINEE_DEPTH):
        principals: list[str] = []
        for one in level:
            if one.holds_for is None:
                return BeneficialFound(None, (("holds_for", one.id),))
            if not one.holds_for:
                persons[person_of(one)] = None
            principals += one.holds_for
        if not principals:
            return BeneficialFound(list(persons), ())
        if behind & set(principals) or len(behind) + len(principals) > MAX_CONTROL_PARTIES:
            break
        behind |= set(principals)
        level = [find(id) or Party(id=id) for id in dict.fromkeys(principals)]
    return BeneficialFound(None, (("holds_for", party.id),))


class Behind(NamedTuple):
    """What is known of those for whom a party holds, and of who controls them."""

    memberships: list[Association]
    lists_hit: list[str]


def known_behind(party: Party, find: Callable[[str], Party | None]) -> Behind:
    """Return the memberships and list hits of those for whom a party holds, over every step.

    Who holds for a listed person acts as an agent (Anti-Money Laundering Law of China (2024),
    article 40), and who holds for a member invests for it. What is known counts although the rest
    of the chain is unknown; those who control a principal count as well.
    """
    behind: dict[str, Party | None] = {party.id: party}
    level, steps = list(party.holds_for or ()), 0
    memberships: list[Association] = []
    hits: list[str] = []
    while level and steps < MAX_CONTROL_DEPTH and len(behind) <= MAX_CONTROL_PARTIES:
        above = {id: find(id) for id in dict.fromkeys(level) if id not in behind}
        behind |= above
        known = [one for one in above.values() if one is not None]
        for one in known:
            for said in (one, control_of(one, find).control, one.control or NOBODY):
                memberships += said.memberships or ()
                hits += said.lists_hit or ()
                if isinstance(said, Control):
                    memberships += said.known_memberships or ()
                    hits += said.known_lists_hit or ()
        level = [id for one in known for id in one.holds_for or ()]
        steps += 1
    return Behind(list(dict.fromkeys(memberships)), list(dict.fromkeys(hits)))


class ReachFound(NamedTuple):
    """What a token comes to in the end, and the facts that were lacking for it."""

    reach: TokenReach
    lacking: tuple[Lacking, ...]


def token_reach(token: Token, find: Callable[[str], Token | None]) -> ReachFound:
    """Follow what a token is redeemed for and holds a share in, over every step.

    Redemption for collectibles and shares in funds must name them to be followed; to redeem for
    collectibles and for none of them is no answer. Unknown where a link is unknown, the chain turns back on itself or reaches more tokens than the limit.

    Args:
        token: where the chain starts; it counts itself.
        find: returns what is known of a token by id.
    """
    found: dict[str, Token] = {token.id: token}
    level = [token.id]
    while level and len(found) <= MAX_REACH_TOKENS:
        below = [id for one in level for id in _contents(found[one])]
        level = [id for id in dict.fromkeys(below) if id not in found]
        found |= {id: find(id) or Token(id=id) for id in level[: MAX_REACH_TOKENS + 1]}
    lacking = [one for token in found.values() for one in _unnamed(token)]
    if level or _goes_round(found):
        lacking.append(("redeems", token.id))
    classes: dict[UnderlyingClass, None] = {}
    for one in found.values():
        classes.update(dict.fromkeys([*(one.underlying or ()), *(one.redeemable_for or ())]))
    collectibles = True if COLLECTIBLE_CLASSES & set(classes) else None if lacking else False
    return ReachFound(
        TokenReach(
            classes=None if lacking else list(classes),
            known_classes=list(classes),
            collectibles=collectibles,
        ),
        tuple(lacking),
    )


def _contents(token: Token) -> list[str]:
    return [*(token.redeems or ()), *(token.holds or ())]


def _unnamed(token: Token) -> list[Lacking]:
    """Return the facts that are lacking to know what a token comes to."""
    lacking = [
        (field, token.id)
        for field in ("underlying", "redeemable_for")
        if getattr(token, field) is None
    ]
    if "collectible" in (token.redeemable_for or ()) and not token.redeems:
        lacking.append(("redeems", token.id))
    if "fund" in (token.underlying or ()) and token.holds is None:
        lacking.append(("holds", token.id))
    return lacking


def _goes_round(found: dict[str, Token]) -> bool:
    try:
        TopologicalSorter({id: _contents(one) for id, one in found.items()}).prepare()
    except CycleError:
        return True
    return False


def joined_token_reach(attested: TokenReach | None, computed: TokenReach) -> TokenReach:
    """Join what was attested of a token's reach with what its chain shows; nothing is lost."""
    if attested is None:
        return computed
    return TokenReach(
        classes=_either(attested.classes, computed.classes),
        known_classes=_either(attested.known_classes, computed.known_classes),
        collectibles=_agreed(attested.collectibles, computed.collectibles),
    )


def token_character(token: Token, reach: TokenReach) -> Character:
    """Tell what a token is like, from what was attested and what it shows itself.

    What can be divided, is a fraction, is pooled, or comes in units without number and metadata of
    their own is not unique; one of one outside of any collection is. An id alone shows nothing.
    Source of the reading: Regulation (EU) 2023/1114, recitals 10 and 11.

    Args:
        token: as it was stated.
        reach: what it comes to in the end.
    """
    attested = token.character or Character()
    fungible = _fungible(token)
    return Character(
        unique=_against(attested.unique, None if fungible is None else not fungible, False),
        fungible_in_practice=_against(attested.fungible_in_practice, fungible),
        fractional=_against(attested.fractional, _fractional(token)),
        transferable=_against(attested.transferable, token.transferable_for_value or None),
        payment_use=attested.payment_use,
        investment_use=attested.investment_use,
        coin_exchange=attested.coin_exchange,
        profit_promise=_against(attested.profit_promise, _has(token, PROFIT_RIGHTS) or None),
        efforts_promise=attested.efforts_promise,
        financial_rights=_against(attested.financial_rights, _has(token, FINANCIAL_RIGHTS)),
        financial_asset=_against(attested.financial_asset, _financial(reach)),
    )


def token_scheme(token: Token, character: Character) -> Scheme:
    """Tell what a token has of a collective investment scheme, attested or shown by its rights.

    Holders share in profits where a right says so; they do not where their rights are known, none
    of them says so and no profit is promised. What is pooled is managed or pooled.
    """
    attested = token.scheme or Scheme()
    shares = _has(token, PROFIT_RIGHTS)
    promised = character.profit_promise
    return Scheme(
        arrangement=attested.arrangement,
        no_daily_control=attested.no_daily_control,
        managed_or_pooled=_against(attested.managed_or_pooled, token.pooled or None),
        profit_sharing=_against(
            attested.profit_sharing, shares or (promised if shares is False else None)
        ),
    )


def _fungible(token: Token) -> bool | None:
    """Tell whether a token's structure shows that its units stand for one another, or do not.

    One of one within a collection may yet be one of many alike.
    """
    edition = token.edition or Edition()
    if _fractional(token) or (edition.numbered is False and edition.own_metadata is False):
        return True
    alone = token.collection is None and collection_of(token.id) is None
    whole = _fractional(token) is False
    return False if alone and whole and edition.size == 1 else None


def _fractional(token: Token) -> bool | None:
    """Tell whether units of a token are parts of something; None where that is not known."""
    if token.divisible or token.decimals or token.fraction_of or token.pooled:
        return True
    known = None not in (token.divisible, token.fraction_of, token.pooled)
    return False if known else None


def _financial(reach: TokenReach) -> bool | None:
    """Tell whether a financial asset is known to lie underneath; None where something is unknown."""
    if not FINANCIAL_CLASSES.isdisjoint(reach.known_classes or ()):
        return True
    return None if reach.classes is None else not FINANCIAL_CLASSES.isdisjoint(reach.classes)


def _has(token: Token, rights: frozenset[ConveyedRight]) -> bool | None:
    """Tell whether a token conveys one of some rights; None where its rights are not known."""
    return None if token.rights is None else not rights.isdisjoint(token.rights)


def _against(attested: bool | None, shown: bool | None, against: bool = True) -> bool | None:
    """Join what was attested with what is shown: what speaks against the token stands."""
    if against in (attested, shown):
        return against
    return shown if attested is None else attested


def joined_reach(attested: LicenceReach | None, computed: LicenceReach) -> LicenceReach:
    """Join what was attested of a licence chain with what it shows; a contradiction is unknown."""
    return _by_field(attested, computed, _agreed)


def _agreed(a: T | None, b: T | None) -> T | None:
    if a is None or b is None:
        return b if a is None else a
    return a if a == b else None


def licence_reach(work: Work, issuer: str | None, day: dt.date) -> LicenceReach:
    """Tell what the licences of a work give to an issuer on a day.

    A right or territory is carried where a path from author to issuer exists all of whose links
    are in force and carry it. Territories and numbers count on links that carry network
    dissemination, which is what a sale online needs.
    Source of the reading: Hangzhou Intermediate Court (2022) Zhe 01 Min Zhong 5272.
    """
    links = work.licence_chain
    if work.author is None or issuer is None:
        return LicenceReach()
    if issuer == work.author:
        return LicenceReach(
            unbroken=True,
            in_force=True,
            rights=[*ALL_RIGHTS, "all_rights"],
            territories=["*"],
            edition_unlimited=True,
        )
    if links is None or len(links) > MAX_LICENCE_LINKS:
        return LicenceReach()

    def reach(holds: Callable[[CopyrightLicence], bool | None]) -> bool | None:
        return _path(links, work.author, issuer, holds)

    def sells(link: CopyrightLicence) -> bool | None:
        return _both(_in_force(link, day), _grants(link, "network_dissemination"))

    def grants(link: CopyrightLicence, right: str) -> bool | None:
        return _both(_in_force(link, day), _grants(link, right))

    rights = {right: reach(partial(grants, right=right)) for right in ALL_RIGHTS}
    # `*` stands for every place that no link names.
    places = dict.fromkeys([*(place for link in links for place in link.territories or ()), "*"])
    territories = {
        place: reach(lambda link, place=place: _both(sells(link), _covers(link, place)))  # type: ignore[misc]
        for place in places
        if len(places) <= MAX_LICENCE_PLACES
    }
    unlimited = reach(lambda link: _both(sells(link), _allows(link, None)))
    return LicenceReach(
        unbroken=reach(lambda _: True),
        in_force=reach(lambda link: _in_force(link, day)),
        rights=_carried(rights),
        territories=_carried(territories) if territories else None,
        edition_unlimited=unlimited,
        # Where a path might allow any number, no limit is certain.
        edition_limit=_widest(links, sells, reach) if unlimited is False else None,
    )


def _both(a: bool | None, b: bool | None) -> bool | None:
    """Join two answers by Kleene's `and`."""
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _path(
    links: list[CopyrightLicence],
    start: str | None,
    goal: str,
    holds: Callable[[CopyrightLicence], bool | None],
) -> bool | None:
    """Tell whether a path of holding links leads from start to goal; None if that is open."""
    for accepted, answer in (((True,), True), ((True, None), None)):
        reached, grown = {start}, True
        usable = [link for link in links if holds(link) in accepted]
        while grown:
            step = {link.licensee for link in usable if link.licensor in reached} - reached
            reached |= step
            grown = bool(step)
        if goal in reached:
            return answer
    return False


def _in_force(link: CopyrightLicence, day: dt.date) -> bool | None:
    if link.valid_from is None or link.valid_until is None:
        started = link.valid_from is None or link.valid_from <= day
        ended = link.valid_until is not None and link.valid_until < day
        return None if started and not ended else False
    return link.valid_from <= day <= link.valid_until


def _grants(link: CopyrightLicence, right: str) -> bool | None:
    return None if link.rights is None else right in link.rights or "all_rights" in link.rights


def _covers(link: CopyrightLicence, place: str) -> bool | None:
    return (
        None if link.territories is None else place in link.territories or "*" in link.territories
    )


def _carried(found: dict[T, bool | None]) -> list[T] | None:
    """Return what is carried for certain; None where that is open for any."""
    if None in found.values():
        return None
    return [name for name, carried in found.items() if carried]


def _widest(
    links: list[CopyrightLicence],
    sells: Callable[[CopyrightLicence], bool | None],
    reach: Callable[[Callable[[CopyrightLicence], bool | None]], bool | None],
) -> int | None:
    """Return the largest edition that some path allows; None if that is open or there is no path."""
    limits = {link.edition_limit for link in links if link.edition_limit is not None}
    for limit in sorted(limits, reverse=True):
        allowed = reach(lambda link, n=limit: _both(sells(link), _allows(link, n)))  # type: ignore[misc]
        if allowed is not False:
            return limit if allowed else None
    return None


def _allows(link: CopyrightLicence, units: int | None) -> bool | None:
    """Tell whether a link allows a number of units, or any number."""
    if link.edition_unlimited or units == 0:
        return True
    if link.edition_limit is None:
        return None
    return units is not None and units <= link.edition_limit
