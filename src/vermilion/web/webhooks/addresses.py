"""Which addresses may be connected to, and a network that connects to no other.

A receiver's name is resolved here, every address that it has is checked, and the connection goes to
one that was checked: what the name means a moment later makes no difference (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Any

import httpcore

from vermilion.errors import DataError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives every address of a host, as text."""

CONNECT_SECONDS = 3.0
"""How long one of several addresses is tried. Policy."""

_UNICAST = IPv6Network("2000::/3")
"""All that IANA has given out as global unicast; whatever else there is leads elsewhere."""

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))  # Teredo, 6to4: IPv4 inside


def embedded(address: Address) -> Address:
    """Return the IPv4 address to which an IPv4-mapped or NAT64 one leads; else the address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Tell whether an address leads to one host of the public internet, whatever its spelling."""
    address = embedded(address)
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return True
    return address in _UNICAST and not any(address in tunnel for tunnel in _TUNNELS)


def is_allowed(address: Address, allowed: Iterable[Network]) -> bool:
    """Tell whether an address lies in one of the networks that the operator allows by name."""
    address = embedded(address)
    return any(address in network for network in allowed)


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Return every address that this machine finds for a host."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses, and to those that the operator allows.

    TLS begins above it, with the receiver's name: SNI, certificate and `Host` are not changed.

    Args:
        allowed: networks that may be reached although they are not public.
        resolve: gives the addresses of a host.
    """

    def __init__(self, allowed: Sequence[Network], resolve: Resolve = system_resolver) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # each address has `CONNECT_SECONDS`
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that answers, if all of them may be reached.

        Raises:
            DataError: `address_refused`.
            httpcore.ConnectError: there is no such host, or none of its addresses answers.
        """
        failure: Exception = httpcore.ConnectError("the host has no address")
        for address in await self._checked(host, port):
            try:
                return await self._network.connect_tcp(
                    str(address), port, CONNECT_SECONDS, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _checked(self, host: str, port: int) -> list[Address]:
        try:
            found = [ip_address(one) for one in await self._resolve(host, port)]
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        for address in found:
            if not is_public(address) and not is_allowed(address, self._allowed):
                raise DataError(
                    "address_refused",
                    f"`{host}` leads to `{address}`, which is not on the public internet",
                    help="list the address under `allowed_addresses` if it is meant",
                )
        return found
