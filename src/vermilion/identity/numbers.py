"""Read an identity number of any kind that is known."""

from __future__ import annotations

import datetime as dt
import re

from stdnum import exceptions, get_cc_module

from vermilion.identity.chinese import chinese_id
from vermilion.identity.companies import lei, social_credit_code
from vermilion.identity.model import Number, plain

OTHERS: dict[str, tuple[str, str]] = {
    "jp_corporate": ("jp", "cn"),
    "jp_individual": ("jp", "in_"),
    "kr_business": ("kr", "brn"),
    "kr_resident": ("kr", "rrn"),
    "my_identity": ("my", "nric"),
    "sg_entity": ("sg", "uen"),
    "th_identity": ("th", "pin"),
    "tw_business": ("tw", "ubn"),
    "us_employer": ("us", "ein"),
    "us_social_security": ("us", "ssn"),
}
"""Schemes of other countries, which `stdnum` reads: by country and module there."""

_PASSPORT = re.compile(r"[0-9A-Z]{5,17}")


def read_number(number: str, scheme: str, on: dt.date, country: str | None = None) -> Number:
    """Read a number.

    Args:
        number: as it is written.
        scheme: `cn`, `uscc`, `lei`, `passport`, or one of `OTHERS`.
        on: the day on which it is presented; it bounds dates of birth.
        country: who issued a passport, as it is written wherever passports are compared.

    Raises:
        KeyError: there is no such scheme.
    """
    match scheme:
        case "cn":
            return chinese_id(number, on)
        case "uscc":
            return social_credit_code(number)
        case "lei":
            return lei(number)
        case "passport":
            return _passport(number, country)
        case _:
            return _other(number, scheme)


def age_on(birth: dt.date, day: dt.date) -> int:
    """Return somebody's age in full years on a day; who is born on 29 February ages on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _passport(number: str, country: str | None) -> Number:
    """Read a passport's number. Two countries may give the same one, so that the country counts."""
    text = plain(number)
    if country is None or not _PASSPORT.fullmatch(text):
        return Number(kind="passport", valid=False, problem="form")
    scheme = f"passport.{country.strip().casefold()}"
    return Number(kind="passport", valid=True, scheme=scheme, canonical=text)


def _other(number: str, scheme: str) -> Number:
    cc, name = OTHERS[scheme]
    module = get_cc_module(cc, name)
    assert module is not None, f"`{scheme}` is one of `OTHERS`"  # noqa: S101
    try:
        text = module.validate(plain(number))
    except exceptions.InvalidLength:
        return Number(kind="other", valid=False, problem="length")
    except exceptions.InvalidChecksum:
        return Number(kind="other", valid=False, problem="check_digit")
    except exceptions.ValidationError:
        return Number(kind="other", valid=False, problem="form")
    return Number(kind="other", valid=True, scheme=scheme, canonical=text)
