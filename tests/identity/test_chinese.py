"""Chinese identity numbers are read as they are issued, also where the library errs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from vermilion.identity import OLDEST_BIRTH, REGIONS, age_on, chinese_id

from .samples import TODAY, resident


def by_library(number: str) -> bool | str:
    """Return what the library says of a number: an answer, or the error that it breaks off with."""
    try:
        return ric.is_valid(number)
    except KeyError as error:
        return type(error).__name__


LIBRARY_IS_WRONG: dict[str, tuple[str, bool, bool | str]] = {
    "born in the future": (resident(birth="20990307"), False, True),
    "born in the 1800s": (resident(birth="18500307"), False, True),
    "registered in no county": (resident("440000"), False, True),
    "county younger than its bearer": (resident("440305", "19800101"), True, False),
    "county that the library lacks": (resident("449999", "19800101"), True, "KeyError"),
    "resident of Hong Kong": (resident("810000"), True, False),
    "resident of Macao": (resident("820000"), True, False),
    "resident of Taiwan": (resident("830000"), True, False),
    "foreigner with a permanent residence permit": (resident("911840"), True, False),
    "15 digits": ("110105900307123", True, False),
    "parted by spaces": (f"{resident()[:6]} {resident()[6:]}", True, False),
    "parted by hyphens": (f"{resident()[:6]}-{resident()[6:]}", True, False),
}
"""Numbers with what is right, and what the library says."""


@pytest.mark.parametrize(
    ("number", "right", "library"), LIBRARY_IS_WRONG.values(), ids=list(LIBRARY_IS_WRONG)
)
def test_where_the_library_is_wrong(number: str, right: bool, library: bool | str) -> None:
    """Each known fault of the library is still there, and is put right."""
    assert chinese_id(number, TODAY).valid is right
    assert by_library(number) == library


KINDS = {
    "cn_resident": resident(),
    "cn_resident_15": "110105900307123",
    "cn_hong_kong": resident("810000"),
    "cn_macao": resident("820000"),
    "cn_taiwan": resident("830000"),
    "cn_foreigner": resident("911840"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_are_told_apart(kind: str) -> None:
    """Each kind is named, with the date of birth that all of them hold."""
    found = chinese_id(KINDS[kind], TODAY)
    assert (found.kind, found.birth_date) == (kind, dt.date(1990, 3, 7))


def test_a_foreigners_permit_names_province_and_country() -> None:
    """Behind the 9 stand two digits of a province and three of a country."""
    found = chinese_id(resident("911840"), TODAY)
    assert (found.region, found.nationality) == ("11", "840")


PROBLEMS = {
    "length": "11010519900307",
    "form": resident()[:5] + "A" + resident()[6:],
    "check_digit": resident()[:-1] + ("0" if resident()[-1] != "0" else "1"),
    "birth_date": resident(birth="19900230"),
    "region": resident("660101"),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_problems_are_named(problem: str) -> None:
    """What is wrong is said, and nothing is read from such a number."""
    found = chinese_id(PROBLEMS[problem], TODAY)
    assert (found.valid, found.problem, found.birth_date, found.canonical) == (
        False,
        problem,
        None,
        "",
    )


births = st.dates(min_value=OLDEST_BIRTH, max_value=TODAY)
old_counties = st.sampled_from(["110105", "310101", "440103", "500101", "650102", "530102"])
serials = st.integers(0, 999).map("{:03}".format)


@given(old_counties, births, serials)
def test_agrees_with_the_library_where_it_is_right(
    region: str, birth: dt.date, serial: str
) -> None:
    """Of residents of counties that always were, whatever the library accepts is accepted too."""
    number = resident(region, f"{birth:%Y%m%d}", serial)
    found = chinese_id(number, TODAY)
    assert found.valid
    assert found.birth_date == birth == ric.get_birth_date(number)
    assert found.region == region
    assert by_library(number) in {True, False}
    if by_library(number):
        assert found.canonical == ric.validate(number)


@given(births, serials, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_found(birth: dt.date, serial: str, at: int, by: int) -> None:
    """No number with one digit changed is valid, as the library finds as well."""
    number = resident(birth=f"{birth:%Y%m%d}", serial=serial)
    digit = 10 if number[at] == "X" else int(number[at])
    other = (digit + by) % 10
    changed = number[:at] + str(other) + number[at + 1 :]
    assert other != digit
    assert not chinese_id(changed, TODAY).valid
    assert by_library(changed) is False


@given(st.dates(min_value=OLDEST_BIRTH, max_value=dt.date(1999, 12, 31)), serials)
def test_the_old_form_is_the_new_one_without_century_and_check_digit(
    birth: dt.date, serial: str
) -> None:
    """15 and 18 digits of one bearer come to one canonical number."""
    new = resident(birth=f"{birth:%Y%m%d}", serial=serial)
    old = new[:6] + new[8:17]
    assert chinese_id(old, TODAY).canonical == chinese_id(new, TODAY).canonical == new


def test_a_birth_counts_from_its_own_day() -> None:
    """Whoever is born on the day itself can have a number, and nobody a day before."""
    number = resident(birth="20260310")
    assert chinese_id(number, TODAY).valid
    assert not chinese_id(number, TODAY - dt.timedelta(days=1)).valid


def test_every_province_is_known() -> None:
    """A number of any of the 32 provinces that issue numbers for residents is valid."""
    assert len(REGIONS) == 32
    assert all(chinese_id(resident(f"{one}0101"), TODAY).valid for one in REGIONS)


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        ("2008-03-10", "2026-03-09", 17),
        ("2008-03-10", "2026-03-10", 18),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
    ],
)
def test_age_turns_on_the_birthday(birth: str, day: str, age: int) -> None:
    """Full years count; who is born on 29 February has a birthday on 1 March in other years."""
    assert age_on(dt.date.fromisoformat(birth), dt.date.fromisoformat(day)) == age


@pytest.mark.parametrize("show", [repr, str])
def test_the_number_is_not_shown(show: Callable[[object], str]) -> None:
    """What ends up in a log or a traceback says nothing of the number."""
    assert resident()[6:14] not in show(chinese_id(resident(), TODAY))
