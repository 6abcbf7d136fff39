"""Closures equal a slow reading that follows every path there is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from vermilion.desk.closures import (
    ALL_RIGHTS,
    MAX_CONTROL_DEPTH,
    MAX_LICENCE_LINKS,
    MAX_LICENCE_PLACES,
    ControlFound,
    control_of,
    licence_reach,
)
from vermilion.facts.entities import CopyrightLicence, LicenceReach, Party, Work

DAY = dt.date(2026, 3, 10)
BEFORE, AFTER = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)


def closure(*parties: Party) -> ControlFound:
    """Return the control closure of the first of some parties."""
    known = {party.id: party for party in parties}
    return control_of(parties[0], known.get)


def owned(id: str, *by: str, **facts: Any) -> Party:
    """Return a party with its controllers, of whom everything else is known."""
    return Party(
        **{"id": id, "controlled_by": list(by), "memberships": [], "lists_hit": []} | facts
    )


def ancestry(
    id: str, known: dict[str, Party], path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Yield every path upwards from a party; one that turns back or is too deep ends in `!`."""
    party = known.get(id)
    if id in path or len(path) > MAX_CONTROL_DEPTH:
        yield (*path, "!")
    elif party is None or party.controlled_by is None:
        yield (*path, id, "!")
    else:
        yield (*path, id)
        for above in party.controlled_by:
            yield from ancestry(above, known, (*path, id))


PARTIES = st.lists(
    st.builds(
        Party,
        id=st.just(""),
        controlled_by=st.none() | st.lists(st.sampled_from("abcdex"), max_size=3),
        memberships=st.none() | st.sampled_from([[], ["NIFA"], ["CBA", "NIFA"]]),
        lists_hit=st.none() | st.sampled_from([[], ["L"]]),
    ),
    min_size=5,
    max_size=5,
)


class TestControl:
    """Who controls a party, over every step."""

    @given(PARTIES)
    def test_equals_following_every_path(self, parties: list[Party]) -> None:
        """Known exactly where every path upwards ends in somebody whom nobody controls."""
        known = {id: replace(one, id=id) for id, one in zip("abcde", parties, strict=True)}
        paths = list(ancestry("a", known))
        control = control_of(known["a"], known.get).control
        if any("!" in path for path in paths):
            assert control.controllers is control.memberships is control.lists_hit is None
            return
        above = {id for path in paths for id in path} - {"a"}
        assert set(control.controllers or ()) == above
        for field in ("memberships", "lists_hit"):
            stated = [getattr(known[id], field) for id in above]
            whole = None if None in stated else {one for some in stated for one in some}
            found = getattr(control, field)
            assert (None if found is None else set(found)) == whole

    def test_nobody_above_is_known(self) -> None:
        """A party without controllers has an empty closure, not an unknown one."""
        found = closure(owned("a"))
        assert (found.control.controllers, found.control.lists_hit, found.lacking) == ([], [], ())

    def test_memberships_and_list_hits_are_the_union_over_all_steps(self) -> None:
        """What a controller's controller is counts; what the party itself is does not."""
        found = closure(
            owned("a", "b", lists_hit=["own"]),
            owned("b", "c", memberships=["CBA"], lists_hit=["x"]),
            owned("c", memberships=["CBA", "NIFA"], lists_hit=["y"]),
        )
        assert found.control.controllers == ["b", "c"]
        assert found.control.memberships == ["CBA", "NIFA"]
        assert found.control.lists_hit == ["x", "y"]

    def test_two_ways_to_one_controller_are_no_loop(self) -> None:
        """A parent that holds a company both directly and through another is known."""
        found = closure(owned("a", "b", "c"), owned("b", "c"), owned("c"))
        assert (found.control.controllers, found.lacking) == (["b", "c"], ())

    @pytest.mark.parametrize(
        "parties",
        [
            [owned("a", "a")],
            [owned("a", "b"), owned("b", "a")],
            [owned("a", "b"), owned("b", "c"), owned("c", "b")],
        ],
    )
    def test_a_chain_that_turns_back_is_unknown(self, parties: list[Party]) -> None:
        """A loop anywhere above is unknown, and asked of the party where the chain starts."""
        found = closure(*parties)
        assert found.control.controllers is None
        assert found.lacking == (("controlled_by", "a"),)

    @pytest.mark.parametrize(
        ("steps", "known"), [(MAX_CONTROL_DEPTH, True), (MAX_CONTROL_DEPTH + 1, False)]
    )
    def test_the_depth_is_bounded(self, steps: int, known: bool) -> None:
        """The longest chain that is followed has as many steps as the limit says."""
        chain = [owned(f"p{n}", f"p{n + 1}") for n in range(steps)]
        found = closure(*chain, owned(f"p{steps}"))
        assert (found.control.controllers is not None) == known
        assert found.lacking == (() if known else (("controlled_by", "p0"),))

    def test_an_unknown_link_is_asked_of_whom_it_is_lacking(self) -> None:
        """Not the party at the start, but the link without an answer is named."""
        found = closure(owned("a", "b", "c"), Party(id="b", memberships=[], lists_hit=[]))
        assert found.control.controllers is None
        assert found.lacking == (("controlled_by", "b"), ("controlled_by", "c"))

    def test_what_is_unknown_of_one_controller_leaves_the_rest_known(self) -> None:
        """A controller's lacking list hits make only the list hits unknown."""
        found = closure(owned("a", "b"), Party(id="b", controlled_by=[], memberships=["CBA"]))
        assert (found.control.memberships, found.control.lists_hit) == (["CBA"], None)
        assert found.lacking == (("lists_hit", "b"),)


def link(licensor: str, licensee: str, **terms: Any) -> CopyrightLicence:
    """Return a licence that gives everything everywhere, but for some terms."""
    given = {
        "rights": ["all_rights"],
        "territories": ["*"],
        "edition_unlimited": True,
        "valid_from": BEFORE,
        "valid_until": AFTER,
    }
    return CopyrightLicence(licensor=licensor, licensee=licensee, **given | terms)


def reach(
    *links: CopyrightLicence, author: str | None = "a", issuer: str | None = "z"
) -> LicenceReach:
    """Return what some licences give from author to issuer."""
    return licence_reach(Work(id="w", author=author, licence_chain=list(links)), issuer, DAY)


LINKS = st.lists(
    st.builds(
        link,
        st.sampled_from("abcz"),
        st.sampled_from("abcz"),
        rights=st.sampled_from(
            [None, [], ["all_rights"], ["network_dissemination"], [*ALL_RIGHTS[:3]]]
        ),
        territories=st.none() | st.lists(st.sampled_from(["CN", "HK", "*"]), max_size=2),
        edition_limit=st.none() | st.integers(0, 4),
        edition_unlimited=st.sampled_from([None, None, False, True]),
        valid_from=st.sampled_from([BEFORE, BEFORE, DAY, None, AFTER]),
        valid_until=st.sampled_from([AFTER, AFTER, DAY, None, BEFORE]),
    ),
    max_size=6,
)


def paths(links: Sequence[CopyrightLicence], start: str = "a") -> Iterator[list[CopyrightLicence]]:
    """Yield every chain of links from a licensor to `z` that uses no link twice."""
    for number, one in enumerate(links):
        if one.licensor == start:
            if one.licensee == "z":
                yield [one]
            for rest in paths([*links[:number], *links[number + 1 :]], one.licensee):
                yield [one, *rest]


def some(values: Sequence[bool | None]) -> bool | None:
    """Return Kleene's `or`."""
    return True if True in values else None if None in values else False


def every(values: Sequence[bool | None]) -> bool | None:
    """Return Kleene's `and`."""
    return False if False in values else None if None in values else True


def over(links: Sequence[CopyrightLicence], holds: Any) -> bool | None:
    """Return whether on some path every link holds."""
    return some([every([holds(one) for one in path]) for path in paths(links)])


def in_force(one: CopyrightLicence) -> bool | None:
    """Return whether a link is in force; both days count as in force."""
    begun = None if one.valid_from is None else one.valid_from <= DAY
    lasts = None if one.valid_until is None else one.valid_until >= DAY
    return every([begun, lasts])


def grants(one: CopyrightLicence, right: str) -> bool | None:
    """Return whether a link is in force and grants a right."""
    granted = None if one.rights is None else bool({right, "all_rights"} & {*one.rights})
    return every([in_force(one), granted])


def sells(one: CopyrightLicence) -> bool | None:
    """Return whether a link is in force and carries what a sale online needs."""
    return grants(one, "network_dissemination")


def units(one: CopyrightLicence) -> tuple[float, float]:
    """Return the least and the most that a link may allow; it may fail to carry a sale at all."""
    if sells(one) is None:
        return -1, inf if one.edition_limit is None or one.edition_unlimited else one.edition_limit
    if one.edition_unlimited:
        return inf, inf
    return (0, inf) if one.edition_limit is None else (one.edition_limit, one.edition_limit)


def widest(links: Sequence[CopyrightLicence]) -> tuple[float, float]:
    """Return the least and most units: the narrowest link of a path, the widest path."""
    carrying = [one for one in links if sells(one) is not False]
    each = [list(zip(*map(units, path), strict=True)) for path in paths(carrying)]
    return max((min(low) for low, _ in each), default=0), max(
        (min(high) for _, high in each), default=0
    )


class TestLicenceReach:
    """What licences give to an issuer on a day."""

    @given(LINKS)
    def test_unbroken_and_in_force_equal_following_every_path(
        self, links: list[CopyrightLicence]
    ) -> None:
        """A path must exist, and one all of whose links are in force."""
        found = reach(*links)
        assert found.unbroken == over(links, lambda _: True)
        assert found.in_force == over(links, in_force)

    @given(LINKS)
    def test_rights_equal_following_every_path(self, links: list[CopyrightLicence]) -> None:
        """A right is carried by a path of links in force that all grant it; unknown if open."""
        carried = {right: over(links, lambda one, r=right: grants(one, r)) for right in ALL_RIGHTS}
        expected = None if None in carried.values() else [r for r, held in carried.items() if held]
        assert reach(*links).rights == expected

    @given(LINKS)
    def test_territories_equal_following_every_path(self, links: list[CopyrightLicence]) -> None:
        """A territory is carried by one path; one that no link names stands for all others."""

        def covered(place: str) -> bool | None:
            return over(
                links,
                lambda one: every(
                    [
                        sells(one),
                        None
                        if one.territories is None
                        else bool({place, "*"} & {*one.territories}),
                    ]
                ),
            )

        found = reach(*links).territories
        answers = {place: covered(place) for place in ("CN", "HK", "elsewhere")}
        if None in (covered("elsewhere"), *(covered(place) for place in _named(links))):
            assert found is None
            return
        assert found is not None
        for place, held in answers.items():
            assert (place in found or "*" in found) == held

    @given(LINKS)
    def test_the_edition_is_the_widest_path_of_narrowest_links(
        self, links: list[CopyrightLicence]
    ) -> None:
        """The minimum over a path, the maximum over paths; told only where it is certain."""
        least, most = widest(links)
        found = reach(*links)
        assert found.edition_unlimited == (True if least == inf else None if most == inf else False)
        connected = any(True for _ in paths([one for one in links if sells(one) is not False]))
        certain = connected and least == most < inf
        assert found.edition_limit == (least if certain else None)

    @pytest.mark.parametrize(
        ("begins", "ends", "holds"),
        [
            (DAY, AFTER, True),
            (BEFORE, DAY, True),
            (DAY, DAY, True),
            (AFTER, AFTER, False),
            (BEFORE, BEFORE, False),
            (None, AFTER, None),
            (BEFORE, None, None),
            (None, BEFORE, False),
            (AFTER, None, False),
        ],
    )
    def test_first_and_last_day_count(
        self, begins: dt.date | None, ends: dt.date | None, holds: bool | None
    ) -> None:
        """A licence is in force on the days that it names; a day that is not stated is unknown."""
        assert reach(link("a", "z", valid_from=begins, valid_until=ends)).in_force is holds

    def test_what_has_ended_carries_nothing(self) -> None:
        """A right, place or number of a licence that has ended does not mend one that is alive."""
        ended = link("a", "z", valid_from=BEFORE, valid_until=BEFORE)
        alive = link("a", "z", rights=["exhibition"], territories=["FR"])
        found = reach(ended, alive)
        assert (found.in_force, found.rights, found.territories) == (True, ["exhibition"], [])
        assert found.edition_unlimited is False

    def test_a_limit_is_not_certain_beside_a_path_that_is_open(self) -> None:
        """A path whose number nobody stated may allow more than the one whose number is known."""
        certain = link("a", "z", edition_unlimited=None, edition_limit=5)
        open_ended = link("a", "z", edition_unlimited=None)
        found = reach(certain, open_ended)
        assert (found.edition_limit, found.edition_unlimited) == (None, None)

    def test_a_gap_is_known_to_be_broken(self) -> None:
        """No path is an answer, not an unknown."""
        found = reach(link("a", "b"), link("c", "z"))
        assert (found.unbroken, found.in_force, found.rights) == (False, False, [])

    def test_a_loop_on_the_way_changes_nothing(self) -> None:
        """Links that lead back do not lengthen or break a path."""
        straight = (link("a", "b", edition_unlimited=None, edition_limit=5), link("b", "z"))
        assert reach(*straight) == reach(*straight, link("b", "a"), link("b", "b"))

    def test_the_author_may_do_everything(self) -> None:
        """Nobody needs a licence for their own work."""
        found = reach(author="z")
        assert (found.unbroken, found.in_force, found.edition_unlimited) == (True, True, True)
        assert set(ALL_RIGHTS) < set(found.rights or ())

    def test_more_places_than_the_limit_are_unknown(self) -> None:
        """One work that names thousands of places does not hold a run up."""
        places = [str(number) for number in range(MAX_LICENCE_PLACES)]
        found = reach(link("a", "b", territories=places), link("b", "z"))
        assert (found.unbroken, found.territories) == (True, None)

    def test_more_links_than_the_limit_are_unknown(self) -> None:
        """The search is bounded, and what lies beyond the bound is not guessed."""
        most = [link("a", "z")] * MAX_LICENCE_LINKS
        assert reach(*most).unbroken is True
        assert reach(*most, link("a", "z")) == LicenceReach()

    @pytest.mark.parametrize(
        ("work", "issuer"),
        [
            (Work(id="w", licence_chain=[]), "z"),
            (Work(id="w", author="a", licence_chain=[]), None),
            (Work(id="w", author="a"), "z"),
        ],
    )
    def test_without_author_issuer_or_chain_all_is_unknown(
        self, work: Work, issuer: str | None
    ) -> None:
        """A lacking end or chain is unknown, not broken."""
        assert licence_reach(work, issuer, DAY) == LicenceReach()


def _named(links: Sequence[CopyrightLicence]) -> set[str]:
    return {place for one in links for place in one.territories or ()} - {"*"}
