"""How often a caller may ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from vermilion.web.access.buckets import Buckets, Pace
from vermilion.web.access.caller import Caller
from vermilion.web.access.refusals import TooManyError
from vermilion.web.access.throttle import network

MOST = 100_000
"""Callers of each kind that are remembered. Policy."""


class Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Requests a second, and at once, of one key, one person and one address. Policy."""

    key: tuple[int, int] = (5_000, 10_000)
    person: tuple[int, int] = (50, 500)
    address: tuple[int, int] = (50, 500)


class Limiter:
    """Counts requests in bounded memory; who is not signed in counts by address.

    Routes with `opt={"unlimited": True}` are not counted.

    Args:
        rates: how often.
        now: tells seconds that only go forward.
    """

    def __init__(self, rates: Rates, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._keys = _buckets(rates.key)
        self._people = _buckets(rates.person)
        self._addresses = _buckets(rates.address)

    def take(self, caller: Caller | None, scope: Any) -> None:
        """Count a request.

        Raises:
            TooManyError: `too_many_requests`.
        """
        if not scope["route_handler"].opt.get("unlimited"):
            self.count(caller, scope)

    def count(self, caller: Caller | None, scope: Any) -> None:
        """Count a request, whatever its route.

        Raises:
            TooManyError: as for `take`.
        """
        if caller is None:
            wait = self._addresses.take(address_of(scope), self._now())
        else:
            buckets = self._people if caller.by_session else self._keys
            wait = buckets.take(caller.name, self._now())
        if wait:
            raise TooManyError("too_many_requests", "too much is asked in too short a time", wait)


def address_of(scope: Any) -> str:
    """Return the network that a request comes from; empty where that is not known."""
    client = scope.get("client")
    return network(client[0]) if client else ""


def _buckets(limit: tuple[int, int]) -> Buckets:
    each_second, at_once = limit
    return Buckets(Pace(at_once, 1 / each_second), MOST)
