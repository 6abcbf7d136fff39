"""Primary sales: who took most, and who got round the limit per person."""

from __future__ import annotations

from typing import Any

from vermilion.sql import SqlEngine

from .harness import DAY, START, Found, found
from .rows import Short, account, gift, paid, sale

ISSUED = [{"collection": "c", "issuer": "i", "per_person_cap": 2, "ms": START - DAY}]


def first_sales(**units: int) -> list[Short]:
    """Return the issuer's sales of single tokens: so many to each buyer."""
    made: list[Short] = []
    for buyer, count in units.items():
        made += [sale("i", buyer, token=f"c/{len(made) + n}") for n in range(count)]
    return made


def mints(**units: int) -> list[Short]:
    """Return mints of single tokens to each taker."""
    return [move | {"kind": "mint", "sender": None, "price": None} for move in first_sales(**units)]


def crowd(count: int) -> dict[str, int]:
    """Return so many buyers of one unit each."""
    return {f"x{n}": 1 for n in range(count)}


def concentrated(moves: list[Short], **more: Any) -> list[Found]:
    """Return the findings of concentration."""
    return found("primary_concentration", moves, issues=more.pop("issues", ISSUED), **more)


def evaded(moves: list[Short], **more: Any) -> list[Found]:
    """Return the findings of evasion."""
    return found("limit_evasion", moves, issues=more.pop("issues", ISSUED), **more)


def test_three_who_took_half(engines: SqlEngine) -> None:
    """Three of 33 buyers with half of 60 units are found, with their purchases, on every engine."""
    moves = first_sales(**crowd(30), a=20, b=6, d=4)
    [one] = concentrated(moves, engine=engines)
    assert one.subject == {"collection": "c"}
    wanted = {"units": 60, "taken": 30, "takers": 33, "percent": 50}
    assert {name: one.figures[name] for name in wanted} == wanted
    assert len(one.rows["primary"]) == 30


def test_less_than_the_share_is_nothing() -> None:
    """Below the share, below the least units or takers, nothing is found."""
    assert not concentrated(first_sales(**crowd(31), a=20, b=6, d=4))
    assert not concentrated(first_sales(**crowd(9), a=20))
    assert not concentrated(first_sales(a=20, b=10, d=10, e=10))


def test_mints_are_primary_too() -> None:
    """What was minted to others counts; what was minted to the issuer counts when it is sold."""
    own = [move | {"token": f"c/own{n}"} for n, move in enumerate(mints(i=100))]
    [one] = concentrated([*own, *mints(**crowd(20), a=20, b=20)])
    assert (one.figures["units"], one.figures["taken"]) == (60, 41)
    assert concentrated(mints(**crowd(20), a=20, b=20), issues=[])


def test_resales_are_not_primary() -> None:
    """Who buys from others than the issuer does not take part in the primary sale."""
    resold = [sale(f"x{n}", "a", token=f"c/{n}") for n in range(40)]
    assert not concentrated([*first_sales(**crowd(60)), *resold])


def test_services_take_nothing() -> None:
    """Units that went to a custodian are of nobody who is known."""
    moves = first_sales(**crowd(30), vault=40)
    assert concentrated(moves)
    assert not concentrated(moves, accounts=[account("vault", "custody")])


def test_clusters_take_as_one() -> None:
    """Accounts of one cluster are one taker."""
    names = [f"s{n}" for n in range(12)]
    moves = first_sales(**crowd(20), **dict.fromkeys(names, 2))
    money = [paid("s0", name, ms=START - DAY, amount=5) for name in names[1:]]
    assert not concentrated(moves)
    [one] = concentrated(moves, payments=money)
    assert one.figures["taken"] == 26


def test_a_cluster_above_the_limit(engines: SqlEngine) -> None:
    """Two accounts of one person with two units each, where two are allowed, on every engine."""
    money = [paid("a", "b", ms=START - DAY)]
    sold = first_sales(a=2, b=2, d=2)
    [one] = evaded(sold, payments=money, engine=engines, parameters={"min_score": 0})
    assert one.subject == {"collection": "c", "party": "a"}
    wanted = {"cap": 2, "units": 4, "buyers": 2, "exhausted": 2, "forwarded": 0}
    assert {name: one.figures[name] for name in wanted} == wanted
    assert one.rows == {"buy": ["m0", "m1", "m2", "m3"]}
    assert one.parts == {"excess": 15, "buyers": 0, "exhausted": 20, "passed": 0}


def test_money_alone_joins_two_friends() -> None:
    """Two whom nothing but money joins are not told; three who exhaust the limit are."""
    money = [paid("a", "b", ms=START - DAY), paid("a", "d", ms=START - DAY)]
    assert not evaded(first_sales(a=2, b=2), payments=money)
    assert not evaded(first_sales(a=1, b=1, d=1), payments=money)
    [one] = evaded(first_sales(a=2, b=2, d=2), payments=money)
    assert one.parts == {"excess": 30, "buyers": 20, "exhausted": 20, "passed": 0}


def test_within_the_limit_is_nothing() -> None:
    """A cluster within the limit, and accounts that nothing joins, are not found."""
    money = [paid("a", "b", ms=START - DAY)]
    every = {"parameters": {"min_score": 0}}
    assert not evaded(first_sales(a=1, b=1), payments=money, **every)
    assert not evaded(first_sales(a=2, b=2), **every)


def test_a_plain_breach_is_no_evasion() -> None:
    """Who is above the limit alone does not evade it, and is left out of the sum."""
    money = [paid("a", "b", ms=START - DAY)]
    assert not evaded(first_sales(a=5, b=2), payments=money, parameters={"min_score": 0})


def test_passed_on_to_one_hand(engines: SqlEngine) -> None:
    """Bought by three, given to one within hours: the purchases and the gifts show it."""
    moves = first_sales(a=1, b=1, d=1)
    gifts = [gift(who, "h", token=f"c/{n}", hour=9) for n, who in enumerate("abd")]
    [one] = evaded([*moves, *gifts], engine=engines)
    assert one.subject["party"] == "h"
    assert one.rows == {"buy": ["m0", "m1", "m2"], "free": ["m3", "m4", "m5"]}
    assert (one.figures["buyers"], one.figures["forwarded"]) == (3, 3)


def test_what_was_kept_or_sold_is_not_passed_on() -> None:
    """A gift after the days, one to a custodian, and a resale are no forwarding."""
    moves = first_sales(a=1, b=1, d=1)

    def passed(**more: Any) -> list[Short]:
        return [gift(who, "h", token=f"c/{n}", **more) for n, who in enumerate("abd")]

    every = {"parameters": {"min_score": 0}}
    assert evaded([*moves, *passed(day=59)], **every)
    assert not evaded([*moves, *passed(day=61)], **every)
    assert evaded([*moves, *passed(hour=9)])
    assert not evaded([*moves, *passed(hour=9)], accounts=[account("h", "custody")], **every)
    sold = [sale(who, "h", token=f"c/{n}", hour=9) for n, who in enumerate("abd")]
    assert not evaded([*moves, *sold], **every)


def test_a_gift_after_something_else_is_no_passing_on() -> None:
    """Where a token came back in between, its gift is not the next thing after the primary sale."""
    moves = first_sales(a=1, b=1, d=1)
    lent = [gift(who, "x", token=f"c/{n}", hour=7) for n, who in enumerate("abd")]
    back = [gift("x", who, token=f"c/{n}", hour=8) for n, who in enumerate("abd")]
    given = [gift(who, "h", token=f"c/{n}", hour=9) for n, who in enumerate("abd")]
    [one] = evaded([*moves, *lent, *back, *given], parameters={"min_score": 0})
    assert one.subject["party"] == "x"
    assert evaded([*moves, *given])[0].subject["party"] == "h"


def test_late_gifts_tell_less_than_early_ones() -> None:
    """Within the hours a gift scores more than after them, and none where the limit holds without it."""
    moves = first_sales(a=1, b=1, d=1)

    def part(*gifts: Short) -> int:
        money = [paid("h", who, ms=START - DAY) for who in "abd"]
        every = {"payments": money, "parameters": {"min_score": 0}}
        [one] = evaded([*moves, *gifts], **every)
        return one.parts["passed"]

    assert part(gift("a", "h", token="c/0", hour=47)) == 30
    assert part(gift("a", "h", token="c/0", hour=49)) == 10
    assert part() == 0
    wider = [{"collection": "c", "issuer": "i", "per_person_cap": 1, "ms": START}]
    money = [paid("h", who, ms=START - DAY) for who in "abd"]
    given = [*moves, gift("a", "h", token="c/0", hour=47)]
    [one] = evaded(given, payments=money, issues=wider, parameters={"min_score": 0})
    assert (one.figures["units"], one.parts["passed"]) == (3, 0)


def test_the_widest_limit_and_units_without_end(engines: SqlEngine) -> None:
    """Limits and units as large as columns hold end no run, on every engine."""
    most = 2**63 - 1
    minted = {"kind": "mint", "price": None, "many": True, "quantity": most}
    moves = [sale(None, buyer) | minted for buyer in "abd"]
    money = [paid("a", who, ms=START - DAY) for who in "bd"]
    wide = [{"collection": "c", "issuer": "i", "per_person_cap": most, "ms": START - DAY}]
    [one] = evaded(moves, payments=money, issues=wide, engine=engines)
    assert (one.figures["units"], one.parts["excess"]) == (3 * most, 30)


def test_the_limit_published_last_holds() -> None:
    """Without a limit nothing is found; of several the last counts."""
    money = [paid("a", "b", ms=START - DAY)]
    moves = first_sales(a=2, b=2)
    bare = [{"collection": "c", "issuer": "i", "ms": START - 2 * DAY}]
    wider = [{"collection": "c", "issuer": "i", "per_person_cap": 4, "ms": START}]
    every = {"payments": money, "parameters": {"min_score": 0}}
    assert not evaded(moves, issues=bare, **every)
    assert evaded(moves, issues=[*bare, *ISSUED], **every)
    assert not evaded(moves, issues=[*ISSUED, *wider], **every)
