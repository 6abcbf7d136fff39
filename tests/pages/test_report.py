"""The report is one sound, closed HTML file that says the same in two languages."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

import vermilion.pages
from vermilion.desk.summary import Summary
from vermilion.pages.report import render_report
from vermilion.pages.words import LANGUAGES, UI, Language

from . import samples

PAGES = Path(vermilion.pages.__file__).parent
TEMPLATES = sorted((PAGES / "templates").glob("*.j2"))
SAMPLES = {
    "empty": samples.empty(),
    "one": samples.one_event(),
    "rich": samples.rich(),
    "hostile": samples.hostile(),
}
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Page(HTMLParser):
    """Reads a file and notes what stands in it; fails where tags do not balance."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, str] = {}
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len({name for name, _ in attrs}), f"attribute twice: {tag} {attrs}"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"`{tag}` was not open"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"}:
            self.raw[self.open[-1]] = self.raw.get(self.open[-1], "") + data
        else:
            self.text.append(data)

    def values(self, attribute: str) -> list[str]:
        return [attrs[attribute] or "" for _, attrs in self.tags if attribute in attrs]


@pytest.fixture(params=[(name, each) for name in SAMPLES for each in LANGUAGES], ids=str)
def page(request: pytest.FixtureRequest) -> Page:
    """Return a parsed report of each sample in each language."""
    name, language = request.param
    return Page(render_report(SAMPLES[name], language))


def page_of(text: str, language: Language) -> str:
    """Return the part of a report that is in one language."""
    start = text.index(f'id="page-{language}"')
    end = text.find('id="page-en"', start + 1)
    return text[start:end] if end > 0 else text[start : text.index("<script>")]


def told(text: str, language: Language) -> str:
    """Return the plain words of one language's part, blanks joined."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page_of(text, language))).split())


def test_foreign_text_makes_no_tag(page: Page) -> None:
    """Only our own elements stand in the file: one script, one style, no image, no handler."""
    count = Counter(tag for tag, _ in page.tags)
    assert (count["script"], count["style"], count["html"], count["body"]) == (1, 1, 1, 1)
    assert not count.keys() & {"img", "iframe", "object", "embed", "form", "base"}
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert not page.values("style")


def test_file_loads_nothing(page: Page) -> None:
    """Every link stays inside the file, and so does everything the style names."""
    targets = page.values("href") + page.values("src") + page.values("xlink:href")
    assert all(target.startswith(("#", "data:image/svg+xml,")) for target in targets)
    assert "url(" not in page.raw["style"]
    assert "@import" not in page.raw["style"]
    assert not {"action", "srcset", "ping", "poster", "formaction"} & {
        name for _, attrs in page.tags for name in attrs
    }


def test_policy_allows_exactly_our_script_and_style(page: Page) -> None:
    """The content policy starts from nothing and names the hashes of the bytes in the file."""
    policies = [a["content"] for t, a in page.tags if "http-equiv" in a and t == "meta"]
    assert len(policies) == 1
    policy = dict(([*part.split(maxsplit=1), ""])[:2] for part in (policies[0] or "").split("; "))
    for directive, raw in (("script-src", "script"), ("style-src", "style")):
        digest = hashlib.sha256(page.raw[raw].encode()).digest()
        assert policy[directive] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert policy["default-src"] == "'none'"
    assert policy["img-src"] == "data:"


def test_ids_are_unique_and_links_arrive(page: Page) -> None:
    """No id occurs twice, and each inner link, label and description names one that exists."""
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    wanted = [href[1:] for href in page.values("href") if href.startswith("#")]
    wanted += page.values("for")
    wanted += [each for value in page.values("aria-labelledby") for each in value.split()]
    assert set(wanted) <= set(ids)


@pytest.mark.parametrize("name", SAMPLES)
def test_languages_have_the_same_shape(name: str) -> None:
    """Chinese and English pages consist of the same elements in the same order."""
    text = render_report(SAMPLES[name])
    mains = [re.search(r"<header.*</footer>", page_of(text, each), re.DOTALL) for each in LANGUAGES]
    chinese, english = (re.findall(r"<(/?[a-z0-9]+)", m[0]) for m in mains if m)
    assert chinese == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_chosen_language_shows_without_script(language: Language) -> None:
    """The chosen language is the checked one and the language of the document."""
    page = Page(render_report(SAMPLES["rich"], language))
    checked = [attrs["id"] for _, attrs in page.tags if "checked" in attrs]
    assert checked == [f"choose-{language}"]
    langs = {"zh": "zh-CN", "en": "en"}
    assert page.tags[0] == ("html", {"lang": langs[language]})
    parts = {a["id"]: a["lang"] for t, a in page.tags if a.get("class") == "page"}
    assert parts == {"page-zh": "zh-CN", "page-en": "en"}


def test_hidden_characters_are_written_out() -> None:
    """No control or direction-turning character of an id reaches the file."""
    text = render_report(SAMPLES["hostile"])
    assert not {"\x00", "\x1b", "\u202e"} & set(text)
    assert "\\u202e" in text


def test_foreign_template_syntax_is_not_run() -> None:
    """Braces in foreign text stay as they are."""
    assert "{{7*7}}" in html.unescape(render_report(SAMPLES["hostile"]))


def test_answer_comes_first_and_counts_in_words() -> None:
    """The sentence names what stops, what a person must see and what questions free."""
    text = render_report(SAMPLES["rich"])
    assert "891 must not go ahead" in told(text, "en")
    assert "4 questions, answered in order, would free up to 2,071 events" in told(text, "en")
    assert "891 项不得进行" in told(text, "zh")
    assert "依次补充 4 组资料，最多 2,071 项事件不再等待" in told(text, "zh")


def test_citation_tells_how_far_it_may_be_relied_on() -> None:
    """Class, tier, status, binding and dates are spelled out beside the quote."""
    words = told(render_report(SAMPLES["rich"]), "en")
    for phrase in (
        "voluntary self-regulation",
        "tier B: reproduced by the press or an official page",
        "draft, not yet checked by a person",
        "binds as a duty of membership",
        "in force from 2021-09-24, no longer from 2026-02-06",
        "不以比特币、以太币、泰达币等虚拟货币",
    ):
        assert phrase in words


def test_questions_come_grouped_and_in_order() -> None:
    """Before any single fact stands who is asked for what, and how far each answer leads."""
    words = told(render_report(SAMPLES["rich"]), "en")
    parts = [
        "Problems found",
        "State for 1 platform the platform answers, once filing number of the ledger",
        "needed by 402 events, together with the steps below",
        "State for 15 collections the issuer answers, once for each",
        "licence chain from author to issuer size of the edition",
        "after this step up to 103,886 of 104,731 events are decided",
        "State for 118 parties",
        "Add to the export, for 92 events",
        "source of the funds buyer history (the event came too late)",
        "All 6 facts, one by one",
        "Rules that were hit",
    ]
    places = [words.find(part) for part in parts]
    assert -1 not in places, [part for part in parts if part not in words]
    assert places == sorted(places)


def test_complete_data_raise_no_questions() -> None:
    """Where nothing is missing there is no section about it."""
    assert 'id="en-plan"' not in render_report(SAMPLES["one"])
    assert 'id="en-plan"' in render_report(SAMPLES["rich"])


def test_many_problems_are_gathered_and_few_are_not() -> None:
    """Beyond a handful the rules that were hit fold into themes, and the cards fold too."""
    few = msgspec.structs.replace(SAMPLES["rich"], rules=SAMPLES["rich"].rules[:3])
    assert '<details class="theme"' not in render_report(few)
    assert '<details class="theme" open>' in render_report(SAMPLES["rich"])
    assert "Initiative 3: no central trading" in told(render_report(SAMPLES["rich"]), "en")


def test_problem_names_clause_and_force() -> None:
    """A problem is told with its example, its clause and whether that binds."""
    words = told(render_report(SAMPLES["rich"]), "en")
    row = words[words.index("CN-N0-00 must not go ahead") :][:500]
    for phrase in (
        "The price is stated in a virtual currency",
        "507",
        "sale sale-20240111-000000",
        "binds as a duty of membership Initiative on preventing NFT-related financial risks",
    ):
        assert phrase in row


def test_temporary_record_is_not_offered_for_verification() -> None:
    """Without a book of its own a run says that its record is gone."""
    temporary = told(render_report(msgspec.structs.replace(SAMPLES["one"], book=None)), "en")
    assert "lay in a temporary book and is gone" in temporary
    assert "record verify" not in temporary


def test_clean_rules_are_counted_and_listed_when_unfolded() -> None:
    """A rule that judged nothing is not called clean."""
    words = told(render_report(SAMPLES["rich"]), "en")
    assert "Checked and found clean" in words
    idle = msgspec.structs.replace(SAMPLES["one"], rules=[samples.rule(1)])
    words = told(render_report(idle), "en")
    assert "Rules that applied to nothing 1 rule applied to no event." in words
    assert "found clean" not in words


def test_windows_are_told_by_their_titles() -> None:
    """A number over the past shows what it counts, in the units that people use."""
    text = render_report(SAMPLES["rich"])
    assert "marked price 199.00 CNY" in told(text, "en")
    assert "上一次卖出至今的交易日数 从未" in told(text, "zh")


def test_what_if_says_that_nothing_was_sealed() -> None:
    """A run by the rules of another day carries a banner, a sealed run none."""
    what_if = msgspec.structs.replace(SAMPLES["rich"], as_of="2026-02-06", sealed=False)
    assert "2026-02-06. Nothing was sealed." in told(render_report(what_if), "en")
    assert "banner" not in page_of(render_report(SAMPLES["rich"]), "en")


def test_counts_that_do_not_agree_are_called_out() -> None:
    """Rows that are neither judged nor duplicate nor rejected are named as unaccounted for."""
    lost = msgspec.structs.replace(SAMPLES["one"], read=4)
    assert "3 rows are unaccounted for" in told(render_report(lost), "en")
    assert "unaccounted" not in told(render_report(SAMPLES["one"]), "en")


def test_verify_command_is_safe_to_paste() -> None:
    """The folder of the book is quoted for a shell."""
    assert "--book 'books/san xing'" in told(render_report(SAMPLES["one"]), "en")


def test_several_rulebooks_are_never_added_up() -> None:
    """Each rulebook has its own sentence and tiles."""
    book = SAMPLES["one"].rulebooks[0]
    other = msgspec.structs.replace(book, id="hk", title=samples.Words("香港", "Hong Kong"))
    two = msgspec.structs.replace(SAMPLES["one"], rulebooks=[book, other])
    words = told(render_report(two), "en")
    assert "Hong Kong — the one event may go ahead." in words
    assert page_of(render_report(two), "en").count('class="tiles"') == 2


def test_large_run_stays_below_a_megabyte() -> None:
    """120 rules with twenty examples of the longest ids allowed give a file that mails."""
    long = "x" * 512
    example = msgspec.structs.replace(
        samples.example(1, 1, "hit"), id=long, source=long, subject=long
    )
    rules = [
        msgspec.structs.replace(samples.rule(i, hit=9), id=f"CN-{i}", examples=[example] * 20)
        for i in range(120)
    ]
    large = msgspec.structs.replace(SAMPLES["rich"], rules=rules)
    assert len(render_report(large).encode()) < 1_000_000


def test_same_run_gives_the_same_bytes() -> None:
    """A report depends on its summary alone."""
    assert render_report(samples.rich()) == render_report(samples.rich())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_templates_hold_no_words(template: Path) -> None:
    """Every word of a template comes from the table."""
    source = re.sub(r"{[{%].*?[%}]}", "", template.read_text(encoding="utf-8"))
    assert not re.search(r"[^\W\d_]", re.sub(r"<[^>]*>", "", source))


def test_every_word_is_used_and_known() -> None:
    """No entry of the table is idle, and no template or module asks for one that is not there."""
    sources = "\n".join(
        p.read_text(encoding="utf-8")
        for p in [*TEMPLATES, *PAGES.glob("*.py")]
        if p.name != "words.py"
    )
    asked = set(re.findall(r"""["']([a-z]+(?:\.[a-z_]+)?)["']""", sources))
    prefixes = {"answer", "banner", "count", "duration", "plan", "unit"}
    families = {key.split(".")[0] for key in UI}
    keys = {key for key in asked if "." in key and key.split(".")[0] in families}
    assert keys <= UI.keys() | {"report.css", "report.js"}
    plain = {key.removesuffix(".one") for key in UI}
    assert {key for key in plain - asked if key.split(".")[0] not in prefixes} == set()


def test_no_report_needs_a_rulebook() -> None:
    """A run that judged nothing still gives a file that says so."""
    summary: Summary = msgspec.structs.replace(SAMPLES["empty"], read=30, rejected=30)
    assert "Nothing could be judged: 30 rows could not be read." in told(
        render_report(summary), "en"
    )
