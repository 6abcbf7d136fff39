"""One event, judged: which facts count, which day's rules, and which verdict wins."""

from __future__ import annotations

import datetime as dt
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from vermilion.desk.judge import stronger
from vermilion.rulebook import VERDICT_ORDER, Engine, Profile, Verdict

from .samples import desk_in, event, party, rule, rulebook, rulings, sale, submit, verdicts

LISTED = rulebook(rule("XX-L", "sale party", "any(len(p.lists_hit) > 0 for p in parties)"))
BUYER = rulebook(rule("XX-B", "sale", "len(buyer.lists_hit) > 0"))
SPLIT = rulebook(rule("XX-T", "sale issue", "token.divisible"))
COIN = rulebook(rule("XX-C", "sale", 'price.currency != "CNY"'))
WON, COINS = {"amount": 5, "currency": "CNY"}, {"amount": 5, "currency": "ETH"}


class TestStandingFacts:
    """What stands counts from the entry on that states it, while it is valid."""

    def test_only_facts_of_lower_sequence_count(self, tmp_path: Path) -> None:
        """A statement is known to events that are read after it, not to those before."""
        with desk_in(tmp_path / "b", BUYER) as desk:
            answers = submit(desk, sale("1"), party("b", lists_hit=["x"]), sale("2"))
        found = [answer.judged.ruled[0].ruling.verdict for answer in answers]  # type: ignore[union-attr]
        assert found == ["review", "not_applicable", "deny"]

    def test_facts_count_while_valid_at_the_events_time(self, tmp_path: Path) -> None:
        """From `valid_from` on, up to but not including `valid_until`."""
        begins, ends = "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"
        times = ["2026-03-09T23:59:59Z", begins, "2026-03-10T23:59:59Z", ends]
        sales = [sale(str(n), time) for n, time in enumerate(times)]
        with desk_in(tmp_path / "b", BUYER) as desk:
            submit(desk, party("b", lists_hit=["x"], valid_from=begins, valid_until=ends))
            assert verdicts(desk, *sales) == ["review", "deny", "deny", "review"]

    def test_without_valid_from_a_statement_holds_from_its_own_time(self, tmp_path: Path) -> None:
        """The event's time is the default of `valid_from`."""
        with desk_in(tmp_path / "b", BUYER) as desk:
            submit(desk, party("b", "2026-03-10T12:00:00Z", lists_hit=[]))
            found = verdicts(
                desk, sale("1", "2026-03-10T11:59:59Z"), sale("2", "2026-03-10T12:00:00Z")
            )
        assert found == ["review", "allow"]

    def test_a_correction_decides_from_then_on(self, tmp_path: Path) -> None:
        """A later statement replaces the field; decisions made before stay as they were."""
        with desk_in(tmp_path / "b", BUYER) as desk:
            first = verdicts(desk, party("b", lists_hit=["x"]), sale("1"))
            second = verdicts(desk, party("b", number=1, lists_hit=[]), sale("2"))
        assert (first[1], second[1]) == ("deny", "allow")

    def test_a_statement_is_judged_by_its_own_facts(self, tmp_path: Path) -> None:
        """A party event sees the party that it states, over what stood before."""
        with desk_in(tmp_path / "b", LISTED) as desk:
            found = verdicts(
                desk, party("p", lists_hit=["x"]), party("p", number=1, name="n"), party("q")
            )
        assert found == ["deny", "deny", "review"]


class TestInlineFacts:
    """What travels with an event counts for it and from it on."""

    def test_inline_facts_lie_over_standing_ones_and_stand_afterwards(self, tmp_path: Path) -> None:
        """An inline party is known to its event and to those after it."""
        inline = {"parties": [{"id": "b", "lists_hit": ["x"]}]}
        with desk_in(tmp_path / "b", BUYER) as desk:
            found = verdicts(
                desk, party("b", lists_hit=[]), sale("1"), sale("2", inline=inline), sale("3")
            )
        assert found[1:] == ["allow", "deny", "deny"]

    @pytest.mark.parametrize("reopened", [False, True])
    def test_inline_facts_of_the_subject_are_one_statement_with_it(
        self, tmp_path: Path, reopened: bool
    ) -> None:
        """What an event says of its subject in two places adds up, live and read back alike."""
        both = party("b", name="n")
        both["data"]["inline"] = {"parties": [{"id": "b", "lists_hit": []}]}
        rules = rulebook(rule("XX-P", "sale", "len(buyer.lists_hit) > 0 or not known(buyer.name)"))
        with desk_in(tmp_path / "b", rules) as desk:
            submit(desk, both)
            if not reopened:
                assert verdicts(desk, sale("1")) == ["allow"]
        if reopened:
            with desk_in(tmp_path / "b", rules) as desk:
                assert verdicts(desk, sale("1")) == ["allow"]


class TestCollections:
    """Facts of a collection hold for its tokens."""

    def issue(self, id: str, number: int = 0, **facts: Any) -> dict[str, Any]:
        """Return an issue of a token or collection."""
        return event("issue", f"{id}-{number}", token={"id": id, **facts})

    @pytest.mark.parametrize("token", ["eip155:1/erc721:0xa/7", "v:token:7"])
    def test_a_token_has_its_collections_facts(self, tmp_path: Path, token: str) -> None:
        """By the CAIP-19 id, or by the collection that the token names."""
        named = self.issue("v:token:7", collection="eip155:1/erc721:0xa")
        with desk_in(tmp_path / "b", SPLIT) as desk:
            submit(desk, self.issue("eip155:1/erc721:0xa", divisible=True), named)
            assert verdicts(desk, sale("1", token=token)) == ["deny"]

    def test_a_tokens_own_fact_decides(self, tmp_path: Path) -> None:
        """A token may differ from its collection in a field."""
        with desk_in(tmp_path / "b", SPLIT) as desk:
            submit(
                desk,
                self.issue("a:1/b:c", divisible=True),
                self.issue("a:1/b:c/7", divisible=False),
            )
            assert verdicts(desk, sale("1", token="a:1/b:c/7"), sale("2", token="a:1/b:c/8")) == [
                "allow",
                "deny",
            ]


class TestLegalDate:
    """The rulebook's clock, not the event's offset, says which day's rules apply."""

    COINS_FROM = rulebook(
        rule("XX-C", "sale", 'price.currency != "CNY"', in_force={"from": "2026-03-10"})
    )

    @pytest.mark.parametrize(
        ("time", "verdict"),
        [
            ("2026-03-09T23:59:59.999+08:00", "not_applicable"),
            ("2026-03-10T00:00:00+08:00", "deny"),
            ("2026-03-09T15:59:59Z", "not_applicable"),
            ("2026-03-09T16:00:00Z", "deny"),
            ("2026-03-09T09:00:00-07:00", "deny"),
        ],
    )
    def test_the_day_begins_at_midnight_in_shanghai(
        self, tmp_path: Path, time: str, verdict: str
    ) -> None:
        """The same moment gives the same day however its offset is written."""
        with desk_in(tmp_path / "b", self.COINS_FROM) as desk:
            assert verdicts(desk, sale("1", time, price=COINS)) == [verdict]

    def test_a_what_if_day_takes_the_events_place(self, tmp_path: Path) -> None:
        """Under `as_of` the rules of that day apply to every event, and it is in the decision."""
        days = [dt.date(2026, 3, 9), dt.date(2026, 3, 10)]
        found = []
        for day in days:
            with desk_in(tmp_path / day.isoformat(), self.COINS_FROM, as_of=day) as desk:
                found += rulings(desk, sale("1", "2025-01-01T00:00:00Z", price=COINS))
        assert [one.verdict for one in found] == ["not_applicable", "deny"]
        assert [one.as_of for one in found] == ["2026-03-09", "2026-03-10"]


class TestVerdicts:
    """The strongest verdict of a live rule wins, and unknown never allows."""

    ORDER: tuple[Verdict, ...] = (*VERDICT_ORDER, "not_applicable")

    @pytest.mark.parametrize(("a", "b"), list(product(ORDER, ORDER)))
    def test_the_stronger_of_two(self, a: Verdict, b: Verdict) -> None:
        """deny, review, condition, allow, not applicable: the earlier one wins."""
        assert stronger(a, b) == min(a, b, key=self.ORDER.index)

    @pytest.mark.parametrize(("weaker", "wins"), [("condition", "deny"), ("review", "deny")])
    def test_the_strongest_rule_decides(self, tmp_path: Path, weaker: str, wins: str) -> None:
        """Two rules that are hit give the stronger verdict, and both are told."""
        both = rulebook(
            rule("XX-A", "sale", 'price.currency != "CNY"', verdict=weaker),
            rule("XX-B", "sale", 'price.currency == "ETH"'),
        )
        with desk_in(tmp_path / "b", both) as desk:
            (ruling,) = rulings(desk, sale("1", price=COINS))
        assert (ruling.verdict, [one.id for one in ruling.rules]) == (wins, ["XX-A", "XX-B"])

    @pytest.mark.parametrize("answer", ["deny", "review", "condition"])
    def test_unknown_counts_as_the_rule_says_and_never_as_allow(
        self, tmp_path: Path, answer: str
    ) -> None:
        """A lacking fact gives `on_missing`, beside a rule that passed."""
        two = rulebook(
            rule("XX-A", "sale", 'price.currency != "CNY"'),
            rule("XX-B", "sale", "len(buyer.lists_hit) > 0", on_missing=answer),
        )
        with desk_in(tmp_path / "b", two) as desk:
            (ruling,) = rulings(desk, sale("1", price=WON))
        assert (ruling.verdict, ruling.passed) == (answer, ["XX-A@1"])

    def test_an_unknown_scope_never_allows(self, tmp_path: Path) -> None:
        """A rule of which nobody knows whether it applies is undecided too."""
        scoped = rulebook(
            rule("XX-A", "sale", 'price.currency != "CNY"', applies_if='buyer.kind == "person"')
        )
        with desk_in(tmp_path / "b", scoped) as desk:
            (ruling,) = rulings(desk, sale("1", price=WON))
        assert (ruling.verdict, ruling.rules[0].missing) == ("review", ["buyer.kind"])

    @pytest.mark.parametrize(
        ("mode", "verdict", "rules"),
        [("shadow", "not_applicable", 1), ("off", "not_applicable", 0)],
    )
    def test_only_live_rules_decide(
        self, tmp_path: Path, mode: str, verdict: str, rules: int
    ) -> None:
        """A rule in shadow is told and decides nothing; one that is off is not even told."""
        book = rulebook(rule("XX-A", "sale", 'price.currency != "CNY"', mode=mode))
        with desk_in(tmp_path / "b", book) as desk:
            (ruling,) = rulings(desk, sale("1", price=COINS))
        assert (ruling.verdict, len(ruling.rules)) == (verdict, rules)

    def test_no_rule_is_not_applicable(self, tmp_path: Path) -> None:
        """Where no rule applies the rulebook has nothing to say; it does not allow."""
        with desk_in(tmp_path / "b", COIN) as desk:
            assert verdicts(desk, event("transfer", "1")) == ["not_applicable"]

    def test_the_order_of_repetition_changes_nothing(self, tmp_path: Path) -> None:
        """Cached verdicts are those of the first judging."""
        sales = [sale(f"{n}", price=(WON, COINS, None)[n % 3]) for n in range(30)]
        with desk_in(tmp_path / "b", COIN) as desk:
            assert verdicts(desk, *sales) == ["allow", "deny", "review"] * 10


class TestSeveralRulebooks:
    """Each rulebook gives its own decision; nothing is merged."""

    def test_each_rules_for_itself(self, tmp_path: Path) -> None:
        """One event has one ruling of each rulebook, under its id and digest."""
        other = rulebook(rule("YY-A", "sale", "len(buyer.lists_hit) > 0"), id="yy")
        with desk_in(tmp_path / "b", COIN, other) as desk:
            (answer,) = submit(desk, sale("1", price=COINS))
            found = [ruled.ruling for ruled in answer.judged.ruled]  # type: ignore[union-attr]
            digests = [Engine(one, desk.book.profile).digest for one in (COIN, other)]
        assert [(one.rulebook.id, one.verdict) for one in found] == [
            ("xx", "deny"),
            ("yy", "review"),
        ]
        assert [one.rulebook.digest for one in found] == digests

    def test_a_rulebook_alone_rules_as_in_company(self, tmp_path: Path) -> None:
        """What another rulebook reads does not change a ruling's bytes."""
        other = rulebook(rule("YY-A", "sale", "token.divisible"), id="yy")
        written = []
        for name, books in (("alone", [COIN]), ("company", [COIN, other])):
            with desk_in(tmp_path / name, *books) as desk:
                (answer,) = submit(desk, sale("1", price=COINS, token="a:1/b:c/7"))
                written.append(answer.judged.ruled[0].written)  # type: ignore[union-attr]
        assert written[0] == written[1]

    def test_the_operator_is_part_of_the_digest(self) -> None:
        """Another profile is another digest."""
        assert Engine(COIN, Profile()).digest != Engine(COIN, Profile(territory="HK")).digest
