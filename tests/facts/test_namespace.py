"""What a rule may read on each type of event."""

from __future__ import annotations

import pytest

from vermilion.facts.entities import Party
from vermilion.facts.events import EVENT_TYPES, STATED_BY
from vermilion.facts.namespace import (
    ALIASES,
    NO_PARTY,
    NO_PLATFORM,
    NO_TOKEN,
    NO_WORK,
    OPTIONAL_ROLES,
    EventFacts,
    Source,
    counted_parties,
    data_type,
    namespace,
    roles,
)

every_type = pytest.mark.parametrize("event_type", sorted(EVENT_TYPES))


@every_type
def test_the_event_itself_can_be_read(event_type: str) -> None:
    """`event` stands for the event's date, type and stage on every type."""
    assert namespace(event_type)["event"] == Source("known", EventFacts)


@every_type
def test_each_role_is_a_party(event_type: str) -> None:
    """Each role is a party to rules, and where there are roles there are `parties`."""
    names = namespace(event_type)
    for role in roles(event_type):
        assert names[role] == Source("known", Party)
    has_parties = bool(roles(event_type)) or event_type == "party"
    assert ("parties" in names) == has_parties
    if has_parties:
        assert names["parties"] == Source("known", list[Party])


@every_type
def test_entities_come_from_what_is_known(event_type: str) -> None:
    """A named token, work or platform is read as an entity, never as the id in the event."""
    fields = set(data_type(event_type).__struct_fields__)
    for entity in ("party", "token", "work", "platform"):
        if entity in fields:
            assert namespace(event_type)[entity].origin == "known"
    if "token" in fields:
        assert "work" in namespace(event_type)


@every_type
def test_own_fields_come_from_the_event(event_type: str) -> None:
    """What is left of the event's data is read under its own name; the envelope's parts are not."""
    names = namespace(event_type)
    own = {name for name, source in names.items() if source.origin == "data"}
    assert own <= set(data_type(event_type).__struct_fields__)
    assert not own & {"inline", "provenance", "valid_from", "valid_until", "parties"}


@pytest.mark.parametrize(("event_type", "name"), [("sale", "offer"), ("payment", "sale")])
def test_references_are_read_as_they_are(event_type: str, name: str) -> None:
    """The id of another event is no entity, and a rule may still read it."""
    assert namespace(event_type)[name].origin == "data"


@every_type
def test_statements_are_about_a_name(event_type: str) -> None:
    """An event that states standing facts lets rules read what it states."""
    if event_type in STATED_BY:
        assert STATED_BY[event_type] in namespace(event_type)


def test_aliases_are_further_names_of_roles() -> None:
    """An alias stands for a role of its type and hides no other name."""
    for event_type, names in ALIASES.items():
        assert set(names.values()) <= set(roles(event_type))
        assert not set(names) & set(namespace(event_type))


def test_an_unnamed_buyer_still_counts() -> None:
    """Leaving a role unnamed does not take it out of the parties that a rule looks at."""
    assert counted_parties("sale", frozenset()) == ("seller", "buyer")
    assert counted_parties("sale", frozenset({"buyer"})) == ("seller", "buyer")
    assert counted_parties("transfer", frozenset()) == ("sender", "recipient")


def test_an_optional_role_counts_where_named() -> None:
    """The issuer of a sale or offer counts only where the event names it; of an issue, always."""
    assert counted_parties("sale", frozenset({"issuer"})) == ("seller", "buyer", "issuer")
    assert counted_parties("offer", frozenset()) == ("seller",)
    assert counted_parties("offer", frozenset({"issuer"})) == ("issuer", "seller")
    assert counted_parties("issue", frozenset()) == ("issuer",)


def test_optional_roles_exist() -> None:
    """Each optional role is a role of its type, and no type has only optional ones."""
    for event_type, optional in OPTIONAL_ROLES.items():
        assert optional < set(roles(event_type))


@pytest.mark.parametrize("nothing", [NO_PARTY, NO_PLATFORM, NO_WORK, NO_TOKEN])
def test_of_nothing_nothing_is_known(nothing: object) -> None:
    """An unnamed entity has no known fact, not even an id."""
    fields = nothing.__struct_fields__  # type: ignore[attr-defined]
    assert {getattr(nothing, field) for field in fields} == {None}
