"""Closures: what follows from a chain of facts. Unknown where a link that matters is unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple, TypeVar

from vermilion.facts.entities import Control, CopyrightLicence, LicenceReach, Party, Right, Work

MAX_CONTROL_DEPTH = 16
"""Longest control chain followed; real groups are shallower, and loops end sooner."""
MAX_LICENCE_LINKS = 64
"""Most links of a licence chain that are searched."""

MAX_LICENCE_PLACES = 64
"""Most territories that a licence chain is searched for; with more of them they stay unknown."""

Lacking = tuple[str, str]
"""A fact that a closure could not go on without: (path below the party, party id)."""

T = TypeVar("T")

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


def control_of(party: Party, find: Callable[[str], Party | None]) -> ControlFound:
    """Follow who controls a party, over every step, and collect memberships and list hits.

    Unknown where a link is unknown, the chain turns back on itself or is longer than the limit.

    Args:
        party: where the chain starts; it does not count as its own controller.
        find: returns what is known of a party by id.
    """
    found: dict[str, Party | None] = {party.id: party}
    level, steps = [party.id], 0
    while level and steps < MAX_CONTROL_DEPTH:
        above = [one for id in level for one in _controllers(found[id])]
        level = [id for id in dict.fromkeys(above) if id not in found]
        found |= {id: find(id) for id in level}
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
    if attested is None:
        return computed
    return Control(
        **{
            field: _either(getattr(attested, field), getattr(computed, field))
            for field in Control.__struct_fields__
        }
    )


def _either(a: list[T] | None, b: list[T] | None) -> list[T] | None:
    return [*dict.fromkeys([*(a or []), *(b or [])])] if a is not None or b is not None else None


def joined_reach(attested: LicenceReach | None, computed: LicenceReach) -> LicenceReach:
    """Join what was attested of a licence chain with what it shows; a contradiction is unknown."""
    if attested is None:
        return computed
    return LicenceReach(
        **{
            field: _agreed(getattr(attested, field), getattr(computed, field))
            for field in LicenceReach.__struct_fields__
        }
    )


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
    if link.edition_unlimited:
        return True
    if link.edition_limit is None:
        return None
    return units is not None and units <= link.edition_limit
