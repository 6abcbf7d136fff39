"""People: passwords, roles and how somebody is disabled."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import pytest

from vermilion.errors import Error, UsageError
from vermilion.web.access import Access, Role, passwords
from vermilion.web.access.passwords import OWASP, Cost, hashed, matches, refuse_weak

from .world import CHEAP, OTHER, PASSWORD, add


def code_of(call: Any, *arguments: Any, **named: Any) -> str:
    """Return the code of the error that a call raises."""
    with pytest.raises(Error) as refused:
        call(*arguments, **named)
    return refused.value.code


@pytest.mark.parametrize(
    "password",
    [
        "short one",
        "password1234",
        "Passw0rd1234!",
        "qwertyuiop123",
        "aaaaaaaaaaaaaaaa",
        "123456789012345",
        "olga.meier-olga",
        "vermilionvermilion",
        "iloveyouiloveyou",
        "x" * 257,
        "１２３４５６７８９０１２",
    ],
)
def test_weak_passwords(password: str) -> None:
    """Short, common, repeated and personal ones are refused, in whatever width they are typed."""
    with pytest.raises(UsageError) as refused:
        refuse_weak(password, "olga.meier", "Olga Meier")
    assert refused.value.code in {"password_short", "password_common", "password_long"}


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "lowercaseonlybutodd",
        "雪压冬云白絮飞万花纷谢",
        "a sentence, with spaces",
        "k7" * 2 + "Zq!9vLw2#pXr",
    ],
)
def test_good_passwords(password: str) -> None:
    """Nothing is asked of their composition, and any script will do."""
    refuse_weak(password if len(password) >= 12 else password * 2, "olga")


def test_what_is_kept() -> None:
    """It is OWASP's least cost, with its own salt each time, and holds no password."""
    kept = hashed(PASSWORD)
    assert kept.startswith("scrypt$131072$8$1$")
    assert OWASP == (2**17, 8, 1)
    assert matches(PASSWORD, kept)
    assert not matches(PASSWORD + " ", kept)
    assert hashed(PASSWORD, CHEAP) != hashed(PASSWORD, CHEAP)


def test_costs_are_kept_with_the_hash() -> None:
    """A password hashed at another cost still matches."""
    assert matches(PASSWORD, hashed(PASSWORD, Cost(32, 2, 2)), CHEAP)


def test_no_password_is_cut_off() -> None:
    """What begins as a longest password and goes on is another one."""
    longest = "ab cd ef gh " * 21
    assert matches(longest, hashed(longest, CHEAP), CHEAP)
    assert not matches(longest + "x" * 300, hashed(longest, CHEAP), CHEAP)


ACCENTS = "a" + "\u0315\u0300\u0316" * 20_000


@pytest.mark.parametrize(
    "ask",
    [
        lambda access: access.sign_in(ACCENTS, PASSWORD, "a"),
        lambda access: access.sign_in("olga", ACCENTS, "a"),
        lambda access: code_of(access.add_person, ACCENTS, "auditor", PASSWORD),
        lambda access: code_of(access.add_person, "a", "auditor", PASSWORD, display=ACCENTS),
        lambda access: code_of(access.add_person, "a", "auditor", ACCENTS),
    ],
)
def test_no_text_keeps_everybody_waiting(access: Access, ask: Any) -> None:
    """What is no name or password for its length is not put in order, which would take minutes."""
    add(access, "olga", "auditor")
    begun = time.perf_counter()
    assert ask(access) in {None, "name_refused", "password_long"}
    assert time.perf_counter() - begun < 2


def test_the_same_letters(access: Access) -> None:
    """A name and a password are the same in small letters or wide ones, composed or not."""
    add(access, "Zoë", "auditor", "café au lait, chaud")
    assert access.sign_in("ZOE\u0308 ", "cafe\u0301 au lait, chaud", "a") is not None
    assert access.people()[0].name == "zoë"


def test_unknown_names_take_as_long(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each failure takes exactly one scrypt of the same cost, whoever it is that is not let in."""
    add(access, "olga", "officer")
    add(access, "gone", "auditor")
    access.disable("gone")
    costs: list[tuple[int, int, int]] = []
    scrypt = hashlib.scrypt

    def counted(*arguments: Any, **named: Any) -> bytes:
        costs.append((named["n"], named["r"], named["p"]))
        return scrypt(*arguments, **named)

    monkeypatch.setattr(passwords.hashlib, "scrypt", counted)
    for name, password in [
        ("olga", OTHER),
        ("nobody", PASSWORD),
        ("gone", PASSWORD),
        ("", ""),
        ("olga", "x" * 1_000),
        ("nobody", "x" * 1_000),
    ]:
        assert access.sign_in(name, password, "a") is None
    assert costs == [CHEAP] * 6
    assert access.sign_in("olga", PASSWORD, "a") is not None
    assert costs == [CHEAP] * 7


def test_adding(access: Access) -> None:
    """A name is given once, also after its person left; an officer has an id that nobody else has."""
    add(access, "olga", "officer")
    assert code_of(add, access, "OLGA", "auditor") == "person_exists"
    taken = access.add_person
    assert code_of(taken, "pia", "officer", PASSWORD, officer="olga") == "officer_taken"
    assert code_of(taken, "pia", "officer", PASSWORD) == "officer_lacking"
    assert code_of(taken, "pia", "platform", PASSWORD) == "role_refused"
    assert code_of(taken, "p ia", "auditor", PASSWORD) == "name_refused"
    assert code_of(taken, "pia", "auditor", PASSWORD, display="a\nb") == "name_refused"
    assert code_of(taken, "pia", "auditor", "short") == "password_short"
    assert [one.name for one in access.people()] == ["olga"]
    access.disable("olga")
    assert code_of(add, access, "olga", "auditor") == "person_exists"
    access.add_person("pia", "officer", PASSWORD, officer="olga")


@pytest.mark.parametrize(
    "change",
    [
        lambda access: access.set_role("nobody", "auditor"),
        lambda access: access.disable("nobody"),
        lambda access: access.set_password("nobody", PASSWORD),
        lambda access: access.set_role("gone", "auditor"),
        lambda access: access.disable("gone"),
        lambda access: access.set_password("gone", OTHER),
    ],
)
def test_nobody_is_changed(access: Access, change: Any) -> None:
    """Who is unknown or disabled is told as such, and no change is noted."""
    add(access, "gone", "auditor")
    access.disable("gone")
    before = access.changes()
    assert code_of(change, access) == "no_such_person"
    assert access.changes() == before


def test_an_officer_is_named_by_the_profile(access: Access) -> None:
    """The id that the profile lists goes with the role, and leaves with it."""
    access.add_person("olga", "officer", PASSWORD, officer="o-17", display="Olga M.")
    assert (access.people()[0].officer, access.people()[0].display) == ("o-17", "Olga M.")
    access.set_role("olga", "reviewer")
    assert (access.people()[0].officer, access.people()[0].role) == (None, "reviewer")
    assert code_of(access.set_role, "olga", "officer") == "officer_lacking"


def test_changes_wait_for_the_record(access: Access) -> None:
    """Each change is kept with who made it, in order, until it is in the record."""
    roles: tuple[Role, ...] = ("auditor", "reviewer")
    access.add_person("pia", roles[0], PASSWORD, by="ada")
    access.set_role("pia", roles[1], by="ada")
    access.set_password("pia", OTHER, by="pia")
    access.sign_out_everywhere("pia", by="pia")
    access.disable("pia", by="ada")
    assert [(one.by, one.what, one.about) for one in access.changes()] == [
        ("ada", "person_added", "pia"),
        ("ada", "role_changed", "pia"),
        ("pia", "password_changed", "pia"),
        ("pia", "signed_out_everywhere", "pia"),
        ("ada", "person_disabled", "pia"),
    ]
    for change in access.changes():
        access.recorded(change)
    assert access.changes() == []
    access.add_key("k", "auditor")
    assert access.changes()[0].number == 6
