"""Join parties that one person stands behind: whose first money came from one another.

Who pays for a new account's first steps is mostly its owner. Exchanges, bridges, mixers, custodians,
platforms and issuers pay everybody and join nobody, nor does a distributor, who pays many. Clusters
that grow too large are a known fault of such joins, and are dissolved and counted.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from vermilion.sql import SqlEngine

MAX_FUNDED = 20
"""Who pays more parties than these is a distributor and joins nobody. Policy."""

MAX_ENTITY = 60
"""A cluster of more parties than these is dissolved. Policy."""

Codes = NDArray[np.int64]

# Of the whole history, whichever collections are looked at: who is joined must not depend on that.
_OF_SALES = (
    "SELECT DISTINCT p.n FROM payments AS p "
    "JOIN handovers AS m ON m.recipient = p.payer AND m.sender = p.payee "
    "WHERE m.tx = p.tx OR (m.price = p.amount AND m.currency = p.currency)"
)
"""Payments that are the price of a sale between the same two."""


class Joined(msgspec.Struct, frozen=True):
    """How many entities have several parties, how many parties those have, and what was dissolved."""

    entities: int = 0
    parties: int = 0
    dissolved: int = 0
    dissolved_parties: int = 0


def make_entities(
    sql: SqlEngine,
    *,
    max_funded: int = MAX_FUNDED,
    max_entity: int = MAX_ENTITY,
) -> Joined:
    """Keep `links`, first payments that join two parties, and `entities`, each party's cluster.

    `links` has `party`, `funder`, `n`, `ms`, `amount`, `currency`, `narrow` (how many parties the
    funder pays); `entities` has `party` and `entity`, the smallest code of its cluster.

    Args:
        sql: where `prepare` made its tables.
        max_funded: who pays more parties joins nobody.
        max_entity: a cluster of more parties is dissolved: each stands for itself again.

    Returns:
        What was joined and dissolved.
    """
    make_links(sql, max_funded)
    [(number,)] = sql.rows("SELECT COUNT(*) FROM parties")
    first, second = _pairs(sql.arrow("SELECT party, funder FROM links"))
    entity, joined = clusters(int(number), first, second, max_entity)
    _keep(sql, entity)
    return joined


def make_links(sql: SqlEngine, max_funded: int) -> None:
    """Keep `links`: the first payment that a party got, where it joins it to who paid.

    The price of a sale is no funding. A payer or payee that was a service account at that time, and a
    payer of more than `max_funded` parties, join nobody.
    """
    sql.keep("prices", _OF_SALES)
    sql.keep(
        "fundings",
        "SELECT p.* FROM payments AS p LEFT JOIN prices AS s ON s.n = p.n WHERE s.n IS NULL "
        "AND p.payer IS NOT NULL AND p.payee IS NOT NULL AND p.payer <> p.payee",
    )
    sql.keep(
        "links",
        "SELECT f.payee AS party, f.payer AS funder, f.n, f.ms, f.amount, f.currency, w.narrow "
        "FROM (SELECT g.*, CAST(ROW_NUMBER() OVER (PARTITION BY g.payee ORDER BY g.n) AS BIGINT) AS nth "
        "FROM fundings AS g) AS f JOIN (SELECT payer, COUNT(DISTINCT payee) AS narrow "
        "FROM fundings GROUP BY payer) AS w ON w.payer = f.payer "
        f"WHERE f.nth = 1 AND w.narrow <= {max_funded} "
        "AND NOT f.payer_service AND NOT f.payee_service",
    )
    sql.drop("fundings")
    sql.drop("prices")


def clusters(parties: int, first: Codes, second: Codes, max_entity: int) -> tuple[Codes, Joined]:
    """Return each party's entity, given pairs of parties that belong together.

    Args:
        parties: how many; their codes count from 0.
        first: one party of each pair.
        second: the other.
        max_entity: a cluster of more parties is dissolved.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(first.size, np.int8), (first, second)), shape=(parties, parties))
    count, label = connected_components(graph, directed=False)
    size = np.bincount(label, minlength=count)
    smallest = np.full(count, parties, np.int64)
    everybody = np.arange(parties, dtype=np.int64)
    np.minimum.at(smallest, label, everybody)
    large = size > max_entity
    several = (size > 1) & ~large
    joined = Joined(
        int(several.sum()), int(size[several].sum()), int(large.sum()), int(size[large].sum())
    )
    return np.where(large[label], everybody, smallest[label]), joined


def _pairs(table: Any) -> tuple[Codes, Codes]:
    return table.column(0).to_numpy(), table.column(1).to_numpy()


def _keep(sql: SqlEngine, entity: Codes) -> None:
    import pyarrow as arrow

    party = arrow.array(np.arange(entity.size, dtype=np.int64))
    sql.put("entities", arrow.table({"party": party, "entity": arrow.array(entity)}))
