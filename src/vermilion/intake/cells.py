"""Cells of a table become values: exact amounts, times with their offset, answers, numbers.

A cell is None where it is unknown, text, or a tuple of texts where a JSON value is a list.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from vermilion.facts.dates import in_range
from vermilion.intake.id_numbers import IdNumber, reader
from vermilion.intake.items import Fault, did_you_mean, out_of_range, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from vermilion.intake.mapping import Column

Cell = str | tuple[str, ...] | None

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_DECIMAL = re.compile(r"(-?)([0-9]{1,40})(?:\.([0-9]{1,40}))?")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?P<offset>Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_ANSWERS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class CellError(Exception):
    """A cell that does not hold what the mapping says; carries the fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def converter(column: Column) -> Callable[[Cell], object]:
    """Return the function that makes a known cell of a column into a value of its field."""
    one = _converter(column)
    name = column.name
    if (mark := column.split) is None:

        def single(cell: Cell) -> object:
            if isinstance(cell, str):
                return one(cell)
            raise _cell_error(name, "wrong_type", "the column holds a list", "give a single value")

        return single

    def several(cell: Cell) -> object:
        texts = cell.split(mark) if isinstance(cell, str) else cell or ()
        return [one(text.strip()) for text in texts if text.strip()]

    return several


def _converter(column: Column) -> Callable[[str], object]:
    name = column.name
    if column.values is not None:
        return _translate(name, column.values)
    if column.id_number is not None:
        return _of_number(name, column.id_number)
    match column.holds:
        case "integer":
            return lambda text: _integer(name, text)
        case "boolean":
            return lambda text: _answer(name, text)
        case "amount" if (decimals := column.decimals) is not None:
            return lambda text: _minor_units(name, text, decimals)
        case "time" if (zone := column.zone) is not None:
            return lambda text: _local_time(name, text, zone)
        case _:
            return lambda text: text


def _cell_error(column: str, code: str, reason: str, remedy: str) -> CellError:
    return CellError(Fault(code, reason, remedy, column))


def _of_number(name: str, wanted: IdNumber) -> Callable[[str], object]:
    read = reader(name, wanted)

    def number(text: str) -> object:
        found = read(text)
        if isinstance(found, Fault):
            raise CellError(found)
        return found

    return number


def _translate(name: str, values: dict[str, str | int | bool]) -> Callable[[str], object]:
    def translate(text: str) -> object:
        if text in values:
            return values[text]
        near = did_you_mean(text, values)
        raise _cell_error(
            name,
            "unknown_value",
            f"{shown(text)} is not among the values that the mapping translates",
            f"did you mean {shown(near)}?" if near else "add it under `values` in the mapping",
        )

    return translate


def _integer(name: str, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise _cell_error(
            name, "wrong_type", f"{shown(text)} is not a whole number", "give digits only"
        )
    return int(text)


def _answer(name: str, text: str) -> bool:
    answer = _ANSWERS.get(text.lower())
    if answer is None:
        raise _cell_error(
            name,
            "wrong_type",
            f"{shown(text)} is not an answer",
            "give true or false, or say under `values` in the mapping what it means",
        )
    return answer


def _minor_units(name: str, text: str, decimals: int) -> str:
    """Return an amount in major units as digits in minor units, exactly.

    Zeros past the currency's decimals change nothing and are allowed, other digits are not.
    """
    found = _DECIMAL.fullmatch(text)
    if not found:
        raise _cell_error(
            name,
            "money_invalid",
            f"{shown(text)} is not an exact amount",
            "give digits with at most one point, without currency sign or thousands separator",
        )
    sign, whole, fraction = found[1], found[2], found[3] or ""
    if fraction[decimals:].strip("0"):
        raise _cell_error(
            name,
            "money_invalid",
            f"{shown(text)} has more than the currency's {decimals} decimals",
            "give the exact amount; rounding is not ours to do",
        )
    return str(int(f"{sign}{whole}{fraction[:decimals]:0<{decimals}}"))


def _local_time(name: str, text: str, zone: ZoneInfo) -> str:
    """Return a time as text in UTC; one that states no offset is read in the zone."""
    found = _TIME.fullmatch(text)
    try:
        moment = dt.datetime.fromisoformat(text) if found else None
    except ValueError:
        moment = None
    if moment is None:
        raise _cell_error(
            name,
            "time_invalid",
            f"{shown(text)} is not a time that exists",
            "give a time such as `2024-05-01 10:00:00`",
        )
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():
            raise _cell_error(
                name,
                "time_ambiguous",
                f"{shown(text)} is in the hour in which the clocks of {zone.key} change",
                "give the time with its offset",
            )
    if not in_range(moment):
        raise CellError(out_of_range(text).of(name))
    return moment.astimezone(dt.UTC).isoformat()
