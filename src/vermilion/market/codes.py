"""Codes that stand for texts: their ranks among their like, so that codes order as texts do.

Rows meet the codes of their texts by a hash, which is far shorter than most ids.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

from vermilion.sql import SqlEngine

CODED = ("parties", "tokens", "collections", "currencies", "platforms")
"""Tables that say which text a code stands for: `code`, `text`, and the text's hash `digest`."""

_KEYS = ("text", "collection")


class Codes:
    """Keeps tables of codes, and tells how rows are joined with them."""

    def __init__(self, sql: SqlEngine) -> None:
        self._sql = sql
        self._shared: set[str] = set()

    def keep(self, name: str, texts: str) -> None:
        """Give every text of a SELECT of `text` its rank among them."""
        self._sql.keep(
            name,
            "SELECT CAST(ROW_NUMBER() OVER (ORDER BY text) AS BIGINT) - 1 AS code, text, "
            f"{self._sql.digest('text')} AS digest FROM "
            f"(SELECT DISTINCT text FROM ({texts}) AS found WHERE text IS NOT NULL) AS each_once",
        )
        self._see_shared(name)

    def keep_tokens(self, tokens: str) -> None:
        """Give every token of a SELECT of `token` and `collection` its rank; it has the collection's code.

        Rows meet it by the token's text and that code.
        """
        self._sql.keep(
            "tokens",
            "SELECT CAST(ROW_NUMBER() OVER (ORDER BY text, collection) AS BIGINT) - 1 AS code, "
            f"text, collection, {self._sql.digest('text', 'collection')} AS digest FROM "
            f"(SELECT DISTINCT g.token AS text, k.code AS collection FROM ({tokens}) AS g "
            f"JOIN {self.of('collections', 'k', 'g.collection')}) AS each_once",
        )
        self._see_shared("tokens")

    def of(self, table: str, alias: str, *keys: str, strangers: bool = False) -> str:
        """Return what to join for the codes of texts, none where a text is null.

        `strangers` says that texts may be among them that the table has not.
        """
        on = [f"{alias}.digest = {self._sql.digest(*keys)}"]
        if strangers or table in self._shared:
            on += [f"{alias}.{name} = {key}" for name, key in zip(_KEYS, keys, strict=False)]
        return f"{table} AS {alias} ON {' AND '.join(on)}"

    def _see_shared(self, table: str) -> None:
        """See whether two texts of a table, or one and null, have one hash."""
        of_null = self._sql.digest("CAST(NULL AS STRING)")
        found = self._sql.rows(
            f"SELECT digest FROM (SELECT digest FROM {table} UNION ALL SELECT {of_null}) AS digests "
            "GROUP BY digest HAVING COUNT(*) > 1 LIMIT 1"
        )
        if list(found):
            self._shared.add(table)
