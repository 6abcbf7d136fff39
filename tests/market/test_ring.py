"""Rings: strongly connected components of the holders of one token."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.market.kernels import ring
from vermilion.sql import SqlEngine

from .harness import found
from .rows import account, apart, gift, sale

ANY = {"min_score": 0}
TRIANGLE = [sale("a", "b"), sale("b", "c"), sale("c", "a")]


def test_three_in_a_circle(engines: SqlEngine) -> None:
    """Three wallets that hand a token round are a ring, with every leg inside as its row."""
    [one] = found("ring", [sale("x", "a"), *TRIANGLE, sale("a", "y")], engine=engines)
    assert one.subject == {"collection": "c", "token": "c/1", "party": "a"}
    assert one.rows == {"priced": ["m1", "m2", "m3"]}
    figures = one.figures
    assert (figures["members"], figures["legs"], figures["neutral"]) == (3, 3, 1)
    assert (figures["share"], figures["spread"], figures["tokens"]) == (60, 0, 1)


def test_what_is_a_ring_and_what_is_not() -> None:
    """Members, prices and units decide.

    Two wallets on one token are no group, on several tokens of the collection they are; legs may be
    free, not all of them; the null address and unknown parties are no members; a token of several units
    has no chain of owners; a buy-back after months at another price stays below the least score.
    """
    pair = [sale("a", "b"), sale("b", "a")]
    cases = {
        "pair": pair,
        "pairs": [{**row, "token": token} for token in ("c/1", "c/2") for row in pair],
        "legs": [sale("a", "b"), gift("b", "c"), gift("c", "a")],
        "free": [gift("a", "b"), gift("b", "c"), gift("c", "a")],
        "burnt": [
            sale("a", "b"),
            {"kind": "burn", "sender": "b", "recipient": None},
            {"kind": "mint", "sender": None, "recipient": "a"},
        ],
        "unknown": [sale("a", None), sale(None, "a")],
        "many": [{**row, "many": True, "quantity": 3} for row in TRIANGLE],
        "back": [
            sale("a", "b", day=0),
            sale("b", "c", day=100),
            sale("c", "a", day=200, price=18_000),
        ],
    }
    made = apart("ring", cases)
    assert {case for case, findings in made.items() if findings} == {"pairs", "legs"}
    assert [one.figures["tokens"] for one in made["pairs"]] == [2, 2]
    assert made["legs"][0].rows == {"priced": ["legs0"], "free": ["legs1", "legs2"]}
    made = apart("ring", cases, parameters=ANY)
    assert {case for case, findings in made.items() if not findings} == {
        *("free", "burnt", "unknown", "many")
    }


def test_service_accounts_are_no_members() -> None:
    """A lender ties nobody together; a passage in which a sale lies joins its two ends."""
    cases = {
        "lent": [gift("a", "s"), gift("s", "b"), sale("b", "d"), gift("d", "s"), gift("s", "a")],
        "sold": [gift("a", "e"), sale("e", "b"), sale("b", "c"), sale("c", "a")],
    }
    assert all(apart("ring", cases, parameters=ANY).values())
    said = [account("s", "lending"), account("e", "escrow")]
    made = apart("ring", cases, accounts=said, parameters=ANY)
    assert not made["lent"]
    [one] = made["sold"]
    assert one.figures["members"] == 3
    assert one.rows == {"free": ["sold0"], "priced": ["sold1", "sold2", "sold3"]}


def test_a_popular_token_is_no_ring() -> None:
    """A token that sixty people trade two hundred times, prices moving, stays below the least score."""
    random = Random(3)
    holders = [random.randrange(60) for _ in range(200)]
    walk = [one for place, one in enumerate(holders) if not place or one != holders[place - 1]]
    moves = [
        sale(str(one), str(two), day=place // 4, price=10_000 + 40 * place)
        for place, (one, two) in enumerate(pairwise(walk))
    ]
    [one] = found("ring", moves, parameters=ANY)
    assert one.figures["members"] > 50
    assert one.score < 50


def reachable(edges: list[tuple[int, int, int]]) -> list[bool]:
    """Say of each edge whether it lies on a cycle of its token, by searching."""

    def reaches(token: int, start: int, end: int) -> bool:
        seen, front = {start}, [start]
        while front:
            at = front.pop()
            after = {c for t, b, c in edges if t == token and b == at} - seen
            seen |= after
            front += after
        return end in seen

    return [reaches(token, recipient, sender) for token, sender, recipient in edges]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 5)).filter(
            lambda one: one[1] != one[2]
        ),
        max_size=30,
    )
)
def test_components_are_exact(edges: list[tuple[int, int, int]]) -> None:
    """An edge is in a component just where it lies on a cycle, chains of owners broken or whole."""
    edges.sort(key=lambda one: one[0])
    token, sender, recipient = np.array(edges, np.int64).reshape(-1, 3).T
    found = ring.components(token, sender, recipient)
    assert (found >= 0).tolist() == reachable(edges)


@pytest.mark.parametrize("block", [1, 7, 1 << 18])
def test_blocks_do_not_matter(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows are looked at together, the evidence is the same."""
    random = np.random.default_rng(5)
    size = 3_000
    columns = {name: np.zeros(size, np.int64) for name in ring.COLUMNS}
    columns["token"] = np.sort(random.integers(0, 300, size))
    columns["n"] = np.arange(size)
    columns["ms"] = columns["n"] // 3
    columns["sale"] = columns["priced"] = random.integers(0, 2, size)
    for side in ("sender", "recipient"):
        columns[side] = random.integers(0, 6, size)
    whole = ring.run(columns, {})
    monkeypatch.setattr(ring, "BLOCK", block)
    again = ring.run(columns, {})
    assert whole["n"].size > 100
    assert all((whole[name] == again[name]).all() for name in whole)
