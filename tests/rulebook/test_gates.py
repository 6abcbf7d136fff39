"""Each gate holds: what it is there for, put into a throw-away copy of a good rulebook, fails."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from vermilion.errors import RulebookError
from vermilion.rulebook import lint, load_rulebook
from vermilion.rulebook.lint import GATES

from .books import FIVE_CASES, case, citation, instrument, plain, rule, words, write

if TYPE_CHECKING:
    from pathlib import Path


OVER_CAP = {
    "violates_if": 'amount(price, "CNY") > params.cap',
    "reason": words("too much"),
    "parameters": ["cap"],
}


def good() -> dict[str, Any]:
    """Return a rulebook that passes every gate: two versions of a norm, one after the other."""
    first = rule("XX-R-01A", cases=FIVE_CASES, in_force={"to": "2023-01-01"})
    last = case("day_before", "2022-12-31", "not_applicable", "ETH")
    day = case("day_of", "2023-01-01", "hit", "ETH", alive=["XX-LAW"])
    rest = [one | {"at": "2023-07-05"} for one in FIVE_CASES[:3]]
    second = rule("XX-R-01B", cases=[*rest, last, day], in_force={"from": "2023-01-01"})
    third = rule("XX-R-02", cases=FIVE_CASES, **OVER_CAP)
    return copy.deepcopy(plain(first, second, third))


def cited(data: dict[str, Any], rule: int = 0) -> dict[str, Any]:
    """Return the first citation of a rule."""
    found: dict[str, Any] = data["rules"][rule]["citations"][0]
    return found


def repealed(data: dict[str, Any]) -> None:
    """Cite an instrument that was repealed before the rule begins."""
    dead = instrument("XX-DEAD", in_force={"from": "2020-01-01", "to": "2022-12-31"})
    data["instruments"].append(dead | {"repealed_by": "XX-LAW"})
    data["rules"][1]["citations"].append(citation("XX-DEAD"))


def hole(data: dict[str, Any]) -> None:
    """Let a rule rest on two instruments with a month between them."""
    early = {"from": "2020-01-01", "to": "2022-05-31"}
    data["instruments"] += [
        instrument("XX-EARLY", in_force=early),
        instrument("XX-LATE", in_force={"from": "2022-07-01"}),
    ]
    data["rules"][2]["citations"] = [citation("XX-EARLY"), citation("XX-LATE")]


LINTED: dict[str, tuple[Any, str, str]] = {
    "a repealed instrument cited at its own date": (repealed, "XX-R-01B", "citation_idle"),
    "a gap between two versions": (
        lambda data: data["rules"][1].update(in_force={"from": "2023-01-02"}),
        "XX-R-01A",
        "gap",
    ),
    "a gap between two instruments": (hole, "XX-R-02", "gap"),
    "an overlap of two versions": (
        lambda data: data["rules"][1].update(in_force={"from": "2022-12-31"}),
        "XX-R-01B",
        "overlap",
    ),
    "a missing case": (lambda data: data["rules"][0]["cases"].pop(), "XX-R-01A", "case_lacking"),
    "a parameter that is read and not listed": (
        lambda data: data["rules"][2].update(parameters=[]),
        "XX-R-02",
        "parameters_differ",
    ),
    "a number in a condition": (
        lambda data: data["rules"][2].update(violates_if='amount(price, "CNY") > 100'),
        "XX-R-02",
        "number_unsourced",
    ),
    "a tier that is not earned": (
        lambda data: cited(data).update(quote=None, quote_sha256=None, essence=words("gist")),
        "XX-R-01A",
        "tier_unearned",
    ),
    "words verified that were only summarised": (
        lambda data: cited(data).update(status="verified", tier="C"),
        "XX-R-01A",
        "tier_unearned",
    ),
    "a rule that nothing can violate": (
        lambda data: data["rules"][2].update(
            violates_if='price.currency == "USD" and amount(price, "CNY") > params.cap'
        ),
        "XX-R-02",
        "never_hits",
    ),
    "a rule that nothing can pass": (
        lambda data: data["rules"][2].update(
            violates_if="known(price) or params.cap > 0", applies_if="True"
        ),
        "XX-R-02",
        "never_passes",
    ),
    "a rule that never applies": (
        lambda data: data["rules"][2].update(applies_if="known(price) and not known(price)"),
        "XX-R-02",
        "never_applies",
    ),
    "two rules of which none can pass": (
        lambda data: data["rules"][2].update(
            violates_if="price.currency not in lists.coins", parameters=[]
        ),
        "XX-R-02",
        "contradiction",
    ),
    "a rule on suspicion that is not confidential": (
        lambda data: data["rules"][2].update(violates_if="len(buyer.lists_hit) > 0", parameters=[]),
        "XX-R-02",
        "not_confidential",
    ),
}

REFUSED: dict[str, tuple[Any, str]] = {
    "a changed quote": (
        lambda data: cited(data).update(quote="不得以外币计价。"),
        "`quote_sha256` is not that of the quote",
    ),
    "an undeclared instrument": (
        lambda data: cited(data).update(instrument="XX-OTHER"),
        "there is no instrument `XX-OTHER`",
    ),
    "an undeclared parameter": (
        lambda data: data["rules"][2].update(violates_if='amount(price, "CNY") > params.top'),
        "there is no parameter `top`",
    ),
    "a number with neither citation nor policy": (
        lambda data: data["parameters"]["cap"]["values"][0].pop("source"),
        "`source` is lacking",
    ),
    "a number that rests on an undeclared instrument": (
        lambda data: data["parameters"]["cap"]["values"][0].update(
            source={"instrument": "XX-OTHER", "pinpoint": "1"}
        ),
        "there is no instrument `XX-OTHER`",
    ),
    "a rule before its parameter": (
        lambda data: data["parameters"]["cap"]["values"][0].update({"from": "2021-01-01"}),
        "only from 2021-01-01 on",
    ),
    "a reason that shows what a party is": (
        lambda data: data["rules"][2].update(
            violates_if='buyer.kind == "person"', parameters=[], reason=words("{buyer.kind}")
        ),
        "a reason may not show `buyer.kind`: it is a party's",
    ),
    "a rule that cites nothing": (
        lambda data: data["rules"][0].update(citations=[]),
        "citations",
    ),
    "an instrument repealed without an end": (
        lambda data: data["instruments"][0].update(repealed_by="XX-LAW"),
        "is repealed, so its days in force have an end",
    ),
}


def gates(folder: Path, laws: Path | None = None) -> set[tuple[str, str]]:
    """Return the gates that hold a rulebook back, with the rule."""
    found = lint(load_rulebook(folder), laws)
    return {(notice.rule, notice.code) for notice in found if notice.is_gate}


def test_a_good_rulebook_passes_every_gate(tmp_path: Path) -> None:
    """Nothing holds back what the other tests break."""
    assert gates(write(tmp_path, good())) == set()


@pytest.mark.parametrize("name", LINTED)
def test_a_gate_holds_back_a_broken_copy(tmp_path: Path, name: str) -> None:
    """By its own code, and told of the rule that was broken."""
    spoil, rule, code = LINTED[name]
    data = good()
    spoil(data)
    assert (rule, code) in gates(write(tmp_path, data))


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_copy_is_not_even_loaded(tmp_path: Path, name: str) -> None:
    """And the refusal names the fault, the file and the line."""
    spoil, said = REFUSED[name]
    data = good()
    spoil(data)
    with pytest.raises(RulebookError) as refused:
        load_rulebook(write(tmp_path, data))
    assert said in refused.value.message
    file, line, column = str(refused.value.where).split(":")
    assert file.endswith(".yaml")
    assert int(line) >= 1
    assert int(column) >= 1


def test_a_quote_that_is_not_in_the_text_is_held_back(tmp_path: Path) -> None:
    """Where the statute's text is at hand, a quote of it is held against it."""
    data = good()
    data["instruments"][0]["source"] = "law.md"
    laws = tmp_path / "laws"
    laws.mkdir()
    (laws / "law.md").write_text("第一条 不得以外币计价。", encoding="utf-8")
    folder = write(tmp_path / "xx", data)
    assert gates(folder, laws) == set()
    (laws / "law.md").write_text("第一条 可以外币计价。", encoding="utf-8")
    assert ("XX-R-02", "quote_not_found") in gates(folder, laws)


def test_every_gate_is_broken_here() -> None:
    """No gate is without its negative test."""
    assert {code for _, _, code in LINTED.values()} | {"quote_not_found"} == GATES


def moved(folder: Path, file: str, old: str, new: str) -> str:
    """Change a word in a file of a good rulebook and return where the refusal points."""
    path = write(folder, good()) / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulebookError) as refused:
        load_rulebook(folder)
    line = text[: text.index(old)].count("\n") + 1
    column = text[: text.index(old)].rpartition("\n")[2]
    assert str(refused.value.where).startswith(f"{path.name}:{line}:")
    return f"{len(column) + 1} {refused.value.where} {refused.value.help}"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("rules/XX-R-02.yaml", "verdict: deny", "verdikt: deny"),
        ("rules/XX-R-02.yaml", "version: 1", "version: one"),
        ("rules/XX-R-02.yaml", "deny", "forbid"),
        ("rules/XX-R-02.yaml", "tier: A", "tier: Z"),
        ("rules/XX-R-02.yaml", "kind: comply", "kind: fine"),
        ("rules/XX-R-02.yaml", "at: '2022-07-05'", "at: '2022-7-5'"),
        ("rules/XX-R-02.yaml", "- XX-LAW", "- XX-NO"),
        ("rules/XX-R-01A.yaml", "'2023-01-01'", "'2023-02-30'"),
        ("rules/XX-R-01A.yaml", "price.currency", "price.curency"),
        ("instruments.yaml", "'2020-01-01'", "2020-1-1"),
        ("parameters.yaml", "cap:", "Cap:"),
        ("parameters.yaml", "value: 100", "value: [100]"),
        ("lists.yaml", "ETH", "5"),
        ("rulebook.yaml", "Asia/Shanghai", "Asia/Nowhere"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, file: str, old: str, new: str) -> None:
    """Unknown field, wrong type, wrong word, bad date, no such name: file and line, and a remedy."""
    assert not moved(tmp_path, file, old, new).endswith(" None")


def test_a_fault_in_a_block_is_told_with_its_column(tmp_path: Path) -> None:
    """Line and column of the word itself, within a condition over several lines."""
    path = write(tmp_path, good()) / "rules" / "XX-R-02.yaml"
    text = path.read_text(encoding="utf-8")
    first = text.index("violates_if")
    rest = text[text.index("\n", first) :]
    block = "violates_if: >-\n  known(price)\n    and price.curency in lists.coins"
    path.write_text(text[:first] + block + rest, encoding="utf-8")
    with pytest.raises(RulebookError) as refused:
        load_rulebook(tmp_path)
    line = text[:first].count("\n") + 3
    assert refused.value.where == f"XX-R-02.yaml:{line}:15"
    assert refused.value.help == "did you mean `currency`?"
