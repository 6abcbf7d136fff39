"""A lacking fact is asked for once, of the thing that lacks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .samples import desk_in, event, party, rule, rulebook, rulings, sale, submit

COLLECTION = "eip155:1/erc721:0xa"
TOKEN = f"{COLLECTION}/7"


def asked(folder: Path, condition: str, last: dict[str, Any], *before: dict[str, Any]) -> list[Any]:
    """Return what the last event's ruling asks for, as pairs of fact and entity."""
    with desk_in(folder / "b", rulebook(rule("XX-A", last["type"], condition))) as desk:
        submit(desk, *before)
        (ruling,) = rulings(desk, last)
    assert all(one.rules == ["XX-A"] for one in ruling.missing)
    return [(one.fact, one.entity) for one in ruling.missing]


class TestOfEntities:
    """Facts of parties, tokens, works and platforms are asked of those."""

    @pytest.mark.parametrize(
        ("condition", "data", "expected"),
        [
            ("len(buyer.lists_hit) > 0", {}, ("party.lists_hit", "b")),
            ('buyer.kyc.status != "verified"', {}, ("party.kyc.status", "b")),
            ("token.divisible", {"token": TOKEN}, ("token.divisible", COLLECTION)),
            ("token.divisible", {"token": "v:token:7"}, ("token.divisible", "v:token:7")),
            ("token.edition.size > 5", {"token": TOKEN}, ("token.edition.size", COLLECTION)),
            ("work.ai_generated", {"work": "w"}, ("work.ai_generated", "w")),
            ("work.ai_generated", {"token": TOKEN}, ("token.work", COLLECTION)),
            ("len(platform.features) > 0", {"platform": "v"}, ("platform.features", "v")),
        ],
    )
    def test_is_asked_of_the_thing(
        self, tmp_path: Path, condition: str, data: dict[str, Any], expected: tuple[str, str]
    ) -> None:
        """The party, the token's collection, the work or the platform is named."""
        assert asked(tmp_path, condition, sale("1", **data)) == [expected]

    @pytest.mark.parametrize(
        ("condition", "fact"),
        [
            ("len(buyer.lists_hit) > 0", "sale.parties.buyer"),
            ("token.divisible", "sale.token"),
            ("work.ai_generated", "sale.work"),
            ("len(platform.features) > 0", "sale.platform"),
            ('price.currency != "CNY"', "sale.price"),
        ],
    )
    @pytest.mark.parametrize(("subject", "named"), [(None, "1"), ("order-1", "order-1")])
    def test_what_the_event_does_not_name_is_asked_of_the_event(
        self, tmp_path: Path, condition: str, fact: str, subject: str | None, named: str
    ) -> None:
        """By its business id where it has one, so that its stages are one question."""
        one = sale("1", buyer=None, **({"subject": subject} if subject else {}))
        assert asked(tmp_path, condition, one) == [(fact, named)]

    def test_an_event_without_a_work_of_its_own_is_asked_for_its_token(
        self, tmp_path: Path
    ) -> None:
        """Only fields that the event type has are asked for."""
        found = asked(tmp_path, "work.ai_generated", event("transfer", "1"))
        assert found == [("transfer.token", "1")]

    def test_a_party_named_twice_is_asked_once(self, tmp_path: Path) -> None:
        """Seller and buyer who are one lack one fact."""
        one = event("sale", "1", parties={"seller": "b", "buyer": "b"})
        found = asked(tmp_path, "any(len(p.lists_hit) > 0 for p in parties)", one)
        assert found == [("party.lists_hit", "b")]

    def test_a_collection_that_the_token_names_is_asked(self, tmp_path: Path) -> None:
        """A stated collection goes before the one in the id."""
        issue = event("issue", "i", token={"id": TOKEN, "collection": "own"})
        found = asked(tmp_path, "token.divisible", sale("1", token=TOKEN), issue)
        assert found == [("token.divisible", "own")]


class TestOfControlChains:
    """The lacking link of a control chain is asked for, not its start."""

    CONDITION = "len(buyer.control.lists_hit) > 0"

    @pytest.mark.parametrize(
        ("before", "expected"),
        [
            ([], ("party.controlled_by", "b")),
            ([party("b", controlled_by=["c"])], ("party.controlled_by", "c")),
            (
                [party("b", controlled_by=["c"]), party("c", controlled_by=["d"])],
                ("party.controlled_by", "d"),
            ),
            (
                [party("b", controlled_by=["c"]), party("c", controlled_by=[], memberships=[])],
                ("party.lists_hit", "c"),
            ),
            (
                [party("b", controlled_by=["c"]), party("c", controlled_by=["b"])],
                ("party.controlled_by", "b"),
            ),
        ],
    )
    def test_the_lacking_link_is_named(
        self, tmp_path: Path, before: list[dict[str, Any]], expected: tuple[str, str]
    ) -> None:
        """Whoever's controllers or list hits are unknown is asked about."""
        assert asked(tmp_path, self.CONDITION, sale("1"), *before) == [expected]

    def test_a_link_may_travel_inline(self, tmp_path: Path) -> None:
        """Inline parties are links like those that stand."""
        inline = {"parties": [{"id": "c", "controlled_by": [], "lists_hit": []}]}
        owner = party("b", controlled_by=["c"])
        assert asked(tmp_path, self.CONDITION, sale("1", inline=inline), owner) == []


class TestOfLicences:
    """A licence chain's lacking piece is asked for."""

    def test_the_issuer_is_asked_of_the_collection(self, tmp_path: Path) -> None:
        """Who issued is a fact of the collection."""
        found = asked(tmp_path, "not work.licence.unbroken", sale("1", work="w", token=TOKEN))
        assert found == [("token.issuer", COLLECTION)]

    def test_without_token_the_issuer_is_asked_of_the_event(self, tmp_path: Path) -> None:
        """An event that names no token has to name the issuer itself."""
        found = asked(tmp_path, "not work.licence.unbroken", sale("1", work="w"))
        assert found == [("sale.parties.issuer", "1")]

    @pytest.mark.parametrize(
        ("work", "fact"), [({}, "work.author"), ({"author": "a"}, "work.licence_chain")]
    )
    def test_author_and_chain_are_asked_of_the_work(
        self, tmp_path: Path, work: dict[str, Any], fact: str
    ) -> None:
        """First the author, then the licences."""
        stated = event("work", "w", work={"id": "w", **work})
        one = event("sale", "1", work="w", parties={"issuer": "z"})
        assert asked(tmp_path, "not work.licence.unbroken", one, stated) == [(fact, "w")]


class TestCounting:
    """One fact asked by several rules is one question."""

    def test_rules_that_ask_for_one_fact_share_it(self, tmp_path: Path) -> None:
        """The fact is told once, with every rule that asks."""
        book = rulebook(
            rule("XX-A", "sale", "len(buyer.lists_hit) > 0"),
            rule("XX-B", "sale", "len(buyer.lists_hit) > 2"),
        )
        with desk_in(tmp_path / "b", book) as desk:
            (ruling,) = rulings(desk, sale("1"))
        (missing,) = ruling.missing
        assert (missing.entity, missing.rules) == ("b", ["XX-A", "XX-B"])
