"""docs/rule-language.md is true: its rules are read, its wrong ones refused, its tables right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vermilion.errors import RulebookError
from vermilion.facts.namespace import ALIASES
from vermilion.language import Scope, parse, roots_of, type_of_constant
from vermilion.language.parse import (
    _FUNCTIONS,
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_LOOPS,
    MAX_NODES,
    MAX_TEXT,
)
from vermilion.rulebook import find_rulebook, load_rulebook

from .obvious import every, some

PAGE = (Path(__file__).parents[2] / "docs" / "rule-language.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """Return the page's code blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


RULES = blocks("rule")
REFUSED = [pair.splitlines() for block in blocks("refused") for pair in block.split("\n\n")]


@pytest.fixture(scope="module")
def scope() -> Scope:
    """Return what a rule on sales may name in the rulebook for China."""
    document = load_rulebook(find_rulebook("cn")).document
    lists = {name: tuple(entry.values) for name, entry in document.lists.items()}
    types = {
        name: type_of_constant(entry.values[0].value) for name, entry in document.parameters.items()
    }
    return Scope(roots_of("sale"), ALIASES["sale"], lists, types)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", RULES)
def test_examples_are_rules(text: str, scope: Scope) -> None:
    """Each example of the page is a condition on a sale."""
    parse(text, scope)


def test_there_are_examples() -> None:
    """The page has examples of both kinds."""
    assert len(RULES) >= 6
    assert len(REFUSED) >= 4


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_is_shown_as_refused_is(text: str, words: str, scope: Scope) -> None:
    """Each wrong example is refused with the words that the page gives."""
    with pytest.raises(RulebookError) as refused:
        parse(text, scope)
    assert refused.value.message == words


TRUTH = {"True": True, "False": False, "unknown": None}


@pytest.mark.parametrize(("sign", "join"), [("and", every), ("or", some)])
def test_truth_tables(sign: str, join: object) -> None:
    """The page's tables are those of Kleene."""
    table = PAGE.partition(f"| `{sign}` | True |")[2].split("\n\n")[0]
    rows = re.findall(r"\*\*(\w+)\*\* \| (\w+) \| (\w+) \| (\w+) \|", table)
    assert [row[0] for row in rows] == list(TRUTH)
    for left, *results in rows:
        for right, result in zip(TRUTH, results, strict=True):
            assert join([TRUTH[left], TRUTH[right]]) is TRUTH[result]  # type: ignore[operator]


def test_limits() -> None:
    """The page's limits are the reader's."""
    digits = len(str(MAX_INTEGER)) - 1
    found = re.findall(r"^\| .* \| (\d+) \|$", PAGE, re.MULTILINE)
    assert [int(number) for number in found] == [MAX_TEXT, MAX_NODES, MAX_DEPTH, MAX_LOOPS, digits]


def test_every_function_is_told() -> None:
    """Each function has its row."""
    for name in _FUNCTIONS:
        assert f"\n| `{name}(" in PAGE
