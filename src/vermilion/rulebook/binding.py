"""Whether a norm binds this operator: as law, as a member's duty, as adopted policy, or not."""

from __future__ import annotations

from collections.abc import Iterable

from vermilion.rulebook.model import BINDS_ORDER, Binds, Citation, Instrument, Profile

_LAW = frozenset({"S", "R", "N"})


def binds(citation: Citation, instrument: Instrument, profile: Profile) -> Binds:
    """Tell what force a cited clause has for an operator.

    Statutes, rules and normative notices bind whom they address. Self-regulation binds members.
    Judgments and guidance bind nobody else, and are shown as guidance. What the operator adopts,
    its own policy, and a platform's terms where they address its role, are policy.
    """
    if citation.binding == "O":
        return "policy"
    addressees = instrument.addressees
    here = addressees.territory in {None, profile.territory}
    addressed = addressees.roles is None or not set(addressees.roles).isdisjoint(profile.roles)
    if citation.binding == "P" and addressed:
        return "policy"
    member = addressees.memberships is None or not set(addressees.memberships).isdisjoint(
        profile.memberships
    )
    if here and addressed and member:
        if citation.binding in _LAW:
            return "law"
        if citation.binding == "V" and addressees.memberships is not None:
            return "membership"
    return "policy" if instrument.id in profile.adopts else "guidance"


def strongest(forces: Iterable[Binds]) -> Binds:
    """Return the strongest of several forces; `guidance` where there is none."""
    return min(forces, key=BINDS_ORDER.index, default="guidance")
