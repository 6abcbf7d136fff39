"""Each notice is given where it should be, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from vermilion.rulebook import Notice, find_rulebook, lint, load_rulebook, shipped_rulebooks

from .books import FIVE_CASES, QUOTE, book, citation, instrument, rule, words

if TYPE_CHECKING:
    from pathlib import Path

ENDED = {"from": "2020-01-01", "to": "2021-01-01"}


def codes(*changes: dict[str, Any], laws: Path | None = None, **more: Any) -> list[str]:
    """Return the codes of the notices on a rule that is good but for some changes."""
    good = {"cases": FIVE_CASES}
    for change in changes:
        good |= change
    return [notice.code for notice in notices(rule(**good), laws=laws, **more)]


def notices(*rules: dict[str, Any], laws: Path | None = None, **more: Any) -> list[Notice]:
    """Return the notices on some rules; what the small rulebook has and they do not use is left out."""
    found = lint(book(*rules, **more), laws)
    return [one for one in found if not one.code.endswith(("_unused", "_unread"))]


def test_a_good_rule_has_no_notice() -> None:
    """A rule with its five cases, words and a living instrument is not noticed."""
    assert codes() == []


@pytest.mark.parametrize("lacking", range(5))
def test_a_lacking_case_is_noticed(lacking: int) -> None:
    """Each of the five kinds of case is missed by its name."""
    cases = [entry for number, entry in enumerate(FIVE_CASES) if number != lacking]
    (notice,) = notices(rule(cases=cases))
    assert notice.code == "case_lacking"
    assert f"`{FIVE_CASES[lacking]['kind']}`" in notice.message
    assert notice.rule == "XX-R-01"


def test_dead_citations_are_noticed() -> None:
    """A rule all of whose instruments have an end is noticed, unless it ends itself."""
    dead = [instrument(in_force=ENDED)]
    assert codes(instruments=dead) == ["citations_dead"]
    assert codes({"in_force": ENDED}, instruments=dead) == []
    living = [*dead, instrument("XX-NEW")]
    assert codes({"citations": [citation(), citation("XX-NEW")]}, instruments=living) == []


@pytest.mark.parametrize(
    ("tier", "expected"),
    [("A", ["tier_unearned"]), ("B", ["quote_lacking"]), ("C", []), ("D", [])],
)
def test_lacking_words_are_noticed(tier: str, expected: list[str]) -> None:
    """Who has read the words is to quote them; who only knows of them is not."""
    cited = citation(quote=None, quote_sha256=None, essence=words("gist"), tier=tier)
    assert codes({"citations": [cited]}) == expected
    assert codes({"citations": [citation(tier=tier)]}) == []


def test_numbers_of_policy_are_noticed() -> None:
    """A number that no clause gives is told to be the operator's own."""
    over = {
        "violates_if": 'amount(price, "CNY") > params.cap',
        "reason": words("too much"),
        "parameters": ["cap"],
    }
    assert codes(over) == ["policy_number"]
    clause = {"instrument": "XX-LAW", "pinpoint": "art. 2"}
    value = {"from": "2020-01-01", "value": 100, "source": clause}
    assert codes(over, parameters={"cap": {"title": words("cap"), "values": [value]}}) == []


def test_parameters_that_differ_are_noticed() -> None:
    """The parameters that a rule lists are those that it reads."""
    reads = {"violates_if": 'amount(price, "CNY") > params.cap', "reason": words("too much")}
    assert codes(reads) == ["parameters_differ", "policy_number"]
    assert codes({"parameters": ["cap"]}) == ["parameters_differ"]


SUSPECTED = {"violates_if": "windows.w > 0", "reason": words("suspected")}


def counted(of: str, **more: Any) -> dict[str, Any]:
    """Return a window that counts events of a type by platform."""
    counts = {"function": "count", "of": [of], "key": ["platform.id"]}
    return {"w": {"title": words("count")} | counts | more}


@pytest.mark.parametrize(
    "violated",
    [
        "len(buyer.lists_hit) > 0",
        "any(len(p.lists_hit) > 0 for p in parties)",
        "len(buyer.control.lists_hit) > 0",
        "known(seller.control.known_lists_hit)",
        "buyer.name in lists.coins",
        "matches(buyer.name, lists.coins)",
        "any(p.id not in lists.coins for p in parties)",
        "any(wallet in lists.coins for wallet in buyer.wallets)",
        "any(any(wallet in lists.coins for wallet in p.wallets) for p in parties)",
    ],
)
def test_a_rule_on_lists_that_is_not_confidential_is_noticed(violated: str) -> None:
    """It reads what screening found, or holds a party's name against a list itself."""
    reads = {"violates_if": violated, "reason": words("listed")}
    assert codes(reads) == ["not_confidential"]
    assert codes(reads, {"confidential": True}) == []
    assert codes({"applies_if": violated}) == ["not_confidential"]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (counted("finding", key=["kind"], asked_by=["mode"]), ["not_confidential"]),
        (counted("sale", where="len(buyer.lists_hit) > 0"), ["not_confidential"]),
        (counted("sale"), []),
    ],
)
def test_a_window_over_lists_or_findings_makes_a_rule_confidential(
    window: dict[str, Any], expected: list[str]
) -> None:
    """Whoever reads the number reads what it counts."""
    assert codes(SUSPECTED, windows=window) == expected
    assert codes(SUSPECTED, {"confidential": True}, windows=window) == []


@pytest.mark.parametrize(
    "violated",
    ["price.currency in lists.coins", "platform.id in lists.coins", "known(buyer.name)"],
)
def test_other_lists_and_names_are_not_noticed(violated: str) -> None:
    """A list of words or things, and a name by itself, tell of no suspicion."""
    assert codes({"violates_if": violated, "reason": words("no")}) == []


@pytest.mark.parametrize("name", shipped_rulebooks())
def test_no_shipped_rule_needs_to_be_confidential_that_is_not(name: str) -> None:
    """The flag is where it has to be."""
    notices = lint(load_rulebook(find_rulebook(name)))
    assert [one for one in notices if one.code == "not_confidential"] == []


def test_quotes_are_held_against_the_text(tmp_path: Path) -> None:
    """A quote that the statute's text does not have is noticed; layout does not count."""
    named = {"instruments": [instrument(source="law.md")]}
    assert codes(laws=tmp_path, **named) == ["text_absent"]
    (tmp_path / "law.md").write_text(f"第一条 **{QUOTE[:4]}**\n  {QUOTE[4:]}。", encoding="utf-8")
    assert codes(laws=tmp_path, **named) == []
    (tmp_path / "law.md").write_text("第一条 别的", encoding="utf-8")
    assert codes(laws=tmp_path, **named) == ["quote_not_found"]
    assert codes(**named) == []
    assert codes(laws=tmp_path) == []


@pytest.mark.parametrize("number", [-1, 0, 1, 60, 3_600, 86_400])
def test_none_one_and_units_of_time_need_no_source(number: int) -> None:
    """They are no thresholds that somebody chose; their neighbours are."""
    reads = {"violates_if": f"token.edition.size * 1 > {number}", "reason": words("no")}
    assert codes(reads) == []
    other = number + 1 if number > 1 else number - 2 if number < 0 else number + 2
    assert codes(reads | {"violates_if": f"token.edition.size > {other}"}) == ["number_unsourced"]


def test_what_nothing_reads_is_told_by_its_kind() -> None:
    """A list, a parameter, an instrument and a fact of a case; and not what is read."""
    unread = [one | {"facts": one["facts"] | {"offer": "o"}} for one in FIVE_CASES]
    loaded = book(
        rule(violates_if="known(price)", reason=words("no"), cases=unread),
        instruments=[instrument(), instrument("XX-IDLE")],
    )
    found = {(one.rule, one.code) for one in lint(loaded)}
    assert found >= {
        ("lists.coins", "list_unused"),
        ("params.cap", "parameter_unused"),
        ("XX-IDLE", "instrument_unused"),
        ("XX-R-01", "fact_unread"),
    }
    assert {one.code for one in lint(book(rule(cases=FIVE_CASES)))} == {"parameter_unused"}


@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        ("2021-01-01", []),
        ("2021-01-02", ["succession_gap"]),
        ("2020-12-31", ["succession_overlap"]),
    ],
)
def test_what_repeals_begins_when_the_other_ends(begins: str, expected: list[str]) -> None:
    """A day too late or too early is told of the repealed one."""
    old = instrument("XX-OLD", in_force=ENDED, repealed_by="XX-LAW")
    new = instrument(in_force={"from": begins})
    cited = {"citations": [citation()], "in_force": {"from": "2022-01-01"}}
    found = notices(rule(cases=FIVE_CASES, **cited), instruments=[old, new])
    assert [one.code for one in found] == expected
