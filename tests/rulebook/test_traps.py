"""Nine ways to misstate China's law on collectibles, and that the shipped rulebook takes none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache

import pytest

from vermilion.language import walk
from vermilion.language.tree import Parameter
from vermilion.rulebook import Binds, Engine, LoadedRule, Profile
from vermilion.rulebook.cases import FIVE_KINDS

from .china import FIRST, LAST, cn, said

INITIATIVE = "CN-INIT-2022"
PROFILES = {
    "bank": Profile(roles=["bank"], memberships=["CBA"]),
    "platform": Profile(roles=["platform"]),
    "artist": Profile(roles=["artist"]),
}


@cache
def engine(operator: str) -> Engine:
    """Return the rulebook's engine for an operator."""
    return Engine(cn(), PROFILES[operator])


def rules() -> Iterator[LoadedRule]:
    """Yield the rules."""
    return iter(cn().rules)


def rule(id: str) -> LoadedRule:
    """Return one of them."""
    return next(one for one in rules() if one.rule.id == id)


def forces(id: str, day: str, operator: str) -> dict[str, Binds]:
    """Return the instruments alive behind a rule on a day, and the force of each for an operator."""
    alive = engine(operator).in_force(rule(id), dt.date.fromisoformat(day))
    return {one.instrument.id: one.binds for one in alive}


def read_parameters(loaded: LoadedRule) -> set[str]:
    """Return the names of the parameters that a rule's conditions read."""
    nodes = [
        node
        for condition in loaded.conditions.values()
        for node in (condition.applies, condition.violates)
        if node is not None
    ]
    return {part.name for node in nodes for part in walk(node) if isinstance(part, Parameter)}


def test_the_notice_of_2021_is_dead() -> None:
    """From 6 February 2026 on nothing rests on it, and its successor carries what it carried."""
    notice = cn().instruments["CN-YF237-2021"]
    assert notice.repealed_by == "CN-YF42-2026"
    assert (notice.in_force.from_, notice.in_force.to) == (
        dt.date(2021, 9, 24),
        dt.date(2026, 2, 6),
    )
    for loaded in rules():
        cited = {citation.instrument for citation in loaded.rule.citations}
        if "CN-YF237-2021" in cited:
            assert "CN-YF42-2026" in cited
            assert "CN-YF237-2021" in forces(loaded.rule.id, "2026-02-05", "platform")
            assert "CN-YF237-2021" not in forces(loaded.rule.id, "2026-02-06", "platform")


@pytest.mark.parametrize(
    ("moment", "months", "outcome"),
    [
        ("2024-12-31" + LAST, 60, "pass"),
        ("2025-01-01" + FIRST, 60, "hit"),
        ("2025-01-01" + FIRST, 119, "hit"),
        ("2025-01-01" + FIRST, 120, "pass"),
    ],
)
def test_records_are_kept_ten_years_and_no_longer_five(
    moment: str, months: int, outcome: str
) -> None:
    """The law of 2006 said five years; from 2025 on it is ten."""
    kept = {"identity_months": months, "transaction_months": months, "reconstructable": True}
    data = {"platform": {"id": "p:platform:1", "retention": kept}}
    assert said("CN-N5-02", "platform", moment, data).outcome == outcome


def test_the_real_name_duty_was_renumbered() -> None:
    """Article 24 of the cybersecurity law is cited in its first text, article 26 in the amended one."""
    cited = {
        citation.instrument: citation.pinpoint
        for citation in rule("CN-N5-01").rule.citations
        if citation.instrument.startswith("CN-CSL-")
    }
    assert cited == {"CN-CSL-2016": "第二十四条第一款", "CN-CSL-2025": "第二十六条第一款"}
    assert "CN-CSL-2016" in forces("CN-N5-01", "2025-12-31", "platform")
    assert "CN-CSL-2025" in forces("CN-N5-01", "2026-01-01", "platform")


def test_the_last_article_lies() -> None:
    """The amended law's closing article says 2017; it is in force from when the amendment says."""
    assert cn().instruments["CN-CSL-2025"].in_force.from_ == dt.date(2026, 1, 1)


def test_signed_published_and_effective_are_different_days() -> None:
    """The notice dated 15 September 2021 holds from the 24th, the day of its publication."""
    coins = {"settlement": [{"instrument": "virtual_currency"}]}
    assert cn().instruments["CN-YF237-2021"].in_force.from_ == dt.date(2021, 9, 24)
    for day, alive in (("2021-09-23", False), ("2021-09-24", True)):
        found = said("CN-N4-02", "sale", day + FIRST, coins)
        assert ("CN-YF237-2021" in {instrument for instrument, _ in found.clauses}) == alive


def test_the_initiative_has_no_numbers() -> None:
    """No number is said to come from it, and what rests on it alone reads only numbers of policy."""
    for name, parameter in cn().document.parameters.items():
        for value in parameter.values:
            if value.source != "policy" and value.source.instrument == INITIATIVE:
                assert not isinstance(value.value, int), name
    for loaded in rules():
        cited = {citation.instrument for citation in loaded.rule.citations}
        if INITIATIVE in cited and cited <= {INITIATIVE, "CN-OPERATOR-POLICY"}:
            sources = {
                value.source
                for name in read_parameters(loaded)
                for value in cn().document.parameters[name].values
            }
            assert sources <= {"policy"}, loaded.rule.id


def test_numbers_of_policy_say_so() -> None:
    """In both languages the title of such a number says that no law gives it."""
    told = [
        parameter.title
        for parameter in cn().document.parameters.values()
        if any(value.source == "policy" for value in parameter.values)
    ]
    assert len(told) > 3
    assert all("自定" in title.zh or "政策" in title.zh for title in told)
    assert all("policy" in title.en for title in told)


def test_the_initiative_binds_members_only() -> None:
    """For a member it is a duty of membership, for anybody else guidance, and never law."""
    for loaded in rules():
        if INITIATIVE in {citation.instrument for citation in loaded.rule.citations}:
            assert forces(loaded.rule.id, "2026-03-10", "platform")[INITIATIVE] == "guidance"
            assert forces(loaded.rule.id, "2026-03-10", "bank")[INITIATIVE] == "membership"


def test_platforms_are_not_obliged_by_the_law_on_money_laundering() -> None:
    """Its duties of institutions bind a bank and guide a platform."""
    obliged = {"CN-AML-2006", "CN-AML-2024-OBLIGED", "CN-CDD-2025"}
    cited = 0
    for loaded in rules():
        for day in ("2024-12-31", "2026-03-10"):
            for instrument in obliged & forces(loaded.rule.id, day, "platform").keys():
                assert forces(loaded.rule.id, day, "platform")[instrument] == "guidance"
                assert forces(loaded.rule.id, day, "bank")[instrument] == "law"
                cited += 1
    assert cited > 4


def test_its_lists_bind_everybody() -> None:
    """Article 40 binds any unit and individual, a platform too."""
    assert forces("CN-N5-03", "2026-03-10", "platform") == {"CN-AML-2024": "law"}
    assert forces("CN-N5-03", "2026-03-10", "artist") == {"CN-AML-2024": "law"}
    pinpoints = {
        citation.pinpoint
        for loaded in rules()
        for citation in loaded.rule.citations
        if citation.instrument == "CN-AML-2024"
    }
    assert {pinpoint[:4] for pinpoint in pinpoints} == {"第四十条"}


def test_inflated_prices_are_a_principle_and_no_threshold() -> None:
    """Rules on supported prices cite no number of law, review only, and say what is left open."""
    for id in ("CN-P2-01", "CN-P2-02", "CN-P2-04"):
        loaded = rule(id)
        assert loaded.rule.verdict == "review"
        assert loaded.rule.open_question is not None
        assert "CN-OPERATOR-POLICY" in {one.instrument for one in loaded.rule.citations}
        for name in read_parameters(loaded):
            values = cn().document.parameters[name].values
            assert {value.source for value in values} == {"policy"}


def test_findings_of_surveillance_never_deny() -> None:
    """What a detector saw goes to a person; only what a table decides may be denied."""
    judged = [loaded.rule for loaded in rules() if "finding" in loaded.rule.applies_to]
    assert {one.id for one in judged} >= {"CN-N5-04", "CN-PR-03", "CN-P2-04", "CN-N3-11"}
    assert {one.verdict for one in judged} == {"review"}
    assert all({case.kind for case in one.cases} == set(FIVE_KINDS) for one in judged)
