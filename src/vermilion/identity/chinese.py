"""Chinese identity numbers: residents, the 15-digit form, permits for others who live there.

GB 11643-1999 gives form and check digit (ISO 7064, MOD 11-2). The library `stdnum` computes the
check digit and knows the counties; what it refuses or lets through wrongly is put right here.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from stdnum import numdb
from stdnum.cn import ric

from vermilion.identity.model import Number, NumberKind, Problem, plain

OLDEST_BIRTH = dt.date(1900, 1, 1)
"""No holder of a number that is in use was born before. Policy: no law gives this day. 自定标准。"""

REGIONS = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
    ]
)
"""Provinces by the first two digits (GB/T 2260)."""

_PERMITS: dict[str, NumberKind] = {
    "810000": "cn_hong_kong",
    "820000": "cn_macao",
    "830000": "cn_taiwan",
}
"""Divisions in the residence permits of residents of Hong Kong, Macao and Taiwan, since 2018."""

_FORM_18 = re.compile(r"[0-9]{17}[0-9X]")
_FORM_15 = re.compile(r"[0-9]{15}")
SCHEME = "cn"


def chinese_id(number: str, on: dt.date) -> Number:
    """Read a number of 18 or 15 digits.

    Args:
        number: as it is written; width, case, spaces and hyphens do not matter.
        on: the day on which it is presented; nobody is born later.
    """
    text = plain(number)
    if len(text) == 15:
        return _old(text, on)
    kind = _kind(text)
    if len(text) != 18:
        return _wrong(kind, "length")
    if not _FORM_18.fullmatch(text):
        return _wrong(kind, "form")
    if text[-1] != ric.calc_check_digit(text):
        return _wrong(kind, "check_digit")
    return _read(kind, text, on)


def _old(text: str, on: dt.date) -> Number:
    """Read a number of 15 digits, issued until 1999 to people born from 1900 to 1999.

    It has no check digit; in 18 digits it is the number that replaced it.
    """
    if not _FORM_15.fullmatch(text):
        return _wrong("cn_resident_15", "form")
    body = f"{text[:6]}19{text[6:]}"
    return _read("cn_resident_15", body + ric.calc_check_digit(body + "0"), on)


def _read(kind: NumberKind, text: str, on: dt.date) -> Number:
    birth = _birth(text)
    if birth is None or not OLDEST_BIRTH <= birth <= on:
        return _wrong(kind, "birth_date")
    if kind == "cn_foreigner":
        region, nationality = text[1:3], text[3:6]
        if region not in REGIONS:
            return _wrong(kind, "region")
    else:
        region, nationality = text[:6], None
        if kind not in _PERMITS.values() and not _is_region(region):
            return _wrong(kind, "region")
    return Number(
        kind=kind,
        valid=True,
        birth_date=birth,
        region=region,
        nationality=nationality,
        scheme=SCHEME,
        canonical=text,
    )


def _kind(text: str) -> NumberKind:
    if text[:1] == "9":
        return "cn_foreigner"
    return _PERMITS.get(text[:6], "cn_resident")


def _birth(text: str) -> dt.date | None:
    try:
        return dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def _is_region(code: str) -> bool:
    """Tell whether a division is, was, or may by now be one.

    A county counts whenever it existed: the number names where its bearer was registered, which may
    be a county younger than the bearer. One that the table lacks may be newer than the table.
    """
    if code[:2] not in REGIONS or code[2:] == "0000":
        return False
    county = numdb.get("cn/loc").info(code)[-1][1].get("county")
    return county is not None or code[2:4] != "00"


def _wrong(kind: NumberKind, problem: Problem) -> Number:
    return Number(kind=kind, valid=False, problem=problem)
