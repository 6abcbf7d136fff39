"""Each notice is given where it should be, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from vermilion.rulebook import lint

from .books import FIVE_CASES, QUOTE, book, citation, instrument, rule, words

if TYPE_CHECKING:
    from pathlib import Path

ENDED = {"from": "2020-01-01", "to": "2021-01-01"}


def codes(*changes: dict[str, Any], laws: Path | None = None, **more: Any) -> list[str]:
    """Return the codes of the notices on a rule that is good but for some changes."""
    good = {"cases": FIVE_CASES}
    for change in changes:
        good |= change
    return [notice.code for notice in lint(book(rule(**good), **more), laws)]


def test_a_good_rule_has_no_notice() -> None:
    """A rule with its five cases, words and a living instrument is not noticed."""
    assert codes() == []


@pytest.mark.parametrize("lacking", range(5))
def test_a_lacking_case_is_noticed(lacking: int) -> None:
    """Each of the five kinds of case is missed by its name."""
    cases = [entry for number, entry in enumerate(FIVE_CASES) if number != lacking]
    (notice,) = lint(book(rule(cases=cases)))
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
    [("A", ["quote_lacking"]), ("B", ["quote_lacking"]), ("C", []), ("D", [])],
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
