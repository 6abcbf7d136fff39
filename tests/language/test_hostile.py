"""A rule's text is refused or read, and never run."""

from __future__ import annotations

import re
import warnings
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vermilion.errors import RulebookError
from vermilion.language import Condition, Place, fuse, parse
from vermilion.language.parse import MAX_LOOPS, MAX_TEXT

from .random_rules import PARAMETERS, SCOPE, conditions

# By text: the column from 1, or 0 where Python's versions differ, and what the message says.
HOSTILE = {
    "__import__('os').system('true')": (1, "only the listed functions can be called"),
    "import os": (1, "not an expression"),
    "exec('1')": (1, "no function `exec`"),
    "().__class__.__bases__": (1, "a fact starts with a name"),
    "price.__class__.__mro__ == 1": (7, "no fact of a money `__class__`"),
    "price.currency.upper() == 'CNY'": (1, "only the listed functions"),
    "parties.append(1)": (1, "only the listed functions"),
    "getattr(price, 'x')": (1, "no function `getattr`"),
    "(x := 1) == 1": (2, "assignment"),
    "f'{price}' == 'x'": (1, "formatted strings"),
    "(lambda: True)()": (1, "only the listed functions"),
    "lambda: True": (1, "functions cannot be defined"),
    "[p for p in parties]": (1, "comprehensions are allowed only inside"),
    "{p for p in parties}": (1, "not part of the rule language"),
    "{'a': 1}": (1, "dictionaries"),
    "len([p for p in parties]) > 0": (5, "comprehensions are allowed only inside"),
    "any([p.self_supporting for p in parties])": (5, "needs the form"),
    "any(p.self_supporting for p in parties if True)": (4, "`if` is not allowed"),
    "any(p.self_supporting for p in parties for q in parties)": (4, "takes one `for`"),
    "any(True for p, q in parties)": (14, "one name stands between"),
    "any(True for p.kind in parties)": (14, "one name stands between"),
    "any(p async for p in parties)": (0, ""),
    "await price": (1, ""),
    "2 ** 2 ** 2 ** 2 == 1": (1, "only `+`, `-` and `*`"),
    "10 ** 10 ** 10 > 1": (1, "only `+`, `-` and `*`"),
    "1 << 1000000 == 1": (1, "only `+`, `-` and `*`"),
    "1 / 0 == 1": (1, "only `+`, `-` and `*`"),
    "1 % 0 == 1": (1, "only `+`, `-` and `*`"),
    "~1 == 1": (1, "not part of the rule language"),
    "+1 == 1": (1, "not part of the rule language"),
    "-True == 1": (1, "not part of the rule language"),
    "-price == 1": (1, "not part of the rule language"),
    "1 == " + "9" * 39: (6, "more than 38 digits"),
    "1 == -" + "9" * 39: (6, "more than 38 digits"),
    "0x" + "f" * 3000 + " == 1": (1, "more than 38 digits"),
    "b'CNY' == price.currency": (1, "not part of the rule language"),
    "1.5 == 1": (1, "not part of the rule language"),
    "1e999 == 1": (1, "not part of the rule language"),
    "2j == 1": (1, "not part of the rule language"),
    "... == 1": (1, "not part of the rule language"),
    "None == 1": (1, "not part of the rule language"),
    "price is None": (10, "`is` is not part"),
    "price.currency == 'a\0b'": (21, "U+0000"),
    "len(*parties) > 0": (1, "plain arguments only"),
    "len(obj=parties) > 0": (1, "plain arguments only"),
    "amount(price, currency='CNY') > 0": (1, "plain arguments only"),
    "len(**parties) > 0": (1, "plain arguments only"),
    "amount(price) > 0": (1, "takes two arguments"),
    "len() > 0": (1, "takes one argument"),
    "ｌen(parties) > 0": (1, "`ｌ` is not part"),
    "knоwn(price)": (3, "is not part"),
    "price.ｃurrency == 'CNY'": (7, "`ｃ` is not part"),
    "price.currency == “CNY”": (19, "`“` is not part"),
    "known(price)，True": (13, "is not part"),
    "known(1)": (7, "asks about one fact"),
    "known(known(price))": (7, "asks about one fact"),
    "known(lists.assets)": (7, "asks about one fact"),
    "known(event.date)": (7, "`event.date` is never unknown"),
    "known(buyer)": (7, "`buyer` is never unknown"),
    "any(known(p) for p in parties)": (11, "`p` is never unknown"),
    "parties[0].self_supporting": (1, "cannot be picked by position"),
    "settlement[0].channel_licensed": (1, "cannot be picked by position"),
    "True if known(price) else False": (1, "`if … else`"),
    "judge(data, known)": (1, "no function `judge`"),
    "data.price == 1": (1, "no fact `data`"),
    "v1 == 1": (1, "no fact `v1`"),
    "c0 == 1": (1, "no fact `c0`"),
    "hit == 1": (1, "no fact `hit`"),
    "amount_in(price, 'CNY') == 1": (1, "no function `amount_in`"),
    "__builtins__ == 1": (1, "no fact `__builtins__`"),
    "any(True for lists in parties)": (14, "already taken"),
    "any(True for buyer in parties)": (14, "already taken"),
    "any(True for acquirer in parties)": (14, "already taken"),
    "any(True for len in parties)": (14, "already taken"),
    "any(any(True for p in parties) for p in parties)": (18, "already taken"),
    "True # and False": (6, "a comment cannot stand"),
    "'a' 'b' == price.currency": (1, "one pair of quotes"),
    "'''a''' == price.currency": (1, "one pair of quotes"),
    "u'CNY' == price.currency": (1, "one pair of quotes"),
    "price.currency in ['CNY' 'USD']": (20, "one pair of quotes"),
    "price.currency == '\\x41'": (20, "`\\` is not part"),
    "(price.currency == 'CNY') == False": (2, "conditions cannot be compared"),
    "True == known(price)": (9, "conditions cannot be compared"),
    "any(True for p in parties) == any(True for p in parties)": (
        1,
        "conditions cannot be compared",
    ),
    "buyer in parties": (1, "a party cannot be looked up"),
    "buyer == seller": (1, "a party cannot be compared"),
    "": (1, "not an expression"),
    "True;": (5, "not an expression"),
    "True) or (False": (5, "not an expression"),
    "return True": (1, "not an expression"),
    "@True": (1, "not an expression"),
    "price.currency = 'CNY'": (0, "not an expression"),
}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:40]).strip("'"))
def test_hostile_text_is_refused_at_its_place(text: str) -> None:
    """What is outside the language is refused with reason, line and column."""
    column, reason = HOSTILE[text]
    with pytest.raises(RulebookError) as refused:
        parse(text, SCOPE, Place("CN-X-01.yaml", 7, 15))
    assert reason in refused.value.message
    if column:
        assert refused.value.where == f"CN-X-01.yaml:7:{14 + column}"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 300 + "True" + ")" * 300,
        "not " * 900 + "True",
        "(" * 90 + "not " * 90 + "True" + ")" * 90,
        "-" * 3_900 + "1",
        " and ".join(["True"] * 700),
        "price" + ".currency" * 400,
        "len(" * 150 + "parties" + ")" * 150,
        "[" * 199 + "]" * 199,
        "True" + " == True" * 450,
        "(" * 150,
        "any(" * 90 + "True" + " for p in parties)" * 90,
        "True" + " " * MAX_TEXT,
        "x" * MAX_TEXT,
        "'" + "x" * MAX_TEXT + "'",
    ],
    ids=lambda text: text[:12],
)
def test_huge_and_deep_texts_are_refused(text: str) -> None:
    """Size and nesting have limits, and none of them is met as a crash."""
    with pytest.raises(RulebookError):
        parse(text, SCOPE)


def nested(loops: int) -> str:
    """Return `any` within `any`, as deep as asked for."""
    text = "True"
    for level in range(loops):
        text = f"any({text} for x{level} in parties)"
    return text


def test_loops_nest_to_a_limit() -> None:
    """`any` and `all` nest a few deep, so that no event costs a power of its length."""
    node = parse(nested(MAX_LOOPS), SCOPE)
    fuse("sale", [Condition(None, node)], PARAMETERS)
    with pytest.raises(RulebookError, match="nest at most"):
        parse(nested(MAX_LOOPS + 1), SCOPE)


def test_reading_runs_nothing() -> None:
    """No text is evaluated or compiled on the way to a tree."""
    with (
        mock.patch("builtins.eval", side_effect=AssertionError),
        mock.patch("builtins.exec", side_effect=AssertionError),
        mock.patch("builtins.__import__", side_effect=AssertionError),
    ):
        for text in HOSTILE:
            with pytest.raises(RulebookError):
                parse(text, SCOPE)


def read(text: str) -> RulebookError | None:
    """Read a text: it is a condition that compiles, or is refused."""
    try:
        fuse("sale", [Condition(None, parse(text, SCOPE))], PARAMETERS)
    except RulebookError as refused:
        return refused
    return None


def check(text: str) -> None:
    """Read a text; a refusal names a place inside it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refused = read(text)
    if refused is None:
        return
    place = re.fullmatch(r"rule:(\d+):(\d+)", refused.where or "")
    assert place
    lines = text.split("\n")
    assert 1 <= int(place[1]) <= len(lines)
    assert 1 <= int(place[2]) <= len(lines[int(place[1]) - 1]) + 1
    assert refused.message
    assert "\n" not in refused.message


fuzz = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@fuzz
@given(st.text(max_size=60))
@example("1or 2")
@example("1if 2else 3")
@example('"\\d" == price.currency')
@example("1 is 1")
@example("0777 == 1")
@example("\ud800 == 1")
@example("'\ud800' == price.currency")
@example("\ufeffTrue")
@example("\x0cTrue")
@example("price.currency == 'a\u2028b' or nothing")
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever the characters, nothing but a refusal comes out, and no warning leaks."""
    check(text)


WORDS = re.split(
    " ",
    "price buyer parties settlement lists.assets params.few . , ( ) [ ] { } : = == != < <= + - * / "
    "** // % @ ~ ^ & | and or not in is if else for any all len age amount known lambda := None "
    "True 1 0.5 'CNY' \"CNY\" f'{price}' b'x' # ; \\ await async yield import __class__ x \n ｌen",
)


@fuzz
@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_any_heap_of_words_is_read_or_refused(words: list[str]) -> None:
    """Fragments of rules and of Python in any order are read or refused."""
    check(" ".join(words))


@fuzz
@given(st.data(), conditions())
def test_damaged_rules_are_read_or_refused(data: st.DataObject, text: str) -> None:
    """A good rule with a piece cut out or written over is read or refused."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    check(text[:start] + data.draw(st.sampled_from(WORDS)) + text[end:])


def test_warnings_of_the_parser_never_leak(recwarn: pytest.WarningsRecorder) -> None:
    """What Python would warn about is refused like any other wrong text."""
    warnings.simplefilter("always")
    for text in ("1or known(price)", "known(price)and 0x1for x", '"\\d" == price.currency'):
        with pytest.raises(RulebookError):
            parse(text, SCOPE)
    assert not recwarn.list
