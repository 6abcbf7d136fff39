"""The shipped rulebook for China: its cases, its dates, its words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vermilion.language import tree
from vermilion.rulebook import (
    CaseResult,
    Document,
    Engine,
    LoadedRule,
    Profile,
    Rulebook,
    check_document,
    find_rulebook,
    lint,
    load_rulebook,
    run_cases,
)
from vermilion.rulebook.cases import FIVE_KINDS
from vermilion.rulebook.load import SHIPPED

from .mutants import mutated, survivors

LAWS = Path(__file__).parents[3] / "shared" / "data" / "laws"
RULES = sorted(path.stem for path in (SHIPPED / "cn" / "rules").glob("*.yaml"))


@cache
def cn() -> Rulebook:
    """Return the rulebook."""
    return load_rulebook(find_rulebook("cn"))


@cache
def results() -> dict[str, list[CaseResult]]:
    """Return what came out of the cases of each rule."""
    found: dict[str, list[CaseResult]] = {}
    for result in run_cases(cn()):
        found.setdefault(result.rule, []).append(result)
    return found


def loaded(id: str) -> LoadedRule:
    """Return one rule of it."""
    return next(rule for rule in cn().rules if rule.rule.id == id)


def behind(id: str, day: str, **profile: Any) -> dict[str, str]:
    """Return the instruments alive behind a rule on a day, and how each binds."""
    engine = Engine(cn(), Profile(**profile))
    alive = engine.in_force(loaded(id), dt.date.fromisoformat(day))
    return {citation.instrument.id: citation.binds for citation in alive}


@pytest.mark.parametrize("id", RULES)
def test_every_case_comes_out(id: str) -> None:
    """Each case of each rule comes out as its author expects."""
    found = results()[id]
    assert len(found) == len(loaded(id).rule.cases)
    assert [(result.number, *result.problems) for result in found if result.problems] == []


@pytest.mark.parametrize("id", RULES)
def test_every_rule_has_the_five_kinds_of_case(id: str) -> None:
    """Comply, violate, missing, the day before and the day of are all tried."""
    assert {case.kind for case in loaded(id).rule.cases} == set(FIVE_KINDS)


@pytest.mark.parametrize("id", RULES)
def test_every_event_type_is_tried(id: str) -> None:
    """Each event type that a rule applies to has a case that violates it."""
    violated = {case.event for case in loaded(id).rule.cases if case.expect == "hit"}
    assert violated == set(loaded(id).rule.applies_to)


@pytest.mark.parametrize("id", RULES)
def test_cases_notice_a_wrong_in_the_condition(id: str) -> None:
    """Dropping a part, flipping a comparison or taking `all` for `any` fails some case."""
    conditions = loaded(id).conditions.values()
    assert list(mutated(loaded(id))) or all(
        one.applies is None and isinstance(one.violates, tree.Matches) for one in conditions
    )
    assert survivors(cn(), loaded(id)) == []


def test_the_document_judges_like_the_files() -> None:
    """What a book keeps of the rulebook passes the same cases under the same digest."""
    kept = check_document(msgspec.json.decode(msgspec.json.encode(cn().document), type=Document))
    assert kept.digest(Profile()) == cn().digest(Profile())
    assert list(run_cases(kept)) == list(run_cases(cn()))


def test_price_rests_on_self_regulation_first_and_law_later() -> None:
    """Until the price rules came, only the initiative spoke of the money of prices."""
    assert behind("CN-N4-01", "2022-05-01") == {"CN-INIT-2022": "guidance"}
    assert behind("CN-N4-01", "2022-05-01", memberships=["NIFA"]) == {"CN-INIT-2022": "membership"}
    assert behind("CN-N4-01", "2022-07-01") == {
        "CN-INIT-2022": "guidance",
        "CN-SAMR-PRICE-2022": "law",
    }


def test_settlement_rests_on_the_notice_of_its_day() -> None:
    """The notice of 2021 binds everybody until its successor replaces it on 6 February 2026."""
    before = {"CN-INIT-2022": "guidance", "CN-YF237-2021": "law"}
    assert behind("CN-N4-02", "2022-05-01") == before
    assert behind("CN-N4-02", "2026-02-05") == before
    assert behind("CN-N4-02", "2026-02-06") == {"CN-INIT-2022": "guidance", "CN-YF42-2026": "law"}


def test_a_successor_takes_over_on_the_day() -> None:
    """Where an instrument names its successor, there is neither gap nor overlap."""
    instruments = cn().instruments
    for instrument in instruments.values():
        if instrument.repealed_by is not None:
            assert instruments[instrument.repealed_by].in_force.from_ == instrument.in_force.to


def texts(data: Any) -> Iterator[tuple[str, str]]:
    """Yield every pair of texts in two languages."""
    if isinstance(data, dict):
        if set(data) == {"zh", "en"}:
            yield data["zh"], data["en"]
        for value in data.values():
            yield from texts(value)
    elif isinstance(data, list):
        for item in data:
            yield from texts(item)


def chinese(text: str) -> bool:
    """Tell whether a text has a Chinese character."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def test_both_languages_are_written() -> None:
    """Every text says something in Chinese and something in English."""
    pairs = list(texts(msgspec.to_builtins(cn().document)))
    assert len(pairs) > 100
    assert [pair for pair in pairs if not (chinese(pair[0]) and pair[1].strip())] == []
    assert [en for _, en in pairs if chinese(en)] == []


def test_every_citation_is_a_draft() -> None:
    """Nobody has verified a citation against an official text, and none claims it."""
    statuses = {citation.status for rule in cn().rules for citation in rule.rule.citations}
    assert statuses == {"draft"}


def test_what_is_listed_may_occur() -> None:
    """A list that rules read as codes holds nothing that an event could never carry."""
    from vermilion.facts.money import VIRTUAL_CURRENCY_CODES

    listed = cn().document.lists["virtual_currencies"].values
    assert set(listed) == VIRTUAL_CURRENCY_CODES


def test_only_screening_and_suspicion_are_confidential() -> None:
    """A rule that would tell a customer of a list or a suspicion is confidential, and no other."""
    hidden = {rule.rule.id for rule in cn().rules if rule.rule.confidential}
    reading_lists = {rule.rule.id for rule in cn().rules if "lists_hit" in rule.rule.violates_if}
    assert hidden == reading_lists | {"CN-N5-04"}
    assert reading_lists


def test_notices_are_expected() -> None:
    """Lint finds a judgment whose words are not quoted, and the numbers that are policy."""
    codes = {"policy_number", "quote_lacking"}
    found = {(one.rule, one.code) for one in lint(cn()) if one.code in codes}
    assert found == {
        ("CN-AD-04", "policy_number"),
        ("CN-IP-01", "quote_lacking"),
        ("CN-IP-02", "policy_number"),
        ("CN-IP-03", "policy_number"),
        ("CN-P2-01", "policy_number"),
    }


def test_nothing_stops_at_a_gate() -> None:
    """Lint finds nothing in it that must not be shipped."""
    assert [notice for notice in lint(cn()) if notice.is_gate] == []


def test_quotes_are_in_the_statutes() -> None:
    """Each quote of an instrument whose text is at hand stands in that text, word for word."""
    if not LAWS.is_dir():
        pytest.skip(f"texts of statutes are not at {LAWS}")
    sources = {instrument.source for instrument in cn().instruments.values()} - {None}
    assert len(sources) > 5
    found = [notice for notice in lint(cn(), LAWS) if notice.code.startswith(("quote_n", "text"))]
    assert found == []
