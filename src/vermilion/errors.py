"""Errors that reach people: one base class, four subclasses by who must act.

Wording: lower case, no full stop, the user's own concepts, user input in backticks.
"""

from __future__ import annotations


class Error(Exception):
    """Anything Vermilion refuses or fails at.

    Args:
        code: stable machine name, such as `id_conflict`.
        message: what is wrong, for a person.
        help: what to do about it, or None where nothing sensible can be said.
        where: the place, such as `trades.csv:17 data.price.amount`.
    """

    exit_code = 4
    http_status = 500

    def __init__(
        self, code: str, message: str, *, help: str | None = None, where: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.message}"


class UsageError(Error):
    """The caller asked for something that cannot be: wrong option, unknown rulebook."""

    exit_code = 2
    http_status = 400


class DataError(Error):
    """What was supplied cannot be read or believed: the data supplier must act."""

    exit_code = 3
    http_status = 422


class RulebookError(Error):
    """A rulebook, mapping or configuration is wrong: its author must act."""

    exit_code = 2
    http_status = 422


class StorageError(Error):
    """The record, keys or state cannot be written, or are damaged: the operator must act."""

    exit_code = 4
    http_status = 503
