"""The handbook: whole in both languages, self-contained, safe, and its tables never broken."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
import re
from html import unescape
from itertools import groupby

import msgspec
import pytest

from vermilion.pages.handbook import render_handbook
from vermilion.pages.handbook_cel import cel_book
from vermilion.pages.handbook_markdown import code, inline, markdown, table
from vermilion.pages.handbook_sentences import Sayer, Sentence
from vermilion.pages.handbook_shapes import BookView
from vermilion.pages.handbook_view import view
from vermilion.pages.handbook_words import TOLD, WORDS
from vermilion.pages.telling import Teller
from vermilion.pages.words import LANGUAGES, Language, pick
from vermilion.rulebook import Rulebook, check_document, find_rulebook, load_rulebook
from vermilion.rulebook import shipped_rulebooks as names
from vermilion.rulebook.model import ParameterValue, Words
from vermilion.rulebook.verification import Verification, clause_key

HOSTILE = 'a < b & "c" | `d` </style><script>x</script>\n# no heading\n| cell'
_TAGS = re.compile(r"<(?:style|script)>.*?</(?:style|script)>|<[^>]*>", re.DOTALL)
_CELLS = re.compile(r"(?<!\\)\|")


@functools.cache
def book(name: str) -> Rulebook:
    """Return a shipped rulebook."""
    return load_rulebook(find_rulebook(name))


@functools.cache
def shown(name: str, language: Language) -> BookView:
    """Return a shipped rulebook laid out."""
    return view(book(name), language)


@functools.cache
def articles(name: str) -> dict[str, str]:
    """Return the text of each rule's article by its anchor, from the page in both languages."""
    page = render_handbook(book(name))
    found = re.findall(r'<article [^>]*id="([^"]+)">(.*?)</article>', page, re.DOTALL)
    return {anchor: plain(unescape(_TAGS.sub(" ", body))) for anchor, body in found}


@functools.cache
def chapters(name: str, language: Language) -> dict[str, str]:
    """Return what the Markdown says of each rule, by its id."""
    _, *found = re.split(
        r"^### (\S+)$", markdown(shown(name, language), language), flags=re.MULTILINE
    )
    return dict(zip(found[::2], found[1::2], strict=True))


def plain(text: str) -> str:
    """Return a text without blanks and marks, which faces set as they like."""
    return re.sub(r"[\s,>]", "", text)


def bare(text: str) -> str:
    """Return a text without what stands between a fact's name and its value."""
    return re.sub("[:：]", "", plain(text))


def hostile() -> Rulebook:
    """Return a rulebook whose words would break out of either face, if anything did."""
    document = book("eu").document
    words = Words(HOSTILE, HOSTILE)
    rule = msgspec.structs.replace(
        document.rules[0], title=words, reason=words, remedy=words, open_question=words
    )
    return check_document(msgspec.structs.replace(document, rules=[rule]))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", names())
def test_every_rule_stands_with_every_clause_and_case(name: str, language: Language) -> None:
    """In both faces a rule has its title, condition, all quotes and essences, and each case."""
    page, text = articles(name), chapters(name, language)
    for loaded, laid_out in zip(book(name).rules, shown(name, language).rules, strict=True):
        rule = loaded.rule
        wanted = [pick(rule.title, language), rule.violates_if, pick(rule.remedy, language)]
        wanted += [one.quote for one in rule.citations if one.quote]
        wanted += [pick(one.essence, language) for one in rule.citations if one.essence]
        wanted += [rule.applies_if] if rule.applies_if else []
        wanted += [str(value.value) for p in rule.parameters for value in values(name, p)]
        article, chapter = page[f"{rule.id}-{language}"], text[rule.id]
        clean = plain(re.sub(r"\\(.)", r"\1", chapter))
        assert [one for one in wanted if plain(one) not in plain(article)] == []
        assert [one for one in wanted if plain(one) not in clean] == []
        assert len(laid_out.cases) == len(rule.cases) > 0
        for case in laid_out.cases:
            for label, value in case.facts:
                assert bare(f"{label}{value}") in bare(article)
                assert plain(value) in clean


def values(name: str, parameter: str) -> list[ParameterValue]:
    """Return the dated values of a parameter."""
    return list(book(name).document.parameters[parameter].values)


@pytest.mark.parametrize("name", names())
def test_both_languages_tell_the_same_rules(name: str) -> None:
    """The page holds each rule once in each language, with as many cases, and both indexes link."""
    page = render_handbook(book(name))
    anchors = [f"{one.rule.id}-{tongue}" for tongue in LANGUAGES for one in book(name).rules]
    assert re.findall(r'<article [^>]*id="([^"]+)"', page) == anchors
    assert set(re.findall(r'href="#([^"]+)"', page)) == set(anchors)
    zh, en = (shown(name, language) for language in LANGUAGES)
    assert (zh.citations, zh.cases) == (en.citations, en.cases)


def test_no_text_lacks_a_language_or_its_blanks() -> None:
    """Every word of the handbook has Chinese, and the same blanks in both languages."""
    for words in [*WORDS.values(), *TOLD.values()]:
        assert words.zh
        assert words.en
        assert set(re.findall(r"\{\w+(?::,)?\}", words.zh)) == set(
            re.findall(r"\{\w+(?::,)?\}", words.en)
        )
    assert [w for w in WORDS.values() if not re.search(r"[\u4e00-\u9fff]", w.zh)] == []


def test_the_page_loads_nothing() -> None:
    """Its policy allows its own style and script by their hashes, and nothing of it is remote."""
    page = render_handbook(book("hk"))
    for tag in ("style", "script"):
        (body,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page
    assert re.findall(r"<(?:img|link|script)[^>]+(?:src|href)=\"(?!data:)", page) == []


def test_one_language_alone() -> None:
    """A page in one language holds no other, and no switch between languages."""
    page = render_handbook(book("hk"), languages=["en"])
    assert 'id="page-en"' in page
    assert 'id="page-zh"' not in page
    assert page.count("<label") == 1


def test_words_never_break_out_of_the_page() -> None:
    """Marks of HTML in a rule's words are text on the page."""
    page = render_handbook(hostile())
    assert "<script>x" not in page
    assert "a &lt; b &amp; &#34;c&#34; | `d` &lt;/style&gt;" in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rulebook", [*names(), "hostile"])
def test_tables_keep_their_columns(rulebook: str, language: Language) -> None:
    """Pipes and line breaks in words leave every row of a table with as many cells as its head."""
    laid_out = view(hostile(), language) if rulebook == "hostile" else shown(rulebook, language)
    lines = markdown(laid_out, language).splitlines()
    runs = groupby(lines, key=lambda line: line.startswith("| "))
    tables = [list(rows) for is_table, rows in runs if is_table]
    assert len(tables) >= 3
    for rows in tables:
        assert len({len(_CELLS.findall(row)) for row in rows}) == 1, rows


def test_words_never_break_out_of_markdown() -> None:
    """A rule's words make no heading, tag or code of their own in Markdown."""
    text = markdown(view(hostile(), "en"), "en")
    assert "\n# no heading" not in text
    assert "<script>" not in text.replace("\\<script\\>", "")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a|b", "a\\|b"),
        ("*a* _b_", "\\*a\\* \\_b\\_"),
        ("&amp;", "&amp;amp;"),
        ("R&D", "R&D"),
        ("two\nlines", "two lines"),
        ("1. no list", "1\\. no list"),
        ("# no heading", "\\# no heading"),
        ("- no list", "\\- no list"),
        ("5 - 3 = 2", "5 - 3 = 2"),
        ("a\u202eb", "a\\\\u202eb"),
    ],
)
def test_marks_of_markdown_are_text(text: str, written: str) -> None:
    """What Markdown would take for its own is written so that it reads as it stands."""
    assert inline(text) == written


def test_code_within_a_line() -> None:
    """Backticks within code get a longer fence, and a table's pipe in code is escaped."""
    assert code("a`b") == "``a`b``"
    assert table(["x"], [[code("a|b")]]).splitlines()[2] == "| `a\\|b` |"


def test_the_handbook_of_a_day() -> None:
    """Only what is in force on the day stands there, clauses and values alike."""
    before = view(book("eu"), "en", as_of=dt.date(2027, 7, 9))
    after = view(book("eu"), "en", as_of=dt.date(2027, 7, 10))
    clauses = [[one.instrument for one in day.rules[0].clauses] for day in (before, after)]
    assert clauses == [["EU-AMLD5-2018"], ["EU-AMLR-2024"]]
    assert [len(day.rules[0].parameters[0].values) for day in (before, after)] == [1, 1]
    assert view(book("eu"), "en", as_of=dt.date(2019, 1, 1)).rules == []


def test_who_verified_a_clause_is_told() -> None:
    """A verification takes the draft's place, on its clause with its words only."""
    citation = book("eu").document.rules[0].citations[0]
    assert citation.quote_sha256 is not None
    key = clause_key(citation.instrument, citation.pinpoint, citation.quote_sha256)
    said = Verification(
        action="verify",
        rule="EU-AML-01",
        instrument=citation.instrument,
        pinpoint=citation.pinpoint,
        quote_sha256=citation.quote_sha256,
        by="officer-7",
        at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
    )
    laid_out = view(book("eu"), "en", verified={key: said})
    assert "checked by officer-7 at 2026-03-01" in [c.status for c in laid_out.rules[0].clauses]
    assert laid_out.drafts == shown("eu", "en").drafts - 2  # both rules quote the clause alike


def test_clauses_stand_in_the_order_of_their_text() -> None:
    """The index by clause counts Chinese numerals as numbers: article 9 before 10, 20 and 106."""
    document = book("eu").document
    written = [
        "第二十条",
        "第十条",
        "第九条第（三）项",
        "第一百零六条",
        "第九条第（二）项",
        "Art. 12",
        "Art. 2",
    ]
    cited = document.rules[0].citations[0]
    citations = [msgspec.structs.replace(cited, pinpoint=one) for one in written]
    rule = msgspec.structs.replace(document.rules[0], citations=citations)
    changed = check_document(msgspec.structs.replace(document, rules=[rule]))
    assert [one.pinpoint for one in view(changed, "zh").clauses] == [
        "Art. 2",
        "Art. 12",
        "第九条第（二）项",
        "第九条第（三）项",
        "第十条",
        "第二十条",
        "第一百零六条",
    ]


SENTENCES = [
    ('price.currency != "CNY"', "currency of the sale price is not CNY"),
    ("not token.pooled", "whether it is pooled: no"),
    ("token.pooled == False", "whether it is pooled: no"),
    ("not known(token.issuer)", "issuer of the token is not known"),
    ("buyer.birth_date > event.date", "buyer's date of birth is after legal date of the event"),
    (
        'not (token.pooled and price.currency == "CNY")',
        "not all of these hold (whether it is pooled: yes; currency of the sale price is CNY)",
    ),
    (
        "not any(known(p.id) for p in parties)",
        "for none of parties to the event: its party id is known",
    ),
]


@pytest.mark.parametrize(("text", "said"), SENTENCES)
def test_conditions_in_sentences(text: str, said: str) -> None:
    """A sentence says what the condition says, its negation included."""
    rule = msgspec.structs.replace(
        book("eu").document.rules[1],
        violates_if=text,
        applies_if=None,
        applies_to=["sale"],
        parameters=[],
        readings=msgspec.UNSET,
    )
    document = msgspec.structs.replace(book("eu").document, rules=[rule])
    (loaded,) = check_document(document).rules
    sayer = Sayer(Teller("en", {}), document, "sale")
    assert told(sayer.say(loaded.conditions["sale"].violates)) == said


def told(sentence: Sentence) -> str:
    """Return a sentence on one line, its parts in brackets."""
    parts = "; ".join(map(told, sentence.parts))
    return f"{sentence.text} ({parts})" if parts else sentence.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", names())
def test_sentences_are_whole(name: str, language: Language) -> None:
    """Every condition is told, and no blank, code of a fact or empty part is left in a sentence."""
    for rule in shown(name, language).rules:
        conditions = [rule.violates, *(one for _, one in rule.readings)]
        for condition in [*conditions, rule.applies] if rule.applies else conditions:
            text = "\n".join(told(one.sentence) for one in condition.told)
            assert text
            assert re.findall(r"\{\w*\}|\b(?:token|platform|windows|params|lists)\.\w+", text) == []


@pytest.mark.parametrize("name", names())
def test_cel_covers_every_rule(name: str) -> None:
    """Each rule stands on each of its event types with its condition, or why CEL cannot say it."""
    exported = cel_book(book(name))
    wanted = {(one.rule.id, event) for one in book(name).rules for event in one.rule.applies_to}
    assert {(one.id, one.event) for one in exported.rules} == wanted
    for one in exported.rules:
        assert (one.violates_if is None) == (one.not_said is not None)
        assert one.in_force


def test_cel_reads_the_parameters_of_the_day() -> None:
    """Where a parameter changes, a condition stands once for each value, with its days."""
    found = [one for one in cel_book(book("platform")).rules if one.id == "PF-GIFT-01"]
    texts = {one.violates_if: one.in_force for one in found}
    assert len(texts) == 2
    (day,) = cel_book(book("platform"), as_of=dt.date(2022, 5, 1)).rules[:1]
    assert any(period.covers(dt.date(2022, 5, 1)) for period in day.in_force)
