"""Small lists to screen against, and the real ones where they are at hand."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from vermilion.screening import ListEntry, ListName, Wallet, WatchList, load_list
from vermilion.screening.load import ListHeading

REAL = Path(__file__).parents[3] / "shared" / "data" / "watchlists"
DAY = dt.date(2026, 2, 27)


def listed(*entries: ListEntry, name: str = "un", date: dt.date = DAY) -> WatchList:
    """Return a list of some entries."""
    return WatchList(name, date.isoformat(), date, "made up", "csv", entries)


def person(id: str, *names: str, **more: object) -> ListEntry:
    """Return a listed person with names, the first of them the primary one."""
    kinds = ["primary", *["alias"] * len(names)]
    known = tuple(ListName(one, kind) for one, kind in zip(names, kinds, strict=False))  # type: ignore[arg-type]
    return ListEntry(id=id, type="person", names=known, **more)  # type: ignore[arg-type]


def owner(id: str, *addresses: str) -> ListEntry:
    """Return an entry of wallets alone."""
    return ListEntry(id=id, wallets=tuple(Wallet(one) for one in addresses))


def real(folder: str, name: str = "real") -> WatchList:
    """Return a public list, or skip the test where it is not at hand."""
    files = [REAL / folder / one for one in ("names.csv", "addresses.csv")]
    found = next((one for one in files if one.is_file()), None)
    if found is None:
        pytest.skip(f"the public list {folder} is not beside the project")
    digits = folder[-8:]
    date = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    return load_list(found, ListHeading(name, date=date))


def real_addresses(folder: str) -> list[tuple[str, str]]:
    """Return chain and address of every row of a public list of wallets, or skip."""
    path = REAL / folder / "addresses.csv"
    if not path.is_file():
        pytest.skip(f"the public list {folder} is not beside the project")
    with path.open(encoding="utf-8") as file:
        return [(row["chain"], row["address"]) for row in csv.DictReader(file)]
