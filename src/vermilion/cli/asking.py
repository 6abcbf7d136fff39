"""What a new book needs to be told: by flags, by answers in a terminal, or by default."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from vermilion.cli.init_words import FLAGS, SAY, Language
from vermilion.errors import UsageError
from vermilion.facts.entities import Association
from vermilion.facts.money import CURRENCIES
from vermilion.intake.headings import Outcome
from vermilion.intake.items import shown
from vermilion.intake.understood import Answers, Question, Understood
from vermilion.rulebook import (
    Configuration,
    Officer,
    PermitTerms,
    find_rulebook,
    load_rulebook,
    shipped_rulebooks,
)
from vermilion.rulebook.model import OperatorRole, Signed

NONE = "none"
"""What a flag says for an empty list, and an answer for nothing."""

ROLES: Sequence[str] = get_args(OperatorRole)
ASSOCIATIONS: Sequence[str] = get_args(Association)
SIGNED: Sequence[str] = get_args(Signed)

Reader = Callable[[str, Any], Any]
"""Reads what a flag says, or raises a UsageError that names it."""


class Asking:
    """Gives what flags say, asks for the rest in a terminal, and notes which defaults it took."""

    def __init__(self, given: dict[str, Any], language: Language) -> None:
        self.given = given
        self.language: Language = language
        self.terminal = in_a_terminal()
        self.defaults: dict[str, str] = {}

    def configuration(self) -> Configuration:
        """Return who the operator is and how the book is run.

        Raises:
            UsageError: what a flag says cannot be; `where` names the flag.
        """
        default = Configuration()
        configuration = Configuration(
            operator=self.value("operator", default.operator, _text),
            roles=self.value("roles", default.roles, _words_of(ROLES), least=1),
            territory=self.value("territory", default.territory, _territory),
            memberships=self.value("memberships", default.memberships, _words_of(ASSOCIATIONS)),
            rulebooks=self.value("rulebooks", default.rulebooks, _rulebooks),
            permits=PermitTerms(
                minutes=self.value("permit_minutes", default.permits.minutes, _minutes)
            ),
            officers=[Officer(id=id) for id in self.value("officers", [], _officers)],
            two_people=self.value("two_people", default.two_people, _words_of(SIGNED)),
        )
        if configuration.two_people and len(configuration.officers) == 1:
            raise UsageError(
                "two_people_lacking",
                "one officer cannot be two people",
                help="name another one with --officer, or say --two-people none",
                where="--two-people",
            )
        return configuration

    def value(self, name: str, default: Any, read: Reader, *, least: int = 0) -> Any:
        """Return what a flag says, what a person answers, or the default."""
        flag = FLAGS[name]
        said = self.given[name]
        if said not in (None, ()):
            found = read(flag, list(said) if isinstance(said, tuple) else said)
            return _at_least(flag, found, least)
        shown = ",".join(default) or NONE if isinstance(default, list) else str(default)
        if not self.terminal:
            self.defaults[flag] = shown
            return default

        def checked(text: str) -> Any:
            parts: Any = text
            if isinstance(default, list):
                parts = [
                    part.strip() for part in text.replace("，", ",").split(",") if part.strip()
                ]
            return _at_least(flag, read(flag, parts), least)

        return self.ask(SAY[name][self.language], shown, checked)

    def answers(self, table: Understood, configuration: Configuration) -> Answers:
        """Return what a table leaves open and somebody says.

        Raises:
            UsageError: what a flag says cannot be; `where` names the flag.
        """
        questions = {question.topic: question for question in table.questions()}
        zone = self.zone(configuration) if "zone" in questions or self.given["zone"] else "UTC"
        unit = self.answer(questions.get("minor"), "amounts", _word_of(["major", "minor"]))
        return Answers(
            zone=zone,
            zone_said="--zone" not in self.defaults,
            currency=self.answer(questions.get("currency"), "currency", _currency),
            minor=None if unit is None else unit == "minor",
            outcomes=self.outcomes(questions.get("outcomes")),
            verified_of=self.answer(
                questions.get("verified_of"), "verified_of", _word_of(["buyer", "seller"])
            ),
        )

    def zone(self, configuration: Configuration) -> str:
        """Return the zone of times without offset; by default that of the first rulebook."""
        rulebook = load_rulebook(find_rulebook(configuration.rulebooks[0]))
        return str(self.value("zone", rulebook.document.rulebook.time_zone, _zone))

    def answer(self, question: Question | None, name: str, read: Reader) -> Any:
        """Return what is said of a column, or None where nobody says it."""
        if self.given[name] is not None:
            return read(FLAGS[name], self.given[name])
        if question is None or not self.terminal:
            return None
        return self.ask(
            SAY[name][self.language].format(column=shown(question.column)),
            NONE,
            lambda text: None if text == NONE else read(FLAGS[name], text),
        )

    def outcomes(self, question: Question | None) -> dict[str, Outcome]:
        """Return what is said of each status that is no plain word."""
        found = dict(_status(one) for one in self.given["statuses"])
        if question is None or not self.terminal:
            return found
        read = _word_of(get_args(Outcome))
        for text in question.texts:
            if text not in found:
                words = SAY["statuses"][self.language]
                outcome = self.ask(
                    words.format(column=shown(question.column), text=shown(text)),
                    NONE,
                    lambda one: None if one == NONE else read("--status", one),
                )
                if outcome is not None:
                    found[text] = outcome
        return found

    def ask(self, words: str, default: str, read: Callable[[str], Any]) -> Any:
        """Ask until the answer can be read."""
        while True:
            text = click.prompt(words, default=default, err=True)
            try:
                return read(text.strip())
            except UsageError as error:
                click.echo(f"  {error.message}{f'; {error.help}' if error.help else ''}", err=True)


def in_a_terminal() -> bool:
    """Tell whether somebody can be asked."""
    return sys.stdin.isatty()


def _refused(flag: str, message: str, help: str) -> UsageError:
    return UsageError("option_refused", message, help=help, where=flag)


def _at_least(flag: str, found: Any, least: int) -> Any:
    if isinstance(found, list) and len(found) < least:
        raise _refused(flag, "nothing is named", f"name at least {least}")
    return found


def _text(flag: str, text: str) -> str:
    if not 0 < len(text.strip()) <= 4_000:
        raise _refused(flag, "this is no name", "give 1 to 4,000 characters")
    return text


def _without_none(flag: str, texts: Sequence[str]) -> list[str]:
    """Return texts without repeats; `none` stands alone and means that there are none."""
    found = list(dict.fromkeys(texts))
    if NONE in found and len(found) > 1:
        raise _refused(flag, "`none` and something else are named", "name one or the other")
    return [] if found == [NONE] else found


def _word_of(words: Sequence[str]) -> Reader:
    def read(flag: str, text: str) -> str:
        if text not in words:
            raise _refused(flag, f"`{text}` is not known", f"give one of {', '.join(words)}")
        return text

    return read


def _words_of(words: Sequence[str]) -> Reader:
    one = _word_of(words)

    def read(flag: str, texts: Sequence[str]) -> list[str]:
        return [one(flag, text) for text in _without_none(flag, texts)]

    return read


def _territory(flag: str, text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", text):
        raise _refused(flag, f"`{text}` is no territory", "give two capital letters such as CN")
    return text


def _rulebooks(flag: str, names: Sequence[str]) -> list[str]:
    found = []
    for name in dict.fromkeys(names):
        try:
            find_rulebook(name)
        except UsageError as error:
            raise _refused(flag, error.message, error.help or "") from None
        # A folder is found again from wherever the book is used.
        found.append(name if name in shipped_rulebooks() else str(Path(name).resolve()))
    return found


def _minutes(flag: str, said: str | int) -> int:
    text = str(said)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 43_200):
        raise _refused(flag, f"`{text}` is no number of minutes", "give 1 to 43200")
    return int(text)


def _officers(flag: str, ids: Sequence[str]) -> list[str]:
    found = _without_none(flag, ids)
    for id in found:
        if not 0 < len(id.strip()) <= 512:
            raise _refused(flag, "this is no id", "give 1 to 512 characters")
    return found


def _zone(flag: str, name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _refused(
            flag, f"`{name}` is not a time zone", "give an IANA name such as Asia/Shanghai"
        ) from None


def _currency(flag: str, text: str) -> str:
    if text not in CURRENCIES:
        raise _refused(flag, f"`{text}` is not a known currency", "give an ISO 4217 code: CNY")
    return text


def _status(said: str) -> tuple[str, Outcome]:
    text, _, outcome = said.rpartition("=")
    if not text:
        raise _refused("--status", f"`{said}` says nothing of a status", "write 20=settled")
    found: Outcome = _word_of(get_args(Outcome))("--status", outcome)
    return text, found
