"""Slow down those who guess passwords, and never lock out those who know theirs."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vermilion.web.access.buckets import Buckets, Pace
from vermilion.web.access.refusals import TooManyError

PER_NAME = Pace(10, 60.0)
"""Failed sign-ins for a name: ten, and one a minute. Policy."""

PER_ADDRESS = Pace(50, 5.0)
"""Failed sign-ins from an address: fifty, and twelve a minute. Policy."""

MOST = 100_000
"""Names, and addresses, that are remembered. Policy."""

AT_ONCE = 16
"""Sign-ins that may wait for each other; each takes about half a second. Policy."""


class Throttle:
    """Counts failed sign-ins in memory, by name and by address.

    Whoever signed in here before has a bucket of their own for a name (OWASP's device cookie), so
    that strangers who fail for that name do not keep them out.

    Args:
        now: tells seconds that only go forward.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._names = Buckets(PER_NAME, MOST)
        self._addresses = Buckets(PER_ADDRESS, MOST)
        self._lock = threading.Lock()
        self._trying = 0

    @contextmanager
    def trying(self, name: str, address: str, device: str | None) -> Iterator[Callable[[], None]]:
        """Count a try from its begin, so that many at once are many; call what it yields if it succeeds.

        Raises:
            TooManyError: `too_many_sign_ins` or `busy`.
        """
        by_name, by_address = (name, device), network(address)
        self._enter(by_name, by_address)
        try:
            yield lambda: self._succeeded(by_name, by_address)
        finally:
            with self._lock:
                self._trying -= 1

    def _enter(self, by_name: object, by_address: object) -> None:
        with self._lock:
            now = self._now()
            if self._trying >= AT_ONCE:
                raise TooManyError("busy", "many sign in at this moment", 1)
            wait = self._addresses.take(by_address, now)
            if not wait and (wait := self._names.take(by_name, now)):
                self._addresses.give_back(by_address)
            if wait:
                raise TooManyError("too_many_sign_ins", "too many sign-ins failed", wait)
            self._trying += 1

    def _succeeded(self, by_name: object, by_address: object) -> None:
        with self._lock:
            self._names.give_back(by_name)
            self._addresses.give_back(by_address)


def network(address: str) -> str:
    """Return what stands for one place: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)
