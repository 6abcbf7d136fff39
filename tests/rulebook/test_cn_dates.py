"""The days on which China's rules change: the same facts, a second before and at midnight there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from vermilion.cli import main

from .china import FIRST, LAST, line, said

Facts = dict[str, Any]

COIN_SALE: Facts = {
    "price": {"amount": 9_900, "currency": "CNY"},
    "settlement": [{"instrument": "virtual_currency", "amount": {"amount": 1, "currency": "USDT"}}],
}
DOLLARS: Facts = {"price": {"amount": 9_900, "currency": "USD"}}


def with_platform(**facts: Any) -> Facts:
    """Return data that name a platform and tell its facts."""
    platform = {"id": "p:platform:1"} | facts
    return {"platform": "p:platform:1", "inline": {"platforms": [platform]}}


def stated_platform(**facts: Any) -> Facts:
    """Return data that state a platform."""
    return {"platform": {"id": "p:platform:1"} | facts}


def with_goods(work: Facts, **token: Any) -> Facts:
    """Return data that issue a token of a work and tell the work's facts."""
    goods = {"id": "p:token:1", "work": "p:work:1"} | token
    return {"token": goods, "inline": {"works": [{"id": "p:work:1"} | work]}}


KEPT_FIVE_YEARS = stated_platform(
    retention={"identity_months": 60, "transaction_months": 60, "reconstructable": True}
)
COPIED_RELIC = with_goods(
    {
        "depicts_relic": True,
        "relic": {"grade": "first", "copy_method": "replica", "approval_level": "provincial"},
    },
    underlying=["cultural_item"],
    redeemable_for=[],
    redeems=[],
    holds=[],
)
UNLABELLED = with_goods({"ai_generated": True, "ai_labels": []})
REAL_ASSET = {
    "token": {
        "id": "p:token:1",
        "transferable_for_value": True,
        "rights": ["ownership"],
        "underlying": ["physical_good"],
        "redeemable_for": [],
        "redeems": [],
        "holds": [],
    }
}
UNVERIFIED = {
    "parties": {"buyer": "p:party:1"},
    "inline": {"parties": [{"id": "p:party:1", "kyc": {"status": "none"}}]},
}
LISTED = {
    "parties": {"buyer": "p:party:1"},
    "inline": {"parties": [{"id": "p:party:1", "kind": "person", "lists_hit": ["x"]}]},
}
COIN_COMPANY = {
    "party": {
        "id": "p:party:1",
        "kind": "organisation",
        "registered_name": "金石稳定币有限公司",
        "business_scope": "文化艺术交流",
    }
}


@pytest.mark.parametrize(
    ("rule", "before", "day", "kind", "data", "was", "becomes", "clause"),
    [
        pytest.param(
            "CN-N3-01",
            "2022-04-12",
            "2022-04-13",
            "sale",
            with_platform(features=["order_book"]),
            None,
            "hit",
            ("CN-INIT-2022", "二(三)"),
            id="initiative",
        ),
        pytest.param(
            "CN-LC-02",
            "2022-06-29",
            "2022-06-30",
            "platform",
            stated_platform(chain={"permission": "permissionless"}),
            None,
            "hit",
            ("CN-CCIA-2022", "区块链技术安全可控（条次待核）"),
            id="trade initiative",
        ),
        pytest.param(
            "CN-N4-01",
            "2022-06-30",
            "2022-07-01",
            "sale",
            DOLLARS,
            "pass",
            "hit",
            ("CN-SAMR-PRICE-2022", "第九条第一款"),
            id="price rules",
        ),
        pytest.param(
            "CN-N5-02",
            "2024-12-31",
            "2025-01-01",
            "platform",
            KEPT_FIVE_YEARS,
            "pass",
            "hit",
            ("CN-AML-2024-OBLIGED", "第三十四条第三款"),
            id="ten years",
        ),
        pytest.param(
            "CN-N5-03",
            "2024-12-31",
            "2025-01-01",
            "sale",
            LISTED,
            None,
            "hit",
            ("CN-AML-2024", "第四十条第一款"),
            id="lists",
        ),
        pytest.param(
            "CN-RL-02",
            "2025-02-28",
            "2025-03-01",
            "issue",
            COPIED_RELIC,
            "pass",
            "hit",
            ("CN-RELICS-2024", "第六十二条第一款"),
            id="relics",
        ),
        pytest.param(
            "CN-CT-02",
            "2025-08-31",
            "2025-09-01",
            "issue",
            UNLABELLED,
            None,
            "hit",
            ("CN-AILABEL-2025", "显式标识与文件元数据隐式标识（条次待核）"),
            id="labels",
        ),
        pytest.param(
            "CN-N42-01",
            "2026-02-05",
            "2026-02-06",
            "issue",
            REAL_ASSET,
            None,
            "hit",
            ("CN-YF42-2026", "第一部分（条次待核）"),
            id="tokenised assets",
        ),
        pytest.param(
            "CN-NM-01",
            "2026-02-05",
            "2026-02-06",
            "party",
            COIN_COMPANY,
            None,
            "hit",
            ("CN-YF42-2026", "市场主体登记管理（条次待核）"),
            id="names",
        ),
    ],
)
def test_same_facts_another_answer(
    rule: str,
    before: str,
    day: str,
    kind: str,
    data: Facts,
    was: str | None,
    becomes: str,
    clause: tuple[str, str],
) -> None:
    """At midnight in China the answer changes, and the new one rests on the clause of that day."""
    earlier, later = said(rule, kind, before + LAST, data), said(rule, kind, day + FIRST, data)
    assert (earlier.outcome, later.outcome) == (was, becomes)
    assert clause in later.clauses
    assert clause not in earlier.clauses


@pytest.mark.parametrize(
    ("rule", "before", "day", "data", "old", "new"),
    [
        pytest.param(
            "CN-N5-01",
            "2025-12-31",
            "2026-01-01",
            UNVERIFIED,
            ("CN-CSL-2016", "第二十四条第一款"),
            ("CN-CSL-2025", "第二十六条第一款"),
            id="real names renumbered",
        ),
        pytest.param(
            "CN-N4-02",
            "2026-02-05",
            "2026-02-06",
            COIN_SALE,
            ("CN-YF237-2021", ""),
            ("CN-YF42-2026", ""),
            id="coins",
        ),
    ],
)
def test_same_answer_another_clause(
    rule: str, before: str, day: str, data: Facts, old: tuple[str, str], new: tuple[str, str]
) -> None:
    """What was wrong stays wrong, and rests on the text of the day."""
    earlier, later = said(rule, "sale", before + LAST, data), said(rule, "sale", day + FIRST, data)
    assert (earlier.outcome, later.outcome) == ("hit", "hit")
    assert (_cites(earlier.clauses, *old), _cites(later.clauses, *old)) == (True, False)
    assert (_cites(earlier.clauses, *new), _cites(later.clauses, *new)) == (False, True)


def _cites(clauses: frozenset[tuple[str, str]], instrument: str, pinpoint: str) -> bool:
    return any(one == instrument and pinpoint in (where, "") for one, where in clauses)


@pytest.mark.parametrize(("day", "hit"), [("2022-06-30", False), ("2022-07-01", True)])
def test_what_if_the_rules_of_a_day_applied(tmp_path: Path, day: str, hit: bool) -> None:
    """`check --as-of` answers with the rules of that day, whatever the events' own is."""
    events, out = tmp_path / "events.ndjson", tmp_path / "decisions.ndjson"
    events.write_bytes(msgspec.json.encode(line("sale", "2026-03-10T12:00:00+08:00", DOLLARS)))
    given = ["check", str(events), "--as-of", day, "--out", str(out), "--json"]
    assert CliRunner().invoke(main, given).exit_code == 0
    decision = msgspec.json.decode(out.read_bytes())
    found = {rule["id"] for rule in decision["rules"] if rule["outcome"] == "hit"}
    assert ("CN-N4-01" in found) == hit
