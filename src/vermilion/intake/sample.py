"""The heading and first rows of a foreign table, and what its columns are likely to be."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal, get_args
from zoneinfo import ZoneInfo

from vermilion.errors import DataError
from vermilion.facts.money import CURRENCIES
from vermilion.intake.cells import CellError, converter
from vermilion.intake.headings import CURRENCY_NAMES, NULLS, Part, is_personal, parts_of
from vermilion.intake.items import Fault, shown
from vermilion.intake.mapping import Column, Delimiter, Encoding
from vermilion.intake.rows import csv_rows
from vermilion.intake.source import in_utf8, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

ROWS = 1_000
"""How many rows are looked at."""

By = Literal["name", "part", "values"]
"""By what a column was recognised: its whole name, a part of it, or only what it holds."""

_MOSTLY = 0.8
_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
_PERSON = re.compile(r"1[3-9]\d{9}|\d{17}[\dXx]|[^@\s]+@[^@\s]+\.[^@\s]+")
_as_time = converter(Column(name="", holds="time", zone=ZoneInfo("UTC")))
_as_amount = converter(Column(name="", holds="amount", decimals=18))


@dataclass(frozen=True)
class Sample:
    """A table's heading and first whole rows."""

    heading: list[str]
    rows: list[list[str]]
    encoding: Encoding = "utf-8"
    delimiter: Delimiter = ","

    def known(self, column: str) -> list[str]:
        """Return the texts of a column that are not blank and do not stand for nothing."""
        at = self.heading.index(column)
        return [row[at] for row in self.rows if is_known(row[at])]

    def nulls(self, column: str) -> list[str]:
        """Return the texts of a column that stand for nothing."""
        at = self.heading.index(column)
        return sorted({row[at] for row in self.rows if row[at].lower() in NULLS})

    def counts(self, column: str) -> dict[str, int]:
        """Return the known texts of a column with their numbers, the commonest first."""
        return dict(Counter(self.known(column)).most_common())

    def fits(self, column: str, test: Callable[[str], bool]) -> bool:
        """Tell whether nearly all known texts of a column, of which there are some, pass a test."""
        known = self.known(column)
        return bool(known) and sum(map(test, known)) >= _MOSTLY * len(known)


@dataclass(frozen=True)
class Recognised:
    """What the columns of a table are taken for, and why the others are not."""

    parts: dict[Part, tuple[str, By]]
    personal: list[str]
    misfits: dict[str, Part]
    """Columns that by their names are something that their texts are not."""
    left: dict[str, Part | None]
    """Columns that are nothing known, or another column was taken for what they may be."""


def read_sample(path: Path) -> Sample:
    """Read the heading and first rows of a CSV file; rows that cannot be read are passed over.

    Raises:
        DataError: the file cannot be read, or has no heading with one name a column.
    """
    encoding, delimiter = _form(path)
    rows = csv_rows(in_utf8(read_lines(path, None), encoding), delimiter)
    _, heading = next(rows, (1, []))
    if isinstance(heading, Fault):
        raise _unusable(path, heading.reason, heading.remedy)
    names = [name.strip() for name in heading]
    if len(names) < 2 or "" in names or len(set(names)) < len(names):
        raise _unusable(path, *_what_is_wrong(names))
    whole = (row for _, row in rows if isinstance(row, list) and len(row) == len(names))
    return Sample(names, list(islice(whole, ROWS)), encoding, delimiter)


def _form(path: Path) -> tuple[Encoding, Delimiter]:
    """Return how a table is written: GB18030 where it is not UTF-8, and the commonest delimiter."""
    first = [line for _, line in islice(read_lines(path, None), ROWS) if isinstance(line, bytes)]
    encoding: Encoding = "utf-8"
    try:
        b"\n".join(first).decode()
    except UnicodeDecodeError:
        encoding = "gb18030"
    heading = next((line for line in first if line.strip()), b"")
    delimiter = max(get_args(Delimiter), key=lambda mark: heading.count(mark.encode()))
    return encoding, delimiter


def _what_is_wrong(names: list[str]) -> tuple[str, str]:
    twice = [name for name in names if names.count(name) > 1 or not name]
    if twice:
        return f"{shown(twice[0])} does not name one column", "give each column a name of its own"
    return "there is no heading with several columns", "write the columns' names in the first line"


def _unusable(path: Path, reason: str, remedy: str) -> DataError:
    return DataError("table_unusable", reason, help=remedy, where=str(path))


def recognise(sample: Sample) -> Recognised:
    """Say what each column of a table is, by its name and what it holds."""
    candidates: list[tuple[bool, str, Part]] = []
    personal = [name for name in sample.heading if _identifies(sample, name)]
    for name in sample.heading:
        if name not in personal:
            candidates += [(exact, name, part) for part, exact in parts_of(name)]
    taken: dict[Part, tuple[str, By]] = {}
    misfits: dict[str, Part] = {}
    for exact, name, part in sorted(candidates, key=lambda one: not one[0]):
        if part in taken or name in {column for column, _ in taken.values()}:
            continue
        if _holds(sample, name, part):
            taken[part] = (name, "name" if exact else "part")
        else:
            misfits.setdefault(name, part)
    _by_values(sample, taken, personal)
    used = {column for column, _ in taken.values()}
    may_be = {name: part for _, name, part in reversed(candidates)}
    return Recognised(
        taken,
        personal,
        {name: part for name, part in misfits.items() if name not in used},
        {
            name: may_be.get(name)
            for name in sample.heading
            if name not in used and name not in personal and name not in misfits
        },
    )


def _identifies(sample: Sample, column: str) -> bool:
    """Tell whether a column holds what identifies a person; an order number may look like one."""
    if is_personal(column):
        return True
    named = {part for part, exact in parts_of(column) if exact}
    return named <= {"buyer", "seller"} and sample.fits(
        column, lambda text: bool(_PERSON.fullmatch(text))
    )


def _by_values(sample: Sample, taken: dict[Part, tuple[str, By]], personal: list[str]) -> None:
    """Take the one column that holds times, or currencies, where none is called so."""
    wanted: Sequence[tuple[Part, bool]] = [
        ("created", "paid" not in taken),
        ("currency", True),
    ]
    for part, needed in wanted:
        free = set(sample.heading) - {column for column, _ in taken.values()} - set(personal)
        found = [name for name in sample.heading if name in free and _holds(sample, name, part)]
        if needed and part not in taken and len(found) == 1:
            taken[part] = (found[0], "values")


def _holds(sample: Sample, column: str, part: Part) -> bool:
    """Tell whether what a column holds is what it is called."""
    match part:
        case "created" | "paid" | "refunded":
            return sample.fits(column, is_time)
        case "price":
            return sample.fits(column, is_amount)
        case "currency":
            return sample.fits(column, lambda text: currency_code(text) is not None)
        case "birth_date":
            return sample.fits(column, is_date)
        case "status" | "verified" | "buyer_verified" | "seller_verified" | "method":
            return 0 < len(sample.counts(column)) <= 40
        case _:
            return bool(sample.known(column))


def is_known(text: str) -> bool:
    """Tell whether a text is not blank and does not stand for nothing."""
    return text != "" and text.lower() not in NULLS


def is_time(text: str) -> bool:
    """Tell whether a mapping reads a text as a time."""
    return _reads(_as_time, text)


def is_amount(text: str) -> bool:
    """Tell whether a mapping reads a text as an amount in some currency."""
    return _reads(_as_amount, text)


def is_date(text: str) -> bool:
    """Tell whether a text is a day such as `2024-05-01`."""
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def states_offset(text: str) -> bool:
    """Tell whether a time states its offset."""
    return _OFFSET.search(text[10:]) is not None


def currency_code(text: str) -> str | None:
    """Return the code of the currency that a text names."""
    code = CURRENCY_NAMES.get(text.lower(), text.upper())
    return code if code in CURRENCIES else None


def _reads(convert: Callable[[str], object], text: str) -> bool:
    try:
        convert(text)
    except CellError:
        return False
    return True
