"""Which transfers of one token in one transaction make up which sale."""

from __future__ import annotations

from typing import NamedTuple

NOBODY = bytes(20)


class Hop(NamedTuple):
    """A transfer: its place among all, and between whom how much passes."""

    at: int
    sender: bytes
    recipient: bytes
    quantity: bytes


class Told(NamedTuple):
    """A sale as a marketplace tells of it; nobody is who is not named."""

    at: int
    seller: bytes
    buyer: bytes
    quantity: bytes
    priced: bool


class Sale(NamedTuple):
    """The transfers that a sale stands for, from first to last, and what tells of it, best first."""

    hops: list[int]
    claims: list[int]


def sales_of(hops: list[Hop], told: list[Told]) -> list[Sale]:
    """Return the sales among transfers of a token, both in the order of the chain."""
    chains = _chains(hops)
    placed: dict[tuple[int, int], list[Told]] = {}
    for one in told:
        place = _place(chains, one, placed)
        if place is not None:
            placed.setdefault(place, []).append(one)
    found: list[Sale] = []
    for number, chain in enumerate(chains):
        begins = sorted(at for which, at in placed if which == number)
        groups = _mirrored([(at, placed[number, at]) for at in begins])
        for n, (begin, members) in enumerate(groups):
            first = 0 if n == 0 else begin
            last = groups[n + 1][0] if n + 1 < len(groups) else len(chain)
            part = chain[first:last]
            if len(part) > 1 and part[0].sender == part[-1].recipient:
                part = [chain[begin]]  # it came back: what the others are is not for us to say
            best = sorted(members, key=lambda one: (not one.priced, one.buyer == NOBODY))
            found.append(Sale([hop.at for hop in part], [one.at for one in best]))
    return found


def _chains(hops: list[Hop]) -> list[list[Hop]]:
    """Return transfers as chains in which each giver is the last taker; mints and burns stay alone."""
    chains: list[list[Hop]] = []
    for hop in hops:
        chain = None if NOBODY in {hop.sender, hop.recipient} else _continued(chains, hop)
        if chain is None:
            chains.append([hop])
        else:
            chain.append(hop)
    return chains


def _continued(chains: list[list[Hop]], hop: Hop) -> list[Hop] | None:
    for chain in chains:
        last = chain[-1]
        if (
            (last.recipient, last.quantity) == (hop.sender, hop.quantity)
            and last.sender != NOBODY
            and last.at != hop.at
        ):
            return chain
    return None


def _place(
    chains: list[list[Hop]], told: Told, placed: dict[tuple[int, int], list[Told]]
) -> tuple[int, int] | None:
    """Return chain and place of the transfer that begins what was told, if there is one."""
    places = [
        (which, at, hop)
        for which, chain in enumerate(chains)
        for at, hop in enumerate(chain)
        if hop.quantity == told.quantity
    ]
    for which, at, hop in places:
        if told.seller != NOBODY and hop.sender == told.seller:
            others = placed.get((which, at), [])
            if all(_mirror(told, other) for other in others):
                return which, at
    for which, at, hop in places:
        if told.buyer != NOBODY and hop.recipient == told.buyer:
            others = placed.get((which, at), [])
            if all(_mirror(told, other) for other in others):
                return which, at
    return None


def _mirrored(groups: list[tuple[int, list[Told]]]) -> list[tuple[int, list[Told]]]:
    """Join neighbours that tell of one sale from its two sides, as matched orders do."""
    found: list[tuple[int, list[Told]]] = []
    for at, members in groups:
        if found and all(_mirror(one, other) for one in found[-1][1] for other in members):
            found[-1] = (found[-1][0], found[-1][1] + members)
        else:
            found.append((at, members))
    return found


def _mirror(one: Told, other: Told) -> bool:
    """Say whether two tell of one sale: each names the hand that the other does not."""
    return (one.seller == NOBODY and other.buyer == NOBODY) or (
        one.buyer == NOBODY and other.seller == NOBODY
    )
