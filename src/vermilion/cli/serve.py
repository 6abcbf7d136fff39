"""`vermilion serve`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("serve")
@click.argument("book", type=click.Path(path_type=Path), required=False)
@click.option("--host", help="Address to listen on, instead of the one in serve.yaml.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port, instead of that in serve.yaml.")
@click.option("--demo", is_flag=True, help="Serve a made-up market with a day that goes on.")
@click.option(
    "--write-settings", is_flag=True, help="Write a commented serve.yaml into BOOK, and end."
)
def command(
    book: Path | None, host: str | None, port: int | None, *, demo: bool, write_settings: bool
) -> None:
    """Serve BOOK: the interface for programs and the console for people, on this machine.

    BOOK is made if it is absent. Settings are read from serve.yaml in it and from the environment.
    """
    from vermilion.errors import UsageError

    if demo == (book is not None):
        raise UsageError(
            "book_unclear",
            "either a book is served or the demo",
            help="name the book's folder, or --demo",
        )
    if book is not None and write_settings:
        from vermilion.web.settings_example import write_example

        click.echo(write_example(book))
        return
    from vermilion.web.run import serve, serve_demo

    if book is None:
        serve_demo(host, port)
    else:
        serve(book, host, port)
