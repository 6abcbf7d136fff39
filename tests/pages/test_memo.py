"""The memo and the interview's pages: complete in both languages, self-contained, safe, never a promise."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from markupsafe import Markup

from vermilion.desk.may_i import PLANS, UNKNOWN, Outcome, next_question, outcome
from vermilion.desk.may_i.looking import look
from vermilion.errors import DataError
from vermilion.pages.interview import OFFERED, render_plans, render_step
from vermilion.pages.interview_questions import QUESTIONS
from vermilion.pages.interview_words import ERRORS, MAY_I, question_text
from vermilion.pages.memo import memo_text, render_memo
from vermilion.pages.words import LANGUAGES, Language
from vermilion.rulebook import Engine, Profile, find_rulebook, load_rulebook

from .samples import MARKUP, REVERSED

CN = [Engine(load_rulebook(find_rulebook("cn")), Profile(roles=[]))]
AT = dt.datetime(2026, 6, 1, 4, tzinfo=dt.UTC)
SCAN = {
    "work.relic.data_kind": "raw_capture",
    "work.relic.copy_method": "scan",
    "token.edition.limited": True,
    "offer.price": {"amount": 1_990, "currency": "CNY"},
}
QUOTE = "文博单位不应直接将文物原始数据作为限量商品发售"


def museum(**more: Any) -> Outcome:
    """Return the outcome of a museum's plan to sell a raw scan."""
    return outcome(PLANS["museum_relic"], {**SCAN, **more}, CN, at=AT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_faces_of_the_memo_tell_verdict_clause_and_status(language: Language) -> None:
    """Verdict, rule, quoted clause, its force and that it is a draft stand in page and text."""
    found = museum()
    said = {
        "zh": [
            "不得进行",
            "CN-RL-01",
            QUOTE,
            "草稿",
            "参考，不具约束力",
            "法律上未决",
            "19.90 CNY",
        ],
        "en": ["must not go ahead", "CN-RL-01", QUOTE, "draft", "does not bind", "Open in law"],
    }[language]
    for text in (memo_text(found, language), render_memo(found, language=language)):
        assert [one for one in said if one not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_memo_never_promises(language: Language) -> None:
    """A plan against which nothing is found is not called lawful, and the limits are told."""
    clean = outcome(PLANS["advertisement"], {"post.text": "今日开售"}, CN, at=AT)
    text = memo_text(clean, language)
    assert {"zh": "没有发现不符之处", "en": "finds nothing against it"}[language] in text
    assert not re.search(r"合法|合规的|\blawful\b|\bis legal\b|\bcompliant\b", text)
    assert {"zh": "不是法律意见", "en": "no legal advice and no permit"}[language] in text
    assert {"zh": "没有审查的", "en": "What was not looked at"}[language] in text
    assert "今日开售" in text


def test_the_memo_opens_anywhere_and_asks_the_network_for_nothing() -> None:
    """Its policy allows its own style and script by hash alone; no address is fetched."""
    page = render_memo(museum())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert not re.search(r'(src|href)="(?!data:)[^"#]', page)
    assert "size: A4" in page


def test_hostile_answers_stay_text() -> None:
    """Markup and hidden characters in an answer are shown, and do nothing."""
    found = outcome(PLANS["advertisement"], {"post.text": MARKUP + REVERSED}, CN, at=AT)
    for page in (render_memo(found), step("advertisement", {"post.text": MARKUP + REVERSED})):
        assert "<img" not in page
        assert "&lt;img" in page
    assert "\u202e" not in memo_text(found, "en")
    assert "\x1b" not in memo_text(found, "en")


def test_an_unfinished_memo_says_so() -> None:
    """The next question stands at its head, and rules not asked about are told as such."""
    text = memo_text(outcome(PLANS["resale_market"], {}, CN, at=AT), "en")
    assert "Not finished" in text
    assert "What does the platform offer?" in text
    assert "not asked about to the end yet" in text


def test_a_memo_of_a_list_hit_is_for_the_inside_only() -> None:
    """What came of list screening must not be told to those concerned; the memo warns of it."""
    hit = memo_text(museum(**{"issuer.lists_hit": ["UN 1267"]}), "en")
    assert "must not be told" in hit
    assert "must not be told" not in memo_text(museum(), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_known_is_told_with_what_it_would_decide(language: Language) -> None:
    """A fact that is not known is named, with what it comes to if it is the wrong one."""
    found = outcome(PLANS["secured_loan"], {"loan.purpose": UNKNOWN}, CN, at=AT)
    text = memo_text(found, language)
    wanted = {
        "zh": ["尚不知道", "缺少：借款用途", "若违反：不得进行"],
        "en": ["Not known", "Lacks: purpose of the loan", "if it is violated: must not go ahead"],
    }[language]
    assert [one for one in wanted if one not in text] == []


def test_a_rule_found_on_several_events_is_told_once() -> None:
    """What stands against issue and offer alike is one rule with its clauses, not two."""
    text = memo_text(museum(**{"token.rights": ["dividend"]}), "en")
    assert text.count("CN-N1-02@1  ") == 1


def step(plan: str, answers: dict[str, Any], language: Language = "en", **options: Any) -> Markup:
    """Render the step that an interview has come to."""
    question = next_question(PLANS[plan], answers, CN, at=AT, prefer=options.pop("prefer", None))
    return render_step(
        PLANS[plan], answers, question, language, action="/may-i", csrf="token", **options
    )


class Form(HTMLParser):
    """Collects the names of a page's fields, its tags, and attributes that would run or style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.tags: list[str] = []
        self.inline: list[str] = []
        self.unlabelled: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        if found.get("name"):
            self.names.add(found["name"] or "")
        hidden = found.get("type") in {"hidden", "radio", "checkbox"}
        if tag in {"input", "select", "textarea"} and not hidden and not found.get("aria-label"):
            self.unlabelled.append(found.get("name") or tag)


FACTS = [
    ("brand_cards", "token.divisible", {"token.divisible"}),
    ("brand_cards", "issuer.kyc.status", {"issuer.kyc.status"}),
    ("brand_cards", "token.rights", {"token.rights", "token.rights.none"}),
    ("brand_cards", "token.edition.size", {"token.edition.size"}),
    ("brand_cards", "offer.price", {"offer.price.amount", "offer.price.currency"}),
    ("brand_cards", "issuer.kyc.expires_on", {"issuer.kyc.expires_on"}),
    ("brand_cards", "issuer.lists_hit", {"issuer.lists_hit", "issuer.lists_hit.none"}),
    ("brand_cards", "offer.ad_texts", {"offer.ad_texts", "offer.ad_texts.none"}),
    ("blind_box", "offer.draw.terms_sha256", {"offer.draw.terms_sha256"}),
    ("blind_box", "offer.draw.terms_published_at", {"offer.draw.terms_published_at"}),
    ("brand_cards", "token.approval_number", {"token.approval_number"}),
    ("advertisement", "post.text", {"post.text"}),
    (
        "resale_market",
        "platform.licences",
        {
            "platform.licences.none",
            *(
                f"platform.licences.{n}.{part}"
                for n in range(4)
                for part in ("type", "number", "valid_from", "valid_until")
            ),
        },
    ),
    (
        "company_purchase",
        "sale.settlement",
        {
            "sale.settlement.none",
            *(
                f"sale.settlement.{n}.{part}"
                for n in range(4)
                for part in (
                    *("amount.amount", "amount.currency", "instrument"),
                    *("channel", "channel_licensed", "funding"),
                )
            ),
        },
    ),
]
"""One fact of each kind, and the fields that its form has."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("plan", "fact", "names"), FACTS)
def test_each_kind_of_question_has_its_fields(
    plan: str, fact: str, names: set[str], language: Language
) -> None:
    """The fields are those that the reader of answers knows, labelled, without script or style."""
    page = step(plan, {}, language, prefer=fact)
    form = Form(page)
    carried = {"csrf", "plan", "answers", "fact", "unknown"}
    assert form.names == names | carried
    assert form.inline == []
    assert form.unlabelled == []
    assert not {"script", "style", "link", "iframe"} & set(form.tags)
    assert str(Markup.escape(question_text(PLANS[plan], fact, language))) in page


def test_a_refused_form_keeps_what_was_written() -> None:
    """The error is told in the reader's language, and the fields hold what was sent."""
    sent = {"offer.price.amount": ['1"<'], "offer.price.currency": ["ETH"]}
    error = DataError("answer_no_amount", "this is no amount", where="offer.price.amount")
    page = step("brand_cards", {}, "zh", prefer="offer.price", error=error, fields=sent)
    assert "不是金额" in page
    assert 'value="1&#34;&lt;"' in page
    assert "<option selected>ETH</option>" in page


def test_progress_answers_and_reasons_are_shown() -> None:
    """How far it is, what was said, what the plan implies, and which rules want to know."""
    answers = {"token.underlying": ["artwork"], "offer.price": {"amount": 1_990, "currency": "CNY"}}
    page = step("brand_cards", answers)
    assert re.search(r"2 answered, at most \d+ more", page)
    assert "19.90 CNY" in page
    assert 'name="change" value="offer.price"' in page
    assert 'value="token.edition.limited"' not in page
    assert "CN-N1-01" in page


def test_the_end_offers_the_memo_and_the_rest() -> None:
    """Where nothing more is asked the verdict stands, with the memo and `everything` to choose."""
    answers = {"loan.purpose": "buy_collectibles", "operator.memberships": []}
    found = outcome(PLANS["secured_loan"], answers, CN, at=AT)
    page = step("secured_loan", answers, outcome=found)
    assert "must not go ahead" in page
    assert {"memo", "everything"} <= Form(page).names
    again = step("secured_loan", answers, outcome=found, everything=True)
    assert again.count('name="everything"') == again.count('name="csrf"')


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plan_can_be_begun(language: Language) -> None:
    """Each plan stands with its title, its sentence and a form that names it."""
    page = render_plans(language, "/may-i", csrf="token")
    for plan in PLANS.values():
        assert f'name="plan" value="{plan.id}"' in page
        assert str(Markup.escape(plan.title.zh if language == "zh" else plan.title.en)) in page


def test_every_fact_that_can_be_asked_has_a_question_of_its_own() -> None:
    """No shipped rulebook makes an interview fall back to a bare label; no question is left over."""
    engines = [
        Engine(load_rulebook(find_rulebook(name)), Profile(roles=[])) for name in ("cn", "platform")
    ]
    asked = {"operator.memberships"}
    for at in (AT, dt.datetime(2022, 7, 5, tzinfo=dt.UTC)):
        for plan in PLANS.values():
            for one in look(plan, {}, engines, at).prospects:
                for fact in one.facts:
                    head, _, rest = fact.partition(".")
                    asked.add(f"party.{rest}" if head in plan.parties else fact)
    assert asked - QUESTIONS.keys() == set()
    # These are asked only after answers that lead to them.
    assert QUESTIONS.keys() - asked == set()


def test_every_text_is_in_both_languages_and_every_currency_is_offered_once() -> None:
    """No blank is in one language only; the money of the place comes first."""
    for table in (QUESTIONS, MAY_I, ERRORS):
        for key, words in table.items():
            assert words.zh, key
            assert words.en, key
            assert set(re.findall(r"\{\w+\}", words.zh)) == set(re.findall(r"\{\w+\}", words.en))
    assert OFFERED[0] == "CNY"
    assert len(OFFERED) == len(set(OFFERED))
