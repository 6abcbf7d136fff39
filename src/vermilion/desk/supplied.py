"""Which facts a customer can supply; what screening, watching and registries say is never asked.

The table names what may be asked, so that a new fact is not asked before somebody thought of it.
"""

from __future__ import annotations

from typing import Any

from vermilion.facts.events import Event

_FIELDS = {
    "party": "kind name memberships controlled_by kyc birth_date self_supporting guardian_consents "
    "residency holds_for",
    "token": "work issuer underlying redeemable_for redeems holds rights edition divisible decimals "
    "fraction_of pooled co_owned transferable_for_value approval_number",
    "work": "kind title author ai_generated ai_labels licence_chain depicts_relic relic",
    "issue": "parties",
    "offer": "token work parties price compared_price mode draw opens_at closes_at per_person_cap "
    "disclosure ad_texts",
    "sale": "token work offer parties price settlement mode risk_notice_acknowledged purpose",
    "transfer": "kind token parties consideration draw acquired_at",
    "payment": "parties settlement sale",
    "holding": "token parties quantity purpose",
    "loan": "parties principal purpose collateral",
    "product": "kind parties issued_as_collectibles invests_in_collectibles token",
    "post": "text purpose chain_partner_proof parties token language",
}
SUPPLIED = {f"{kind}.{field}" for kind, fields in _FIELDS.items() for field in fields.split()}
"""Facts that customers can supply, with all that lies below them."""

_OF_REGISTRIES = frozenset({"channel_licensed"})
_GOODS = frozenset({"token", "work"})
_OFFERS_GOODS = frozenset({"issue", "offer"})


def is_supplied(fact: str, entity: str, event: Event, event_type: str) -> bool:
    """Tell whether whoever proposed an event can supply a fact that it lacks.

    Of parties, only of those whom the event names; of goods, only where they are issued or offered.
    """
    kind, *steps = fact.split(".")
    if f"{kind}.{steps[0] if steps else ''}" not in SUPPLIED or not _OF_REGISTRIES.isdisjoint(
        steps
    ):
        return False
    if kind == "party":
        return entity in _parties(event)
    return kind not in _GOODS or event_type in _OFFERS_GOODS


def _parties(event: Event) -> set[str]:
    data: Any = event.data
    named = getattr(data, "parties", None)
    if named is None:
        return set()
    return {getattr(named, role) for role in named.__struct_fields__} - {None}
