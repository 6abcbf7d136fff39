"""The dated list of service accounts: an operator's own, and what is certain by definition."""

# Relations are our own files, quoted.
# ruff: noqa: S608

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import yaml

from vermilion.desk.watch.mapped_cells import quoted
from vermilion.desk.watch.reading_events import milliseconds
from vermilion.desk.watch.reading_fold import files_of, parquet
from vermilion.desk.watch.reading_staged import Staged
from vermilion.errors import DataError
from vermilion.facts.dates import in_range
from vermilion.facts.history import AccountRole
from vermilion.intake.items import did_you_mean, shown
from vermilion.rulebook.yaml_source import Source
from vermilion.sql import SqlEngine

COLUMNS = ("party", "role", "from", "until")
_ROLES = get_args(AccountRole)
_SUFFIX_LENGTH = 43
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_accounts(path: Path, staged: Staged) -> int:
    """Take a list of service accounts over, CSV or YAML; return how many it has.

    Raises:
        DataError: the file cannot be read, or an account in it is wrong; `where` names the line.
        RulebookError: it is not plain YAML.
    """
    count = 0
    for where, entry in _entries(path):
        staged.add("accounts", _account(entry, where))
        count += 1
    return count


def write_accounts(sql: SqlEngine, folder: Path, target: Path) -> int:
    """Write every account that is labelled, with the wallets of those that state them.

    Args:
        sql: the engine.
        folder: what was read.
        target: the Parquet file.

    Returns:
        How many rows it has.
    """
    parts = []
    labelled = files_of(folder, "accounts")
    if labelled:
        parts.append(f"SELECT party, role, from_ms, until_ms FROM {parquet(labelled)}")
        if wallets := files_of(folder, "wallets"):
            parts.append(
                f"SELECT w.wallet, a.role, a.from_ms, a.until_ms FROM {parquet(labelled)} AS a "
                f"JOIN {parquet(wallets)} AS w ON w.party = a.party"
            )
    for table, names in (("moves", ("sender", "recipient")), ("payments", ("payer", "payee"))):
        if files := files_of(folder, table):
            parts += [_nobody(parquet(files), name) for name in names]
    if not parts:
        return 0
    return sql.write(f"SELECT DISTINCT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL", target)


def _nobody(rows: str, name: str) -> str:
    tail = f"lower(right({name}, {_SUFFIX_LENGTH}))"
    cases = " ".join(f"WHEN {quoted(':' + one)} THEN {quoted(role)}" for one, role in _shipped())
    # Looked at for each party once: there are far fewer of them than rows.
    return (
        f"SELECT party, role, CAST(NULL AS BIGINT) AS from_ms, "
        f"CAST(NULL AS BIGINT) AS until_ms FROM (SELECT {name} AS party, "
        f"CASE {tail} {cases} END AS role FROM (SELECT DISTINCT {name} FROM {rows} "
        f"WHERE {name} LIKE 'eip155:%')) WHERE role IS NOT NULL"
    )


@cache
def _shipped() -> tuple[tuple[str, str], ...]:
    text = resources.files(__package__).joinpath("service_accounts.yaml").read_text("utf-8")
    return tuple((one["address"], one["role"]) for one in yaml.safe_load(text))


def _entries(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if path.suffix.lower() in {".yaml", ".yml"}:
        source = Source(path)
        if not isinstance(source.data, list):
            raise _wrong(
                str(path), "the file is no list of accounts", "write `- party: ...` entries"
            )
        for number, entry in enumerate(source.data):
            where = str(source.place((number,)))
            if not isinstance(entry, dict):
                raise _wrong(where, f"{shown(entry)} is no account", "write `party:` and `role:`")
            # Plain `null` is YAML's own word for nothing, and here the name of a role.
            yield where, entry | ({"role": "null"} if entry.get("role", "") is None else {})
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            for row in rows:
                yield f"{path}:{rows.line_num}", {k: v for k, v in row.items() if v != ""}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _wrong(str(path), f"the list cannot be read: {error}", "give CSV or YAML") from None


def _account(entry: dict[str, Any], where: str) -> tuple[str, str, int | None, int | None]:
    listed = ", ".join(f"`{name}`" for name in COLUMNS)
    for name in entry:
        if name not in COLUMNS:
            near = did_you_mean(str(name), COLUMNS)
            remedy = f"did you mean `{near}`?" if near else f"the columns are {listed}"
            raise _wrong(where, f"{shown(name)} is not known here", remedy)
    party, role = entry.get("party"), entry.get("role")
    if not isinstance(party, str) or not 0 < len(party) <= 512:
        raise _wrong(where, "the account has no `party`", "give its id as events write it")
    if role not in _ROLES:
        near = did_you_mean(str(role), _ROLES)
        roles = ", ".join(f"`{one}`" for one in _ROLES)
        remedy = f"did you mean `{near}`?" if near else f"give one of {roles}"
        raise _wrong(where, f"{shown(role)} is not a role", remedy)
    begins, ends = _moment(entry.get("from"), where), _moment(entry.get("until"), where)
    if begins is not None and ends is not None and ends <= begins:
        raise _wrong(
            where, "`until` is not after `from`", "give the first moment that is no longer so"
        )
    return party, str(role), begins, ends


def _moment(value: object, where: str) -> int | None:
    """Return a date (its first moment in UTC) or a time with offset in epoch milliseconds."""
    if value is None:
        return None
    text = str(value)
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is not None and _DAY.fullmatch(text):
        found = found.replace(tzinfo=dt.UTC)
    if found is not None and found.tzinfo is not None and in_range(found):
        return milliseconds(found)
    remedy = "give a date such as `2024-05-01`, or a time with its offset"
    raise _wrong(where, f"{shown(value)} is no moment", remedy)


def _wrong(where: str, message: str, remedy: str) -> DataError:
    return DataError("accounts_invalid", message, help=remedy, where=where)
