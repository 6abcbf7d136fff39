"""What would make a rule pass is said in either language."""

from __future__ import annotations

from typing import Any

import pytest

from vermilion.desk.passing import FIXED, Need, Passing, PassingChange
from vermilion.pages.passing import change_words, passing_lines
from vermilion.pages.telling import Teller

from . import samples

ENGLISH, CHINESE = Teller("en", samples.WINDOWS), Teller("zh", samples.WINDOWS)


def change(fact: str, way: str, *needs: tuple[str, str, Any], **more: Any) -> PassingChange:
    """Return a change with some needs."""
    made = [Need(part, kind, operand, more.pop("found", [])) for part, kind, operand in needs]
    return PassingChange(fact, way, made, more.get("example"), None, more.get("element"))


@pytest.mark.parametrize(
    ("one", "english", "chinese"),
    [
        (
            change("price.currency", "change", ("", "one of", ["CNY"])),
            "make currency of the sale price `price.currency` CNY",
            "把 成交价格的币种 `price.currency` 改为 CNY",
        ),
        (
            change("price.amount", "change", ("", "at most", 100), example={"currency": "CNY"}),
            "make amount of the sale price `price.amount` at most 1.00 CNY",
            "把 成交价格的数额 `price.amount` 改为 不大于 1.00 CNY",
        ),
        (
            change("windows.bought", "past", ("", "at most", 3)),
            "purchases `windows.bought` must be at most 3 (by waiting or doing less)",
            "购买次数 `windows.bought` 须为 不大于 3（只能等待或减少行为）",
        ),
        (
            change("buyer.kyc.status", "supply", ("", "one of", ["verified"])),
            "state buyer's status of the identity check `buyer.kyc.status`; it must be verified",
            "补充 买方的实名认证状态 `buyer.kyc.status`，须为 已认证",
        ),
        (
            change("settlement", "supply", (".instrument", "none of", ["cash"]), element="each"),
            "state settlement `settlement`, each with: payment instrument other than cash",
            "补充 结算情况 `settlement`，每一项：结算工具 现金 以外",
        ),
        (
            change("token.underlying", "supply", ("", "contains none of", ("fund", "loan"))),
            ("state classes of underlying goods `token.underlying`; "
            "it must be a list without fund, loan"),
            "补充 底层商品类别 `token.underlying`，须为 不含 基金、信贷",
        ),
        (
            change("text", "change", ("", "no term of", "promises"), found=["稳赚"]),
            "make text `text` free of the terms of promises (it holds 稳赚)",
            "把 text `text` 改为 不含词表 promises 中的词（现含：稳赚）",
        ),
    ],
)  # fmt: skip
def test_changes_in_words(one: PassingChange, english: str, chinese: str) -> None:
    """Labels, paths, and values are those of explained decisions."""
    assert change_words(one, ENGLISH, "sale") == english
    assert change_words(one, CHINESE, "sale") == chinese


def test_every_outcome_is_said() -> None:
    """Nothing can is said with its reasons, and not as an empty list of ways."""
    nothing = Passing("R", "nothing can", [], ["buyer.birth_date"])
    head, why = passing_lines(nothing, ENGLISH, "sale")
    assert "No change" in head
    assert why.endswith(FIXED["birth_date"].en)
    given_up = list(passing_lines(Passing("R", "not found", [], []), CHINESE, "sale"))
    assert given_up == ["未能找到可使其通过的更改。"]


def test_what_known_links_show_is_not_said_twice() -> None:
    """Of a fact and its part that is known so far, the whole is named."""
    both = [
        change(f"token.reach.{name}", "change", ("", "contains none of", ["loan"]))
        for name in ("known_classes", "classes")
    ]
    _, line = passing_lines(Passing("R", "found", [both], []), ENGLISH, "issue")
    assert "known_classes" not in line
    assert "token.reach.classes" in line
