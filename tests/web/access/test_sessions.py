"""Sessions: when they end, and that their tokens are nobody else's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.web.access import Access, Caller
from vermilion.web.access.sessions import CLOCK_STEP, IDLE, LONGEST, Proven, Session

from .world import CHEAP, OTHER, PASSWORD, Clock, add


def begin(access: Access, name: str = "olga", password: str = PASSWORD) -> str:
    """Sign in and return the token."""
    token = access.sign_in(name, password, "192.0.2.1")
    assert token is not None
    return token


def test_a_session_is_a_persons(access: Access) -> None:
    """Its token gives name, role and officer's id; another text, and a key, give nobody."""
    access.add_person("olga", "officer", PASSWORD, officer="o-17")
    token = begin(access)
    assert access.caller_of_session(token) == Caller("olga", "officer", "o-17", (), by_session=True)
    for other in ("", token[:-1], token + "A", access.add_key("k", "admin")):
        assert access.caller_of_session(other) is None
    assert access.caller_of_key(token) is None


def test_tokens_are_not_kept(access: Access, tmp_path: Path) -> None:
    """No file of the book holds a token, or the password; two sign-ins have two tokens."""
    add(access, "olga", "officer")
    first, second = begin(access), begin(access)
    assert first != second
    assert len(first) >= 43
    access.close()
    for path in tmp_path.iterdir():
        for secret in (first, second, PASSWORD):
            assert secret.encode() not in path.read_bytes()


def test_idle(access: Access, clock: Clock) -> None:
    """A session lasts as long as it is seen within half an hour."""
    add(access, "olga", "officer")
    token = begin(access)
    for _ in range(5):
        clock.now += IDLE - 1
        assert access.caller_of_session(token) is not None
    clock.now += IDLE
    assert access.caller_of_session(token) is None


def test_longest(access: Access, clock: Clock) -> None:
    """A session ends after twelve hours, however busy it is."""
    add(access, "olga", "officer")
    token, end = begin(access), clock.now + LONGEST
    while clock.now + 600 < end:
        clock.now += 600
        assert access.caller_of_session(token) is not None
    clock.now = end
    assert access.caller_of_session(token) is None


@given(
    made=st.integers(0, 10**6),
    later=st.integers(-(10**6), 10**6),
    seen=st.integers(-(10**6), 10**6),
)
def test_when_a_session_lasts(made: int, later: int, seen: int) -> None:
    """Whatever the clock does, it never lasts twelve hours, nor half an hour unseen."""
    session = Session(Caller("olga", "officer", "olga", (), by_session=True), made, made)
    now = made + later
    expected = -CLOCK_STEP <= now - made < LONGEST and now - seen < IDLE
    assert session.lasts(now, seen) == expected


def test_being_seen_outlasts_the_process(access: Access, clock: Clock, tmp_path: Path) -> None:
    """A new process knows sessions, when they began and when they were last seen."""
    add(access, "olga", "officer")
    token = begin(access)
    clock.now += IDLE - 1
    access.caller_of_session(token)
    access.close()
    with closing(Access(tmp_path, clock=clock, cost=CHEAP)) as again:
        clock.now += IDLE - 1
        assert again.caller_of_session(token) is not None
        clock.now += IDLE
        assert again.caller_of_session(token) is None


def test_other_changes_forget_no_sight(access: Access, clock: Clock) -> None:
    """A change that empties the memory does not make a session idle."""
    add(access, "olga", "officer")
    token = begin(access)
    clock.now += IDLE - 10
    assert access.caller_of_session(token) is not None
    access.add_key("k", "auditor")
    clock.now += 20
    assert access.caller_of_session(token) is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda access: access.set_password("olga", OTHER),
        lambda access: access.change_password("olga", PASSWORD, OTHER, "192.0.2.1"),
        lambda access: access.disable("olga"),
        lambda access: access.set_role("olga", "auditor"),
        lambda access: access.sign_out_everywhere("olga"),
    ],
)
def test_what_ends_all_sessions(access: Access, change: Callable[[Access], object]) -> None:
    """Another password or role, being disabled, signing out everywhere: for this person alone."""
    add(access, "olga", "officer")
    add(access, "pia", "officer")
    tokens, other = [begin(access), begin(access)], begin(access, "pia")
    assert all(access.caller_of_session(one) for one in tokens)
    change(access)
    assert [access.caller_of_session(one) for one in tokens] == [None, None]
    assert access.caller_of_session(other) is not None


def test_signing_out(access: Access) -> None:
    """It ends one session and leaves the person's others."""
    add(access, "olga", "officer")
    first, second = begin(access), begin(access)
    access.sign_out(first)
    access.sign_out("nothing")
    assert access.caller_of_session(first) is None
    assert access.caller_of_session(second) is not None


def test_a_changed_role_counts_at_once(access: Access) -> None:
    """Who signs in again after a change of role has the new one."""
    add(access, "olga", "officer")
    begin(access)
    access.set_role("olga", "auditor")
    found = access.caller_of_session(begin(access))
    assert found is not None
    assert (found.role, found.person) == ("auditor", None)


def test_a_proof_that_came_too_late(access: Access) -> None:
    """Who was disabled, or got another password, while a password was looked at, is not let in."""
    add(access, "olga", "officer")
    proven = access._people.known_by("olga", PASSWORD)
    assert proven is not None
    access.set_password("olga", OTHER)
    assert access.begin_session(proven) is None
    late = access._people.known_by("olga", OTHER)
    assert late is not None
    access.disable("olga")
    assert access.begin_session(late) is None
    assert access.begin_session(Proven(99, None)) is None


def test_nobody_without_a_password_is_let_in_by_none(access: Access) -> None:
    """Proof without a password is no proof for who has one."""
    add(access, "olga", "officer")
    assert access.begin_session(Proven(1, None)) is None


def test_disabled_by_another_process(access: Access, tmp_path: Path) -> None:
    """A session ends at the next request after another process disables its person."""
    add(access, "olga", "officer")
    token = begin(access)
    assert access.caller_of_session(token) is not None
    script = f"""
from pathlib import Path
from vermilion.web.access import Access
access = Access(Path({str(tmp_path)!r}))
access.disable("olga")
access.close()
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert access.caller_of_session(token) is None
    assert access.sign_in("olga", PASSWORD, "192.0.2.1") is None


def test_ended_sessions_are_cleared_away(access: Access, clock: Clock) -> None:
    """What ended leaves the file at the next sign-in."""
    add(access, "olga", "officer")
    for _ in range(5):
        begin(access)
    clock.now += IDLE
    begin(access)
    assert access._database.rows("SELECT count(*) FROM session") == [(1,)]
