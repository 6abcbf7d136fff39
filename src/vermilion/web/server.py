"""The HTTP server of the desk's process."""

from __future__ import annotations

import logging
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn

from vermilion.errors import UsageError
from vermilion.web.connection import Connection
from vermilion.web.logs import RequestLog, say
from vermilion.web.patience import KEEP_ALIVE, MOST_CONNECTIONS, Shares, let_go

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from types import FrameType

    from litestar import Litestar

    from vermilion.web.settings import ServeSettings

GRACE = 20
"""Seconds that requests under way have to end when the process is told to stop. Policy."""

TICKS = 10
"""The server's ticks, of a tenth of a second, between two looks for slow clients."""


class Server(uvicorn.Server):
    """Serves an application; lets slow clients go, and readers of the live stream before it stops.

    Args:
        app: what is served.
        settings: how.
    """

    def __init__(self, app: Litestar, settings: ServeSettings) -> None:
        self._service = app.state.service
        self._patience = settings.limits.patience
        # It is only called, which a partial one can be as well.
        self._shares = Shares(settings.limits.connections, settings.proxies)
        connection: Any = partial(Connection, app.state.direct, self._shares)
        super().__init__(
            uvicorn.Config(
                RequestLog(app),
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(settings.proxies),
                forwarded_allow_ips=settings.proxies or None,
                timeout_graceful_shutdown=GRACE,
                timeout_keep_alive=KEEP_ALIVE,
                limit_concurrency=MOST_CONNECTIONS,
                http=connection,
                ws="none",
                lifespan="on",
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the book and listen.

        Raises:
            Error: the book cannot be opened, or the address cannot be had.
        """
        try:
            await super().startup(sockets)
        except SystemExit:
            raise self._service.failure or UsageError(
                "address_unusable",
                f"cannot listen on `{self.config.host}`, port {self.config.port}",
                help="end what listens there, or name another with --host and --port",
            ) from None

    def _log_started_message(self, listeners: Sequence[socket.SocketType]) -> None:
        """Say where it listens; the base class's line would lose the address in our log."""
        host, port = listeners[0].getsockname()[:2]
        say(
            "serving", address=f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        )

    async def on_tick(self, counter: int) -> bool:
        """Let slow clients go now and then, and say what was refused."""
        if counter % TICKS == 0:
            if let_go(list(self.server_state.connections), self._patience):
                say("clients_let_go", logging.WARNING)
            if refused := self._shares.refused:
                say("connections_refused", logging.WARNING, refused=refused)
                self._shares.refused = 0
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin to stop."""
        # The base class raises the signal again at the end: an orderly stop would look failed.
        self.force_exit |= self.should_exit and sig == signal.SIGINT
        self.should_exit = True
        self._service.end_watching()
