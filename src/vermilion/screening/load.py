"""Read a watch list from a file: a table, one address a line, or the issuer's own XML."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, get_args

from vermilion.errors import DataError, UsageError
from vermilion.facts.dates import FIRST_YEAR, LAST_YEAR
from vermilion.screening.lists import (
    MOST_BYTES,
    EntryType,
    Format,
    Identifier,
    ListEntry,
    ListName,
    NameKind,
    Wallet,
    WatchList,
)
from vermilion.screening.names import script_of
from vermilion.screening.xml import is_xml, read_xml

FORMATS: tuple[Format, ...] = get_args(Format)

LONGEST = 512
"""Characters of an entry's id and of what a list is called, as facts hold them."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "entity_id", "uid"),
    "type": ("type", "entity_type"),
    "name": ("name",),
    "name_kind": ("name_kind", "name_type"),
    "identifier": ("identifier", "number"),
    "identifier_kind": ("identifier_kind", "identifier_type"),
    "identifier_country": ("identifier_country",),
    "wallet": ("wallet", "address"),
    "chain": ("chain",),
    "programme": ("programme", "program", "label"),
    "country": ("country",),
    "born": ("born", "dob"),
}
"""What a column may be called that holds each part of an entry; others are not read."""

_TYPES: dict[str, EntryType] = {
    "person": "person",
    "individual": "person",
    "organisation": "organisation",
    "organization": "organisation",
    "entity": "organisation",
    "vessel": "vessel",
    "aircraft": "aircraft",
}
_NAME_KINDS: dict[str, NameKind] = {
    "alias": "alias",
    "alias_low": "weak_alias",
    "weak_alias": "weak_alias",
    "original_script": "original_script",
}


class ListHeading(NamedTuple):
    """What the operator says of a list; None where the file is to say it."""

    name: str
    format: Format | None = None
    version: str | None = None
    date: dt.date | None = None
    source: str | None = None


def load_list(path: Path, heading: ListHeading) -> WatchList:
    """Read one version of a list.

    Args:
        path: a CSV table with any of `COLUMNS`, wallets one a line, or the XML of OFAC (`sdn.xml`)
            or of the United Nations (`consolidated.xml`).
        heading: its name, and what the file does not say itself.

    Raises:
        DataError: `list_unreadable`, `list_empty`: nothing in it could be compared with anybody.
        UsageError: `list_undated`: neither the file nor the heading says of which day it is;
            `list_heading`: a name, version or source is empty or too long.
    """
    _check_heading(heading)
    content = _content(path)
    stated: dt.date | None = None
    if is_xml(content):
        format, stated, entries = read_xml(content, str(path))
        if heading.format not in {None, format}:
            raise _unreadable(path, f"it is of the format `{format}`")
    else:
        format, entries = heading.format or "csv", _table(content, path)
    entries = [one for one in entries if one.names or one.identifiers or one.wallets]
    if not entries:
        raise DataError(
            "list_empty",
            "the list names nobody",
            help="a table needs a heading with `name`, `identifier` or `address`",
            where=str(path),
        )
    _check_lengths(entries, path)
    date = heading.date or stated
    if date is None:
        raise UsageError(
            "list_undated",
            "the file does not say of which day the list is",
            help="say it with `--date 2026-02-27`",
            where=str(path),
        )
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise UsageError(
            "list_heading",
            f"a list's day lies between the years {FIRST_YEAR} and {LAST_YEAR}",
            help="say it with `--date 2026-02-27`",
            where=str(path),
        )
    return WatchList(
        name=heading.name,
        version=heading.version or date.isoformat(),
        date=date,
        source=heading.source or path.name,
        format=format,
        entries=tuple(sorted(entries, key=lambda one: one.id)),
    )


def _check_heading(heading: ListHeading) -> None:
    for field in ("name", "version", "source"):
        said = getattr(heading, field)
        if said is not None and not 1 <= len(said) <= LONGEST:
            raise UsageError(
                "list_heading",
                f"a list's {field} has 1 to {LONGEST} characters, and this one has {len(said)}",
                help="give it a short one",
            )
        if said is not None and not (said.isprintable() and said.strip()):
            raise UsageError(
                "list_heading",
                f"a list's {field} is blank or has a character that cannot be shown",
                help="take the invisible character out",
            )


def _check_lengths(entries: Iterable[ListEntry], path: Path) -> None:
    for entry in entries:
        told = [entry.id, *(one.kind for one in entry.identifiers)]
        told += [one.chain or "" for one in entry.wallets]
        if any(len(text) > LONGEST for text in told):
            where = f"entry `{entry.id[:40]}`"
            raise _unreadable(
                path, f"{where} has an id, kind or chain of over {LONGEST} characters"
            )


def _content(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _unreadable(path, f"it has more than {MOST_BYTES:,} bytes")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(path, (error.strerror or str(error)).lower()) from None
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not text in UTF-8") from None


def _table(content: str, path: Path) -> list[ListEntry]:
    heading = content.split("\n", 1)[0]
    try:
        names = next(csv.reader([heading]), [])
    except csv.Error as error:
        raise _unreadable(path, str(error), 1) from None
    found = {
        part: words.index(name)
        for part, known in COLUMNS.items()
        for words in [[one.strip().lower() for one in names]]
        for name in known
        if name in words
    }
    if not {"name", "identifier", "wallet"} & found.keys():
        return _lines(content, path)
    entries: dict[str, _Draft] = {}
    try:
        rows = csv.reader(io.StringIO(content), strict=True)
        next(rows)
        for row in rows:
            if row:
                cells = {p: row[at].strip() for p, at in found.items() if at < len(row)}
                id = cells.get("id") or cells.get("wallet") or cells.get("name")
                id = id or f"line {rows.line_num}"
                entries.setdefault(id, _Draft(id)).take(cells)
    except csv.Error as error:
        raise _unreadable(path, str(error), rows.line_num) from None
    return [draft.entry() for draft in entries.values()]


def _lines(content: str, path: Path) -> list[ListEntry]:
    """Read addresses, one a line; a line that holds more than one word is no address."""
    found = {}
    for number, line in enumerate(content.splitlines(), 1):
        address = line.strip()
        if not address or address.startswith("#"):
            continue
        if len(address.split()) > 1 or "," in address or len(address) < 20:
            raise _unreadable(path, "this is neither a heading nor an address", number)
        found[address] = ListEntry(id=address, wallets=(Wallet(address),))
    return list(found.values())


class _Draft:
    """Gathers the rows of one entry."""

    def __init__(self, id: str) -> None:
        self.id = id
        self._type: EntryType = "unknown"
        self._parts: dict[str, dict[Any, None]] = {}

    def take(self, cells: dict[str, str]) -> None:
        self._type = _TYPES.get(cells.get("type", "").lower(), self._type)
        if name := cells.get("name"):
            self._add("names", named(name, _NAME_KINDS.get(cells.get("name_kind", ""), "primary")))
        if number := cells.get("identifier"):
            kind, country = cells.get("identifier_kind"), cells.get("identifier_country")
            self._add("identifiers", Identifier(kind or "other", number, country or None))
        if address := cells.get("wallet"):
            chain = cells.get("chain", "")
            self._add("wallets", Wallet(address, chain if chain not in {"", "?"} else None))
        for part in ("programme", "country", "born"):
            if value := cells.get(part):
                self._add(part, value)

    def entry(self) -> ListEntry:
        return ListEntry(
            id=self.id,
            type=self._type,
            names=self._all("names"),
            identifiers=self._all("identifiers"),
            wallets=self._all("wallets"),
            programmes=self._all("programme"),
            countries=self._all("country"),
            born=self._all("born"),
        )

    def _add(self, part: str, value: Any) -> None:
        self._parts.setdefault(part, {})[value] = None

    def _all(self, part: str) -> tuple[Any, ...]:
        return tuple(self._parts.get(part, ()))


def named(text: str, kind: NameKind) -> ListName:
    """Return a name with the script that it is written in."""
    return ListName(text, kind, script_of(text))


def _unreadable(path: Path, reason: str, line: int | None = None) -> DataError:
    return DataError(
        "list_unreadable",
        f"the list cannot be read: {reason}",
        help="give a CSV table with a heading, addresses one a line, or the issuer's XML",
        where=str(path) if line is None else f"{path}:{line}",
    )
