"""What people look for is found by typing, and what is shown is called by its name."""

from __future__ import annotations

import json
import re

import pytest

from vermilion.pages.words import Language
from vermilion.rulebook import Words
from vermilion.web.console.rules_view import brief

from .conftest import Visitor, Visits
from .pages import Page, faults

CASE = re.compile(r'href="/cases/([0-9a-f]{32})"')


def main_of(visitor: Visitor, path: str, language: Language = "en") -> str:
    """Return the main part of a page."""
    text = visitor.get(f"{path}{'&' if '?' in path else '?'}lang={language}").text
    return text.partition("<main")[2].partition("</main>")[0]


def one_case(visitor: Visitor) -> tuple[str, str, str, str]:
    """Return the number, title, question and entity of the queue's first case."""
    listed = main_of(visitor, "/cases").partition("case-rows")[2]
    number = CASE.findall(listed)[0]
    page = visitor.get(f"/cases/{number}?lang=en").text
    title = re.search(r"<h1>(.*?)</h1>", page)
    entity = re.search(r"<small>.*?<code[^>]*>(.*?)</code>", listed)
    question = re.search(r'class="sentence-small">(.*?)<', page)
    assert title is not None
    assert question is not None
    assert entity is not None
    return number, title[1], question[1], entity[1]


def test_a_case_is_found_by_typing(visits: Visits) -> None:
    """Title, number, pasted address and entity find it in the queue; what is nowhere finds none."""
    olga = visits("olga")
    number, title, question, entity = one_case(olga)
    everything = main_of(olga, "/cases")
    for text in (title, question, number, number[:8], f"http://127.0.0.1/cases/{number}", entity):
        found = main_of(olga, f"/cases?q={text}")
        assert number in CASE.findall(found.partition("case-rows")[2])
        assert len(found) < len(everything)
        assert list(faults(olga.get(f"/cases?q={text}").text)) == []
    nothing = main_of(olga, "/cases?q=xyzzy")
    assert "No case matches" in nothing
    assert 'value="xyzzy"' in nothing


def test_the_pages_and_the_file_keep_what_was_typed(visits: Visits) -> None:
    """Older pages and the download are of the cases found, not of all."""
    olga = visits("olga")
    number, _, _, entity = one_case(olga)
    assert re.search(r'href="/cases.csv\?q=xyzzy"', main_of(olga, "/cases?q=xyzzy"))
    table = olga.get(f"/cases.csv?q={entity}").text.splitlines()[1:]
    assert number in "".join(table)
    assert all(entity in line for line in table)


def test_the_search_of_every_page_finds_cases(visits: Visits) -> None:
    """Words of a title list its cases; what names one case alone leads to it."""
    olga = visits("olga")
    number, title, _, _ = one_case(olga)
    found = main_of(olga, f"/find?q={title}")
    assert number in CASE.findall(found)
    assert f"/cases?q={title.replace(' ', '+').replace(',', '%2C')}" in found
    assert olga.get(f"/find?q={number[:12]}").headers["location"] == f"/cases/{number}"


@pytest.mark.parametrize(("language", "name"), [("zh", "中国"), ("en", "China")])
def test_verdicts_name_their_rulebook(visits: Visits, language: Language, name: str) -> None:
    """Beside a verdict stands what its rulebook is called, not its id, and the live page has it too."""
    olga = visits("olga")
    for path in ("/judgements", "/live"):
        books = re.findall(r'class="of-book">(.*?)</span>', main_of(olga, path, language))
        assert name in books
        assert "cn" not in books
    (told,) = Page(olga.get(f"/live?lang={language}").text).values("data-names")
    assert json.loads(told)["book"]["cn"] == name


@pytest.mark.parametrize(
    ("zh", "en", "short"),
    [
        ("中国：数字藏品", "China: collectibles", Words("中国", "China")),
        ("许可闭环（运营方自定）", "Permits: our own", Words("许可闭环", "Permits")),
        ("自定规则", "House rules", Words("自定规则", "House rules")),
        ("（试行）规则", "(trial) rules", Words("（试行）规则", "(trial) rules")),
    ],
)
def test_a_title_is_told_briefly(zh: str, en: str, short: Words) -> None:
    """A title ends at its first colon or bracket; one that begins there stays whole."""
    assert brief(Words(zh, en)) == short


def test_cases_of_rules_are_told_in_words(visits: Visits) -> None:
    """What a rule's case gives and what decided it are named part by part, never as code."""
    for rule in ("CN-PAY-01", "CN-LC-01", "CN-MN-01"):
        text = Page(main_of(visits("olga"), f"/rules/cn/{rule}")).text.partition("Test cases")[2]
        assert not re.search(r"\w=|\w\(\w+=|None", text), rule
    assert "filing of a blockchain service" in main_of(visits("olga"), "/rules/cn/CN-LC-01")


def test_a_fact_that_only_the_rule_names_is_told_once(visits: Visits) -> None:
    """Where a rule calls a fact by a name of its own, that stands as code and not again as a word."""
    listed = main_of(visits("olga"), "/rules/cn/CN-PAY-01")
    assert "<li><code>leg.channel_licensed</code></li>" in listed


def test_a_missing_fact_leads_to_what_lacks_it(visits: Visits) -> None:
    """The overview names the cases by title, works by theirs, and links what they are about."""
    olga = visits("olga")
    missing = main_of(olga, "/").partition('id="missing"')[2].partition("</section>")[0]
    assert re.search(r'href="/things/(party|work|token|platform)\?id=', missing)
    cases = re.findall(r'class="case-link" href="/cases/\w{32}">(.*?)<code>', missing)
    assert cases
    assert all(cases)
    assert re.search(r'“[\u4e00-\u9fff].*?” <a href="/things/work', missing)
