"""Numbers of organisations: China's unified social credit code, and the legal entity identifier."""

from __future__ import annotations

import re

from stdnum import lei as stdnum_lei
from stdnum.cn import uscc

from vermilion.identity.chinese import REGIONS
from vermilion.identity.model import Number, NumberKind, Problem, plain

_AUTHORITIES = frozenset("123456789ANY")
"""Who registers, GB 32100-2015: the first character."""

_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
_NATION = "10"
"""What stands for a province where the state's own authority registers."""


def social_credit_code(number: str) -> Number:
    """Read a unified social credit code; `region` is where it was registered."""
    text = plain(number)
    if len(text) != 18:
        return _wrong("uscc", "length")
    if not _USCC.fullmatch(text):
        return _wrong("uscc", "form")
    if text[0] not in _AUTHORITIES or text[1] == "0":
        return _wrong("uscc", "authority")
    if text[-1] != uscc.calc_check_digit(text):
        return _wrong("uscc", "check_digit")
    if text[2:4] not in REGIONS | {_NATION}:
        return _wrong("uscc", "region")
    return Number(kind="uscc", valid=True, region=text[2:8], scheme="uscc", canonical=text)


def lei(number: str) -> Number:
    """Read a legal entity identifier (ISO 17442): 20 characters, the last two check the rest."""
    text = plain(number)
    if len(text) != 20:
        return _wrong("lei", "length")
    if not _LEI.fullmatch(text):
        return _wrong("lei", "form")
    if not stdnum_lei.is_valid(text):
        return _wrong("lei", "check_digit")
    return Number(kind="lei", valid=True, scheme="lei", canonical=text)


def _wrong(kind: NumberKind, problem: Problem) -> Number:
    return Number(kind=kind, valid=False, problem=problem)
