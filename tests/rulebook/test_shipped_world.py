"""The shipped rulebooks for other jurisdictions: their cases, dates, words, and what they leave out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest

from vermilion.errors import RulebookError
from vermilion.rulebook import (
    Configuration,
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

BOOKS = ("eu", "fatf", "hk", "jp", "kr", "sg", "uk", "us")
RULES = [
    (name, path.stem)
    for name in BOOKS
    for path in sorted((SHIPPED / name / "rules").glob("*.yaml"))
]
ZONES = {
    "eu": "Europe/Brussels",
    "fatf": "Europe/Paris",
    "hk": "Asia/Hong_Kong",
    "jp": "Asia/Tokyo",
    "kr": "Asia/Seoul",
    "sg": "Asia/Singapore",
    "uk": "Europe/London",
    "us": "America/New_York",
}


@cache
def book(name: str) -> Rulebook:
    """Return a rulebook."""
    return load_rulebook(find_rulebook(name))


def loaded(name: str, id: str) -> LoadedRule:
    """Return one rule of a rulebook."""
    return next(rule for rule in book(name).rules if rule.rule.id == id)


@pytest.mark.parametrize("name", BOOKS)
def test_every_case_comes_out(name: str) -> None:
    """Each case of each rule comes out as its author expects, in the place's own time zone."""
    results = list(run_cases(book(name)))
    assert results
    assert [(one.rule, one.number, *one.problems) for one in results if one.problems] == []
    assert book(name).document.rulebook.time_zone == ZONES[name]


@pytest.mark.parametrize(("name", "id"), RULES)
def test_every_kind_of_case_is_tried_on_every_event(name: str, id: str) -> None:
    """All five kinds of case are there, and each event type has a case that violates the rule."""
    rule = loaded(name, id).rule
    assert {case.kind for case in rule.cases} == set(FIVE_KINDS)
    assert {case.event for case in rule.cases if case.expect == "hit"} == set(rule.applies_to)


@pytest.mark.parametrize(("name", "id"), RULES)
def test_cases_notice_a_wrong_in_the_condition(name: str, id: str) -> None:
    """Dropping a part or flipping a comparison fails some case; one fact alone has no parts."""
    rule = loaded(name, id)
    single = re.fullmatch(r"[a-z_.]+", rule.rule.violates_if)
    assert bool(list(mutated(rule))) is not bool(single)
    assert survivors(book(name), rule) == []


@pytest.mark.parametrize("name", BOOKS)
def test_the_document_judges_like_the_files(name: str) -> None:
    """What a book keeps of the rulebook passes the same cases under the same digest."""
    kept = check_document(
        msgspec.json.decode(msgspec.json.encode(book(name).document), type=Document)
    )
    assert kept.digest(Profile()) == book(name).digest(Profile())
    assert list(run_cases(kept)) == list(run_cases(book(name)))


@pytest.mark.parametrize("name", BOOKS)
def test_no_citation_claims_to_be_checked_and_only_numbers_of_ours_are_noticed(name: str) -> None:
    """Every citation is a draft, none was read in full, and lint notes little but our policy.

    One rule finds what another finds too: it alone cites the law that comes into force in 2027.
    """
    cited = [cited for one in book(name).rules for cited in one.rule.citations]
    assert {cited.status for cited in cited} == {"draft"}
    assert {cited.tier for cited in cited} <= {"B", "C", "D"}
    assert all(cited.quote for cited in cited if cited.tier == "B")
    noticed = {(notice.rule, notice.code) for notice in lint(book(name))}
    others = {found for found in noticed if found[1] != "policy_number"}
    assert others == ({("UK-CA-01", "subsumed")} if name == "uk" else set())


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


@pytest.mark.parametrize("name", BOOKS)
def test_both_languages_are_written(name: str) -> None:
    """Every text says something in Chinese, with its punctuation, and something in English."""
    pairs = list(texts(msgspec.to_builtins(book(name).document)))
    assert [pair for pair in pairs if not (chinese(pair[0]) and pair[1].strip())] == []
    assert [en for _, en in pairs if chinese(en)] == []
    half = re.compile(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]")
    assert [zh for zh, _ in pairs if half.search(zh)] == []


@pytest.mark.parametrize("name", BOOKS)
def test_what_is_left_out_is_told(name: str) -> None:
    """Each rulebook has a list of what it does not cover."""
    assert len(book(name).document.rulebook.not_covered or []) >= 3


@pytest.mark.parametrize("name", BOOKS)
def test_a_reading_says_something_else_than_its_rule(name: str) -> None:
    """A rival reading is another condition than the rule's own and than the other readings."""
    for one in book(name).rules:
        readings = [reading.violates_if for reading in one.rule.readings or ()]
        said = [re.sub(r"\s+", " ", text) for text in (*readings, one.rule.violates_if)]
        assert len(set(said)) == len(said)


def test_a_reading_that_cannot_be_read_is_refused() -> None:
    """The condition of a reading is checked at load like the rule's own."""
    document = book("uk").document
    rule = document.rules[0]
    assert rule.readings
    broken = msgspec.structs.replace(rule.readings[0], violates_if="token.character.uniqe")
    rules = [msgspec.structs.replace(rule, readings=[broken]), *document.rules[1:]]
    with pytest.raises(RulebookError, match="uniqe"):
        check_document(msgspec.structs.replace(document, rules=rules))


def test_a_rulebook_without_readings_is_written_without_them() -> None:
    """What a rulebook does not say does not move its digest."""
    written = msgspec.json.encode(load_rulebook(find_rulebook("permits")).document)
    assert b"readings" not in written
    assert b"not_covered" not in written


def test_every_jurisdiction_has_a_rival_reading() -> None:
    """Classification is disputed everywhere, and the books say how."""
    assert [name for name in BOOKS if not any(one.rule.readings for one in book(name).rules)] == []


def test_none_is_in_force_unless_somebody_names_it() -> None:
    """A book that says nothing is judged by none of them."""
    assert set(Configuration().rulebooks).isdisjoint(BOOKS)


def test_a_successor_takes_over_on_the_day() -> None:
    """Where an instrument names its successor, there is neither gap nor overlap."""
    for name in BOOKS:
        instruments = book(name).instruments
        for instrument in instruments.values():
            if instrument.repealed_by is not None:
                assert instruments[instrument.repealed_by].in_force.from_ == instrument.in_force.to


def test_a_country_s_statute_binds_there_and_nowhere_else() -> None:
    """Statutes are law for who acts in their territory and guidance for others; guidance stays so."""
    day = dt.date(2026, 6, 1)

    def force(name: str, id: str, territory: str) -> set[str]:
        engine = Engine(book(name), Profile(roles=["issuer"], territory=territory))
        return {one.binds for one in engine.in_force(loaded(name, id), day)}

    assert force("uk", "UK-FPO-01", "GB") == {"law"}
    assert force("uk", "UK-FPO-01", "CN") == {"guidance"}
    assert force("fatf", "FA-VA-01", "FATF") == {"guidance"}
    assert force("us", "US-SEC-02", "US") == {"guidance"}
