"""The same SQL text on an engine that speaks Spark's protocol: Sail. Skipped where it is absent."""

from __future__ import annotations

import datetime as dt
import random
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING

import duckdb
import pytest

from vermilion.language import Condition, parse
from vermilion.language.sql import outcome
from vermilion.rulebook import Engine, Profile, load_rulebook
from vermilion.rulebook.load import find_rulebook

from .random_facts import RandomFacts
from .random_rules import PARAMETERS, SCOPE
from .sql_tables import columns_of, table_of
from .test_sql_agreement import by_fused, connection, random_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .sql_tables import Row

pysail = pytest.importorskip("pysail.spark", reason="pysail is not installed")
connect = pytest.importorskip("pyspark.sql.connect", reason="pyspark-client is not installed")

TEXTS = [
    "token.divisible and not work.ai_generated",
    "token.divisible == False or work.ai_generated != True",
    'price.currency == "CNY" and purpose != "custody"',
    "price.currency in lists.currencies or offer not in lists.letters",
    'buyer.kyc.status not in ["verified", "pending"]',
    "buyer.id == seller.id or offer != buyer.id",
    'offer == "保证" or offer == "b"',
    'amount(price, "CNY") > 99999999999999999999999999999999999998',
    'amount(price, "CNY") <= windows.deals',
    'amount(price, "CNY") * 2 > 5 or windows.deals + 1 == 3',
    "token.edition.size * token.decimals * 3 >= token.edition.serial + 2",
    "token.edition.size * 1000000 * token.decimals - 9007199254740992 < 9223372036854775807",
    "100000 * 100000 > token.decimals",
    "token.edition.size * 9223372036854775808 > token.decimals * -4000000000000",
    "buyer.birth_date < event.date or buyer.birth_date == seller.birth_date",
    "params.years <= age(buyer.birth_date) < 40 and not age(seller.birth_date) == 18",
    "len(settlement) > 1 and known(settlement)",
    "known(price) and not known(purpose)",
    'any(leg.instrument == "cash" for leg in settlement)',
    "matches(offer, lists.letters)",
    "event.time >= event.time",
    "True or token.divisible",
    '"a" == params.letter and token.divisible',
]
LARGEST = f"CAST('{10**38 - 1}' AS DECIMAL(38,0))"
CONDITIONS = [Condition(None, parse(text, SCOPE)) for text in TEXTS]
CONDITIONS += [Condition(one.violates, other.violates) for one, other in pairwise(CONDITIONS)]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """Run a server in this process, and connect to it."""
    server = pysail.SparkConnectServer(ip="127.0.0.1", port=0)
    server.start(background=True)
    _, port = server.listening_address
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the version of pandas, which is not used
        from pyspark.sql.connect.session import SparkSession

        found = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
        yield found
        found.stop()
    server.stop()


def by_sail(
    session: Any,
    conditions: Sequence[Condition],
    event_type: str,
    parameters: dict[str, Any],
    rows: Sequence[Row],
) -> list[tuple[int, ...]]:
    """Return the outcomes of each event from one query."""
    table = table_of(columns_of(conditions, parameters), event_type, parameters, rows)
    session.createDataFrame(table).createOrReplaceTempView("facts")
    asked = ", ".join(
        f"{outcome(one, parameters)} AS o{place}" for place, one in enumerate(conditions)
    )
    found = session.sql(f"SELECT {asked} FROM facts ORDER BY row NULLS LAST").toArrow()
    return [tuple(row.values()) for row in found.to_pylist()]


@pytest.mark.parametrize(
    ("text", "here", "there"),
    [
        (r"'a\\b'", r"a\\b", r"a\b"),
        ("'it''s'", "it's", "its"),
        (f"{LARGEST} + CAST(1 AS DECIMAL(38,0))", None, 10**38),
    ],
)
def test_what_is_avoided_does_differ(session: Any, text: str, here: Any, there: Any) -> None:
    """Backslashes, quotes and overflow are kept out of SQL because engines differ in them."""
    if here is None:
        with pytest.raises(duckdb.OutOfRangeException):
            connection.sql(f"SELECT {text} AS x").fetchall()
    else:
        assert connection.sql(f"SELECT {text} AS x").fetchall() == [(here,)]
    assert session.sql(f"SELECT {text} AS x").toArrow().to_pylist() == [{"x": there}]


def test_every_operator_agrees_on_sail(session: Any) -> None:
    """Each construct that is written comes out on Sail as in Python, over facts known and unknown."""
    rows = [row for seed in range(12) for row in random_rows(CONDITIONS, random.Random(seed))]
    expected = by_fused(CONDITIONS, "sale", PARAMETERS, rows)
    assert by_sail(session, CONDITIONS, "sale", PARAMETERS, rows) == expected
    alike = [
        text for place, text in enumerate(TEXTS[:-3]) if len({row[place] for row in expected}) == 1
    ]
    assert not alike


def test_shipped_rules_agree_on_sail(session: Any) -> None:
    """The rules of China for sales come out on Sail as in Python."""
    engine = Engine(load_rulebook(find_rulebook("cn")), Profile(territory="CN"))
    rules = engine.rulebook.rules
    conditions = [one.conditions["sale"] for one in rules if "sale" in one.conditions]
    parameters = engine.parameters(dt.date(2026, 3, 1))
    trees = [tree for one in conditions for tree in (one.applies, one.violates) if tree]
    facts = RandomFacts(random.Random(1), trees, 0.1)
    rows = [facts.event("sale") for _ in range(100)]
    expected = by_fused(conditions, "sale", parameters, rows)
    assert by_sail(session, conditions, "sale", parameters, rows) == expected
