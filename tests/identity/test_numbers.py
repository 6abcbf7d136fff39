"""Numbers of organisations and of other countries, and the identities that stand for their bearers."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import lei as stdnum_lei
from stdnum.cn import uscc
from stdnum.iso7064 import mod_97_10

from vermilion.errors import UsageError
from vermilion.identity import (
    OTHERS,
    identity_of,
    lei,
    make_secret,
    read_number,
    read_secret,
    social_credit_code,
)

from .samples import TODAY, resident

SECRET = b"s" * 32
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code(body: str) -> str:
    """Return a unified social credit code with its check character."""
    return body + uscc.calc_check_digit(body + "0")


def with_check(body: str) -> str:
    """Return a text with two check digits as an LEI has them."""
    return body + mod_97_10.calc_check_digits(body)


LIBRARY_IS_WRONG = {
    "code of zeros": ("uscc", "0" * 18, False, True),
    "code of no authority": ("uscc", code("0111010560003734A"), False, True),
    "code of no province": ("uscc", code("91990105600037341"), False, True),
    "code of an authority with a letter": ("uscc", code("N2110105MF0123456"), True, False),
    "code of the armed forces": ("uscc", code("A1110105600037341"), True, False),
    "LEI of 3 characters": ("lei", "A68", False, True),
    "LEI of 22 characters": ("lei", with_check("213800KUD8LAJWSQ9D00"), False, True),
}
"""Numbers with their scheme, what is right, and what the library says."""


@pytest.mark.parametrize(
    ("scheme", "number", "right", "library"), LIBRARY_IS_WRONG.values(), ids=list(LIBRARY_IS_WRONG)
)
def test_where_the_library_is_wrong(scheme: str, number: str, right: bool, library: bool) -> None:
    """Each known fault of the library is still there, and is put right."""
    assert read_number(number, scheme, TODAY).valid is right
    assert {"uscc": uscc, "lei": stdnum_lei}[scheme].is_valid(number) is library


bodies = st.tuples(
    st.sampled_from(["91", "92", "93", "51", "52", "53", "11", "12", "13", "59"]),
    st.sampled_from(["110105", "310115", "440305", "100000"]),
    st.text(ALPHABET, min_size=9, max_size=9),
).map("".join)


@given(bodies, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_social_credit_codes_agree_with_the_library(body: str, at: int, char: str) -> None:
    """Codes of common authorities are valid with their check character and not with another."""
    right = code(body)
    assert social_credit_code(right).valid
    assert uscc.is_valid(right)
    changed = right[:at] + char + right[at + 1 :]
    if changed != right:
        assert not social_credit_code(changed).valid


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=18, max_size=18))
def test_leis_agree_with_the_library(body: str) -> None:
    """Of 20 characters, what the library accepts is accepted, and nothing else."""
    right = with_check(body)
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    for number in (right, wrong):
        assert lei(number).valid is stdnum_lei.is_valid(number)


OF_OTHERS = {
    "jp_corporate": "5835678256246",
    "kr_resident": "971013-9019902",
    "sg_entity": "00192200M",
    "my_identity": "770305-02-1234",
    "tw_business": "00501503",
    "us_employer": "91-1144442",
}


@pytest.mark.parametrize("scheme", OF_OTHERS)
def test_numbers_of_other_countries_are_read(scheme: str) -> None:
    """A number that is right is valid under its scheme, and one that is cut short is not."""
    number = OF_OTHERS[scheme]
    assert scheme in OTHERS
    assert read_number(number, scheme, TODAY).valid
    assert not read_number(number[:-1], scheme, TODAY).valid


def test_a_passport_counts_with_its_country() -> None:
    """Without a country a passport's number names nobody; with another it names another."""
    assert not read_number("E12345678", "passport", TODAY).valid
    china, korea = (
        identity_of(read_number("E 12345678", "passport", TODAY, country), SECRET)
        for country in ("CN", "KR")
    )
    assert china != korea


class TestIdentity:
    """The identity of somebody is one, however the number is written, and tells nothing of it."""

    def test_one_bearer_has_one_identity(self) -> None:
        """15 and 18 digits, full width and spaces lead to one identity."""
        number = resident()
        spellings = [number, number[:6] + number[8:17], f" {number[:10]} {number[10:].lower()}"]
        spellings += ["".join(chr(ord(c) + 0xFEE0) for c in number)]
        found = {identity_of(read_number(one, "cn", TODAY), SECRET) for one in spellings}
        assert len(found) == 1

    def test_the_secret_decides(self) -> None:
        """Under another secret everybody has another identity."""
        number = read_number(resident(), "cn", TODAY)
        assert identity_of(number, SECRET) != identity_of(number, b"t" * 32)

    def test_the_number_is_not_in_it(self) -> None:
        """Nothing of the number stands in the identity."""
        number = resident()
        found = identity_of(read_number(number, "cn", TODAY), SECRET)
        assert found.startswith("id:cn:")
        assert number[6:14] not in found

    def test_who_has_no_valid_number_has_no_identity(self) -> None:
        """A number that cannot be real is refused."""
        with pytest.raises(ValueError, match="valid number"):
            identity_of(read_number("1", "cn", TODAY), SECRET)


class TestSecret:
    """The key lies in a file that only its owner reads."""

    def test_it_comes_back(self, tmp_path: Path) -> None:
        """What is written is read, and nobody else may read it."""
        make_secret(tmp_path / "key", SECRET)
        assert read_secret(tmp_path / "key") == SECRET
        assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600

    def test_a_file_is_not_overwritten(self, tmp_path: Path) -> None:
        """A file that is there stays."""
        make_secret(tmp_path / "key", SECRET)
        with pytest.raises(UsageError) as caught:
            make_secret(tmp_path / "key")
        assert caught.value.code == "key_exists"
        assert read_secret(tmp_path / "key") == SECRET

    @pytest.mark.parametrize("text", ["", "vermilion identity key 1\nff\n", "ff" * 32])
    def test_what_is_no_key_is_refused(self, tmp_path: Path, text: str) -> None:
        """A file without the heading, or with too short a key, is no key."""
        (tmp_path / "key").write_text(text)
        with pytest.raises(UsageError) as caught:
            read_secret(tmp_path / "key")
        assert caught.value.code == "bad_key"
