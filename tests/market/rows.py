"""Short rows of a market's history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .harness import Found, found

Short = dict[str, Any]


def sale(seller: str | None, buyer: str | None, **more: Any) -> Short:
    """Return a sale."""
    return {"sender": seller, "recipient": buyer, **more}


def gift(giver: str | None, taker: str | None, **more: Any) -> Short:
    """Return a transfer without a price."""
    return {"kind": "transfer", "sender": giver, "recipient": taker, **more}


def paid(payer: str, payee: str, **more: Any) -> Short:
    """Return a payment."""
    return {"payer": payer, "payee": payee, **more}


def account(party: str, role: str, **more: Any) -> Short:
    """Return a service account."""
    return {"party": party, "role": role, **more}


def apart(name: str, cases: Mapping[str, Sequence[Short]], **more: Any) -> dict[str, list[Found]]:
    """Return what a detector finds in each of several cases, all looked at in one run.

    Each case has collections of its own, so that cases do not meet; its rows' ids are `CASE0` and on.
    """
    moves = []
    for case, rows in cases.items():
        for number, row in enumerate(rows):
            token = str(row.get("token", "c/1")).replace("/", "-", 1)
            timed = any(unit in row for unit in ("ms", "day", "hour", "minute"))
            when = {} if timed else {"minute": number}
            moves.append({**row, **when, "token": f"{case}/{token}", "id": f"{case}{number}"})
    every: dict[str, list[Found]] = {case: [] for case in cases}
    for one in found(name, moves, **more):
        every[one.subject["collection"]].append(one)
    return every
