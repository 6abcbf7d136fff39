"""Names that detectors give: each is a word in both languages, and no word is idle."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter
from typing import Any

import pytest
import sqlglot
from sqlglot import expressions as sql

from vermilion.market.declaration import Detector, detectors
from vermilion.market.run import NAMED, PART, SUBJECT
from vermilion.pages.watch_name_words import FIGURES, PARTS, name_word
from vermilion.pages.watch_words import ROLES
from vermilion.rulebook import Words

CJK = re.compile(r"[\u4e00-\u9fff]")


def columns(detector: Detector) -> list[str]:
    """Return what its step `findings` gives beside subjects and further parties."""
    query: Any = sqlglot.parse_one(dict(detector.sql())["findings"], read="duckdb")
    names = query.named_selects
    return [one for one in names if one not in SUBJECT and not one.startswith(NAMED)]


def selects(query: Any) -> list[sql.Select]:
    """Return the single SELECTs of a union, in order."""
    if isinstance(query, sql.SetOperation):
        return selects(query.left) + selects(query.right)
    return [query] if isinstance(query, sql.Select) else selects(query.this)


def results(value: Any) -> list[Any]:
    """Return what an expression may come to: the branches of a CASE, what is renamed or grouped."""
    if isinstance(value, sql.Alias | sql.Paren | sql.Min | sql.Max):
        return results(value.this)
    if isinstance(value, sql.Case):
        branches = [one.args["true"] for one in value.args["ifs"]]
        return [one for each in [*branches, value.args["default"]] for one in results(each)]
    return [value]


@cache
def roles(name: str) -> frozenset[str]:
    """Return the roles of a detector's evidence: texts that come to `role`, under any name before."""
    detector = detectors()[name]
    if detector.kernel:
        return frozenset(detector.module().ROLES)
    trees = [sqlglot.parse_one(text, read="duckdb") for _, text in detector.sql()]
    queries = [one for tree in trees for one in tree.find_all(sql.Select, sql.SetOperation)]
    carriers, found, known = {"role"}, set[str](), 0
    while known != len(carriers):
        known = len(carriers)
        values = [
            value
            for query in queries
            for each in selects(query)
            for column, name in zip(each.selects, query.named_selects, strict=False)
            if name in carriers
            for value in results(column)
        ]
        carriers |= {one.name for one in values if isinstance(one, sql.Column)}
        found |= {one.this for one in values if isinstance(one, sql.Literal) and one.is_string}
    return frozenset(found)


def used(table: dict[str, Words], given: dict[str, list[str]]) -> tuple[set[str], set[str]]:
    """Return names without words, and words that no detector asks for."""
    asked, lacking = set[str](), set[str]()
    for detector, names in given.items():
        for name in names:
            own = f"{detector}.{name}"
            (asked if own in table or name in table else lacking).add(own if own in table else name)
    return lacking, set(table) - asked


@pytest.mark.parametrize(("table", "parts"), [(PARTS, True), (FIGURES, False)])
def test_every_part_and_figure_has_a_word(table: dict[str, Words], parts: bool) -> None:
    """The last SELECT of every detector names only what the tables have, and all of it."""
    given = {
        name: [one.removeprefix(PART) for one in columns(each) if one.startswith(PART) is parts]
        for name, each in detectors().items()
    }
    assert used(table, given) == (set(), set())


def test_every_role_has_a_word() -> None:
    """Every detector has roles, and the table has each of them and no other."""
    assert all(roles(name) for name in detectors())
    assert {role for name in detectors() for role in roles(name)} == set(ROLES)


@pytest.mark.parametrize("table", [PARTS, FIGURES, ROLES])
def test_words_are_in_their_own_script(table: dict[str, Words]) -> None:
    """Each has both texts, and no machine name stands in one."""
    for key, words in table.items():
        assert words.en, key
        assert not CJK.search(words.en), key
        assert "_" not in words.en + words.zh, key
        assert CJK.search(words.zh), key


def test_a_detector_may_mean_something_else() -> None:
    """A detector's own word comes before the common one; what is unknown stands as it is."""
    assert name_word(PARTS, "repeated_token", "same", "en") == "mostly one counterparty"
    assert name_word(PARTS, "self_trade", "same", "en") == "same seller and buyer"
    assert name_word(PARTS, "self_trade", "not_known", "zh") == "not known"


@pytest.mark.parametrize("name", [name for name, one in detectors().items() if not one.published])
def test_sentences_name_what_there_is(name: str) -> None:
    """Blanks are subjects, counts, figures, parameters or forms of them, the same in both languages."""
    one = detectors()[name]
    known = {"collection", "token", "party", "other", "volume", "first", "last", "period"}
    numbers = {"moves", "sales", "parties", *columns(one), *one.parameters}
    known |= numbers | {f"{each}_{how}" for each in numbers for how in ("money", "whole")}
    said = one.declaration.sentence
    blanks = {
        language: {blank for _, blank, _, _ in Formatter().parse(text) if blank}
        for language, text in (("zh", said.zh), ("en", said.en))
    }
    assert blanks["zh"] <= known
    assert blanks["zh"] == blanks["en"]
