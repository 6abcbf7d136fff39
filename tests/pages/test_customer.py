"""A customer's answer in words: all of it, in one language, and nothing else."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from vermilion.desk.customer import (
    MESSAGES,
    Ask,
    Clause,
    CustomerAnswer,
    CustomerEvent,
    Ground,
    Status,
)
from vermilion.pages.customer import HEADINGS, STATUSES, tell_customer
from vermilion.pages.words import LANGUAGES, Language, pick
from vermilion.rulebook import Words

CJK = re.compile(r"[\u4e00-\u9fff]")
TELLING = re.compile(
    r"list|screen|suspic|report|launder|sanction|review|officer|confidential"
    r"|名单|筛查|可疑|报告|洗钱|制裁|审核|审查|保密",
    re.IGNORECASE,
)
"""Words that would tell why somebody looks at a request."""

GROUND = Ground(
    Words("以人民币计价", "price in renminbi"),
    [
        Clause("CN-X", Words("某法", "the act"), "第一条", "不得以外币计价", "law"),
        Clause("CN-Y", Words("某倡议", "the initiative"), "第二条", None, "guidance"),
    ],
    Words("价格以 ETH 标示。", "The price is in ETH."),
    Words("改以人民币标价。", "State it in renminbi."),
)
ASK = Ask("party.birth_date", "m:party:7")


def told(status: Status, **changes: object) -> CustomerAnswer:
    """Return an answer of a status."""
    parts: dict[str, object] = {"conditions": [], "reasons": [], "asks": []} | changes
    event = CustomerEvent("//m", "S-\u202e1")
    return CustomerAnswer(event=event, status=status, message=MESSAGES[status], **parts)  # type: ignore[arg-type]


def test_a_denial_in_words() -> None:
    """Reason, clauses with their force, words and remedy; hidden characters are shown."""
    assert tell_customer(told("declined", reasons=[GROUND]), "en").splitlines() == [
        r"//m S-\u202e1: cannot go ahead",
        "We cannot go ahead with this request.",
        "",
        "Reasons",
        "price in renminbi: The price is in ETH.",
        "  § the act, 第一条 [binds as law]",
        "    “不得以外币计价”",
        "  § the initiative, 第二条 [guidance, does not bind]",
        "  → State it in renminbi.",
    ]


def test_conditions_and_requests_in_words() -> None:
    """Each part has its heading; a fact is called by its name."""
    text = tell_customer(told("allowed", conditions=[GROUND], asks=[ASK]), "zh")
    assert text.count("条件\n") == 1
    assert "理由" not in text
    assert text.splitlines()[-2:] == ["请您补充", "? 出生日期  [m:party:7]"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hold_is_two_constant_lines(language: Language) -> None:
    """The event's name with the status, and the one message."""
    _, message = tell_customer(told("held"), language).splitlines()
    assert message == pick(MESSAGES["held"], language)


@pytest.mark.parametrize("status", get_args(Status))
def test_no_text_of_ours_tips_off(status: Status) -> None:
    """In both languages, each in its own script, no word says why somebody looks at a request."""
    for words in (MESSAGES[status], STATUSES[status], *HEADINGS.values()):
        assert CJK.search(words.zh)
        assert not CJK.search(words.en)
    for language in LANGUAGES:
        assert not TELLING.search(tell_customer(told(status), language))
