"""Round trips: a token that left somebody and came back."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

from vermilion.sql import SqlEngine

from .harness import DAY, START, Found, found
from .rows import account, apart, gift, sale

ANY = {"min_score": 0, "min_loop": 0}


def ids(finding: Found) -> set[str]:
    """Return the ids of a finding's rows."""
    return {one for rows in finding.rows.values() for one in rows}


def test_sold_and_bought_back() -> None:
    """A token sold and bought back at the same price within a day is found."""
    [one] = found("round_trip", [sale("a", "b"), sale("b", "a", hour=5)])
    assert one.subject == {"collection": "c", "token": "c/1", "party": "a"}
    assert one.rows == {"open": ["m0"], "close": ["m1"]}
    assert one.parts == {"short": 28, "price": 25, "hands": 26, "again": 0}
    assert (one.figures["loops"], one.figures["drift"], one.figures["hands"]) == (1, 0, 1)


def test_free_legs_are_kept_and_marked() -> None:
    """A loop may have legs without a price; they are rows of it, in their own role."""
    [one] = found("round_trip", [sale("a", "b"), gift("b", "r"), sale("r", "a")])
    assert one.rows == {"open": ["m0"], "free": ["m1"], "close": ["m2"]}
    assert (one.figures["priced"], one.figures["free"]) == (2, 1)


def test_age_lowers_the_score() -> None:
    """Any age is found, and the older a loop is the less it scores; limits are kept to the millisecond."""
    ages = (DAY // 2, DAY, DAY + 1, 7 * DAY, 7 * DAY + 1, 60 * DAY + 1, 400 * DAY + 1, 900 * DAY)
    cases = {f"k{age}": [sale("a", "b", ms=0), sale("b", "a", ms=age)] for age in ages}
    scores = [one.parts["short"] for [one] in apart("round_trip", cases, parameters=ANY).values()]
    assert scores == [28, 28, 24, 24, 16, 8, 0, 0]


def test_many_hands_lower_the_score() -> None:
    """The more hands a token passes before it comes back, the less the loop scores."""
    cases = {}
    for hands in (1, 2, 4, 6, 9):
        holders = ["a", *map(str, range(hands)), "a"]
        cases[f"k{hands}"] = [sale(one, two) for one, two in pairwise(holders)]
    scores = [one.parts["hands"] for [one] in apart("round_trip", cases, parameters=ANY).values()]
    assert scores == [26, 16, 12, 8, 0]


def test_what_is_found_and_what_is_not() -> None:
    """Look-alikes are told from loops.

    A loop needs a price; a collector who buys back after two years at another price through others, a
    burnt and minted token, one of several units and a sale to oneself are none.
    """
    burn = {"kind": "burn", "sender": "b", "recipient": None}
    mint = {"kind": "mint", "sender": None, "recipient": "a"}
    bought = [sale("a", "b", day=0), sale("b", "c", day=300)]
    cases = {
        "loop": [sale("a", "b"), sale("b", "a")],
        "given": [sale("a", "b", day=0), gift("b", "a", day=6)],
        "unpriced": [gift("a", "b"), gift("b", "a")],
        "dearer": [*bought, sale("c", "a", day=730, price=25_000)],
        "cheaper": [*bought, sale("c", "a", day=730, price=5_000)],
        "burnt": [sale("a", "b"), burn, mint],
        "many": [sale("a", "b", many=True, quantity=5), sale("b", "a", many=True, quantity=5)],
        "self": [sale("a", "a"), sale("a", "a")],
    }
    made = apart("round_trip", cases)
    assert {case for case, findings in made.items() if findings} == {"loop", "given"}
    made = apart("round_trip", cases, parameters=ANY)
    assert {case for case, findings in made.items() if not findings} == {
        *("unpriced", "burnt", "many", "self")
    }


def test_loops_that_touch_are_one_finding() -> None:
    """What goes on between the same is told once; loops with other moves between are apart."""
    cases = {
        "same": [sale("a", "b"), sale("b", "a")] * 3,
        "touch": [sale("a", "b"), sale("b", "a"), sale("a", "c"), sale("c", "a")],
        "apart": [sale("a", "b"), sale("b", "a"), sale("a", "x"), sale("x", "y"), sale("y", "x")],
    }
    made = apart("round_trip", cases)
    [same], [touch] = made["same"], made["touch"]
    assert ids(same) == {f"same{number}" for number in range(6)}
    assert (same.figures["loops"], touch.figures["loops"]) == (5, 2)
    assert [one.subject["party"] for one in made["apart"]] == ["a", "x"]


def test_service_accounts_are_taken_out(engines: SqlEngine) -> None:
    """A service account is no owner, and what passes through it is judged by what it is.

    A deposit that returns to its owner did not happen; who takes a token out of a pool need not have it
    from who put it in; a passage in which a sale lies goes from seller to buyer.
    """
    cases = {
        "returned": [gift("a", "pool"), gift("pool", "a"), sale("a", "b")],
        "twice": [gift("a", "pool"), gift("pool", "b"), sale("b", "d"), gift("d", "pool")],
        "other": [sale("a", "b"), gift("b", "pool"), gift("pool", "z"), sale("z", "a")],
        "escrow": [gift("a", "e1"), gift("e1", "e2"), sale("e2", "b"), sale("b", "a")],
        "within": [sale("a", "b"), gift("b", "pool"), gift("pool", "b"), sale("b", "a")],
    }
    said = [account("pool", "custody"), account("e1", "escrow"), account("e2", "escrow")]
    without = apart("round_trip", {**cases, "returned": cases["other"]}, parameters=ANY)
    assert all(without.values())
    made = apart("round_trip", cases, accounts=said, parameters=ANY, engine=engines)
    assert {case for case, findings in made.items() if findings} == {"escrow", "within"}
    [one] = made["escrow"]
    assert one.rows == {"open": ["escrow2"], "close": ["escrow3"]}
    assert one.figures["drift"] == 0


def test_labels_hold_on_their_dates_only() -> None:
    """An account that became a service later is a trader before."""
    cases = {
        "before": [sale("a", "b"), sale("b", "a")],
        "after": [sale("a", "b", day=9), sale("b", "a", day=9)],
    }
    made = apart("round_trip", cases, accounts=[account("b", "custody", from_ms=START + 5 * DAY)])
    assert (len(made["before"]), len(made["after"])) == (1, 0)


def test_a_broken_chain_hides_no_return() -> None:
    """A holder who gives what he was not seen to get has had it."""
    [one] = found("round_trip", [sale("x", "y"), sale("a", "b"), sale("q", "a")], parameters=ANY)
    assert one.subject["party"] == "a"
    assert one.rows == {"open": ["m1"], "close": ["m2"]}


def test_loops_are_the_returns_of_the_walk() -> None:
    """Loops of a whole chain number its moves plus one less the distinct holders."""
    random = Random(7)
    moves, expected = [], {}
    for token in range(200):
        holders = [random.randrange(5) for _ in range(random.randrange(2, 25))]
        walk = [one for place, one in enumerate(holders) if not place or one != holders[place - 1]]
        moves += [sale(str(one), str(two), token=f"c/{token}") for one, two in pairwise(walk)]
        if len(walk) > len(set(walk)):
            expected[f"c/{token}"] = len(walk) - len(set(walk))
    loops: Counter[str] = Counter()
    for one in found("round_trip", moves, parameters=ANY):
        loops[one.subject["token"]] += one.figures["loops"]
    assert loops == expected
