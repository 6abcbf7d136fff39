"""Join parties that one person stands behind."""

from __future__ import annotations

from vermilion.sql import SqlEngine


def make_entities(sql: SqlEngine) -> None:
    """Keep `entities`: each party's entity, the smallest code of its cluster."""
    sql.keep("entities", "SELECT code AS party, code AS entity FROM parties")
