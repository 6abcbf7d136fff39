"""Run detectors over prepared tables: wash first, then price and venue without what wash flagged.

What comes out are the tables `found` (`f`, `n`, `role`: the rows of finding number `f`) and
`flagged`, and for each finding what its detector told of it.
"""

# Relations are our own names.
# ruff: noqa: S608

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from vermilion.market.declaration import MIN_SCORE, Detector, KernelModule, Level
from vermilion.sql import Columns, SqlEngine
from vermilion.sql.columns import nothing

SUBJECT = ("collection", "token", "party", "other", "episode")
"""The columns that name a finding within its detector."""

PART = "part_"
"""What the columns begin with that add up to the score."""

NAMED = "party_"
"""What the columns begin with that hold codes of further parties which a finding names."""

Told = Callable[[str], None]

_MADE = dict.fromkeys((*SUBJECT, "n", "role"), "BIGINT")
_WIDE = frozenset({"quantity", "price"})
_NARROW = {
    **dict.fromkeys(("sale", "priced", "many", "sender_service", "recipient_service"), "TINYINT"),
    **dict.fromkeys(("collection", "token", "sender", "recipient"), "INT"),
}
"""Types of columns for kernels that need no 64 bits: flags, and codes of texts."""

_LINKED = "(SELECT entity FROM linked)"
_MOST = "CAST(4611686018427387904 AS DECIMAL(38,0))"


class Seen(msgspec.Struct, frozen=True):
    """What one detector saw on one level; its findings have the numbers `first` and on.

    `table` is a `pyarrow.Table` with a row for each: the subject in codes, figures, parts, `score`.
    """

    detector: Detector
    level: Level
    first: int
    table: Any
    seconds: float

    @property
    def findings(self) -> int:
        """Return how many."""
        return int(self.table.num_rows)


def run_detectors(
    sql: SqlEngine, detectors: Sequence[Detector], told: Told = lambda _: None
) -> list[Seen]:
    """Run detectors over the prepared tables and `entities`; keep `found` and `flagged`.

    A detector tells of entities only what it did not tell of parties.

    Args:
        sql: where the tables are.
        detectors: in the order of their stages.
        told: is told in a word what is being done.
    """
    run = _Run(sql, told)
    wash = [one for one in detectors if one.declaration.stage == "wash"]
    for detector in wash:
        run.see(detector)
    run.flag()
    for detector in detectors:
        if detector not in wash:
            run.see(detector)
    run.gather()
    return run.seen


class _Run:
    def __init__(self, sql: SqlEngine, told: Told) -> None:
        self._sql = sql
        self._told = told
        self._number = 0
        self._linked = relabel(sql)
        self.seen: list[Seen] = []

    def see(self, detector: Detector) -> None:
        """Run a detector on its levels."""
        for level in detector.declaration.levels:
            if level == "entity" and not self._linked:
                continue
            self._told(detector.name if level == "party" else f"{detector.name}, entities")
            begun = time.perf_counter()
            of = "moves_party" if level == "party" else _touched(detector)
            self._sql.view("moves", f"SELECT * FROM {of}")
            table = self._findings(detector, known=level == "entity")
            took = time.perf_counter() - begun
            self.seen.append(Seen(detector, level, self._number, table, took))
            self._number += int(table.num_rows)
        self._sql.view("moves", "SELECT * FROM moves_party")

    def flag(self) -> None:
        """Keep the sales in findings so far."""
        flags = [place for place, one in enumerate(self.seen) if one.detector.declaration.flags]
        found = _union([f"SELECT n FROM found_{place}" for place in flags], "n")
        self._sql.keep(
            "flagged",
            f"SELECT DISTINCT f.n FROM ({found}) AS f JOIN moves_party AS m ON m.n = f.n AND m.sale",
        )

    def gather(self) -> None:
        """Name the rows of all findings."""
        every = [f"SELECT f, n, role FROM found_{place}" for place in range(len(self.seen))]
        self._sql.view("found", _union(every, "f", "n", "role"))

    def _findings(self, detector: Detector, *, known: bool) -> Any:
        """Run a detector over `moves`; return its findings, and keep their rows."""
        if detector.kernel is not None:
            _kernel(self._sql, detector)
        for step, text in detector.sql():
            self._sql.keep(step, text)
        table = _scored(self._sql.arrow("SELECT * FROM findings"), detector)
        if known:
            table = table.join(self._news(detector), SUBJECT, join_type="inner")
        table = table.sort_by([(name, "ascending") for name in SUBJECT])
        self._keep_rows(table)
        for step, _ in detector.sql():
            self._sql.drop(step)
        if detector.kernel is not None:
            self._sql.drop("evidence")
        return table

    def _news(self, detector: Detector) -> Any:
        """Return the subjects of `evidence` with a sale that was not found of parties.

        Of a detector that takes a party at a time only linked ones were seen whole.
        """
        whole = f" AND e.party IN {_LINKED}" if detector.declaration.partition == "party" else ""
        named = ", ".join(f"e.{name}" for name in SUBJECT)
        return self._sql.arrow(
            f"SELECT DISTINCT {named} FROM evidence AS e "
            "JOIN moves_party AS m ON m.n = e.n AND m.sale "
            f"LEFT JOIN found_{len(self.seen) - 1} AS p ON p.n = e.n WHERE p.n IS NULL{whole}"
        )

    def _keep_rows(self, table: Any) -> None:
        import numpy as np

        numbers = np.arange(self._number, self._number + table.num_rows, dtype=np.int64)
        self._sql.put("numbered", table.select(list(SUBJECT)).append_column("f", [numbers]))
        same = " AND ".join(f"k.{name} = e.{name}" for name in SUBJECT)
        self._sql.keep(
            f"found_{len(self.seen)}",
            f"SELECT DISTINCT k.f, e.n, e.role FROM evidence AS e JOIN numbered AS k ON {same}",
        )
        self._sql.drop("numbered")


def relabel(sql: SqlEngine) -> bool:
    """Keep `moves_entity`: moves by entity, of collections in which an entity has several parties.

    Returns:
        Whether any entity has several parties; if none has, nothing is kept.
    """
    [(linked,)] = sql.rows("SELECT COUNT(*) FROM entities WHERE party <> entity")
    if not linked:
        return False
    sql.keep(
        "linked",
        "SELECT party, entity FROM entities WHERE entity IN "
        "(SELECT entity FROM entities WHERE party <> entity)",
    )
    # Where an entity has one party alone, it is that party, and nothing new can be seen.
    sql.keep(
        "met",
        "SELECT DISTINCT k.collection, k.token, e.entity, k.party FROM ("
        "SELECT collection, token, sender AS party FROM moves_party UNION ALL "
        "SELECT collection, token, recipient FROM moves_party) AS k "
        "JOIN linked AS e ON e.party = k.party",
    )
    sql.keep("touched_tokens", _several("token"))
    sql.keep("touched_collections", _several("collection"))
    sql.drop("met")
    sql.keep(
        "moves_entity",
        "SELECT m.n, m.ms, m.kind, m.sale, m.priced, m.collection, m.token, s.entity AS sender, "
        "r.entity AS recipient, m.quantity, m.many, m.price, m.currency, m.unit_log, m.platform, "
        "m.tx, m.sender_service, m.recipient_service FROM moves_party AS m "
        "LEFT JOIN entities AS s ON s.party = m.sender "
        "LEFT JOIN entities AS r ON r.party = m.recipient "
        "WHERE m.collection IN (SELECT collection FROM touched_collections)",
    )
    return True


def _several(of: str) -> str:
    """Return the SELECT of tokens or collections in which several parties of one entity moved."""
    return (
        f"SELECT DISTINCT {of} FROM (SELECT {of}, entity FROM met GROUP BY {of}, entity "
        "HAVING COUNT(DISTINCT party) > 1) AS several"
    )


def _touched(detector: Detector) -> str:
    if detector.declaration.partition == "token":
        return "moves_entity WHERE token IN (SELECT token FROM touched_tokens)"
    if detector.declaration.partition == "party":
        return f"moves_entity WHERE sender IN {_LINKED} OR recipient IN {_LINKED}"
    return "moves_entity"


def _kernel(sql: SqlEngine, detector: Detector) -> None:
    """Keep the `evidence` that a kernel makes of whole partitions."""
    module = detector.module()
    columns = ", ".join(f"{_integer(name)} AS {name}" for name in module.COLUMNS)
    query = f"SELECT {columns} FROM moves"
    kernel = partial(_called, module, detector.parameters)
    sql.groups("evidence_coded", query, module.ORDER, kernel, _MADE)
    roles = " ".join(f"WHEN {code} THEN '{role}'" for code, role in enumerate(module.ROLES))
    named = ", ".join((*SUBJECT, "n"))
    sql.keep("evidence", f"SELECT {named}, CASE role {roles} END AS role FROM evidence_coded")
    sql.drop("evidence_coded")


def _called(module: KernelModule, parameters: dict[str, int], columns: Columns) -> Columns:
    return module.run(columns, parameters)


def _integer(name: str) -> str:
    """Return a column as an integer without nulls; what is beyond 2^62 is as much as that."""
    if name in _WIDE:
        return f"CAST(LEAST(COALESCE({name}, CAST(-1 AS DECIMAL(38,0))), {_MOST}) AS BIGINT)"
    kind = _NARROW.get(name, "BIGINT")
    return f"COALESCE(CAST({name} AS {kind}), CAST(-1 AS {kind}))"


def _scored(table: Any, detector: Detector) -> Any:
    """Return findings with their score, without those below the least."""
    import numpy as np
    import pyarrow as arrow

    score = np.zeros(table.num_rows, dtype=np.int64)
    for name in table.column_names:
        if name.startswith(PART):
            score += table[name].cast(arrow.int64()).to_numpy()
    score = np.clip(score, 0, 100)
    table = table.append_column("score", [score])
    least = detector.parameters.get(MIN_SCORE)
    return table if least is None else table.filter(arrow.array(score >= least))


def _union(queries: Sequence[str], *columns: str) -> str:
    types = {name: "STRING" if name == "role" else "BIGINT" for name in columns}
    return " UNION ALL ".join(queries) or nothing(types)
