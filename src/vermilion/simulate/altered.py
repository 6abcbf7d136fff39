"""The same business on other terms, or with more told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from vermilion.facts.events import Event, Provenance, Sale, event_type_of
from vermilion.facts.money import Money

Change = Literal["other_price", "other_party", "other_token", "other_terms"]

_REBATE = 100
_FIELDS: dict[Change, tuple[str, ...]] = {
    "other_price": ("price", "consideration", "principal"),
    "other_party": ("parties",),
    "other_token": ("token", "collateral"),
}


def other(event: Event, change: Change, *, dropped: bool = False) -> Event | None:
    """Return an event on other terms of one kind; None where it states nothing of that kind.

    Args:
        event: what was proposed.
        change: what is other.
        dropped: whether the fact is left out rather than stated otherwise.
    """
    fields = _FIELDS.get(change) or (_TERMS[event_type_of(event)][0],)
    field = next((one for one in fields if getattr(event.data, one, None)), None)
    if field is None:
        return None
    stated = getattr(event.data, field)
    value = None if dropped else _changed(event, change, stated)
    data: Any = msgspec.structs.replace(event.data, **{field: value})
    found: Event = msgspec.structs.replace(event, data=data)
    return found


def more_told(event: Event) -> Event:
    """Return an event that tells what was left open before: who issued, or where a fact is from."""
    data: Any = event.data
    if isinstance(data, Sale) and data.parties is not None and data.parties.issuer is None:
        roles = msgspec.structs.replace(data.parties, issuer=data.parties.seller)
        data = msgspec.structs.replace(data, parties=roles)
    else:
        told = {"platform": Provenance(source="export", method="ledger", confidence=99)}
        data = msgspec.structs.replace(data, provenance=told)
    found: Event = msgspec.structs.replace(event, data=data)
    return found


def parties_of(event: Event) -> list[str]:
    """Return the ids of those who take part in an event's business."""
    roles = getattr(event.data, "parties", None)
    return [] if roles is None else [one for one in msgspec.structs.astuple(roles) if one]


def _changed(event: Event, change: Change, stated: Any) -> Any:
    match change:
        case "other_price":
            less = stated.minor_units > _REBATE
            by = -_REBATE if less else _REBATE
            return Money(stated.minor_units + by, stated.currency)
        case "other_party":
            return _other_party(stated)
        case "other_token":
            return f"{stated}0" if isinstance(stated, str) else [*stated, f"{stated[0]}0"]
        case "other_terms":
            return _TERMS[event_type_of(event)][1](stated)


def _other_party(roles: msgspec.Struct) -> msgspec.Struct:
    """Put somebody else in the last role that is filled, or in the buyer's."""
    filled = [name for name in roles.__struct_fields__ if getattr(roles, name)]
    role = "buyer" if "buyer" in filled else filled[-1]
    return msgspec.structs.replace(roles, **{role: f"{getattr(roles, role)}-other"})


def _either(first: str, second: str) -> Callable[[Any], Any]:
    return lambda stated: second if stated == first else first


_TERMS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "offer": ("per_person_cap", lambda stated: stated + 1),
    "sale": ("mode", _either("fixed_price", "auction")),
    "transfer": ("kind", _either("airdrop", "refund")),
    "payment": ("settlement", lambda stated: stated[:-1]),
    "holding": ("quantity", lambda stated: stated + 1),
    "loan": ("purpose", _either("other", "fund_venue")),
    "product": ("kind", _either("marketing", "other")),
    "post": ("text", lambda stated: f"{stated}!"),
}
"""By event type, a fact that is neither price, party nor token, and how it may be otherwise."""
