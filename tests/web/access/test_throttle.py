"""Guessing passwords is slow, and nobody is locked out by strangers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.web.access import Access, TooManyError
from vermilion.web.access.buckets import Buckets, Pace
from vermilion.web.access.throttle import AT_ONCE, PER_ADDRESS, PER_NAME, Throttle, network

from .world import CHEAP, OTHER, PASSWORD, Clock, add


@given(
    burst=st.integers(1, 20),
    seconds=st.integers(1, 100),
    gaps=st.lists(st.integers(0, 300), max_size=60),
)
def test_a_bucket_is_a_bucket(burst: int, seconds: int, gaps: list[int]) -> None:
    """It agrees with tokens counted one by one, and what it says to wait is enough and no more."""
    buckets, now = Buckets(Pace(burst, seconds), 10), 0
    tokens, filled = float(burst), 0
    for gap in gaps:
        now += gap
        tokens, filled = min(burst, tokens + (now - filled) / seconds), now
        wait = buckets.take("a", now)
        if tokens >= 1 - 1e-9:
            assert wait == 0
            tokens -= 1
        else:
            assert wait == pytest.approx((1 - tokens) * seconds)


def test_memory_is_bounded() -> None:
    """However many keys come, no more are remembered than allowed; those in use stay."""
    buckets = Buckets(Pace(2, 60), 100)
    for number in range(1_000):
        buckets.take(number, 0)
        buckets.take("steady", 0)
    assert len(buckets) == 100
    assert buckets.take("steady", 0) > 0


def test_a_token_given_back() -> None:
    """It can be taken again; one of a key that was forgotten is no matter."""
    buckets = Buckets(Pace(1, 60), 10)
    assert buckets.take("a", 0) == 0
    buckets.give_back("a")
    buckets.give_back("b")
    assert buckets.take("a", 0) == 0
    assert buckets.take("a", 0) == 60


@pytest.fixture
def slow(tmp_path: Path, clock: Clock) -> Access:
    """Return an access whose throttle goes by the same clock."""
    return Access(tmp_path, clock=clock, cost=CHEAP, throttle=Throttle(clock))


def guess(access: Access, name: str, address: str, device: str | None = None) -> None:
    """Guess wrongly."""
    assert access.sign_in(name, OTHER, address, device) is None


def exhaust(access: Access, name: str, address: str, device: str | None = None) -> TooManyError:
    """Guess until it is refused."""
    for _ in range(1_000):
        try:
            guess(access, name, address, device)
        except TooManyError as error:
            return error
    raise AssertionError("guessing was never slowed")


def test_a_name_is_slowed(slow: Access, clock: Clock) -> None:
    """After ten failures from wherever, even the right password waits a minute, and no longer."""
    add(slow, "olga", "officer")
    for number in range(PER_NAME.burst):
        guess(slow, "olga", f"192.0.2.{number}")
    with pytest.raises(TooManyError) as refused:
        slow.sign_in("OLGA ", PASSWORD, "198.51.100.1")
    assert refused.value.headers == {"Retry-After": "60"}
    clock.now += PER_NAME.seconds
    assert slow.sign_in("olga", PASSWORD, "198.51.100.1") is not None
    slow.close()


def test_unknown_names_are_slowed_alike(slow: Access) -> None:
    """Being slowed does not tell whether there is such a person."""
    add(slow, "olga", "officer")
    known, unknown = exhaust(slow, "olga", "192.0.2.1"), exhaust(slow, "nobody", "192.0.2.2")
    assert (known.code, known.message, known.headers) == (
        unknown.code,
        unknown.message,
        unknown.headers,
    )
    slow.close()


def test_an_address_is_slowed(slow: Access, clock: Clock) -> None:
    """Who tries one password for many names is slowed by address, and others are not."""
    add(slow, "olga", "officer")
    for number in range(PER_ADDRESS.burst):
        guess(slow, f"name-{number}", "2001:db8::1")
    with pytest.raises(TooManyError):
        slow.sign_in("olga", PASSWORD, "2001:db8::ffff")
    assert slow.sign_in("olga", PASSWORD, "2001:db8:0:1::1") is not None
    clock.now += PER_ADDRESS.seconds
    assert slow.sign_in("olga", PASSWORD, "2001:db8::1") is not None
    slow.close()


def test_success_costs_nothing(slow: Access) -> None:
    """Whoever knows the password signs in as often as they like."""
    add(slow, "olga", "officer")
    for _ in range(3 * PER_ADDRESS.burst):
        assert slow.sign_in("olga", PASSWORD, "192.0.2.1") is not None
    slow.close()


def test_strangers_lock_nobody_out(slow: Access) -> None:
    """A browser that signed in before has tries of its own, which run out as well."""
    add(slow, "olga", "officer")
    add(slow, "pia", "officer")
    device = slow.device("olga")
    exhaust(slow, "olga", "192.0.2.1")
    assert slow.sign_in("Olga", PASSWORD, "192.0.2.2", device) is not None
    for wrong in (None, "", "x", slow.device("pia"), device[:-1], "\udc80.\udc80"):
        with pytest.raises(TooManyError):
            slow.sign_in("olga", PASSWORD, "192.0.2.2", wrong)
    exhaust(slow, "olga", "192.0.2.3", device)
    with pytest.raises(TooManyError):
        slow.sign_in("olga", PASSWORD, "192.0.2.2", device)
    slow.close()


def test_many_at_once(clock: Clock) -> None:
    """Tries that are still looked at count already, and only so many are looked at."""
    throttle = Throttle(clock)
    open_tries = [throttle.trying(f"name-{number}", str(number), None) for number in range(AT_ONCE)]
    for one in open_tries:
        one.__enter__()
    with pytest.raises(TooManyError, match="many sign in"), throttle.trying("a", "b", None):
        pass
    for one in open_tries:
        one.__exit__(None, None, None)
    same = [throttle.trying("olga", "b", None) for _ in range(PER_NAME.burst)]
    for one in same:
        one.__enter__()
    with pytest.raises(TooManyError, match="failed"), throttle.trying("olga", "b", None):
        pass


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_places(address: str, place: str) -> None:
    """An IPv6 address stands for its /64, which one household has whole."""
    assert network(address) == place
