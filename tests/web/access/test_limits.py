"""How often a caller may ask."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import get

from vermilion.web.access import Access, Caller, Rates, TooManyError
from vermilion.web.access.limits import Limiter

from .world import Clock, application, browser

KEY = Caller("shop", "platform", None, (), by_session=False)
PERSON = Caller("olga", "officer", "olga", (), by_session=True)


class _Handler:
    opt: dict[str, Any] = {}


def scope(address: str | None) -> dict[str, Any]:
    """Return what the limiter looks at."""
    client = None if address is None else (address, 1234)
    return {"client": client, "route_handler": _Handler}


def test_each_caller_has_an_own_limit(clock: Clock) -> None:
    """Keys, people and addresses are counted apart, and get new requests as time passes."""
    limiter = Limiter(Rates(key=(10, 3), person=(1, 2), address=(1, 1)), clock)
    for caller, address, allowed in [
        (KEY, "192.0.2.1", 3),
        (KEY._replace(name="other"), "192.0.2.1", 3),
        (PERSON, "192.0.2.1", 2),
        (PERSON._replace(name="shop"), "192.0.2.1", 2),
        (None, "192.0.2.1", 1),
        (None, "192.0.2.2", 1),
        (None, None, 1),
    ]:
        for _ in range(allowed):
            limiter.take(caller, scope(address))
        with pytest.raises(TooManyError):
            limiter.take(caller, scope(address))
    clock.now += 0.15
    limiter.take(KEY, scope("192.0.2.1"))
    with pytest.raises(TooManyError):
        limiter.take(PERSON, scope("192.0.2.1"))


def test_over_http(access: Access) -> None:
    """Too many requests get 429 and the seconds to wait; a route may be free of it."""

    @get("/health", opt={"right": "public", "unlimited": True})
    async def health() -> str:
        return "well"

    rates = Rates(key=(1, 5), address=(1, 2))
    key = {"Authorization": f"Bearer {access.add_key('k', 'auditor')}"}
    with browser(application(access, rates=rates, routes=[health])) as client:
        statuses = [client.get("/read", headers=key).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        assert [client.get("/public").status_code for _ in range(3)] == [200, 200, 429]
        answer = client.get("/public")
        assert answer.headers["Retry-After"] == "1"
        assert answer.json()["code"] == "too_many_requests"
        assert {client.get("/health").status_code for _ in range(20)} == {200}


def test_wrong_keys_count_by_address(access: Access) -> None:
    """Who guesses keys is counted by address."""
    with browser(application(access, rates=Rates(address=(1, 3)))) as client:
        statuses = [
            client.get("/read", headers={"Authorization": f"Bearer vk_{number}"}).status_code
            for number in range(5)
        ]
    assert statuses == [401, 401, 401, 429, 429]
