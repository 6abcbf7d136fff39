"""Fused function, explanation and an independent reading of the text agree, always."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.language import (
    Condition,
    Facts,
    Fold,
    explain,
    fuse,
    fuse_folds,
    parse,
    parse_value,
)

from .obvious import evaluate
from .random_rules import LISTS, PARAMETERS, SCOPE, conditions, facts, roots_of_sale, rules

if TYPE_CHECKING:
    from vermilion.facts.events import Sale

EXAMPLES = int(os.environ.get("VERMILION_EXAMPLES", "300"))
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}
thorough = settings(max_examples=EXAMPLES, **QUIET)
brief = settings(max_examples=EXAMPLES // 5, **QUIET)

Texts = list[tuple[str | None, str]]


def condition(applies: str | None, violates: str) -> Condition:
    """Read a rule's two texts."""
    return Condition(parse(applies, SCOPE) if applies else None, parse(violates, SCOPE))


def outcome(applies: bool | None, violates: bool | None) -> str:
    """Name a rule's outcome by what its two conditions came to."""
    if applies is not True:
        return "unknown" if applies is None else "not applicable"
    return {True: "hit", None: "unknown", False: "passed"}[violates]


def by_fused(conditions: list[Condition], sale: Sale, known: dict[str, Any]) -> list[str]:
    """Return each rule's outcome from one fused function; the three masks never overlap."""
    hit, unknown, passed = fuse("sale", conditions, PARAMETERS)(sale, known)
    assert hit & unknown == unknown & passed == hit & passed == 0
    found = []
    for position in range(len(conditions)):
        names = [
            name
            for name, mask in (("hit", hit), ("unknown", unknown), ("passed", passed))
            if mask >> position & 1
        ]
        found.append(names[0] if names else "not applicable")
    assert (hit | unknown | passed) >> len(conditions) == 0
    return found


def by_explanation(one: Condition, roots: dict[str, Any]) -> str:
    """Return a rule's outcome from the walk that explains it."""
    over = Facts(roots, PARAMETERS)
    applies = True if one.applies is None else explain(one.applies, over).value
    return outcome(applies, explain(one.violates, over).value)


def by_text(applies: str | None, violates: str, roots: dict[str, Any]) -> str:
    """Return a rule's outcome from the obvious reading of its texts."""
    first = True if applies is None else evaluate(obvious(applies), names_of(roots))
    return outcome(first, evaluate(obvious(violates), names_of(roots)))


def obvious(text: str) -> str:
    """Write out `matches`: a text of one letter holds a term of one letter if it is the same."""
    return re.sub(r"matches\((\S+), (\S+)\)", r"(\1 in \2)", text)


def names_of(roots: dict[str, Any]) -> dict[str, Any]:
    """Return everything that a text may name."""
    windows = {"deals": roots["windows.deals"]}
    fixed = {"lists": LISTS, "params": PARAMETERS, "windows": windows}
    return roots | {"acquirer": roots["buyer"]} | fixed


@thorough
@given(texts=rules, sale_and_known=facts())
def test_three_readings_agree(texts: Texts, sale_and_known: tuple[Sale, dict[str, Any]]) -> None:
    """What is compiled, what is explained and what the text says come to the same outcome."""
    sale, known = sale_and_known
    roots = roots_of_sale(sale, known)
    conditions = [condition(*pair) for pair in texts]
    expected = [by_text(*pair, roots) for pair in texts]
    assert [by_explanation(one, roots) for one in conditions] == expected
    assert by_fused(conditions, sale, known) == expected


@brief
@given(texts=rules, sale_and_known=facts())
def test_rules_do_not_disturb_one_another(
    texts: Texts, sale_and_known: tuple[Sale, dict[str, Any]]
) -> None:
    """Rules fused together come out as each does alone, in any order and when repeated."""
    sale, known = sale_and_known
    conditions = [condition(*pair) for pair in texts]
    alone = [by_fused([one], sale, known)[0] for one in conditions]
    assert by_fused(conditions, sale, known) == alone
    assert by_fused(conditions[::-1] + conditions, sale, known) == alone[::-1] + alone


@brief
@given(texts=rules, sale_and_known=facts())
def test_windows_take_what_their_condition_lets_in(
    texts: Texts, sale_and_known: tuple[Sale, dict[str, Any]]
) -> None:
    """An event adds to a window where condition, key and value are known and the first is true."""
    sale, known = sale_and_known
    names = names_of(roots_of_sale(sale, known))
    key, value = (parse_value(text, SCOPE) for text in ("buyer.id", 'amount(price, "CNY")'))
    wheres = [where for _, where in texts if "params." not in where]  # a window has none
    folds = {place: Fold((key,), value, parse(where, SCOPE)) for place, where in enumerate(wheres)}
    amount = evaluate('amount(price, "CNY")', names)
    owner = known["buyer"].id
    expected = [
        (place, owner, amount)
        for place, where in enumerate(wheres)
        if evaluate(obvious(where), names) and owner is not None and amount is not None
    ]
    assert fuse_folds("sale", folds)(sale, known) == expected


@brief
@given(texts=rules, sale_and_known=facts())
def test_an_unknown_outcome_names_what_is_missing(
    texts: Texts, sale_and_known: tuple[Sale, dict[str, Any]]
) -> None:
    """A condition that is unknown names at least one fact that would be asked for."""
    sale, known = sale_and_known
    over = Facts(roots_of_sale(sale, known), PARAMETERS)
    for _, violates in texts:
        why = explain(parse(violates, SCOPE), over)
        assert (why.value is None) == bool(why.missing)


@brief
@given(texts=rules, sale_and_known=facts())
def test_what_cannot_be_unknown_is_typed_so(
    texts: Texts, sale_and_known: tuple[Sale, dict[str, Any]]
) -> None:
    """A condition that is not nullable by its type is true or false over any facts."""
    sale, known = sale_and_known
    names = names_of(roots_of_sale(sale, known))
    for _, violates in texts:
        node = parse(violates, SCOPE)
        if not node.nullable:
            assert evaluate(obvious(violates), names) is not None


@brief
@given(data=st.data(), text=conditions())
def test_line_breaks_and_blanks_mean_nothing(data: Any, text: str) -> None:
    """A text broken over lines wherever a blank stands is the same condition."""
    blanks = st.sampled_from([" ", "\n", "\n    ", "\t", "\r\n"])
    first, *words = text.split(" ")
    broken = first + "".join(data.draw(blanks) + word for word in words)
    assert parse(f"  {broken}\n", SCOPE) == parse(text, SCOPE)


TRUTH = {"True": True, "False": False, "unknown": None}
FACT = {"True": "token.divisible", "False": "token.pooled", "unknown": "token.co_owned"}
TABLES = {
    "and": ["True", "False", "unknown", "False", "False", "False", "unknown", "False", "unknown"],
    "or": ["True", "True", "True", "True", "False", "unknown", "True", "unknown", "unknown"],
}


@pytest.mark.parametrize("sign", ["and", "or"])
@pytest.mark.parametrize("holds", [True, False])
def test_kleene_tables(sign: str, holds: bool) -> None:
    """`and` and `or` have Kleene's truth tables, plain and negated."""
    from vermilion.facts.entities import Token
    from vermilion.facts.events import Sale

    known = {"token": Token(id="t", divisible=True, pooled=False)}
    pairs = [(a, b) for a in TRUTH for b in TRUTH]
    for (a, b), result in zip(pairs, TABLES[sign], strict=True):
        text = f"{FACT[a]} {sign} {FACT[b]}"
        (found,) = by_fused([condition(None, text if holds else f"not ({text})")], Sale(), known)
        truth = TRUTH[result]
        assert found == outcome(True, truth if holds or truth is None else not truth), (a, b)
