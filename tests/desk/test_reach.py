"""What a token comes to, and who is behind a nominee: closures over redemption, baskets and holders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vermilion.desk.closures import (
    MAX_CONTROL_PARTIES,
    MAX_NOMINEE_DEPTH,
    MAX_REACH_TOKENS,
    beneficial_of,
    control_of,
    joined_token_reach,
    token_reach,
)
from vermilion.facts.entities import Party, Token, TokenReach

from .samples import desk_in, event, party, rule, rulebook, rulings, sale, verdicts


def token(id: str, underlying: str | None = "artwork", **facts: Any) -> Token:
    """Return a token of one class that redeems nothing unless told otherwise."""
    classes = None if underlying is None else [underlying]
    return Token(**{"id": id, "underlying": classes, "redeemable_for": []} | facts)


def reach(*tokens: Token) -> TokenReach:
    """Return what the first token comes to."""
    return token_reach(tokens[0], {one.id: one for one in tokens}.get).reach


def box(id: str, *contents: str, **facts: Any) -> Token:
    """Return a token that is redeemed for others."""
    return token(id, redeemable_for=["collectible"], redeems=list(contents), **facts)


def fund(id: str, *contents: str) -> Token:
    """Return a fund's unit."""
    return token(id, "fund", holds=list(contents))


class TestReach:
    """Redemption and baskets are followed to the end."""

    def test_gold_inside_a_box_inside_a_box_is_found(self) -> None:
        """Every step's classes count."""
        found = reach(box("a", "b"), box("b", "c"), token("c", "precious_metal"))
        assert found.classes == ["artwork", "collectible", "precious_metal"]

    def test_what_is_known_stays_known_beside_what_is_not(self) -> None:
        """An unknown branch makes the whole unknown, and hides nothing."""
        found = reach(box("a", "b", "nobody-knows"), token("b", "precious_metal"))
        assert found.classes is None
        assert "precious_metal" in (found.known_classes or [])

    @pytest.mark.parametrize(
        "tokens",
        [
            (box("a", "b"), box("b", "a")),
            (box("a", "a"),),
            (token("a", redeemable_for=["collectible"]),),
            (box("a"),),
            (token("a", "fund"),),
            (token("a", None),),
            tuple(box(str(n), str(n + 1)) for n in range(MAX_REACH_TOKENS + 9)),
            (box("a", *map(str, range(256))), *(box(str(n), f"x{n}") for n in range(256))),
        ],
        ids=[
            "round",
            "itself",
            "unnamed",
            "none of them",
            "unnamed fund",
            "unstated",
            "too deep",
            "too many",
        ],
    )
    def test_unknown(self, tokens: tuple[Token, ...]) -> None:
        """A chain that turns back, is not named, or is too long, is unknown."""
        assert reach(*tokens).classes is None

    def test_two_ways_to_one_token_are_no_round(self) -> None:
        """Baskets may share contents."""
        found = reach(box("a", "b", "c"), box("b", "d"), box("c", "d"), token("d", "ticket"))
        assert found.classes == ["artwork", "collectible", "ticket"]

    @pytest.mark.parametrize(
        ("tokens", "collectibles"),
        [
            ((fund("f", "g"), fund("g", "a"), token("a")), True),
            ((fund("f", "s"), token("s", "security")), False),
            ((fund("f", "s", "x"), token("s", "security")), None),
            ((fund("f", "a", "x"), token("a")), True),
            ((token("f", "fund"),), None),
        ],
        ids=["two funds deep", "securities only", "partly unknown", "enough known", "unknown"],
    )
    def test_a_fund_is_looked_through(
        self, tokens: tuple[Token, ...], collectibles: bool | None
    ) -> None:
        """Whether a fund holds collectibles is told by what its funds hold."""
        assert reach(*tokens).collectibles is collectibles

    def test_an_attested_clean_reach_hides_nothing(self) -> None:
        """What was attested and what the chain shows are joined."""
        found = reach(box("a", "b"), token("b", "precious_metal"))
        joined = joined_token_reach(TokenReach(classes=["artwork"], known_classes=[]), found)
        assert "precious_metal" in (joined.classes or [])


def persons(*parties: Party) -> list[str] | None:
    """Return for whom the first party holds in the end."""
    return beneficial_of(parties[0], {one.id: one for one in parties}.get).persons


class TestBeneficial:
    """Nominees are seen through."""

    @pytest.mark.parametrize(
        ("parties", "found"),
        [
            ((Party(id="a", holds_for=[]),), ["a"]),
            ((Party(id="a", identity="i", holds_for=[]),), ["i"]),
            ((Party(id="a", holds_for=["b"]), Party(id="b", holds_for=[])), ["b"]),
            (
                (
                    Party(id="a", holds_for=["b", "c"]),
                    Party(id="b", identity="i", holds_for=[]),
                    Party(id="c", identity="i", holds_for=[]),
                ),
                ["i"],
            ),
            ((Party(id="a"),), None),
            ((Party(id="a", holds_for=["b"]),), None),
            ((Party(id="a", holds_for=["b"]), Party(id="b", holds_for=["a"])), None),
        ],
        ids=["itself", "identity", "nominee", "one person", "unstated", "unknown", "round"],
    )
    def test_persons(self, parties: tuple[Party, ...], found: list[str] | None) -> None:
        """Whoever holds in the end counts once, by identity; what is not stated is unknown."""
        assert persons(*parties) == found

    def test_the_longest_chain(self) -> None:
        """A chain of the greatest length is followed, a longer one is unknown."""

        def chain(length: int) -> list[Party]:
            nominees = [Party(id=str(n), holds_for=[str(n + 1)]) for n in range(length)]
            return [*nominees, Party(id=str(length), holds_for=[])]

        longest = MAX_NOMINEE_DEPTH - 1
        assert persons(*chain(longest)) == [str(longest)]
        assert persons(*chain(longest + 1)) is None

    def test_more_principals_than_are_followed(self) -> None:
        """A nominee of thousands is unknown, and costs no more than the limit."""
        many = [Party(id=f"p{n}", holds_for=[]) for n in range(MAX_CONTROL_PARTIES)]
        assert persons(Party(id="a", holds_for=[one.id for one in many[:-1]]), *many) is not None
        assert persons(Party(id="a", holds_for=[one.id for one in many]), *many) is None


class TestControlIsBounded:
    """A control chain of any width costs no more than the limit."""

    def test_more_controllers_than_are_followed(self) -> None:
        """Beyond the limit the closure is unknown, and what was found stays known."""
        asked: list[str] = []

        def find(id: str) -> Party | None:
            asked.append(id)
            above = [f"{id}.{n}" for n in range(256)] if id.count(".") < 3 else []
            return Party(id=id, controlled_by=above, memberships=["CBA"], lists_hit=[])

        top = Party(id="a", controlled_by=[f"b{n}" for n in range(256)])
        found = control_of(top, find)
        assert found.control.memberships is None
        assert found.control.known_memberships == ["CBA"]
        assert len(asked) <= 2 * MAX_CONTROL_PARTIES


GOLD = rulebook(
    rule(
        "XX-GOLD",
        "sale",
        'any(x == "precious_metal" for x in token.reach.known_classes)'
        ' or any(x == "precious_metal" for x in token.reach.classes)',
    )
)


def issue(id: str, time: str = "2026-03-01T00:00:00Z", **facts: Any) -> dict[str, Any]:
    """Return an issue of a token."""
    return event("issue", f"issue-{id}", time, token={"id": id} | facts)


class TestThroughTheDesk:
    """Rules read the closures of what events name."""

    BOX = issue("box", underlying=["artwork"], redeemable_for=["collectible"], redeems=["bar"])

    def test_a_later_statement_about_what_is_inside_counts(self, tmp_path: Path) -> None:
        """What is inside is asked for, and counts once it is stated."""
        bar = issue("bar", underlying=["precious_metal"], redeemable_for=[])
        with desk_in(tmp_path / "b", GOLD) as desk:
            *_, before = rulings(desk, self.BOX, sale("1", token="box"))
            *_, after = rulings(desk, bar, sale("2", token="box/7"), sale("3", token="box"))
        assert [(one.fact, one.entity) for one in before.missing] == [("token.underlying", "bar")]
        assert after.verdict == "deny"

    def test_units_are_those_of_their_collection(self, tmp_path: Path) -> None:
        """A unit is of its collection's series and comes to what that comes to."""
        told = rulebook(
            rule("XX-S", "sale", 'token.series != "c" or token.whole != token.id'),
            rule("XX-R", "sale", '"artwork" not in token.reach.classes'),
        )
        collection = issue("c", underlying=["artwork"], redeemable_for=[])
        unit = issue("u", collection="c")
        with desk_in(tmp_path / "b", told) as desk:
            found = verdicts(desk, collection, unit, sale("1", token="u"), sale("2", token="u"))
        assert found[2:] == ["allow", "allow"]

    def test_what_one_event_type_does_not_read_another_may(self, tmp_path: Path) -> None:
        """A token first met where nothing reads its reach comes to the same where something does."""
        mixed = rulebook(
            rule("XX-A", "transfer", "token.divisible"),
            rule("XX-B", "sale", '"artwork" not in token.reach.classes'),
        )
        facts = issue("c", underlying=["artwork"], redeemable_for=[], divisible=False)
        gift = event("transfer", "g", token="c", parties={})
        with desk_in(tmp_path / "b", mixed) as desk:
            assert verdicts(desk, facts, gift, sale("1", token="c"))[1:] == ["allow", "allow"]

    def test_parts_of_one_thing_share_its_name(self, tmp_path: Path) -> None:
        """What fractions are of is the whole that holders are counted for."""
        told = rulebook(rule("XX-W", "sale", 'token.whole != "painting"'))
        parts = [issue(f"part{n}", fraction_of=["painting"]) for n in range(2)]
        with desk_in(tmp_path / "b", told) as desk:
            found = verdicts(desk, *parts, *(sale(str(n), token=f"part{n}") for n in range(2)))
        assert found[2:] == ["allow", "allow"]

    def test_a_part_of_several_things_has_no_one_whole(self, tmp_path: Path) -> None:
        """A second thing named beside the real one does not hide whose parts are held."""
        told = rulebook(rule("XX-W", "sale", 'token.whole != "painting"'))
        with desk_in(tmp_path / "b", told) as desk:
            part = issue("part", fraction_of=["a-dummy", "painting"])
            *_, found = rulings(desk, part, sale("1", token="part"))
        assert (found.verdict, [one.fact for one in found.missing]) == ("review", ["token.whole"])

    def test_a_nominees_principals_are_asked_for(self, tmp_path: Path) -> None:
        """Where a principal's own position is not stated, it is what is lacking."""
        told = rulebook(rule("XX-B", "sale", "len(buyer.beneficial) > 1"))
        with desk_in(tmp_path / "b", told) as desk:
            *_, lacking = rulings(desk, party("b", holds_for=["p"]), sale("1"))
            found = verdicts(desk, party("p", holds_for=["x", "y"]), sale("2"))
            more = [party("x", holds_for=[]), party("y", holds_for=[])]
            found += verdicts(desk, *more, sale("3"))
        assert [(one.fact, one.entity) for one in lacking.missing] == [("party.holds_for", "p")]
        assert (found[1], found[-1]) == ("review", "deny")

    def test_who_holds_for_a_member_is_known_as_its_hand(self, tmp_path: Path) -> None:
        """Memberships behind a nominee count over every step, and those of who controls a principal."""
        acts = 'any(one == "SAC" for one in buyer.control.known_memberships)'
        told = rulebook(rule("XX-B", "sale", f"known(buyer.control.known_memberships) and {acts}"))
        people = [
            party("broker", memberships=["SAC"], controlled_by=[]),
            party("firm", memberships=[], controlled_by=["broker"]),
            party("n1", holds_for=["broker"], controlled_by=[]),
            party("n2", holds_for=["n1"]),
            party("n3", holds_for=["nobody", "firm"]),
            party("n4", holds_for=["free"]),
            party("free", memberships=["CCIA"], controlled_by=[], holds_for=[]),
        ]
        with desk_in(tmp_path / "b", told) as desk:
            found = verdicts(desk, *people, *(sale(str(n), buyer=f"n{n}") for n in range(1, 5)))
        assert found[-4:] == ["deny", "deny", "deny", "allow"]
