"""Every word of the console is there in both languages, and none is idle."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import vermilion.web.console
from vermilion.pages.words import UI
from vermilion.rulebook import Words, find_rulebook, load_rulebook, shipped_rulebooks
from vermilion.web.access.rights import ROLES
from vermilion.web.console import (
    case_words,
    erasure_words,
    frame_words,
    judgement_words,
    people_words,
    problem_words,
    rule_words,
    signing_words,
    webhook_words,
)
from vermilion.web.console.words import CODES, TEXTS

CONSOLE = Path(vermilion.web.console.__file__).parent
CJK = re.compile(r"[\u4e00-\u9fff]")
OWN = [
    frame_words.FRAME,
    erasure_words.ERASING,
    judgement_words.JUDGEMENTS,
    case_words.CASES,
    rule_words.RULES,
    people_words.PEOPLE,
    problem_words.PROBLEMS,
    webhook_words.WEBHOOKS,
    signing_words.SIGNING,
]
ENTRIES = [(key, words) for table in OWN for key, words in table.items()]
ENTRIES += [
    (f"{name}[{key}]", words) for name, table in CODES.items() for key, words in table.items()
]


@pytest.mark.parametrize(("name", "words"), ENTRIES, ids=[name for name, _ in ENTRIES])
def test_entry_is_complete_in_both_languages(name: str, words: Words) -> None:
    """Both texts are there, in their own script, with the same blanks and their own punctuation."""
    assert CJK.search(words.zh)
    assert words.en.strip()
    assert not CJK.search(words.en)
    blanks = [
        {f for _, f, _, _ in string.Formatter().parse(text) if f} for text in (words.zh, words.en)
    ]
    assert blanks[0] == blanks[1]
    assert not re.search(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]", words.zh)


def test_no_word_hides_another() -> None:
    """No two tables name the same text, nor one of the reports'."""
    assert len(TEXTS) == len(UI) + sum(map(len, OWN))


def test_no_word_is_idle_and_none_is_lacking() -> None:
    """Every text is used somewhere, and what templates use exists."""
    sources = [*CONSOLE.rglob("*.j2"), *CONSOLE.glob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in sources if "_words" not in path.name)
    asked = set(re.findall(r"(?:say|tell|say_raw|raw)\(\s*'([a-z_.0-9]+)'", text))
    assert {key for key in asked if not key.endswith(".")} <= TEXTS.keys()
    quoted = set(re.findall(r"['\"]([a-z_]+\.[a-z_.0-9]+)['\"]", text))
    built = re.compile(r"(done|problem|problem\.do|theme)\.\w+(\.one)?")
    idle = {
        key
        for table in OWN
        for key in table
        if key.removesuffix(".one") not in quoted and not built.fullmatch(key)
    }
    assert idle == set()


def test_codes_have_their_names() -> None:
    """Each role of a person has a name."""
    assert set(ROLES) == CODES["ROLES_OF_PEOPLE"].keys()


def test_parameters_that_are_words_have_names() -> None:
    """Each value of a shipped parameter that is no number is told in words."""
    rulebooks = [load_rulebook(find_rulebook(name)) for name in shipped_rulebooks()]
    values = {
        value.value
        for rulebook in rulebooks
        for parameter in rulebook.document.parameters.values()
        for value in parameter.values
        if isinstance(value.value, str)
    }
    assert values == CODES["PARAMETERS"].keys()


def test_every_error_told_in_chinese_is_one() -> None:
    """Each of those codes is raised somewhere, and its text is a Chinese sentence."""
    source = "\n".join(path.read_text("utf-8") for path in CONSOLE.parents[1].rglob("*.py"))
    for code, text in problem_words.IN_CHINESE.items():
        assert source.count(f'"{code}"') > 1, code
        assert CJK.search(text)
        assert text.endswith("。")
        assert not re.search(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]", text)
