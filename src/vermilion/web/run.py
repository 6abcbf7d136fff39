"""Run the application in this process until it is told to stop."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
import msgspec

from vermilion.desk.book import make_book
from vermilion.desk.setup import starting_files
from vermilion.errors import Error
from vermilion.web.app import app_of
from vermilion.web.demo import PEOPLE, Demo, make_demo
from vermilion.web.logs import say, start_logging
from vermilion.web.settings import MarketSettings, ServeSettings, load_settings

if TYPE_CHECKING:
    from litestar import Litestar


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
    """Run an application until SIGTERM or SIGINT; answer what is under way before it ends.

    What keeps it from starting is logged with its remedy, and gives the exit code.
    """
    from vermilion.web.server import Server

    start_logging(settings.log)
    try:
        Server(app, settings).run()
    except Error as error:
        say("not_started", logging.ERROR, code=error.code, reason=str(error), remedy=error.help)
        sys.exit(error.exit_code)


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
