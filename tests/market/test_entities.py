"""Entities: parties that one person stands behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.market.entities import clusters, make_entities
from vermilion.market.prepare import prepare
from vermilion.sql import DuckDb, SqlEngine

from .harness import found, write
from .rows import account, paid, sale


@pytest.fixture
def duck() -> Iterator[SqlEngine]:
    """Return DuckDB."""
    with DuckDb("500MB", 1) as engine:
        yield engine


def named(sql: SqlEngine) -> dict[str, str]:
    """Return the entity of each party by name."""
    return dict(
        sql.rows(
            "SELECT p.text, q.text FROM entities AS e JOIN parties AS p ON p.code = e.party "
            "JOIN parties AS q ON q.code = e.entity"
        )
    )


def test_first_money_joins(engines: SqlEngine, tmp_path: Path) -> None:
    """First payments join parties into chains, named by the smallest; services and later ones do not."""
    payments = [
        paid("x", "a", day=-9),
        paid("a", "b", day=-8),
        paid("b", "c", day=-7),
        paid("d", "c", day=-6),
        paid("x", "e", day=-5),
    ]
    prepare(
        engines,
        write(
            tmp_path,
            moves=[sale("z", "a")],
            payments=payments,
            accounts=[account("x", "exchange")],
        ),
    )
    joined = make_entities(engines)
    assert named(engines) == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "e", "x": "x", "z": "z"}
    assert (joined.entities, joined.parties, joined.dissolved) == (1, 3, 0)


def test_too_large_a_cluster_is_dissolved(duck: SqlEngine, tmp_path: Path) -> None:
    """A cluster beyond the limit falls apart into its parties and is counted; others stay."""
    chain = [paid(f"w{number}", f"w{number + 1}", day=number) for number in range(4)]
    pair = [paid("p", "q", day=1)]
    prepare(duck, write(tmp_path, moves=[sale("p", "w0")], payments=[*chain, *pair]))
    joined = make_entities(duck, max_entity=4)
    assert (joined.dissolved, joined.dissolved_parties, joined.entities) == (1, 5, 1)
    assert {one: two for one, two in named(duck).items() if one != two} == {"q": "p"}


def test_links_do_not_depend_on_the_collections_looked_at(duck: SqlEngine, tmp_path: Path) -> None:
    """A payment that is the price of a sale in a collection that is not looked at is no link."""
    moves = [sale("a", "rich", token="d/1", price=500), sale("rich", "b", token="c/1")]
    tables = write(tmp_path, moves=moves, payments=[paid("rich", "a", amount=500)])
    prepare(duck, tables, collections=["c"])
    assert make_entities(duck).entities == 0


def test_loops_of_entities_are_found() -> None:
    """A token that returns to another wallet of its owner is a round trip of the entity only."""
    moves = [sale("a1", "m"), sale("m", "a2", hour=2)]
    payments = [paid("purse", "a1", day=-2), paid("purse", "a2", day=-2)]
    assert not found("round_trip", moves, payments=payments)
    [one] = found("round_trip", moves, payments=payments, level="entity")
    assert one.rows == {"open": ["m0"], "close": ["m1"]}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=20),
    st.integers(1, 16),
)
def test_clusters_are_connected_components(pairs: list[tuple[int, int]], most: int) -> None:
    """Each party's entity is the smallest party it is joined to, itself where there are too many."""
    first, second = np.array(pairs, np.int64).reshape(-1, 2).T
    entity, _ = clusters(16, first, second, most)
    for party in range(16):
        seen = {party}
        while more := {b for a, b in [*pairs, *((b, a) for a, b in pairs)] if a in seen} - seen:
            seen |= more
        assert entity[party] == (min(seen) if len(seen) <= most else party)
