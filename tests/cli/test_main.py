"""What every command has in common: help, version, exit codes, errors for people."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
import pytest

from vermilion import __version__
from vermilion.cli import COMMANDS, Commands, main
from vermilion.errors import DataError, Error, RulebookError, StorageError, UsageError

from .samples import complaint, run, shell


def paths(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every command as the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from paths(command, (*above, name))


class TestHelp:
    """Every command says what it does."""

    def test_version(self) -> None:
        """One line with the version."""
        assert run("--version").stdout == f"vermilion {__version__}\n"

    @pytest.mark.parametrize("words", [(), *paths(main)], ids=" ".join)
    @pytest.mark.parametrize("flag", ["--help", "-h"])
    def test_every_command_has_help(self, words: tuple[str, ...], flag: str) -> None:
        """With exit code 0 and more than its usage line."""
        result = run(*words, flag)
        assert result.exit_code == 0
        assert result.stdout.startswith("Usage: ")
        assert len(result.stdout.splitlines()) > 4

    def test_the_list_of_commands_says_what_each_does(self) -> None:
        """Each line of the list is that of the command."""
        found = run("--help").stdout
        assert all(f"{name} " in found and words in found for name, words in COMMANDS.items())

    def test_help_imports_no_command(self) -> None:
        """The list of commands stays quick: nothing is loaded that it does not show."""
        code = (
            "import sys; from vermilion.cli import main; main(['--help'], standalone_mode=False);"
        )
        code += "print([m for m in sys.modules if m.startswith('vermilion.desk')])"
        import subprocess

        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert done.stdout.endswith(b"[]\n")

    def test_a_misspelt_command_gets_a_suggestion(self) -> None:
        """Wrong use, exit code 2, and the nearest command."""
        result = run("chekc")
        assert result.exit_code == 2
        assert "Did you mean 'check'?" in result.stderr


class TestErrors:
    """Errors meant for people are words and an exit code; surprises are not hidden."""

    @pytest.mark.parametrize(
        ("kind", "code"), [(UsageError, 2), (RulebookError, 2), (DataError, 3), (StorageError, 4)]
    )
    def test_each_kind_has_its_exit_code(
        self, monkeypatch: pytest.MonkeyPatch, kind: type[Error], code: int
    ) -> None:
        """One line that says what and where, one that helps, nothing on stdout."""
        _raise(monkeypatch, kind("some_code", "it is wrong", help="right it", where="f:1"))
        result = run("anything")
        assert result.exit_code == code
        assert complaint(result) == ["error: f:1: it is wrong", "  help: right it"]

    def test_a_surprise_is_not_swallowed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A defect of ours keeps its traceback, and is not taken for something found."""
        _raise(monkeypatch, ZeroDivisionError("ours"))
        result = run("anything")
        assert result.exit_code == 4
        assert "Traceback" in result.stderr
        assert result.stderr.endswith("ZeroDivisionError: ours\n")

    def test_no_traceback_in_a_process_of_its_own(self) -> None:
        """`python -m vermilion` ends with the error's code and words."""
        done = shell("check", "none.ndjson")
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.startswith("error: none.ndjson: there is no such file\n  help: ")


def _raise(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    @click.command
    def anything() -> None:
        raise error

    monkeypatch.setitem(COMMANDS, "anything", "fail")
    monkeypatch.setattr(Commands, "get_command", lambda *_: anything)
