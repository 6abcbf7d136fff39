"""Run the application in this process until it is told to stop."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
import msgspec

from vermilion.desk.book import make_book
from vermilion.desk.setup import starting_files
from vermilion.web.app import app_of
from vermilion.web.demo import PEOPLE, Demo, make_demo
from vermilion.web.logs import RequestLog, say, start_logging
from vermilion.web.settings import MarketSettings, ServeSettings, load_settings

if TYPE_CHECKING:
    from types import FrameType

    from litestar import Litestar

GRACE = 20
"""Seconds that requests under way have to end when the process is told to stop. Policy."""


TICKS = 10
"""The server's ticks, of a tenth of a second, between two looks for slow clients."""


def serve(book: Path, host: str | None = None, port: int | None = None) -> None:
    """Serve a book until SIGTERM or SIGINT; it is made if it is absent.

    Raises:
        RulebookError: a setting is wrong.
        StorageError: `book_busy`, or something in the book is damaged.
    """
    if not (book / "book.yaml").is_file():
        make_book(book, starting_files())
    settings = _settings(book, host, port)
    run(app_of(book, settings), settings)


def run(app: Litestar, settings: ServeSettings) -> None:
    """Run an application until SIGTERM or SIGINT; answer what is under way before it ends."""
    import uvicorn

    from vermilion.web.patience import MOST_CONNECTIONS, Timed, let_go

    start_logging(settings.log)
    config = uvicorn.Config(
        RequestLog(app),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies or None,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=75,
        limit_concurrency=MOST_CONNECTIONS,
        http=Timed,
        lifespan="on",
    )

    class Server(uvicorn.Server):
        """Lets slow clients go, and the readers of the live stream before it waits for requests."""

        async def on_tick(self, counter: int) -> bool:
            if counter % TICKS == 0 and let_go(
                list(self.server_state.connections), settings.limits.patience
            ):
                say("clients_let_go", logging.WARNING)
            return await super().on_tick(counter)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            super().handle_exit(sig, frame)
            app.state.service.end_watching()

    Server(config).run()


def _settings(book: Path, host: str | None, port: int | None) -> ServeSettings:
    """Return a book's settings, with what the command line says in place of them, all checked."""
    said = {
        "VERMILION_SERVE_HOST": host,
        "VERMILION_SERVE_PORT": None if port is None else str(port),
    }
    given = {name: value for name, value in said.items() if value is not None}
    return load_settings(book, {**os.environ, **given})


def serve_demo(host: str | None = None, port: int | None = None) -> None:
    """Serve a made-up market from a temporary book, which is gone afterwards."""
    with TemporaryDirectory(prefix="vermilion-") as folder:
        book = Path(folder) / "demo"
        keys = make_demo(book)
        settings = msgspec.structs.replace(
            _settings(book, host, port), market=MarketSettings(watch=True, minutes=1)
        )
        app = app_of(book, settings, goes_on=lambda service: Demo(service).run())
        address = f"http://{settings.host}:{settings.port}"
        click.echo(f"open {address} and sign in as {', '.join(one[0] for one in PEOPLE)}")
        click.echo(f"password: {keys.password}")
        click.echo(f"key of a platform: {keys.key}")
        run(app, settings)
