"""Terms are found by their normal form, between borders, across gaps, outside exceptions."""

from __future__ import annotations

import subprocess
import sys
import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vermilion.language import terms
from vermilion.language.terms import GAP, Terms, normalise, undisguised

# Few characters, so that terms, exceptions and texts meet; of each sort that the grammar tells.
ALPHABET = "aasb1保保证稳 \n-.。!é"
PIECES = st.text(ALPHABET, min_size=1, max_size=4).filter(lambda piece: piece.strip())
PHRASES = st.one_of(PIECES, st.tuples(PIECES, PIECES).map("…".join))
TEXTS = st.text(ALPHABET, max_size=40)

LENGTH = 100_000
HOSTILE = {
    "first part only": "保证" * (LENGTH // 2),
    "last part first": "收益" + "保证" * (LENGTH // 2),
    "every word begins": "guaranteed " * (LENGTH // 11),
    "term in words": "roi" * (LENGTH // 3),
    "all cancelled": "谨防稳赚" * (LENGTH // 4),
    "exceptions without term": "谨防" * (LENGTH // 2) + "稳赚",
    "traditional": "穩賺" * (LENGTH // 2),
    "full stops": ". " * (LENGTH // 2),
    "spaces": " \t" * (LENGTH // 2),
    "marks out of order": "a" + "\u0300\u0327" * (LENGTH // 2),
    "marks that decompose": "\u0344\u0f73\u0327" * (LENGTH // 3),
    "one by one": "保 " * (LENGTH // 2),
    "one by one, thrice parted": "保 * " * (LENGTH // 4),
    "accents": "é" * LENGTH,
    "zero width": "\u200b" * LENGTH,
    "lone surrogates": "\ud800" * LENGTH,
    "ligature of eighteen": "\ufdfa" * LENGTH,
    "all different": "".join(map(chr, range(LENGTH))),
}


def obvious_found(listed: list[str], exceptions: list[str], text: str) -> tuple[str, ...]:
    """Find terms by trying every stretch of the text."""
    whole = undisguised(text)
    covered = [span for phrase in exceptions for span in _spans(phrase, whole)]
    firsts: dict[str, int] = {}
    for term in listed:
        spans = _spans(term, whole)
        inner = [a for a in spans if not any(a != b and _within(b, a) for b in spans)]
        left = [a for a in inner if not any(_within(a, b) for b in covered)]
        alike = any(_parts(term) == _parts(other) for other in firsts)
        if left and not alike:
            firsts[term] = min(left)[0]
    return tuple(sorted(firsts, key=lambda term: firsts[term]))


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _parts(term: str) -> list[str]:
    joined = [undisguised(part).strip() for part in term.split("…")]
    return [part.replace("\n", " ").replace("-", " ") for part in joined]


def _spans(term: str, text: str) -> list[tuple[int, int]]:
    parts = [_part_spans(part, text) for part in _parts(term)]
    if len(parts) == 1:
        return parts[0]
    return [
        (start, stop)
        for start, end in parts[0]
        for begin, stop in parts[1]
        if 0 <= begin - end <= GAP and not any(_ends_sentence(text, at) for at in range(end, begin))
    ]


def _ends_sentence(text: str, at: int) -> bool:
    return text[at] in "。!?;\n" or (text[at] == "." and text[at + 1 : at + 2] in {" ", "\n"})


def _part_spans(part: str, text: str) -> list[tuple[int, int]]:
    plain = text.replace("\n", " ").replace("-", " ")
    forms = {part, part + "s"} if part[-1] in "abe" else {part}
    return [
        (start, start + len(form))
        for form in forms
        for start in range(len(text))
        if plain[start : start + len(form)] == form
        and not (_parted(form[0]) and start and _parted(text[start - 1]))
        and not (_parted(form[-1]) and _parted(text[start + len(form) : start + len(form) + 1]))
    ]


def _parted(char: str) -> bool:
    return char.isalnum() and char not in "保证稳"


@settings(max_examples=600)
@given(st.lists(PHRASES, min_size=1, max_size=3, unique=True), st.lists(PHRASES, max_size=2), TEXTS)
@example(["保…稳"], [], "保保保稳稳")
@example(["保…证"], ["稳保证"], "保稳保证")
@example(["a-b"], [], "a\nbs")
@example(["a."], [], "a. a")
def test_agrees_with_trying_every_stretch(
    listed: list[str], exceptions: list[str], text: str
) -> None:
    """On any text the terms found are those that a search of every stretch finds."""
    found = Terms(listed, exceptions).found(text)
    assert found == obvious_found(listed, exceptions, text)
    assert Terms(listed, exceptions).matches(text) == bool(found)


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The normal form of a normal form is itself, on any text."""
    assert normalise(normalise(text)) == normalise(text)


def test_every_character_has_a_lasting_normal_form() -> None:
    """No assigned character, lone surrogates included, has a normal form that changes again."""
    texts = (f"a{chr(code)}b" for code in range(0x110000) if _assigned(chr(code)))
    assert [text for text in texts if normalise(normalise(text)) != normalise(text)] == []


def _assigned(char: str) -> bool:
    return unicodedata.category(char) not in {"Cn", "Co"}


@pytest.mark.parametrize(
    "text", ["\u0344" * 40, "a" + "\u0300" * 40 + "\u0f73" * 20, "ǰ\u0345" * 9]
)
def test_long_runs_of_marks_have_a_lasting_normal_form(text: str) -> None:
    """Cutting a run of combining marks leaves nothing more to cut."""
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(ALPHABET + "гаrаntееοέ·_*", max_size=30))
def test_to_take_a_disguise_off_twice_changes_nothing(text: str) -> None:
    """What is rid of disguise stays as it is."""
    assert undisguised(undisguised(text)) == undisguised(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("gu\u0430r\u0430nteed", "guaranteed"),
        ("pr\u043efit, res\u03b1le", "profit, resale"),
        ("Risk-fr\u00e9\u00e9", "risk-free"),
        ("保 本", "保本"),
        ("保·本、保*收—益", "保本保收益"),
        ("转💰賣", "转卖"),
        ("求\n购", "求购"),
        ("本店担保 本品", "本店担保 本品"),
        ("保 本店", "保 本店"),
        ("保1本", "保1本"),
        ("保。本", "保。本"),
    ],
)
def test_disguises(text: str, plain: str) -> None:
    """Letters that look alike and characters parted one by one are read as what they show."""
    assert undisguised(text) == plain


def test_what_is_not_seen_vanishes() -> None:
    """No format or control character of this Python's Unicode stays in a normal form."""
    unseen = [
        chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cf", "Cc"}
    ]
    assert [char for char in unseen if normalise(char) not in {"", " ", "\n"}] == []


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Ｇｕａｒａｎｔｅｅｄ", "guaranteed"),
        ("穩賺不賠，數位藏品", "稳赚不赔,数位藏品"),
        ("稳\u200b赚\ufe0f", "稳赚"),
        ("a \t\u3000b \r\n c", "a b\nc"),
        ("STRASSE straße ﬁ", "strasse strasse fi"),
        ("don’t “buy”", 'don\'t "buy"'),
        ("薴", "苎"),
        ("乾隆", "干隆"),
        ("", ""),
    ],
)
def test_normal_form(text: str, normal: str) -> None:
    """Width, case, script variant, quotes and spaces fold as stated."""
    assert normalise(text) == normal


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("稳赚", "本藏品穩\u200b賺不賠", True),
        ("guaranteed", "Ｇｕａｒａｎｔｅｅｄ profit", True),
        ("roi", "a heroic deed", False),
        ("roi", "年化ROI高", True),
        ("roi", "our #roi_2025", True),
        ("roi", "two ROIs", True),
        ("returns", "returnss", False),
        ("100x", "a 100x gem", True),
        ("100x", "a 1100x gem", False),
        ("100倍", "2100倍", False),
        ("risk-free", "risk free", True),
        ("risk free", "Risk‐\u200bfree", True),
        ("risk free", "risk\nfree", True),
        ("risk free", "riskfree", False),
        ("risk free", "risk - free", False),
        ("保证…收益", "保证收益", True),
        ("保证…收益", "保证" + "高" * GAP + "收益", True),
        ("保证…收益", "保证" + "高" * (GAP + 1) + "收益", False),
        ("保证…收益", "保证。收益", False),
        ("保证…收益", "保证；收益", False),
        ("保证…收益", "保证\n收益", False),
        ("保证……收益", "保证每月收益", True),
        ("guaranteed…returns", "guaranteed 3.5% returns", True),
        ("guaranteed…returns", "guaranteed. Returns", False),
        ("guaranteed…returns", "guaranteedreturns", False),
        ("稳赚", "\ud800稳赚\udfff", True),
        ("稳赚", "稳·赚", True),
        ("稳赚", "平稳 赚到", False),
        ("guaranteed…profit", "Gu\u0430ranteed pr\u043efits", True),
        ("稳赚", "", False),
    ],
)
def test_what_a_term_matches(term: str, text: str, expected: bool) -> None:
    """Borders, the plural, spaces and gaps are what the grammar says, and no more."""
    assert Terms([term]).matches(text) is expected


@pytest.mark.parametrize(
    ("term", "exception", "text", "expected"),
    [
        ("最高", "最高人民法院", "最高人民法院的判决", False),
        ("最高", "最高人民法院", "最高人民法院称赞的最高品质", True),
        ("稳赚", "谨防…稳赚", "谨防任何“稳赚”骗局", False),
        ("稳赚", "谨防…稳赚", "谨防受骗。本品稳赚", True),
        ("稳赚不赔", "谨防…稳赚", "谨防稳赚不赔", True),
        ("稳赚", "谨防…稳赚", "谨防稳赚，稳赚", True),
        ("保证…收益", "不保证收益", "不保证收益与收益率", False),
        ("guaranteed…returns", "not guaranteed…returns", "Not guaranteed any returns", False),
        ("the best", "the best of", "the bests of", True),
    ],
)
def test_what_an_exception_cancels(term: str, exception: str, text: str, expected: bool) -> None:
    """An exception cancels what lies wholly within it, and nothing else."""
    assert Terms([term], [exception]).matches(text) is expected


def test_found_terms_come_in_the_order_of_the_text() -> None:
    """Each term is named once, in the list's spelling, by its first occurrence that counts."""
    listed = Terms(["回購", "Risk-Free", "稳赚", "穩賺"], ["不回购"])
    assert listed.found("不回购！稳赚、risk free、回购、稳赚") == ("稳赚", "Risk-Free", "回購")


@pytest.mark.parametrize("term", ["", " ", "\u200b", "…", "保证…", "…收益", "a…\u2060", "a…b…c"])
def test_a_term_without_content_is_refused(term: str) -> None:
    """A term or exception of which nothing is seen, or with a second gap, is refused by name."""
    for listed, exceptions in (([term], []), (["a"], [term])):
        with pytest.raises(ValueError, match="term `") as refusal:
            Terms(listed, exceptions)
        assert term in str(refusal.value)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_take_linear_time(text: str) -> None:
    """A text of 100,000 characters, whatever it holds, is read in a fraction of a second."""
    listed = Terms(["保证…收益", "guaranteed…returns", "稳赚", "roi", ". . ."], ["谨防…稳赚"])
    listed.matches("穩")
    begin = time.thread_time()
    listed.matches(text)
    assert time.thread_time() - begin < 0.6


def test_few_and_short_texts_are_kept() -> None:
    """Of the texts seen only a handful stay in memory, and no long one."""
    listed = Terms(["稳赚"])
    terms._folded_again.cache_clear()
    for number in range(20):
        listed.matches(f"post {number}")
    listed.matches("long" * 5_000)
    assert terms._folded_again.cache_info().currsize <= 4


def test_texts_without_han_load_no_converter() -> None:
    """The converter is loaded by the first text that holds a Han character."""
    code = (
        "import sys; from vermilion.language.terms import normalise; normalise('été');"
        "assert 'opencc' not in sys.modules; normalise('穩'); assert 'opencc' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
