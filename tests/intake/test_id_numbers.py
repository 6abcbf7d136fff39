"""A column of identity numbers gives identity and date of birth, and the number goes no further."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from stdnum.cn import ric

from vermilion.errors import RulebookError
from vermilion.identity import make_secret
from vermilion.intake import Received, Reject

from .samples import read

MAPPING = """
source: //shop.example/customers
format: csv
identity_key: identity.key
emit:
  - type: party
    stage: settled
    id: {column: account}
    time: {const: "2026-03-10T12:00:00+08:00"}
    data:
      party:
        id: {column: account}
        identity: {column: number, id_number: cn}
        birth_date: {column: number, id_number: cn}
"""


def resident(birth: str = "19900307") -> str:
    """Return a made-up number that keeps every rule but perhaps those on birthdays."""
    body = f"110105{birth}123"
    return body + ric.calc_check_digit(body + "0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a key."""
    make_secret(tmp_path / "identity.key", b"k" * 32)
    return tmp_path


def table(*numbers: str) -> bytes:
    """Return accounts with their owners' numbers."""
    lines = [f"a{n},{number}" for n, number in enumerate(numbers)]
    return "\n".join(["account,number", *lines]).encode()


def test_one_person_is_found_behind_two_accounts(folder: Path) -> None:
    """Both spellings of a number give one identity and one birthday, and the number is gone."""
    number = resident()
    items = read(table(number, number[:6] + number[8:17]), folder, MAPPING)
    assert all(isinstance(one, Received) for one in items)
    parties = [json.loads(one.canonical)["data"]["party"] for one in items]  # type: ignore[union-attr]
    assert len({one["identity"] for one in parties}) == 1
    assert {one["birth_date"] for one in parties} == {"1990-03-07"}
    assert not any(number[6:17] in one.canonical.decode() for one in items)  # type: ignore[union-attr]


def test_a_number_that_cannot_be_real_is_rejected_unseen(folder: Path) -> None:
    """The reject says what is wrong and does not repeat the number."""
    (item,) = read(table(resident(birth="20990307")), folder, MAPPING)
    assert isinstance(item, Reject)
    assert (item.code, item.field) == ("id_number_invalid", "number")
    assert "20990307" not in f"{item.reason} {item.remedy}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("identity_key: identity.key\n", "", "no key that hides"),
        ("identity.key", "other.key", "no key for identities"),
        ("id_number: cn", "id_number: fr", "no kind of number"),
        (
            "birth_date: {column: number, id_number: cn}",
            "birth_date: {column: number, id_number: lei}",
            "no value",
        ),
        ("    id: {column: account}\n    time", "    time", "digest of its row"),
        ("id: {column: account}\n    time", 'id: {template: "n:{number}"}\n    time', "stand here"),
        ("        id: {column: account}", "        id: {column: number}", "stand here"),
    ],
)
def test_mistakes_are_refused_at_loading(folder: Path, old: str, new: str, said: str) -> None:
    """A key that lacks, an unknown scheme, and a field that a number cannot fill or would show in."""
    with pytest.raises(RulebookError, match=said):
        read(table(), folder, MAPPING.replace(old, new))
