"""The command line: results on stdout, words and progress on stderr.

Commands load on first use, so that `vermilion --version` stays quick.
"""

from __future__ import annotations

import gc
import importlib
import signal
import sys
import threading
import traceback
from typing import Any

import click

from vermilion import __version__

COMMANDS = {
    "access": "say who may use the served desk: keys, people, roles",
    "backtest": "tell what a draft rulebook would change about past events",
    "backup": "copy a book, also while it is served",
    "check": "judge events from files and seal the judgements",
    "demo": "check a made-up market and write a report",
    "erase": "erase a person for good, and record it",
    "facts": "write the facts of events as Parquet, for judging in bulk",
    "logs": "decode raw logs of EVM chains",
    "permit": "verify and show permits, and hand out their key",
    "may-i": "ask what a plan needs, and get a memo",
    "lists": "put watch lists in force, and see whom they name",
    "init": "make a book, and draft the mapping of your own export",
    "reconcile": "hold what settled against what was permitted",
    "record": "verify the record of a book, and hand out its key",
    "replay": "judge what a book recorded once more and compare",
    "resolve": "see what is held, and release, refuse or override it",
    "restore": "make a book from a backup",
    "rules": "list, show, explain, test and lint rulebooks",
    "serve": "serve a book: interface and console",
    "simulate": "write a made-up market, and the truth about it",
    "watch": "find signs of abuse in the history of a market",
    "simulate-history": "write a made-up trade history, and the truth",
    "where": "ask where a collection may be sold, place by place",
}
"""Each command with its one-line help; the module of that name in this package holds it."""


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module and return the command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"vermilion.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or suggest the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            ctx.fail(f"No such command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run; turn errors meant for people into words and exit codes."""
        from vermilion.errors import Error

        # A rulebook is many small objects that stay: looking for garbage among them takes a tenth
        # of a short run.
        gc.set_threshold(20_000, 20, 50)
        # A terminated run still closes its book and clears its temporary one.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        try:
            return super().main(*args, **kwargs)
        except Error as error:
            from vermilion.cli.output import fail

            fail(error)
        except Exception:  # noqa: BLE001
            # Exit code 1 means "found": what nobody foresaw must not be taken for it.
            traceback.print_exc()
            sys.exit(Error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="vermilion %(version)s")
def main() -> None:
    """Keep a market in digital collectibles inside its rules, and prove that it did.

    Exit codes: 0 done, 1 the answer is no or --fail-on found something, 2 wrong use, 3 nothing
    could be read, 4 storage or internal failure.
    """
