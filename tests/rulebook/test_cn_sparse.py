"""A bare export is asked little: rules on what few state are silent until it is stated."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import Event
from vermilion.intake import Received

from .china import cn, desk, line

NOON = "2026-03-10T12:00:00+08:00"
PARTIES = {"seller": "p:party:1", "buyer": "p:party:2"}
BARE: dict[str, dict[str, Any]] = {
    "sale": {
        "token": "p:token:1",
        "platform": "p:platform:1",
        "parties": PARTIES,
        "price": {"amount": 9_900, "currency": "CNY"},
    },
    "offer": {"token": "p:token:1", "platform": "p:platform:1", "parties": {"seller": "p:party:1"}},
    "transfer": {"token": "p:token:1", "platform": "p:platform:1", "kind": "gift"},
    "issue": {"token": {"id": "p:token:1", "work": "p:work:1", "issuer": "p:party:1"}},
    "platform": {"platform": {"id": "p:platform:1"}},
    "party": {"party": {"id": "p:party:1"}},
    "work": {"work": {"id": "p:work:1"}},
}
RARELY_STATED = frozenset(
    {
        *("synthesis", "value_support", "price_band", "chain_record"),
        *("review", "content_review", "subjects", "subject_approved", "map_approved"),
        *("restraints", "retention", "account_check", "registered_name", "business_scope"),
    }
)
"""Facts that are asked for only where a part of them is stated."""


def questions(kind: str) -> dict[str, list[str]]:
    """Return what a bare event is asked, and by which rules."""
    event, canonical = canonical_form(msgspec.convert(line(kind, NOON, BARE[kind]), Event))
    ruling = desk().judge(Received(event, canonical, "events.ndjson", 1)).ruled[0].ruling
    return {missing.fact: missing.rules for missing in ruling.missing}


@pytest.mark.parametrize("kind", BARE)
def test_what_few_state_is_not_asked(kind: str) -> None:
    """No question of a bare event is about a fact that few state."""
    assert [fact for fact in questions(kind) if not RARELY_STATED.isdisjoint(fact.split("."))] == []


def test_a_bare_sale_is_asked_something() -> None:
    """The questions about who takes part and what is sold are still asked."""
    asked = questions("sale")
    assert {"party.kyc", "token.rights"} <= {
        fact.rpartition(".status")[0] or fact for fact in asked
    }


def test_what_is_stated_in_part_is_asked_for_in_full() -> None:
    """Each rule on what few state has a case in which a part of it is lacking."""
    for loaded in cn().rules:
        guard = loaded.rule.applies_if or ""
        if any(f".{fact}" in guard for fact in RARELY_STATED):
            missing = [case for case in loaded.rule.cases if case.expect == "missing"]
            assert missing, loaded.rule.id
