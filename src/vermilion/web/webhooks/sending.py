"""Send one message once: no redirect is followed, and little of the answer is read."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import httpcore

from vermilion import __version__
from vermilion.errors import DataError
from vermilion.web.webhooks.addresses import CheckedNetwork, Network, Resolve, system_resolver

ANSWER_SECONDS = 10.0
"""A receiver's time to answer, from the name's resolution on. Policy."""

MOST_READ = 64 * 1024
"""Bytes of an answer's body that are read; the connection is closed on more. Policy."""

_IDLE_SECONDS = 5.0
_FAULTS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    OSError,
)


class Target(NamedTuple):
    """Where a message goes, in the parts that were checked; nothing takes the URL apart again."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """The receiver without its path, which may hold a secret."""
        return f"{self.scheme}://{self.host}:{self.port}"


class Sender:
    """Sends messages to addresses that may be reached.

    Args:
        allowed: networks that may be reached although they are not public.
        resolve: gives the addresses of a host.
        tls: how certificates are checked; the system's way by default.
    """

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        resolve: Resolve = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        # httpcore itself, as it neither follows redirects nor looks for proxies nor unpacks bodies.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or ssl.create_default_context(),
            max_connections=None,  # one for each subscription; none waits for another
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=CheckedNetwork(allowed, resolve),
        )

    async def send(self, target: Target, headers: Mapping[str, str], body: bytes) -> str | None:
        """Send a message; return why it was not taken, in words without content, or None.

        Taken is what is answered with 2xx within `ANSWER_SECONDS`.
        """
        url = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        own = {"content-type": "application/json", "user-agent": f"vermilion/{__version__}"}
        sent: list[tuple[bytes | str, bytes | str]] = [*own.items(), *headers.items()]
        status = None
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                self._pool.stream("POST", url, headers=sent, content=body) as answer,
            ):
                status = answer.status
                await _drain(answer)
        except DataError as error:
            return error.message
        except _FAULTS as error:
            if status is None:
                timed_out = isinstance(error, (TimeoutError, httpcore.TimeoutException))
                return "no answer in time" if timed_out else f"no answer: {type(error).__name__}"
        return None if status is not None and 200 <= status < 300 else f"answered {status}"

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


async def _drain(answer: httpcore.Response) -> None:
    """Read a short answer to its end, so that the connection can be used again."""
    read = 0
    async for part in answer.aiter_stream():
        read += len(part)
        if read > MOST_READ:
            return
