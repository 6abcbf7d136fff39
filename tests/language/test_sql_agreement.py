"""SQL on DuckDB and the fused Python function agree, unknowns included, always."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.language import Condition, fuse
from vermilion.language.sql import HIT, NOT_APPLICABLE, PASSED, UNKNOWN, outcome

from .random_facts import RandomFacts
from .random_rules import PARAMETERS, rules
from .sql_tables import columns_of, table_of
from .test_agreement import EXAMPLES, QUIET, condition

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from vermilion.language import Outcomes

    from .sql_tables import Row

few = settings(max_examples=max(EXAMPLES // 4, 1), **QUIET)
Texts = list[tuple[str | None, str]]
connection = duckdb.connect(config={"threads": 1})


def by_fused(
    conditions: Sequence[Condition],
    event_type: str,
    parameters: Mapping[str, Any],
    rows: Sequence[Row],
) -> list[tuple[int, ...]]:
    """Return the outcomes of each event as SQL numbers them."""
    judge = fuse(event_type, conditions, parameters)
    return [numbered(judge(*row), len(conditions)) for row in rows]


def numbered(masks: Outcomes, rules: int) -> tuple[int, ...]:
    """Return the outcome of each rule as SQL numbers it."""
    named = dict(zip((HIT, UNKNOWN, PASSED), masks, strict=True))
    return tuple(
        next((number for number, mask in named.items() if mask >> place & 1), NOT_APPLICABLE)
        for place in range(rules)
    )


def random_rows(conditions: Sequence[Condition], source: random.Random) -> list[Row]:
    """Return facts of sales, few of them unknown or many."""
    trees = [tree for one in conditions for tree in (one.applies, one.violates) if tree is not None]
    return [
        RandomFacts(source, trees, unknown).event("sale")
        for unknown in (0, 0.1, 0.4)
        for _ in range(8)
    ]


def by_sql(
    conditions: Sequence[Condition],
    event_type: str,
    parameters: Mapping[str, Any],
    rows: Sequence[Row],
) -> list[tuple[int, ...]]:
    """Return the outcomes of each event from one query."""
    columns = columns_of(conditions, parameters)
    connection.register("facts", table_of(columns, event_type, parameters, rows))
    asked = ", ".join(outcome(one, parameters) for one in conditions)
    return connection.sql(f"SELECT {asked} FROM facts ORDER BY row NULLS LAST").fetchall()


@few
@given(texts=rules, source=st.randoms(use_true_random=True))
def test_sql_agrees_with_python(texts: Texts, source: random.Random) -> None:
    """Random rules come out alike over random facts: hit, unknown, passed, not applicable."""
    conditions = [condition(*pair) for pair in texts]
    rows = random_rows(conditions, source)
    assert by_sql(conditions, "sale", PARAMETERS, rows) == by_fused(
        conditions, "sale", PARAMETERS, rows
    )
