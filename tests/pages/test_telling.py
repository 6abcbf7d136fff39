"""Facts of a decision are told by name, and windows over the past as people read them."""

from __future__ import annotations

import pytest

from vermilion.features import NEVER
from vermilion.pages.decision import explain_decision
from vermilion.pages.telling import Teller

from . import samples

ENGLISH, CHINESE = Teller("en", samples.WINDOWS), Teller("zh", samples.WINDOWS)


@pytest.mark.parametrize(
    ("path", "value", "english", "chinese"),
    [
        ("windows.sold_days", NEVER, "never before", "从未"),
        ("windows.sold_days", 1, "1 trading day", "1 个交易日"),
        ("windows.held", NEVER, "never before", "从未"),
        ("windows.held", 0, "0 seconds", "0 秒"),
        ("windows.held", 2 * 86_400 + 3_600 + 59, "2 days 1 hour", "2 天 1 小时"),
        ("windows.marked", 19900, "199.00 CNY", "199.00 CNY"),
        ("windows.marked", None, "unknown", "未知"),
        ("windows.bought", NEVER, "1,000,000,000", "1,000,000,000"),
        ("windows.other", NEVER, "1,000,000,000", "1,000,000,000"),
        ("post.text", ["guaranteed", "no risk"], "guaranteed, no risk", "guaranteed、no risk"),
    ],
)
def test_values_are_read_as_the_window_means_them(
    path: str, value: object, english: str, chinese: str
) -> None:
    """Never is a word, seconds are a duration, minor units are money, a count is a count."""
    assert ENGLISH.value(path, value) == english
    assert CHINESE.value(path, value) == chinese


@pytest.mark.parametrize(
    ("path", "event_type", "value", "chinese"),
    [
        ("buyer.kyc.status", "sale", "pending", "认证中"),
        ("settlement[0].funding", "sale", "credit", "信用贷款"),
        ("token.reach.classes", "issue", ["artwork", "precious_metal"], "艺术作品、贵金属"),
        ("buyer.memberships[0]", "sale", "CBA", "中国银行业协会"),
        ("buyer.name", "sale", "credit", "credit"),
        ("buyer.kyc.method", "sale", "real_name", "实名认证"),
        ("buyer.kyc.method", "sale", "ours", "ours"),
        ("work.licence.territories", "sale", ["CN", "HK", "ZZ"], "中国、中国香港、ZZ"),
        (
            "settlement",
            "sale",
            [{"funding": "credit", "channel_licensed": True}, {"channel": "x"}],
            "资金来源：信用贷款、结算渠道是否持牌：是；结算渠道：x",
        ),
        (
            "buyer.guardian_consents",
            "sale",
            [{"purposes": ["purchase"], "limit": {"amount": 5000, "currency": "CNY"}}],
            "监护人同意的事项：购买、监护人同意的限额：50.00 CNY",
        ),
        ("nothing", "sale", "credit", "credit"),
    ],
)
def test_known_words_are_named_and_free_text_is_not(
    path: str, event_type: str, value: object, chinese: str
) -> None:
    """Known words are put into the reader's language, parts are called by name, free text stays."""
    assert CHINESE.value(path, value, event_type) == chinese


def test_labels_are_titles_and_names() -> None:
    """A window shows its title without the unit it counts in; unknown paths show as they are."""
    assert ENGLISH.label("windows.marked") == "marked price"
    assert CHINESE.label("windows.marked") == "标价"
    assert ENGLISH.label("windows.other") == "windows.other"
    assert ENGLISH.label("price.currency", "sale") == "currency of the sale price"
    assert ENGLISH.label("acquirer.person") == "acquirer's person behind the account"


def test_decisions_are_explained_in_the_same_words() -> None:
    """An explained decision names facts and windows, and keeps their paths beside them."""
    words = {"zh": "句", "en": "sentence"}
    rule = {
        "id": "CN-1", "version": 1, "outcome": "missing", "reason": words, "remedy": words,
        "question": None, "citations": [], "missing": ["windows.marked"],
        "facts": {"buyer.kyc.status": "pending", "windows.sold_days": NEVER},
    }  # fmt: skip
    decision = {
        "event": {"source": "s", "id": "e"}, "rulebook": {"id": "cn"}, "as_of": "2026-03-02",
        "verdict": "review", "rules": [rule], "passed": [],
    }  # fmt: skip
    text = explain_decision(decision, "en", samples.WINDOWS)
    assert "  trading days since the last sale: never before  [windows.sold_days]" in text
    assert "  buyer's status of the identity check: pending  [buyer.kyc.status]" in text
    assert "  ? marked price  [windows.marked]" in text
