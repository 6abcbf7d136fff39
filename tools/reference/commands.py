"""The command line's reference page: the help of every command."""

from __future__ import annotations

from collections.abc import Iterator

import click

from reference.markdown import code, document

WIDTH = 100
"""Columns of the help; fixed, so that the page does not depend on a terminal."""


def main_command() -> click.Command:
    """Return the command line itself."""
    from vermilion.cli import main

    return main


def walk(command: click.Command, parent: click.Context | None = None) -> Iterator[click.Context]:
    """Yield a context for a command and for each one below it, in the order of their names."""
    name = "vermilion" if parent is None else command.name
    settings = {**command.context_settings, "terminal_width": WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    yield context
    if isinstance(command, click.Group):
        for below in sorted(command.list_commands(context)):
            found = command.get_command(context, below)
            if found is not None and not found.hidden:
                yield from walk(found, context)


def page(command: click.Command) -> str:
    """Return the page that shows the help of a command and of all below it."""
    parts = ["# Command line"]
    for context in walk(command):
        with context.scope(cleanup=False):
            parts += [
                f"## `{context.command_path}`",
                code(context.command.get_help(context), "text"),
            ]
    return document(*parts)
