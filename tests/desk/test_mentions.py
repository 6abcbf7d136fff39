"""An event is found by everything that it names or states, and by nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from vermilion.desk.mentions import LINKS, mentioned
from vermilion.facts.entities import ENTITY_KINDS

from .samples import event, received
from .test_history import named

CAUSE = "0" * 32
EVENTS: dict[str, dict[str, Any]] = {
    "loan": {
        "parties": {"lender": "a", "borrower": "b"},
        "collateral": ["t1", "t2"],
        "platform": "v",
    },
    "case": {"cause": CAUSE, "action": "assign", "parties": {"by": "a"}, "assignee": "b"},
    "access": {"action": "read", "parties": {"by": "a"}, "what": "party", "about": "b"},
    "erasure": {
        "erased": "a",
        "parties": {"by": "b", "asked_by": "c"},
        "ground": "requested",
        "keys": [CAUSE],
    },
    "resolution": {"action": "release", "parties": {"by": "a"}, "cause": CAUSE},
    "offer": {"token": "t", "work": "w", "platform": "v", "parties": {"seller": "a"}},
    "product": {"token": "t", "platform": "v", "parties": {"provider": "a"}},
    "post": {"parties": {"author": "a"}, "text": "b", "platform": "v"},
    "payment": {"parties": {"payer": "a", "payee": "b"}, "sale": "s"},
    "platform": {"platform": {"id": "v", "operator": "a"}},
    "work": {
        "work": {
            "id": "w",
            "author": "a",
            "licence_chain": [{"licensor": "a", "licensee": "b"}],
            "relic": {"institution": "c"},
        }
    },
    "issue": {
        "token": {
            "id": "t",
            "collection": "t0",
            "work": "w",
            "issuer": "a",
            "redeems": ["t1"],
            "holds": ["t2"],
            "fraction_of": ["t3"],
            "series": "t4",
            "whole": "t5",
        }
    },
    "party": {
        "party": {
            "id": "a",
            "controlled_by": ["b"],
            "identity": "c",
            "holds_for": ["d"],
            "related_to": ["e"],
            "person": "f",
            "beneficial": ["g"],
            "control": {"controllers": ["h"]},
            "guardian_consents": [{"guardian": "i", "purposes": []}],
        },
        "inline": {"works": [{"id": "w", "author": "j"}], "tokens": [{"id": "t", "issuer": "k"}]},
    },
}


@pytest.mark.parametrize("kind", EVENTS)
def test_every_id_that_an_event_names_finds_it(kind: str) -> None:
    """What is mentioned is every party, platform, work and token in the event's JSON."""
    found = mentioned(received(event(kind, "1", **EVENTS[kind])).event)
    expected = set(named(EVENTS[kind]))
    assert {term for term in found if term[0] != "states"} == expected
    assert expected


def test_every_field_that_names_a_thing_is_gone_through() -> None:
    """The paths of links are all fields of the entities, and each kind has them."""
    assert set(LINKS) == set(ENTITY_KINDS)
    for kind, paths in LINKS.items():
        fields = set(ENTITY_KINDS[kind].__struct_fields__)
        assert {path.partition(".")[0] for path in paths} <= fields


def test_a_unit_is_mentioned_with_its_collection() -> None:
    """A token whose id names a collection finds the event by both."""
    made = received(event("sale", "1", token="eip155:1/erc721:0xabc/7")).event
    assert mentioned(made) == {
        ("token", "eip155:1/erc721:0xabc/7"),
        ("token", "eip155:1/erc721:0xabc"),
    }


def test_what_states_facts_is_found_by_that() -> None:
    """A statement is told apart from a mention, and what is withdrawn states nothing."""
    data = {"party": {"id": "a", "controlled_by": ["b"]}}
    stated = mentioned(received(event("party", "1", **data)).event)
    assert stated == {("party", "a"), ("party", "b"), ("states", "party", "a")}
    withdrawn = msgspec.structs.replace(
        received(event("party", "1", **data)).event, stage="withdrawn"
    )
    assert mentioned(withdrawn) == {("party", "a"), ("party", "b")}
